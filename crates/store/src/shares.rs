//! Shared secrets.

use coffer_wire::id::{OrganizationId, ShareId};
use coffer_wire::share::Gone;

use crate::StoreError;
use crate::model::{Actor, Share};

/// Shared secrets.
#[async_trait::async_trait]
pub trait Shares: Send + Sync {
    /// Keeps a share with its value.
    async fn create_share(&self, share: Share, value: &str) -> Result<(), StoreError>;

    /// A share as long as anything is known of it, whatever its state.
    async fn share(&self, id: &ShareId) -> Result<Option<Share>, StoreError>;

    /// Gives the value and counts the view, in one step: of any number of callers only as many get it as there are
    /// views. The share is returned as it was before.
    async fn open_share(&self, id: &ShareId, now: u64) -> Result<Result<(Share, String), Gone>, StoreError>;

    /// Somebody's own shares that were not taken back, newest first, and how many there are.
    async fn shares_of(
        &self,
        creator: &Actor,
        organization: &OrganizationId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Share>, u64), StoreError>;

    /// Takes a share back and erases its value; `None` if it is not the creator's.
    async fn revoke_share(
        &self,
        id: &ShareId,
        creator: &Actor,
        now: u64,
    ) -> Result<Option<Share>, StoreError>;
}

/// Why a share does not open.
#[must_use]
pub fn gone(share: &Share, now: u64) -> Option<Gone> {
    if share.revoked {
        Some(Gone::Revoked)
    } else if share.views_left == Some(0) {
        Some(Gone::Used)
    } else if share.expires_at <= now {
        Some(Gone::Expired)
    } else {
        None
    }
}
