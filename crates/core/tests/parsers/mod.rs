//! Every parser of coffer-core as a function of bytes: for `mutations.rs`, and for the targets in `fuzz/`.
//!
//! Each takes anything, must not panic, and where it accepts something, that must be the one encoding of it. The bytes
//! are tried as the text that a server gives, as what is inside its base64url, and, where something is sealed or signed,
//! as what an author with the keys could put inside.

use std::{
    cell::{Cell, OnceCell},
    collections::BTreeMap,
    convert::Infallible,
    rc::Rc,
};

use coffer_core::{
    SUITE,
    account::{AccountKey, MasterKey, RecoveryCode, Slot, SlotKey},
    bundle::{self, Bundle},
    classify::{Row, classify},
    contents::Contents,
    envelope::{self, Kind},
    environment::{EnvContext, EpochKey, Wrap},
    file::ShareFiles,
    grant::{Grant, Proposal},
    hazmat,
    id::{AccountUid, DeviceId, Digest, EnvUid, Kid, RingUid, SlotId},
    identity::Identity,
    invite::{InviteLink, InviteSecret, JoinRequest},
    kdf::{StretchJob, Stretched},
    keyring::{KeyringState, Link, Op},
    label::Label,
    layout,
    log::{EpochKeys, EpochPublic, EpochReason, Header, Log, RecordKind},
    machine::MachineToken,
    names::{SecretName, SecretPath},
    padme, pae,
    rand_core::{TryCryptoRng, TryRng},
    request::{Message, Request},
    reverse::FormLink,
    rotation::Rotation,
    share::{ShareKeys, ShareLink, ShareSecret},
    value::{SealedValue, SecretContent, ValueContext, open_value},
};

/// Something that takes any bytes and checks what it makes of them.
pub type Parser = fn(&[u8]);

/// Every parser, by the name of its fuzz target.
pub const PARSERS: [(&str, Parser); 25] = [
    ("account_key", account_key),
    ("bundle", bundle),
    ("changes", changes),
    ("checkpoint", checkpoint),
    ("envelope", envelope),
    ("form_link", form_link),
    ("grant", grant),
    ("header", header),
    ("invite_link", invite_link),
    ("join", join),
    ("link", link),
    ("machine_token", machine_token),
    ("message", message),
    ("names", names),
    ("pae", pae),
    ("proposal", proposal),
    ("request", request),
    ("rotation", rotation),
    ("share", share),
    ("share_file", share_file),
    ("share_link", share_link),
    ("slot", slot),
    ("stretch_job", stretch_job),
    ("value", value),
    ("wrap", wrap),
];

/// A written Account Key or recovery code.
pub fn account_key(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(key) = AccountKey::from_text(&text) {
        note();
        let again = AccountKey::from_text(&key.to_text()).expect("what we print, we read");
        assert_eq!(again.to_text(), key.to_text());
    }
    if let Some(code) = RecoveryCode::from_text(&text) {
        assert_eq!(code.to_text().as_str(), text);
    }
}

/// An account's bundle, and what an account keeps on a device.
pub fn bundle(bytes: &[u8]) {
    with(|keys| {
        let open = |text: &str| {
            let _ = bundle::peek_counter(text);
            let opened = Bundle::open(text, &keys.master, &ACCOUNT);
            if let Ok(bundle) = &opened {
                note();
                let again = bundle
                    .seal(&keys.master, &ACCOUNT, &mut Constant(5))
                    .expect("it did fit");
                let twice = Bundle::open(&again, &keys.master, &ACCOUNT).expect("what we write, we read");
                assert_eq!(
                    twice
                        .seal(&keys.master, &ACCOUNT, &mut Constant(5))
                        .expect("it did fit"),
                    again
                );
            }
            opened.is_ok()
        };
        as_object(Kind::Bundle, bytes, |text| {
            open(text);
        });
        let counter = 7_u64;
        let aad = pae::labelled(
            Label::BUNDLE,
            &[&[SUITE], ACCOUNT.as_ref(), &counter.to_be_bytes()],
        );
        let key = derive(&MASTER, Label::ACCOUNT_BUNDLE, &[ACCOUNT.as_ref()]);
        for plaintext in [bytes.to_vec(), lay_out(bytes)] {
            let sealed = [
                [SUITE].as_slice(),
                &counter.to_be_bytes(),
                &sealed(&key, &aad, plaintext),
            ]
            .concat();
            open(&envelope::encode(Kind::Bundle, &sealed));
        }
        let local = keys.master.derive_local(&DeviceId::from_bytes([1; 16]));
        as_object(Kind::Local, bytes, |text| {
            assert!(local.open("pins", text).is_err())
        });
    });
}

