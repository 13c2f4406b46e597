//! Reading the fixed fields of our own formats, without a panic and without an allocation.

use crate::error::OpenError;

/// What is left of some bytes.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], OpenError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(OpenError::Forged)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, OpenError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, OpenError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, OpenError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], OpenError> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(OpenError::Forged)?;
        self.0 = rest;
        Ok(head)
    }

    /// The suite byte that every sealed object starts with.
    pub(crate) fn suite(&mut self) -> Result<(), OpenError> {
        match self.u8()? {
            crate::SUITE => Ok(()),
            _ => Err(OpenError::UnknownSuite),
        }
    }
}

/// Reads one piece of a decoded PAE as a fixed-width value.
pub(crate) trait Piece: Sized {
    fn read(piece: &[u8]) -> Result<Self, OpenError>;
}

impl Piece for u8 {
    fn read(piece: &[u8]) -> Result<Self, OpenError> {
        <[u8; 1]>::read(piece).map(|[byte]| byte)
    }
}

impl Piece for u32 {
    fn read(piece: &[u8]) -> Result<Self, OpenError> {
        <[u8; 4]>::read(piece).map(Self::from_be_bytes)
    }
}

impl Piece for u64 {
    fn read(piece: &[u8]) -> Result<Self, OpenError> {
        <[u8; 8]>::read(piece).map(Self::from_be_bytes)
    }
}

impl<const N: usize> Piece for [u8; N] {
    fn read(piece: &[u8]) -> Result<Self, OpenError> {
        piece.try_into().map_err(|_| OpenError::Forged)
    }
}

macro_rules! id_pieces {
    ($($name:ident),*) => {$(
        impl Piece for crate::id::$name {
            fn read(piece: &[u8]) -> Result<Self, OpenError> {
                Self::try_from(piece).map_err(|_| OpenError::Forged)
            }
        }
    )*};
}
id_pieces!(
    AccountUid, Digest, EnvUid, InviteId, Kid, RequestId, RingUid, SlotId
);

impl Piece for String {
    fn read(piece: &[u8]) -> Result<Self, OpenError> {
        core::str::from_utf8(piece)
            .map(Self::from)
            .map_err(|_| OpenError::Forged)
    }
}

/// Decodes a list of at most `most` pieces and reads each.
pub(crate) fn list<T>(
    bytes: &[u8],
    most: usize,
    read: impl Fn(&[u8]) -> Result<T, OpenError>,
) -> Result<Vec<T>, OpenError> {
    crate::pae::decode(bytes, most)
        .ok_or(OpenError::Forged)?
        .into_iter()
        .map(read)
        .collect()
}

/// Decodes a PAE of exactly `N` pieces.
pub(crate) fn fields<const N: usize>(bytes: &[u8]) -> Result<[&[u8]; N], OpenError> {
    crate::pae::decode(bytes, N)
        .ok_or(OpenError::Forged)?
        .try_into()
        .map_err(|_| OpenError::Forged)
}
