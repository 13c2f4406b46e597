//! Requests for a secret: somebody asks, anybody who has the id answers, as often as the request takes answers.

use coffer_wire::id::{AnswerId, OrganizationId, ShareId};

use crate::StoreError;
use crate::model::{Actor, Quota, SecretAnswer, SecretRequest};

/// Requests for a secret.
#[async_trait::async_trait]
pub trait SecretRequests: Send + Sync {
    /// Keeps a request, if whoever asks has room for as many answers as it takes beside those that are kept already.
    async fn create_secret_request(&self, request: SecretRequest, quota: Quota) -> Result<(), StoreError>;

    /// A request, whatever its state.
    async fn secret_request(&self, id: &ShareId) -> Result<Option<SecretRequest>, StoreError>;

    /// Keeps an answer, if the request takes one more and has not ended: of any number at once as many are kept as it
    /// takes, if whoever asks has room. The same one again is kept once, also after it was deleted or the request ended.
    async fn answer_secret_request(
        &self,
        id: &ShareId,
        value: &str,
        quota: Quota,
        now: u64,
    ) -> Result<Answered, StoreError>;

    /// The answers to somebody's own request, the oldest first.
    async fn secret_answers(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<(SecretRequest, Vec<SecretAnswer>)>, StoreError>;

    /// Deletes an answer to somebody's own request; there is room for another then. Says whether it was there.
    async fn delete_secret_answer(
        &self,
        id: &ShareId,
        answer: &AnswerId,
        creator: &Actor,
    ) -> Result<bool, StoreError>;

    /// Somebody's own requests, newest first, and how many there are.
    async fn secret_requests_of(
        &self,
        creator: &Actor,
        organization: &OrganizationId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<SecretRequest>, u64), StoreError>;

    /// Deletes somebody's own request with its answers.
    async fn delete_secret_request(
        &self,
        id: &ShareId,
        creator: &Actor,
    ) -> Result<Option<SecretRequest>, StoreError>;
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub enum Answered {
    /// The request takes no more.
    Full,
    /// It is there, since now or since it came before.
    Kept(SecretRequest),
    /// The request has ended.
    Late,
    /// There is no such request.
    Missing,
}
