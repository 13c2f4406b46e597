//! An environment: the signed log folded, the server's rows compared with it, values opened when asked for.

use crate::{Device, Error, Right, SaveError, SealError, SlotId, Transport};
use std::marker::PhantomData;
use std::rc::Rc;
use zeroize::Zeroizing;

/// An opened snapshot of one environment. Cheap to clone.
pub struct Environment<T, D> {
    inner: Rc<PhantomData<(T, D)>>,
}

impl<T, D> Clone for Environment<T, D> {
    fn clone(&self) -> Self {
        Self {
            inner: Rc::clone(&self.inner),
        }
    }
}

/// What comparing the log with the server's row says of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The row is what the log says.
    Ok,
    /// The row is behind; the record has the value. Counts as fine.
    Lagging,
    /// The log has it, the server does not serve it.
    Missing,
    /// The row holds an older version.
    RolledBack,
    /// The row holds another secret's value.
    Swapped,
    /// The server has a row that the log does not know.
    Unlisted,
    /// The server serves what the log says was deleted.
    Resurrected,
    /// The row is not sealed at all.
    Unsealed,
}

/// One secret of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its own identity.
    pub slot: SlotId,
    /// Its folder, absolute.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: u64,
    /// What the comparison says.
    pub class: Class,
}

/// A row of the server that is not the environment's; never shown as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its folder, in the server's words.
    pub path: String,
    /// Its name, in the server's words.
    pub name: String,
    /// Unlisted, Unsealed or Resurrected.
    pub class: Class,
}

/// One change of a save.
#[derive(Clone)]
pub enum Change {
    /// A new or changed secret.
    Put {
        /// `None` makes a new one.
        slot: Option<SlotId>,
        /// Its folder, absolute.
        path: String,
        /// Its name.
        name: String,
        /// Its value.
        value: Zeroizing<String>,
        /// A remark, sealed like the value.
        comment: Zeroizing<String>,
    },
    /// Another name or folder, same content.
    Move {
        /// Which.
        slot: SlotId,
        /// Its new folder.
        path: String,
        /// Its new name.
        name: String,
    },
    /// Gone.
    Delete {
        /// Which.
        slot: SlotId,
    },
}

/// A value, opened; wiped when dropped.
pub struct OpenedSecret {
    /// The value.
    pub value: Zeroizing<String>,
    /// The remark.
    pub comment: Zeroizing<String>,
    /// Lines of the value.
    pub lines: usize,
}

/// One slice of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchStep {
    /// Found in this slice.
    pub hits: Vec<SearchHit>,
    /// Where to go on; `None` at the end.
    pub next: Option<usize>,
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// Index into [`Environment::entries`].
    pub index: usize,
    /// The secret.
    pub slot: SlotId,
    /// Name or path matched.
    pub by_name: bool,
    /// The value matched.
    pub by_value: bool,
}

impl<T: Transport, D: Device> Environment<T, D> {
    /// Its slug on the server.
    pub fn slug(&self) -> &str {
        ""
    }

    /// Its secrets, sorted by folder and name.
    pub fn entries(&self) -> &[Entry] {
        &[]
    }

    /// Its folders, absolute, sorted; the root is not among them.
    pub fn folders(&self) -> Vec<String> {
        Vec::new()
    }

    /// Rows of the server that are not the environment's.
    pub fn strangers(&self) -> &[Stranger] {
        &[]
    }

    /// Opens one value; local and fast.
    pub fn reveal(&self, _slot: &SlotId) -> Result<OpenedSecret, SealError> {
        Err(SealError::Unknown)
    }

    /// Searches names and values in slices of `budget` entries, so that nobody waits.
    pub fn search(&self, _needle: &str, _from: usize, _budget: usize) -> SearchStep {
        SearchStep {
            hits: Vec::new(),
            next: None,
        }
    }

    /// Eight words of the log's head, to compare with another member.
    pub fn head_words(&self) -> [String; 8] {
        std::array::from_fn(|_| String::new())
    }

    /// The log's newest record.
    pub fn seq(&self) -> u64 {
        0
    }

    /// The epoch that new values are sealed under.
    pub fn epoch(&self) -> u32 {
        0
    }

    /// This person's right here.
    pub fn right(&self) -> Right {
        Right::None
    }

    /// Saves as one log record and gives the new snapshot; many changes become several records.
    pub async fn save(&self, _changes: Vec<Change>) -> Result<Self, SaveError> {
        Err(Error::NotBuilt.into())
    }

    /// Makes a folder on the server.
    pub async fn create_folder(&self, _path: &str) -> Result<Self, SaveError> {
        Err(Error::NotBuilt.into())
    }

    /// Moves every secret below `from` to `to`.
    pub async fn rename_folder(&self, _from: &str, _to: &str) -> Result<Self, SaveError> {
        Err(Error::NotBuilt.into())
    }

    /// Deletes a folder with every secret in it.
    pub async fn delete_folder(&self, _path: &str) -> Result<Self, SaveError> {
        Err(Error::NotBuilt.into())
    }

    /// Fetches what came after this snapshot.
    pub async fn reload(&self) -> Result<Self, Error> {
        Err(Error::NotBuilt)
    }
}
