"""Coffer's protocol, version 1, written a second time from docs/PROTOCOL.md.

It shares no code with the project, only the document: libsodium instead of RustCrypto for sealing and signing, the
reference Argon2 instead of the argon2 crate, pyhpke instead of hpke. It favours plainness over speed and wipes nothing:
it is a reader for tests, not a client.
"""

import base64
import hashlib
import hmac
import os
import struct
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, exceptions

SUITE = b"\x01"
ZERO32 = bytes(32)
HPKE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.CHACHA20_POLY1305)


class Refused(Exception):
    """Something is not what it claims to be."""


def require(condition, what):
    if not condition:
        raise Refused(what)


# --- §2 canonical encoding -------------------------------------------------------------------------------------------


def pae(pieces):
    out = struct.pack("<Q", len(pieces))
    for piece in pieces:
        out += struct.pack("<Q", len(piece)) + piece
    return out


def unpae(data, count=None):
    def take(n):
        nonlocal data
        require(len(data) >= n, "PAE is cut off")
        head, data = data[:n], data[n:]
        return head

    n = struct.unpack("<Q", take(8))[0]
    require(n <= len(data) // 8, "PAE claims too many pieces")
    pieces = [take(struct.unpack("<Q", take(8))[0]) for _ in range(n)]
    require(not data, "something follows a PAE")
    require(count is None or n == count, f"{n} pieces instead of {count}")
    return pieces


def label(purpose):
    return b"coffer/v1/" + purpose.encode()


def u8(n):
    return struct.pack(">B", n)


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def read_u8(piece):
    require(len(piece) == 1, "not a u8")
    return piece[0]


def read_u32(piece):
    require(len(piece) == 4, "not a u32")
    return struct.unpack(">I", piece)[0]


def read_u64(piece):
    require(len(piece) == 8, "not a u64")
    return struct.unpack(">Q", piece)[0]


def read_bytes(piece, length):
    require(len(piece) == length, f"not {length} bytes")
    return piece


def read_text(piece):
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not UTF-8") from error


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    require(all(c.isascii() and (c.isalnum() or c in "-_") for c in text), "not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused("not base64url") from error
    require(b64(data) == text, "not the canonical base64url")
    return data


def wrap_text(prefix, data):
    return prefix + b64(data)


def unwrap_text(prefix, text):
    require(text.startswith(prefix), f"does not start with {prefix}")
    return unb64(text[len(prefix):])


def sha256(data):
    return hashlib.sha256(data).digest()


def object_hash(kind, data):
    """H(x) of §2."""
    return sha256(pae([label("hash/" + kind), data]))


def ct_hash(text):
    return sha256(pae([label("ct"), text.encode("ascii")]))


def hkdf(ikm, salt, info, length):
    prk = hmac.new(salt, ikm, hashlib.sha256).digest()
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def derive(ikm, purpose, *context, salt=b"", length=32):
    """HKDF(ikm, label, ctx…) of §2."""
    return hkdf(ikm, salt, pae([label(purpose), *context]), length)


def padme(length):
    if length < 2:
        return length
    e = length.bit_length() - 1
    s = e.bit_length()
    if e <= s:
        return length
    mask = (1 << (e - s)) - 1
    return (length + mask) & ~mask


def padded(length):
    return padme(max(64, length))


def words(digest, eff_long):
    number, out = int.from_bytes(digest, "big"), []
    for _ in range(8):
        number, remainder = divmod(number, 7776)
        out.append(eff_long[remainder])
    return out


# --- §1 primitives ---------------------------------------------------------------------------------------------------


def seal(key, aad, plaintext, nonce=None):
    nonce = nonce or os.urandom(24)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, nonce, key)


def unseal(key, aad, sealed):
    require(len(sealed) >= 40, "too short to be sealed")
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], aad, sealed[:24], key)
    except CryptoError as error:
        raise Refused("the seal does not hold") from error


def verify(public, message, signature):
    try:
        VerifyKey(public).verify(message, signature)
    except (CryptoError, ValueError) as error:
        raise Refused("the signature does not hold") from error


def argon2id(passphrase, salt, profile):
    memory = {1: 65_536, 2: 262_144}[profile]
    text = unicodedata.normalize("NFKC", passphrase).encode()
    return hash_secret_raw(text, salt, time_cost=3, memory_cost=memory, parallelism=4, hash_len=32, type=Type.ID,
                           version=0x13)


