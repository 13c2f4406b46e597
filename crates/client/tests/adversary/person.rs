//! Somebody at work: a device, a network that lies, and what is open.

use crate::world::{Env, Project, Vault};
use coffer_client::{Client, Device, EmergencyKit, Invitation, Passphrase, SlotId};
use coffer_core::account::LocalKey;
use coffer_core::id::Kid;
use coffer_testkit::{Insider, Line, MemoryDevice, TestServer};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// One person with one device.
pub struct Person {
    pub email: String,
    /// The server's id of the account, once there is one.
    pub user: String,
    pub passphrase: Passphrase,
    pub device: MemoryDevice,
    pub line: Line,
    pub client: Client<Line, MemoryDevice>,
    pub role: Role,
    pub kit: Option<EmergencyKit>,
    pub vault: Option<Vault>,
    pub project: Option<Project>,
    pub open: BTreeMap<String, Env>,
    /// Led to another continuation of the server.
    pub forked: bool,
    /// Somebody has begun to remove them.
    pub leaving: bool,
    /// What this device was shown, by environment and secret.
    pub seen: HashMap<(String, SlotId), (u64, String)>,
    local: Option<LocalKey>,
    record: Vec<u8>,
    pins: Option<Value>,
    /// What keys are sealed to.
    pub kid: Option<Kid>,
    /// How many of the device's keys the canary watches.
    pub watched: usize,
}

/// What somebody is in the project.
pub enum Role {
    /// Has a link and no account, or not all of it.
    Invited(Box<Invitation>),
    /// Has asked to be let in.
    Joined,
    /// Belongs to it.
    Member { admin: bool },
    /// Was removed, and is served everything all the same.
    Removed,
}

impl Person {
    pub fn new(who: usize, server: &TestServer, line: Line, role: Role) -> Self {
        // The same device for the same person in every world, so that a passphrase is stretched once.
        let device = MemoryDevice::new(7000 + who as u64);
        let client = Client::new(line.clone(), device.clone(), server.origin());
        Self {
            email: format!("person{who}@example.org"),
            user: String::new(),
            passphrase: Passphrase::typed(&format!("person {who} waters eleven calm ferns")),
            device,
            line,
            client,
            role,
            kit: None,
            vault: None,
            project: None,
            open: BTreeMap::new(),
            forked: false,
            leaving: false,
            seen: HashMap::new(),
            local: None,
            record: Vec::new(),
            pins: None,
            kid: None,
            watched: 0,
        }
    }

    pub fn is_member(&self) -> bool {
        matches!(self.role, Role::Member { .. })
    }

    pub fn is_admin(&self) -> bool {
        matches!(self.role, Role::Member { admin: true })
    }

    /// By the device's clock.
    pub fn now(&self) -> u64 {
        self.device.now()
    }

    /// The browser is closed.
    pub fn close(&mut self) {
        if let Some(vault) = self.vault.take() {
            vault.lock();
        }
        self.project = None;
        self.open.clear();
    }

    /// From now on the device's pins can be looked into. `bearer` is of somebody whom the server lets read the account.
    pub async fn look_inside(&mut self, server: &TestServer, bearer: &str) {
        let Some(kit) = &self.kit else { return };
        let insider = Insider::open(server, bearer, &self.device, kit, &self.passphrase).await;
        self.local = Some(insider.local(&self.device));
        self.kid = Some(insider.identity.public().kem_kid());
    }

    /// Pins may rise and may not fall, vanish or change sideways.
    pub fn judge_pins(&mut self) -> Result<(), String> {
        let Some(local) = &self.local else { return Ok(()) };
        let records = self.device.records();
        let Some((_, record)) = records.iter().find(|(name, _)| name.starts_with("pins/")) else {
            return match self.pins {
                Some(_) => Err("the pins are gone".to_owned()),
                None => Ok(()),
            };
        };
        if *record == self.record {
            return Ok(());
        }
        self.record.clone_from(record);
        let text = std::str::from_utf8(record).map_err(|_| "the pins are no text")?;
        let opened = local.open("pins", text).map_err(|_| "the pins do not open")?;
        let pins: Value = serde_json::from_slice(&opened).map_err(|error| error.to_string())?;
        if let Some(before) = &self.pins {
            rises(before, &pins, "counter", "hash", "the bundle's")?;
            for (ring, before) in before["rings"].as_object().into_iter().flatten() {
                let now = &pins["rings"][ring];
                if now["genesis"] != before["genesis"] || now["project"] != before["project"] {
                    return Err(format!("the project of {ring} changed"));
                }
                rises(before, now, "seq", "hash", "the keyring's")?;
                for (environment, before) in before["environments"].as_object().into_iter().flatten() {
                    rises(
                        before,
                        &now["environments"][environment],
                        "seq",
                        "hash",
                        environment,
                    )?;
                }
            }
        }
        self.pins = Some(pins);
        Ok(())
    }
}

fn rises(before: &Value, now: &Value, number: &str, hash: &str, what: &str) -> Result<(), String> {
    let (old, new) = (before[number].as_u64(), now[number].as_u64());
    if new < old || new == old && before[hash] != now[hash] {
        return Err(format!("the pin of {what} went from {before} to {now}"));
    }
    Ok(())
}
