//! Shared secrets.

use coffer_wire::id::{OrganizationId, ShareId};
use coffer_wire::share::{Barred, Gone};

use crate::StoreError;
use crate::model::{Actor, Quota, Receipt, Share, Visitor};

/// Shared secrets.
#[async_trait::async_trait]
pub trait Shares: Send + Sync {
    /// Keeps a share with its value, if its creator has room: shares without one have theirs together.
    async fn create_share(&self, share: Share, value: &str, quota: Quota) -> Result<(), StoreError>;

    /// A share as long as anything is known of it, whatever its state.
    async fn share(&self, id: &ShareId) -> Result<Option<Share>, StoreError>;

    /// Gives the value and counts the view, in one step: of any number of callers only as many get it as there are
    /// views, and of any number of devices one. The share is returned as it was before.
    async fn open_share(
        &self,
        id: &ShareId,
        visitor: Visitor<'_>,
    ) -> Result<Result<(Share, String), Closed>, StoreError>;

    /// Somebody's own shares that they did not take back, newest first, and how many there are.
    async fn shares_of(
        &self,
        creator: &Actor,
        organization: &OrganizationId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Share>, u64), StoreError>;

    /// Changes what is told of a share and nothing else; it only ever ends earlier. `None` if it is not the creator's or
    /// has ended, [`StoreError::ShareOpened`] for what its first view has decided.
    async fn change_share(
        &self,
        id: &ShareId,
        creator: &Actor,
        change: ShareChange,
        now: u64,
    ) -> Result<Option<Share>, StoreError>;

    /// Takes a share back and erases its value; `None` if it is not the creator's.
    async fn revoke_share(
        &self,
        id: &ShareId,
        creator: &Actor,
        now: u64,
    ) -> Result<Option<Share>, StoreError>;

    /// Erases the value at the wish of somebody who could open it; counts no view.
    async fn destroy_share(
        &self,
        id: &ShareId,
        visitor: Visitor<'_>,
    ) -> Result<Result<(), Closed>, StoreError>;

    /// Who opened a share, the newest first; `None` if it is not the creator's.
    async fn share_receipts(&self, id: &ShareId, creator: &Actor)
    -> Result<Option<Vec<Receipt>>, StoreError>;
}

/// What is to be different about a share.
#[derive(Clone, Debug, Default)]
pub struct ShareChange {
    /// When it ends, unless it ends earlier.
    pub expires_at: Option<u64>,
    /// How many views are left; the inner absence is without limit.
    pub views_left: Option<Option<u64>>,
    /// How long it lives on once it was opened, in milliseconds; the inner absence is to its end.
    pub after_view: Option<Option<u64>>,
    /// From which networks it opens.
    pub networks: Option<Vec<String>>,
    /// Whether only the device that opens it first opens it again.
    pub one_device: Option<bool>,
    /// Whether its openings are noted from now on.
    pub receipts: Option<bool>,
    /// Whether nobody who may open it may destroy it.
    pub sender_ends: Option<bool>,
}

impl ShareChange {
    /// Whether it changes what the first view decides: from then on it is too late.
    pub(crate) fn is_too_late(&self, share: &Share) -> bool {
        let binds = self.one_device == Some(true) && !share.one_device;
        let ends = self.after_view.is_some_and(|after| after != share.after_view);
        share.opened > 0 && (binds || ends)
    }
}

/// Why a share does not open for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// For them.
    Barred(Barred),
    /// For everybody.
    Gone(Gone),
}

/// Why a share does not open.
#[must_use]
pub fn gone(share: &Share, now: u64) -> Option<Gone> {
    if share.revoked {
        Some(Gone::Revoked)
    } else if share.destroyed {
        Some(Gone::Destroyed)
    } else if share.views_left == Some(0) {
        Some(Gone::Used)
    } else if share.expires_at <= now {
        Some(Gone::Expired)
    } else {
        None
    }
}
