#!/usr/bin/env python3
"""Coffer and an independent implementation read each other, and refuse what was changed on the way.

    cargo build -p coffer-core --example interop
    python3 tests/interop/run.py --coffer <target>/debug/examples/interop

Exits with 1 where anything is not as it should be.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import coffer
from coffer import Refused, b64, require, unb64

ORIGIN = "https://coffer.example"
USER = "7d-user-of-python"
NOT_AFTER = 1_900_000_000_123
NOW = 1_800_000_000_000
EFF = (pathlib.Path(__file__).parents[2] / "crates/core/data/eff-long.txt").read_text().split()
PREFIXES = {"slot": "cfs1.", "recovery_slot": "cfs1.", "bundle": "cfb1.", "link": "cfk1.", "header": "cfe1.",
            "wrap": "cfw1.", "join": "cfj1.", "chunk": "cfd1.", "row": "cfr1.", "share": "cfh1."}


# --- reading ---------------------------------------------------------------------------------------------------------


class Opened:
    """Everything of a document, opened and compared with what it is said to hold."""

    def __init__(self, document):
        self.document = document
        self.open_account()
        self.open_project()
        self.open_invitation()
        self.open_machine()
        self.open_environment()
        self.open_shares()

    def open_account(self):
        account = self.document["account"]
        self.uid = bytes.fromhex(account["uid"])
        key = coffer.account_key_from_text(account["account_key"])
        stretched = coffer.Stretched(self.document["passphrase"], key, self.uid, account["profile"])
        same("login password", stretched.login_password(self.document["origin"]), account["login_password"])
        self.slot_key, self.profile = stretched.slot_key(), account["profile"]
        self.amk = coffer.open_slot(account["slot"], self.slot_key, 1, self.profile, self.uid)
        code = unb64(account["recovery_code"])
        same("recovery login", coffer.recovery_login(code, self.document["origin"], self.uid),
             account["recovery_login"])
        self.recovery_key = coffer.recovery_slot_key(code, self.uid)
        same("key in both slots", coffer.open_slot(account["recovery_slot"], self.recovery_key, 2, 0, self.uid),
             self.amk)
        bundle = coffer.open_bundle(account["bundle"], self.amk, self.uid)
        same("counter and previous of the first bundle", (bundle["counter"], bundle["previous"]), (1, coffer.ZERO32))
        same("note in the bundle", bundle["notes"], {"theme": b"dark"})
        self.pins = bundle["pins"]
        self.identity = coffer.Identity(bundle["sign_seed"], bundle["kem_seed"])

    def keyring(self, links):
        return coffer.Keyring(links, bytes.fromhex(self.document["project"]["genesis"]))

    def open_project(self):
        project = self.document["project"]
        self.ring = self.keyring(project["links"])
        same("project", self.ring.ring.hex(), project["ring"])
        same("head of the keyring", self.ring.head.hex(), project["keyring_head"])
        same("founder", (self.ring.user, self.ring.sign_pk, self.ring.kem_pk),
             (project["user"], self.identity.sign_pk, self.identity.kem_pk))
        same("words of the genesis", coffer.words(self.ring.hashes[0], EFF), project["genesis_words"])
        digest = coffer.fingerprint(self.ring.ring, project["user"], self.identity)
        same("words of the fingerprint", coffer.words(digest, EFF), project["fingerprint"])
        pin = self.pins[self.ring.ring]
        same("pin of the keyring", (pin["genesis"], pin["keyring_seq"], pin["keyring_hash"]),
             (self.ring.hashes[0], self.ring.seq, self.ring.head))

    def open_invitation(self):
        fields = self.document["invitation"]
        self.invite = coffer.parse_invite_link(fields["link"])
        same("invitation", coffer.invite_link(self.invite), fields["link"])
        same("project of the invitation", (self.invite["genesis"], self.invite["seq"], self.invite["hash"]),
             (self.ring.hashes[0], self.ring.seq, self.ring.head))
        same("sign-up", self.invite["sign_up"], fields["sign_up"])
        user, sign_pk, kem_pk = coffer.open_join(fields["join"], self.invite, NOW)
        same("who joins", (user, sign_pk.hex(), kem_pk.hex()), (fields["user"], fields["sign_pk"], fields["kem_pk"]))

    def open_machine(self):
        fields = self.document["machine"]
        machine = coffer.read_machine_token(fields["token"], self.ring.hashes[0])
        same("keys of the machine", (machine.sign_pk.hex(), machine.kem_pk.hex()), (fields["sign_pk"], fields["kem_pk"]))

    def environment(self, headers=None, bodies=None, wraps=None):
        fields = self.document["environment"]
        opened = coffer.Environment(self.ring, bytes.fromhex(fields["env"]), headers or fields["headers"],
                                    bodies or fields["bodies"], wraps or fields["wraps"], self.identity)
        require(opened.head.hex() == fields["head"], "another head")
        return opened

    def open_environment(self):
        fields = self.document["environment"]
        self.env = self.environment()
        same("server's id of the environment", self.ring.environments[self.env.env], fields["server_ref"])
        pin = self.pins[self.ring.ring]["environments"][self.env.env]
        same("pin of the environment", (pin["server_ref"], pin["epoch"], pin["seq"], pin["hash"]),
             (fields["server_ref"], max(self.env.epochs), len(self.env.hashes) - 1, self.env.head))
        rows = [self.env.reveal(row) for row in fields["rows"]]
        got = [{key: row[key] for key in ("path", "name", "version", "value", "comment", "tags")} for row in rows]
        key = lambda row: (row["path"], row["name"])
        same("secrets", sorted(got, key=key), sorted(fields["expect"], key=key))
        active = [entry for entry in self.env.entries.values() if not entry["deleted"]]
        same("number of rows", len(rows), len(active))

    def open_shares(self):
        self.shares = []
        for share in self.document["shares"]:
            secret, _, has_passphrase = coffer.parse_share_link(share["link"])
            same("passphrase flag of the link", has_passphrase, share["passphrase"] is not None)
            keys = coffer.Share(secret, share["passphrase"])
            same("share token", keys.token, share["token"])
            same("share", keys.open(share["blob"]), share["expect"])
            self.shares.append(keys)

    def open_changed(self, item):
        """Opens the document with one object replaced by a changed copy."""
        what, index, text = item["what"], item["index"], item["text"]
        fields = self.document["environment"]
        if what == "slot":
            coffer.open_slot(text, self.slot_key, 1, self.profile, self.uid)
        elif what == "recovery_slot":
            coffer.open_slot(text, self.recovery_key, 2, 0, self.uid)
        elif what == "bundle":
            coffer.open_bundle(text, self.amk, self.uid)
        elif what == "link":
            self.keyring(replaced(self.document["project"]["links"], index[0], text))
        elif what == "join":
            coffer.open_join(text, self.invite, NOW)
        elif what == "header":
            self.environment(headers=replaced(fields["headers"], index[0], text))
        elif what == "wrap":
            self.environment(wraps=replaced(fields["wraps"], index[0], text))
        elif what == "chunk":
            body = replaced(fields["bodies"][index[0]], index[1], text)
            self.environment(bodies=replaced(fields["bodies"], index[0], body))
        elif what == "row":
            row = fields["rows"][index[0]]
            entry = next(e for e in self.env.entries.values()
                         if not e["deleted"] and (e["path"], e["name"]) == (row["path"], row["name"]))
            try:
                coffer.open_value(text, self.env.epochs[entry["e"]], entry["path"], entry["name"], entry["slot"],
                                  entry["version"])
            except Refused:
                self.env.reveal({**row, "value": text})
        elif what == "share":
            self.shares[index[0]].open(text)
        else:
            raise KeyError(what)

    def refuse_changed(self):
        refused = collections.Counter()
        for item in self.document["tampered"]:
            try:
                self.open_changed(item)
            except Refused:
                refused[item["what"]] += 1
            else:
                fail(f"a changed {item['what']} was accepted: {item}")
        missing = set(PREFIXES) - set(refused)
        if missing:
            fail(f"no changed copies of {missing}")
        return refused


def replaced(items, index, item):
    return [*items[:index], item, *items[index + 1:]]


def same(what, ours, theirs):
    if ours != theirs:
        fail(f"{what}: {ours!r} here, {theirs!r} there")


def fail(why):
    print(f"FAILED: {why}", file=sys.stderr)
    sys.exit(1)


# --- writing ---------------------------------------------------------------------------------------------------------


def write():
    uid, ring, env = os.urandom(16), os.urandom(16), os.urandom(16)
    account_key, amk, code = os.urandom(16), os.urandom(32), os.urandom(32)
    passphrase = "Å①ngström ﬁfteen cafe\u0301"
    stretched = coffer.Stretched(passphrase, account_key, uid, 1)
    me = coffer.Identity(os.urandom(32), os.urandom(32))

    genesis = coffer.sign_link(ring, 0, coffer.ZERO32, coffer.genesis_op(USER, me, "coffer"), me, 1)
    genesis_hash = coffer.object_hash("link", coffer.unwrap_text("cfk1.", genesis))
    declare = coffer.sign_link(ring, 1, genesis_hash, coffer.declare_env_op(env, "env-py"), me, 2)
    links = [genesis, declare]
    keyring = coffer.Keyring(links, genesis_hash)
    environment = write_environment(me, keyring, env)

    head = bytes.fromhex(environment["head"])
    pin = {"project": "p-py", "genesis": genesis_hash, "keyring_seq": 1, "keyring_hash": keyring.head,
           "environments": {env: {"server_ref": "env-py", "epoch": 2, "seq": len(environment["headers"]) - 1,
                                  "hash": head, "keyring_seq": 1}}}
    bundle = {"counter": 1, "previous": coffer.ZERO32, "sign_seed": me.sign_seed, "kem_seed": me.kem_seed,
              "pins": {ring: pin}, "epochs": [{"ring": ring, "env": env, "epoch": 3, "key": os.urandom(32)}],
              "invites": [{"ring": ring, "secret": os.urandom(32), "expires": 9, "note": b"for Bob"}],
              "notes": {"theme": b"dark"}}
    guest = coffer.Identity(os.urandom(32), os.urandom(32))
    invite = {"genesis": genesis_hash, "seq": 1, "hash": keyring.head, "secret": os.urandom(32),
              "expires": 1_900_000_000_000, "project": "p-py", "sign_up": ["org", "ada+x@example.org", "c0de"]}
    document = {
        "passphrase": passphrase,
        "origin": ORIGIN,
        "account": {
            "uid": uid.hex(),
            "account_key": coffer.account_key_to_text(account_key),
            "profile": 1,
            "login_password": stretched.login_password(ORIGIN),
            "recovery_code": b64(code),
            "recovery_login": coffer.recovery_login(code, ORIGIN, uid),
            "slot": coffer.seal_slot(stretched.slot_key(), 1, 1, uid, amk),
            "recovery_slot": coffer.seal_slot(coffer.recovery_slot_key(code, uid), 2, 0, uid, amk),
            "bundle": coffer.seal_bundle(bundle, amk, uid),
        },
        "project": {
            "user": USER,
            "ring": ring.hex(),
            "genesis": genesis_hash.hex(),
            "genesis_words": coffer.words(genesis_hash, EFF),
            "fingerprint": coffer.words(coffer.fingerprint(ring, USER, me), EFF),
            "keyring_head": keyring.head.hex(),
            "links": links,
        },
        "invitation": {
            "link": coffer.invite_link(invite),
            "sign_up": invite["sign_up"],
            "join": coffer.make_join(invite, "9e-guest", guest),
            "user": "9e-guest",
            "sign_pk": guest.sign_pk.hex(),
            "kem_pk": guest.kem_pk.hex(),
        },
        "machine": write_machine(genesis_hash),
        "environment": environment,
        "shares": [write_share(*share) for share in (
            ("From Python", "naïve\n", None, None),
            ("", "", None, "pass ﬁne words"),
            ("Many", None, [[f"NAME_{i}", "x" * (i % 20)] for i in range(100)], None),
        )],
    }
    document["tampered"] = tamper(document)
    return document


def write_machine(genesis):
    token = coffer.machine_token(os.urandom(32), genesis)
    machine = coffer.read_machine_token(token, genesis)
    return {"token": token, "sign_pk": machine.sign_pk.hex(), "kem_pk": machine.kem_pk.hex()}


def write_environment(me, keyring, env):
    """Four records: the first epoch, three new secrets, a second epoch, then a change, a move and a deletion."""
    headers, bodies, wraps, state, epochs = [], [], [], {}, []
    hashes, checkpoint, epoch_seq = [], (0, coffer.ZERO32), 0

    def record(epoch, kind, content, public=b""):
        nonlocal checkpoint, epoch_seq
        seq = len(headers)
        if kind == coffer.EPOCH:
            epoch_seq = seq
        names, chunks = coffer.seal_body(epoch, seq, kind, content)
        text = coffer.sign_header(keyring, me, epoch.context, seq, hashes[-1] if hashes else coffer.ZERO32, kind,
                                  epoch_seq, checkpoint, chunks, names, public, 3)
        headers.append(text)
        bodies.append(chunks)
        hashes.append(coffer.object_hash("header", coffer.unwrap_text("cfe1.", text)))
        if kind != coffer.CHANGE:
            checkpoint = (seq, hashes[-1])

    def begin():
        epoch = coffer.Epoch(keyring.ring, env, len(epochs) + 1, os.urandom(32))
        wrap = coffer.seal_wrap(epoch, me.kem_pk, me, keyring)
        digest = coffer.object_hash("wrap", coffer.unwrap_text("cfw1.", wrap))
        wraps.append(wrap)
        public = coffer.epoch_public(epoch, epochs[-1] if epochs else None, [(me.kem_kid, digest)], 5 if epochs else 1)
        record(epoch, coffer.EPOCH, coffer.checkpoint_list(list(state.values())), public)
        epochs.append(epoch)

    def change(*changes):
        epoch, entries = epochs[-1], []
        for slot, path, name, value, comment, tags in changes:
            known = state.get(slot)
            version = known["version"] + 1 if known else 1
            previous = coffer.ct_hash(known["text"]) if known and not known["deleted"] else coffer.ZERO32
            text = None if value is None else coffer.seal_value(epoch, path, name, slot, version, value, comment, tags)
            entries.append((path, name, slot, version, epoch.epoch, previous, text))
            state[slot] = {"path": path, "name": name, "slot": slot, "version": version, "e": epoch.epoch,
                           "deleted": value is None, "text": text, "value": value, "comment": comment,
                           "tags": list(tags)}
        record(epoch, coffer.CHANGE, coffer.change_list(entries))

    one, two, three = (os.urandom(16) for _ in range(3))
    begin()
    change((one, "/", "TOKEN", "t0ken", "first", ("a", "b")), (two, "/z/y", "ключ", "значение" * 4000, "", ()),
           (three, "/z", "GONE", "soon", "", ()))
    begin()
    change((one, "/", "TOKEN", "t0ken2", "second", ("c",)), (three, "/z", "GONE", None, "", ()),
           (os.urandom(16), "/z", "NEW", "", "", ()))
    change((two, "/moved", "ключ", "m", "", ()))
    active = [entry for entry in state.values() if not entry["deleted"]]
    return {
        "env": env.hex(), "server_ref": "env-py", "headers": headers, "bodies": bodies, "wraps": wraps,
        "rows": [{"path": e["path"], "name": e["name"], "value": e["text"]} for e in active],
        "expect": [{key: e[key] for key in ("path", "name", "version", "value", "comment", "tags")} for e in active],
        "head": hashes[-1].hex(),
    }


def write_share(title, text, secrets, passphrase):
    secret = os.urandom(32)
    keys = coffer.Share(secret, passphrase)
    return {
        "link": f"v1.{b64(secret)}.id-from_Server.{0 if passphrase is None else 1}",
        "passphrase": passphrase,
        "token": keys.token,
        "blob": keys.seal(title, text, secrets, NOT_AFTER),
        "expect": {"title": title, "not_after": NOT_AFTER, "text": text, "secrets": secrets},
    }


def tamper(document):
    """Copies of every object, each with one bit flipped, cut off, or encoded another way."""
    account, environment = document["account"], document["environment"]
    objects = [(what, [], account[what]) for what in ("slot", "recovery_slot", "bundle")]
    objects += [("link", [i], text) for i, text in enumerate(document["project"]["links"])]
    objects += [("join", [], document["invitation"]["join"])]
    objects += [("header", [i], text) for i, text in enumerate(environment["headers"])]
    # The wrap of the first epoch is not needed any more: nobody opens it.
    objects += [("wrap", [i], text) for i, text in enumerate(environment["wraps"]) if i > 0]
    objects += [("chunk", [i, j], text) for i, body in enumerate(environment["bodies"]) for j, text in enumerate(body)]
    objects += [("row", [i], row["value"]) for i, row in enumerate(environment["rows"])]
    objects += [("share", [i], share["blob"]) for i, share in enumerate(document["shares"])]
    out = []
    for what, index, text in objects:
        prefix = PREFIXES[what]
        data = coffer.unwrap_text(prefix, text)
        changed = []
        for at in range(0, len(data), -(-len(data) // 60)):
            flipped = bytearray(data)
            flipped[at] ^= 1 << os.urandom(1)[0] % 8
            changed.append(prefix + b64(bytes(flipped)))
        changed += [prefix + b64(data[:-1]), prefix + b64(data + b"\0"), text + "=", text.replace("cf", "CF", 1)]
        out += [{"what": what, "index": index, "text": item} for item in changed]
    return out


def check_files():
    """The sealed pieces of the known answers, made a second time."""
    vectors = json.loads((pathlib.Path(__file__).parents[2] / "vectors/share.json").read_text())["vectors"]
    cases = [case for case in vectors if case["op"] == "file_seal"]
    require(cases, "no file among the known answers")
    for case in cases:
        given, expected = case["input"], case["expect"]
        share = coffer.Share(bytes.fromhex(given["secret"]), None)
        content = given["content"]["repeat"].encode() * given["content"]["times"]
        pieces = coffer.seal_file(share, bytes.fromhex(given["file_secret"]), content)
        made = [{"length": len(piece), "sha256": coffer.sha256(piece).hex()} for piece in pieces]
        same(f"pieces of {case['name']}", made, expected["pieces"])
        same(f"sealed size of {case['name']}", sum(len(piece) for piece in pieces), expected["sealed_size"])
    return len(cases)


# --- both ------------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--coffer", required=True, help="the compiled example `interop` of coffer-core")
    parser.add_argument("--seeds", type=int, default=1, help="how many accounts of Coffer's to read")
    options = parser.parse_args()

    for seed in range(1, options.seeds + 1):
        written = subprocess.run([options.coffer, "write", str(seed)], capture_output=True, text=True, check=False)
        if written.returncode != 0:
            fail(f"Coffer wrote nothing: {written.stderr}")
        opened = Opened(json.loads(written.stdout))
        refused = opened.refuse_changed()
        print(f"Python reads what Coffer wrote (seed {seed}): account with 2 slots, login passwords and bundle, "
              f"{opened.ring.seq + 1} links, invitation and join request, machine token, {len(opened.env.headers)} records, {len(opened.env.epochs)} epochs, "
              f"{len(opened.document['environment']['rows'])} values, {len(opened.shares)} shares")
        print(f"  and refuses {sum(refused.values())} changed copies: {dict(refused)}")

    print(f"Python seals the pieces of {check_files()} files as Coffer does")

    document = write()
    Opened(document).refuse_changed()
    read = subprocess.run([options.coffer, "open"], input=json.dumps(document), capture_output=True, text=True,
                          check=False)
    if read.returncode != 0:
        fail(f"Coffer does not read what Python wrote: {read.stderr}")
    print("Coffer reads what Python wrote:")
    print("  " + read.stdout.strip().replace("\n", "\n  "))


if __name__ == "__main__":
    main()
