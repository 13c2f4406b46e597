// The rest of the worker that stretches one passphrase and is thrown away. `cargo xtask page` puts wasm-bindgen's code
// before it, in one file: a worker that imports nothing needs no integrity for what it imports.
onmessage = ({ data: { job, module } }) => {
  onmessage = null;
  try {
    initSync({ module });
  } catch (error) {
    return postMessage({ state: "failed", why: error instanceof RangeError ? "memory" : "worker" });
  }
  postMessage({ state: "running" });
  try {
    const bytes = stretch(new Uint8Array(job));
    postMessage({ state: "done", bytes: bytes.buffer }, [bytes.buffer]);
  } catch (error) {
    // Rust says "memory" or "job"; a trap is an allocation that failed.
    postMessage({ state: "failed", why: error === "job" ? "job" : "memory" });
  }
};
