//! Shared secrets: one-time links.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AnswerId, LinkHandle, ShareId};
use crate::{Endpoint, Timestamp};

/// `POST /api/v1/shared-secrets`: [`NewShare`] → [`Share`]
#[must_use]
pub fn create() -> Endpoint {
    Endpoint::new("/api/v1/shared-secrets")
}

/// `POST /api/v1/shared-secrets/public`: [`NewShare`] → [`PublicShareAnswer`]
#[must_use]
pub fn create_public() -> Endpoint {
    create().then("/public")
}

/// `GET /api/v1/shared-secrets?offset&limit` → [`SharesAnswer`]
#[must_use]
pub fn list(offset: u32, limit: u32) -> Endpoint {
    create()
        .query("offset", offset.to_string())
        .query("limit", limit.to_string())
}

/// `GET` → [`ShareLook`] (no view is counted), `DELETE` → [`Share`], or on Coffer's server `PATCH` [`ChangeShare`] →
/// [`Share`] `/api/v1/shared-secrets/:id`
#[must_use]
pub fn one(id: &ShareId) -> Endpoint {
    create().part(id)
}

/// `POST /api/v1/shared-secrets/:id/access`: [`AccessShare`] → [`OpenedShare`]; counts a view.
#[must_use]
pub fn access(id: &ShareId) -> Endpoint {
    one(id).then("/access")
}

/// `POST /api/v1/shared-secrets/:id/destroy`: [`AccessShare`] → nothing; by whoever may open it. Coffer's server only.
#[must_use]
pub fn destroy(id: &ShareId) -> Endpoint {
    one(id).then("/destroy")
}

/// `GET /api/v1/shared-secrets/:id/receipts` → [`ReceiptsAnswer`]; for whoever made it. Coffer's server only.
#[must_use]
pub fn receipts(id: &ShareId) -> Endpoint {
    one(id).then("/receipts")
}

/// `POST` the sealed bytes → nothing, by whoever made the share, or `GET` with the [`OpenedShare::file_token`] → the sealed
/// bytes, `/api/v1/shared-secrets/:id/pieces/:number`. Coffer's server only.
#[must_use]
pub fn piece(id: &ShareId, number: u32) -> Endpoint {
    one(id).then("/pieces").part(number.to_string())
}

/// `POST /api/v1/shared-secrets/requests` with name, `expiresIn` and `accessType` → the request's id. On Coffer's server
/// also with `maxAnswers`, up to [`MAX_ANSWERS`]; one otherwise.
#[must_use]
pub fn ask() -> Endpoint {
    create().then("/requests")
}

/// `GET /api/v1/shared-secrets/requests?offset&limit`: the requests that somebody made. On Coffer's server each with
/// `isSecretValueSet`, as [`asked_one`] says it, and how many `answers` it has of `maxAnswers`.
#[must_use]
pub fn asked(offset: u32, limit: u32) -> Endpoint {
    ask()
        .query("offset", offset.to_string())
        .query("limit", limit.to_string())
}

/// `GET` (whether it was answered) or `DELETE` `/api/v1/shared-secrets/requests/:id`
#[must_use]
pub fn asked_one(id: &ShareId) -> Endpoint {
    ask().part(id)
}

/// `POST /api/v1/shared-secrets/requests/:id/set-value` with `secretValue`: by anybody, once or as often as it says;
/// [`Unanswered`] is why not. On Coffer's server the same value may come again and is one answer.
#[must_use]
pub fn answer(id: &ShareId) -> Endpoint {
    asked_one(id).then("/set-value")
}

/// `POST /api/v1/shared-secrets/requests/:id/reveal-value` → `secretValue`: by who made the request.
#[must_use]
pub fn read_answer(id: &ShareId) -> Endpoint {
    asked_one(id).then("/reveal-value")
}

/// `GET /api/v1/shared-secrets/requests/:id/answers` → [`AnswersAnswer`]: by who made the request. Coffer's server only.
#[must_use]
pub fn answers(id: &ShareId) -> Endpoint {
    asked_one(id).then("/answers")
}

/// `DELETE /api/v1/shared-secrets/requests/:id/answers/:answer`: by who made the request. Coffer's server only.
#[must_use]
pub fn one_answer(id: &ShareId, answer: &AnswerId) -> Endpoint {
    answers(id).part(answer)
}

/// `GET /api/v1/shared-secrets/organization?offset&limit` → [`OverseenAnswer`]: for administrators of the organisation.
/// Coffer's server only.
#[must_use]
pub fn overseen(offset: u32, limit: u32) -> Endpoint {
    create()
        .then("/organization")
        .query("offset", offset.to_string())
        .query("limit", limit.to_string())
}

