//! What the independent reader in `tests/interop/` talks to: writes a whole account as JSON, or opens one.
//!
//! `interop write [SEED]` prints an account with a project, an environment of two epochs and three shares, and beside it
//! copies of every object with one bit flipped, which the other side must refuse.
//! `interop open` reads the same from standard input, as somebody else wrote it, and checks all of it.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool of the tests"
)]

use std::{
    collections::BTreeMap,
    io::{self, Read as _},
    process::ExitCode,
};

use coffer_core::{
    account::{AccountKey, LoginPassword, MasterKey, RecoveryCode, Slot, SlotKey},
    bundle::{Bundle, EnvPin, RingPin},
    classify::{self, Class, Row},
    contents::{Changes, Contents, seal_changes},
    envelope::{self, Kind},
    environment::{EnvContext, EpochKey, Wrap},
    id::{AccountUid, Digest, EnvUid, RingUid},
    identity::Identity,
    invite::{InviteLink, InviteSecret, JoinRequest, SignUp},
    kdf::KdfProfile,
    keyring::{KeyringState, Link, LogHead, Op},
    log::{EpochKeys, EpochPublic, EpochReason, Header, Log, RecordKind, SealedBody},
    machine::MachineToken,
    names::{SecretName, SecretPath},
    passphrase::Passphrase,
    share::{ShareBody, ShareContent, ShareKeys, ShareLink, ShareSecret},
    value::{Meta, SecretContent},
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["write"] => write(1),
        ["write", seed] => write(seed.parse().expect("a number")),
        ["open"] => open(),
        _ => Err("usage: interop write [SEED] | interop open".to_owned()),
    };
    match result {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("interop: {why}");
            ExitCode::FAILURE
        }
    }
}

type Outcome<T> = Result<T, String>;

// ---- writing

fn write(seed: u64) -> Outcome<String> {
    let rng = &mut ChaCha20Rng::seed_from_u64(seed);
    // Letters that NFKC changes, so that both sides must agree on it.
    let passphrase = "ﬁve cafe\u{301} sta①ples";
    let account = AccountUid::generate(rng);
    let key = AccountKey::generate(rng);
    let master = MasterKey::generate(rng);
    let code = RecoveryCode::generate(rng);
    let stretched = key
        .stretch_job(&Passphrase::typed(passphrase), &account, KdfProfile::Default)
        .run()
        .map_err(text)?;
    let identity = Identity::generate(rng);

    let ring = RingUid::generate(rng);
    let env = EnvUid::generate(rng);
    let (mut keyring, genesis) =
        KeyringState::found(ring, &identity, USER, "coffer", 1_700_000_000_000).map_err(text)?;
    let declare = Op::DeclareEnv {
        env,
        server_ref: "env-prod".to_owned(),
    };
    let declared = keyring
        .sign_next(&identity, declare, 1_700_000_000_001)
        .map_err(text)?;
    keyring.apply(&declared).map_err(text)?;

    let environment = write_environment(&identity, &keyring, env, rng)?;
    let head = environment.log.head().ok_or("no head")?;

    let mut bundle = Bundle::new(Identity::generate(rng));
    bundle.identity = identity;
    let pin = EnvPin {
        server_ref: "env-prod".to_owned(),
        epoch: 2,
        head,
        keyring_seq: keyring.seq(),
    };
    bundle.pins.insert(
        ring,
        RingPin {
            project: "p-1".to_owned(),
            genesis: keyring.genesis(),
            keyring_seq: keyring.seq(),
            keyring_hash: keyring.head(),
            environments: [(env, pin)].into(),
        },
    );
    bundle
        .notes
        .insert("theme".to_owned(), Zeroizing::new(b"dark".to_vec()));

    let slot = SlotKey::derive(&stretched, &key, &account).seal(&master, rng);
    let recovery_slot = SlotKey::derive_recovery(&code, &account).seal(&master, rng);
    let mut document = json!({
        "passphrase": passphrase,
        "origin": ORIGIN,
        "account": {
            "uid": account.to_string(),
            "account_key": key.to_text().as_str(),
            "profile": KdfProfile::Default.number(),
            "login_password": LoginPassword::derive(&stretched, &key, ORIGIN, &account).expose(),
            "recovery_code": code.to_text().as_str(),
            "recovery_login": LoginPassword::derive_recovery(&code, ORIGIN, &account).expose(),
            "slot": slot,
            "recovery_slot": recovery_slot,
            "bundle": bundle.seal(&master, &account, rng).map_err(text)?,
        },
        "project": {
            "user": USER,
            "ring": ring.to_string(),
            "genesis": keyring.genesis().to_string(),
            "genesis_words": keyring.genesis().words(),
            "fingerprint": bundle.identity.public().fingerprint(&ring, USER).words(),
            "keyring_head": keyring.head().to_string(),
            "links": [genesis.to_text(), declared.to_text()],
        },
        "invitation": write_invitation(&keyring, rng),
        "machine": write_machine(&keyring, rng),
        "environment": {
            "env": env.to_string(),
            "server_ref": "env-prod",
            "headers": environment.log.headers().map(Header::to_text).collect::<Vec<_>>(),
            "bodies": environment.bodies,
            "wraps": environment.wraps,
            "rows": environment.rows,
            "expect": environment.expect,
            "head": head.hash.to_string(),
        },
        "shares": write_shares(rng)?,
    });
    document["tampered"] = tamper(&document, rng).into();
    serde_json::to_string(&document).map_err(text)
}

