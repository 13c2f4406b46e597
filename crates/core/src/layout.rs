//! Where Coffer's own rows lie on a server, and what they are called. Nothing else spells these names.

use crate::id::{Digest, Kid, RequestId};

/// The folder that holds everything of ours, in an environment or an account's own project.
pub const ROOT: &str = "/coffer";
/// The slug of the environment that holds a project's keyring, and of the only one of an account's own project.
pub const HOME_ENVIRONMENT: &str = "coffer";
/// Slots and bundles, in the account's own project.
pub const ACCOUNT: &str = "/coffer/account";
/// Join requests and what else members send to admins.
pub const INBOX: &str = "/coffer/inbox";
/// Grants.
pub const GRANTS: &str = "/coffer/grants";
/// The parent of the folders of the log.
pub const LOG: &str = "/coffer/log";
/// The parent of the folders of the keyring.
pub const KEYRING: &str = "/coffer/keyring";
/// The row in [`LOG`] or [`KEYRING`] that names the newest seq: a hint that nobody believes.
pub const HEAD: &str = "HEAD";
/// How many records lie in one folder.
pub const SEGMENT: u64 = 64;

/// The folder of keyring link `seq`.
pub fn keyring_folder(seq: u64) -> String {
    format!("{KEYRING}/{}", seq / SEGMENT)
}

/// The name of keyring link `seq`.
pub fn link_name(seq: u64) -> String {
    format!("K{seq}")
}

/// The folder of log header `seq`.
pub fn log_folder(seq: u64) -> String {
    format!("{LOG}/{}", seq / SEGMENT)
}

/// The name of log header `seq`.
pub fn header_name(seq: u64) -> String {
    format!("H{seq}")
}

/// The folder of the body of log record `seq`.
pub fn body_folder(seq: u64) -> String {
    format!("/coffer/body/{}", seq / SEGMENT)
}

/// The name of chunk `index` of the body of record `seq`. `random` keeps debris of a crashed writer from colliding.
pub fn chunk_name(seq: u64, index: usize, random: [u8; 4]) -> String {
    format!("D{seq}_{index}_{:08x}", u32::from_be_bytes(random))
}

/// The folder of the wraps of epoch `epoch`.
pub fn wraps_folder(epoch: u32) -> String {
    format!("/coffer/wraps/{epoch}")
}

/// The name of the wrap of epoch `epoch` to `recipient` of the key that `commitment` commits to.
pub fn wrap_name(epoch: u32, recipient: &Kid, commitment: &Digest) -> String {
    let commitment = commitment.to_string();
    format!("W{epoch}_{recipient}_{}", &commitment[..16])
}

/// The name of the bundle with `counter`.
pub fn bundle_name(counter: u64) -> String {
    format!("B{counter:010}")
}

/// The counter of a bundle's name, or `None` where it is not one.
pub fn bundle_counter(name: &str) -> Option<u64> {
    let counter = name.strip_prefix('B')?.parse().ok()?;
    (bundle_name(counter) == name).then_some(counter)
}

/// The name of a slot; `random` lets an old and a new slot stand beside each other.
pub fn slot_name(random: [u8; 4]) -> String {
    format!("S{:08x}", u32::from_be_bytes(random))
}

/// Whether a name is that of a slot.
pub fn is_slot_name(name: &str) -> bool {
    name.strip_prefix('S')
        .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The name of a join request in [`INBOX`], by the public id of its invite.
pub fn join_name(invite: &crate::id::InviteId) -> String {
    format!("J{invite}")
}

/// The name of a change of somebody's own keys in [`INBOX`], by the signing key that it replaces.
pub fn rotation_name(old: &Kid) -> String {
    format!("R{old}")
}

/// What a row of [`INBOX`] holds about a request for access, by the first letter of its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AboutRequest {
    /// `G`: a grant.
    Grant,
    /// `M`: something said about it.
    Message,
    /// `P`: a value that is proposed under a grant.
    Proposal,
    /// `Q`: the request itself.
    Request,
}

