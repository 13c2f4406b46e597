//! A realistic demo, made through the real client and nothing else.

use crate::MemoryDevice;
use coffer_client::{
    Accept, AccessRules, Change, Client, EmergencyKit, Environment, Error, Invitation, InviteDraft,
    NewEnvironment, Passphrase, Project, Right, SaveError, ServerOrigin, SetUp, ShareContent, ShareDraft,
    ShareExpiry, ShareLimits, Transport, Vault, suggest_passphrase,
};
use zeroize::Zeroizing;

/// What the demo made.
pub struct Demo {
    /// The people, with what unlocks their accounts.
    pub people: Vec<DemoPerson>,
}

/// One person of the demo.
pub struct DemoPerson {
    /// What the person may do, in words.
    pub role: &'static str,
    /// First and last name.
    pub name: String,
    /// The user name.
    pub email: String,
    /// Opens the account together with the kit.
    pub passphrase: Passphrase,
    /// What a new device needs.
    pub kit: EmergencyKit,
}

/// Sets up an empty server: an organisation, two projects, three people, rules for access to production and a share link.
///
/// `browser` gives a new transport per person, as each has a browser of their own.
pub async fn build<T: Transport>(
    server: &ServerOrigin,
    browser: impl Fn() -> T,
    device: impl Fn() -> MemoryDevice,
) -> Result<Demo, Error> {
    let client = Client::new(browser(), device(), server.clone());
    let passphrase = suggest_passphrase(client.device());
    let set_up = SetUp {
        email: "ada@harbour.example".to_owned(),
        organization: "Harbour & Sons".to_owned(),
        name: "Ada Harbour".to_owned(),
        passphrase: passphrase.clone(),
    };
    let (ada, kit) = client.set_up(set_up).await?;
    let mut people = vec![DemoPerson {
        role: "admin",
        name: "Ada Harbour".to_owned(),
        email: kit.email.clone(),
        passphrase,
        kit,
    }];

    let payments = make_project(&ada, "Payments", PAYMENTS).await?;
    make_project(&ada, "Website", WEBSITE).await?;

    let write_all = |slugs: &[(&str, Right)]| {
        slugs
            .iter()
            .map(|(s, r)| ((*s).to_owned(), *r))
            .collect::<Vec<_>>()
    };
    let guests = [
        (
            "dev@harbour.example",
            "Devin",
            "Okafor",
            "developer",
            write_all(&[
                ("development", Right::Write),
                ("staging", Right::Write),
                ("production", Right::Read),
            ]),
        ),
        (
            "noor@contractor.example",
            "Noor",
            "Haddad",
            "contractor, no production",
            write_all(&[("development", Right::Write), ("staging", Right::Read)]),
        ),
    ];
    for (email, first, last, role, rights) in guests {
        let link = payments
            .invite(InviteDraft {
                email: email.to_owned(),
                admin: false,
                rights,
            })
            .await?;
        let client = Client::new(browser(), device(), server.clone());
        let passphrase = suggest_passphrase(client.device());
        let invitation = Invitation::parse(&link.link_fragment).map_err(|_| Error::Invalid {
            field: "invitation",
            why: "a link that can be parsed",
        })?;
        let accept = Accept {
            email: None,
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            passphrase: passphrase.clone(),
        };
        let (vault, kit) = client.accept_invitation(invitation, accept).await?;
        for join in payments.joins().await? {
            if join.mac_ok {
                payments.admit(&join).await?;
            }
        }
        vault.lock();
        people.push(DemoPerson {
            role,
            name: format!("{first} {last}"),
            email: email.to_owned(),
            passphrase,
            kit,
        });
    }

    // Production is asked for: by rules that want a ticket, and of two people who may say yes.
    let members = payments.members().await?;
    if let Some(devin) = members
        .iter()
        .find(|member| member.email == "dev@harbour.example")
    {
        payments.set_approver(&devin.user_id, "production", true).await?;
    }
    let rules = AccessRules {
        longest: 4 * 3_600,
        template: "What is broken, and since when? ".to_owned(),
        ticket: Some("INC-#".to_owned()),
        ..AccessRules::default()
    };
    payments
        .change_access_rules("production", "/", Some(rules))
        .await?;

    ada.create_share(ShareDraft {
        content: ShareContent::Text(Zeroizing::new(
            "The meeting room's Wi-Fi: harbour-guest / low-tide-brass-lantern".to_owned(),
        )),
        title: "Guest Wi-Fi".to_owned(),
        expires_in: ShareExpiry(7 * 24 * 60),
        views: Some(5),
        passphrase: None,
        limits: ShareLimits::default(),
    })
    .await?;
    ada.lock();
    Ok(Demo { people })
}