/// `DELETE /api/v1/shared-secrets/organization/:handle`: by administrators of the organisation. Coffer's server only.
#[must_use]
pub fn one_overseen(handle: &LinkHandle) -> Endpoint {
    create().then("/organization").part(handle)
}

/// The most answers that a request may take.
pub const MAX_ANSWERS: u32 = 50;
/// So long after the end of a request Coffer's server keeps its answers, in milliseconds.
pub const ANSWERS_KEPT: u64 = 7 * 86_400_000;
/// The most characters that `secretValue` may have.
pub const MAX_VALUE: usize = 10_000;
/// The most networks that a share may be bound to.
pub const MAX_NETWORKS: usize = 20;
/// The most receipts that are kept of a share.
pub const MAX_RECEIPTS: u32 = 100;
/// The bytes of each sealed piece of a file but the last: as much as a request's body may have.
pub const FILE_PIECE: u64 = 1 << 20;
/// The class of the refusal of somebody who shares too much at once.
pub const QUOTA: &str = "ShareQuotaReached";
/// The sentence of the refusal to change what the first view decides, after it.
pub const OPENED_ALREADY: &str =
    "The shared secret was opened already, and this is decided by its first view";

/// What Coffer's server does with shares beyond the compatible API. Other servers ignore the fields and do not know the
/// routes, so a client asks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ShareFeature {
    /// Time and views change afterwards: `PATCH`.
    Change,
    /// All of [`ShareLimits`] change afterwards, too.
    ChangeLimits,
    /// Whoever may open it may [`destroy`] it.
    Destroy,
    /// [`ShareLimits::expires_in_after_view`]
    ExpiryAfterView,
    /// [`NewShare::file_bytes`]; how many there may be is [`Extras::file_bytes`](crate::status::Extras::file_bytes).
    Files,
    /// Requests that take more than one answer: [`answers`].
    ManyAnswers,
    /// [`ShareLimits::networks`]
    Networks,
    /// [`ShareLimits::one_device`]
    OneDevice,
    /// Administrators see and end what others share: [`overseen`].
    Oversight,
    /// [`ShareLimits::receipts`]
    Receipts,
    /// [`ShareLimits::sender_ends`]
    SenderEnds,
}

impl ShareFeature {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Change,
        Self::ChangeLimits,
        Self::Destroy,
        Self::ExpiryAfterView,
        Self::Files,
        Self::ManyAnswers,
        Self::Networks,
        Self::OneDevice,
        Self::Oversight,
        Self::Receipts,
        Self::SenderEnds,
    ];
}

/// Limits that only Coffer's server knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareLimits {
    /// How long it lives on once it was opened, such as `10m`: 1 minute to 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_after_view: Option<String>,
    /// From which networks it opens, such as `192.0.2.0/24`; from everywhere if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// Whether only the device that opened it first opens it again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_device: bool,
    /// Whether the server notes when and from where it was opened.
    #[serde(default, skip_serializing_if = "is_false")]
    pub receipts: bool,
    /// Whether nobody who may open it may [`destroy`] it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sender_ends: bool,
}

/// Body of [`create`] and [`create_public`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewShare {
    /// A name that the server sees, at most 50 characters; Coffer sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What opens it; Coffer sends `T_share`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The password is a key of 256 bits, at least [`KEY_LENGTH`] characters, and need not be stretched. Coffer's server
    /// only; on others that costs them and whoever opens it some time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password_is_key: bool,
    /// At most [`MAX_VALUE`] characters.
    pub secret_value: String,
    /// Such as `30m` or `7d`: 5 minutes to 30 days.
    pub expires_in: String,
    /// How many views; without limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_views: Option<u32>,
    /// `anyone` or `organization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_type: Option<String>,
    /// How many bytes the pieces of its file have together; it opens only when they are all there. Coffer's server only,
    /// and not by [`create_public`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<u64>,
    /// What other servers ignore.
    #[serde(flatten)]
    pub limits: ShareLimits,
}

/// How many characters a password has that is a key: 32 bytes in base64url.
pub const KEY_LENGTH: usize = 43;

