//! A project with its verified keyring: who may do what where.

pub use coffer_wire::id::ProjectId;

use crate::{Device, Environment, Error, InviteDraft, InviteLink, PendingJoin, Transport};
use std::marker::PhantomData;
use std::rc::Rc;

/// A project in a list, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSummary {
    /// Its id on the server.
    pub id: ProjectId,
    /// Its name on the server.
    pub name: String,
    /// Its description on the server.
    pub description: String,
    /// Its short name on the server.
    pub slug: String,
    /// It has Coffer's own environment, so it is sealed.
    pub coffer: bool,
}

/// An environment to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEnvironment {
    /// For people.
    pub name: String,
    /// For addresses: lower case letters, digits, hyphens.
    pub slug: String,
}

/// What somebody may do in an environment, by the signed keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Nothing.
    None,
    /// Open values.
    Read,
    /// Open and change values.
    Write,
    /// Everything, everywhere in the project.
    Admin,
}

/// What is known of an environment before opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnvironmentState {
    /// Declared in the keyring and this person has a right there.
    Sealed,
    /// The server has it, the keyring does not know it: nobody sealed it.
    NotSealed,
    /// Declared, but this person has no key.
    NoKey,
    /// The server shows it as sealed, but nobody in the keyring signed it.
    Unverified,
}

/// An environment in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentInfo {
    /// For addresses.
    pub slug: String,
    /// For people, in the server's words.
    pub name: String,
    /// This person's right.
    pub right: Right,
    /// What is known of it.
    pub state: EnvironmentState,
}

/// How a person's keys came to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verification {
    /// This is you.
    You,
    /// Admitted by an invitation of this account, or words were compared.
    Verified,
    /// Signed into the keyring by an admin.
    SeenBefore,
}

/// A member, by the signed keyring; name and e-mail in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberInfo {
    /// The user's id on the server.
    pub user_id: String,
    /// In the server's words.
    pub email: String,
    /// In the server's words.
    pub name: String,
    /// May do everything.
    pub admin: bool,
    /// Right per environment slug.
    pub rights: Vec<(String, Right)>,
    /// Eight words that both can read to each other.
    pub fingerprint: [String; 8],
    /// How the keys came to be trusted.
    pub verified: Verification,
}

/// An opened project. Cheap to clone; clones share what later calls learn.
pub struct Project<T, D> {
    inner: Rc<PhantomData<(T, D)>>,
}

impl<T, D> Clone for Project<T, D> {
    fn clone(&self) -> Self {
        Self {
            inner: Rc::clone(&self.inner),
        }
    }
}

impl<T: Transport, D: Device> Project<T, D> {
    /// Name and id.
    pub fn summary(&self) -> ProjectSummary {
        unreachable!("not built yet: no project exists")
    }

    /// This person may change members and environments.
    pub fn is_admin(&self) -> bool {
        false
    }

    /// Its environments as of the last fetch.
    pub fn environments(&self) -> Vec<EnvironmentInfo> {
        Vec::new()
    }

    /// Eight words of the keyring's head, to compare with another member.
    pub fn head_words(&self) -> [String; 8] {
        std::array::from_fn(|_| String::new())
    }

    /// Fetches keyring and environments again.
    pub async fn refresh(&self) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// Makes an environment, with its first key for everybody who may read it (the admins).
    pub async fn create_environment(&self, _name: &str, _slug: &str) -> Result<EnvironmentInfo, Error> {
        Err(Error::NotBuilt)
    }

    /// Renames an environment; its slug stays.
    pub async fn rename_environment(&self, _slug: &str, _name: &str) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// Retires an environment in the keyring and deletes it on the server.
    pub async fn delete_environment(&self, _slug: &str) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// The members of the signed keyring.
    pub async fn members(&self) -> Result<Vec<MemberInfo>, Error> {
        Err(Error::NotBuilt)
    }

    /// Makes a server membership and a link that proves to both sides who they are.
    pub async fn invite(&self, _draft: InviteDraft) -> Result<InviteLink, Error> {
        Err(Error::NotBuilt)
    }

    /// People who followed an invitation and wait for an admin.
    pub async fn joins(&self) -> Result<Vec<PendingJoin>, Error> {
        Err(Error::NotBuilt)
    }

    /// Signs a person into the keyring and gives the keys the invitation promised.
    pub async fn admit(&self, _join: &PendingJoin) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// Opens an environment: verifies its log, folds it, compares with the server's rows.
    pub async fn open_environment(&self, _slug: &str) -> Result<Environment<T, D>, Error> {
        Err(Error::NotBuilt)
    }
}
