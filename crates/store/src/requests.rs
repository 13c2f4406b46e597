//! Requests for a secret: somebody asks, anybody who has the id answers once.

use coffer_wire::id::{OrganizationId, ShareId};

use crate::StoreError;
use crate::model::{Actor, Quota, SecretRequest};

/// Requests for a secret.
#[async_trait::async_trait]
pub trait SecretRequests: Send + Sync {
    /// Keeps a request, if whoever asks has room for one more.
    async fn create_secret_request(&self, request: SecretRequest, quota: Quota) -> Result<(), StoreError>;

    /// A request, whatever its state.
    async fn secret_request(&self, id: &ShareId) -> Result<Option<SecretRequest>, StoreError>;

    /// Keeps an answer, if there is none and the request has not ended: of any number at once one is kept. Says whether
    /// it was this one.
    async fn answer_secret_request(&self, id: &ShareId, value: &str, now: u64) -> Result<bool, StoreError>;

    /// The answer to somebody's own request.
    async fn secret_request_answer(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<String>, StoreError>;

    /// Somebody's own requests, newest first, and how many there are.
    async fn secret_requests_of(
        &self,
        creator: &Actor,
        organization: &OrganizationId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<SecretRequest>, u64), StoreError>;

    /// Deletes somebody's own request with its answer.
    async fn delete_secret_request(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<SecretRequest>, StoreError>;
}
