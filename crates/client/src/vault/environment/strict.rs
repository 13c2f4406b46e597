//! Reading everything for a program, which cannot look twice: all of it is as it was written, or nothing is given.

use super::{Class, Environment};
use crate::{Device, SealError, SlotId, Transport};
use zeroize::Zeroizing;

/// A value for a program.
#[derive(PartialEq, Eq)]
pub struct ReadSecret {
    /// The secret.
    pub slot: SlotId,
    /// Its folder, absolute.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: u64,
    /// Its value.
    pub value: Zeroizing<String>,
}

impl std::fmt::Debug for ReadSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadSecret({}, {}, …)", self.path, self.name)
    }
}

/// Why a program gets nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrictError {
    /// The server's row of a secret, or one that is no secret's, is not what the signed history says.
    #[error("{path} {name}: the server's row is not what was written ({class:?})")]
    Damaged {
        /// Its folder; of a row that is no secret's in the server's words.
        path: String,
        /// Its name, likewise.
        name: String,
        /// What it is instead.
        class: Class,
    },
    /// A value does not open.
    #[error("{path} {name}: {why}")]
    Sealed {
        /// Its folder.
        path: String,
        /// Its name.
        name: String,
        /// Why not.
        why: SealError,
    },
}

impl<T: Transport, D: Device> Environment<T, D> {
    /// Opens every value. Nothing is given where a secret is anything but Ok or Lagging, or where the server shows a row
    /// that is nobody's, unless its name is among `unlisted` and it is that and nothing worse.
    pub fn read_strictly(&self, unlisted: &[&str]) -> Result<Vec<ReadSecret>, StrictError> {
        for entry in self.entries() {
            if !matches!(entry.class, Class::Ok | Class::Lagging) {
                return Err(damaged(&entry.path, &entry.name, entry.class));
            }
        }
        let strangers = self.strangers().iter();
        let strangers = strangers.map(|row| (row.path.as_str(), row.name.as_str(), row.class));
        for (path, name, class) in strangers.chain(self.snap.doubled()) {
            let allowed = class == Class::Unlisted && unlisted.contains(&name);
            if class != Class::Lagging && !allowed {
                return Err(damaged(path, name, class));
            }
        }
        let entries = self.entries().iter();
        let read = entries.map(|entry| match self.reveal(&entry.slot) {
            Ok(opened) => Ok(ReadSecret {
                slot: entry.slot,
                path: entry.path.clone(),
                name: entry.name.clone(),
                version: entry.version,
                value: opened.value,
            }),
            Err(why) => Err(StrictError::Sealed {
                path: entry.path.clone(),
                name: entry.name.clone(),
                why,
            }),
        });
        read.collect()
    }
}

fn damaged(path: &str, name: &str, class: Class) -> StrictError {
    StrictError::Damaged {
        path: path.to_owned(),
        name: name.to_owned(),
        class,
    }
}
