//! Records: bodies first, the header last, whose creation is the commit; and checkpoints when they are due.

use super::snapshot::Snapshot;
use super::{Class, Environment};
use crate::api::Session;
use crate::rng::Draw;
use crate::vault::log::Spot;
use crate::{Device, Error, Transport};
use coffer_core::contents::Contents;
use coffer_core::identity::Identity;
use coffer_core::layout;
use coffer_core::log::{Header, RecordKind, SealedBody};
use std::rc::Rc;

impl<T: Transport, D: Device> Environment<T, D> {
    /// Writes a checkpoint when one is due and every row is where the log says.
    pub(super) async fn checkpoint(
        &self,
        identity: &Identity,
        latest: &Snapshot,
    ) -> Result<Option<Rc<Snapshot>>, Error> {
        let since = latest
            .log
            .last_checkpoint()
            .map_or(0, |seq| latest.log.next_seq() - seq);
        if since < CHECKPOINT_EVERY && latest.contents.body_bytes() < CHECKPOINT_BYTES {
            return Ok(None);
        }
        if latest
            .classified
            .entries
            .values()
            .any(|class| *class != Class::Ok)
        {
            return Ok(None);
        }
        let ring = self.project.ring()?;
        let keys = self.cell.keys()?;
        let key = keys.newest().ok_or(Error::NoKey)?;
        let device = self.project.vault.device();
        let oldest = device.now().saturating_sub(KEEP_DELETED);
        let draft = latest.contents.checkpoint(|entry| entry.created >= oldest);
        let body = draft.seal(
            key,
            latest.log.next_seq(),
            RecordKind::Checkpoint,
            &mut Draw(device),
        )?;
        let header =
            latest
                .log
                .sign_next(identity, &ring.state, RecordKind::Checkpoint, &body, device.now())?;
        store_record(self.session(), self.spot(), &header, Some(&body)).await?;
        let mut next = latest.copy();
        next.push(header.clone(), body.chunks(), &keys, &ring.state)?;
        // Reading starts here from now on; the rows hold every value.
        let mut fresh = Contents::default();
        fresh.apply(&header, body.chunks(), &keys)?;
        next.contents = fresh;
        let next = Rc::new(next.compared());
        self.pin(&next).await?;
        self.cell.latest.replace(Some(Rc::clone(&next)));
        Ok(Some(next))
    }
}

/// Stores a record: its body first, its header last. The header's creation is the commit; it is read back.
pub(super) async fn store_record<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    header: &Header,
    body: Option<&SealedBody>,
) -> Result<(), Error> {
    if let Some(body) = body {
        let folder = layout::body_folder(header.seq());
        for (name, text) in body.rows() {
            create_in(session, spot, &folder, name, text).await?;
        }
    }
    let folder = layout::log_folder(header.seq());
    let name = layout::header_name(header.seq());
    let text = header.to_text();
    match create_in(session, spot, &folder, &name, &text).await {
        Ok(()) | Err(Error::NameTaken) => {}
        Err(other) => return Err(other),
    }
    match session.read_row(spot.at(&folder), &name).await? {
        Some(row) if row.value.as_deref() == Some(text.as_str()) => Ok(()),
        Some(_) => Err(Error::NameTaken),
        None => Err(Error::StateVanished {
            what: "what was just written",
        }),
    }
}

/// Creates a row; the first one of a folder makes the folder.
pub(super) async fn create_in<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    folder: &str,
    name: &str,
    text: &str,
) -> Result<(), Error> {
    match session.create_row(spot.at(folder), name, text).await {
        Err(Error::NotFound) => {
            session.ensure_folder(spot.project, spot.slug, folder).await?;
            session.create_row(spot.at(folder), name, text).await
        }
        other => other,
    }
}

const CHECKPOINT_EVERY: u64 = 256;
/// A fold reads at most 16 MiB; a checkpoint is written long before.
const CHECKPOINT_BYTES: usize = 4 << 20;
/// Deletions are remembered for 90 days.
const KEEP_DELETED: u64 = 90 * 24 * 3600 * 1000;
