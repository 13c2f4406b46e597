//! The unlocked account.

use crate::{
    CreatedShare, Device, EmergencyKit, Error, NewEnvironment, Passphrase, Project, ProjectId,
    ProjectSummary, ServerOrigin, ShareDraft, ShareId, ShareStatus, Transport,
};
use std::marker::PhantomData;
use std::rc::Rc;

/// Signed in and unlocked. Cheap to clone; all clones end with [`Vault::lock`].
pub struct Vault<T, D> {
    inner: Rc<PhantomData<(T, D)>>,
}

impl<T, D> Clone for Vault<T, D> {
    fn clone(&self) -> Self {
        Self {
            inner: Rc::clone(&self.inner),
        }
    }
}

/// Who is signed in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// The user name.
    pub email: String,
    /// The person's name as the server has it.
    pub name: String,
    /// The organisation's name as the server has it.
    pub organization: String,
    /// Where.
    pub server: ServerOrigin,
    /// The account, 32 hex digits.
    pub account_uid: String,
    /// The user's id on the server.
    pub user_id: String,
    /// The server's login has a password of its own.
    pub own_login: bool,
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// Who is signed in.
    pub fn account(&self) -> AccountInfo {
        unreachable!("not built yet: no vault exists")
    }

    /// The kit of this account, to print again.
    pub fn emergency_kit(&self) -> EmergencyKit {
        unreachable!("not built yet: no vault exists")
    }

    /// The device, for a clock.
    pub fn device(&self) -> &D {
        unreachable!("not built yet: no vault exists")
    }

    /// Wipes keys and everything opened with them, in all clones.
    pub fn lock(&self) {}

    /// Whether [`Vault::lock`] was called.
    pub fn is_locked(&self) -> bool {
        true
    }

    /// Locks, erases what this device keeps of the account, and ends the session at the server.
    pub async fn sign_out(self) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// Changes the passphrase; the old one opens nothing afterwards.
    pub async fn change_passphrase(&self, _old: Passphrase, _new: Passphrase) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// The projects this person is a member of, without the account's own.
    pub async fn projects(&self) -> Result<Vec<ProjectSummary>, Error> {
        Err(Error::NotBuilt)
    }

    /// Makes a project with its keyring and environments.
    pub async fn create_project(
        &self,
        _name: &str,
        _environments: &[NewEnvironment],
    ) -> Result<ProjectSummary, Error> {
        Err(Error::NotBuilt)
    }

    /// Renames a project.
    pub async fn rename_project(&self, _id: &ProjectId, _name: &str) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// Deletes a project with everything in it.
    pub async fn delete_project(&self, _id: &ProjectId) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }

    /// Opens a project: its keyring is verified from this account's pin.
    pub async fn open_project(&self, _id: &ProjectId) -> Result<Project<T, D>, Error> {
        Err(Error::NotBuilt)
    }

    /// Seals something for whoever gets the link.
    pub async fn create_share(&self, _draft: ShareDraft) -> Result<CreatedShare, Error> {
        Err(Error::NotBuilt)
    }

    /// This person's links and what the server says became of them.
    pub async fn shares(&self) -> Result<Vec<ShareStatus>, Error> {
        Err(Error::NotBuilt)
    }

    /// Asks the server to delete a link's content.
    pub async fn revoke_share(&self, _id: &ShareId) -> Result<(), Error> {
        Err(Error::NotBuilt)
    }
}