/// The entries of a change record, sealed and signed by somebody who may write.
pub fn changes(bytes: &[u8]) {
    with(|keys| {
        let header = keys.header(1, 1, bytes);
        let mut contents = keys.contents.clone();
        if contents.apply(&header.0, &header.1, &keys.epochs).is_ok() {
            note();
            assert_eq!(contents.active().count(), contents.len());
            for entry in contents.active() {
                assert_eq!(
                    contents.at(&entry.path, &entry.name).map(|at| at.slot),
                    Some(entry.slot)
                );
                assert!(!entry.path.is_reserved() && !entry.deleted);
            }
            // What was accepted can be listed, and the listing is accepted.
            let draft = contents.checkpoint(|_| true);
            draft
                .seal(&keys.key, 2, RecordKind::Checkpoint, &mut Constant(5))
                .expect("it is small");
        }
    });
}

/// The entries of a checkpoint, sealed and signed by somebody who may write.
pub fn checkpoint(bytes: &[u8]) {
    with(|keys| {
        let header = keys.header(9, 4, bytes);
        let mut contents = Contents::default();
        if contents.apply(&header.0, &header.1, &keys.epochs).is_ok() {
            note();
            let draft = contents.checkpoint(|_| true);
            let again = draft
                .seal(&keys.key, 9, RecordKind::Checkpoint, &mut Constant(5))
                .expect("it did fit");
            assert_eq!(again.chunks(), header.1, "one listing has one encoding");
        }
    });
}

/// The outermost form of everything.
pub fn envelope(bytes: &[u8]) {
    let text = text(bytes);
    for kind in Kind::ALL {
        if let Ok(bytes) = envelope::decode(kind, &text) {
            note();
            assert_eq!(envelope::encode(kind, &bytes), text);
        }
        assert_eq!(
            envelope::decode(kind, &envelope::encode(kind, bytes)).is_ok(),
            bytes.len() <= kind.most_bytes()
        );
    }
}

/// A header of the log: from a server, and signed by somebody who may write.
pub fn header(bytes: &[u8]) {
    let check = |text: &str| {
        let header = Header::parse(text);
        if let Ok(header) = &header {
            assert_eq!(header.to_text(), text);
        }
        header
    };
    as_object(Kind::Header, bytes, |text| {
        let _ = check(text);
    });
    with(|keys| {
        // The bytes as what an epoch or a grant says in public.
        for kind in [2, 3] {
            let names = if kind == 3 {
                pae::encode::<&[u8]>(&[])
            } else {
                pae::encode(&[b"D1_0_00000000"])
            };
            let text = keys.signed_header(1, kind, 2, 1, &body_hash(&[]), &names, bytes);
            if let Ok(header) = check(&text) {
                let mut log = keys.log.clone();
                if log.push(header, &keys.keyring).is_ok() {
                    note();
                    assert_eq!(log.next_seq(), 2);
                }
            }
        }
        let text = keys.signed_header(1, 1, 1, 0, &body_hash(&[]), bytes, &[]);
        let _ = check(&text);
    });
}

/// The fragment of an invitation.
pub fn invite_link(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(link) = InviteLink::parse(&text) {
        note();
        assert_eq!(link.to_fragment().as_str(), text);
    }
}

