//! Invites: how a person's keys reach an admin without the server being believed.
//!
//! The link goes by chat or mail, not through the server. Whoever holds it can authenticate keys to the admin who made
//! it, and pins the project at the same time (docs/PROTOCOL.md §5).

use core::fmt;

use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    SUITE,
    envelope::{self, Kind},
    environment::check_label,
    error::OpenError,
    hazmat,
    id::{Digest, InviteId},
    identity::{Identity, PublicIdentity},
    kdf, keyring,
    label::Label,
    pae,
    reader::{self, Piece},
    secret::{Secret, key_type},
};

/// Why an invitation link was not understood.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum InviteLinkError {
    /// It is cut off or was changed on its way.
    #[error("this invitation link is incomplete: ask for it again")]
    Malformed,
    /// It was made by a newer version.
    #[error("this invitation was made by a newer version of Coffer")]
    Unsupported,
}

key_type!(
    /// The secret of an invite: 256 random bits, in the link and in the inviter's bundle.
    InviteSecret, 32
);

impl InviteSecret {
    /// Makes a new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// A second copy: one goes into the link, one into the bundle.
    pub fn duplicate(&self) -> Self {
        Self(Secret::copied(self.0.bytes()))
    }

    /// The public id, by which the keyring knows that the invite was used.
    pub fn id(&self) -> InviteId {
        let id = kdf::derive::<16>(self.0.bytes(), b"", Label::INVITE_ID, &[]);
        InviteId::from_bytes(*id.bytes())
    }

    fn mac(&self, message: &[u8]) -> [u8; 32] {
        let key = kdf::derive::<32>(self.0.bytes(), b"", Label::INVITE_MAC, &[]);
        hazmat::hmac(key.bytes(), message)
    }
}

/// An invitation, as it stands in the fragment of a link: `v1.genesis.seq.hash.secret.expires.hint[.sign-up]`.
pub struct InviteLink {
    /// The identity of the project.
    pub genesis: Digest,
    /// The newest keyring link when it was made.
    pub keyring_seq: u64,
    /// The hash of that link.
    pub keyring_hash: Digest,
    /// The secret.
    pub secret: InviteSecret,
    /// When it ends, in milliseconds, a multiple of 1,000.
    pub expires: u64,
    /// The server's id of the project: a hint, confirmed by the genesis.
    pub project: String,
    /// What a person without an account needs to make one on the server.
    pub sign_up: Option<SignUp>,
}

/// A server's own invitation to make an account. It says nothing about keys.
#[derive(Clone, Eq, PartialEq)]
pub struct SignUp {
    /// The server's id of the organisation.
    pub organization: String,
    /// The address that the server invited.
    pub email: String,
    /// The server's code.
    pub code: Zeroizing<String>,
}

impl fmt::Debug for SignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignUp(…)")
    }
}

impl InviteLink {
    /// The fragment, without `#`.
    pub fn to_fragment(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(1024));
        text.push_str("v1.");
        text.push_str(&envelope::base64(self.genesis.as_ref()));
        text.push('.');
        text.push_str(&self.keyring_seq.to_string());
        text.push('.');
        text.push_str(&envelope::base64(self.keyring_hash.as_ref()));
        text.push('.');
        text.push_str(&envelope::base64(self.secret.0.bytes()));
        text.push('.');
        text.push_str(&(self.expires / 1000).to_string());
        text.push('.');
        text.push_str(&self.project);
        if let Some(SignUp {
            organization,
            email,
            code,
        }) = &self.sign_up
        {
            text.push('.');
            let pieces = Zeroizing::new(pae::encode(&[
                organization.as_bytes(),
                email.as_bytes(),
                code.as_bytes(),
            ]));
            text.push_str(&envelope::base64(&pieces));
        }
        text
    }

    /// Reads a fragment, without `#`.
    ///
    /// # Errors
    /// [`InviteLinkError`].
    pub fn parse(fragment: &str) -> Result<Self, InviteLinkError> {
        use InviteLinkError::{Malformed, Unsupported};
        if fragment.len() > 4096 {
            return Err(Malformed);
        }
        let mut fields = fragment.split('.');
        match fields.next() {
            Some("v1") => {}
            Some(version) if is_version(version) => return Err(Unsupported),
            _ => return Err(Malformed),
        }
        let mut next = || fields.next().ok_or(Malformed);
        let genesis = digest(next()?)?;
        let keyring_seq = decimal(next()?).ok_or(Malformed)?;
        let keyring_hash = digest(next()?)?;
        let secret = InviteSecret(envelope::from_base64(next()?).ok_or(Malformed)?);
        let expires = decimal(next()?)
            .and_then(|seconds| seconds.checked_mul(1000))
            .ok_or(Malformed)?;
        let project = next()?.to_owned();
        if !is_server_id(&project) {
            return Err(Malformed);
        }
        let sign_up = fields.next().map(sign_up).transpose()?;
        if fields.next().is_some() {
            return Err(Malformed);
        }
        Ok(Self {
            genesis,
            keyring_seq,
            keyring_hash,
            secret,
            expires,
            project,
            sign_up,
        })
    }
}

