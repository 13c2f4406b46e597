//! A program that is a member of a project by its token.

use crate::{Evil, InProcess, MemoryDevice, Office, done};
use coffer_client::{AddedMachine, Client, Error, Machine, MachineDraft, MachineToken, ProjectId, Right};

/// A machine with what it was given.
pub struct Robot {
    /// Its network, honest until told otherwise.
    pub transport: Evil<InProcess>,
    /// What it keeps from one start to the next.
    pub device: MemoryDevice,
    /// What it was given.
    pub added: AddedMachine,
    /// Its project.
    pub project: ProjectId,
    client: Client<Evil<InProcess>, MemoryDevice>,
}

impl Robot {
    /// A machine that an admin adds.
    pub async fn add(office: &Office, seed: u64, name: &str, rights: &[(&str, Right)]) -> Self {
        let draft = MachineDraft {
            name: name.to_owned(),
            rights: rights
                .iter()
                .map(|(slug, right)| ((*slug).to_owned(), *right))
                .collect(),
        };
        let added = done(office.project.add_machine(&draft).await);
        Self::with(office, seed, added)
    }

    /// A machine with what somebody was shown.
    pub fn with(office: &Office, seed: u64, added: AddedMachine) -> Self {
        let (transport, device) = (Evil::new(office.server.browser()), MemoryDevice::new(seed));
        Self {
            client: Client::new(transport.clone(), device.clone(), office.server.origin()),
            project: office.project.summary().id,
            transport,
            device,
            added,
        }
    }

    /// Starts it: it signs in and opens its project.
    pub async fn start(&self) -> Result<Machine<Evil<InProcess>, MemoryDevice>, Error> {
        self.start_in(&self.added.token, &self.project).await
    }

    /// Starts it with another token or in another project.
    pub async fn start_in(
        &self,
        token: &str,
        project: &ProjectId,
    ) -> Result<Machine<Evil<InProcess>, MemoryDevice>, Error> {
        let secret = self.added.client_secret.clone();
        let session = self.client.sign_in_machine(&self.added.client_id, secret).await?;
        session
            .open_as_machine(&done(MachineToken::parse(token)), project)
            .await
    }
}