/// A change of one's own keys.
pub fn rotation(bytes: &[u8]) {
    as_object(Kind::Rotation, bytes, |text| {
        if let Ok(rotation) = Rotation::parse(text) {
            note();
            assert_eq!(rotation.to_text(), text);
        }
    });
}

/// A request for access.
pub fn request(bytes: &[u8]) {
    as_object(Kind::Request, bytes, |text| {
        if let Ok(request) = Request::parse(text) {
            note();
            assert_eq!(request.to_text(), text);
            with(|keys| assert!(request.open_key(&keys.me).is_err(), "sealed to somebody else"));
        }
    });
}

/// The link of a form.
pub fn form_link(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(link) = FormLink::parse(&text) {
        note();
        assert!(link.form.is_sound());
        assert_eq!(
            link.to_fragment().as_str(),
            text.strip_prefix('#').unwrap_or(&text)
        );
    }
}

/// Something said about a request.
pub fn message(bytes: &[u8]) {
    as_object(Kind::Message, bytes, |text| {
        if let Ok(message) = Message::parse(text) {
            note();
            assert_eq!(message.to_text(), text);
        }
    });
}

/// A grant.
pub fn grant(bytes: &[u8]) {
    as_object(Kind::Grant, bytes, |text| {
        if let Ok(grant) = Grant::parse(text) {
            note();
            assert_eq!(grant.to_text(), text);
        }
    });
}

/// A value that somebody proposes under a grant.
pub fn proposal(bytes: &[u8]) {
    as_object(Kind::Proposal, bytes, |text| {
        if let Ok(proposal) = Proposal::parse(text) {
            note();
            assert_eq!(proposal.to_text(), text);
        }
    });
}

/// A request to join.
pub fn join(bytes: &[u8]) {
    let invite = InviteSecret::generate(&mut Constant(4));
    let check = |text: &str| {
        if let Ok(request) = JoinRequest::parse(text) {
            note();
            assert_eq!(request.to_text(), text);
            let _ = request.verify(&invite, &Digest::ZERO, 0, 0);
        }
    };
    as_object(Kind::Join, bytes, check);
    with(|keys| {
        let public = keys.me.public();
        let message = pae::labelled(
            Label::JOIN,
            &[
                &[SUITE],
                &[1; 32],
                &[2; 16],
                bytes,
                &public.sign,
                &public.kem,
                &9_u64.to_be_bytes(),
            ],
        );
        let signature = hazmat::ed25519_sign(&SEED, &message);
        check(&envelope::encode(
            Kind::Join,
            &[message.as_slice(), &[0; 32], &signature].concat(),
        ));
    });
}

/// A link of the keyring: from a server, and signed by an admin.
pub fn link(bytes: &[u8]) {
    let check = |text: &str| {
        let link = Link::parse(text);
        if let Ok(link) = &link {
            assert_eq!(link.to_text(), text);
        }
        link
    };
    as_object(Kind::Link, bytes, |text| {
        let _ = check(text);
    });
    with(|keys| {
        // The bytes as an operation with its body.
        let pieces = pae::decode(bytes, 12).unwrap_or_else(|| vec![bytes]);
        let seq = (keys.keyring.seq() + 1).to_be_bytes();
        let (head, kid, created) = (
            keys.keyring.head(),
            keys.me.public().sign_kid(),
            1_u64.to_be_bytes(),
        );
        let mut all: Vec<&[u8]> = vec![&[SUITE], RING.as_bytes(), &seq, head.as_bytes()];
        all.extend(pieces);
        all.extend([kid.as_bytes().as_slice(), &created]);
        let message = pae::labelled(Label::KEYRING, &all);
        let signature = hazmat::ed25519_sign(&SEED, &message);
        if let Ok(link) = check(&envelope::encode(
            Kind::Link,
            &[message.as_slice(), &signature].concat(),
        )) {
            let mut keyring = keys.keyring.clone();
            if keyring.apply(&link).is_ok() {
                note();
                assert_eq!(keyring.seq(), keys.keyring.seq() + 1);
                assert!(
                    keyring.active().any(|(_, rights)| rights.admin),
                    "an admin is left"
                );
                // One operation has one encoding: signing it again gives the same link.
                let again = keys
                    .keyring
                    .sign_next(&keys.me, link.op().clone(), 1)
                    .expect("it did count");
                assert_eq!(again.to_text(), link.to_text());
            } else {
                assert_eq!(
                    keyring.head(),
                    keys.keyring.head(),
                    "a refused link changes nothing"
                );
                assert_eq!(
                    keyring.seq(),
                    keys.keyring.seq(),
                    "a refused link changes nothing"
                );
            }
        }
    });
}

