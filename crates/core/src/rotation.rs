//! A change of one's own keys, as it waits in the inbox until an admin's client puts it into the keyring.
//!
//! Both pairs sign it: the old one, so that it is the same person's wish, and the new one, so that nobody claims a key
//! that somebody else holds (docs/PROTOCOL.md §5).

use crate::{
    SUITE,
    envelope::{self, Kind},
    environment::check_label,
    error::OpenError,
    hazmat,
    id::{Kid, RingUid},
    identity::{Identity, PublicIdentity},
    keyring::{self, Op, rotate_message},
    label::Label,
    pae,
    reader::{self, Piece},
};

/// A person's wish to have other keys, signed by both.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rotation {
    ring: RingUid,
    user: String,
    old: Kid,
    keys: PublicIdentity,
    signed: u64,
    old_signature: [u8; hazmat::SIGNATURE],
    new_signature: [u8; hazmat::SIGNATURE],
}

impl Rotation {
    /// Makes one.
    pub fn make(ring: RingUid, user: &str, old: &Identity, new: &Identity, signed: u64) -> Self {
        let (old_kid, keys) = (old.public().sign_kid(), new.public());
        let message = rotate_message(&ring, user, &old_kid, &keys, signed);
        Self {
            ring,
            user: user.to_owned(),
            old: old_kid,
            keys,
            signed,
            old_signature: old.sign(&message),
            new_signature: new.sign(&message),
        }
    }

    /// Reads one and checks the signature of the new key. Whose the old one is, the keyring knows.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Rotation, text)?;
        let [
            label,
            suite,
            ring,
            user,
            old,
            sign,
            kem,
            signed,
            old_signature,
            new_signature,
        ] = reader::fields(&bytes)?;
        check_label(label, Label::ROTATION, suite)?;
        let rotation = Self {
            ring: Piece::read(ring)?,
            user: keyring::id(user)?,
            old: Piece::read(old)?,
            keys: PublicIdentity {
                sign: Piece::read(sign)?,
                kem: Piece::read(kem)?,
            },
            signed: Piece::read(signed)?,
            old_signature: Piece::read(old_signature)?,
            new_signature: Piece::read(new_signature)?,
        };
        let Self {
            ring,
            user,
            old,
            keys,
            ..
        } = &rotation;
        let message = rotate_message(ring, user, old, keys, rotation.signed);
        keys.verify(&message, &rotation.new_signature)?;
        Ok(rotation)
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        let bytes = pae::labelled(
            Label::ROTATION,
            &[
                &[SUITE],
                self.ring.as_ref(),
                self.user.as_bytes(),
                self.old.as_ref(),
                &self.keys.sign,
                &self.keys.kem,
                &self.signed.to_be_bytes(),
                &self.old_signature,
                &self.new_signature,
            ],
        );
        envelope::encode(Kind::Rotation, &bytes)
    }

    /// The project it is for.
    pub fn ring(&self) -> RingUid {
        self.ring
    }

    /// The server's id of the person.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The id of the signing key that it replaces.
    pub fn old(&self) -> Kid {
        self.old
    }

    /// The new keys.
    pub fn keys(&self) -> PublicIdentity {
        self.keys
    }

    /// The link's operation. The keyring checks the old key's signature.
    pub fn op(&self) -> Op {
        Op::RotateUserKeys {
            user: self.user.clone(),
            old: self.old,
            keys: self.keys,
            signed: self.signed,
            old_signature: self.old_signature,
            new_signature: self.new_signature,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::keyring::{KeyringError, KeyringState};
    use crate::testing::{self, assert_every_change_is_refused};

    #[test]
    fn a_rotation_counts_if_both_keys_signed_it() {
        let mut rng = testing::rng(1);
        let ring = RingUid::generate(&mut rng);
        let [old, new, stranger] = [(); 3].map(|()| Identity::generate(&mut rng));
        let (state, _) = KeyringState::found(ring, &old, "ada", "coffer", 1).unwrap();
        let good = Rotation::make(ring, "ada", &old, &new, 5);
        let read = Rotation::parse(&good.to_text()).unwrap();
        assert_eq!(read, good);
        assert!(state.sign_next(&old, read.op(), 6).is_ok());
        // A stranger can write one, and nobody takes it.
        let forged = Rotation {
            old: old.public().sign_kid(),
            ..Rotation::make(ring, "ada", &stranger, &new, 5)
        };
        assert!(
            Rotation::parse(&forged.to_text()).is_err(),
            "the new key signed another"
        );
        let mut claimed = good.clone();
        claimed.old_signature[0] ^= 1;
        let claimed = Rotation::parse(&claimed.to_text()).unwrap();
        assert_eq!(
            state.sign_next(&old, claimed.op(), 6).unwrap_err(),
            KeyringError::Forged
        );
    }

    #[test]
    fn every_changed_bit_of_a_rotation_is_refused_here_or_by_the_keyring() {
        let mut rng = testing::rng(2);
        let ring = RingUid::generate(&mut rng);
        let (old, new) = (Identity::generate(&mut rng), Identity::generate(&mut rng));
        let (state, _) = KeyringState::found(ring, &old, "ada", "coffer", 1).unwrap();
        let text = Rotation::make(ring, "ada", &old, &new, 5).to_text();
        assert_every_change_is_refused(Kind::Rotation, &text, 1, |text| {
            let rotation = Rotation::parse(text)?;
            state
                .sign_next(&old, rotation.op(), 6)
                .map_err(|_| OpenError::Forged)
        });
    }
}