/// Body of a `PATCH` of [`one`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeShare {
    /// From now, and not later than it ends already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<String>,
    /// How many views are left from now; `null` is without limit, absent as it was.
    #[serde(default, with = "maybe_null", skip_serializing_if = "Option::is_none")]
    pub max_views: Option<Option<u32>>,
    /// As [`ShareLimits::expires_in_after_view`]; `null` is none. Before the first view only, or else [`OPENED_ALREADY`].
    #[serde(default, with = "maybe_null", skip_serializing_if = "Option::is_none")]
    pub expires_in_after_view: Option<Option<String>>,
    /// As [`ShareLimits::networks`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<String>>,
    /// As [`ShareLimits::one_device`]; asked for before the first view only, or else [`OPENED_ALREADY`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_device: Option<bool>,
    /// As [`ShareLimits::receipts`]; what was noted stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<bool>,
    /// As [`ShareLimits::sender_ends`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_ends: Option<bool>,
}

/// A shared secret without its value, as its creator sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// The share.
    pub id: ShareId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who made it.
    #[serde(default)]
    pub user_id: Option<String>,
    /// In which organisation.
    #[serde(default)]
    pub org_id: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// How many views are left; absent is without limit.
    #[serde(default)]
    pub expires_after_views: Option<u32>,
    /// `anyone` or `organization`.
    #[serde(default)]
    pub access_type: Option<String>,
    /// A name that the server sees.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was last opened.
    #[serde(default)]
    pub last_viewed_at: Option<Timestamp>,
    /// `share`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Who may open it.
    #[serde(default)]
    pub authorized_emails: Option<Value>,
    /// Which machine made it.
    #[serde(default)]
    pub identity_id: Option<String>,
    /// Whether people outside may be named.
    #[serde(default)]
    pub allow_external_emails: Option<bool>,
    /// The link on the server's own pages, after [`create`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_secret_link: Option<String>,
    /// What only Coffer's server tells, and only who made it.
    #[serde(flatten)]
    pub tally: Option<ShareTally>,
}

/// What Coffer's server tells of a share's fate, to who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareTally {
    /// Whether somebody who could open it destroyed it.
    pub destroyed: bool,
    /// Whether an administrator ended it: [`one_overseen`].
    #[serde(default, skip_serializing_if = "is_false")]
    pub ended_by_admin: bool,
    /// The limits that count now; absent from older servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<ShareLimits>,
    /// How many pieces of its file have not come yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing_pieces: u32,
    /// How often it was opened.
    pub opened: u32,
}

/// Answer of [`receipts`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptsAnswer {
    /// The newest [`MAX_RECEIPTS`], the newest first.
    pub receipts: Vec<Receipt>,
}

/// One opening, as the server noted it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// From where.
    pub address: String,
    /// When.
    pub at: Timestamp,
}

/// Answer of [`overseen`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverseenAnswer {
    /// What others than the caller share or ask for, newest first: shares that may open still, and requests that are kept.
    pub links: Vec<Overseen>,
    /// How many there are.
    pub total_count: u32,
}

/// A share or request of somebody else, for administrators.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overseen {
    /// What it is ended by.
    pub handle: LinkHandle,
    /// Which of the two it is.
    pub kind: OverseenKind,
    /// Whose it is; absent if their account is gone.
    #[serde(default)]
    pub owner: Option<LinkOwner>,
    /// Since when.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How many views of a share are left; absent is without limit.
    #[serde(default)]
    pub expires_after_views: Option<u32>,
    /// How often a share was opened.
    #[serde(default)]
    pub opened: u32,
    /// How many bytes a share's file has.
    #[serde(default)]
    pub file_bytes: Option<u64>,
    /// How many answers a request has.
    #[serde(default)]
    pub answers: u32,
    /// How many it takes.
    #[serde(default)]
    pub max_answers: u32,
}

/// Which of the two somebody made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OverseenKind {
    /// [`ask`]
    Request,
    /// [`create`]
    Share,
}

/// Who made it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkOwner {
    /// A person or a machine.
    pub kind: OwnerKind,
    /// As the server calls them.
    pub name: String,
    /// Whether they belong to the organisation still.
    pub is_member: bool,
}

/// What somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OwnerKind {
    /// A machine.
    Identity,
    /// A person.
    User,
}

/// Answer of [`answers`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswersAnswer {
    /// The oldest first.
    pub answers: Vec<ReceivedAnswer>,
    /// How many it takes.
    pub max_answers: u32,
}

/// One answer to a request.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedAnswer {
    /// The answer.
    pub id: AnswerId,
    /// When it came.
    pub at: Timestamp,
    /// At most [`MAX_VALUE`] characters.
    pub secret_value: String,
}

/// Answer of [`create_public`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PublicShareAnswer {
    /// The share.
    pub id: ShareId,
}

