// hash-wasm's Argon2id. It compiles its module inside the call: that is part of both numbers here.
importScripts("/peers/hash-wasm/dist/argon2.umd.min.js");

onmessage = async ({ data: { lanes } }) => {
  postMessage("running");
  const key = await hashwasm.argon2id({
    password: "correct horse battery stapl",
    salt: new Uint8Array(16).fill(5),
    parallelism: lanes,
    iterations: 3,
    memorySize: 64 << 10,
    hashLength: 32,
    outputType: "binary",
  });
  if (key.length !== 32) throw new Error("no key");
  postMessage("done");
};
