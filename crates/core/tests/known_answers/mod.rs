//! Known answers of our own formats: one function per operation, from the input of a case to what must come out.
//!
//! `make_vectors` writes what these functions say today into `vectors/`; `vectors.rs` holds them to what is committed.
//! Randomness is not a seed but the very bytes, in the order in which they are drawn, so that another implementation
//! can follow every step.
#![allow(
    clippy::expect_used,
    clippy::unimplemented,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "a test may"
)]

use core::convert::Infallible;
use std::collections::BTreeMap;

use coffer_core::{
    OpenError,
    account::{AccountKey, LoginPassword, MasterKey, RecoveryCode, Slot, SlotKey},
    bundle::{Bundle, EnvPin, Mark, RingPin, SentInvite},
    classify::{self, Row},
    contents::{Changes, Contents, seal_changes},
    envelope,
    environment::{EnvContext, EpochKey, Wrap},
    file::ShareFiles,
    grant::{Grant, Granted, Named, Note, Proposal, ProposalKey, Proposed, Terms},
    hazmat::sha256,
    id::{AccountUid, DeviceId, Digest, EnvUid, RequestId, RingUid, SlotId},
    identity::Identity,
    invite::{InviteLink, InviteSecret, JoinRequest, SignUp},
    kdf::{KdfProfile, Stretched},
    keyring::{Access, KeyringState, Link, LogHead, Op, Proof, Rights, rotate_keys},
    layout,
    log::{EpochKeys, EpochPublic, EpochReason, Header, Log, RecordKind},
    machine::MachineToken,
    names::{SecretName, SecretPath},
    padme, pae,
    passphrase::Passphrase,
    policy::{Approvers, Escalation, Policy, Step},
    rand_core::{TryCryptoRng, TryRng},
    request::{Approval, Details, Message, Request, RequestKey, Say, Verbs, Wanted},
    reverse::{Answer, Field, FieldKind, Form, FormKeys},
    rotation::Rotation,
    share::{ShareBody, ShareContent, ShareLink, ShareSecret},
    value::{Meta, SealedValue, SecretContent, ValueContext, open_value},
    words,
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

mod cases;
pub use cases::files;

/// One known answer.
pub struct Case {
    pub name: &'static str,
    pub why: &'static str,
    pub op: &'static str,
    pub input: Value,
}

/// One file of `vectors/`.
pub struct File {
    pub name: &'static str,
    pub about: &'static str,
    pub cases: Vec<Case>,
}

impl File {
    /// The file as it is committed.
    pub fn to_json(&self) -> String {
        let vectors: Vec<Value> = self
            .cases
            .iter()
            .map(|case| {
                json!({
                    "name": case.name,
                    "why": case.why,
                    "op": case.op,
                    "input": case.input,
                    "expect": answer(case.op, &case.input),
                })
            })
            .collect();
        let file = json!({ "about": self.about, "vectors": vectors });
        let mut text = serde_json::to_string_pretty(&file).unwrap();
        text.push('\n');
        text
    }
}

/// What an operation gives for an input: fields, or `{"error": "…"}`.
pub fn answer(op: &str, input: &Value) -> Value {
    let input = Input(input);
    let result = match op {
        "pae" => Ok(json!({ "encoded": hex(pae::encode(&input.list("pieces", |piece| piece.bytes()))) })),
        "pae_decode" => Ok(match pae::decode(&input.hex("encoded"), 16) {
            Some(pieces) => json!({ "pieces": pieces.into_iter().map(hex).collect::<Vec<_>>() }),
            None => json!({ "error": "malformed" }),
        }),
        "padme" => {
            let length = input.u64("length") as usize;
            Ok(json!({ "padme": padme::padme(length), "padded": padme::padded(length) }))
        }
        "words" => Ok(json!({ "words": input.id::<Digest>("digest").words() })),
        "draw_words" => Ok(json!({ "text": *words::draw(6, &mut input.random()) })),
        "name" => Ok(match SecretName::parse(&input.str("text")) {
            Ok(name) => json!({ "name": name.as_str() }),
            Err(error) => json!({ "error": format!("{error:?}") }),
        }),
        "path" => Ok(match SecretPath::parse(&input.str("text")) {
            Ok(path) => json!({ "path": path.as_str(), "reserved": path.is_reserved() }),
            Err(error) => json!({ "error": format!("{error:?}") }),
        }),
        "passphrase" => Ok(json!({ "nfkc": Passphrase::typed(&input.str("text")).expose() })),
        "account_key" => Ok(json!({ "text": *input.account_key().to_text() })),
        "account_key_read" => Ok(match AccountKey::from_text(&input.str("text")) {
            Ok(key) => json!({ "text": *key.to_text() }),
            Err(_) => json!({ "error": "not an account key" }),
        }),
        "stretch" => stretch(&input),
        "login" => {
            let (origin, account) = (input.str("origin"), input.id("account_uid"));
            let password = LoginPassword::derive(&input.stretched(), &input.account_key(), &origin, &account);
            Ok(json!({ "password": password.expose() }))
        }
        "login_recovery" => {
            let (origin, account) = (input.str("origin"), input.id("account_uid"));
            let code = RecoveryCode::from_text(&input.str("recovery_code")).unwrap();
            Ok(json!({ "password": LoginPassword::derive_recovery(&code, &origin, &account).expose() }))
        }
        "slot_seal" => {
            let master = MasterKey::generate(&mut input.drawn("master_key"));
            Ok(json!({ "slot": input.slot_key().seal(&master, &mut input.drawn("nonce")) }))
        }
        "slot_open" => Slot::parse(&input.str("slot")).and_then(|slot| slot.open(&input.slot_key())).map(|master| {
            // A master key has no bytes to show: what it seals shows that it is the right one.
            let local = master.derive_local(&DeviceId::from_bytes([0; 16]));
            json!({ "local_record": local.seal("proof", b"", &mut Script(vec![0; 24])) })
        }),
        "local_open" => MasterKey::generate(&mut input.drawn("master_key"))
            .derive_local(&input.id("device_id"))
            .open(&input.str("record"), &input.str("sealed"))
            .map(|content| json!({ "content": hex(&content) })),
        "local_seal" => {
            let local = MasterKey::generate(&mut input.drawn("master_key")).derive_local(&input.id("device_id"));
            let sealed = local.seal(&input.str("record"), &input.hex("content"), &mut input.drawn("nonce"));
            Ok(json!({ "sealed": sealed }))
        }
        "bundle_seal" => bundle_seal(&input),
        "bundle_marks" => bundle_marks(&input),
        "bundle_open" => bundle_open(&input),
        "machine_token" => Ok(match MachineToken::parse(&input.str("token")) {
            Ok(token) => {
                let public = token.identity().public();
                json!({
                    "sign_pk": hex(public.sign),
                    "kem_pk": hex(public.kem),
                    "again": *token.to_text(),
                    "is_of_its_genesis": token.is_of(&input.id("genesis")),
                })
            }
            Err(error) => json!({ "error": format!("{error:?}") }),
        }),
        "machine_generate" => {
            let token = MachineToken::generate(&input.id("genesis"), &mut input.drawn("seed"));
            let kept = token.local_key().seal("pins", b"seen", &mut input.random());
            Ok(json!({ "token": *token.to_text(), "kept": kept }))
        }
        "identity" => {
            let identity = input.identity("seeds");
            let (public, ring) = (identity.public(), input.id("ring_uid"));
            let fingerprint = public.fingerprint(&ring, &input.str("user"));
            Ok(json!({
                "sign_pk": hex(public.sign),
                "kem_pk": hex(public.kem),
                "sign_kid": public.sign_kid().to_string(),
                "kem_kid": public.kem_kid().to_string(),
                "fingerprint": fingerprint.to_string(),
                "words": fingerprint.words(),
            }))
        }
        "keyring_fold" => Ok(keyring_fold(&input)),
        "keyring_story" => Ok(keyring_story(&input)),
        "jit_story" => Ok(jit_story(&input)),
        "reverse_story" => Ok(reverse_story(&input)),
        "link_parse" => {
            Link::parse(&input.str("link")).map(|link| json!({ "seq": link.seq(), "hash": link.hash().to_string() }))
        }
        "invite" => {
            let link = input.invite();
            let join = JoinRequest::make(&link, &input.str("user"), &input.identity("seeds"));
            Ok(json!({
                "fragment": *link.to_fragment(),
                "invite_id": link.secret.id().to_string(),
                "join_request": join.to_text(),
            }))
        }
        "invite_read" => Ok(match InviteLink::parse(&input.str("fragment")) {
            Ok(link) => json!({
                "genesis": link.genesis.to_string(),
                "keyring_seq": link.keyring_seq,
                "expires": link.expires,
                "project": link.project,
                "sign_up": link.sign_up.is_some(),
            }),
            Err(error) => json!({ "error": format!("{error:?}") }),
        }),
        "rotation_make" => {
            let (old, new) = (input.identity("old_seeds"), input.identity("new_seeds"));
            let rotation = Rotation::make(input.id("ring_uid"), &input.str("user"), &old, &new, input.u64("signed"));
            Ok(json!({ "name": layout::rotation_name(&rotation.old()), "rotation": rotation.to_text() }))
        }
        "rotation_read" => Rotation::parse(&input.str("rotation")).map(|rotation| {
            json!({ "user": rotation.user(), "old": rotation.old().to_string(),
                "sign_pk": hex(rotation.keys().sign), "kem_pk": hex(rotation.keys().kem) })
        }),
        "join_verify" => JoinRequest::parse(&input.str("join_request")).and_then(|join| {
            let secret = InviteSecret::generate(&mut input.drawn("secret"));
            join.verify(&secret, &input.id("genesis"), input.u64("expires"), input.u64("now"))?;
            Ok(json!({ "user": join.user(), "sign_pk": hex(join.keys().sign), "kem_pk": hex(join.keys().kem) }))
        }),
        "epoch" => {
            let key = input.epoch_key("key");
            let previous = input.0.get("previous_key").map(|_| {
                let EnvContext { ring, env, epoch } = *key.context();
                let context = EnvContext { ring, env, epoch: epoch - 1 };
                EpochKey::generate(context, &mut input.drawn("previous_key"))
            });
            let sealed = key.seal_previous(previous.as_ref(), &mut input.optional("nonce"));
            Ok(json!({ "commitment": key.commitment().to_string(), "sealed_previous": hex(&sealed) }))
        }
        "previous_open" => input
            .epoch_key("key")
            .open_previous(&input.hex("sealed_previous"))
            .map(|key| json!({ "commitment": key.commitment().to_string() })),
        "wrap_seal" => {
            let (keyring, key) = (input.keyring(), input.epoch_key("key"));
            let (author, reader) = (input.identity("author_seeds"), input.identity("reader_seeds"));
            let mut random = input.drawn("ephemeral");
            Wrap::seal(&key, &reader.public(), &author, &keyring, &mut random).map(|wrap| {
                json!({ "wrap": wrap.to_text(), "hash": wrap.hash().to_string(), "name": wrap.name() })
            })
        }
        "wrap_open" => Wrap::parse(&input.str("wrap")).and_then(|wrap| {
            let (commitment, reader) = (input.id("commitment"), input.identity("reader_seeds"));
            let key = wrap.open(&input.context(), &commitment, &reader, &input.keyring())?;
            // An epoch key has no bytes to show: what it seals shows that it is the right one.
            let slot = SlotId::from_bytes([0; 16]);
            let name = SecretName::parse("PROOF").unwrap();
            let context = ValueContext { path: SecretPath::root(), name, slot, version: 1 };
            let sealed = SealedValue::seal(&key, &context, &SecretContent::text(""), &mut Script(vec![0; 24]));
            Ok(json!({ "commitment": key.commitment().to_string(), "value": sealed.unwrap().as_str() }))
        }),
        "value_seal" => {
            let sealed = SealedValue::seal(
                &input.epoch_key("key"),
                &input.value_context(),
                &input.content(),
                &mut input.drawn("nonce"),
            );
            Ok(match sealed {
                Ok(sealed) => json!({ "value": sealed.as_str(), "ct_hash": sealed.ct_hash().to_string() }),
                Err(_) => json!({ "error": "too long" }),
            })
        }
        "value_open" => open_value(&input.str("value"), &input.epoch_key("key"), &input.value_context()).map(|content| {
            let tags: Vec<_> = content.meta.tags.iter().map(|tag| tag.as_str()).collect();
            json!({
                "content": hex(&content.value),
                "comment": *content.meta.comment,
                "kind": *content.meta.kind,
                "tags": tags,
                "owner": *content.meta.owner,
                "rotation": *content.meta.rotation,
            })
        }),
        "log_story" => Ok(log_story(&input)),
        "log_read" => Ok(log_read(&input)),
        "share_seal" => {
            let keys = input.share_keys();
            let sealed = keys.seal(&input.share_content(), input.u64("not_after"), &mut input.drawn("nonce"));
            let has_passphrase = input.0.get("stretched").is_some();
            let secret = ShareSecret::generate(&mut input.drawn("secret"));
            let has_several = input.share_content().body.are_several_files();
            let link = ShareLink { secret, server_id: input.str("server_id"), has_passphrase, has_several };
            Ok(match sealed {
                Ok(blob) => json!({ "blob": blob, "token": keys.token(), "fragment": *link.to_fragment() }),
                Err(_) => json!({ "error": "too long" }),
            })
        }
        "share_open" => input.share_keys().open(&input.str("blob")).map(|(content, not_after)| {
            let body = match &content.body {
                ShareBody::Text(text) => json!({ "text": **text }),
                ShareBody::Files(files) => {
                    let mut body = json!({ "size": files.size(), "sealed_size": files.sealed_size() });
                    if content.body.are_several_files() {
                        body["files"] = files.list().map(|(name, size)| json!([name, size])).collect();
                    } else {
                        body["file"] = json!(files.list().next().map(|(name, _)| name));
                    }
                    body
                }
                ShareBody::Secrets(secrets) => {
                    json!({ "secrets": secrets.iter().map(|(name, value)| json!([name, **value])).collect::<Vec<_>>() })
                }
            };
            json!({ "title": *content.title, "body": body, "not_after": not_after })
        }),
        "file_seal" => {
            let pieces: Vec<Value> = file_pieces(&input)
                .iter()
                .map(|piece| json!({ "length": piece.len(), "sha256": hex(sha256(piece)) }))
                .collect();
            Ok(json!({ "sealed_size": input.share_files().sealed_size(), "pieces": pieces }))
        }
        "file_open" => file_open(&input),
        "share_link" => Ok(match ShareLink::parse(&input.str("fragment")) {
            Ok(link) => {
                json!({ "server_id": link.server_id, "has_passphrase": link.has_passphrase, "again": *link.to_fragment() })
            }
            Err(error) => json!({ "error": format!("{error:?}") }),
        }),
        "share_stretch" => {
            let secret = ShareSecret::generate(&mut input.drawn("secret"));
            let job = secret.stretch_job(&Passphrase::typed(&input.str("passphrase")));
            let bytes = job.to_bytes();
            Ok(json!({ "salt": hex(&bytes[1..17]), "stretched": hex(&job.run().unwrap().to_bytes()[1..]) }))
        }
        other => panic!("no operation {other}"),
    };
    result.unwrap_or_else(|error| json!({ "error": name_of(error) }))
}

fn name_of(error: OpenError) -> &'static str {
    match error {
        OpenError::Forged => "forged",
        OpenError::TooLarge => "too large",
        OpenError::UnknownEnvelope => "unknown envelope",
        OpenError::UnknownKdfProfile => "unknown kdf profile",
        OpenError::UnknownKind => "unknown kind",
        OpenError::UnknownSuite => "unknown suite",
        _ => "another",
    }
}

