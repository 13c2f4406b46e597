//! What is opened: accounts, projects, environments, shares, each verified before anybody sees it.

mod access;
mod account;
mod enforcement;
mod environment;
mod files;
mod forms;
mod guard;
mod invite;
mod kept;
mod keyring;
mod log;
mod machine;
mod members;
mod news;
mod notes;
mod oversight;
mod project;
mod rotation;
mod sharing;
mod webhooks;

pub use access::{
    AccessRequest, AccessRules, AccessState, ApprovalInfo, Approved, AskDraft, Declined, Emergency, EndedBy,
    GivenSecret, GrantEntry, GrantFault, HeldGrant, HeldSecret, OwnProposal, ProposalInfo, ProposalOutcome,
    RuleEscalation, RuleReach, RuleStep, RulesBy, RulesError, RulesNow, Saying, ScopeItem, SeenSecret,
    Spoken, SpokenKind, WantedItem, seen_secrets,
};
pub use account::{AccountInfo, Vault};
pub(crate) use account::{Lost, MARKER, check_chosen, stretch};
pub use enforcement::{Enforcement, EnforcementGap, GapKind};
pub use environment::{
    Change, Class, Deleted, Entry, Environment, History, Moment, OpenedSecret, PastEntry, PastState,
    ReadSecret, Record, Restoration, RestorePlan, SearchHit, SearchStep, Stranger, StrictError, Version,
};
pub use files::{FileDownload, FilePiece, FileUpload, ReceivedFiles};
pub use forms::{
    AnswerMark, CreatedForm, FilledField, FilledForm, FormAnswer, FormAnswerId, FormAnswers, FormDraft,
    FormField, FormFieldKind, FormState, FormStatus, ReceivedForm, SealedAnswer, form_from_link,
};
pub use guard::SealGuard;
pub use invite::{Invitation, InviteDraft, InviteLink, PendingJoin};
pub use machine::{AddedMachine, Machine, MachineDraft, MachineSession};
pub use members::{
    AccessCell, AccessColumn, AccessMatrix, AccessRow, Admission, AdmittedBy, HeldKey, MemberInfo,
    Verification,
};
pub use news::News;
pub use oversight::{LinkHandle, LinkOwner, OverseenLink, OverseenLinks, OverseenWhat};
pub use project::{
    EnvironmentInfo, EnvironmentState, NewEnvironment, Project, ProjectId, ProjectSummary, Right,
};
pub use rotation::{InboxReport, KeyRotation, PendingKeys};
pub use sharing::{
    CreatedShare, ReceivedShare, RevealedShare, ShareChange, ShareContent, ShareDraft, ShareExpiry,
    ShareFeature, ShareGlance, ShareId, ShareLimits, ShareReceipt, ShareState, ShareStatus, SharedFile,
    SharedSecret, share_from_link,
};
pub use webhooks::{CreatedWebhook, LastTry, Webhook, WebhookDraft, WebhookId, WebhookKind, Webhooks};
