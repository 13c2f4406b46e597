// Official npm package @infisical/sdk 5.0.2, unchanged, against a server: log in, create, list, read, update, delete.
//
//   COFFER_SDK_NODE=<folder with node_modules> COFFER_URL=… COFFER_CLIENT_ID=… COFFER_CLIENT_SECRET=… \
//   COFFER_PROJECT=… node crates/server/tests/sdk/secrets.mjs
//
// Ends with status 0 and the line "ok" if everything was as it should be.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const need = (name) => process.env[name] ?? assert.fail(`${name} is not set`);
const require = createRequire(join(need("COFFER_SDK_NODE"), "anchor.js"));
const { InfisicalSDK } = require("@infisical/sdk");

const projectId = need("COFFER_PROJECT");
const here = { projectId, environment: "dev", secretPath: "/" };
const sealed = `cfv1.${"A".repeat(400)}`;
const name = "NPM SDK.KEY";

const client = new InfisicalSDK({ siteUrl: need("COFFER_URL") });
await assert.rejects(client.auth().universalAuth.login({ clientId: need("COFFER_CLIENT_ID"), clientSecret: "wrong" }));
await client.auth().universalAuth.login({
  clientId: need("COFFER_CLIENT_ID"),
  clientSecret: need("COFFER_CLIENT_SECRET"),
});

const made = await client.secrets().createSecret(name, { ...here, secretValue: sealed, secretComment: "c" });
assert.equal(made.secret.secretValue, sealed);
await assert.rejects(client.secrets().createSecret(name, { ...here, secretValue: sealed }), /already exists/);

const listed = await client.secrets().listSecrets({ ...here, expandSecretReferences: true, recursive: true });
assert.equal(listed.secrets.find((secret) => secret.secretKey === name)?.secretValue, sealed);

const read = await client.secrets().getSecret({ ...here, secretName: name });
assert.deepEqual([read.secretValue, read.secretComment, read.version], [sealed, "c", 1]);

await client.secrets().updateSecret(name, { ...here, secretValue: `${sealed}B` });
assert.equal((await client.secrets().getSecret({ ...here, secretName: name })).secretValue, `${sealed}B`);

await client.secrets().deleteSecret(name, here);
await assert.rejects(client.secrets().getSecret({ ...here, secretName: name }), /404|not found/);

// Production is locked to sealed values.
const locked = { ...here, environment: "prod" };
const plain = { ...locked, secretValue: "plain text" };
await assert.rejects(client.secrets().createSecret(name, plain), /Secret validation failed/);
await client.secrets().createSecret(name, { ...locked, secretValue: sealed });
await assert.rejects(client.secrets().updateSecret(name, plain), /Secret validation failed/);
assert.equal((await client.secrets().getSecret({ ...locked, secretName: name })).secretValue, sealed);

await client.folders().create({ projectId, environment: "dev", path: "/", name: "npm" });
const folders = await client.folders().listFolders({ projectId, environment: "dev", path: "/" });
assert.ok(folders.some((folder) => folder.name === "npm"));

await client.auth().universalAuth.renew();
await client.secrets().listSecrets(here);
console.log("ok");
