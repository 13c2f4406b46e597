// The rest of a worker that stays for a while and answers each message by one. `cargo xtask page` puts wasm-bindgen's
// code of the program before it, as for the stretching worker.
onmessage = ({ data: module }) => {
  initSync({ module });
  onmessage = ({ data: question }) => postMessage(answer(new Uint8Array(question)));
};
