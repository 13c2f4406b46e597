//! What others of the organisation share and ask for, for its administrators: the server's word, and nothing that opens it.

pub use coffer_wire::id::LinkHandle;

use crate::{Device, Error, Transport, Vault};
use coffer_wire::share::{Overseen, OverseenKind, OwnerKind, ShareFeature};

/// What others share and ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverseenLinks {
    /// The newest hundred.
    pub links: Vec<OverseenLink>,
    /// How many there are.
    pub all: u32,
}

/// A link or form of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverseenLink {
    /// What it is ended by.
    pub handle: LinkHandle,
    /// What it is.
    pub what: OverseenWhat,
    /// Whose; `None` if their account is gone.
    pub owner: Option<LinkOwner>,
    /// When it was made, in milliseconds since 1970 by the server's clock.
    pub created: Option<u64>,
    /// When it ends, likewise.
    pub ends: Option<u64>,
}

/// What is known of somebody else's link or form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverseenWhat {
    /// A form; as long as it is kept, with its answers.
    Form {
        /// How many answers it has.
        answers: u32,
        /// How many it takes.
        most: u32,
    },
    /// A link that opens still.
    Link {
        /// How many views are left; `None` is without limit.
        views_left: Option<u32>,
        /// How often it was opened.
        opened: u32,
        /// How many bytes its file has, sealed.
        file: Option<u64>,
    },
}

/// Who made a link or form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOwner {
    /// As the server calls them.
    pub name: String,
    /// It is a machine.
    pub machine: bool,
    /// They belong to the organisation still, and can end it themselves.
    pub is_member: bool,
}

impl<T: Transport, D: Device> Vault<T, D> {
    /// What others of the organisation share and ask for. [`Error::Forbidden`] to whoever does not administer it,
    /// [`Error::Unsupported`] on other servers than Coffer's.
    pub async fn overseen_links(&self) -> Result<OverseenLinks, Error> {
        self.oversees().await?;
        let told = self.inner.session.list_overseen().await?;
        Ok(OverseenLinks {
            all: told.total_count,
            links: told.links.into_iter().map(OverseenLink::from).collect(),
        })
    }

    /// Has somebody else's link or form ended: the server is asked to erase what it holds, and says so to whoever made it.
    pub async fn end_overseen_link(&self, handle: &LinkHandle) -> Result<(), Error> {
        self.oversees().await?;
        self.inner.session.delete_overseen(handle).await
    }

    /// Asks nothing that the server would refuse.
    async fn oversees(&self) -> Result<(), Error> {
        if !self.share_features().await?.contains(&ShareFeature::Oversight) {
            return Err(Error::Unsupported {
                what: "links of others",
            });
        }
        let organization = self.known()?.organization_id.clone();
        let all = self.inner.session.organizations().await?;
        let own = all.iter().find(|own| own.id.as_str() == organization);
        match own.and_then(|own| own.user_role.as_deref()) {
            Some("admin") => Ok(()),
            _ => Err(Error::Forbidden),
        }
    }
}

impl From<Overseen> for OverseenLink {
    fn from(told: Overseen) -> Self {
        Self {
            handle: told.handle,
            what: match told.kind {
                OverseenKind::Request => OverseenWhat::Form {
                    answers: told.answers,
                    most: told.max_answers,
                },
                OverseenKind::Share => OverseenWhat::Link {
                    views_left: told.expires_after_views,
                    opened: told.opened,
                    file: told.file_bytes,
                },
            },
            owner: told.owner.map(|owner| LinkOwner {
                name: owner.name,
                machine: owner.kind == OwnerKind::Identity,
                is_member: owner.is_member,
            }),
            created: told.created_at.to_millis(),
            ends: told.expires_at.to_millis(),
        }
    }
}