fn write_invitation(keyring: &KeyringState, rng: &mut ChaCha20Rng) -> Value {
    let sign_up = ["org-1", "gäst@example.org", "c0de"];
    let link = InviteLink {
        genesis: keyring.genesis(),
        keyring_seq: keyring.seq(),
        keyring_hash: keyring.head(),
        secret: InviteSecret::generate(rng),
        expires: NOT_AFTER,
        project: "p-1".to_owned(),
        sign_up: Some(SignUp {
            organization: sign_up[0].to_owned(),
            email: sign_up[1].to_owned(),
            code: Zeroizing::new(sign_up[2].to_owned()),
        }),
    };
    let guest = Identity::generate(rng);
    json!({
        "link": link.to_fragment().as_str(),
        "sign_up": sign_up,
        "join": JoinRequest::make(&link, "9e-guest", &guest).to_text(),
        "user": "9e-guest",
        "sign_pk": Digest::from_bytes(guest.public().sign).to_string(),
        "kem_pk": Digest::from_bytes(guest.public().kem).to_string(),
    })
}

fn write_machine(keyring: &KeyringState, rng: &mut ChaCha20Rng) -> Value {
    let token = MachineToken::generate(&keyring.genesis(), rng);
    let keys = token.identity().public();
    json!({
        "token": token.to_text().as_str(),
        "sign_pk": Digest::from_bytes(keys.sign).to_string(),
        "kem_pk": Digest::from_bytes(keys.kem).to_string(),
    })
}

struct Written {
    log: Log,
    bodies: Vec<Vec<String>>,
    wraps: Vec<String>,
    rows: Vec<Value>,
    expect: Vec<Value>,
}