/// The sealed pieces of a file whose content is a text.
fn file_pieces(input: &Input<'_>) -> Vec<Vec<u8>> {
    let mut sealer = input.share_keys().file_sealer(&input.share_files());
    let content = input.str("content");
    let (mut rest, mut pieces) = (content.as_bytes(), Vec::new());
    while let Some(wants) = sealer.wants() {
        let (piece, after) = rest.split_at(wants);
        pieces.push(sealer.seal(piece).unwrap());
        rest = after;
    }
    pieces
}

/// Opens the pieces in the order that a server gives them in.
fn file_open(input: &Input<'_>) -> Result<Value, OpenError> {
    let pieces = file_pieces(input);
    let mut opener = input.share_keys().file_opener(&input.share_files());
    let mut content = Vec::new();
    for number in input.list("order", |number| number.0.as_u64().unwrap() as usize) {
        content.extend_from_slice(&opener.open(&pieces[number])?);
    }
    Ok(json!({ "complete": opener.is_complete(), "sha256": hex(sha256(&content)) }))
}

fn stretch(input: &Input<'_>) -> Result<Value, OpenError> {
    let profile = KdfProfile::from_number(input.u64("profile") as u8)?;
    let job = input.account_key().stretch_job(
        &Passphrase::typed(&input.str("passphrase")),
        &input.id("account_uid"),
        profile,
    );
    let bytes = job.to_bytes();
    Ok(json!({ "salt": hex(&bytes[1..17]), "stretched": hex(&job.run().unwrap().to_bytes()[1..]) }))
}

