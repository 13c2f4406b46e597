//! People at work: an organisation with an admin, a project, and whoever is invited.

use crate::{Evil, InProcess, MemoryDevice, TestServer};
use coffer_client::{
    Accept, Change, Client, CreatedShare, EmergencyKit, Entry, Environment, ExistingLogin, Invitation,
    InviteDraft, Method, NewEnvironment, Passphrase, Project, Right, SetUp, ShareContent, ShareDraft,
    ShareExpiry, ShareLimits, Vault,
};
use std::fmt::Debug;
use zeroize::Zeroizing;

/// A person with an unlocked vault and an opened project.
pub struct Office {
    /// The server.
    pub server: TestServer,
    /// The person's network, honest until told otherwise.
    pub transport: Evil<InProcess>,
    /// The person's device.
    pub device: MemoryDevice,
    /// Unlocked.
    pub vault: Vault<Evil<InProcess>, MemoryDevice>,
    /// Opened.
    pub project: Project<Evil<InProcess>, MemoryDevice>,
    /// What a new device needs.
    pub kit: EmergencyKit,
    /// What opens the account.
    pub passphrase: Passphrase,
}

impl Office {
    /// Sets up a new server: Ada, and a project with the environments `development` and `production`.
    pub async fn open(seed: u64) -> Self {
        Self::open_on(&TestServer::start(), seed).await
    }

    /// As [`Office::open`] on a server that is empty.
    pub async fn open_on(server: &TestServer, seed: u64) -> Self {
        let (transport, device) = (Evil::new(server.browser()), MemoryDevice::new(seed));
        let client = Client::new(transport.clone(), device.clone(), server.origin());
        let passphrase = Passphrase::typed(&format!("office {seed} opens its brass lantern"));
        let set_up = SetUp {
            email: "ada@example.org".to_owned(),
            organization: "Harbour & Sons".to_owned(),
            name: String::new(),
            passphrase: passphrase.clone(),
        };
        let (vault, kit) = done(client.set_up(set_up).await);
        let environments =
            [("Development", "development"), ("Production", "production")].map(|(name, slug)| {
                NewEnvironment {
                    name: name.to_owned(),
                    slug: slug.to_owned(),
                }
            });
        let made = done(vault.create_project("Payments", &environments).await);
        let project = done(vault.open_project(&made.id).await);
        Self {
            server: server.clone(),
            transport,
            device,
            vault,
            project,
            kit,
            passphrase,
        }
    }

    /// The same person on a new device, by the kit.
    pub async fn again(&self, seed: u64) -> Self {
        let (transport, device) = (Evil::new(self.server.browser()), MemoryDevice::new(seed));
        self.sign_in(transport, device).await
    }

    /// The same person after the browser was closed: the device keeps its records, nothing else stays.
    pub async fn restart(self) -> Self {
        let (transport, device) = (Evil::new(self.server.browser()), self.device.clone());
        self.vault.lock();
        let client = Client::new(transport.clone(), device.clone(), self.server.origin());
        let known = done(client.known_accounts().await);
        let vault = done(client.unlock(&known[0], self.passphrase.clone(), None).await);
        let project = done(vault.open_project(&self.project.summary().id).await);
        Self {
            transport,
            vault,
            project,
            ..self
        }
    }

    /// Invites somebody, lets them join and admits them.
    pub async fn invite(&self, seed: u64, email: &str, rights: &[(&str, Right)]) -> Self {
        let rights = rights
            .iter()
            .map(|(slug, right)| ((*slug).to_owned(), *right))
            .collect();
        let link = done(
            self.project
                .invite(InviteDraft {
                    email: email.to_owned(),
                    admin: false,
                    rights,
                })
                .await,
        );
        let invitation = done(Invitation::parse(&link.link_fragment));
        let (transport, device) = (Evil::new(self.server.browser()), MemoryDevice::new(seed));
        let client = Client::new(transport.clone(), device.clone(), self.server.origin());
        let passphrase = Passphrase::typed(&format!("guest {seed} paints seven quiet doors"));
        let accept = Accept {
            email: None,
            first_name: "Guest".to_owned(),
            last_name: seed.to_string(),
            passphrase: passphrase.clone(),
        };
        let (vault, kit) = done(client.accept_invitation(invitation, accept).await);
        for join in done(self.project.joins().await) {
            assert!(join.mac_ok, "an honest join request has a valid MAC");
            done(self.project.admit(&join).await);
        }
        let project = done(vault.open_project(&self.project.summary().id).await);
        Self {
            server: self.server.clone(),
            transport,
            device,
            vault,
            project,
            kit,
            passphrase,
        }
    }

    /// Somebody with an account on this person's server and keys of their own, in no project.
    pub async fn open_elsewhere(
        office: &Self,
        seed: u64,
        email: &str,
    ) -> Vault<Evil<InProcess>, MemoryDevice> {
        let password = office.server.plain_account(office, email).await;
        let transport = Evil::new(office.server.browser());
        let client = Client::new(transport, MemoryDevice::new(seed), office.server.origin());
        let login = ExistingLogin {
            email: email.to_owned(),
            password,
            passphrase: Passphrase::typed(&format!("guest {seed} paints seven quiet doors")),
        };
        done(client.create_keys(login).await).0
    }