impl fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteLink(…)")
    }
}

/// A request to join: somebody's keys, signed by themselves and authenticated by the invite.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JoinRequest {
    genesis: Digest,
    invite: InviteId,
    user: String,
    keys: PublicIdentity,
    expires: u64,
    mac: [u8; 32],
    signature: [u8; hazmat::SIGNATURE],
}

impl JoinRequest {
    /// Makes one from an invitation that one holds.
    pub fn make(link: &InviteLink, user: &str, identity: &Identity) -> Self {
        let mut request = Self {
            genesis: link.genesis,
            invite: link.secret.id(),
            user: user.to_owned(),
            keys: identity.public(),
            expires: link.expires,
            mac: [0; 32],
            signature: [0; hazmat::SIGNATURE],
        };
        let message = request.message();
        request.mac = link.secret.mac(&message);
        request.signature = identity.sign(&message);
        request
    }

    /// Reads one and checks its self-signature. Whose keys these are is not known yet.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bytes = envelope::decode(Kind::Join, text)?;
        let (rest, signature) = bytes
            .split_last_chunk::<{ hazmat::SIGNATURE }>()
            .ok_or(OpenError::Forged)?;
        let (message, mac) = rest.split_last_chunk::<32>().ok_or(OpenError::Forged)?;
        let [label, suite, genesis, invite, user, sign, kem, expires] = reader::fields(message)?;
        check_label(label, Label::JOIN, suite)?;
        let request = Self {
            genesis: Piece::read(genesis)?,
            invite: Piece::read(invite)?,
            user: keyring::id(user)?,
            keys: PublicIdentity {
                sign: Piece::read(sign)?,
                kem: Piece::read(kem)?,
            },
            expires: Piece::read(expires)?,
            mac: *mac,
            signature: *signature,
        };
        request.keys.verify(message, signature)?;
        Ok(request)
    }

    /// The text that a server stores.
    pub fn to_text(&self) -> String {
        let mut bytes = self.message();
        bytes.extend_from_slice(&self.mac);
        bytes.extend_from_slice(&self.signature);
        envelope::encode(Kind::Join, &bytes)
    }

    /// Whether it was made by somebody who held the invite of `secret`, for this project and before the invite's end.
    ///
    /// # Errors
    /// [`OpenError::Forged`] whatever is wrong.
    pub fn verify(
        &self,
        secret: &InviteSecret,
        genesis: &Digest,
        expires: u64,
        now: u64,
    ) -> Result<(), OpenError> {
        let authentic = hazmat::equal(&secret.mac(&self.message()), &self.mac);
        let current = self.expires == expires && now < expires;
        if authentic && current && self.genesis == *genesis && self.invite == secret.id() {
            Ok(())
        } else {
            Err(OpenError::Forged)
        }
    }

    /// The public id of the invite it names.
    pub fn invite(&self) -> InviteId {
        self.invite
    }

    /// The project it names.
    pub fn genesis(&self) -> Digest {
        self.genesis
    }

    /// The server's id of the person it names.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The keys it carries.
    pub fn keys(&self) -> PublicIdentity {
        self.keys
    }

    fn message(&self) -> Vec<u8> {
        pae::labelled(
            Label::JOIN,
            &[
                &[SUITE],
                self.genesis.as_ref(),
                self.invite.as_ref(),
                self.user.as_bytes(),
                &self.keys.sign,
                &self.keys.kem,
                &self.expires.to_be_bytes(),
            ],
        )
    }
}

/// Whether a text can be a server's id in a link: letters, digits, `-` and `_`.
pub(crate) fn is_server_id(text: &str) -> bool {
    (1..=200).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// A number as it is written once: no sign, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Whether a text is `v` and a number: the first field of every link.
pub(crate) fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|number| decimal(number).is_some())
}

fn digest(text: &str) -> Result<Digest, InviteLinkError> {
    envelope::from_base64(text)
        .map(|bytes| Digest::from_bytes(*bytes.bytes()))
        .ok_or(InviteLinkError::Malformed)
}

