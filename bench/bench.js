// Every contender of one measurement runs in turns in the same page, in another order each round: a machine that
// becomes slower meanwhile becomes slower for all. `measure` gives back raw milliseconds; medians are taken in Rust.
import init, { Bare, Values } from "/probe/probe.js";

const ready = Promise.all([init(), loadSodium()]);
let sodium;

globalThis.measure = async (name, options) => {
  await ready;
  return measurements[name](options);
};

const measurements = { unlock, small, values, bulk, isolated: () => crossOriginIsolated };

// --- unlock: one Argon2id, 64 MiB and 3 passes, each in a new Worker that is ended afterwards ---------------------

async function unlock({ rounds, kdf }) {
  const contenders = {
    // What the app does: boot.js compiles the module once, every job gets a new Worker.
    "coffer": () => stretchInOurWorker(kdf),
    "libsodium p=1": () => inPeerWorker("peer-libsodium.js", { lanes: 1 }),
    "hash-wasm p=4": () => inPeerWorker("peer-hash-wasm.js", { lanes: 4 }),
    "hash-wasm p=1": () => inPeerWorker("peer-hash-wasm.js", { lanes: 1 }),
  };
  return inTurns(contenders, rounds);
}

async function stretchInOurWorker(kdf) {
  const job = new Uint8Array(17 + 27);
  job[0] = 1; // profile 1: 64 MiB, 3 passes, 4 lanes
  job.fill(5, 1, 17);
  job.set(new TextEncoder().encode("correct horse battery stapl"), 17);
  const start = performance.now();
  const module = await WebAssembly.compileStreaming(fetch(kdf.wasm));
  const worker = new Worker(kdf.js, { type: "module" });
  let running;
  try {
    await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        if (data.state === "running") running = performance.now();
        if (data.state === "failed") reject(new Error(data.why));
        if (data.state === "done") resolve();
      };
      worker.postMessage({ job: job.buffer, module }, [job.buffer]);
    });
    const end = performance.now();
    return { whole: end - start, compute: end - running };
  } finally {
    worker.terminate();
  }
}

async function inPeerWorker(script, options) {
  const start = performance.now();
  const worker = new Worker(script);
  let running;
  try {
    await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        if (data === "running") running = performance.now();
        if (data === "done") resolve();
      };
      worker.postMessage(options);
    });
    const end = performance.now();
    return { whole: end - start, compute: end - running };
  } finally {
    worker.terminate();
  }
}

// --- many small messages -------------------------------------------------------------------------------------------

// The cipher alone: XChaCha20-Poly1305, nonces given, 16 bytes of AAD.
async function small({ rounds, count, length }) {
  const bare = new Bare(count, length);
  const message = new Uint8Array(length).fill(97);
  const key = sodium.randombytes_buf(32);
  const aad = new TextEncoder().encode("sixteen bytes ok");
  const nonces = Array.from({ length: count }, (_, i) => nonce(i));
  const sealed = nonces.map((nonce) => sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, aad, null, nonce, key));
  bare.seal();
  return inTurns({
    "coffer seal": () => timed(() => bare.seal()),
    "libsodium seal": () => timed(() => {
      for (let i = 0; i < count; i++) {
        sealed[i] = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, aad, null, nonces[i], key);
      }
    }),
    "coffer seal from JavaScript": () => timed(() => {
      for (let i = 0; i < count; i++) bare.seal_one(message, i);
    }),
    "coffer open": () => timed(() => bare.open()),
    "libsodium open": () => timed(() => {
      for (let i = 0; i < count; i++) {
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed[i], aad, nonces[i], key);
      }
    }),
  }, rounds);
}

// Complete sealed values: a key derived per secret, padding, the place as AAD, a random nonce, base64url. The peer does
// the least that could be stored: the cipher with a random nonce, and base64url; one key, no padding, no place.
async function values({ rounds, count, length }) {
  const ours = new Values(count, length);
  const message = new Uint8Array(length).fill(97);
  const key = sodium.randombytes_buf(32);
  const aad = new TextEncoder().encode("sixteen bytes ok");
  const texts = new Array(count);
  const variant = sodium.base64_variants.URLSAFE_NO_PADDING;
  const theirs = {
    seal: () => {
      for (let i = 0; i < count; i++) {
        const nonce = crypto.getRandomValues(new Uint8Array(24));
        const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, aad, null, nonce, key);
        const whole = new Uint8Array(24 + sealed.length);
        whole.set(nonce);
        whole.set(sealed, 24);
        texts[i] = sodium.to_base64(whole, variant);
      }
    },
    open: () => {
      for (let i = 0; i < count; i++) {
        const whole = sodium.from_base64(texts[i], variant);
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, whole.subarray(24), aad, whole.subarray(0, 24), key);
      }
    },
  };
  ours.seal();
  theirs.seal();
  return inTurns({
    "coffer seal": () => timed(() => ours.seal()),
    "libsodium seal": () => timed(theirs.seal),
    "coffer open": () => timed(() => ours.open()),
    "libsodium open": () => timed(theirs.open),
  }, rounds);
}

// --- one large message ----------------------------------------------------------------------------------------------

async function bulk({ rounds, length, repeat }) {
  const bare = new Bare(repeat, length);
  const message = new Uint8Array(length).fill(97);
  const key = sodium.randombytes_buf(32);
  const aad = new TextEncoder().encode("sixteen bytes ok");
  const number = nonce(0);
  let sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, aad, null, number, key);
  bare.seal();
  return inTurns({
    "coffer seal": () => timed(() => bare.seal()),
    "libsodium seal": () => timed(() => {
      for (let i = 0; i < repeat; i++) {
        sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, aad, null, number, key);
      }
    }),
    "coffer open": () => timed(() => bare.open()),
    "libsodium open": () => timed(() => {
      for (let i = 0; i < repeat; i++) sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, aad, number, key);
    }),
  }, rounds);
}

// --- the frame ------------------------------------------------------------------------------------------------------

async function inTurns(contenders, rounds) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  // The first two rounds warm up: engines compile in the background. They are not counted.
  for (let round = -2; round < rounds; round++) {
    const turn = ((round % names.length) + names.length) % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const took = await contenders[name]();
      if (round >= 0) times[name].push(took);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return times;
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function nonce(number) {
  const bytes = new Uint8Array(24).fill(7);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

async function loadSodium() {
  for (const source of ["/peers/libsodium-sumo/dist/modules-sumo/libsodium-sumo.js",
    "/peers/libsodium-wrappers-sumo/dist/modules-sumo/libsodium-wrappers.js"]) {
    await new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = () => reject(new Error(source));
      document.head.append(script);
    });
  }
  sodium = globalThis.sodium;
  await sodium.ready;
}
