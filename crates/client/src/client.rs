//! A server and a device, nobody signed in yet.

use crate::api::Session;
use crate::api::login::User;
use crate::email::need_email;
use crate::known::Known;
use crate::rng::Draw;
use crate::vault::{Lost, MARKER, check_chosen, stretch};
use crate::{
    Device, EmergencyKit, Error, FileDownload, Invitation, Passphrase, ReceivedFiles, ReceivedForm,
    ReceivedShare, RevealError, RevealedShare, SealedAnswer, ServerOrigin, ServerStatus, ShareContent,
    ShareGlance, Transport, Vault,
};
use coffer_core::account::{AccountKey, LoginPassword};
use coffer_core::id::{AccountUid, DeviceId};
use coffer_core::kdf::{KdfProfile, Stretched};
use coffer_wire::id::ProjectId;
use std::rc::Rc;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A server and a device; gives a [`Vault`] to whoever holds the keys. Cheap to clone.
pub struct Client<T, D> {
    pub(crate) inner: Rc<ClientInner<T, D>>,
}

pub(crate) struct ClientInner<T, D> {
    pub(crate) transport: T,
    pub(crate) device: D,
    pub(crate) server: ServerOrigin,
}

impl<T, D> Clone for Client<T, D> {
    fn clone(&self) -> Self {
        Self {
            inner: Rc::clone(&self.inner),
        }
    }
}

/// An account whose Account Key this device keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAccount {
    /// The server that keeps it.
    pub server: ServerOrigin,
    /// The user name there.
    pub email: String,
    /// The account, 32 hex digits.
    pub account_uid: String,
    /// The organisation's name as last seen.
    pub organization: String,
    /// The server's login has a password of its own, to be asked for.
    pub own_login: bool,
    /// When it was last unlocked here, milliseconds since 1970.
    pub last_used: u64,
}

/// What the first account needs.
pub struct SetUp {
    /// The user name.
    pub email: String,
    /// The organisation's name.
    pub organization: String,
    /// What others are shown beside this person's key; the server's choice where it is empty.
    pub name: String,
    /// Opens the account and, stretched, signs in.
    pub passphrase: Passphrase,
}

/// What an invited person fills in.
pub struct Accept {
    /// Where the invitation names none.
    pub email: Option<String>,
    /// For the server's member list.
    pub first_name: String,
    /// For the server's member list.
    pub last_name: String,
    /// Opens the account and, stretched, signs in.
    pub passphrase: Passphrase,
}

/// An account that exists already on some compatible server.
pub struct ExistingLogin {
    /// The user name there.
    pub email: String,
    /// The server's own password, which the server sees.
    pub password: Passphrase,
    /// Coffer's passphrase, which must differ.
    pub passphrase: Passphrase,
}

impl<T: Transport, D: Device> Client<T, D> {
    /// Joins the three; asks nothing yet.
    pub fn new(transport: T, device: D, server: ServerOrigin) -> Self {
        Self {
            inner: Rc::new(ClientInner {
                transport,
                device,
                server,
            }),
        }
    }

    /// The server this client talks to.
    pub fn server(&self) -> &ServerOrigin {
        &self.inner.server
    }

    /// The device, for a suggestion or a clock.
    pub fn device(&self) -> &D {
        &self.inner.device
    }

    /// What the server says of itself.
    pub async fn server_status(&self) -> Result<ServerStatus, Error> {
        self.anonymous().status().await
    }

    /// The accounts of this server that this device can unlock, the last used first.
    pub async fn known_accounts(&self) -> Result<Vec<KnownAccount>, Error> {
        let all = Known::all(&self.inner.device).await?;
        let here = all
            .into_iter()
            .filter(|k| k.server == self.inner.server && k.complete);
        Ok(here.map(|k| k.public()).collect())
    }

    /// Whether this device keeps an account of this server or another one, be it one that is just being made.
    pub async fn knows_anybody(&self) -> Result<bool, Error> {
        Known::any(&self.inner.device).await
    }

    /// Makes the server's first account and organisation.
    pub async fn set_up(&self, request: SetUp) -> Result<(Vault<T, D>, EmergencyKit), Error> {
        check_chosen(&request.passphrase)?;
        let email = need_email(&request.email)?;
        let organization = request.organization.trim();
        if organization.is_empty() {
            return Err(Error::Invalid {
                field: "organization",
                why: "a name",
            });
        }
        let (known, begun) = self.begin(&email, false).await?;
        let stretched = stretch(&self.inner.device, &known, &request.passphrase).await?;
        let login = login_password(&known, &stretched);
        let session = self.anonymous();
        let made = session.bootstrap(&email, login.expose(), organization).await;
        let names = names_of(&request.name);
        self.finish(session, known, &stretched, (made, begun), names)
            .await
    }