def lay_out(content):
    """`01 ‖ u32 len ‖ content ‖ zero padding`: bundles and chunks."""
    plain = b"\x01" + u32(len(content)) + content
    return plain + bytes(padded(len(plain)) - len(plain))


def read_layout(plain):
    require(len(plain) >= 5 and plain[0] == 1, "unknown layout")
    length = read_u32(plain[1:5])
    require(len(plain) == padded(5 + length), "not padded as it should be")
    require(not any(plain[5 + length:]), "padding that is not zero")
    return plain[5:5 + length]


def lay_out_pair(value, meta):
    """`01 ‖ u32 len ‖ value ‖ u32 len ‖ meta ‖ zero padding`: values and shares."""
    plain = b"\x01" + u32(len(value)) + value + u32(len(meta)) + meta
    return plain + bytes(padded(len(plain)) - len(plain))


def read_layout_pair(plain):
    require(len(plain) >= 9 and plain[0] == 1, "unknown layout")
    length = read_u32(plain[1:5])
    value, rest = plain[5:5 + length], plain[5 + length:]
    require(len(value) == length and len(rest) >= 4, "cut off")
    length = read_u32(rest[:4])
    meta, padding = rest[4:4 + length], rest[4 + length:]
    require(len(meta) == length and not any(padding), "cut off, or padding that is not zero")
    require(len(plain) == padded(9 + len(value) + len(meta)), "not padded as it should be")
    return value, meta


# --- §3 and §4 account -----------------------------------------------------------------------------------------------

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def account_key_to_text(key):
    data = key + sha256(pae([label("account-key/check"), key]))[:4]
    bits = int.from_bytes(data, "big")
    symbols = "".join(CROCKFORD[bits >> shift & 31] for shift in range(155, -1, -5))
    return "CFA1-" + "-".join(symbols[i:i + 4] for i in range(0, 32, 4))


def account_key_from_text(text):
    symbols = text.removeprefix("CFA1-").replace("-", "")
    require(len(symbols) == 32 and all(c in CROCKFORD for c in symbols), "not an Account Key")
    bits = 0
    for c in symbols:
        bits = bits << 5 | CROCKFORD.index(c)
    key = bits.to_bytes(20, "big")[:16]
    require(account_key_to_text(key) == text, "the checksum of the Account Key is wrong")
    return key


class Stretched:
    """`s`: the passphrase after Argon2id, with the salt that the Account Key gives."""

    def __init__(self, passphrase, account_key, account_uid, profile):
        salt = derive(account_key, "salt", account_uid, u32(0), length=16)
        self.profile, self.account_key, self.account_uid = profile, account_key, account_uid
        self.secret = argon2id(passphrase, salt, profile)

    def login_password(self, origin):
        return b64(derive(self.secret, "login", origin.encode(), self.account_uid, salt=self.account_key))

    def slot_key(self):
        return derive(self.secret, "slot/passphrase", self.account_uid, u8(self.profile), u32(0),
                      salt=self.account_key, length=64)


def recovery_slot_key(code, account_uid):
    return derive(code, "slot/recovery", account_uid, length=64)


def recovery_login(code, origin, account_uid):
    return b64(derive(code, "login/recovery", origin.encode(), account_uid))


def slot_aad(kind, profile, account_uid):
    return pae([label("slot"), SUITE, u8(kind), u8(profile), u32(0), account_uid])


def seal_slot(key64, kind, profile, account_uid, amk):
    sealed = seal(key64[:32], slot_aad(kind, profile, account_uid), amk)
    return wrap_text("cfs1.", SUITE + u8(kind) + u8(profile) + u32(0) + key64[32:] + sealed)


def open_slot(text, key64, kind, profile, account_uid):
    data = unwrap_text("cfs1.", text)
    require(len(data) == 111, "not the length of a slot")
    require(data[0:1] == SUITE, "unknown suite")
    require((data[1], data[2], read_u32(data[3:7])) == (kind, profile, 0), "another kind, profile or generation")
    require(hmac.compare_digest(data[7:39], key64[32:]), "the commitment is another key's")
    return unseal(key64[:32], slot_aad(kind, profile, account_uid), data[39:])


def bundle_aad(account_uid, counter):
    return pae([label("bundle"), SUITE, account_uid, u64(counter)])