fn bundle_seal(input: &Input<'_>) -> Result<Value, OpenError> {
    let mut bundle = Bundle::new(input.identity("seeds"));
    bundle.counter = input.u64("counter");
    bundle.previous = input.id("previous");
    for pin in input.list("pins", |pin| pin) {
        let environments = pin.list("environments", |env| {
            let head = LogHead {
                seq: env.u64("seq"),
                hash: env.id("hash"),
            };
            (
                env.id::<EnvUid>("env_uid"),
                EnvPin {
                    server_ref: env.str("server_ref"),
                    epoch: env.u64("epoch") as u32,
                    head,
                    keyring_seq: env.u64("keyring_seq"),
                },
            )
        });
        let value = RingPin {
            project: pin.str("project"),
            genesis: pin.id("genesis"),
            keyring_seq: pin.u64("keyring_seq"),
            keyring_hash: pin.id("keyring_hash"),
            environments: environments.into_iter().collect(),
        };
        bundle.pins.insert(pin.id::<RingUid>("ring_uid"), value);
    }
    bundle.epochs = input.list("epochs", |epoch| epoch.epoch_key("key"));
    bundle.invites = input.list("invites", |invite| SentInvite {
        ring: invite.id("ring_uid"),
        secret: InviteSecret::generate(&mut invite.drawn("secret")),
        expires: invite.u64("expires"),
        note: Zeroizing::new(invite.hex("note")),
    });
    bundle.notes = input
        .list("notes", |note| {
            (note.str("name"), Zeroizing::new(note.hex("content")))
        })
        .into_iter()
        .collect();
    let master = MasterKey::generate(&mut input.drawn("master_key"));
    let text = bundle.seal(&master, &input.id("account_uid"), &mut input.drawn("nonce"))?;
    Ok(json!({ "hash": Bundle::hash(&text).to_string(), "bundle": text }))
}