    /// Makes an account from an invitation and asks to join its project.
    pub async fn accept_invitation(
        &self,
        invitation: Invitation,
        accept: Accept,
    ) -> Result<(Vault<T, D>, EmergencyKit), Error> {
        check_chosen(&accept.passphrase)?;
        let Some(sign_up) = invitation.sign_up() else {
            return Err(Error::Invalid {
                field: "invitation",
                why: "for somebody without an account",
            });
        };
        if invitation.expires <= self.inner.device.now() {
            return Err(Error::Invalid {
                field: "invitation",
                why: "one that has not expired",
            });
        }
        let email = need_email(accept.email.as_deref().unwrap_or(&sign_up.email))?;
        // An attempt that broke off between the account and its request is gone on with: the server takes no code twice.
        let made = Known::all(&self.inner.device).await?.into_iter().find(|known| {
            known.complete && known.email == email && known.server == self.inner.server && !known.own_login
        });
        if let Some(known) = made {
            let vault = self.enter(known, &accept.passphrase, None, Lost::Refused).await?;
            vault.join(&invitation).await?;
            let kit = vault.emergency_kit()?;
            return Ok((vault, kit));
        }
        let (known, begun) = self.begin(&email, false).await?;
        let stretched = stretch(&self.inner.device, &known, &accept.passphrase).await?;
        let login = login_password(&known, &stretched);
        let session = self.anonymous();
        let names = (accept.first_name.trim(), accept.last_name.trim());
        let made = session
            .complete_invitation(
                &email,
                &sign_up.organization,
                &sign_up.code,
                names,
                login.expose(),
            )
            .await;
        let (vault, kit) = self
            .finish(session, known, &stretched, (made, begun), None)
            .await?;
        vault.join(&invitation).await?;
        Ok((vault, kit))
    }

    /// Makes Coffer's keys for an account that exists already on the server.
    pub async fn create_keys(&self, login: ExistingLogin) -> Result<(Vault<T, D>, EmergencyKit), Error> {
        check_chosen(&login.passphrase)?;
        let email = need_email(&login.email)?;
        if login.password.is(&login.passphrase) {
            return Err(Error::PassphraseReused);
        }
        let session = self.anonymous();
        session.login(&email, login.password.expose()).await?;
        let (mut known, _) = self.begin(&email, true).await?;
        let user = self.choose_organization(&session, &mut known).await?;
        let others = session.list_projects().await?;
        if known.project.as_str().is_empty()
            && others.iter().any(|p| {
                p.description.starts_with(MARKER) && !p.description.ends_with(&known.uid.to_string())
            })
        {
            Known::erase(&self.inner.device, &known.uid.to_string()).await?;
            return Err(Error::Invalid {
                field: "account",
                why: "one without keys: this one has an emergency kit",
            });
        }
        let stretched = stretch(&self.inner.device, &known, &login.passphrase).await?;
        let vault = self.inner.complete(session, known, user, &stretched).await?;
        let kit = vault.emergency_kit()?;
        Ok((vault, kit))
    }

    /// Unlocks an account that this device knows.
    pub async fn unlock(
        &self,
        account: &KnownAccount,
        passphrase: Passphrase,
        server_password: Option<Passphrase>,
    ) -> Result<Vault<T, D>, Error> {
        self.reenter(account, &passphrase, server_password, Lost::Refused)
            .await
    }

    /// Unlocks an account whose bundle the server has lost, where unlocking fails with [`Error::RolledBack`], with the
    /// one that this device kept, and puts that back.
    pub async fn put_back_account(
        &self,
        account: &KnownAccount,
        passphrase: Passphrase,
        server_password: Option<Passphrase>,
    ) -> Result<Vault<T, D>, Error> {
        self.reenter(account, &passphrase, server_password, Lost::PutBack)
            .await
    }

    /// Unlocks an account on a new device.
    pub async fn sign_in_with_kit(
        &self,
        kit: &EmergencyKit,
        passphrase: Passphrase,
        server_password: Option<Passphrase>,
    ) -> Result<Vault<T, D>, Error> {
        if kit.server != self.inner.server {
            return Err(Error::OtherServer {
                server: kit.server.to_string(),
            });
        }
        let known = match Known::load(&self.inner.device, &kit.account_uid).await? {
            Some(known) => known,
            None => Known {
                server: kit.server.clone(),
                email: kit.email.clone(),
                uid: kit.account_uid.parse().map_err(|_| Error::Invalid {
                    field: "kit",
                    why: "an emergency kit",
                })?,
                project: ProjectId::new(kit.account_project.clone()),
                own_login: kit.own_login,
                organization_id: String::new(),
                organization: String::new(),
                device: DeviceId::generate(&mut Draw(&self.inner.device)),
                profile: KdfProfile::Default,
                complete: true,
                last_used: 0,
                key: Arc::clone(&kit.account_key),
            },
        };
        self.enter(known, &passphrase, server_password, Lost::Refused)
            .await
    }