/// The table that is printed once.
pub fn table(demo: &Demo) -> String {
    let mut out =
        String::from("\nThe demo's people. This is shown once; each line below unlocks one account.\n");
    for person in &demo.people {
        out.push_str(&format!(
            "\n  {} ({})\n    e-mail       {}\n    passphrase   {}\n    kit          {}\n",
            person.name,
            person.role,
            person.email,
            person.passphrase.expose(),
            person.kit.to_code().as_str(),
        ));
    }
    out.push_str(
        "\nTo sign in: choose \"I have an emergency kit\", paste the kit line, type the passphrase.\n",
    );
    out
}

type Secret = (&'static str, &'static str, &'static str, &'static str);

async fn make_project<T: Transport>(
    vault: &Vault<T, MemoryDevice>,
    name: &str,
    content: &[(&str, &str, &[Secret])],
) -> Result<Project<T, MemoryDevice>, Error> {
    let environments: Vec<_> = content
        .iter()
        .map(|(name, slug, _)| NewEnvironment {
            name: (*name).to_owned(),
            slug: (*slug).to_owned(),
        })
        .collect();
    let made = vault.create_project(name, &environments).await?;
    let project = vault.open_project(&made.id).await?;
    for (_, slug, secrets) in content {
        let environment = project.open_environment(slug).await?;
        fill(&environment, secrets).await.map_err(|error| match error {
            SaveError::Failed(error) => error,
            _ => Error::Conflict,
        })?;
    }
    Ok(project)
}

async fn fill<T: Transport>(
    environment: &Environment<T, MemoryDevice>,
    secrets: &[Secret],
) -> Result<(), SaveError> {
    let changes = secrets
        .iter()
        .map(|(path, name, value, comment)| Change::Put {
            slot: None,
            path: (*path).to_owned(),
            name: (*name).to_owned(),
            value: Zeroizing::new((*value).to_owned()),
            comment: Zeroizing::new((*comment).to_owned()),
            owner: None,
        })
        .collect();
    environment.save(changes).await.map(drop)
}

const KEY_DEV: &str = "-----BEGIN DEMO KEY-----\nbm90IGEga2V5LCBqdXN0IGEgZGVtbyBvZiBhIHZhbHVlIHdpdGggbWFueSBsaW5lcw\nb25lIG1vcmUgbGluZSwgc28gdGhhdCB0aGUgdGFibGUgc2hvd3MgdGhlbSBhbGwgYXM\nb25lIHJvdyB1bnRpbCBzb21lYm9keSByZXZlYWxzIGl0\n-----END DEMO KEY-----";
const KEY_PROD: &str = "-----BEGIN DEMO KEY-----\ncHJvZHVjdGlvbiBoYXMgYW5vdGhlciBvbmUsIGFsc28gbWFkZSB1cCBmb3IgdGhlIGRlbW8\naXQgb3BlbnMgbm90aGluZyBhbnl3aGVyZQ\n-----END DEMO KEY-----";
const SERVICE_ACCOUNT: &str = "{\n  \"type\": \"service_account\",\n  \"project_id\": \"harbour-demo\",\n  \"client_email\": \"payments@harbour-demo.example\",\n  \"note\": \"made up for the demo\"\n}";

