//! The files of shared secrets, in sealed pieces: nobody ever holds more of one than a piece.

use coffer_wire::id::ShareId;

use crate::StoreError;
use crate::model::Actor;
use crate::shares::Closed;

/// The files of shared secrets.
#[async_trait::async_trait]
pub trait SharedFiles: Send + Sync {
    /// Keeps a piece of a share's file, for whoever made the share. The same piece may come again, another in its place
    /// may not; the share opens with the last one that was missing.
    async fn add_piece(
        &self,
        id: &ShareId,
        creator: &Actor,
        number: u32,
        sealed: &[u8],
        now: u64,
    ) -> Result<Result<(), Closed>, StoreError>;

    /// A piece, for somebody who has opened the share not long ago: whether it has ended meanwhile does not matter, unless
    /// it was taken back or destroyed.
    async fn piece(&self, id: &ShareId, number: u32, now: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Erases the pieces that nobody may fetch any more, a few in each transaction: of a large file, too, nobody has to wait
    /// for long. Forgets shares whose file was begun and not gone on with for a day.
    async fn erase_pieces(&self, now: u64) -> Result<(), StoreError>;
}

/// For how long whoever opened a share may fetch its file, in milliseconds.
pub const FETCHING: u64 = 3_600_000;
/// After how long a file that was not gone on with is forgotten, in milliseconds.
pub const ABANDONED: u64 = 86_400_000;
