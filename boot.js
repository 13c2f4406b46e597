// What runs before the app: a classic script at the top of the page, so nothing can come before it.
// docs/ARCHITECTURE.md describes the globals it leaves for the app; there are no others.
(() => {
  "use strict";

  // 1. The fragment holds keys (a share link, an invitation). It leaves the address bar before anything else happens,
  //    is kept here and handed out once.
  let fragment = takeFragment();
  function takeFragment() {
    const text = location.hash.slice(1);
    if (location.hash || location.href.endsWith("#")) {
      history.replaceState(history.state, "", location.pathname + location.search);
    }
    return text;
  }
  define("cofferFragment", () => {
    const text = fragment;
    fragment = "";
    return text;
  });
  // A second link opened in this tab changes only the fragment, without a load: crates/page/src/fragment.rs watches for it.

  // 2. The theme, before the first paint. Nothing else of ours is in localStorage.
  try {
    const theme = localStorage.getItem("coffer-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch { /* storage is off: the system's theme */ }

  // 3. A service worker would outlive a server that was broken into, and see every request. There is none; should one
  //    be found, it goes.
  try {
    navigator.serviceWorker?.getRegistrations().then(
      (found) => found.forEach((registration) => registration.unregister()),
      () => {},
    );
  } catch { /* not here */ }

  // 4. Trusted Types. Leptos builds static markup through <template>.innerHTML, so a default policy for HTML has to
  //    exist; it lets through markup without anything that runs. No policy makes scripts. Scripts of Workers are ours
  //    alone, by their full names.
  const parts = JSON.parse(document.currentScript.dataset.parts);
  const address = ({ script }) => new URL(script.name, location.href).href;
  const workers = [parts.kdf, parts.meter, parts.scan].map(address);
  const dangerous = /<\s*\/?\s*(?:script|iframe|object|embed|base|meta|link)\b|[\s"'/]on[a-z]+\s*=|javascript\s*:|srcdoc\s*=/i;
  const html = (text) => {
    if (dangerous.test(text)) throw new TypeError("markup that runs is refused");
    return text;
  };
  const url = (text) => {
    if (!workers.includes(text)) throw new TypeError("only Coffer's own workers may run");
    return text;
  };
  const types = globalThis.trustedTypes;
  types?.createPolicy("default", { createHTML: html });
  const policy = types?.createPolicy("coffer", { createScriptURL: url }) ?? { createScriptURL: url };
  const work = (script, name) => new Worker(policy.createScriptURL(script), { type: "module", name });

  // The programs of Workers are compiled once, checked against what was published. A failure is not kept: the next try
  // may be online again.
  const loadable = (part) => ({ script: address(part), module: compiled(part.program) });
  const kdf = loadable(parts.kdf);
  const assistants = { meter: loadable(parts.meter), scan: loadable(parts.scan) };
  function compiled(program) {
    let module;
    return () => module ??= checked(program).then(WebAssembly.compileStreaming)
      .catch((error) => { module = undefined; throw error; });
  }

  // 5. Stretching a passphrase: a Worker per job, so that its memory goes with it.
  const running = new Set();
  define("cofferStretch", async (job, onProgress) => {
    const tell = (state) => { if (typeof onProgress === "function") onProgress(state); };
    tell("loading");
    const { stopped, stop } = stopper("stopped");
    running.add(stop);
    let worker;
    try {
      let module;
      try {
        module = await Promise.race([kdf.module(), stopped]);
        worker = work(kdf.script, "stretch");
      } catch (error) {
        throw error.message === "stopped" ? error : new Error("worker");
      }
      const reply = new Promise((resolve, reject) => {
        worker.onerror = () => reject(new Error("worker"));
        worker.onmessageerror = () => reject(new Error("worker"));
        worker.onmessage = ({ data }) => {
          if (data.state === "done") resolve(new Uint8Array(data.bytes));
          else if (data.state === "failed") reject(new Error(data.why));
          else tell(data.state);
        };
      });
      reply.catch(() => {});
      worker.postMessage({ job: job.buffer, module }, [job.buffer]);
      const bytes = await Promise.race([reply, stopped]);
      tell("done");
      return bytes;
    } finally {
      running.delete(stop);
      worker?.terminate();
    }
  });
  define("cofferStretchStop", () => running.forEach((stop) => stop()));
  function stopper(why) {
    let stop;
    const stopped = new Promise((_, reject) => { stop = () => reject(new Error(why)); });
    stopped.catch(() => {});
    return { stopped, stop };
  }

  // 6. Assistants: programs for rare moments (measuring a passphrase of one's own, reading a QR code in a photo). Each
  //    runs in a Worker that ends when it is no longer needed, since what it was given stays in its memory. A question
  //    goes there as bytes and has one answer.
  define("cofferAssistant", (name) => {
    const { script, module } = assistants[name];
    const { stopped, stop } = stopper("worker");
    const waiting = [];
    let worker;
    let ended = false;
    const end = () => {
      ended = true;
      worker?.terminate();
      stop();
    };
    const ready = module().then((program) => {
      if (ended) return;
      worker = work(script, name);
      worker.onerror = worker.onmessageerror = end;
      worker.onmessage = ({ data }) => waiting.shift()?.(data);
      worker.postMessage(program);
    });
    // A line that has died is no reason to wait for ever: then there is no answer, and the page says so.
    const patience = setTimeout(end, 20_000);
    ready.catch(end).finally(() => clearTimeout(patience));
    const ask = async (question) => {
      try {
        await Promise.race([ready, stopped]);
      } catch (error) {
        question.fill(0);
        throw error;
      }
      const answer = new Promise((resolve) => waiting.push(resolve));
      worker.postMessage(question.buffer, [question.buffer]);
      return Promise.race([answer, stopped]);
    };
    return { ask, end };
  });

  // 7. The program: for receivers of a link a small one that knows only their page, else the app. All of its files
  //    are asked for at once; it starts when it finds the page's body.
  const [, receives] = /^\/([rs])\/?$/.exec(location.pathname) ?? [];
  const { script, program, style } = { s: parts.recipient, r: parts.form }[receives] ?? parts.app;
  const able = typeof WebAssembly === "object" && typeof WebAssembly.instantiateStreaming === "function";
  const arriving = able ? [announced(script), checked(program)] : [];
  // Receivers read their own language. English is in the program; the words of another one come beside it, and nobody
  // waits for them longer than for the program and a moment.
  const words = (language) => checked(parts.words[language]).then((response) => response.text());
  const language = receives && (navigator.languages ?? []).map((name) => name.slice(0, 2).toLowerCase())
    .find((name) => name === "en" || Object.hasOwn(parts.words, name));
  let firstWords;
  const speaking = language && language !== "en"
    ? words(language).then((text) => { firstWords = [language, text]; }).catch(() => {})
    : undefined;
  define("cofferFirstWords", () => firstWords);
  define("cofferWords", (language) => words(language));
  // Said by `start`, which may not be listening yet.
  arriving.forEach((part) => part.catch(() => {}));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
  else start();

  async function start() {
    if (!able) return fail("old");
    try {
      // The app has more to draw than receivers; its stylesheet comes after the page's, which is read by now.
      const styled = style && linked("stylesheet", style);
      styled?.catch(() => {});
      const [announcement, module_or_path] = arriving;
      await announcement;
      await styled;
      const { default: run } = await import(script.name);
      if (speaking) await Promise.race([speaking, new Promise((late) => setTimeout(late, 2_000))]);
      // The policy that a proxy may have replaced is tried here: without 'wasm-unsafe-eval' this is a CompileError.
      await run({ module_or_path });
      document.getElementById("boot")?.remove();
    } catch (error) {
      fail("blocked", error);
    }
  }

  function fail(which, error) {
    for (const part of document.querySelectorAll("[data-boot]")) part.hidden = part.dataset.boot !== which;
    const cause = document.querySelector("[data-boot-cause]");
    // The kind of error only: messages may quote addresses.
    if (cause && error) cause.textContent = String(error.name ?? "Error");
  }

  // An import names no integrity. A preload does, and the import takes what the preload has loaded.
  function announced(script) {
    const supported = document.createElement("link").relList?.supports?.("modulepreload");
    return supported ? linked("modulepreload", script) : Promise.resolve();
  }

  function linked(rel, { name: href, integrity }) {
    const link = document.createElement("link");
    return new Promise((resolve, reject) => {
      Object.assign(link, { rel, crossOrigin: "anonymous", integrity, href });
      link.onload = resolve;
      link.onerror = () => reject(new TypeError("the program is incomplete"));
      document.head.append(link);
    });
  }

  async function checked({ name, integrity }) {
    const response = await fetch(name, { integrity, credentials: "same-origin", redirect: "error" });
    if (!response.ok) throw new TypeError("the program is incomplete");
    return response;
  }

  function define(name, value) {
    Object.defineProperty(globalThis, name, { value, writable: false, configurable: false, enumerable: false });
  }
})();