fn bundle_marks(input: &Input<'_>) -> Result<Value, OpenError> {
    let mut bundle = Bundle::new(input.identity("seeds"));
    let ring = input.id("ring_uid");
    for (user, mark) in input.list("marks", |mark| {
        let at = mark.u64("at");
        let fingerprint = mark.id("fingerprint");
        (mark.str("user"), Mark { fingerprint, at })
    }) {
        bundle.set_mark(&ring, &user, mark)?;
    }
    let notes = bundle.notes.iter();
    let notes = notes.map(|(name, note)| json!({ "name": name, "content": hex(note) }));
    Ok(json!({ "notes": notes.collect::<Vec<_>>() }))
}

fn bundle_open(input: &Input<'_>) -> Result<Value, OpenError> {
    let master = MasterKey::generate(&mut input.drawn("master_key"));
    let bundle = Bundle::open(&input.str("bundle"), &master, &input.id("account_uid"))?;
    let pins: Vec<Value> = bundle
        .pins
        .iter()
        .map(|(ring, pin)| {
            json!({
                "ring_uid": ring.to_string(),
                "project": pin.project,
                "genesis": pin.genesis.to_string(),
                "keyring_seq": pin.keyring_seq,
                "environments": pin.environments.keys().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(json!({
        "counter": bundle.counter,
        "previous": bundle.previous.to_string(),
        "sign_kid": bundle.identity.public().sign_kid().to_string(),
        "kem_kid": bundle.identity.public().kem_kid().to_string(),
        "pins": pins,
        "epochs": bundle.epochs.iter().map(|key| key.commitment().to_string()).collect::<Vec<_>>(),
        "invites": bundle.invites.iter().map(|invite| invite.secret.id().to_string()).collect::<Vec<_>>(),
        "notes": bundle.notes.iter().map(|(name, note)| json!([name, hex(note)])).collect::<Vec<_>>(),
    }))
}

fn keyring_fold(input: &Input<'_>) -> Value {
    let links: Result<Vec<Link>, OpenError> = input
        .list("links", |link| Link::parse(link.0.as_str().unwrap()))
        .into_iter()
        .collect();
    let links = match links {
        Ok(links) => links,
        Err(error) => return json!({ "error": name_of(error) }),
    };
    let genesis = input.0.get("genesis").map(|_| input.id::<Digest>("genesis"));
    let pin = input
        .0
        .get("pin")
        .map(|pin| (Input(pin).u64("seq"), Input(pin).id("hash")));
    match KeyringState::fold(&links, genesis.as_ref(), pin) {
        Ok(state) => keyring_json(&state),
        Err(error) => json!({ "error": format!("{error:?}") }),
    }
}

fn keyring_json(state: &KeyringState) -> Value {
    let members: Vec<Value> = state
        .members()
        .map(|member| {
            let rights = member.rights.as_ref().map(|rights| {
                let environments: Vec<Value> = rights
                    .environments
                    .iter()
                    .map(|(env, right)| {
                        json!([env.to_string(), format!("{:?}", right.access), right.approve])
                    })
                    .collect();
                json!({ "admin": rights.admin, "environments": environments })
            });
            json!({
                "user": member.user,
                "machine": member.machine,
                "sign_kid": member.keys.sign_kid().to_string(),
                "kem_kid": member.keys.kem_kid().to_string(),
                "rights": rights,
            })
        })
        .collect();
    let environments: Vec<Value> = state
        .environments()
        .map(|env| json!([env.env.to_string(), env.server_ref]))
        .collect();
    json!({
        "ring_uid": state.ring().to_string(),
        "genesis": state.genesis().to_string(),
        "seq": state.seq(),
        "head": state.head().to_string(),
        "home": state.home().0,
        "members": members,
        "environments": environments,
    })
}

/// Rules that use every field.
fn strict_policy() -> Policy {
    let people = |people: &[&str]| people.iter().map(|&user| user.to_owned()).collect();
    Policy {
        steps: vec![
            Step {
                approvers: Approvers::Named(people(&["founder", "user"])),
                needed: 2,
            },
            Step {
                approvers: Approvers::All,
                needed: 1,
            },
        ],
        self_approval: true,
        longest: 3_600,
        reason_min: 20,
        template: "Why now? ".to_owned(),
        ticket: Some("OPS-#".to_owned()),
        answer_within: 7_200,
        escalation: Some(Escalation {
            after: 600,
            people: people(&["founder"]),
        }),
        emergency: people(&["user"]),
    }
}

/// A founder and everything that can happen to a project, one link each.
fn keyring_story(input: &Input<'_>) -> Value {
    let founder = input.identity("founder_seeds");
    let (ada, cy) = (input.identity("user_seeds"), input.identity("machine_seeds"));
    let (new, env) = (input.identity("new_user_seeds"), input.id::<EnvUid>("env_uid"));
    let (mut state, genesis) = KeyringState::found(
        input.id("ring_uid"),
        &founder,
        "founder",
        "coffer",
        input.u64("created"),
    )
    .unwrap();
    let head = |seq| LogHead {
        seq,
        hash: Digest::from_bytes([seq as u8; 32]),
    };
    let mut approver = Rights::default().with(env, Access::Read);
    approver.environments.entry(env).or_default().approve = true;
    let invite = InviteSecret::generate(&mut input.drawn("invite_secret")).id();
    let ops = [
        Op::DeclareEnv {
            env,
            server_ref: "env-1".to_owned(),
        },
        Op::AddUser {
            user: "user".to_owned(),
            keys: ada.public(),
            rights: Rights::default().with(env, Access::Write),
            proof: Proof::Invite(invite),
            heads: [(env, head(4))].into(),
        },
        Op::AddMachine {
            user: "machine".to_owned(),
            keys: cy.public(),
            rights: Rights::default().with(env, Access::Read),
            heads: [(env, head(5))].into(),
        },
        Op::SetRights {
            user: "user".to_owned(),
            rights: approver,
            heads: [(env, head(6))].into(),
        },
        rotate_keys(
            &input.id("ring_uid"),
            "user",
            &ada,
            &new,
            input.u64("created") + 1,
        ),
        Op::Rebase {
            env,
            lost: head(9),
            to: head(7),
        },
        Op::Uphold {
            user: "user".to_owned(),
            heads: [(env, head(8))].into(),
        },
        Op::Remove {
            user: "machine".to_owned(),
            heads: [(env, head(8))].into(),
        },
        Op::SetPolicy {
            env,
            path: SecretPath::root(),
            policy: Some(Policy::default()),
        },
        Op::SetPolicy {
            env,
            path: SecretPath::parse("/billing").unwrap(),
            policy: Some(strict_policy()),
        },
        Op::RetireEnv { env },
    ];
    let mut links = vec![genesis];
    for (index, op) in ops.into_iter().enumerate() {
        let link = state
            .sign_next(&founder, op, input.u64("created") + 1 + index as u64)
            .unwrap();
        state.apply(&link).unwrap();
        links.push(link);
    }
    json!({
        "links": links.iter().map(Link::to_text).collect::<Vec<_>>(),
        "hashes": links.iter().map(|link| link.hash().to_string()).collect::<Vec<_>>(),
        "state": keyring_json(&state),
    })
}

/// A form, its link, and an answer.
fn reverse_story(input: &Input<'_>) -> Value {
    let rng = &mut input.drawn("random");
    let field = |kind, label: &str, hint: &str| Field {
        kind,
        label: label.to_owned(),
        hint: hint.to_owned(),
    };
    let form = Form {
        title: "For the release".to_owned(),
        fields: vec![
            field(FieldKind::Text, "API key", "starts with sk_"),
            field(FieldKind::Dotenv, "Settings", ""),
            field(FieldKind::File, "Certificate", "as DER"),
        ],
    };
    let keys = FormKeys::generate(rng);
    let link = keys.link(
        RequestId::generate(rng),
        form,
        input.u64("not_after"),
        "server-id",
    );
    let content = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
    let answer = Answer {
        fields: vec![
            (content("sk_1"), String::new()),
            (content("A=1"), String::new()),
            (content("der"), "cert.der".to_owned()),
        ],
        note: Zeroizing::new("until May".to_owned()),
    };
    let sealed = link.seal(&answer, rng).unwrap();
    assert_eq!(keys.open(&link, &sealed), Ok(answer));
    json!({ "keys": hex(keys.to_keep().as_slice()), "fragment": link.to_fragment().as_str(), "answer": sealed })
}

/// A guest asks for a secret, an admin answers and grants it, the guest proposes another value, and something comes of it.
fn jit_story(input: &Input<'_>) -> Value {
    let (founder, guest) = (input.identity("founder_seeds"), input.identity("guest_seeds"));
    let env = input.id::<EnvUid>("env_uid");
    let (mut keyring, genesis) =
        KeyringState::found(input.id("ring_uid"), &founder, "founder", "coffer", 1).unwrap();
    let mut links = vec![genesis];
    for op in [
        Op::DeclareEnv {
            env,
            server_ref: "env-1".to_owned(),
        },
        Op::AddUser {
            user: "guest".to_owned(),
            keys: guest.public(),
            rights: Rights::default(),
            proof: Proof::Words,
            heads: [].into(),
        },
    ] {
        let link = keyring.sign_next(&founder, op, 2).unwrap();
        keyring.apply(&link).unwrap();
        links.push(link);
    }
    let mut random = input.drawn("random");
    let rng = &mut random;
    let (path, name) = (
        SecretPath::parse("/app").unwrap(),
        SecretName::parse("A").unwrap(),
    );
    let details = Details {
        wanted: vec![Wanted::Folder(path.clone())],
        verbs: Verbs::Propose,
        ttl: 3_600,
        starts: 0,
        reason: Zeroizing::new("the queue is stuck".to_owned()),
        ticket: Zeroizing::new("OPS-1".to_owned()),
    };
    let key = RequestKey::generate(rng);
    let (request, thread) = Request::make(
        &keyring,
        env,
        &guest,
        &key,
        &[founder.public()],
        &details,
        Digest::ZERO,
        1_000,
        rng,
    )
    .unwrap();
    let comment = Zeroizing::new("go ahead".to_owned());
    let approval = Approval::sign(&request, &founder, 3_600, 2_000);
    let messages: Vec<String> = [
        (&founder, Say::AskBack(Zeroizing::new("which one?".to_owned()))),
        (&guest, Say::Answer(Zeroizing::new("eu".to_owned()))),
        (&founder, Say::Approve(approval, comment)),
    ]
    .iter()
    .map(|(author, say)| Message::make(&request, &thread, author, say, 1_500, rng).to_text())
    .collect();
    let granted = Granted {
        path,
        name,
        slot: SlotId::from_bytes([9; 16]),
        version: 3,
        ct_hash: Digest::from_bytes([8; 32]),
        value: Zeroizing::new(b"value".to_vec()),
        comment: Zeroizing::new("remark".to_owned()),
    };
    let terms = Terms {
        not_before: 2_000,
        not_after: 3_602_000,
        approvals: vec![approval],
        emergency: Zeroizing::default(),
    };
    let proposals = ProposalKey::generate(rng);
    let values = std::slice::from_ref(&granted);
    let grant = Grant::seal(
        &request,
        &details,
        &founder,
        &keyring,
        &terms,
        (values, Some(&proposals)),
        rng,
    )
    .unwrap();
    let proposed = Proposed {
        path: granted.path.clone(),
        name: granted.name.clone(),
        slot: granted.slot,
        previous: granted.ct_hash,
        value: Zeroizing::new(b"another".to_vec()),
        comment: Zeroizing::default(),
    };
    let proposal = Proposal::make(&grant.hash(), &proposals, &guest, &proposed, 2_500, rng);
    let epoch = EpochKey::generate(
        EnvContext {
            ring: keyring.ring(),
            env,
            epoch: 1,
        },
        rng,
    );
    let note = Note {
        request: request.clone(),
        thread: thread.duplicate(),
        terms,
        named: vec![Named {
            path: granted.path.clone(),
            name: granted.name.clone(),
            slot: granted.slot,
            version: granted.version,
        }],
        proposals: Some(proposals),
    };
    let note = note.seal(&epoch, 5, rng).unwrap();
    let comment = Zeroizing::new("not before the weekend".to_owned());
    let outcomes: Vec<String> = [
        (&founder, Say::Decline(proposal.hash(), comment)),
        (&founder, Say::TookOver(proposal.hash())),
        (&guest, Say::TakeBack(proposal.hash())),
    ]
    .iter()
    .map(|(author, say)| Message::make(&request, &thread, author, say, 3_000, rng).to_text())
    .collect();
    json!({
        "links": links.iter().map(Link::to_text).collect::<Vec<_>>(),
        "request": request.to_text(),
        "request_hash": request.hash().to_string(),
        "messages": messages,
        "grant": grant.to_text(),
        "grant_hash": grant.hash().to_string(),
        "proposal": proposal.to_text(),
        "proposal_hash": proposal.hash().to_string(),
        "note": note.chunks(),
        "outcomes": outcomes,
    })
}

/// An environment in six records: epoch, two secrets, a change and a move, a checkpoint, a deletion, a new epoch.
fn log_story(input: &Input<'_>) -> Value {
    let keyring = input.keyring();
    let (author, reader) = (input.identity("author_seeds"), input.identity("reader_seeds"));
    let (ring, env) = (keyring.ring(), input.id::<EnvUid>("env_uid"));
    let mut random = input.drawn("random");
    let rng = &mut random;
    let mut log = Log::new(ring, env, None);
    let (mut keys, mut contents) = (EpochKeys::default(), Contents::default());
    let mut records = Vec::new();
    let mut wraps = Vec::new();
    let path = |text| SecretPath::parse(text).unwrap();
    let name = |text| SecretName::parse(text).unwrap();
    let mut slots: Vec<SlotId> = Vec::new();
    for step in 0..6 {
        let seq = log.next_seq();
        let (header, body) = match step {
            0 | 5 => {
                let key = EpochKey::generate(
                    EnvContext {
                        ring,
                        env,
                        epoch: log.next_epoch(),
                    },
                    rng,
                );
                let wrap = Wrap::seal(&key, &reader.public(), &author, &keyring, rng).unwrap();
                let public = EpochPublic {
                    commitment: key.commitment(),
                    previous: key.seal_previous(keys.newest(), rng),
                    wraps: [(wrap.recipient(), wrap.hash())].into(),
                    reason: if step == 0 {
                        EpochReason::FIRST
                    } else {
                        EpochReason::ROUTINE
                    },
                };
                wraps.push(wrap.to_text());
                let body = contents
                    .checkpoint(|_| true)
                    .seal(&key, seq, RecordKind::Epoch, rng)
                    .unwrap();
                keys.add(key);
                (
                    log.sign_epoch(&author, &keyring, public, &body, 100 + step)
                        .unwrap(),
                    body,
                )
            }
            3 => {
                let draft = contents.checkpoint(|_| true);
                let body = draft
                    .seal(keys.newest().unwrap(), seq, RecordKind::Checkpoint, rng)
                    .unwrap();
                (
                    log.sign_next(&author, &keyring, RecordKind::Checkpoint, &body, 100 + step)
                        .unwrap(),
                    body,
                )
            }
            _ => {
                let key = keys.newest().unwrap();
                let mut changes = Changes::new(&contents, key);
                let content = SecretContent::with_comment("value", "comment");
                match step {
                    1 => {
                        slots.push(
                            changes
                                .create(&path("/"), &name("A"), &SecretContent::text("a"), rng)
                                .unwrap(),
                        );
                        slots.push(changes.create(&path("/app"), &name("B"), &content, rng).unwrap());
                    }
                    2 => {
                        changes
                            .put(slots[0], &path("/"), &name("A"), &SecretContent::text("a2"), rng)
                            .unwrap();
                        changes.credit(&slots[0], Digest::from_bytes([9; 32]));
                        changes
                            .put(slots[1], &path("/app"), &name("C"), &content, rng)
                            .unwrap();
                    }
                    _ => changes.delete(slots[0]).unwrap(),
                }
                let body = seal_changes(key, seq, changes.into_batches().concat(), rng).unwrap();
                (
                    log.sign_next(&author, &keyring, RecordKind::Change, &body, 100 + step)
                        .unwrap(),
                    body,
                )
            }
        };
        log.push(header.clone(), &keyring).unwrap();
        contents.apply(&header, body.chunks(), &keys).unwrap();
        records.push(json!({
            "header": header.to_text(),
            "hash": header.hash().to_string(),
            "body": body.rows().map(|(name, chunk)| json!([name, chunk])).collect::<Vec<_>>(),
        }));
    }
    random.assert_used();
    json!({ "wraps": wraps, "records": records, "contents": contents_json(&contents) })
}

/// What a reader makes of headers, bodies, a wrap and rows.
fn log_read(input: &Input<'_>) -> Value {
    let keyring = input.keyring();
    let reader = input.identity("reader_seeds");
    let pin = input.0.get("pin").map(|pin| LogHead {
        seq: Input(pin).u64("seq"),
        hash: Input(pin).id("hash"),
    });
    let mut log = Log::new(keyring.ring(), input.id("env_uid"), pin);
    for header in input.list("headers", |header| header) {
        let header = match Header::parse(header.0.as_str().unwrap()) {
            Ok(header) => header,
            Err(error) => return json!({ "error": name_of(error) }),
        };
        if let Err(error) = log.push(header, &keyring) {
            return json!({ "error": format!("{error:?}") });
        }
    }
    if let Err(error) = log.check_complete() {
        return json!({ "error": format!("{error:?}") });
    }
    let key = Wrap::parse(&input.str("wrap")).and_then(|wrap| log.open_epoch(&wrap, &reader, &keyring));
    let key = match key {
        Ok(key) => key,
        Err(error) => return json!({ "error": name_of(error) }),
    };
    let keys = match log.keys(key) {
        Ok(keys) => keys,
        Err(error) => return json!({ "error": format!("{error:?}") }),
    };
    let bodies: BTreeMap<u64, Vec<String>> = input
        .list("bodies", |body| {
            body.list_of(|chunk| chunk.0.as_str().unwrap().to_owned())
        })
        .into_iter()
        .enumerate()
        .map(|(seq, body)| (seq as u64, body))
        .collect();
    let start = input.u64("start");
    let contents = match Contents::fold(&log, &keys, start, |seq| bodies.get(&seq).map(Vec::as_slice)) {
        Ok(contents) => contents,
        Err(error) => return json!({ "error": format!("{error:?}") }),
    };
    let rows: Vec<(String, String, String)> =
        input.list("rows", |row| (row.str("path"), row.str("name"), row.str("value")));
    let rows: Vec<Row<'_>> = rows
        .iter()
        .map(|(path, name, value)| Row { path, name, value })
        .collect();
    let classes = classify::classify(&contents, &rows);
    let named: Vec<Value> = contents
        .active()
        .map(|entry| {
            json!([
                entry.path.as_str(),
                entry.name.as_str(),
                format!("{:?}", classes.entries[&entry.slot])
            ])
        })
        .collect();
    let strangers: Vec<Value> = classes
        .strangers
        .iter()
        .map(|(index, class)| json!([index, format!("{class:?}")]))
        .collect();
    json!({ "contents": contents_json(&contents), "classes": named, "strangers": strangers })
}

fn contents_json(contents: &Contents) -> Value {
    let entries: Vec<Value> = contents
        .active()
        .map(|entry| {
            json!({
                "path": entry.path.as_str(),
                "name": entry.name.as_str(),
                "slot_id": entry.slot.to_string(),
                "version": entry.version,
                "epoch": entry.epoch,
                "ct_hash": entry.ct_hash.to_string(),
                "held": entry.value.is_some(),
            })
        })
        .collect();
    Value::Array(entries)
}

/// The input of a case, with panics where it is not what the operation needs.
#[derive(Clone, Copy)]
pub struct Input<'a>(pub &'a Value);

impl<'a> Input<'a> {
    fn field(&self, name: &str) -> &'a Value {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("no field {name} in {}", self.0))
    }

    fn str(&self, name: &str) -> String {
        match self.field(name) {
            Value::String(text) => text.clone(),
            // A text of many equal parts, which would fill a file.
            Value::Object(repeat) => repeated(repeat),
            other => panic!("{name} is no text: {other}"),
        }
    }

    fn u64(&self, name: &str) -> u64 {
        self.field(name)
            .as_u64()
            .unwrap_or_else(|| panic!("{name} is no number"))
    }

    fn bytes(&self) -> Vec<u8> {
        unhex(self.0.as_str().unwrap())
    }

    fn hex(&self, name: &str) -> Vec<u8> {
        unhex(&self.str(name))
    }

    fn id<T: core::str::FromStr>(&self, name: &str) -> T {
        self.str(name)
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no id"))
    }

    fn list<T>(&self, name: &str, read: impl Fn(Input<'a>) -> T) -> Vec<T> {
        Input(self.field(name)).list_of(read)
    }

    fn list_of<T>(&self, read: impl Fn(Input<'a>) -> T) -> Vec<T> {
        self.0
            .as_array()
            .unwrap()
            .iter()
            .map(|item| read(Input(item)))
            .collect()
    }

    fn random(&self) -> Script {
        self.drawn("random")
    }

    fn drawn(&self, name: &str) -> Script {
        Script(self.hex(name))
    }

    fn optional(&self, name: &str) -> Script {
        Script(self.0.get(name).map(|_| self.hex(name)).unwrap_or_default())
    }

    fn account_key(&self) -> AccountKey {
        AccountKey::generate(&mut self.drawn("account_key"))
    }

    fn stretched(&self) -> Stretched {
        let profile = self
            .0
            .get("profile")
            .map_or(1, |profile| profile.as_u64().unwrap() as u8);
        let mut bytes = vec![profile];
        bytes.extend(self.hex("stretched"));
        Stretched::from_bytes(&bytes).unwrap()
    }

    fn slot_key(&self) -> SlotKey {
        let account = self.id::<AccountUid>("account_uid");
        if self.0.get("recovery_code").is_some() {
            let code = RecoveryCode::from_text(&self.str("recovery_code")).unwrap();
            SlotKey::derive_recovery(&code, &account)
        } else if self.0.get("prf_output").is_some() {
            let output = self.hex("prf_output").try_into().unwrap();
            SlotKey::derive_prf(&output, &self.hex("credential"), &account)
        } else {
            SlotKey::derive(&self.stretched(), &self.account_key(), &account)
        }
    }

    fn identity(&self, name: &str) -> Identity {
        Identity::generate(&mut self.drawn(name))
    }

    fn context(&self) -> EnvContext {
        EnvContext {
            ring: self.id("ring_uid"),
            env: self.id("env_uid"),
            epoch: self.u64("epoch") as u32,
        }
    }

    fn epoch_key(&self, name: &str) -> EpochKey {
        EpochKey::generate(self.context(), &mut self.drawn(name))
    }

    fn value_context(&self) -> ValueContext {
        ValueContext {
            path: SecretPath::parse(&self.str("path")).unwrap(),
            name: SecretName::parse(&self.str("name")).unwrap(),
            slot: self.id("slot_id"),
            version: self.u64("version"),
        }
    }

    fn content(&self) -> SecretContent {
        let text = |name| Zeroizing::new(self.0.get(name).map(|_| self.str(name)).unwrap_or_default());
        let tags = self
            .0
            .get("tags")
            .map(|_| self.list("tags", |tag| Zeroizing::new(tag.0.as_str().unwrap().to_owned())));
        SecretContent {
            value: Zeroizing::new(self.str("content").into_bytes()),
            meta: Meta {
                comment: text("comment"),
                kind: text("kind"),
                tags: tags.unwrap_or_default(),
                owner: text("owner"),
                rotation: text("rotation"),
            },
        }
    }

    fn keyring(&self) -> KeyringState {
        let links: Vec<Link> = self.list("keyring", |link| Link::parse(link.0.as_str().unwrap()).unwrap());
        KeyringState::fold(&links, None, None).unwrap()
    }

    fn invite(&self) -> InviteLink {
        let sign_up = self.0.get("sign_up").map(|sign_up| {
            let sign_up = Input(sign_up);
            SignUp {
                organization: sign_up.str("organization"),
                email: sign_up.str("email"),
                code: Zeroizing::new(sign_up.str("code")),
            }
        });
        InviteLink {
            genesis: self.id("genesis"),
            keyring_seq: self.u64("keyring_seq"),
            keyring_hash: self.id("keyring_hash"),
            secret: InviteSecret::generate(&mut self.drawn("secret")),
            expires: self.u64("expires"),
            project: self.str("project"),
            sign_up,
        }
    }

    fn share_keys(&self) -> coffer_core::share::ShareKeys {
        let stretched = self.0.get("stretched").map(|_| self.stretched());
        ShareSecret::generate(&mut self.drawn("secret")).derive(stretched.as_ref())
    }

    /// The files of a share; one is as large as its content, or as it says.
    fn share_files(&self) -> ShareFiles {
        let files = match (self.0.get("files"), self.0.get("size")) {
            (Some(_), _) => self.list("files", |file| {
                let file = file.list_of(|part| part.0.clone());
                (file[0].as_str().unwrap().to_owned(), file[1].as_u64().unwrap())
            }),
            (None, Some(_)) => vec![(self.str("file"), self.u64("size"))],
            (None, None) => vec![(self.str("file"), self.str("content").len() as u64)],
        };
        let files = files.iter().map(|(name, size)| (name.as_str(), *size));
        ShareFiles::generate(files, &mut self.drawn("file_secret")).unwrap()
    }

    fn share_content(&self) -> ShareContent {
        let body = match self.0.get("secrets") {
            _ if self.0.get("file_secret").is_some() => ShareBody::Files(self.share_files().into()),
            Some(_) => ShareBody::Secrets(self.list("secrets", |pair| {
                let pair = pair.list_of(|text| text.0.as_str().unwrap().to_owned());
                (pair[0].clone(), Zeroizing::new(pair[1].clone()))
            })),
            None => ShareBody::Text(Zeroizing::new(self.str("text"))),
        };
        ShareContent {
            title: Zeroizing::new(self.str("title")),
            body,
        }
    }
}

fn repeated(repeat: &Map<String, Value>) -> String {
    repeat["repeat"]
        .as_str()
        .unwrap()
        .repeat(repeat["times"].as_u64().unwrap() as usize)
}

/// Randomness that is known: the bytes, in the order in which they are drawn. Too few is a panic.
pub struct Script(pub Vec<u8>);

impl Script {
    fn assert_used(&self) {
        assert!(
            self.0.is_empty(),
            "{} bytes of randomness were not drawn",
            self.0.len()
        );
    }
}

impl TryRng for Script {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        assert!(
            self.0.len() >= out.len(),
            "{} more random bytes are needed",
            out.len() - self.0.len()
        );
        let rest = self.0.split_off(out.len());
        out.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

impl TryCryptoRng for Script {}

pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Changes one byte of a sealed text.
pub fn flipped(kind: envelope::Kind, text: &str, position: usize) -> String {
    let mut bytes = envelope::decode(kind, text).unwrap();
    bytes[position] ^= 1;
    envelope::encode(kind, &bytes)
}
