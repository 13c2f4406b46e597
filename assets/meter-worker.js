// The rest of the worker that says how soon a passphrase is guessed. It ends with the passphrase's field, and answers
// each text by one number. `cargo xtask page` puts wasm-bindgen's code before it, as for the stretching worker.
onmessage = ({ data: module }) => {
  initSync({ module });
  onmessage = ({ data: text }) => postMessage(score(new Uint8Array(text)));
};