fn sign_up(text: &str) -> Result<SignUp, InviteLinkError> {
    let read = || {
        let bytes = envelope::decode_base64(text).ok_or(OpenError::Forged)?;
        let [organization, email, code] = reader::fields(&bytes)?;
        Ok::<_, OpenError>(SignUp {
            organization: String::read(organization)?,
            email: String::read(email)?,
            code: Zeroizing::new(String::read(code)?),
        })
    };
    read().map_err(|_| InviteLinkError::Malformed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::testing::{self, assert_every_change_is_refused};
    use proptest::prelude::*;

    fn link(seed: u64, sign_up: Option<SignUp>) -> InviteLink {
        InviteLink {
            genesis: Digest::from_bytes([1; 32]),
            keyring_seq: 12,
            keyring_hash: Digest::from_bytes([2; 32]),
            secret: InviteSecret::generate(&mut testing::rng(seed)),
            expires: 1_800_000_000_000,
            project: "6f1c9a52-0b7e".to_owned(),
            sign_up,
        }
    }

    #[test]
    fn an_invitation_is_read_as_it_was_written() {
        let sign_up = SignUp {
            organization: "org".to_owned(),
            email: "bob@example.org".to_owned(),
            code: Zeroizing::new("a.b/c".to_owned()),
        };
        for link in [link(1, None), link(1, Some(sign_up.clone()))] {
            let fragment = link.to_fragment();
            let read = InviteLink::parse(&fragment).unwrap();
            assert_eq!(read.to_fragment(), fragment);
            assert_eq!((read.keyring_seq, read.expires), (12, 1_800_000_000_000));
            assert!(read.sign_up == link.sign_up);
            assert_eq!(
                InviteLink::parse(&format!("{}.", *fragment)).unwrap_err(),
                InviteLinkError::Malformed
            );
        }
        let fragment = link(1, None).to_fragment();
        for (fragment, expected) in [
            ("", InviteLinkError::Malformed),
            ("v2.x", InviteLinkError::Unsupported),
            (&fragment[..100], InviteLinkError::Malformed),
            (&fragment.replace(".12.", ".012."), InviteLinkError::Malformed),
        ] {
            assert_eq!(InviteLink::parse(fragment).unwrap_err(), expected, "{fragment}");
        }
    }

    #[test]
    fn a_join_request_is_believed_by_who_holds_its_invite_only() {
        let invite = link(1, None);
        let identity = Identity::generate(&mut testing::rng(2));
        let request = JoinRequest::parse(&JoinRequest::make(&invite, "bob", &identity).to_text()).unwrap();
        let verify = |secret: &InviteSecret, genesis: &Digest, expires, now| {
            request.verify(secret, genesis, expires, now)
        };
        let (genesis, end) = (invite.genesis, invite.expires);
        assert_eq!(verify(&invite.secret, &genesis, end, end - 1), Ok(()));
        assert_eq!((request.user(), request.keys()), ("bob", identity.public()));
        for refused in [
            verify(&link(3, None).secret, &genesis, end, end - 1),
            verify(&invite.secret, &Digest::ZERO, end, end - 1),
            verify(&invite.secret, &genesis, end + 1, end - 1),
            verify(&invite.secret, &genesis, end, end),
        ] {
            assert_eq!(refused, Err(OpenError::Forged));
        }
    }

    #[test]
    fn a_join_request_names_an_id_that_a_server_could_give() {
        let (invite, identity) = (link(1, None), Identity::generate(&mut testing::rng(2)));
        let parse = |user: &str| JoinRequest::parse(&JoinRequest::make(&invite, user, &identity).to_text());
        assert!(parse("bob-1_B").is_ok());
        for user in ["", "../bob", "bob?", "bob#", "b b"] {
            assert_eq!(parse(user).unwrap_err(), OpenError::Forged, "{user:?}");
        }
    }

    #[test]
    fn every_changed_bit_of_a_join_request_is_refused() {
        let invite = link(1, None);
        let text = JoinRequest::make(&invite, "bob", &Identity::generate(&mut testing::rng(2))).to_text();
        assert_every_change_is_refused(Kind::Join, &text, 0, |text| {
            JoinRequest::parse(text)?.verify(&invite.secret, &invite.genesis, invite.expires, 0)
        });
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,120}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = InviteLink::parse(&text);
            let _ = InviteLink::parse(&format!("v1.{text}"));
            let _ = JoinRequest::parse(&envelope::encode(Kind::Join, &bytes));
        }
    }
}