def seal_bundle(bundle, amk, account_uid):
    pins = [
        pae([ring, pin["project"].encode(), pin["genesis"], u64(pin["keyring_seq"]), pin["keyring_hash"],
             pae([pae([env, p["server_ref"].encode(), u32(p["epoch"]), u64(p["seq"]), p["hash"],
                       u64(p["keyring_seq"])])
                  for env, p in sorted(pin["environments"].items())])])
        for ring, pin in sorted(bundle["pins"].items())
    ]
    epochs = [pae([e["ring"], e["env"], u32(e["epoch"]), e["key"]]) for e in bundle["epochs"]]
    invites = [pae([i["ring"], i["secret"], u64(i["expires"]), i["note"]]) for i in bundle["invites"]]
    notes = [pae([name.encode(), note]) for name, note in sorted(bundle["notes"].items())]
    content = pae([label("bundle-content"), bundle["previous"], bundle["sign_seed"], bundle["kem_seed"], pae(pins),
                   pae(epochs), pae(invites), pae(notes)])
    key = derive(amk, "account/bundle", account_uid)
    counter = bundle["counter"]
    return wrap_text("cfb1.", SUITE + u64(counter) + seal(key, bundle_aad(account_uid, counter), lay_out(content)))


def open_bundle(text, amk, account_uid):
    data = unwrap_text("cfb1.", text)
    require(data[:1] == SUITE and len(data) > 49, "unknown suite")
    counter = read_u64(data[1:9])
    key = derive(amk, "account/bundle", account_uid)
    content = read_layout(unseal(key, bundle_aad(account_uid, counter), data[9:]))
    tag, previous, sign_seed, kem_seed, pins, epochs, invites, notes = unpae(content, 8)
    require(tag == label("bundle-content"), "another label")
    bundle = {"counter": counter, "previous": read_bytes(previous, 32), "sign_seed": read_bytes(sign_seed, 32),
              "kem_seed": read_bytes(kem_seed, 32), "pins": {}, "epochs": [], "invites": [], "notes": {}}
    for item in unpae(pins):
        ring, project, genesis, seq, digest, environments = unpae(item, 6)
        pin = {"project": read_text(project), "genesis": read_bytes(genesis, 32), "keyring_seq": read_u64(seq),
               "keyring_hash": read_bytes(digest, 32), "environments": {}}
        for env_item in unpae(environments):
            env, ref, epoch, seq, digest, settled = unpae(env_item, 6)
            pin["environments"][read_bytes(env, 16)] = {"server_ref": read_text(ref), "epoch": read_u32(epoch),
                                                        "seq": read_u64(seq), "hash": read_bytes(digest, 32),
                                                        "keyring_seq": read_u64(settled)}
        bundle["pins"][read_bytes(ring, 16)] = pin
    for item in unpae(epochs):
        ring, env, epoch, key = unpae(item, 4)
        bundle["epochs"].append({"ring": read_bytes(ring, 16), "env": read_bytes(env, 16), "epoch": read_u32(epoch),
                                 "key": read_bytes(key, 32)})
    for item in unpae(invites):
        ring, secret, expires, note = unpae(item, 4)
        bundle["invites"].append({"ring": read_bytes(ring, 16), "secret": read_bytes(secret, 32),
                                  "expires": read_u64(expires), "note": note})
    for item in unpae(notes):
        name, note = unpae(item, 2)
        bundle["notes"][read_text(name)] = note
    return bundle


def machine_token(seed, genesis):
    check = sha256(pae([label("machine/check"), seed, genesis[:16]]))[:4]
    return ".".join(["coffer-machine-v1", b64(seed), b64(genesis[:16]), b64(check)])


def read_machine_token(text, genesis):
    """The keys of a machine, where its token is of the project."""
    fields = text.split(".")
    require(len(fields) == 4 and fields[0] == "coffer-machine-v1", "not a machine token")
    seed = unb64(fields[1])
    require(len(seed) == 32 and machine_token(seed, genesis) == text, "another project, or a typing mistake")
    return Identity(derive(seed, "machine/sign"), derive(seed, "machine/kem"))


class Identity:
    """The two key pairs of an account, from the seeds in its bundle."""

    def __init__(self, sign_seed, kem_seed):
        self.sign_seed, self.kem_seed = sign_seed, kem_seed
        self.signing = SigningKey(sign_seed)
        self.kem = HPKE.kem.derive_key_pair(kem_seed)
        self.sign_pk = bytes(self.signing.verify_key)
        self.kem_pk = self.kem.public_key.to_public_bytes()

    def sign(self, message):
        return message + self.signing.sign(message).signature

    @property
    def sign_kid(self):
        return kid(b"ed25519", self.sign_pk)

    @property
    def kem_kid(self):
        return kid(b"x25519", self.kem_pk)