const PAYMENTS: &[(&str, &str, &[Secret])] = &[
    (
        "Development",
        "development",
        &[
            ("/", "APP_URL", "http://localhost:3000", ""),
            ("/", "LOG_LEVEL", "debug", ""),
            (
                "/",
                "SESSION_SECRET",
                "demo-5f0c9a1e77b24d3c-development",
                "Any long text will do here.",
            ),
            (
                "/",
                "FEATURE_FLAGS",
                "new-checkout,instant-refunds",
                "Comma separated.",
            ),
            (
                "/database",
                "DATABASE_URL",
                "postgres://payments:demo-dev@localhost:5432/payments",
                "",
            ),
            ("/database", "DATABASE_POOL_SIZE", "5", ""),
            ("/database", "REDIS_URL", "redis://localhost:6379/0", ""),
            (
                "/stripe",
                "STRIPE_PUBLISHABLE_KEY",
                "pk_demo_51Nf0harbourDevelopment",
                "",
            ),
            (
                "/stripe",
                "STRIPE_SECRET_KEY",
                "sk_demo_51Nf0harbourDevelopment7Qx2",
                "The shared test account.",
            ),
            (
                "/stripe",
                "STRIPE_WEBHOOK_SECRET",
                "whsec_demo_development_3k9",
                "From the local listener.",
            ),
            (
                "/mail",
                "SMTP_URL",
                "smtp://localhost:1025",
                "Mail catcher in docker compose.",
            ),
            (
                "/keys",
                "INVOICE_SIGNING_KEY",
                KEY_DEV,
                "Signs PDF invoices. Rotated every January.",
            ),
        ],
    ),
    (
        "Staging",
        "staging",
        &[
            ("/", "APP_URL", "https://staging.pay.harbour.example", ""),
            ("/", "LOG_LEVEL", "info", ""),
            ("/", "SESSION_SECRET", "demo-9b1d44e0c6a8422f-staging", ""),
            ("/", "FEATURE_FLAGS", "new-checkout", ""),
            (
                "/database",
                "DATABASE_URL",
                "postgres://payments:demo-staging-Vm3@db.staging.example:5432/payments",
                "",
            ),
            ("/database", "DATABASE_POOL_SIZE", "10", ""),
            (
                "/database",
                "REDIS_URL",
                "rediss://:demo-staging@cache.staging.example:6380/0",
                "",
            ),
            (
                "/stripe",
                "STRIPE_PUBLISHABLE_KEY",
                "pk_demo_51Nf0harbourStaging",
                "",
            ),
            (
                "/stripe",
                "STRIPE_SECRET_KEY",
                "sk_demo_51Nf0harbourStaging4Lw8",
                "",
            ),
            ("/stripe", "STRIPE_WEBHOOK_SECRET", "whsec_demo_staging_8t2", ""),
            (
                "/mail",
                "SMTP_URL",
                "smtps://payments:demo-staging@mail.staging.example:465",
                "",
            ),
            (
                "/gcp",
                "SERVICE_ACCOUNT_JSON",
                SERVICE_ACCOUNT,
                "Upload bucket only.",
            ),
        ],
    ),
    (
        "Production",
        "production",
        &[
            ("/", "APP_URL", "https://pay.harbour.example", ""),
            ("/", "LOG_LEVEL", "warn", ""),
            (
                "/",
                "SESSION_SECRET",
                "demo-c2e7f90d518b4a67-production",
                "Changing it signs everybody out.",
            ),
            (
                "/database",
                "DATABASE_URL",
                "postgres://payments:demo-prod-Xq71-Zr@db-1.harbour.example:5432/payments?sslmode=verify-full",
                "Primary.",
            ),
            (
                "/database",
                "DATABASE_REPLICA_URL",
                "postgres://readonly:demo-prod-ro-55a@db-2.harbour.example:5432/payments?sslmode=verify-full",
                "Reports read from here.",
            ),
            ("/database", "DATABASE_POOL_SIZE", "40", ""),
            (
                "/database",
                "REDIS_URL",
                "rediss://:demo-prod-9fK@cache.harbour.example:6380/0",
                "",
            ),
            (
                "/stripe",
                "STRIPE_PUBLISHABLE_KEY",
                "pk_demo_51Nf0harbourProduction",
                "",
            ),
            (
                "/stripe",
                "STRIPE_SECRET_KEY",
                "sk_demo_51Nf0harbourProduction9Jd1",
                "Ask Ada before using it by hand.",
            ),
            (
                "/stripe",
                "STRIPE_WEBHOOK_SECRET",
                "whsec_demo_production_1z7",
                "",
            ),
            (
                "/mail",
                "SMTP_URL",
                "smtps://payments:demo-prod-Lm2@mail.harbour.example:465",
                "",
            ),
            ("/gcp", "SERVICE_ACCOUNT_JSON", SERVICE_ACCOUNT, ""),
            (
                "/keys",
                "INVOICE_SIGNING_KEY",
                KEY_PROD,
                "Two people know where the paper copy is.",
            ),
            (
                "/monitoring",
                "SENTRY_DSN",
                "https://demo-8c1f@errors.harbour.example/4",
                "",
            ),
            ("/monitoring", "STATUS_PAGE_TOKEN", "demo-status-77ab-41", ""),
        ],
    ),
];

const WEBSITE: &[(&str, &str, &[Secret])] = &[
    (
        "Preview",
        "preview",
        &[
            ("/", "CMS_TOKEN", "demo-cms-preview-2b7e", ""),
            ("/", "SEARCH_KEY", "demo-search-preview-90c4", ""),
        ],
    ),
    (
        "Live",
        "live",
        &[
            ("/", "CMS_TOKEN", "demo-cms-live-6f1a", "Read only."),
            ("/", "SEARCH_KEY", "demo-search-live-11d8", ""),
            (
                "/",
                "CDN_PURGE_TOKEN",
                "demo-cdn-e5c3-0b",
                "Used by the deploy script.",
            ),
        ],
    ),
];