/// Answer of [`list`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharesAnswer {
    /// The caller's own, newest first.
    pub secrets: Vec<Share>,
    /// How many there are.
    #[serde(default)]
    pub total_count: u32,
}

/// A shared secret as anybody with its id sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareLook {
    /// The share.
    pub id: ShareId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who made it.
    #[serde(default)]
    pub user_id: Option<String>,
    /// In which organisation.
    #[serde(default)]
    pub org_id: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Changed when.
    pub updated_at: Timestamp,
    /// How many views are left; absent is without limit.
    #[serde(default)]
    pub expires_after_views: Option<u32>,
    /// `anyone` or `organization`.
    #[serde(default)]
    pub access_type: Option<String>,
    /// A name that the server sees.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was last opened.
    #[serde(default)]
    pub last_viewed_at: Option<Timestamp>,
    /// `share`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Which machine made it.
    #[serde(default)]
    pub identity_id: Option<String>,
    /// Whether [`access`] asks for a password.
    #[serde(default)]
    pub is_password_protected: bool,
    /// Whether the caller may open it.
    #[serde(default)]
    pub is_authorized_user: bool,
    /// Whether only the device that opened it first opens it again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_device: bool,
    /// Whether its opening is noted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub receipts: bool,
    /// Whether nobody who opens it may [`destroy`] it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sender_ends: bool,
}

/// Body of [`access`].
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct AccessShare {
    /// What opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What this device proves itself with, where only one device opens it: 32 to 128 characters drawn for
    /// this share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// Answer of [`access`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedShare {
    /// The share, as it was before this view.
    #[serde(flatten)]
    pub share: Share,
    /// The organisation of a share that is not for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_name: Option<String>,
    /// The value.
    pub secret_value: String,
    /// What the pieces of its file are fetched with, for an hour: fetching counts no view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_token: Option<String>,
}

/// Why a share answers 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// By somebody who could open it.
    Destroyed,
    /// Its time is over.
    Expired,
    /// Never there, or a wrong id; real servers say this of revoked ones too.
    Missing,
    /// Taken back by its creator.
    Revoked,
    /// Every view is spent.
    Used,
}

impl Gone {
    /// The sentence that Coffer's server answers.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Destroyed => "The shared secret has been destroyed by its recipient",
            Self::Expired => "The shared secret has expired",
            Self::Missing => "Shared secret not found",
            Self::Revoked => "The shared secret has been revoked",
            Self::Used => "The shared secret has reached its view limit",
        }
    }

    /// Reads the sentence of a 404, ours or a real server's.
    #[must_use]
    pub fn of(message: &str) -> Self {
        // ASCII alone: the table of all other letters would be 4 KB of what every receiver loads.
        let message = message.to_ascii_lowercase();
        if message.contains("view limit") || message.contains("number of views") {
            Self::Used
        } else if message.contains("expired") {
            Self::Expired
        } else if message.contains("revoked") {
            Self::Revoked
        } else if message.contains("destroyed") {
            Self::Destroyed
        } else {
            Self::Missing
        }
    }
}

/// Why a share that is there answers 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// Another device opened it first, or this one does not prove itself.
    Device,
    /// Not from this network.
    Network,
    /// It is not theirs to destroy.
    Sender,
    /// Its file is still on its way from whoever made it.
    Unfinished,
}

impl Barred {
    /// The sentence that Coffer's server answers.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Device => "The shared secret opens only on the device that opened it first",
            Self::Network => "The shared secret does not open from this network",
            Self::Sender => "The shared secret is ended by whoever made it alone",
            Self::Unfinished => "The shared secret's file has not been sent completely yet",
        }
    }

    /// Reads the sentence of a 403.
    #[must_use]
    pub fn of(message: &str) -> Option<Self> {
        [Self::Device, Self::Network, Self::Sender, Self::Unfinished]
            .into_iter()
            .find(|barred| barred.message() == message)
    }
}

/// Why a request that is there takes no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It takes no more: 400.
    Full,
    /// Its time is over: 403.
    Late,
}

impl Unanswered {
    /// The sentence that real servers and Coffer's answer.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Full => "Secret request already has a value set",
            Self::Late => "Access denied: Secret request has expired",
        }
    }

    /// Reads the sentence of a 400 or 403.
    #[must_use]
    pub fn of(message: &str) -> Option<Self> {
        if message.contains("already") {
            Some(Self::Full)
        } else if message.contains("expired") {
            Some(Self::Late)
        } else {
            None
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Tells `null` from absent.
mod maybe_null {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(out)
    }
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(from).map(Some)
    }
}
