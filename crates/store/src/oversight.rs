//! What others have shared or asked for, for the administrators of an organisation: enough to end it, and nothing that opens,
//! answers or reads it. Whoever has left cannot end theirs any more.

use coffer_wire::id::{LinkHandle, OrganizationId, UserId};

use crate::StoreError;
use crate::model::OverseenLink;

/// What others have shared or asked for.
#[async_trait::async_trait]
pub trait Oversight: Send + Sync {
    /// What everybody but this person has in an organisation, newest first, and how much that is: shares that may open
    /// still, and requests as long as they are kept.
    async fn overseen_links(
        &self,
        organization: &OrganizationId,
        except: &UserId,
        offset: u64,
        limit: u64,
        now: u64,
    ) -> Result<(Vec<OverseenLink>, u64), StoreError>;

    /// Ends one of an organisation's and erases what it holds; its owner is told so in their list. Says whether there was one.
    async fn end_overseen_link(
        &self,
        organization: &OrganizationId,
        handle: &LinkHandle,
        now: u64,
    ) -> Result<bool, StoreError>;
}