/// Four records: the first epoch, three new secrets, a second epoch, and then a change, a move and a deletion.
fn write_environment(
    author: &Identity,
    keyring: &KeyringState,
    env: EnvUid,
    rng: &mut ChaCha20Rng,
) -> Outcome<Written> {
    let mut log = Log::new(keyring.ring(), env, None);
    let mut contents = Contents::default();
    let (mut bodies, mut wraps) = (Vec::new(), Vec::new());
    let mut keys: Option<EpochKeys> = None;
    let path = |text: &str| SecretPath::parse(text).unwrap();
    let name = |text: &str| SecretName::parse(text).unwrap();
    for round in 0..2_u64 {
        let context = EnvContext {
            ring: keyring.ring(),
            env,
            epoch: log.next_epoch(),
        };
        let key = EpochKey::generate(context, rng);
        let body = contents
            .checkpoint(|_| true)
            .seal(&key, log.next_seq(), RecordKind::Epoch, rng)
            .map_err(text)?;
        let wrap = Wrap::seal(&key, &author.public(), author, keyring, rng).map_err(text)?;
        let public = EpochPublic {
            commitment: key.commitment(),
            previous: key.seal_previous(keys.as_ref().and_then(EpochKeys::newest), rng),
            wraps: BTreeMap::from([(author.public().kem_kid(), wrap.hash())]),
            reason: if round == 0 {
                EpochReason::FIRST
            } else {
                EpochReason::ROUTINE
            },
        };
        let header = log
            .sign_epoch(author, keyring, public, &body, 1_700_000_000_002)
            .map_err(text)?;
        push(&mut log, header, keyring)?;
        let epoch_keys = match keys.take() {
            None => log.keys(key).map_err(text)?,
            Some(mut keys) => {
                keys.add(key);
                keys
            }
        };
        apply(&mut contents, &log, &body, &epoch_keys)?;
        bodies.push(body.chunks().to_vec());
        wraps.push(wrap.to_text());

        let newest = epoch_keys.newest().ok_or("no key")?;
        let mut changes = Changes::new(&contents, newest);
        if round == 0 {
            let content = SecretContent::with_comment("postgres://u:p@h/db", "rotated by hand");
            changes
                .create(&path("/"), &name("DATABASE_URL"), &content, rng)
                .map_err(text)?;
            let meta = Meta {
                comment: Zeroizing::new("наши ключи".to_owned()),
                tags: vec![
                    Zeroizing::new("ssh".to_owned()),
                    Zeroizing::new("prod".to_owned()),
                ],
                ..Meta::default()
            };
            let value = Zeroizing::new(
                "-----BEGIN KEY-----\nzażółć\n-----END KEY-----\n"
                    .repeat(20)
                    .into_bytes(),
            );
            let content = SecretContent { value, meta };
            changes
                .create(&path("/app/api"), &name("clé"), &content, rng)
                .map_err(text)?;
            changes
                .create(&path("/app"), &name("EMPTY"), &SecretContent::text(""), rng)
                .map_err(text)?;
        } else {
            let slot = |at: &str, called: &str| {
                contents
                    .at(&path(at), &name(called))
                    .map(|entry| entry.slot)
                    .unwrap()
            };
            let content = SecretContent::text("postgres://u:q@h/db");
            let moved = SecretContent::text("moved");
            changes
                .put(
                    slot("/", "DATABASE_URL"),
                    &path("/"),
                    &name("DATABASE_URL"),
                    &content,
                    rng,
                )
                .map_err(text)?;
            changes
                .put(
                    slot("/app", "EMPTY"),
                    &path("/app/api"),
                    &name("FULL"),
                    &moved,
                    rng,
                )
                .map_err(text)?;
            let content = SecretContent::text("short-lived");
            changes
                .create(&path("/"), &name("NEW"), &content, rng)
                .map_err(text)?;
        }
        let batch: Vec<_> = changes.into_batches().into_iter().flatten().collect();
        let body = seal_changes(newest, log.next_seq(), batch, rng).map_err(text)?;
        let header = log
            .sign_next(author, keyring, RecordKind::Change, &body, 1_700_000_000_003)
            .map_err(text)?;
        push(&mut log, header, keyring)?;
        apply(&mut contents, &log, &body, &epoch_keys)?;
        bodies.push(body.chunks().to_vec());
        keys = Some(epoch_keys);
    }
    let keys = keys.ok_or("no keys")?;
    // One more record: a deletion alone.
    let newest = keys.newest().ok_or("no key")?;
    let mut changes = Changes::new(&contents, newest);
    let doomed = contents.at(&path("/"), &name("NEW")).ok_or("no NEW")?.slot;
    changes.delete(doomed).map_err(text)?;
    let batch: Vec<_> = changes.into_batches().into_iter().flatten().collect();
    let body = seal_changes(newest, log.next_seq(), batch, rng).map_err(text)?;
    let header = log
        .sign_next(author, keyring, RecordKind::Change, &body, 1_700_000_000_004)
        .map_err(text)?;
    push(&mut log, header, keyring)?;
    apply(&mut contents, &log, &body, &keys)?;
    bodies.push(body.chunks().to_vec());

    let (mut rows, mut expect) = (Vec::new(), Vec::new());
    for entry in contents.active() {
        let value = entry.value.as_ref().ok_or("no value")?;
        let opened = value
            .open(keys.of(entry.epoch).ok_or("no key")?, &entry.context())
            .map_err(text)?;
        rows.push(
            json!({ "path": entry.path.as_str(), "name": entry.name.as_str(), "value": value.as_str() }),
        );
        expect.push(json!({
            "path": entry.path.as_str(), "name": entry.name.as_str(), "version": entry.version,
            "value": opened.as_text().ok_or("not text")?,
            "comment": opened.meta.comment.as_str(),
            "tags": opened.meta.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
        }));
    }
    Ok(Written {
        log,
        bodies,
        wraps,
        rows,
        expect,
    })
}

