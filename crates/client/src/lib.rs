//! Coffer's client: one joint to a network, typed calls, and the vault that opens what they fetch.
//!
//! Three words for every datum: *wire* (believed by nobody), *opened* (verified here), *shown* (in a view).
//! Everything public in [`vault`] is opened.
//!
//! A program brings a [`Transport`] and a [`Device`]. `examples/links.rs` shares a text, opens it, asks for a secret and reads
//! the answer: `cargo run -p coffer-client --example links`; `examples/files.rs` does it with a file.

mod api;
mod client;
pub mod device;
mod dotenv;
mod email;
mod error;
mod gate;
mod kit;
mod known;
mod rng;
mod server;
pub mod transport;
pub mod vault;

pub use coffer_core::file::MAX_FILES;
pub use coffer_core::id::SlotId;
pub use coffer_core::kdf::{StretchError, StretchJob, Stretched};
pub use coffer_core::machine::{MachineToken, MachineTokenError};
pub use coffer_core::passphrase::{MIN_CHARACTERS, Passphrase, TooShort};
pub use coffer_core::policy::{EMERGENCY_REASON, MAX_STEPS, own_words, ticket_can_fit, ticket_fits};
pub use coffer_core::share::MAX_SECRETS;

pub use client::{Accept, Client, ExistingLogin, KnownAccount, SetUp};
pub use device::{Device, StorageError, suggest_passphrase};
pub use dotenv::{DotenvEntry, DotenvParse, DotenvProblem, parse_dotenv, write_dotenv};
pub use email::email_of;
pub use error::{
    ConflictSide, Consent, Error, LateRecords, LinkError, LostHistory, RevealError, SaveError, SealError,
};
pub use kit::EmergencyKit;
pub use server::{ServerOrigin, ServerStatus};
pub use transport::{Content, Listen, Method, Request, Response, Token, Transport, TransportError};
pub use vault::{
    AccessCell, AccessColumn, AccessMatrix, AccessRequest, AccessRow, AccessRules, AccessState, AccountInfo,
    AddedMachine, Admission, AdmittedBy, AnswerMark, ApprovalInfo, Approved, AskDraft, Change, Class,
    CreatedForm, CreatedShare, CreatedWebhook, Declined, Deleted, Emergency, EndedBy, Enforcement,
    EnforcementGap, Entry, Environment, EnvironmentInfo, EnvironmentState, FileDownload, FilePiece,
    FileUpload, FilledField, FilledForm, FormAnswer, FormAnswerId, FormAnswers, FormDraft, FormField,
    FormFieldKind, FormState, FormStatus, GapKind, GivenSecret, GrantEntry, GrantFault, HeldGrant, HeldKey,
    HeldSecret, History, InboxReport, Invitation, InviteDraft, InviteLink, KeyRotation, LastTry, LinkHandle,
    LinkOwner, Machine, MachineDraft, MachineSession, MemberInfo, Moment, NewEnvironment, News, OpenedSecret,
    OverseenLink, OverseenLinks, OverseenWhat, OwnProposal, PastEntry, PastState, PendingJoin, PendingKeys,
    Project, ProjectId, ProjectSummary, ProposalInfo, ProposalOutcome, ReadSecret, ReceivedFiles,
    ReceivedForm, ReceivedShare, Record, Restoration, RestorePlan, RevealedShare, Right, RuleEscalation,
    RuleReach, RuleStep, RulesBy, RulesError, RulesNow, Saying, ScopeItem, SealGuard, SealedAnswer,
    SearchHit, SearchStep, SeenSecret, ShareChange, ShareContent, ShareDraft, ShareExpiry, ShareFeature,
    ShareGlance, ShareId, ShareLimits, ShareReceipt, ShareState, ShareStatus, SharedFile, SharedSecret,
    Spoken, SpokenKind, Stranger, StrictError, Vault, Verification, Version, WantedItem, Webhook,
    WebhookDraft, WebhookId, WebhookKind, Webhooks, form_from_link, seen_secrets, share_from_link,
};
