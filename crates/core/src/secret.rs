//! The shape of every key: boxed, wiped when dropped, and mute.
//!
//! A key has verbs, not bytes. It cannot be cloned, serialised or printed; each of these fails to compile:
//!
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::account::AccountKey>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::account::MasterKey>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::account::RecoveryCode>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::environment::EpochKey>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::identity::Identity>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::invite::InviteSecret>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::kdf::Stretched>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::machine::MachineToken>();
//! ```
//! ```compile_fail,E0277
//! fn clone<T: Clone>() {}
//! clone::<coffer_core::share::ShareSecret>();
//! ```
//! ```compile_fail,E0277
//! fn print<T: std::fmt::Display>() {}
//! print::<coffer_core::account::AccountKey>();
//! ```
//!
//! That they are wiped can be asked for, and the names above are right:
//!
//! ```
//! fn wiped<T: zeroize::ZeroizeOnDrop>() {}
//! wiped::<coffer_core::account::AccountKey>();
//! wiped::<coffer_core::account::LocalKey>();
//! wiped::<coffer_core::account::LoginPassword>();
//! wiped::<coffer_core::account::MasterKey>();
//! wiped::<coffer_core::account::RecoveryCode>();
//! wiped::<coffer_core::account::SlotKey>();
//! wiped::<coffer_core::environment::EpochKey>();
//! wiped::<coffer_core::identity::Identity>();
//! wiped::<coffer_core::invite::InviteSecret>();
//! wiped::<coffer_core::kdf::StretchJob>();
//! wiped::<coffer_core::kdf::Stretched>();
//! wiped::<coffer_core::machine::MachineToken>();
//! wiped::<coffer_core::passphrase::Passphrase>();
//! wiped::<coffer_core::share::ShareKeys>();
//! wiped::<coffer_core::share::ShareSecret>();
//! ```

use core::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes on the heap, so that moving the owner leaves no copy behind.
pub(crate) struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Lets `fill` write the bytes where they will live.
    pub(crate) fn filled(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0);
        secret
    }

    pub(crate) fn random(rng: &mut impl CryptoRng) -> Self {
        Self::filled(|bytes| rng.fill_bytes(bytes))
    }

    pub(crate) fn copied(bytes: &[u8; N]) -> Self {
        Self::filled(|own| own.copy_from_slice(bytes))
    }

    /// Takes the bytes if there are exactly `N`.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::copied)
    }

    pub(crate) fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for Secret<N> {}

/// Declares a key type: a name, its length, and nothing that shows it.
macro_rules! key_type {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        pub struct $name(pub(crate) $crate::secret::Secret<$length>);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl zeroize::ZeroizeOnDrop for $name {}
    };
}
pub(crate) use key_type;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_nothing() {
        assert_eq!(format!("{:?}", Secret::copied(&[7; 32])), "…");
    }
}