fn push(log: &mut Log, header: Header, keyring: &KeyringState) -> Outcome<()> {
    log.push(header, keyring).map_err(text)
}

fn apply(contents: &mut Contents, log: &Log, body: &SealedBody, keys: &EpochKeys) -> Outcome<()> {
    let header = log.headers().last().ok_or("no header")?;
    contents.apply(header, body.chunks(), keys).map_err(text)
}

fn write_shares(rng: &mut ChaCha20Rng) -> Outcome<Vec<Value>> {
    let secrets = [("DATABASE_URL", "postgres://u:p@h/db"), ("clé", "zażółć")];
    let mut shares = Vec::new();
    for (title, passphrase, several) in [
        ("", None, false),
        ("Wi-Fi ②", Some("pass ﬁne words"), false),
        ("Two", None, true),
    ] {
        let secret = ShareSecret::generate(rng);
        let stretched = passphrase
            .map(|passphrase| {
                secret
                    .stretch_job(&Passphrase::typed(passphrase))
                    .run()
                    .map_err(text)
            })
            .transpose()?;
        let keys = secret.derive(stretched.as_ref());
        let body = if several {
            let own = |(name, value): (&str, &str)| (name.to_owned(), Zeroizing::new(value.to_owned()));
            ShareBody::Secrets(secrets.into_iter().map(own).collect())
        } else {
            ShareBody::Text(Zeroizing::new("hunter2\n".to_owned()))
        };
        let content = ShareContent {
            title: Zeroizing::new(title.to_owned()),
            body,
        };
        let blob = keys.seal(&content, NOT_AFTER, rng).map_err(text)?;
        let link = ShareLink {
            secret,
            server_id: "Ab-_9".to_owned(),
            has_passphrase: passphrase.is_some(),
            has_several: false,
        };
        shares.push(json!({
            "link": link.to_fragment().as_str(),
            "passphrase": passphrase,
            "token": keys.token(),
            "blob": blob,
            "expect": {
                "title": title,
                "not_after": NOT_AFTER,
                "text": (!several).then_some("hunter2\n"),
                "secrets": several.then_some(secrets),
            },
        }));
    }
    Ok(shares)
}

/// Copies of every object of `document`, each with one bit flipped, cut off, or encoded another way.
fn tamper(document: &Value, rng: &mut ChaCha20Rng) -> Vec<Value> {
    let account = |field: &str| document["account"][field].as_str().unwrap();
    let mut objects = vec![
        ("slot", vec![], Kind::Slot, account("slot")),
        ("recovery_slot", vec![], Kind::Slot, account("recovery_slot")),
        ("bundle", vec![], Kind::Bundle, account("bundle")),
    ];
    let join = document["invitation"]["join"].as_str().unwrap();
    objects.push(("join", vec![], Kind::Join, join));
    let lists = [
        ("link", Kind::Link, &document["project"]["links"]),
        ("header", Kind::Header, &document["environment"]["headers"]),
        ("wrap", Kind::Wrap, &document["environment"]["wraps"]),
    ];
    for (what, kind, list) in lists {
        for (index, item) in list.as_array().unwrap().iter().enumerate() {
            // The wrap of the first epoch is not needed any more: nobody opens it.
            if (what, index) != ("wrap", 0) {
                objects.push((what, vec![index], kind, item.as_str().unwrap()));
            }
        }
    }
    for (index, body) in document["environment"]["bodies"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        for (chunk, text) in body.as_array().unwrap().iter().enumerate() {
            objects.push(("chunk", vec![index, chunk], Kind::Chunk, text.as_str().unwrap()));
        }
    }
    for (index, row) in document["environment"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        objects.push(("row", vec![index], Kind::Value, row["value"].as_str().unwrap()));
    }
    for (index, share) in document["shares"].as_array().unwrap().iter().enumerate() {
        objects.push(("share", vec![index], Kind::Share, share["blob"].as_str().unwrap()));
    }
    let mut tampered = Vec::new();
    for (what, index, kind, original) in objects {
        let bytes = envelope::decode(kind, original).unwrap();
        let step = bytes.len().div_ceil(FLIPS);
        let mut changed: Vec<String> = (0..bytes.len())
            .step_by(step)
            .map(|at| {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << (rng.next_u32() % 8);
                envelope::encode(kind, &flipped)
            })
            .collect();
        changed.push(envelope::encode(kind, &bytes[..bytes.len() - 1]));
        changed.push(envelope::encode(kind, &[bytes.as_slice(), &[0]].concat()));
        changed.push(format!("{original}="));
        changed.push(original.replacen("cf", "CF", 1));
        tampered.extend(
            changed
                .into_iter()
                .map(|text| json!({ "what": what, "index": index, "text": text })),
        );
    }
    tampered
}

