//! An account's identity: one key pair that signs and one that receives, never converted into each other.

use core::fmt;

use rand_core::CryptoRng;

use crate::{
    error::OpenError,
    hazmat,
    id::{Digest, Kid, RingUid},
    label::Label,
    pae,
    secret::Secret,
};

/// The private half: made on a device, kept in the bundle, and only there.
pub struct Identity {
    sign_seed: Secret<32>,
    kem_seed: Secret<32>,
    kem_private: Secret<32>,
    public: PublicIdentity,
}

impl Identity {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::from_seeds(Secret::random(rng), Secret::random(rng))
    }

    pub(crate) fn from_seeds(sign_seed: Secret<32>, kem_seed: Secret<32>) -> Self {
        let (kem_private, kem) = hazmat::hpke_derive(kem_seed.bytes());
        let public = PublicIdentity {
            sign: hazmat::ed25519_public(sign_seed.bytes()),
            kem,
        };
        Self {
            sign_seed,
            kem_seed,
            kem_private,
            public,
        }
    }

    pub(crate) fn seeds(&self) -> (&[u8; 32], &[u8; 32]) {
        (self.sign_seed.bytes(), self.kem_seed.bytes())
    }

    /// A second copy: one is used, one goes into the bundle.
    pub fn duplicate(&self) -> Self {
        Self::from_seeds(
            Secret::copied(self.sign_seed.bytes()),
            Secret::copied(self.kem_seed.bytes()),
        )
    }

    /// The public half.
    pub fn public(&self) -> PublicIdentity {
        self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; hazmat::SIGNATURE] {
        hazmat::ed25519_sign(self.sign_seed.bytes(), message)
    }

    pub(crate) fn kem_private(&self) -> &[u8; 32] {
        self.kem_private.bytes()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl zeroize::ZeroizeOnDrop for Identity {}

/// The public half: an Ed25519 key that signs and an X25519 key that receives.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PublicIdentity {
    /// Ed25519.
    pub sign: [u8; 32],
    /// X25519.
    pub kem: [u8; 32],
}

impl PublicIdentity {
    /// The id of the signing key: who wrote something.
    pub fn sign_kid(&self) -> Kid {
        kid(b"ed25519", &self.sign)
    }

    /// The id of the receiving key: to whom something is sealed.
    pub fn kem_kid(&self) -> Kid {
        kid(b"x25519", &self.kem)
    }

    /// The digest that two people compare as eight words: these keys, of this user, in this project.
    pub fn fingerprint(&self, ring: &RingUid, user: &str) -> Digest {
        Digest::from_bytes(hazmat::sha256(&pae::labelled(
            Label::FINGERPRINT,
            &[ring.as_ref(), user.as_bytes(), &self.sign, &self.kem],
        )))
    }

    pub(crate) fn verify(
        &self,
        message: &[u8],
        signature: &[u8; hazmat::SIGNATURE],
    ) -> Result<(), OpenError> {
        hazmat::ed25519_verify(&self.sign, message, signature)
    }
}

fn kid(algorithm: &[u8], public: &[u8; 32]) -> Kid {
    let hash = hazmat::sha256(&pae::labelled(Label::KID, &[algorithm, public]));
    let mut kid = [0; 16];
    kid.copy_from_slice(&hash[..16]);
    Kid::from_bytes(kid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn seeds_give_the_same_identity_again() {
        let one = Identity::generate(&mut testing::rng(1));
        let (sign, kem) = one.seeds();
        let again = Identity::from_seeds(Secret::copied(sign), Secret::copied(kem));
        assert_eq!(one.public(), again.public());
        assert_ne!(one.public().sign_kid(), one.public().kem_kid());
    }

    #[test]
    fn a_fingerprint_names_keys_user_and_project() {
        let mut rng = testing::rng(2);
        let (one, two) = (
            Identity::generate(&mut rng).public(),
            Identity::generate(&mut rng).public(),
        );
        let (ring, other) = (RingUid::generate(&mut rng), RingUid::generate(&mut rng));
        let mixed = PublicIdentity {
            sign: one.sign,
            kem: two.kem,
        };
        let all = [
            one.fingerprint(&ring, "ada"),
            one.fingerprint(&other, "ada"),
            one.fingerprint(&ring, "bob"),
            two.fingerprint(&ring, "ada"),
            mixed.fingerprint(&ring, "ada"),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn an_identity_says_nothing() {
        assert_eq!(
            format!("{:?}", Identity::generate(&mut testing::rng(1))),
            "Identity(…)"
        );
    }
}