    /// Signs out: erases what this device keeps of the account and ends the session.
    pub async fn forget(&self, account: &KnownAccount) -> Result<(), Error> {
        self.anonymous().logout().await;
        Known::erase(&self.inner.device, &account.account_uid).await
    }

    /// Erases what this device can open no more, where [`Client::known_accounts`] fails with [`Error::RecordsLost`].
    /// An account whose records these were is unlocked by its kit, as on a new device.
    pub async fn forget_lost(&self) -> Result<(), Error> {
        Known::erase_lost(&self.inner.device).await
    }

    /// Fetches and opens a share; counts as a view only if the token fits.
    pub async fn reveal_share(
        &self,
        share: &ReceivedShare,
        passphrase: Option<Passphrase>,
    ) -> Result<ShareContent, RevealError> {
        self.open_share(share, passphrase)
            .await
            .map(|revealed| revealed.content)
    }

    /// As [`Client::reveal_share`], with title and end.
    pub async fn open_share(
        &self,
        share: &ReceivedShare,
        passphrase: Option<Passphrase>,
    ) -> Result<RevealedShare, RevealError> {
        share.reveal(&self.anonymous(), passphrase).await
    }

    /// Begins to fetch the files of a share that was opened. It may be begun again, for an hour, and counts no view.
    pub fn fetch_files(&self, files: &ReceivedFiles) -> FileDownload<T, D> {
        FileDownload::new(self.anonymous(), files)
    }

    /// What the server says of a share before it is opened: how many views are left, and whether somebody opened it.
    /// Counts no view.
    pub async fn look_at_share(&self, share: &ReceivedShare) -> Result<ShareGlance, RevealError> {
        share.glance(&self.anonymous()).await
    }

    /// Asks the server to delete what a link opens; counts no view. The passphrase is asked for unless this link was
    /// opened before. Other servers than Coffer's do not know this ([`ServerStatus::share_features`]) and answer
    /// [`RevealError::Missing`].
    pub async fn destroy_share(
        &self,
        share: &ReceivedShare,
        passphrase: Option<Passphrase>,
    ) -> Result<(), RevealError> {
        share.destroy(&self.anonymous(), passphrase).await
    }

    /// Seals what was filled into a form, in the order of its fields (content, and of a file its name), and sends it.
    pub async fn fill_form(
        &self,
        form: &ReceivedForm,
        filled: Vec<(Zeroizing<Vec<u8>>, String)>,
        note: Zeroizing<String>,
    ) -> Result<(), Error> {
        self.send_answer(form, &self.seal_answer(form, filled, note)?)
            .await
    }

    /// Seals what was filled into a form, for [`Client::send_answer`].
    pub fn seal_answer(
        &self,
        form: &ReceivedForm,
        filled: Vec<(Zeroizing<Vec<u8>>, String)>,
        note: Zeroizing<String>,
    ) -> Result<SealedAnswer, Error> {
        form.seal(&self.inner.device, filled, note)
    }

    /// Sends what was sealed for a form; after a lost receipt the same again. [`Error::NameTaken`] where the form takes no
    /// more answers, [`Error::Invalid`] of the `form` where its time is over, [`Error::QuotaReached`] where the server has no
    /// room left for what whoever made it is sent.
    pub async fn send_answer(&self, form: &ReceivedForm, answer: &SealedAnswer) -> Result<(), Error> {
        form.send(&self.anonymous(), answer).await
    }

    /// Whether somebody has answered a form before.
    pub async fn is_form_answered(&self, form: &ReceivedForm) -> Result<bool, Error> {
        self.anonymous().is_answered(&form.id).await
    }

    fn anonymous(&self) -> Session<T, D> {
        Session::anonymous(&self.inner)
    }

    /// The keys of an account to be made. They are on the device before the server hears of the account, so that a
    /// network that breaks in between locks nobody out; a second attempt goes on with the same keys.
    async fn begin(&self, email: &str, own_login: bool) -> Result<(Known, bool), Error> {
        let begun = Known::all(&self.inner.device).await?.into_iter().find(|known| {
            !known.complete
                && known.email == email
                && known.server == self.inner.server
                && known.own_login == own_login
        });
        if let Some(known) = begun {
            return Ok((known, true));
        }
        let mut rng = Draw(&self.inner.device);
        let known = Known {
            server: self.inner.server.clone(),
            email: email.to_owned(),
            uid: AccountUid::generate(&mut rng),
            project: ProjectId::new(""),
            own_login,
            organization_id: String::new(),
            organization: String::new(),
            device: DeviceId::generate(&mut rng),
            profile: KdfProfile::Default,
            complete: false,
            last_used: 0,
            key: Arc::new(AccountKey::generate(&mut rng)),
        };
        known.save(&self.inner.device).await?;
        Ok((known, false))
    }