// ---- opening

fn open() -> Outcome<String> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input).map_err(text)?;
    let document: Value = serde_json::from_str(&input).map_err(text)?;
    let account = open_account(&document)?;
    let environment = open_environment(&document, &account.identity)?;
    open_invitation(&document, &environment.keyring)?;
    open_machine(&document, &environment.keyring)?;
    let shares = open_shares(&document)?;
    let mut refused = BTreeMap::<String, usize>::new();
    for item in document["tampered"].as_array().ok_or("no tampered objects")? {
        let what = string(&item["what"])?;
        match open_tampered(&document, item, &account, &environment, &shares) {
            Err(_) => *refused.entry(what).or_default() += 1,
            Ok(()) => return Err(format!("a changed {what} was accepted: {item}")),
        }
    }
    let refused: Vec<String> = refused
        .iter()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    Ok(format!(
        "account: two secrets, login, 2 slots, bundle\nproject: {} links, invitation and join request, machine token\nenvironment: {} records, {} values\n\
         shares: {}\nrefused: {}",
        environment.keyring.seq() + 1,
        environment.log.next_seq(),
        environment.contents.len(),
        shares.len(),
        refused.join(", "),
    ))
}

struct Account {
    uid: AccountUid,
    slot_key: SlotKey,
    recovery_key: SlotKey,
    master: MasterKey,
    identity: Identity,
}

fn open_account(document: &Value) -> Outcome<Account> {
    let fields = &document["account"];
    let field = |name: &str| string(&fields[name]);
    let uid: AccountUid = field("uid")?.parse().map_err(text)?;
    let key = AccountKey::from_text(&field("account_key")?).map_err(text)?;
    let profile = u8::try_from(number(&fields["profile"])?).map_err(text)?;
    let profile = KdfProfile::from_number(profile).map_err(text)?;
    let passphrase = Passphrase::typed(&string(&document["passphrase"])?);
    let stretched = key.stretch_job(&passphrase, &uid, profile).run().map_err(text)?;
    let origin = string(&document["origin"])?;
    let code = RecoveryCode::from_text(&field("recovery_code")?).ok_or("not a recovery code")?;
    same(
        "login",
        LoginPassword::derive(&stretched, &key, &origin, &uid).expose(),
        &fields["login_password"],
    )?;
    same(
        "recovery login",
        LoginPassword::derive_recovery(&code, &origin, &uid).expose(),
        &fields["recovery_login"],
    )?;

    let slot_key = SlotKey::derive(&stretched, &key, &uid);
    let master = Slot::parse(&field("slot")?)
        .and_then(|slot| slot.open(&slot_key))
        .map_err(text)?;
    let recovery_key = SlotKey::derive_recovery(&code, &uid);
    let again = Slot::parse(&field("recovery_slot")?)
        .and_then(|slot| slot.open(&recovery_key))
        .map_err(text)?;
    let bundle = Bundle::open(&field("bundle")?, &master, &uid).map_err(text)?;
    // Both slots hold the same key: it opens the same bundle.
    Bundle::open(&field("bundle")?, &again, &uid).map_err(text)?;
    let pin = bundle.pins.values().next().ok_or("no pin")?;
    same(
        "pinned genesis",
        &pin.genesis.to_string(),
        &document["project"]["genesis"],
    )?;
    same(
        "pinned keyring",
        &pin.keyring_hash.to_string(),
        &document["project"]["keyring_head"],
    )?;
    let env = pin.environments.values().next().ok_or("no pinned environment")?;
    same(
        "pinned log",
        &env.head.hash.to_string(),
        &document["environment"]["head"],
    )?;
    same(
        "theme",
        std::str::from_utf8(&bundle.notes["theme"]).map_err(text)?,
        &json!("dark"),
    )?;
    Ok(Account {
        uid,
        slot_key,
        recovery_key,
        master,
        identity: bundle.identity,
    })
}