    /// Opens an environment.
    pub async fn open_environment(&self, slug: &str) -> Environment<Evil<InProcess>, MemoryDevice> {
        done(self.project.open_environment(slug).await)
    }

    /// Shares a text for a day.
    pub async fn share(&self, text: &str, views: Option<u32>, passphrase: Option<&str>) -> CreatedShare {
        let draft = ShareDraft {
            content: ShareContent::Text(Zeroizing::new(text.to_owned())),
            title: "A text".to_owned(),
            expires_in: ShareExpiry(24 * 60),
            views,
            passphrase: passphrase.map(Passphrase::typed),
            limits: ShareLimits::default(),
        };
        done(self.vault.create_share(draft).await)
    }

    /// Everything secret that this person's device made: for the canary.
    pub fn secrets(&self) -> Vec<(String, Vec<u8>)> {
        let mut all: Vec<_> = self
            .device
            .keys_made()
            .into_iter()
            .enumerate()
            .map(|(n, key)| (format!("key {n} of {}", self.kit.email), key))
            .collect();
        all.push(("the Account Key".to_owned(), account_key_bytes(&self.kit)));
        all.push((
            "the written Account Key".to_owned(),
            self.kit.account_key_text().as_bytes()[5..].to_vec(),
        ));
        all.push((
            "the passphrase".to_owned(),
            self.passphrase.expose().as_bytes().to_vec(),
        ));
        all
    }

    /// The person's newest access token, as recorded.
    pub fn bearer(&self) -> String {
        let all = self.transport.recorded();
        all.iter()
            .rev()
            .find_map(|exchange| exchange.bearer.clone())
            .unwrap_or_default()
    }

    /// The organisation's id on the server.
    pub async fn organization_id(&self) -> String {
        let answer = self
            .server
            .browser()
            .call(Method::Get, "/api/v1/organization", Some(&self.bearer()), None)
            .await;
        answer["organizations"][0]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    async fn sign_in(&self, transport: Evil<InProcess>, device: MemoryDevice) -> Self {
        let client = Client::new(transport.clone(), device.clone(), self.server.origin());
        let vault = done(
            client
                .sign_in_with_kit(&self.kit, self.passphrase.clone(), None)
                .await,
        );
        let project = done(vault.open_project(&self.project.summary().id).await);
        Self {
            server: self.server.clone(),
            transport,
            device,
            vault,
            project,
            kit: self.kit.clone(),
            passphrase: self.passphrase.clone(),
        }
    }
}

/// A new secret.
pub fn put(path: &str, name: &str, value: &str) -> Change {
    Change::Put {
        slot: None,
        path: path.to_owned(),
        name: name.to_owned(),
        value: Zeroizing::new(value.to_owned()),
        comment: Zeroizing::default(),
        owner: None,
    }
}

/// Another value of a secret.
pub fn edit(entry: &Entry, value: &str) -> Change {
    Change::Put {
        slot: Some(entry.slot),
        path: entry.path.clone(),
        name: entry.name.clone(),
        value: Zeroizing::new(value.to_owned()),
        comment: Zeroizing::default(),
        owner: None,
    }
}

/// The first secret of this name.
pub fn entry<'a, T: coffer_client::Transport>(
    environment: &'a Environment<T, MemoryDevice>,
    name: &str,
) -> &'a Entry {
    let Some(entry) = environment.entries().iter().find(|e| e.name == name) else {
        panic!("no secret named {name}")
    };
    entry
}

/// The value of the first secret of this name.
pub fn get<T: coffer_client::Transport>(environment: &Environment<T, MemoryDevice>, name: &str) -> String {
    let opened = done(environment.reveal(&entry(environment, name).slot));
    opened.value.as_str().to_owned()
}

/// Two things at once, as two people do them.
pub async fn both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    tokio::join!(one, other)
}

/// Lets something that goes on run beside work until the work is done.
pub async fn beside<A: Future, B: Future>(lasting: A, work: B) -> B::Output {
    tokio::select! {
        biased;
        output = work => output,
        _ = lasting => panic!("it ended before the work"),
    }
}

/// Runs a test's future on a thread of its own making.
pub fn run<F: Future>(future: F) -> F::Output {
    done(tokio::runtime::Builder::new_current_thread().enable_all().build()).block_on(future)
}

/// The value, or a panic that shows the error: this crate is for tests.
pub fn done<V, E: Debug>(result: Result<V, E>) -> V {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}

/// The raw bytes of a written Account Key: Crockford's base 32, checksum left off.
fn account_key_bytes(kit: &EmergencyKit) -> Vec<u8> {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let text = kit.account_key_text();
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for symbol in text.trim_start_matches("CFA1-").bytes().filter(|b| *b != b'-') {
        let value = ALPHABET.iter().position(|a| *a == symbol).unwrap_or_default();
        bits = (bits << 5 | u32::try_from(value).unwrap_or_default()) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes.truncate(16);
    bytes
}
