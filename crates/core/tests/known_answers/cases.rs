//! The cases: what goes in, and why it is worth asking. What comes out is computed once and committed.

use coffer_core::{
    envelope::{self, Kind},
    hazmat,
    identity::Identity,
    label::Label,
    pae,
};
use serde_json::{Value, json};

use super::{Case, File, Script, answer, flipped, hex, unhex};

/// Every file of `vectors/`, in the order of docs/PROTOCOL.md.
pub fn files() -> Vec<File> {
    vec![
        encodings(),
        names(),
        account(),
        bundle(),
        identity(),
        keyring(),
        invite(),
        machine(),
        environment(),
        value(),
        log(),
        jit(),
        reverse(),
        share(),
    ]
}

fn case(name: &'static str, why: &'static str, op: &'static str, input: Value) -> Case {
    Case { name, why, op, input }
}

fn encodings() -> File {
    let pieces = |pieces: &[&str]| json!({ "pieces": pieces.iter().map(hex).collect::<Vec<_>>() });
    let encoded = |encoded: &str| json!({ "encoded": encoded });
    let padme = |length: usize| json!({ "length": length });
    File {
        name: "encodings",
        about: "PAE, Padmé and words: docs/PROTOCOL.md §2 and §7",
        cases: vec![
            case("pae of nothing", "a count and nothing else", "pae", pieces(&[])),
            case(
                "pae of one empty piece",
                "an empty piece is not no piece",
                "pae",
                pieces(&[""]),
            ),
            case("pae of a text", "the published example", "pae", pieces(&["test"])),
            case(
                "pae of a label and more",
                "the shape of everything that is authenticated",
                "pae",
                pieces(&["coffer/v1/value", "a", "bc"]),
            ),
            case(
                "pae read",
                "the inverse",
                "pae_decode",
                encoded(&hex(pae::encode(&["ab", "c"]))),
            ),
            case(
                "pae cut off",
                "a piece is shorter than it says",
                "pae_decode",
                encoded("01000000000000000200000000000000 61".replace(' ', "").as_str()),
            ),
            case(
                "pae with more",
                "bytes after the last piece",
                "pae_decode",
                encoded("000000000000000000"),
            ),
            case(
                "pae of too many",
                "a count that cannot fit is refused before anything is allocated",
                "pae_decode",
                encoded("ffffffffffffffff"),
            ),
            case(
                "padme of 1",
                "a short text is padded to the floor",
                "padme",
                padme(1),
            ),
            case("padme of 64", "the floor itself", "padme", padme(64)),
            case("padme of 65", "just above the floor", "padme", padme(65)),
            case("padme of 1000", "in between", "padme", padme(1000)),
            case("padme of 7424", "the largest share", "padme", padme(7424)),
            case(
                "padme of 65536",
                "the largest value, before its layout",
                "padme",
                padme(65536),
            ),
            case(
                "words of zero",
                "the first word eight times",
                "words",
                json!({ "digest": "00".repeat(32) }),
            ),
            case(
                "words of one",
                "the least significant word comes first",
                "words",
                json!({ "digest": format!("{}01", "00".repeat(31)) }),
            ),
            case(
                "words of everything",
                "the largest digest",
                "words",
                json!({ "digest": "ff".repeat(32) }),
            ),
            case(
                "a drawn passphrase",
                "two bytes a word, big-endian; numbers of 62,208 and above are drawn again",
                "draw_words",
                json!({ "random": "0000ffff1e5f1e60f2fff30001234567" }),
            ),
        ],
    }
}

fn names() -> File {
    let mut cases = Vec::new();
    for (name, text) in [
        ("a name", "DATABASE_URL"),
        ("a composed letter", "caf\u{e9}"),
        ("a decomposed letter", "cafe\u{301}"),
        ("an empty name", ""),
        ("a leading space", " A"),
        ("a trailing no-break space", "A\u{a0}"),
        ("a name with a space inside", "A B"),
        ("a newline", "A\nB"),
        ("a direction override", "A\u{202e}B"),
        ("a zero-width space", "A\u{200b}B"),
        ("a slash", "A/B"),
        ("a colon", "A:B"),
    ] {
        cases.push(case(
            name,
            "a server must not be able to alias it",
            "name",
            json!({ "text": text }),
        ));
    }
    let hundred = json!({ "text": { "repeat": "n", "times": 101 } });
    cases.push(case(
        "a name of 101 characters",
        "it would not fit a URL",
        "name",
        hundred,
    ));
    for (name, text) in [
        ("the root", "/"),
        ("a folder", "/app/web"),
        ("the reserved folder", "/coffer/log/0"),
        ("a folder with a similar name", "/coffers"),
        ("a relative path", "app"),
        ("a trailing slash", "/app/"),
        ("an empty segment", "/a//b"),
        ("a dot segment", "/a/../b"),
    ] {
        cases.push(case(
            name,
            "one folder has one path",
            "path",
            json!({ "text": text }),
        ));
    }
    File {
        name: "names",
        about: "Names and paths of secrets: docs/PROTOCOL.md §7",
        cases,
    }
}

const ACCOUNT: &str = "000102030405060708090a0b0c0d0e0f";
const ACCOUNT_KEY: &str = "101112131415161718191a1b1c1d1e1f";

/// 24 bytes of nonce.
fn nonce(first: u8) -> String {
    pattern(first, 24)
}

/// `length` bytes that count up from `first`.
fn pattern(first: u8, length: usize) -> String {
    hex((0..length)
        .map(|index| first.wrapping_add(index as u8))
        .collect::<Vec<_>>())
}

/// Bytes that do not repeat soon: SHA-256 of a counter.
fn stream(tag: u8, length: usize) -> String {
    let blocks =
        (0..length.div_ceil(32)).flat_map(|index| hazmat::sha256(&[tag, index as u8, (index >> 8) as u8]));
    hex(blocks.take(length).collect::<Vec<_>>())
}