/// Names, paths, ids, and names of rows.
pub fn names(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(name) = SecretName::parse(&text) {
        note();
        assert_eq!(name.as_str(), text);
        assert!(!text.contains(['/', ':', '\0', '\n']));
    }
    if let Ok(path) = SecretPath::parse(&text) {
        assert_eq!(path.as_str(), text);
        assert!(text == "/" || text.starts_with('/') && !text.ends_with('/') && !text.contains("//"));
    }
    if let Ok(id) = text.parse::<SlotId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
        assert!(digest.words().iter().all(|word| !word.is_empty()));
    }
    if let Some(seq) = layout::seq_of('H', &text) {
        assert_eq!(layout::header_name(seq), text);
    }
    if let Some(counter) = layout::bundle_counter(&text) {
        assert_eq!(layout::bundle_name(counter), text);
    }
    let _ = layout::is_slot_name(&text);
    with(|keys| {
        let rows = [Row {
            path: &text,
            name: &text,
            value: &text,
        }];
        assert_eq!(classify(&keys.contents, &rows).strangers.len(), 1);
    });
}

/// The encoding below everything that is authenticated.
pub fn pae(bytes: &[u8]) {
    if let Some(pieces) = pae::decode(bytes, 1000) {
        note();
        assert_eq!(pae::encode(&pieces), bytes);
    }
    assert_eq!(
        pae::decode(&pae::encode(&[bytes, b"x"]), 2),
        Some(vec![bytes, b"x"])
    );
    assert!(padme::padded(bytes.len()) >= bytes.len());
}

/// A share.
pub fn share(bytes: &[u8]) {
    with(|keys| {
        let open = |text: &str| {
            if let Ok((content, not_after)) = keys.share.open(text) {
                note();
                let again = keys
                    .share
                    .seal(&content, not_after, &mut Constant(5))
                    .expect("it did fit");
                assert_eq!(again, text, "one content has one encoding");
            }
        };
        as_object(Kind::Share, bytes, open);
        let secret = [[3; 32], [0; 32]].concat();
        let id = derive(&[3; 32], Label::SHARE_ID, &[]);
        let aad = pae::labelled(Label::SHARE, &[&[SUITE], &id[..16], &[0], &8_u64.to_be_bytes()]);
        let key = derive(&secret, Label::SHARE_KEY, &[&[0]]);
        let meta = |kind| pae::encode(&[b"title".as_slice(), &[kind]]);
        for plaintext in [
            bytes.to_vec(),
            lay_out_pair(bytes, &meta(1)),
            lay_out_pair(bytes, &meta(2)),
            lay_out_pair(bytes, &meta(3)),
            lay_out_pair(bytes, &meta(4)),
        ] {
            let sealed = [
                [SUITE, 0].as_slice(),
                &8_u64.to_be_bytes(),
                &sealed(&key, &aad, plaintext),
            ]
            .concat();
            open(&envelope::encode(Kind::Share, &sealed));
        }
    });
}

/// A machine token.
pub fn machine_token(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(token) = MachineToken::parse(&text) {
        note();
        assert_eq!(token.to_text().as_str(), text.trim());
    }
}