struct Environment {
    keyring: KeyringState,
    log: Log,
    keys: EpochKeys,
    contents: Contents,
}

fn open_environment(document: &Value, identity: &Identity) -> Outcome<Environment> {
    let project = &document["project"];
    let keyring = open_keyring(document, &strings(&project["links"])?)?;
    same(
        "keyring head",
        &keyring.head().to_string(),
        &project["keyring_head"],
    )?;
    if json!(keyring.genesis().words()) != project["genesis_words"] {
        return Err("the words of the genesis differ".to_owned());
    }
    let fingerprint = identity
        .public()
        .fingerprint(&keyring.ring(), &string(&project["user"])?);
    if json!(fingerprint.words()) != project["fingerprint"] {
        return Err("the words of the fingerprint differ".to_owned());
    }
    let fields = &document["environment"];
    let log = open_log(document, &keyring, &strings(&fields["headers"])?)?;
    let head = log.head().ok_or("no head")?;
    same("log head", &head.hash.to_string(), &fields["head"])?;
    let keys = open_keys(&log, &keyring, identity, &strings(&fields["wraps"])?)?;
    let contents = open_contents(&log, &keys, &bodies(fields)?)?;
    let rows = fields["rows"].as_array().ok_or("no rows")?;
    let expect = fields["expect"].as_array().ok_or("nothing expected")?;
    if rows.len() != contents.len() || expect.len() != contents.len() {
        return Err(format!("{} rows for {} secrets", rows.len(), contents.len()));
    }
    let environment = Environment {
        keyring,
        log,
        keys,
        contents,
    };
    for row in rows {
        let opened = reveal(&environment, row)?;
        if !expect.contains(&opened) {
            return Err(format!("unexpected: {opened}"));
        }
    }
    Ok(environment)
}

fn open_keyring(document: &Value, links: &[String]) -> Outcome<KeyringState> {
    let genesis: Digest = string(&document["project"]["genesis"])?.parse().map_err(text)?;
    let links: Vec<Link> = links
        .iter()
        .map(|link| Link::parse(link).map_err(text))
        .collect::<Outcome<_>>()?;
    KeyringState::fold(&links, Some(&genesis), None).map_err(text)
}

fn open_log(document: &Value, keyring: &KeyringState, headers: &[String]) -> Outcome<Log> {
    let env: EnvUid = string(&document["environment"]["env"])?.parse().map_err(text)?;
    if keyring.environment(&env).map(|env| env.server_ref.as_str())
        != document["environment"]["server_ref"].as_str()
    {
        return Err("the keyring declares another environment".to_owned());
    }
    let head: Digest = string(&document["environment"]["head"])?.parse().map_err(text)?;
    let pin = LogHead {
        seq: headers.len() as u64 - 1,
        hash: head,
    };
    let mut log = Log::new(keyring.ring(), env, Some(pin));
    for header in headers {
        log.push(Header::parse(header).map_err(text)?, keyring)
            .map_err(text)?;
    }
    log.check_complete().map_err(text)?;
    Ok(log)
}

