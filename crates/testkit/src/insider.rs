//! Somebody with an account who keeps to no client's manners: opens it with the core and signs what nobody would.

use crate::office::done;
use crate::{MemoryDevice, Office, TestServer};
use coffer_client::{Device, EmergencyKit, Passphrase};
use coffer_core::account::{AccountKey, LocalKey, MasterKey, Slot, SlotKey};
use coffer_core::bundle::Bundle;
use coffer_core::contents::{self, Changes, Contents};
use coffer_core::envelope::{self, Kind};
use coffer_core::environment::Wrap;
use coffer_core::id::{AccountUid, DeviceId};
use coffer_core::identity::Identity;
use coffer_core::kdf::KdfProfile;
use coffer_core::keyring::{KeyringState, Link};
use coffer_core::log::{EpochKeys, Header, Log, RecordKind, SealedBody};
use coffer_core::names::{SecretName, SecretPath};
use coffer_core::value::SecretContent;
use coffer_core::{layout, pae};
use ed25519_dalek::{Signer, SigningKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;

/// The keys of an account, outside of any client.
pub struct Insider {
    /// What signs and receives.
    pub identity: Identity,
    /// The account's root.
    pub master: MasterKey,
    uid: AccountUid,
    key: Option<SigningKey>,
}

/// An environment as somebody reads it who has every row of it.
pub struct Inside {
    /// The keyring.
    pub ring: KeyringState,
    /// Its links.
    pub links: Vec<Link>,
    /// The headers.
    pub log: Log,
    /// The keys of all epochs.
    pub keys: EpochKeys,
    /// What the log lists.
    pub contents: Contents,
}

impl Insider {
    /// Opens an account from what its owner and the server have.
    pub async fn open(
        server: &TestServer,
        bearer: &str,
        device: &MemoryDevice,
        kit: &EmergencyKit,
        passphrase: &Passphrase,
    ) -> Self {
        let account_key = done(AccountKey::from_text(&kit.account_key_text()));
        let uid: AccountUid = done(kit.account_uid.parse());
        let job = account_key.stretch_job(passphrase, &uid, KdfProfile::Default);
        let slot_key = SlotKey::derive(&done(device.stretch(job).await), &account_key, &uid);
        let place = (kit.account_project.as_str(), layout::HOME_ENVIRONMENT);
        let rows = server.rows(bearer, place.0, place.1, layout::ACCOUNT).await;
        let slots = rows.iter().filter(|(_, name, _)| layout::is_slot_name(name));
        let master = slots
            .filter_map(|(_, _, text)| Slot::parse(text).ok()?.open(&slot_key).ok())
            .next();
        let Some(master) = master else {
            panic!("no slot opens")
        };
        let newest = rows
            .iter()
            .filter_map(|(_, name, text)| Some((layout::bundle_counter(name)?, text)))
            .max();
        let Some((_, newest)) = newest else {
            panic!("no bundle")
        };
        let identity = done(Bundle::open(newest, &master, &uid)).identity;
        // The device that made the account drew the seed of its signing key.
        let key = device.keys_made().into_iter().find_map(|drawn| {
            let key = SigningKey::from_bytes(drawn.as_slice().try_into().ok()?);
            (key.verifying_key().to_bytes() == identity.public().sign).then_some(key)
        });
        Self {
            identity,
            master,
            uid,
            key,
        }
    }

    /// As [`Insider::open`], of somebody at work on the device that made the account.
    pub async fn of(office: &Office) -> Self {
        let bearer = office.bearer();
        Self::open(
            &office.server,
            &bearer,
            &office.device,
            &office.kit,
            &office.passphrase,
        )
        .await
    }

    /// The key that opens what a device keeps of this account.
    pub fn local(&self, device: &MemoryDevice) -> LocalKey {
        let record = device.records().remove(&format!("account/{}", self.uid));
        let record: serde_json::Value = done(serde_json::from_slice(&record.unwrap_or_default()));
        let id: DeviceId = done(record["device"].as_str().unwrap_or_default().parse());
        self.master.derive_local(&id)
    }

    /// Reads an environment with everything that the server has and the own keys open.
    pub async fn look(&self, server: &TestServer, bearer: &str, project: &str, environment: &str) -> Inside {
        let (ring, links) = keyring(server, bearer, project).await;
        let declared = ring
            .environments()
            .find(|declared| declared.server_ref == environment);
        let Some(env) = declared.map(|declared| declared.env) else {
            panic!("{environment} is not declared")
        };
        let mut log = Log::new(ring.ring(), env, None);
        for header in headers(server, bearer, project, environment).await {
            done(log.push(header, &ring));
        }
        let kid = self.identity.public().kem_kid();
        let wraps = server.rows(bearer, project, environment, "/coffer/wraps").await;
        let newest = wraps.iter().filter_map(|(_, _, text)| Wrap::parse(text).ok());
        let newest = newest.filter(|wrap| wrap.recipient() == kid).find_map(|wrap| {
            log.open_epoch(&wrap, &self.identity, &ring)
                .ok()
                .filter(|key| Some(key.context().epoch) == log.epoch())
        });
        let Some(newest) = newest else {
            panic!("no wrap of the newest epoch opens")
        };
        let keys = done(log.keys(newest));
        let chunks = server.rows(bearer, project, environment, "/coffer/body").await;
        let chunks: BTreeMap<String, String> =
            chunks.into_iter().map(|(_, name, text)| (name, text)).collect();
        let bodies: BTreeMap<u64, Vec<String>> = log
            .headers()
            .map(|header| {
                let body = header
                    .body_names()
                    .iter()
                    .filter_map(|name| chunks.get(name).cloned());
                (header.seq(), body.collect())
            })
            .collect();
        let start = log.last_checkpoint().unwrap_or_default();
        let contents = Contents::fold(&log, &keys, start, |seq| bodies.get(&seq).map(Vec::as_slice));
        Inside {
            contents: done(contents),
            ring,
            links,
            log,
            keys,
        }
    }

    /// A record that makes a secret in the root, on top of what was read, signed at a state of the keyring.
    pub fn record(
        &self,
        inside: &Inside,
        at: &KeyringState,
        name: &str,
        value: &str,
    ) -> (Header, SealedBody) {
        let mut rng = ChaCha20Rng::seed_from_u64(0x1a5_1de);
        let Some(key) = inside.keys.newest() else {
            panic!("no key")
        };
        let mut changes = Changes::new(&inside.contents, key);
        let name = done(SecretName::parse(name));
        done(changes.create(&SecretPath::root(), &name, &SecretContent::text(value), &mut rng));
        let changes = changes.into_batches().concat();
        let body = done(contents::seal_changes(
            key,
            inside.log.next_seq(),
            changes,
            &mut rng,
        ));
        let header = inside
            .log
            .sign_next(&self.identity, at, RecordKind::Change, &body, 1);
        (done(header), body)
    }

    /// Changes the pieces of something signed and signs it with the own key, whatever the core would say.
    pub fn forge(&self, kind: Kind, text: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> String {
        let bytes = done(envelope::decode(kind, text));
        // A join request has a MAC between what is signed and the signature.
        let mac = if kind == Kind::Join { 32 } else { 0 };
        let (message, rest) = bytes.split_at(bytes.len() - 64 - mac);
        let pieces = pae::decode(message, 64).unwrap_or_default();
        let mut pieces: Vec<Vec<u8>> = pieces.into_iter().map(<[u8]>::to_vec).collect();
        change(&mut pieces);
        let mut bytes = pae::encode(&pieces);
        let Some(key) = &self.key else {
            panic!("made on another device")
        };
        let signature = key.sign(&bytes);
        bytes.extend_from_slice(&rest[..mac]);
        bytes.extend_from_slice(&signature.to_bytes());
        envelope::encode(kind, &bytes)
    }
}

/// A project's keyring, read and folded by hand.
pub async fn keyring(server: &TestServer, bearer: &str, project: &str) -> (KeyringState, Vec<Link>) {
    let rows = server
        .rows(bearer, project, layout::HOME_ENVIRONMENT, layout::KEYRING)
        .await;
    let mut links: Vec<Link> = rows.iter().map(|(_, _, text)| done(Link::parse(text))).collect();
    links.sort_by_key(Link::seq);
    let state = done(KeyringState::fold(&links, None, None));
    (state, links)
}

/// The headers of an environment's log, read by hand.
pub async fn headers(server: &TestServer, bearer: &str, project: &str, environment: &str) -> Vec<Header> {
    let rows = server.rows(bearer, project, environment, layout::LOG).await;
    let rows = rows.iter().filter(|(_, name, _)| name.starts_with('H'));
    let mut headers: Vec<Header> = rows.map(|(_, _, text)| done(Header::parse(text))).collect();
    headers.sort_by_key(Header::seq);
    headers
}