/// The pieces of a file in a share: the first byte says how much of the file there is, the rest is a piece.
pub fn share_file(bytes: &[u8]) {
    with(|keys| {
        let Some((size, piece)) = bytes.split_first() else {
            return;
        };
        let file =
            ShareFiles::generate([("name", u64::from(*size) * 64)], &mut Constant(6)).expect("it is small");
        let mut opener = keys.share.file_opener(&file);
        assert!(opener.open(piece).is_err(), "nobody guesses a seal");
        // Padded and sealed as a sender would who does not keep to the rules.
        let share = &derive(&[3; 32], Label::SHARE_ID, &[])[..16];
        let mut derived = [0; 51];
        hazmat::hkdf(
            &[6; 32],
            b"",
            &pae::labelled(Label::SHARE_FILE, &[share]),
            &mut derived,
        );
        let aad = pae::labelled(Label::SHARE_FILE, &[&[SUITE], share, &file.size().to_be_bytes()]);
        let mut padded = piece.to_vec();
        padded.resize(padme::padme(4_096.max(file.size() as usize)), 0);
        let sealed = hazmat::StreamSealer::new(
            derived[..32].try_into().expect("32 of 51"),
            derived[32..].try_into().expect("19 of 51"),
        )
        .seal_last(&aad, padded.clone());
        match opener.open(&sealed) {
            Ok(content) => {
                note();
                assert!(opener.is_complete());
                let mut again = keys.share.file_sealer(&file);
                assert_eq!(
                    again.seal(&content).as_ref(),
                    Ok(&sealed),
                    "one content has one encoding"
                );
            }
            Err(_) => assert!(padded.iter().skip(file.size() as usize).any(|byte| *byte != 0)),
        }
    });
}

/// The fragment of a share's link.
pub fn share_link(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(link) = ShareLink::parse(&text) {
        note();
        assert_eq!(
            link.to_fragment().as_str(),
            text.strip_prefix('#').unwrap_or(&text)
        );
    }
}

/// A slot.
pub fn slot(bytes: &[u8]) {
    let code = RecoveryCode::generate(&mut Constant(2));
    let key = SlotKey::derive_recovery(&code, &ACCOUNT);
    as_object(Kind::Slot, bytes, |text| {
        if let Ok(slot) = Slot::parse(text) {
            note();
            let _ = slot.kind();
            assert!(slot.open(&key).is_err(), "nobody guesses a seal");
        }
    });
}

/// What crosses the boundary of a worker.
pub fn stretch_job(bytes: &[u8]) {
    if let Ok(job) = StretchJob::from_bytes(bytes) {
        note();
        let again = StretchJob::from_bytes(&job.to_bytes()).expect("what we write, we read");
        assert_eq!(again.to_bytes(), job.to_bytes());
    }
    if let Ok(stretched) = Stretched::from_bytes(bytes) {
        assert_eq!(stretched.to_bytes().as_slice(), bytes);
    }
}

/// A sealed value.
pub fn value(bytes: &[u8]) {
    with(|keys| {
        let context = ValueContext {
            path: SecretPath::root(),
            name: SecretName::parse("A").expect("a name"),
            slot: SlotId::from_bytes([6; 16]),
            version: 1,
        };
        let open = |text: &str| {
            if let Ok(sealed) = SealedValue::parse(text) {
                assert_eq!(sealed.as_str(), text);
            }
            if let Ok(content) = open_value(text, &keys.key, &context) {
                note();
                let again =
                    SealedValue::seal(&keys.key, &context, &content, &mut Constant(5)).expect("it did fit");
                assert_eq!(again.as_str(), text, "one content has one encoding");
            }
        };
        as_object(Kind::Value, bytes, open);
        let key = keys.derive(Label::ENV_VALUE, &[context.slot.as_ref()]);
        let aad = pae::labelled(
            Label::VALUE,
            &[
                &[SUITE],
                RING.as_ref(),
                ENV.as_ref(),
                &1_u32.to_be_bytes(),
                b"/",
                b"A",
                context.slot.as_ref(),
                &1_u64.to_be_bytes(),
            ],
        );
        for plaintext in [
            bytes.to_vec(),
            lay_out_pair(bytes, b""),
            lay_out_pair(b"v", bytes),
        ] {
            let start = [
                [SUITE].as_slice(),
                &1_u32.to_be_bytes(),
                &[6; 16],
                &1_u64.to_be_bytes(),
            ]
            .concat();
            open(&envelope::encode(
                Kind::Value,
                &[start, sealed(&key, &aad, plaintext)].concat(),
            ));
        }
    });
}

