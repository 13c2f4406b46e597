// libsodium's Argon2id. Its lanes are fixed at one; the memory and the passes are those of our profile 1.
importScripts("/peers/libsodium-sumo/dist/modules-sumo/libsodium-sumo.js",
  "/peers/libsodium-wrappers-sumo/dist/modules-sumo/libsodium-wrappers.js");

onmessage = async () => {
  await sodium.ready;
  postMessage("running");
  const key = sodium.crypto_pwhash(32, "correct horse battery stapl", new Uint8Array(16).fill(5), 3, 64 << 20,
    sodium.crypto_pwhash_ALG_ARGON2ID13);
  if (key.length !== 32) throw new Error("no key");
  postMessage("done");
};
