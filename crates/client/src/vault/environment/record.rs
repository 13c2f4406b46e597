//! Records: bodies first, the header last, whose creation is the commit; and checkpoints when they are due.

use super::Environment;
use crate::api::Session;
use crate::rng::Draw;
use crate::vault::log::Spot;
use crate::{Device, Error, SlotId, Transport};
use coffer_core::contents::Contents;
use coffer_core::identity::Identity;
use coffer_core::keyring::KeyringState;
use coffer_core::layout;
use coffer_core::log::{EpochKeys, Header, RecordKind, SealedBody};
use std::collections::BTreeMap;

impl<T: Transport, D: Device> Environment<T, D> {
    /// Writes a checkpoint when one is due and every row is where the log says.
    pub(super) async fn checkpoint(&self, identity: &Identity) -> Result<(), Error> {
        let latest = self.cell.latest()?;
        let since = latest
            .log
            .last_checkpoint()
            .map_or(0, |seq| latest.log.next_seq() - seq);
        let due = since >= CHECKPOINT_EVERY || latest.contents.body_bytes() >= CHECKPOINT_BYTES;
        if !due || !latest.is_settled() {
            return Ok(());
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
        drop(latest);
        self.adopt(header.clone(), body.chunks(), &[], &keys, &ring.state)
            .await?;
        // Reading starts here from now on; the rows hold every value.
        let mut fresh = Contents::default();
        fresh.apply(&header, body.chunks(), &keys)?;
        self.cell.update(|snap| snap.restart(fresh))
    }

    /// Takes over a record that this client has stored, which changes the secrets `touched`, and pins it.
    pub(super) async fn adopt(
        &self,
        header: Header,
        chunks: &[String],
        touched: &[SlotId],
        keys: &EpochKeys,
        keyring: &KeyringState,
    ) -> Result<(), Error> {
        let kept = header.clone();
        self.cell
            .update(|snap| snap.push(header, chunks, touched, keys, keyring))??;
        self.opener().pin(&*self.cell.latest()?).await?;
        let bodies = BTreeMap::from([(kept.seq(), chunks.to_vec())]);
        self.opener().keep(&[kept], &bodies).await;
        Ok(())
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
    create_header(session, spot, header).await
}

/// Creates a header's row and reads it back. A name that somebody else took is [`Error::NameTaken`].
pub(super) async fn create_header<T: Transport, D: Device>(
    session: &Session<T, D>,
    spot: Spot<'_>,
    header: &Header,
) -> Result<(), Error> {
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