/// A wrap.
pub fn wrap(bytes: &[u8]) {
    as_object(Kind::Wrap, bytes, |text| {
        if let Ok(wrap) = Wrap::parse(text) {
            note();
            assert_eq!(wrap.to_text(), text);
            let _ = wrap.name();
            with(|keys| assert!(keys.log.open_epoch(&wrap, &keys.me, &keys.keyring).is_err()));
        }
    });
}

/// What a project that begins looks like, made once a thread.
struct Keys {
    master: MasterKey,
    me: Identity,
    keyring: KeyringState,
    key: EpochKey,
    log: Log,
    epochs: EpochKeys,
    contents: Contents,
    share: ShareKeys,
}

impl Keys {
    fn new() -> Self {
        let rng = &mut Constant(9);
        let me = Identity::generate(rng);
        let (mut keyring, _) = KeyringState::found(RING, &me, "ada", "coffer", 1).expect("a project");
        let declare = Op::DeclareEnv {
            env: ENV,
            server_ref: "env-1".to_owned(),
        };
        let declared = keyring.sign_next(&me, declare, 1).expect("an environment");
        keyring.apply(&declared).expect("an environment");
        let key = EpochKey::generate(
            EnvContext {
                ring: RING,
                env: ENV,
                epoch: 1,
            },
            rng,
        );
        let mut log = Log::new(RING, ENV, None);
        let body = Contents::default()
            .checkpoint(|_| true)
            .seal(&key, 0, RecordKind::Epoch, rng)
            .expect("empty");
        let wrap = Wrap::seal(&key, &me.public(), &me, &keyring, rng).expect("a wrap");
        let public = EpochPublic {
            commitment: key.commitment(),
            previous: Vec::new(),
            wraps: BTreeMap::from([(me.public().kem_kid(), wrap.hash())]),
            reason: EpochReason::FIRST,
        };
        let header = log.sign_epoch(&me, &keyring, public, &body, 1).expect("an epoch");
        log.push(header.clone(), &keyring).expect("an epoch");
        let epochs = log.keys(key.duplicate()).expect("its key");
        let mut contents = Contents::default();
        contents
            .apply(&header, body.chunks(), &epochs)
            .expect("empty contents");
        Self {
            master: MasterKey::generate(rng),
            me,
            keyring,
            key,
            log,
            epochs,
            contents,
            share: ShareSecret::generate(&mut Constant(3)).derive(None),
        }
    }

    fn derive(&self, label: Label, more: &[&[u8]]) -> [u8; 32] {
        let epoch = 1_u32.to_be_bytes();
        let mut context: Vec<&[u8]> = vec![RING.as_bytes(), ENV.as_bytes(), &epoch];
        context.extend_from_slice(more);
        derive(&SEED, label, &context)
    }