/// The name of a row about a request in [`INBOX`]. There is one request, and as many others as there are `random` bytes.
pub fn request_row_name(what: AboutRequest, id: &RequestId, random: [u8; 4]) -> String {
    let random = u32::from_be_bytes(random);
    match what {
        AboutRequest::Grant => format!("G{id}_{random:08x}"),
        AboutRequest::Message => format!("M{id}_{random:08x}"),
        AboutRequest::Proposal => format!("P{id}_{random:08x}"),
        AboutRequest::Request => format!("Q{id}"),
    }
}

/// What a row's name says of a request, or `None` where it is not written so.
pub fn about_request(name: &str) -> Option<(AboutRequest, RequestId)> {
    let what = match name.chars().next()? {
        'G' => AboutRequest::Grant,
        'M' => AboutRequest::Message,
        'P' => AboutRequest::Proposal,
        'Q' => AboutRequest::Request,
        _ => return None,
    };
    let id = name.get(1..33)?.parse().ok()?;
    let rest = &name[33..];
    let random = rest.strip_prefix('_').filter(|random| random.len() == 8);
    let fits = match what {
        AboutRequest::Request => rest.is_empty(),
        _ => random.is_some_and(|random| {
            random
                .bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        }),
    };
    fits.then_some((what, id))
}

/// The seq in the name of a row such as `H12` or `K3`, or `None` where it is not written so.
pub fn seq_of(letter: char, name: &str) -> Option<u64> {
    let digits = name.strip_prefix(letter)?;
    let seq: u64 = digits.parse().ok()?;
    (seq.to_string() == digits).then_some(seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{SecretName, SecretPath};

    #[test]
    fn every_place_is_a_valid_and_reserved_path_with_folders_that_a_server_takes() {
        let folders = [
            keyring_folder(200),
            log_folder(64),
            body_folder(u64::MAX),
            wraps_folder(u32::MAX),
            INBOX.to_owned(),
            GRANTS.to_owned(),
            ACCOUNT.to_owned(),
        ];
        for folder in folders {
            assert!(
                SecretPath::parse(&folder).is_ok_and(|path| path.is_reserved()),
                "{folder}"
            );
            assert!(
                folder[1..].split('/').all(crate::names::is_folder_name),
                "{folder}"
            );
        }
        assert_eq!(keyring_folder(200), "/coffer/keyring/3");
    }

    #[test]
    fn every_name_fits_a_url() {
        for name in [
            link_name(u64::MAX),
            header_name(u64::MAX),
            chunk_name(u64::MAX, 99, [0xff; 4]),
            wrap_name(u32::MAX, &Kid::from_bytes([0; 16]), &Digest::ZERO),
            bundle_name(u64::MAX),
            slot_name([0; 4]),
            rotation_name(&Kid::from_bytes([0; 16])),
            request_row_name(AboutRequest::Grant, &RequestId::from_bytes([0xff; 16]), [0xff; 4]),
        ] {
            assert!(SecretName::parse(&name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_row_about_a_request_says_which() {
        let id = RequestId::from_bytes([0xab; 16]);
        for what in [
            AboutRequest::Grant,
            AboutRequest::Message,
            AboutRequest::Proposal,
            AboutRequest::Request,
        ] {
            let name = request_row_name(what, &id, [1, 2, 3, 0xff]);
            assert_eq!(about_request(&name), Some((what, id)), "{name}");
            for other in [
                format!("{name}0"),
                name.to_uppercase(),
                format!("X{}", &name[1..]),
            ] {
                assert_eq!(about_request(&other), None, "{other}");
            }
        }
        assert_eq!(about_request("Qäääääääääääääääää"), None);
    }

    #[test]
    fn a_seq_has_one_name() {
        assert_eq!(seq_of('H', "H12"), Some(12));
        assert_eq!(bundle_counter("B0000000012"), Some(12));
        for name in ["H012", "H+1", "K12", "H", "H-1", "HEAD"] {
            assert_eq!(seq_of('H', name), None, "{name}");
        }
        assert_eq!(bundle_counter("B12"), None);
    }
}