def kid(algorithm, public):
    return sha256(pae([label("kid"), algorithm, public]))[:16]


def fingerprint(ring, user, identity):
    return sha256(pae([label("fingerprint"), ring, user.encode(), identity.sign_pk, identity.kem_pk]))


# --- §5 keyring ------------------------------------------------------------------------------------------------------


def sign_link(ring, seq, previous, op, author, created):
    pieces = [label("keyring"), SUITE, ring, u64(seq), previous, *op, author.sign_kid, u64(created)]
    return wrap_text("cfk1.", author.sign(pae(pieces)))


def genesis_op(user, identity, home):
    return [b"genesis", user.encode(), identity.sign_pk, identity.kem_pk, home.encode(), b"/coffer"]


def declare_env_op(env, server_ref):
    return [b"declare_env", env, server_ref.encode(), u8(1)]


class Keyring:
    """The fold over a chain of links. It knows the two operations that a project begins with."""

    def __init__(self, links, pinned_genesis):
        self.hashes, self.environments = [], {}
        for index, text in enumerate(links):
            signed = unwrap_text("cfk1.", text)
            require(len(signed) > 64, "too short to be signed")
            message, signature = signed[:-64], signed[-64:]
            pieces = unpae(message)
            require(len(pieces) >= 8 and pieces[0] == label("keyring") and pieces[1] == SUITE, "not a link")
            _, _, ring, seq, previous, *op, author, created = pieces
            read_u64(created)
            digest = object_hash("link", signed)
            require(read_u64(seq) == index, "another number")
            if index == 0:
                require(len(op) == 6 and op[0] == b"genesis", "does not start with a genesis")
                self.user, self.home = read_text(op[1]), read_text(op[4])
                self.sign_pk, self.kem_pk = read_bytes(op[2], 32), read_bytes(op[3], 32)
                self.admin, self.ring = kid(b"ed25519", self.sign_pk), read_bytes(ring, 16)
                require(digest == pinned_genesis, "another project")
                require(previous == ZERO32 and op[5] == b"/coffer", "not a genesis")
            else:
                require(ring == self.ring and previous == self.hashes[-1], "does not continue the chain")
                require(op[0] == b"declare_env" and len(op) == 4 and op[3] == u8(1), "an unknown operation")
                self.environments[read_bytes(op[1], 16)] = read_text(op[2])
            require(author == self.admin, "the author is no admin")
            verify(self.sign_pk, message, signature)
            self.hashes.append(digest)

    @property
    def seq(self):
        return len(self.hashes) - 1

    @property
    def head(self):
        return self.hashes[-1]


def parse_invite_link(fragment):
    version, genesis, seq, digest, secret, expires, project, *sign_up = fragment.split(".")
    require(version == "v1" and len(sign_up) <= 1, "not an invitation")
    link = {"genesis": read_bytes(unb64(genesis), 32), "seq": int(seq), "hash": read_bytes(unb64(digest), 32),
            "secret": read_bytes(unb64(secret), 32), "expires": int(expires) * 1000, "project": project,
            "sign_up": [read_text(piece) for piece in unpae(unb64(sign_up[0]), 3)] if sign_up else None}
    require(str(int(seq)) == seq and str(int(expires)) == expires, "a number that is written another way")
    return link


