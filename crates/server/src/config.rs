//! How a server behaves.

use std::path::PathBuf;

pub use coffer_store::model::Quota;

use crate::webhooks::Reach;

/// How a server behaves. The default is what the binary does.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that people type, for links in answers; the `Host` of the request if absent.
    pub site_url: Option<String>,
    /// Other origins whose pages may call the API.
    pub allowed_origins: Vec<String>,
    /// Other servers that the app may talk to, as origins: they stand in the pages' content security policy.
    pub api_origins: Vec<String>,
    /// Whether cookies are for TLS only.
    pub secure_cookies: bool,
    /// Whether the client's address is the last entry of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The app's folder, if the server hands it out.
    pub web: Option<PathBuf>,
    /// The most bytes that a request's body may have.
    pub body_limit: usize,
    /// Whether strangers may share without an account.
    pub public_sharing: bool,
    /// How long a person's access token lives, in seconds.
    pub access_ttl: u64,
    /// How long a session lives without being refreshed, in seconds.
    pub session_ttl: u64,
    /// How long a refresh token that was just replaced still counts, in seconds.
    pub refresh_grace: u64,
    /// How long an invitation's code counts, in seconds.
    pub invitation_ttl: u64,
    /// How long the first machine's token lives, in seconds.
    pub bootstrap_token_ttl: u64,
    /// How often whoever listens to events is told that the connection is alive, in milliseconds.
    pub heartbeat: u64,
    /// What a guess at a login password costs.
    pub password_cost: PasswordCost,
    /// The most bytes that the pieces of a shared file may have together; zero takes no files. 101 MiB hold 100 MiB of
    /// content.
    pub share_file_bytes: u64,
    /// How much one account, or everybody without one together, may have shared at once.
    pub share_quota: Quota,
    /// Where webhooks may go.
    pub webhooks: Reach,
    /// How many requests somebody may send.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            site_url: None,
            allowed_origins: Vec::new(),
            api_origins: Vec::new(),
            secure_cookies: false,
            behind_proxy: false,
            web: None,
            body_limit: 1_048_576,
            public_sharing: true,
            access_ttl: 3600,
            session_ttl: 90 * 86_400,
            refresh_grace: 20,
            invitation_ttl: 7 * 86_400,
            bootstrap_token_ttl: 30 * 86_400,
            heartbeat: 25_000,
            password_cost: PasswordCost::STRONG,
            share_file_bytes: 101 << 20,
            share_quota: Quota {
                bytes: 16 << 20,
                files: 1 << 30,
                live: 2_000,
            },
            webhooks: Reach::default(),
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// For tests only: passwords are cheap to check and nobody is slowed down.
    #[must_use]
    pub fn for_tests() -> Self {
        Self {
            password_cost: PasswordCost {
                memory_kib: 8,
                passes: 1,
                lanes: 1,
            },
            limits: Limits::NONE,
            ..Self::default()
        }
    }
}

/// What a guess at a login password costs: the parameters of Argon2id.
#[derive(Clone, Debug)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PasswordCost {
    /// OWASP's first choice. Coffer's own login passwords have 256 bits, which no guessing reaches; this is for
    /// people who log in with a password of their own.
    ///
    /// 46 MiB on purpose: the C library gives blocks of more than 32 MiB back to the system at once, and keeps smaller
    /// ones for each thread that ever had one. With 12 MiB the server stayed at 180 MB after twenty logins.
    pub const STRONG: Self = Self {
        memory_kib: 47_104,
        passes: 1,
        lanes: 1,
    };
}

/// Requests per minute.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Logins, refreshes and sign-ups from one address.
    pub login_per_address: u32,
    /// Logins to one account.
    pub login_per_account: u32,
    /// Looking at, opening and making shares without an account, from one address.
    pub public_per_address: u32,
    /// Wrong passwords for one share.
    pub open_per_share: u32,
    /// Invitations by one person.
    pub invitations: u32,
    /// Shares and requests for a secret made by one account.
    pub shares: u32,
    /// Webhooks made and tried out by one person.
    pub webhooks: u32,
}

impl Limits {
    /// Nobody is slowed down.
    pub const NONE: Self = Self {
        login_per_address: u32::MAX,
        login_per_account: u32::MAX,
        public_per_address: u32::MAX,
        open_per_share: u32::MAX,
        invitations: u32::MAX,
        shares: u32::MAX,
        webhooks: u32::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login_per_address: 60,
            login_per_account: 15,
            public_per_address: 60,
            open_per_share: 30,
            invitations: 30,
            shares: 120,
            webhooks: 20,
        }
    }
}