fn account() -> File {
    let code = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let stretched = pattern(0x40, 32);
    let by_passphrase = |stretched: &str, more: Value| {
        let mut input = json!({ "account_uid": ACCOUNT, "account_key": ACCOUNT_KEY, "profile": 1, "stretched": stretched });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let seal = by_passphrase(
        &stretched,
        json!({ "master_key": pattern(0x60, 32), "nonce": nonce(0x80) }),
    );
    let slot = answer("slot_seal", &seal)["slot"].as_str().unwrap().to_owned();
    let open = |slot: String| by_passphrase(&stretched, json!({ "slot": slot }));
    let changed = |position| open(flipped(Kind::Slot, &slot, position));
    let set = |position: usize, value: u8| {
        let mut bytes = envelope::decode(Kind::Slot, &slot).unwrap();
        bytes[position] = value;
        open(envelope::encode(Kind::Slot, &bytes))
    };
    let recovery = json!({ "account_uid": ACCOUNT, "recovery_code": code, "master_key": pattern(0x60, 32), "nonce": nonce(0x80) });
    let prf = json!({
        "account_uid": ACCOUNT, "prf_output": pattern(0x20, 32), "credential": "c0ffee",
        "master_key": pattern(0x60, 32), "nonce": nonce(0x80),
    });
    let stretch = |passphrase: &str, profile: u8| json!({ "account_uid": ACCOUNT, "account_key": ACCOUNT_KEY, "passphrase": passphrase, "profile": profile });
    let login = |origin: &str| by_passphrase(&stretched, json!({ "origin": origin }));
    let local = json!({
        "master_key": pattern(0x60, 32), "device_id": pattern(0x30, 16), "record": "pins",
        "content": hex("what this device knows"), "nonce": nonce(0x90),
    });
    let sealed = answer("local_seal", &local)["sealed"].clone();
    let with = |input: &Value, name: &str, value: Value| {
        let mut input = input.clone();
        input[name] = value;
        input
    };
    let local = with(&local, "sealed", sealed);
    let text = answer("account_key", &json!({ "account_key": ACCOUNT_KEY }))["text"]
        .as_str()
        .unwrap()
        .to_owned();
    let typo = text.replacen('4', "5", 1);
    File {
        name: "account",
        about: "Two-secret unlock, login password, slots and device records: docs/PROTOCOL.md §3 and §4",
        cases: vec![
            case(
                "a passphrase in NFKC",
                "keyboards compose letters differently",
                "passphrase",
                json!({ "text": "cafe\u{301} \u{fb01}ve\u{2460}" }),
            ),
            case(
                "a printed Account Key",
                "Crockford's base 32 with a checksum",
                "account_key",
                json!({ "account_key": ACCOUNT_KEY }),
            ),
            case(
                "an Account Key as people type it",
                "case, spaces, O and L are forgiven",
                "account_key_read",
                json!({ "text": text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l").replacen("cfal", "cfa1", 1) }),
            ),
            case(
                "an Account Key with a typing mistake",
                "the checksum notices",
                "account_key_read",
                json!({ "text": typo }),
            ),
            case(
                "a stretched passphrase",
                "Argon2id with 64 MiB, 3 passes, 4 lanes; the salt comes from the Account Key",
                "stretch",
                stretch("correct horse battery staple", 1),
            ),
            case(
                "a strongly stretched passphrase",
                "the other profile",
                "stretch",
                stretch("correct horse battery staple", 2),
            ),
            case(
                "a passphrase that looks like a key",
                "there is no path by which 32 bytes would be a key themselves",
                "stretch",
                stretch(&"ab".repeat(32), 1),
            ),
            case(
                "an unknown profile",
                "refused before Argon2 runs",
                "stretch",
                stretch("correct horse battery staple", 0),
            ),
            case(
                "a login password",
                "what our own server knows",
                "login",
                login("https://coffer.example"),
            ),
            case(
                "a login password elsewhere",
                "another origin, another password",
                "login",
                login("https://evil.example"),
            ),
            case(
                "a login password of the recovery code",
                "a second verifier of one account",
                "login_recovery",
                json!({ "account_uid": ACCOUNT, "recovery_code": code, "origin": "https://coffer.example" }),
            ),
            case(
                "a passphrase slot",
                "the master key under passphrase and Account Key",
                "slot_seal",
                seal.clone(),
            ),
            case(
                "a recovery slot",
                "the master key under the recovery code",
                "slot_seal",
                recovery,
            ),
            case(
                "a passkey slot",
                "the master key under a PRF output",
                "slot_seal",
                prf,
            ),
            case(
                "a slot opened",
                "the master key comes back",
                "slot_open",
                open(slot.clone()),
            ),
            case(
                "the wrong passphrase",
                "the commitment differs, nothing is decrypted",
                "slot_open",
                by_passphrase(&pattern(0x41, 32), json!({ "slot": slot.clone() })),
            ),
            case("a changed commitment", "refused", "slot_open", changed(8)),
            case(
                "a changed ciphertext",
                "refused with the same error",
                "slot_open",
                changed(80),
            ),
            case(
                "another suite",
                "refused before any key is used",
                "slot_open",
                set(0, 2),
            ),
            case(
                "profile 0 for a passphrase",
                "nothing weaker exists to be downgraded to",
                "slot_open",
                set(2, 0),
            ),
            case(
                "profile 255",
                "nothing larger exists to exhaust memory",
                "slot_open",
                set(2, 255),
            ),
            case(
                "another generation",
                "version 1 knows generation 0 only",
                "slot_open",
                set(6, 1),
            ),
            case("an unknown kind", "refused", "slot_open", set(1, 4)),
            case(
                "an old prefix",
                "there is no legacy format",
                "slot_open",
                open(slot.replace("cfs1.", "cfs0.")),
            ),
            case(
                "a slot cut off",
                "refused",
                "slot_open",
                open(slot[..slot.len() - 4].to_owned()),
            ),
            case(
                "a device record",
                "sealed for one device under its name",
                "local_seal",
                local.clone(),
            ),
            case(
                "a device record opened",
                "it comes back",
                "local_open",
                local.clone(),
            ),
            case(
                "a device record under another name",
                "refused",
                "local_open",
                with(&local, "record", json!("cache")),
            ),
            case(
                "a device record of another device",
                "refused",
                "local_open",
                with(&local, "device_id", json!(ACCOUNT)),
            ),
        ],
    }
}

const RING: &str = "52494e4752494e4752494e4752494e47";
const ENV: &str = "454e5645454e5645454e5645454e5645";

fn bundle() -> File {
    let seal = json!({
        "account_uid": ACCOUNT,
        "master_key": pattern(0x60, 32),
        "nonce": nonce(0xa0),
        "counter": 7,
        "previous": pattern(0x11, 32),
        "seeds": pattern(0x01, 64),
        "pins": [{
            "ring_uid": RING, "project": "project-1", "genesis": pattern(0x21, 32),
            "keyring_seq": 3, "keyring_hash": pattern(0x22, 32),
            "environments": [{ "env_uid": ENV, "server_ref": "env-1", "epoch": 2, "seq": 9, "hash": pattern(0x23, 32), "keyring_seq": 3 }],
        }],
        "epochs": [{ "ring_uid": RING, "env_uid": ENV, "epoch": 2, "key": pattern(0x31, 32) }],
        "invites": [{ "ring_uid": RING, "secret": pattern(0x41, 32), "expires": 1_800_000_000_000_u64, "note": hex("for Bob") }],
        "notes": [{ "name": "settings", "content": hex("dark") }],
    });
    let empty = json!({
        "account_uid": ACCOUNT, "master_key": pattern(0x60, 32), "nonce": nonce(0xa0), "counter": 1,
        "previous": "00".repeat(32), "seeds": pattern(0x01, 64), "pins": [], "epochs": [], "invites": [], "notes": [],
    });
    let text = answer("bundle_seal", &seal)["bundle"]
        .as_str()
        .unwrap()
        .to_owned();
    let open =
        |text: String| json!({ "account_uid": ACCOUNT, "master_key": pattern(0x60, 32), "bundle": text });
    let other = json!({ "account_uid": RING, "master_key": pattern(0x60, 32), "bundle": text });
    let marks = json!({
        "seeds": pattern(0x01, 64), "ring_uid": RING,
        "marks": [
            { "user": "user-2", "fingerprint": pattern(0x51, 32), "at": 1_800_000_000_000_u64 },
            { "user": "user-1", "fingerprint": pattern(0x71, 32), "at": 1_800_000_000_001_u64 },
        ],
    });
    File {
        name: "bundle",
        about: "What an account must not lose: docs/PROTOCOL.md §4",
        cases: vec![
            case("a first bundle", "nothing but keys", "bundle_seal", empty),
            case("a full bundle", "one of everything", "bundle_seal", seal),
            case(
                "marks",
                "people whose words were compared, sorted by their ids, in one note per project",
                "bundle_marks",
                marks,
            ),
            case(
                "a bundle opened",
                "everything comes back",
                "bundle_open",
                open(text.clone()),
            ),
            case(
                "a changed counter",
                "it is authenticated",
                "bundle_open",
                open(flipped(Kind::Bundle, &text, 8)),
            ),
            case(
                "a changed byte",
                "refused",
                "bundle_open",
                open(flipped(Kind::Bundle, &text, 60)),
            ),
            case("another account's", "refused", "bundle_open", other),
            case(
                "cut off",
                "refused",
                "bundle_open",
                open(text[..text.len() - 4].to_owned()),
            ),
        ],
    }
}

fn identity() -> File {
    let input = |seeds: String, user: &str| json!({ "seeds": seeds, "ring_uid": RING, "user": user });
    File {
        name: "identity",
        about: "Keys of a person, their ids and the words that people compare: docs/PROTOCOL.md §3 and §5. \
                `seeds` is sign_seed, then kem_seed",
        cases: vec![
            case(
                "an identity",
                "Ed25519 from a seed; X25519 by HPKE's DeriveKeyPair",
                "identity",
                input(pattern(0x01, 64), "user-1"),
            ),
            case(
                "another user of the same keys",
                "the fingerprint names the user",
                "identity",
                input(pattern(0x01, 64), "user-2"),
            ),
            case(
                "an identity of zeros",
                "a seed like any other",
                "identity",
                input("00".repeat(64), "user-1"),
            ),
        ],
    }
}

fn machine() -> File {
    let genesis = pattern(0x51, 32);
    let made = |seed: String| json!({ "genesis": genesis, "seed": seed, "random": nonce(0x61) });
    let token = answer("machine_generate", &made(pattern(0x21, 32)))["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let read = |token: &str| json!({ "genesis": genesis, "token": token });
    let case_of = |name, why, token: &str| case(name, why, "machine_token", read(token));
    File {
        name: "machine",
        about: "Machine tokens: docs/PROTOCOL.md §14",
        cases: vec![
            case(
                "a token made",
                "one seed, half of a genesis, a checksum; what the machine keeps is sealed under a third key",
                "machine_generate",
                made(pattern(0x21, 32)),
            ),
            case(
                "a token of zeros",
                "a seed like any other",
                "machine_generate",
                made("00".repeat(32)),
            ),
            case_of("a token read", "both keys come from its seed", &token),
            case(
                "a token of another project",
                "told apart by half of the genesis",
                "machine_token",
                json!({ "genesis": pattern(0x52, 32), "token": token }),
            ),
            case_of(
                "a token with a typing mistake",
                "noticed by the checksum",
                &token.replacen("v1.I", "v1.J", 1),
            ),
            case_of(
                "a token cut off",
                "told apart from a typing mistake",
                &token[..token.len() - 1],
            ),
            case_of("half a token", "told apart from a typing mistake", &token[..50]),
            case_of(
                "a token of a newer version",
                "told apart",
                &token.replacen("v1", "v2", 1),
            ),
            case_of(
                "something else",
                "a token does not begin as an object does",
                "cfm1.AAAA",
            ),
        ],
    }
}

fn story() -> Value {
    json!({
        "ring_uid": RING, "env_uid": ENV, "created": 1_700_000_000_000_u64,
        "founder_seeds": pattern(0x01, 64), "user_seeds": pattern(0x02, 64),
        "machine_seeds": pattern(0x03, 64), "new_user_seeds": pattern(0x04, 64),
        "invite_secret": pattern(0x41, 32),
    })
}

fn keyring() -> File {
    let told = answer("keyring_story", &story());
    let links: Vec<String> = told["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| link.as_str().unwrap().to_owned())
        .collect();
    let hashes = &told["hashes"];
    let fold = |links: Vec<&String>, more: Value| {
        let mut input = json!({ "links": links });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let all = || links.iter().collect::<Vec<_>>();
    let broken = |index: usize, changed: &'static str| -> Vec<String> {
        let mut links = links.clone();
        links[index] = match changed {
            "signature" => {
                let length = envelope::decode(Kind::Link, &links[index]).unwrap().len();
                flipped(Kind::Link, &links[index], length - 1)
            }
            _ => resigned(&links[index], 0x03),
        };
        links
    };
    let owned = |links: Vec<String>| json!({ "links": links });
    let founder = Identity::generate(&mut Script(unhex(&pattern(0x01, 64))));
    let unknown = {
        let seq = links.len() as u64;
        let seq = seq.to_be_bytes();
        let previous = unhex(hashes[links.len() - 1].as_str().unwrap());
        let (ring, kid, created) = (unhex(RING), founder.public().sign_kid(), 0_u64.to_be_bytes());
        let pieces: [&[u8]; 8] = [
            &[1],
            &ring,
            &seq,
            &previous,
            b"set_weather",
            b"",
            kid.as_bytes(),
            &created,
        ];
        sign(pae::labelled(Label::KEYRING, &pieces), 0x01)
    };
    let forked = json!({ "pin": { "seq": 2, "hash": "00".repeat(32) } });
    let ahead = json!({ "pin": { "seq": 12, "hash": "00".repeat(32) } });
    let pinned = json!({ "genesis": hashes[0], "pin": { "seq": 4, "hash": hashes[4] } });
    File {
        name: "keyring",
        about: "Signed membership: docs/PROTOCOL.md §5. `keyring_story` tells a project's life: declare_env, add_user by \
                invite, add_machine, set_rights, rotate_user_keys, rebase, uphold, remove, set_policy twice, retire_env",
        cases: vec![
            case(
                "a project's life",
                "one link of every operation",
                "keyring_story",
                story(),
            ),
            case(
                "the whole chain",
                "folded from its genesis through its pin",
                "keyring_fold",
                fold(all(), pinned),
            ),
            case(
                "half a chain",
                "a state in between",
                "keyring_fold",
                fold(links[..4].iter().collect(), json!({})),
            ),
            case(
                "another project",
                "the genesis is pinned",
                "keyring_fold",
                fold(all(), json!({ "genesis": "00".repeat(32) })),
            ),
            case(
                "another history",
                "the chain does not pass through the pin",
                "keyring_fold",
                fold(all(), forked),
            ),
            case(
                "an old history",
                "the chain ends before the pin",
                "keyring_fold",
                fold(all(), ahead),
            ),
            case(
                "a link left out",
                "the chain is broken",
                "keyring_fold",
                fold(
                    links
                        .iter()
                        .enumerate()
                        .filter(|(index, _)| *index != 2)
                        .map(|(_, link)| link)
                        .collect(),
                    json!({}),
                ),
            ),
            case(
                "a link twice",
                "the chain is broken",
                "keyring_fold",
                fold(links[..3].iter().chain([&links[2]]).collect(), json!({})),
            ),
            case(
                "a wrong signature",
                "refused",
                "keyring_fold",
                owned(broken(2, "signature")),
            ),
            case(
                "signed by a machine",
                "only admins write links",
                "keyring_fold",
                owned(broken(5, "author")),
            ),
            case(
                "an unknown operation",
                "an error, never skipped: the app must be updated",
                "link_parse",
                json!({ "link": unknown }),
            ),
            case(
                "a link read",
                "its hash is over its bytes with the signature",
                "link_parse",
                json!({ "link": links[1] }),
            ),
            case("no link", "refused", "link_parse", json!({ "link": "cfk1.AAAA" })),
        ],
    }
}

fn sign(mut message: Vec<u8>, first: u8) -> String {
    let seed: [u8; 32] = unhex(&pattern(first, 32)).try_into().unwrap();
    let signature = hazmat::ed25519_sign(&seed, &message);
    message.extend_from_slice(&signature);
    envelope::encode(Kind::Link, &message)
}

/// The same link, as the owner of the seeds from `first` would have signed it.
fn resigned(link: &str, first: u8) -> String {
    let bytes = envelope::decode(Kind::Link, link).unwrap();
    let pieces = pae::decode(&bytes[..bytes.len() - 64], 20).unwrap();
    let author = Identity::generate(&mut Script(unhex(&pattern(first, 64))))
        .public()
        .sign_kid();
    let mut pieces: Vec<&[u8]> = pieces;
    let place = pieces.len() - 2;
    pieces[place] = author.as_bytes();
    sign(pae::encode(&pieces), first)
}

fn invite() -> File {
    let make = json!({
        "genesis": pattern(0x21, 32), "keyring_seq": 3, "keyring_hash": pattern(0x22, 32),
        "secret": pattern(0x41, 32), "expires": 1_800_000_000_000_u64, "project": "project-1",
        "user": "user-2", "seeds": pattern(0x02, 64),
    });
    let mut with_sign_up = make.clone();
    with_sign_up["sign_up"] =
        json!({ "organization": "org-1", "email": "bob@example.org", "code": "0123456789abcdef" });
    let made = answer("invite", &make);
    let fragment = made["fragment"].as_str().unwrap().to_owned();
    let with_sign_up_made = answer("invite", &with_sign_up);
    let join = made["join_request"].as_str().unwrap().to_owned();
    let verify = |join: String, secret: String, now: u64| {
        json!({
            "join_request": join, "secret": secret, "genesis": pattern(0x21, 32),
            "expires": 1_800_000_000_000_u64, "now": now,
        })
    };
    let rotate = json!({
        "ring_uid": RING, "user": "user-2", "old_seeds": pattern(0x02, 64), "new_seeds": pattern(0x03, 64),
        "signed": 1_800_000_000_000_u64,
    });
    let rotation = answer("rotation_make", &rotate)["rotation"]
        .as_str()
        .unwrap()
        .to_owned();
    let rotation_length = envelope::decode(Kind::Rotation, &rotation).unwrap().len();
    let rotated = |rotation: String| json!({ "rotation": rotation });
    let length = envelope::decode(Kind::Join, &join).unwrap().len();
    let (early, late) = (1_799_999_999_999, 1_800_000_000_000);
    let read = |fragment: String| json!({ "fragment": fragment });
    File {
        name: "invite",
        about: "Invitations, join requests and changes of one's own keys: docs/PROTOCOL.md §5",
        cases: vec![
            case(
                "an invitation and its answer",
                "link, public id, join request",
                "invite",
                make,
            ),
            case(
                "an invitation with a server's sign-up",
                "for a person without an account",
                "invite",
                with_sign_up,
            ),
            case("a link read", "", "invite_read", read(fragment.clone())),
            case(
                "a link with a sign-up read",
                "",
                "invite_read",
                read(with_sign_up_made["fragment"].as_str().unwrap().to_owned()),
            ),
            case(
                "a link of a newer version",
                "told apart from a broken one",
                "invite_read",
                read(fragment.replacen("v1", "v2", 1)),
            ),
            case(
                "a link cut off",
                "refused",
                "invite_read",
                read(fragment[..120].to_owned()),
            ),
            case(
                "a number with a leading zero",
                "a link has one spelling",
                "invite_read",
                read(fragment.replacen(".3.", ".03.", 1)),
            ),
            case(
                "a join request believed",
                "it was made by somebody who held the invite",
                "join_verify",
                verify(join.clone(), pattern(0x41, 32), early),
            ),
            case(
                "a join request of another invite",
                "refused",
                "join_verify",
                verify(join.clone(), pattern(0x42, 32), early),
            ),
            case(
                "a join request that is late",
                "refused",
                "join_verify",
                verify(join.clone(), pattern(0x41, 32), late),
            ),
            case(
                "a join request with a changed MAC",
                "refused",
                "join_verify",
                verify(flipped(Kind::Join, &join, length - 65), pattern(0x41, 32), early),
            ),
            case(
                "a join request with a changed signature",
                "refused",
                "join_verify",
                verify(flipped(Kind::Join, &join, length - 1), pattern(0x41, 32), early),
            ),
            case(
                "a change of one's own keys",
                "both pairs sign it",
                "rotation_make",
                rotate,
            ),
            case(
                "a change of keys read",
                "what an admin's client sees",
                "rotation_read",
                rotated(rotation.clone()),
            ),
            case(
                "a change of keys that the new key did not sign",
                "refused",
                "rotation_read",
                rotated(flipped(Kind::Rotation, &rotation, rotation_length - 1)),
            ),
        ],
    }
}

/// The first four links of the story: the founder, an environment, a writer, a machine that reads.
fn keyring_links() -> Value {
    let told = answer("keyring_story", &story());
    Value::Array(told["links"].as_array().unwrap()[..4].to_vec())
}

fn reverse() -> File {
    File {
        name: "reverse",
        about: "Forms and answers: docs/PROTOCOL.md §12",
        cases: vec![case(
            "a form and an answer",
            "`random` is drawn in this order: seed, psk, request id, ephemeral ikm",
            "reverse_story",
            json!({ "random": stream(3, 256), "not_after": 1_800_000_000_000_u64 }),
        )],
    }
}

fn jit() -> File {
    File {
        name: "jit",
        about: "Requests, what is said about them, grants and proposals: docs/PROTOCOL.md §13",
        cases: vec![case(
            "a request and what comes of it",
            "asked, answered, granted, recorded, proposed, declined, taken over, taken back; `random` is drawn in the order of the document",
            "jit_story",
            json!({
                "ring_uid": RING, "env_uid": ENV, "founder_seeds": pattern(0x01, 64), "guest_seeds": pattern(0x04, 64),
                "random": stream(2, 4096),
            }),
        )],
    }
}

fn environment() -> File {
    let place = |epoch: u32| json!({ "ring_uid": RING, "env_uid": ENV, "epoch": epoch });
    let with = |input: &Value, more: Value| {
        let mut input = input.clone();
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let key = json!({ "key": pattern(0x31, 32) });
    let second = with(
        &with(&place(2), key.clone()),
        json!({ "previous_key": pattern(0x32, 32), "nonce": nonce(0xb0) }),
    );
    let sealed = answer("epoch", &second)["sealed_previous"]
        .as_str()
        .unwrap()
        .to_owned();
    let previous = |key: u8, epoch: u32, sealed: &str| {
        with(
            &place(epoch),
            json!({ "key": pattern(key, 32), "sealed_previous": sealed }),
        )
    };
    let wrap = with(
        &with(&place(1), key.clone()),
        json!({
            "keyring": keyring_links(), "author_seeds": pattern(0x02, 64), "reader_seeds": pattern(0x03, 64),
            "ephemeral": pattern(0x51, 32),
        }),
    );
    let commitment = answer("epoch", &with(&place(1), key.clone()))["commitment"].clone();
    let wrapped = answer("wrap_seal", &wrap)["wrap"].as_str().unwrap().to_owned();
    let by_reader = answer(
        "wrap_seal",
        &with(&wrap, json!({ "author_seeds": pattern(0x03, 64) })),
    );
    let open = |wrap: &str, more: Value| {
        let input = json!({
            "keyring": keyring_links(), "reader_seeds": pattern(0x03, 64), "wrap": wrap, "commitment": commitment,
        });
        with(&with(&with(&place(1), key.clone()), input), more)
    };
    let length = envelope::decode(Kind::Wrap, &wrapped).unwrap().len();
    File {
        name: "environment",
        about: "Epoch keys, commitments and wraps: docs/PROTOCOL.md §6. The keyring is that of the keyring vectors: the \
                user writes, the machine reads",
        cases: vec![
            case(
                "the first epoch",
                "a commitment and no key before",
                "epoch",
                with(&place(1), key.clone()),
            ),
            case(
                "the second epoch",
                "it carries the first one's key",
                "epoch",
                second,
            ),
            case(
                "the same key elsewhere",
                "a commitment names project, environment and epoch",
                "epoch",
                with(&place(9), key.clone()),
            ),
            case(
                "the previous key opened",
                "",
                "previous_open",
                previous(0x31, 2, &sealed),
            ),
            case(
                "the previous key at another epoch",
                "refused",
                "previous_open",
                previous(0x31, 3, &sealed),
            ),
            case(
                "nothing before the first",
                "refused",
                "previous_open",
                previous(0x31, 1, &sealed),
            ),
            case(
                "a wrap",
                "HPKE base to the reader, signed by a writer; `ephemeral` is the ikm of the ephemeral key pair",
                "wrap_seal",
                wrap,
            ),
            case(
                "a wrap opened",
                "the reader gets the key that was committed to",
                "wrap_open",
                open(&wrapped, json!({})),
            ),
            case(
                "a wrap by a reader",
                "only writers wrap",
                "wrap_open",
                open(by_reader["wrap"].as_str().unwrap(), json!({})),
            ),
            case(
                "a wrap for another commitment",
                "two members cannot be given different keys",
                "wrap_open",
                open(&wrapped, json!({ "commitment": "00".repeat(32) })),
            ),
            case(
                "a wrap in another environment",
                "refused",
                "wrap_open",
                open(&wrapped, json!({ "env_uid": RING })),
            ),
            case(
                "a wrap to somebody else",
                "refused",
                "wrap_open",
                open(&wrapped, json!({ "reader_seeds": pattern(0x02, 64) })),
            ),
            case(
                "a wrap with a changed signature",
                "refused",
                "wrap_open",
                open(&flipped(Kind::Wrap, &wrapped, length - 1), json!({})),
            ),
            case(
                "a wrap with a changed ciphertext",
                "refused",
                "wrap_open",
                open(&flipped(Kind::Wrap, &wrapped, 250), json!({})),
            ),
        ],
    }
}

fn value() -> File {
    let base = json!({
        "ring_uid": RING, "env_uid": ENV, "epoch": 1, "key": pattern(0x31, 32), "nonce": nonce(0xc0),
        "path": "/app", "name": "TOKEN", "slot_id": pattern(0x71, 16), "version": 1, "content": "s3cret",
    });
    let with = |more: Value| {
        let mut input = base.clone();
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let sealed = answer("value_seal", &base)["value"].as_str().unwrap().to_owned();
    let open = |value: &str, more: Value| {
        let mut more = more;
        more["value"] = json!(value);
        with(more)
    };
    let everything = json!({ "comment": "for the demo", "kind": "token", "tags": ["a", "b"], "owner": "ada", "rotation": "yearly" });
    let full = answer("value_seal", &with(everything.clone()))["value"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut other_suite = envelope::decode(Kind::Value, &sealed).unwrap();
    other_suite[0] = 2;
    let other_suite = envelope::encode(Kind::Value, &other_suite);
    File {
        name: "value",
        about: "Sealed values: docs/PROTOCOL.md §7",
        cases: vec![
            case(
                "a value",
                "178 characters for every short secret",
                "value_seal",
                base.clone(),
            ),
            case(
                "an empty value",
                "as long as any other short one",
                "value_seal",
                with(json!({ "content": "" })),
            ),
            case(
                "a value with everything about it",
                "all of it is sealed",
                "value_seal",
                with(everything),
            ),
            case(
                "a value of 56 bytes",
                "above the floor",
                "value_seal",
                with(json!({ "content": { "repeat": "x", "times": 56 } })),
            ),
            case(
                "more than 64 KiB",
                "refused",
                "value_seal",
                with(json!({ "content": { "repeat": "x", "times": 65537 } })),
            ),
            case("a value opened", "", "value_open", open(&sealed, json!({}))),
            case(
                "a value with everything opened",
                "",
                "value_open",
                open(&full, json!({})),
            ),
            case(
                "in another project",
                "refused",
                "value_open",
                open(&sealed, json!({ "ring_uid": ENV })),
            ),
            case(
                "in another environment",
                "refused",
                "value_open",
                open(&sealed, json!({ "env_uid": RING })),
            ),
            case(
                "in another epoch",
                "refused",
                "value_open",
                open(&sealed, json!({ "epoch": 2 })),
            ),
            case(
                "in another folder",
                "refused",
                "value_open",
                open(&sealed, json!({ "path": "/" })),
            ),
            case(
                "under another name",
                "refused",
                "value_open",
                open(&sealed, json!({ "name": "TOKEN2" })),
            ),
            case(
                "of another secret",
                "refused",
                "value_open",
                open(&sealed, json!({ "slot_id": RING })),
            ),
            case(
                "of another version",
                "refused",
                "value_open",
                open(&sealed, json!({ "version": 2 })),
            ),
            case(
                "a changed version",
                "it is authenticated",
                "value_open",
                open(&flipped(Kind::Value, &sealed, 28), json!({ "version": 0 })),
            ),
            case(
                "a changed ciphertext",
                "refused",
                "value_open",
                open(&flipped(Kind::Value, &sealed, 60), json!({})),
            ),
            case(
                "a changed tag",
                "refused",
                "value_open",
                open(&flipped(Kind::Value, &sealed, 132), json!({})),
            ),
            case(
                "cut off",
                "the same error",
                "value_open",
                open(&sealed[..sealed.len() - 4], json!({})),
            ),
            case(
                "an encoding that is not canonical",
                "the same error",
                "value_open",
                open(&format!("{sealed}="), json!({})),
            ),
            case(
                "plaintext",
                "not ours, and never shown",
                "value_open",
                open("hunter2", json!({})),
            ),
            case(
                "an old prefix",
                "there is no legacy format",
                "value_open",
                open(&sealed.replacen("cfr1", "cfr0", 1), json!({})),
            ),
            case(
                "hidden by a server",
                "never taken for a ciphertext",
                "value_open",
                open("<hidden-by-infisical>", json!({})),
            ),
            case(
                "another suite",
                "refused before any key is used",
                "value_open",
                open(&other_suite, json!({})),
            ),
        ],
    }
}

fn log() -> File {
    let story = json!({
        "keyring": keyring_links(), "env_uid": ENV, "author_seeds": pattern(0x02, 64), "reader_seeds": pattern(0x03, 64),
        "random": stream(1, LOG_RANDOM),
    });
    let told = answer("log_story", &story);
    let records = told["records"].as_array().unwrap();
    let headers: Vec<Value> = records.iter().map(|record| record["header"].clone()).collect();
    let bodies: Vec<Value> = records
        .iter()
        .map(|record| {
            record["body"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row[1].clone())
                .collect()
        })
        .collect();
    let contents = told["contents"].as_array().unwrap();
    let row = |path: &str, name: &str, value: &str| json!({ "path": path, "name": name, "value": value });
    let read = |headers: &[Value], bodies: &[Value], wrap: usize, more: Value| {
        let mut input = json!({
            "keyring": keyring_links(), "env_uid": ENV, "reader_seeds": pattern(0x03, 64),
            "headers": headers, "bodies": bodies, "wrap": told["wraps"][wrap], "start": 0, "rows": [],
        });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let mut other_body = bodies.clone();
    other_body[1] = json!([flipped(Kind::Chunk, bodies[1][0].as_str().unwrap(), 60)]);
    let mut other_header = headers.clone();
    let text = headers[1].as_str().unwrap();
    let length = envelope::decode(Kind::Header, text).unwrap().len();
    other_header[1] = json!(flipped(Kind::Header, text, length - 1));
    let mut left_out = headers.clone();
    left_out.remove(2);
    assert_eq!(contents.len(), 1, "the story leaves one secret");
    let rows = json!({ "rows": [row("/app", "C", "hunter2"), row("/", "LD_PRELOAD", "/tmp/x.so"), row("/", "X", "cfr1.AAAA")] });
    let pin = json!({ "pin": { "seq": 9, "hash": "00".repeat(32) } });
    let fork = json!({ "pin": { "seq": 2, "hash": "00".repeat(32) } });
    File {
        name: "log",
        about: "An environment's log, its bodies and what a reader makes of them: docs/PROTOCOL.md §8. The story: epoch 1, \
                two secrets, an update and a move, a checkpoint, a deletion, epoch 2. `random` is drawn in the order of \
                that section",
        cases: vec![
            case(
                "an environment's life",
                "one record of every kind that one writer makes",
                "log_story",
                story.clone(),
            ),
            case(
                "read from the start",
                "rows are absent, the records hold the values",
                "log_read",
                read(&headers, &bodies, 1, json!({})),
            ),
            case(
                "read from the last epoch",
                "its body lists everything; without rows the values are missing",
                "log_read",
                read(&headers, &bodies, 1, json!({ "start": 5 })),
            ),
            case(
                "read with what a server serves",
                "plaintext in place of a value, two rows that nobody wrote",
                "log_read",
                read(&headers, &bodies, 1, rows),
            ),
            case(
                "an old history",
                "it ends before the pin",
                "log_read",
                read(&headers, &bodies, 1, pin),
            ),
            case(
                "another history",
                "it does not pass through the pin",
                "log_read",
                read(&headers, &bodies, 1, fork),
            ),
            case(
                "a record left out",
                "the chain is broken",
                "log_read",
                read(&left_out, &bodies, 1, json!({})),
            ),
            case(
                "a changed signature",
                "refused",
                "log_read",
                read(&other_header, &bodies, 1, json!({})),
            ),
            case(
                "a changed body",
                "refused",
                "log_read",
                read(&headers, &other_body, 1, json!({})),
            ),
            case(
                "a wrap of the first epoch only",
                "the newer records are closed",
                "log_read",
                read(&headers, &bodies, 0, json!({})),
            ),
        ],
    }
}

/// What the story draws: two keys, three slot ids and names of chunks, nonces and ephemeral keys.
const LOG_RANDOM: usize = 448;

fn share() -> File {
    let base = json!({
        "secret": pattern(0x61, 32), "title": "Wi-Fi", "text": "hunter2", "not_after": 1_800_000_000_000_u64,
        "nonce": nonce(0xd0), "server_id": "abcDEF_-123",
    });
    let with = |input: &Value, more: Value| {
        let mut input = input.clone();
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let protected = with(&base, json!({ "stretched": pattern(0x81, 32) }));
    let blob = answer("share_seal", &base)["blob"].as_str().unwrap().to_owned();
    let protected_blob = answer("share_seal", &protected)["blob"]
        .as_str()
        .unwrap()
        .to_owned();
    let secrets = with(&base, json!({ "secrets": [["A", "1"], ["B", "2\n3"]] }));
    let secrets_blob = answer("share_seal", &secrets)["blob"]
        .as_str()
        .unwrap()
        .to_owned();
    let open = |blob: &str| json!({ "secret": pattern(0x61, 32), "blob": blob });
    let fragment = answer("share_seal", &base)["fragment"]
        .as_str()
        .unwrap()
        .to_owned();
    let link = |fragment: &str| json!({ "fragment": fragment });
    let file = with(
        &base,
        json!({ "file": "chart.pdf", "size": 104_857_600, "file_secret": pattern(0x31, 32) }),
    );
    let file_blob = answer("share_seal", &file)["blob"].as_str().unwrap().to_owned();
    let list = json!([
        ["tide tables.pdf", 5],
        ["tide tables.pdf", 0],
        ["../潮.txt", 1_048_576]
    ]);
    let files = with(&base, json!({ "files": list, "file_secret": pattern(0x31, 32) }));
    let files_sealed = answer("share_seal", &files);
    let files_blob = files_sealed["blob"].as_str().unwrap().to_owned();
    let files_fragment = files_sealed["fragment"].as_str().unwrap().to_owned();
    let content = |text: &str, times: usize| {
        json!({
            "secret": pattern(0x61, 32), "file": "chart.pdf", "file_secret": pattern(0x31, 32),
            "content": { "repeat": text, "times": times },
        })
    };
    // Two pieces of 1 MiB and a third that is padded.
    let three = content("low tide, ", 210_000);
    let served = |order: &[u8]| with(&three, json!({ "order": order }));
    File {
        name: "share",
        about: "Share links: docs/PROTOCOL.md §11",
        cases: vec![
            case("a share", "under its link alone", "share_seal", base.clone()),
            case(
                "a share with a passphrase",
                "both are in key and token",
                "share_seal",
                protected.clone(),
            ),
            case("a share of two secrets", "", "share_seal", secrets),
            case(
                "the largest share",
                "its envelope fits 10,000 characters",
                "share_seal",
                with(
                    &base,
                    json!({ "title": "", "text": { "repeat": "x", "times": 7390 } }),
                ),
            ),
            case(
                "one byte more",
                "refused",
                "share_seal",
                with(
                    &base,
                    json!({ "title": "", "text": { "repeat": "x", "times": 7391 } }),
                ),
            ),
            case(
                "a share's passphrase",
                "its salt comes from the link",
                "share_stretch",
                json!({ "secret": pattern(0x61, 32), "passphrase": "short" }),
            ),
            case(
                "a share of a file",
                "its pieces lie beside it",
                "share_seal",
                file,
            ),
            case("a share of a file opened", "", "share_open", open(&file_blob)),
            case(
                "a share of three files",
                "a list, and a link of the second version",
                "share_seal",
                files,
            ),
            case(
                "a share of three files opened",
                "names are what the sender gave",
                "share_open",
                open(&files_blob),
            ),
            case(
                "three files in two pieces",
                "their content, one after the other",
                "file_seal",
                with(&content("x", 1_048_581), json!({ "files": list })),
            ),
            case("a link of several files", "", "share_link", link(&files_fragment)),
            case(
                "a link of a version that is to come",
                "refused before anything is asked of a server",
                "share_link",
                link(&files_fragment.replacen("v2.", "v3.", 1)),
            ),
            case(
                "an empty file",
                "one piece of padding",
                "file_seal",
                content("", 0),
            ),
            case("a small file", "", "file_seal", content("x", 5)),
            case(
                "a piece that padding fills",
                "the most content of one piece",
                "file_seal",
                content("x", 1_032_192),
            ),
            case(
                "one byte more in a file",
                "two pieces",
                "file_seal",
                content("x", 1_032_193),
            ),
            case("a file of three pieces", "", "file_seal", three.clone()),
            case("a file opened", "", "file_open", served(&[0, 1, 2])),
            case(
                "a file without its end",
                "not complete",
                "file_open",
                served(&[0, 1]),
            ),
            case("exchanged pieces", "refused", "file_open", served(&[1, 0, 2])),
            case("a piece twice", "refused", "file_open", served(&[0, 0, 2])),
            case("a piece left out", "refused", "file_open", served(&[0, 2])),
            case(
                "a piece after the end",
                "refused",
                "file_open",
                served(&[0, 1, 2, 2]),
            ),
            case("a share opened", "", "share_open", open(&blob)),
            case(
                "a share of two secrets opened",
                "",
                "share_open",
                open(&secrets_blob),
            ),
            case(
                "a share opened with its passphrase",
                "",
                "share_open",
                with(&open(&protected_blob), json!({ "stretched": pattern(0x81, 32) })),
            ),
            case(
                "the wrong passphrase",
                "one error for everything",
                "share_open",
                with(&open(&protected_blob), json!({ "stretched": pattern(0x82, 32) })),
            ),
            case("no passphrase", "refused", "share_open", open(&protected_blob)),
            case(
                "the share of another link",
                "refused",
                "share_open",
                with(&open(&blob), json!({ "secret": pattern(0x62, 32) })),
            ),
            case(
                "a changed end",
                "it is authenticated",
                "share_open",
                open(&flipped(Kind::Share, &blob, 9)),
            ),
            case(
                "a changed byte",
                "refused",
                "share_open",
                open(&flipped(Kind::Share, &blob, 40)),
            ),
            case("cut off", "refused", "share_open", open(&blob[..blob.len() - 4])),
            case(
                "plaintext",
                "refused before any key is used",
                "share_open",
                open("hunter2"),
            ),
            case("a link", "it has one spelling", "share_link", link(&fragment)),
            case(
                "a link without anything after #",
                "told apart: there is no key",
                "share_link",
                link(""),
            ),
            case(
                "a link of a newer version",
                "told apart",
                "share_link",
                link(&fragment.replacen("v1", "v7", 1)),
            ),
            case(
                "a link cut off",
                "refused before anything is asked of a server",
                "share_link",
                link(&fragment[..fragment.len() - 1]),
            ),
            case(
                "a link with a shorter key",
                "refused",
                "share_link",
                link(&fragment.replacen("v1.", "v1", 1)),
            ),
        ],
    }
}