    /// A record whose body is `content`, by somebody who may write.
    fn header(&self, seq: u64, kind: u8, content: &[u8]) -> (Header, Vec<String>) {
        let aad = pae::labelled(
            Label::LOG_BODY,
            &[
                &[SUITE],
                RING.as_ref(),
                ENV.as_ref(),
                &seq.to_be_bytes(),
                &[kind],
                &0_u32.to_be_bytes(),
                &1_u32.to_be_bytes(),
            ],
        );
        let key = self.derive(Label::ENV_LOG, &[]);
        let sealed = [[SUITE].as_slice(), &sealed(&key, &aad, lay_out(content))].concat();
        let chunks = vec![envelope::encode(Kind::Chunk, &sealed)];
        let names = pae::encode(&[format!("D{seq}_0_00000000")]);
        let text = self.signed_header(seq, kind, 1, 0, &body_hash(&chunks), &names, &[]);
        (Header::parse(&text).expect("a header"), chunks)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a header, in a row")]
    fn signed_header(
        &self,
        seq: u64,
        kind: u8,
        epoch: u32,
        epoch_seq: u64,
        body: &[u8],
        names: &[u8],
        public: &[u8],
    ) -> String {
        let head = self.log.head().expect("a record");
        let author: Kid = self.me.public().sign_kid();
        let message = pae::labelled(
            Label::LOG,
            &[
                &[SUITE],
                RING.as_ref(),
                ENV.as_ref(),
                &seq.to_be_bytes(),
                head.hash.as_ref(),
                &[kind],
                &epoch.to_be_bytes(),
                &epoch_seq.to_be_bytes(),
                &0_u64.to_be_bytes(),
                head.hash.as_ref(),
                &self.keyring.seq().to_be_bytes(),
                self.keyring.head().as_ref(),
                body,
                names,
                public,
                author.as_ref(),
                &1_u64.to_be_bytes(),
            ],
        );
        let signature = hazmat::ed25519_sign(&SEED, &message);
        envelope::encode(Kind::Header, &[message.as_slice(), &signature].concat())
    }
}

thread_local! {
    static KEYS: OnceCell<Rc<Keys>> = const { OnceCell::new() };
}

fn with<T>(use_them: impl FnOnce(&Keys) -> T) -> T {
    let keys = KEYS.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(Keys::new()))));
    use_them(&keys)
}

thread_local! {
    static ACCEPTED: Cell<usize> = const { Cell::new(0) };
}

/// Something was accepted, so the checks of this parser saw more than refusals.
fn note() {
    ACCEPTED.with(|count| count.set(count.get() + 1));
}

/// How often something was accepted in this thread.
pub fn accepted() -> usize {
    ACCEPTED.with(Cell::get)
}