    /// Signs in to an account that the server has just made, or had made at an attempt whose answer was lost.
    async fn finish(
        &self,
        session: Session<T, D>,
        mut known: Known,
        stretched: &Stretched,
        (made, begun): (Result<(), Error>, bool),
        names: Option<(&str, &str)>,
    ) -> Result<(Vault<T, D>, EmergencyKit), Error> {
        if let Err(error) = made {
            let unsure = matches!(error, Error::Offline | Error::Transport(_) | Error::TooLarge);
            if !begun && !unsure {
                Known::erase(&self.inner.device, &known.uid.to_string()).await?;
            }
            if !begun || unsure {
                return Err(error);
            }
        }
        session
            .login(&known.email, login_password(&known, stretched).expose())
            .await?;
        let mut user = self.choose_organization(&session, &mut known).await?;
        if let Some((first, last)) = names
            && session.rename(first, last).await.is_ok()
        {
            // A server that does not take it calls them otherwise: no reason to have no account.
            user = session.me().await?;
        }
        let vault = self.inner.complete(session, known, user, stretched).await?;
        let kit = vault.emergency_kit()?;
        Ok((vault, kit))
    }

    /// Enters an account that this device knows.
    async fn reenter(
        &self,
        account: &KnownAccount,
        passphrase: &Passphrase,
        server_password: Option<Passphrase>,
        lost: Lost,
    ) -> Result<Vault<T, D>, Error> {
        let known = Known::load(&self.inner.device, &account.account_uid).await?;
        let known = known.ok_or(Error::NotFound)?;
        self.enter(known, passphrase, server_password, lost).await
    }

    /// Stretches, signs in, opens.
    async fn enter(
        &self,
        mut known: Known,
        passphrase: &Passphrase,
        server_password: Option<Passphrase>,
        lost: Lost,
    ) -> Result<Vault<T, D>, Error> {
        if server_password
            .as_ref()
            .is_some_and(|password| password.is(passphrase))
        {
            return Err(Error::PassphraseReused);
        }
        if known.own_login && server_password.is_none() {
            return Err(Error::Invalid {
                field: "server_password",
                why: "the password of the server",
            });
        }
        let session = self.anonymous();
        let stretched = match &server_password {
            Some(password) if known.own_login => {
                session.login(&known.email, password.expose()).await?;
                stretch(&self.inner.device, &known, passphrase).await?
            }
            _ => {
                let stretched = stretch(&self.inner.device, &known, passphrase).await?;
                session
                    .login(&known.email, login_password(&known, &stretched).expose())
                    .await?;
                stretched
            }
        };
        let user = self.choose_organization(&session, &mut known).await?;
        if known.complete {
            self.inner.open(session, known, user, &stretched, lost).await
        } else {
            self.inner.complete(session, known, user, &stretched).await
        }
    }

    /// The organisation of last time, or the one that holds the account's own project, or the only one.
    async fn choose_organization(&self, session: &Session<T, D>, known: &mut Known) -> Result<User, Error> {
        let organizations = session.organizations().await?;
        let mut candidates: Vec<_> = organizations
            .iter()
            .filter(|o| o.id == known.organization_id)
            .collect();
        if candidates.is_empty() {
            candidates = organizations.iter().collect();
        }
        let several = candidates.len() > 1 && !known.project.as_str().is_empty();
        for organization in &candidates {
            session.select_organization(&organization.id).await?;
            if several && session.project(&known.project).await.is_err() {
                continue;
            }
            known.organization_id.clone_from(&organization.id);
            known.organization.clone_from(&organization.name);
            return session.me().await;
        }
        Err(Error::StateVanished {
            what: "this account's organisation",
        })
    }
}

/// First and last name of what somebody is called; the last word is the last name.
fn names_of(name: &str) -> Option<(&str, &str)> {
    let name = name.trim();
    let parts = name.rsplit_once(char::is_whitespace);
    (!name.is_empty()).then(|| parts.map_or((name, ""), |(first, last)| (first.trim(), last)))
}

/// The password under which our own kind of server knows the account; bound to the origin that the kit names.
fn login_password(known: &Known, stretched: &Stretched) -> LoginPassword {
    LoginPassword::derive(stretched, &known.key, known.server.as_str(), &known.uid)
}