def invite_link(link):
    fields = ["v1", b64(link["genesis"]), str(link["seq"]), b64(link["hash"]), b64(link["secret"]),
              str(link["expires"] // 1000), link["project"]]
    if link["sign_up"]:
        fields.append(b64(pae([piece.encode() for piece in link["sign_up"]])))
    return ".".join(fields)


def join_message(genesis, secret, user, sign_pk, kem_pk, expires):
    invite_id = derive(secret, "invite/id", length=16)
    return pae([label("join"), SUITE, genesis, invite_id, user.encode(), sign_pk, kem_pk, u64(expires)])


def make_join(link, user, identity):
    message = join_message(link["genesis"], link["secret"], user, identity.sign_pk, identity.kem_pk, link["expires"])
    mac = hmac.new(derive(link["secret"], "invite/mac"), message, hashlib.sha256).digest()
    return wrap_text("cfj1.", message + mac + identity.signing.sign(message).signature)


def open_join(text, link, now):
    """What the inviting admin's client does: whose keys these are, if they come from whoever holds the link."""
    data = unwrap_text("cfj1.", text)
    require(len(data) > 96, "too short to be signed")
    message, mac, signature = data[:-96], data[-96:-64], data[-64:]
    _, _, _, _, user, sign_pk, kem_pk, expires = unpae(message, 8)
    expected = join_message(link["genesis"], link["secret"], read_text(user), sign_pk, kem_pk, link["expires"])
    require(message == expected and read_u64(expires) > now, "for another invite, or too late")
    verify(read_bytes(sign_pk, 32), message, signature)
    require(hmac.compare_digest(mac, hmac.new(derive(link["secret"], "invite/mac"), message, hashlib.sha256).digest()),
            "somebody else's keys")
    return read_text(user), sign_pk, read_bytes(kem_pk, 32)


# --- §6 epochs and wraps ---------------------------------------------------------------------------------------------


class Epoch:
    """The key of one environment epoch and what is derived from it."""

    def __init__(self, ring, env, epoch, key):
        self.ring, self.env, self.epoch, self.key = ring, env, epoch, key

    @property
    def context(self):
        return [self.ring, self.env, u32(self.epoch)]

    def derive(self, purpose, *more):
        return derive(self.key, purpose, *self.context, *more)

    @property
    def commitment(self):
        return self.derive("env/commit")

    def seal_previous(self, previous):
        aad = pae([label("env/previous"), SUITE, *self.context])
        return seal(self.derive("env/previous"), aad, previous.key)

    def open_previous(self, sealed):
        aad = pae([label("env/previous"), SUITE, *self.context])
        return Epoch(self.ring, self.env, self.epoch - 1, unseal(self.derive("env/previous"), aad, sealed))


def wrap_info(epoch_context, author, recipient):
    return pae([label("wrap-info"), SUITE, *epoch_context, author, recipient])


def seal_wrap(epoch, recipient_pk, author, keyring):
    recipient = kid(b"x25519", recipient_pk)
    info = wrap_info(epoch.context, author.sign_kid, recipient)
    enc, context = HPKE.create_sender_context(HPKE.kem.deserialize_public_key(recipient_pk), info)
    ct = context.seal(epoch.key, aad=epoch.commitment)
    message = pae([label("wrap"), SUITE, *epoch.context, epoch.commitment, recipient, enc, ct, u64(0), ZERO32,
                   u64(keyring.seq), keyring.head, author.sign_kid])
    return wrap_text("cfw1.", author.sign(message))


def open_wrap(text, ring, env, number, commitment, reader, keyring):
    signed = unwrap_text("cfw1.", text)
    require(len(signed) > 64, "too short to be signed")
    message, signature = signed[:-64], signed[-64:]
    (tag, suite, w_ring, w_env, e, kc, recipient, enc, ct, not_after, request, seq, digest, author) = unpae(message, 14)
    require(tag == label("wrap") and suite == SUITE, "not a wrap")
    require((w_ring, w_env, e) == (ring, env, u32(number)), "a wrap for another place")
    require(kc == commitment and recipient == reader.kem_kid, "a wrap of another key or to somebody else")
    require(read_u64(not_after) == 0 and request == ZERO32, "a wrap that ends")
    at = read_u64(seq)
    require(at <= keyring.seq and keyring.hashes[at] == digest, "another keyring")
    require(author == keyring.admin, "the author may not write here")
    verify(keyring.sign_pk, message, signature)
    try:
        context = HPKE.create_recipient_context(read_bytes(enc, 32), reader.kem.private_key,
                                                wrap_info([ring, env, e], author, recipient))
        key = context.open(ct, aad=commitment)
    except (exceptions.PyHPKEError, ValueError) as error:
        raise Refused("the wrap does not open") from error
    epoch = Epoch(ring, env, number, read_bytes(key, 32))
    require(hmac.compare_digest(epoch.commitment, commitment), "the key is not the one that was committed to")
    return epoch


# --- §7 sealed values ------------------------------------------------------------------------------------------------


def value_aad(epoch, path, name, slot, version):
    return pae([label("value"), SUITE, *epoch.context, path.encode(), name.encode(), slot, u64(version)])


def seal_value(epoch, path, name, slot, version, value, comment="", tags=()):
    meta = b""
    if comment or tags:
        meta = pae([comment.encode(), b"", pae([tag.encode() for tag in tags]), b"", b""])
    sealed = seal(epoch.derive("env/value", slot), value_aad(epoch, path, name, slot, version),
                  lay_out_pair(value.encode(), meta))
    return wrap_text("cfr1.", SUITE + u32(epoch.epoch) + slot + u64(version) + sealed)


def open_value(text, epoch, path, name, slot, version):
    data = unwrap_text("cfr1.", text)
    require(data[:1] == SUITE, "unknown suite")
    require(data[1:29] == u32(epoch.epoch) + slot + u64(version), "another epoch, secret or version")
    plain = unseal(epoch.derive("env/value", slot), value_aad(epoch, path, name, slot, version), data[29:])
    value, meta = read_layout_pair(plain)
    nothing = pae([b"", b"", pae([]), b"", b""])
    require(meta != nothing, "nothing is written as nothing")
    comment, kind, tags, owner, rotation = unpae(meta or nothing, 5)
    return {"value": read_text(value), "comment": read_text(comment), "kind": read_text(kind),
            "tags": [read_text(tag) for tag in unpae(tags)], "owner": read_text(owner),
            "rotation": read_text(rotation)}


# --- §8 environment log ----------------------------------------------------------------------------------------------

CHUNK = 256 * 1024 - 5
CHANGE, EPOCH, CHECKPOINT = 1, 2, 4


def chunk_aad(context, seq, kind, index, count):
    ring, env, _ = context
    return pae([label("log-body"), SUITE, ring, env, u64(seq), u8(kind), u32(index), u32(count)])



def seal_body(epoch, seq, kind, content):
    parts = [content[i:i + CHUNK] for i in range(0, len(content), CHUNK)] or [b""]
    key = epoch.derive("env/log")
    chunks = [
        wrap_text("cfd1.", SUITE + seal(key, chunk_aad(epoch.context, seq, kind, i, len(parts)), lay_out(part)))
        for i, part in enumerate(parts)
    ]
    names = [f"D{seq}_{i}_{os.urandom(4).hex()}" for i in range(len(parts))]
    return names, chunks


def body_hash(chunks):
    return sha256(pae([label("body"), *(chunk.encode() for chunk in chunks)]))


def open_body(epoch, seq, kind, chunks):
    key, content = epoch.derive("env/log"), b""
    for index, chunk in enumerate(chunks):
        data = unwrap_text("cfd1.", chunk)
        require(data[:1] == SUITE, "unknown suite")
        content += read_layout(unseal(key, chunk_aad(epoch.context, seq, kind, index, len(chunks)), data[1:]))
    return content


def sign_header(keyring, author, context, seq, previous, kind, epoch_seq, checkpoint, chunks, names, public, created):
    ring, env, e = context
    message = pae([label("log"), SUITE, ring, env, u64(seq), previous, u8(kind), e, u64(epoch_seq),
                   u64(checkpoint[0]), checkpoint[1], u64(keyring.seq), keyring.head, body_hash(chunks),
                   pae([name.encode() for name in names]), public, author.sign_kid, u64(created)])
    return wrap_text("cfe1.", author.sign(message))


def epoch_public(epoch, previous, wraps, reason):
    sealed = epoch.seal_previous(previous) if previous else b""
    listed = pae([pae([recipient, digest]) for recipient, digest in sorted(wraps)])
    return pae([epoch.commitment, sealed, listed, u8(reason)])


def change_entry(path, name, slot, version, e, previous, value):
    deleted = u8(0 if value else 1)
    # What takes over nobody's proposal names none.
    return pae([path.encode(), name.encode(), slot, u64(version), u32(e), previous, deleted, (value or "").encode(), b""])


def change_list(entries):
    """Entries are (path, name, slot, version, e, previous, value or None)."""
    ordered = sorted(entries, key=lambda entry: (entry[0].encode(), entry[1].encode(), entry[2]))
    return pae([change_entry(*entry) for entry in ordered])


def checkpoint_entry(entry):
    return pae([entry["path"].encode(), entry["name"].encode(), entry["slot"], u64(entry["version"]), u32(entry["e"]),
                ZERO32 if entry["deleted"] else ct_hash(entry["text"]), u8(1 if entry["deleted"] else 0)])


def checkpoint_list(entries):
    ordered = sorted(entries, key=lambda entry: (entry["path"].encode(), entry["name"].encode(), entry["slot"]))
    return pae([checkpoint_entry(entry) for entry in ordered])


class Environment:
    """The verified contents of an environment: headers, epochs from a wrap, fold of the bodies."""

    def __init__(self, keyring, env, headers, bodies, wraps, reader):
        self.keyring, self.env, self.reader = keyring, env, reader
        self.entries, self.hashes, self.headers = {}, [], []
        self.epochs = {}
        require(env in keyring.environments, "the keyring does not declare this environment")
        for index, text in enumerate(headers):
            self._verify_header(index, text)
        self._open_epochs(wraps)
        require(len(bodies) == len(headers), "as many bodies as headers")
        for header, chunks in zip(self.headers, bodies):
            self._apply(header, chunks)

    def _verify_header(self, index, text):
        signed = unwrap_text("cfe1.", text)
        require(len(signed) > 64, "too short to be signed")
        message, signature = signed[:-64], signed[-64:]
        (tag, suite, ring, env, seq, previous, kind, e, epoch_seq, ckpt_seq, ckpt_hash, k_seq, k_hash, digest, names,
         public, author, created) = unpae(message, 18)
        require(tag == label("log") and suite == SUITE, "not a header")
        require((ring, env, read_u64(seq)) == (self.keyring.ring, self.env, index), "a header for another place")
        require(previous == (self.hashes[-1] if index else ZERO32), "does not continue the chain")
        at = read_u64(k_seq)
        require(at <= self.keyring.seq and self.keyring.hashes[at] == k_hash, "another keyring")
        require(author == self.keyring.admin, "the author may not write here")
        verify(self.keyring.sign_pk, message, signature)
        read_u64(created)
        kind = read_u8(kind)
        require(kind in (CHANGE, EPOCH, CHECKPOINT), "an unknown kind")
        checkpoints = [h for h in self.headers if h["kind"] in (EPOCH, CHECKPOINT)]
        expected = (checkpoints[-1]["seq"], self.hashes[checkpoints[-1]["seq"]]) if checkpoints else (0, ZERO32)
        require((read_u64(ckpt_seq), ckpt_hash) == expected, "another checkpoint")
        header = {"seq": index, "kind": kind, "e": read_u32(e), "epoch_seq": read_u64(epoch_seq), "body_hash": digest,
                  "names": [read_text(name) for name in unpae(names)], "public": public}
        begun = [h for h in self.headers if h["kind"] == EPOCH]
        if kind == EPOCH:
            require(header["e"] == len(begun) + 1 and header["epoch_seq"] == index, "another epoch")
            commitment, sealed, wraps, reason = unpae(public, 4)
            read_u8(reason)
            require(bool(sealed) == (header["e"] > 1), "the previous key is sealed where there is one")
            listed = [unpae(item, 2) for item in unpae(wraps)]
            require(listed == sorted(listed) and len({k for k, _ in listed}) == len(listed), "wraps out of order")
            header |= {"commitment": read_bytes(commitment, 32), "sealed": sealed, "wraps": dict(listed)}
        else:
            require(begun and header["e"] == len(begun) and header["epoch_seq"] == begun[-1]["seq"], "another epoch")
            require(public == b"", "a change says nothing in public")
        self.headers.append(header)
        self.hashes.append(object_hash("header", signed))

    def _open_epochs(self, wraps):
        newest = [h for h in self.headers if h["kind"] == EPOCH][-1]
        expected = newest["wraps"].get(self.reader.kem_kid)
        mine = [text for text in wraps if object_hash("wrap", unwrap_text("cfw1.", text)) == expected]
        require(mine, "no wrap that the epoch names")
        epoch = open_wrap(mine[0], self.keyring.ring, self.env, newest["e"], newest["commitment"], self.reader,
                          self.keyring)
        self.epochs[epoch.epoch] = epoch
        while epoch.epoch > 1:
            header = next(h for h in self.headers if h["kind"] == EPOCH and h["e"] == epoch.epoch)
            epoch = epoch.open_previous(header["sealed"])
            began = next(h for h in self.headers if h["kind"] == EPOCH and h["e"] == epoch.epoch)
            require(epoch.commitment == began["commitment"], "an earlier key is not the one that was committed to")
            self.epochs[epoch.epoch] = epoch

    def _apply(self, header, chunks):
        require(body_hash(chunks) == header["body_hash"] and len(chunks) == len(header["names"]), "another body")
        items = unpae(open_body(self.epochs[header["e"]], header["seq"], header["kind"], chunks))
        if header["kind"] != CHANGE:
            known = [entry for entry in self.entries.values()]
            require(pae(items) == checkpoint_list(known), "a checkpoint that says something else")
            return
        order = []
        for item in items:
            path, name, slot, version, e, previous, deleted, value, proposal = unpae(item, 9)
            require(len(proposal) == (32 if proposal else 0) and not (proposal and deleted == u8(1)), "no proposal's hash")
            order.append((path, name, slot))
            path, name, slot = read_text(path), read_text(name), read_bytes(slot, 16)
            known = self.entries.get(slot)
            require(read_u64(version) == (known["version"] if known else 0) + 1, "another version")
            current = ct_hash(known["text"]) if known and not known["deleted"] else ZERO32
            require(previous == current and read_u32(e) == header["e"], "does not continue this secret")
            entry = {"path": path, "name": name, "slot": slot, "version": read_u64(version), "e": read_u32(e),
                     "deleted": deleted == u8(1), "text": read_text(value)}
            require(deleted in (u8(0), u8(1)) and entry["deleted"] == (value == b""), "deleted and with a value")
            self.entries[slot] = entry
        require(order == sorted(order) and len(set(order)) == len(order), "out of order")
        places = [(entry["path"], entry["name"]) for entry in self.entries.values() if not entry["deleted"]]
        require(len(places) == len(set(places)), "two secrets in one place")

    def reveal(self, row):
        """Opens a row of the server if it is the one that the log names."""
        found = [entry for entry in self.entries.values()
                 if not entry["deleted"] and (entry["path"], entry["name"]) == (row["path"], row["name"])]
        require(len(found) == 1, "a row that the log does not list")
        entry = found[0]
        require(ct_hash(row["value"]) == ct_hash(entry["text"]), "a row that is not the one that the log names")
        opened = open_value(row["value"], self.epochs[entry["e"]], entry["path"], entry["name"], entry["slot"],
                            entry["version"])
        return opened | {"path": entry["path"], "name": entry["name"], "version": entry["version"]}

    @property
    def head(self):
        return self.hashes[-1]


# --- §11 shares ------------------------------------------------------------------------------------------------------


class Share:
    """The keys of a share, from its link and passphrase."""

    def __init__(self, secret, passphrase):
        self.id = derive(secret, "share/id", length=16)
        self.flag = u8(1 if passphrase is not None else 0)
        stretched = ZERO32
        if passphrase is not None:
            stretched = argon2id(passphrase, derive(secret, "share/salt", length=16), 1)
        self.key = derive(secret + stretched, "share/key", self.flag)
        self.token = b64(derive(secret + stretched, "share/token", self.flag))

    def aad(self, not_after):
        return pae([label("share"), SUITE, self.id, self.flag, u64(not_after)])

    def seal(self, title, text, secrets, not_after):
        if secrets is None:
            kind, body = 1, text.encode()
        else:
            kind, body = 2, pae([pae([name.encode(), value.encode()]) for name, value in secrets])
        plain = lay_out_pair(body, pae([title.encode(), u8(kind)]))
        return wrap_text("cfh1.", SUITE + self.flag + u64(not_after) + seal(self.key, self.aad(not_after), plain))

    def open(self, text):
        data = unwrap_text("cfh1.", text)
        require(len(data) > 50 and data[:2] == SUITE + self.flag, "unknown suite, or another flag")
        not_after = read_u64(data[2:10])
        body, meta = read_layout_pair(unseal(self.key, self.aad(not_after), data[10:]))
        title, kind = unpae(meta, 2)
        opened = {"title": read_text(title), "not_after": not_after, "text": None, "secrets": None}
        if read_u8(kind) == 1:
            opened["text"] = read_text(body)
        else:
            require(read_u8(kind) == 2, "an unknown kind of share")
            opened["secrets"] = [[read_text(piece) for piece in unpae(item, 2)] for item in unpae(body)]
        return opened


FILE_PIECE = (1 << 20) - 16


def seal_file(share, secret, content):
    """The sealed pieces of a file in a share: STREAM over XChaCha20-Poly1305 (STREAM-BE32)."""
    derived = derive(secret, "share/file", share.id, length=51)
    key, prefix = derived[:32], derived[32:]
    aad = pae([label("share/file"), SUITE, share.id, u64(len(content))])
    padded_content = content.ljust(padme(max(len(content), 4096)), b"\0")
    plain = [padded_content[at:at + FILE_PIECE] for at in range(0, len(padded_content), FILE_PIECE)]
    nonces = [prefix + u32(place) + u8(place == len(plain) - 1) for place in range(len(plain))]
    return [crypto_aead_xchacha20poly1305_ietf_encrypt(piece, aad, nonce, key) for piece, nonce in zip(plain, nonces)]


def parse_share_link(fragment):
    version, secret, server_id, flag = fragment.split(".")
    require(version == "v1" and flag in ("0", "1"), "not a share link")
    return read_bytes(unb64(secret), 32), server_id, flag == "1"