fn open_keys(log: &Log, keyring: &KeyringState, identity: &Identity, wraps: &[String]) -> Outcome<EpochKeys> {
    let mut why = "no wrap for the newest epoch".to_owned();
    for wrap in wraps {
        match Wrap::parse(wrap) {
            Ok(wrap) if Some(wrap.context().epoch) == log.epoch() => {
                let key = log.open_epoch(&wrap, identity, keyring).map_err(text)?;
                return log.keys(key).map_err(text);
            }
            Ok(_) => {}
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

fn open_contents(log: &Log, keys: &EpochKeys, bodies: &[Vec<String>]) -> Outcome<Contents> {
    let body = |seq: u64| bodies.get(usize::try_from(seq).ok()?).map(Vec::as_slice);
    Contents::fold(log, keys, 0, body).map_err(text)
}

/// Opens a row as a page would: only if it is the one that the log names.
fn reveal(environment: &Environment, row: &Value) -> Outcome<Value> {
    let (path, name, value) = (
        string(&row["path"])?,
        string(&row["name"])?,
        string(&row["value"])?,
    );
    let row = Row {
        path: &path,
        name: &name,
        value: &value,
    };
    let (path, name) = (
        SecretPath::parse(&path).map_err(text)?,
        SecretName::parse(&name).map_err(text)?,
    );
    let entry = environment
        .contents
        .at(&path, &name)
        .ok_or("a row that the log does not list")?;
    let classified = classify::classify(&environment.contents, &[row]);
    match classified.entries.get(&entry.slot) {
        Some(Class::Ok) => {}
        other => return Err(format!("a row that is {other:?}")),
    }
    let key = environment.keys.of(entry.epoch).ok_or("no key")?;
    let opened = coffer_core::value::open_value(&value, key, &entry.context()).map_err(text)?;
    Ok(json!({
        "path": entry.path.as_str(), "name": entry.name.as_str(), "version": entry.version,
        "value": opened.as_text().ok_or("not text")?,
        "comment": opened.meta.comment.as_str(),
        "tags": opened.meta.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
    }))
}

fn open_invitation(document: &Value, keyring: &KeyringState) -> Outcome<()> {
    let fields = &document["invitation"];
    let link = InviteLink::parse(&string(&fields["link"])?).map_err(text)?;
    let named = (link.genesis, link.keyring_seq, link.keyring_hash);
    if named != (keyring.genesis(), keyring.seq(), keyring.head()) {
        return Err("the invitation is for another project".to_owned());
    }
    let sign_up = link.sign_up.as_ref().ok_or("no sign-up")?;
    if json!([sign_up.organization, sign_up.email, sign_up.code.as_str()]) != fields["sign_up"] {
        return Err("the sign-up differs".to_owned());
    }
    let join = open_join(document, &string(&fields["join"])?)?;
    same("who joins", join.user(), &fields["user"])?;
    same(
        "signing key",
        &Digest::from_bytes(join.keys().sign).to_string(),
        &fields["sign_pk"],
    )?;
    same(
        "receiving key",
        &Digest::from_bytes(join.keys().kem).to_string(),
        &fields["kem_pk"],
    )
}

fn open_join(document: &Value, join: &str) -> Outcome<JoinRequest> {
    let link = InviteLink::parse(&string(&document["invitation"]["link"])?).map_err(text)?;
    let join = JoinRequest::parse(join).map_err(text)?;
    join.verify(&link.secret, &link.genesis, link.expires, link.expires - 1)
        .map_err(text)?;
    Ok(join)
}

fn open_machine(document: &Value, keyring: &KeyringState) -> Outcome<()> {
    let fields = &document["machine"];
    let token = MachineToken::parse(&string(&fields["token"])?).map_err(text)?;
    if !token.is_of(&keyring.genesis()) {
        return Err("the machine token is of another project".to_owned());
    }
    let keys = token.identity().public();
    for (what, key) in [("sign_pk", keys.sign), ("kem_pk", keys.kem)] {
        same(what, &Digest::from_bytes(key).to_string(), &fields[what])?;
    }
    Ok(())
}

fn open_shares(document: &Value) -> Outcome<Vec<ShareKeys>> {
    let mut all = Vec::new();
    for share in document["shares"].as_array().ok_or("no shares")? {
        let link = ShareLink::parse(&string(&share["link"])?).map_err(text)?;
        if link.has_passphrase == share["passphrase"].is_null() {
            return Err("the link says something else about the passphrase".to_owned());
        }
        let stretched = match share["passphrase"].as_str() {
            None => None,
            Some(passphrase) => Some(
                link.secret
                    .stretch_job(&Passphrase::typed(passphrase))
                    .run()
                    .map_err(text)?,
            ),
        };
        let keys = link.secret.derive(stretched.as_ref());
        same("share token", keys.token(), &share["token"])?;
        let (content, not_after) = keys.open(&string(&share["blob"])?).map_err(text)?;
        let (body, secrets) = match &content.body {
            ShareBody::Text(text) => (json!(text.as_str()), Value::Null),
            ShareBody::Files(_) => return Err("a file was shared".to_owned()),
            ShareBody::Secrets(secrets) => {
                let pairs: Vec<_> = secrets
                    .iter()
                    .map(|(name, value)| json!([name, value.as_str()]))
                    .collect();
                (Value::Null, pairs.into())
            }
        };
        let opened = json!({
            "title": content.title.as_str(), "not_after": not_after, "text": body, "secrets": secrets,
        });
        if opened != share["expect"] {
            return Err(format!("another share: {opened}"));
        }
        all.push(keys);
    }
    Ok(all)
}

/// Opens a document in which one object is replaced by a changed copy: everything that depends on it alone.
fn open_tampered(
    document: &Value,
    item: &Value,
    account: &Account,
    environment: &Environment,
    shares: &[ShareKeys],
) -> Outcome<()> {
    let changed = string(&item["text"])?;
    let index = |level: usize| usize::try_from(item["index"][level].as_u64().unwrap()).unwrap();
    let fields = &document["environment"];
    let replaced = |list: &Value| -> Outcome<Vec<String>> {
        let mut list = strings(list)?;
        list[index(0)] = changed.clone();
        Ok(list)
    };
    match string(&item["what"])?.as_str() {
        "slot" => Slot::parse(&changed)
            .and_then(|slot| slot.open(&account.slot_key))
            .map(drop)
            .map_err(text),
        "recovery_slot" => Slot::parse(&changed)
            .and_then(|slot| slot.open(&account.recovery_key))
            .map(drop)
            .map_err(text),
        "bundle" => Bundle::open(&changed, &account.master, &account.uid)
            .map(drop)
            .map_err(text),
        "link" => open_keyring(document, &replaced(&document["project"]["links"])?).map(drop),
        "join" => open_join(document, &changed).map(drop),
        "header" => open_log(document, &environment.keyring, &replaced(&fields["headers"])?).map(drop),
        "wrap" => {
            let wraps = replaced(&fields["wraps"])?;
            open_keys(&environment.log, &environment.keyring, &account.identity, &wraps).map(drop)
        }
        "chunk" => {
            let mut bodies = bodies(fields)?;
            bodies[index(0)][index(1)] = changed;
            open_contents(&environment.log, &environment.keys, &bodies).map(drop)
        }
        "row" => {
            let mut row = fields["rows"][index(0)].clone();
            row["value"] = changed.clone().into();
            let read = reveal(environment, &row).map(drop);
            // The seal refuses it too, not only the hash in the log.
            let path = SecretPath::parse(&string(&row["path"])?).map_err(text)?;
            let name = SecretName::parse(&string(&row["name"])?).map_err(text)?;
            let entry = environment.contents.at(&path, &name).unwrap();
            let key = environment.keys.of(entry.epoch).unwrap();
            if coffer_core::value::open_value(&changed, key, &entry.context()).is_ok() {
                return Ok(());
            }
            read
        }
        "share" => shares[index(0)].open(&changed).map(drop).map_err(text),
        other => {
            // Not an answer that could pass for a refusal.
            panic!("unknown object {other}");
        }
    }
}

fn bodies(fields: &Value) -> Outcome<Vec<Vec<String>>> {
    fields["bodies"]
        .as_array()
        .ok_or("no bodies")?
        .iter()
        .map(strings)
        .collect()
}

fn string(value: &Value) -> Outcome<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("not a text: {value}"))
}

fn strings(value: &Value) -> Outcome<Vec<String>> {
    value.as_array().ok_or("not a list")?.iter().map(string).collect()
}

fn number(value: &Value) -> Outcome<u64> {
    value.as_u64().ok_or_else(|| format!("not a number: {value}"))
}

fn same(what: &str, ours: &str, theirs: &Value) -> Outcome<()> {
    if theirs.as_str() == Some(ours) {
        Ok(())
    } else {
        Err(format!("{what}: {ours} here, {theirs} there"))
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

const USER: &str = "3f7c9d1e-user";
const ORIGIN: &str = "https://coffer.example";
const NOT_AFTER: u64 = 1_900_000_000_000;
/// About how many bits of each object are flipped.
const FLIPS: usize = 60;
