//! What this device keeps of an account: the Account Key and where the account lives.
//!
//! The device seals its records itself (in the browser under a key that never leaves it); what is sealed under the
//! account's own keys besides is in [`crate::vault`].

use crate::{Device, EmergencyKit, Error, KnownAccount, ServerOrigin, StorageError};
use coffer_core::account::AccountKey;
use coffer_core::id::{AccountUid, DeviceId};
use coffer_core::kdf::KdfProfile;
use coffer_wire::id::ProjectId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

/// One account on this device.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) server: ServerOrigin,
    pub(crate) email: String,
    pub(crate) uid: AccountUid,
    /// Empty until the account's own project exists.
    pub(crate) project: ProjectId,
    pub(crate) own_login: bool,
    pub(crate) organization_id: String,
    pub(crate) organization: String,
    pub(crate) device: DeviceId,
    pub(crate) profile: KdfProfile,
    /// Slots and bundle exist: an empty answer means that they were lost.
    pub(crate) complete: bool,
    pub(crate) last_used: u64,
    pub(crate) key: Arc<AccountKey>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    server: String,
    email: String,
    uid: String,
    project: String,
    own_login: bool,
    organization_id: String,
    organization: String,
    device: String,
    profile: u8,
    complete: bool,
    last_used: u64,
    key: String,
}

impl Known {
    pub(crate) fn kit(&self) -> EmergencyKit {
        EmergencyKit {
            server: self.server.clone(),
            email: self.email.clone(),
            account_uid: self.uid.to_string(),
            account_project: self.project.as_str().to_owned(),
            own_login: self.own_login,
            account_key: Arc::clone(&self.key),
        }
    }

    pub(crate) fn public(&self) -> KnownAccount {
        KnownAccount {
            server: self.server.clone(),
            email: self.email.clone(),
            account_uid: self.uid.to_string(),
            organization: self.organization.clone(),
            own_login: self.own_login,
            last_used: self.last_used,
        }
    }

    pub(crate) async fn load(device: &impl Device, uid: &str) -> Result<Option<Self>, Error> {
        Ok(device.load(&record_name(uid)).await?.and_then(Self::decode))
    }

    pub(crate) async fn save(&self, device: &impl Device) -> Result<(), Error> {
        let mut record = Record {
            server: self.server.as_str().to_owned(),
            email: self.email.clone(),
            uid: self.uid.to_string(),
            project: self.project.as_str().to_owned(),
            own_login: self.own_login,
            organization_id: self.organization_id.clone(),
            organization: self.organization.clone(),
            device: self.device.to_string(),
            profile: self.profile.number(),
            complete: self.complete,
            last_used: self.last_used,
            key: self.key.to_text().as_str().to_owned(),
        };
        let bytes = serde_json::to_vec(&record).map(Zeroizing::new);
        drop(Zeroizing::new(std::mem::take(&mut record.key)));
        let bytes = bytes.map_err(|error| Error::Storage(error.to_string()))?;
        Ok(device.save(&record_name(&self.uid.to_string()), &bytes).await?)
    }

    pub(crate) async fn all(device: &impl Device) -> Result<Vec<Self>, Error> {
        let mut all = Vec::new();
        for name in device.keys().await? {
            if let Some(uid) = name.strip_prefix(PREFIX)
                && let Some(known) = Self::load(device, uid).await?
            {
                all.push(known);
            }
        }
        all.sort_by_key(|known| std::cmp::Reverse(known.last_used));
        Ok(all)
    }

    /// Whether there is one, of any server.
    pub(crate) async fn any(device: &impl Device) -> Result<bool, Error> {
        Ok(device.keys().await?.iter().any(|name| name.starts_with(PREFIX)))
    }

    /// Erases everything of an account on this device.
    pub(crate) async fn erase(device: &impl Device, uid: &str) -> Result<(), Error> {
        for name in device.keys().await? {
            if name.split('/').nth(1) == Some(uid) {
                device.erase(&name).await?;
            }
        }
        Ok(())
    }

    /// Erases every record of this device that opens no more, whatever it held.
    pub(crate) async fn erase_lost(device: &impl Device) -> Result<(), Error> {
        for name in device.keys().await? {
            if device.load(&name).await == Err(StorageError::Lost) {
                device.erase(&name).await?;
            }
        }
        Ok(())
    }

    fn decode(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        let mut record: Record = serde_json::from_slice(&bytes).ok()?;
        let text = Zeroizing::new(std::mem::take(&mut record.key));
        Some(Self {
            server: ServerOrigin::parse(&record.server).ok()?,
            email: record.email,
            uid: record.uid.parse().ok()?,
            project: ProjectId::new(record.project),
            own_login: record.own_login,
            organization_id: record.organization_id,
            organization: record.organization,
            device: record.device.parse().ok()?,
            profile: KdfProfile::from_number(record.profile).ok()?,
            complete: record.complete,
            last_used: record.last_used,
            key: Arc::new(AccountKey::from_text(&text).ok()?),
        })
    }
}

/// The record of this account's pins on this device, sealed under its own key besides.
pub(crate) fn pins_name(uid: &AccountUid) -> String {
    format!("pins/{uid}")
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Failed(said) => Self::Storage(said),
            StorageError::Lost => Self::RecordsLost,
        }
    }
}

fn record_name(uid: &str) -> String {
    format!("{PREFIX}{uid}")
}

const PREFIX: &str = "account/";