/// Tries the bytes as the text of an object, and as what its text encodes.
fn as_object(kind: Kind, bytes: &[u8], mut check: impl FnMut(&str)) {
    check(&text(bytes));
    check(&envelope::encode(kind, bytes));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn derive(ikm: &[u8], label: Label, context: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    hazmat::hkdf(ikm, b"", &pae::labelled(label, context), &mut out);
    out
}

fn sealed(key: &[u8; 32], aad: &[u8], plaintext: Vec<u8>) -> Vec<u8> {
    [[5; 24].as_slice(), &hazmat::seal(key, &[5; 24], aad, plaintext)].concat()
}

fn lay_out(content: &[u8]) -> Vec<u8> {
    let mut plaintext = [[1].as_slice(), &(content.len() as u32).to_be_bytes(), content].concat();
    plaintext.resize(padme::padded(plaintext.len()), 0);
    plaintext
}

fn lay_out_pair(value: &[u8], meta: &[u8]) -> Vec<u8> {
    let lengths = [
        (value.len() as u32).to_be_bytes(),
        (meta.len() as u32).to_be_bytes(),
    ];
    let mut plaintext = [[1].as_slice(), &lengths[0], value, &lengths[1], meta].concat();
    plaintext.resize(padme::padded(plaintext.len()), 0);
    plaintext
}

fn body_hash(chunks: &[String]) -> [u8; 32] {
    let pieces: Vec<&[u8]> = chunks.iter().map(|chunk| chunk.as_bytes()).collect();
    hazmat::sha256(&pae::labelled(Label::LOG_BODY_HASH, &pieces))
}

/// "Random" bytes that are all the same, so that this file knows the keys that are drawn from them.
struct Constant(u8);

impl TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Constant {}

/// Something that is certainly accepted, sealed or signed with the keys above: content of a change, of an operation, of a
/// value, of a share. So that mutations start from the inside of things too.
pub fn inner_seeds() -> Vec<Vec<u8>> {
    with(|keys| {
        let context = ValueContext {
            path: SecretPath::root(),
            name: SecretName::parse("A").expect("a name"),
            slot: SlotId::from_bytes([6; 16]),
            version: 1,
        };
        let content = SecretContent::with_comment("value", "comment");
        let value = SealedValue::seal(&keys.key, &context, &content, &mut Constant(5)).expect("a value");
        let entry = |path: &[u8], name: &[u8], last: &[&[u8]]| {
            let mut pieces: Vec<&[u8]> = vec![path, name, &[6; 16]];
            let (version, epoch) = (1_u64.to_be_bytes(), 1_u32.to_be_bytes());
            pieces.extend([version.as_slice(), &epoch]);
            pieces.extend_from_slice(last);
            pae::encode(&pieces)
        };
        let change = entry(b"/", b"A", &[&[0; 32], &[0], value.as_str().as_bytes(), b""]);
        let listed = entry(b"/", b"A", &[value.ct_hash().as_ref(), &[0]]);
        let rights = pae::encode(&[pae::encode(&[ENV.as_ref(), &[2], &[1]])]);
        let reader = pae::encode(&[pae::encode(&[ENV.as_ref(), &[1], &[0]])]);
        let heads = pae::encode(&[pae::encode(&[ENV.as_ref(), &1_u64.to_be_bytes(), &[1; 32]])]);
        let other = Identity::generate(&mut Constant(8)).public();
        let tags = pae::encode(&[b"tag"]);
        vec![
            pae::encode(&[&change]),
            pae::encode(&[&listed]),
            pae::encode(&[b"declare_env".as_slice(), &[7; 16], b"env-2", &[1]]),
            pae::encode(&[b"retire_env".as_slice(), ENV.as_ref()]),
            pae::encode(&[
                b"add_user".as_slice(),
                b"bob",
                &other.sign,
                &other.kem,
                &[0],
                &rights,
                &[2],
                &[],
                &heads,
            ]),
            pae::encode(&[
                b"add_machine".as_slice(),
                b"ci",
                &other.sign,
                &other.kem,
                &[0],
                &reader,
                &heads,
            ]),
            pae::encode(&[b"set_rights".as_slice(), b"ada", &[1], &rights, &heads]),
            pae::encode(&[
                b"rebase".as_slice(),
                ENV.as_ref(),
                &2_u64.to_be_bytes(),
                &[1; 32],
                &1_u64.to_be_bytes(),
                &[2; 32],
            ]),
            pae::encode(&[b"comment".as_slice(), b"", &tags, b"", b""]),
            pae::encode(&[pae::encode(&[b"name", b"value".as_slice()])]),
            pae::encode(&[
                Label::BUNDLE_CONTENT.as_bytes(),
                &[0; 32],
                &[1; 32],
                &[2; 32],
                &pae::encode::<&[u8]>(&[]),
                &pae::encode(&[pae::encode(&[
                    RING.as_ref(),
                    ENV.as_ref(),
                    &1_u32.to_be_bytes(),
                    &[3; 32],
                ])]),
                &pae::encode(&[pae::encode(&[RING.as_ref(), &[4; 32], &[0; 8], b"note"])]),
                &pae::encode(&[pae::encode(&[b"theme", b"dark".as_slice()])]),
            ]),
            b"\x01sixteen of salt.passphrase".to_vec(),
            pae::encode(&[
                keys.key.commitment().as_ref(),
                &[1; 72],
                &pae::encode::<&[u8]>(&[]),
                &[5],
            ]),
            pae::encode(&[[3].as_slice(), &[1; 32], other.kem_kid().as_ref(), &[0; 8]]),
        ]
    })
}

const RING: RingUid = RingUid::from_bytes([0x11; 16]);
const ENV: EnvUid = EnvUid::from_bytes([0x22; 16]);
const ACCOUNT: AccountUid = AccountUid::from_bytes([0x33; 16]);
const SEED: [u8; 32] = [9; 32];
const MASTER: [u8; 32] = SEED;
