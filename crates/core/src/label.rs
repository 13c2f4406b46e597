//! The table of labels: the first piece of everything that is authenticated, one per purpose.

use core::fmt;

/// A purpose, as the bytes `coffer/v1/…`. Two purposes never share one.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Label(&'static str);

impl Label {
    /// The bytes that are authenticated.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }

    /// The text of the label.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl Label {
            $($(#[$doc])* pub const $name: Self = Self(concat!("coffer/v1/", $text));)*
            /// Every label there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

labels! {
    /// Checksum of a written Account Key.
    ACCOUNT_KEY_CHECK = "account-key/check";
    /// AAD of an account bundle.
    BUNDLE = "bundle";
    /// Key of account bundles.
    ACCOUNT_BUNDLE = "account/bundle";
    /// Key of what an account keeps on a device.
    ACCOUNT_LOCAL = "account/local";
    /// Plaintext of an account bundle.
    BUNDLE_CONTENT = "bundle-content";
    /// Hash of a sealed text, by which the log names a value.
    CT = "ct";
    /// Public commitment to an environment key.
    ENV_COMMIT = "env/commit";
    /// Key of log bodies.
    ENV_LOG = "env/log";
    /// Key of the previous environment key.
    ENV_PREVIOUS = "env/previous";
    /// Key of one secret.
    ENV_VALUE = "env/value";
    /// Digest of a person's keys, shown as words.
    FINGERPRINT = "fingerprint";
    /// Hash of an account bundle.
    HASH_BUNDLE = "hash/bundle";
    /// Hash of a log header.
    HASH_HEADER = "hash/header";
    /// Hash of a keyring link.
    HASH_LINK = "hash/link";
    /// Hash of a grant.
    HASH_GRANT = "hash/grant";
    /// Hash of a proposal.
    HASH_PROPOSAL = "hash/proposal";
    /// Hash of a request for access.
    HASH_REQUEST = "hash/request";
    /// Hash of a wrap.
    HASH_WRAP = "hash/wrap";
    /// Public id of an invite.
    INVITE_ID = "invite/id";
    /// MAC key of an invite.
    INVITE_MAC = "invite/mac";
    /// Grant of values.
    GRANT = "grant";
    /// HPKE info of a grant.
    GRANT_INFO = "grant-info";
    /// What a grant's record says to the environment's readers.
    GRANT_NOTE = "grant-note";
    /// Approval of a request for access.
    JIT_APPROVAL = "jit-approval";
    /// AAD of what a request asks for, and of its thread key.
    JIT_DETAILS = "jit-details";
    /// HPKE info of a thread key.
    JIT_KEY_INFO = "jit-key-info";
    /// Something said about a request.
    JIT_MESSAGE = "jit-message";
    /// Request for access.
    JIT_REQUEST = "jit-request";
    /// Request to join.
    JOIN = "join";
    /// Link of the keyring.
    KEYRING = "keyring";
    /// Key id.
    KID = "kid";
    /// AAD of what an account keeps on a device.
    LOCAL = "local";
    /// Header of an environment's log.
    LOG = "log";
    /// Hash over the sealed chunks of a log body.
    LOG_BODY_HASH = "body";
    /// AAD of a chunk of a log body.
    LOG_BODY = "log-body";
    /// Login password.
    LOGIN = "login";
    /// Login password of the recovery code.
    LOGIN_RECOVERY = "login/recovery";
    /// Checksum of a machine token.
    MACHINE_CHECK = "machine/check";
    /// Seed of a machine's receiving key.
    MACHINE_KEM = "machine/kem";
    /// Key of what a machine keeps beside its token.
    MACHINE_LOCAL = "machine/local";
    /// Seed of a machine's signing key.
    MACHINE_SIGN = "machine/sign";
    /// Value that somebody proposes under a grant.
    PROPOSAL = "proposal";
    /// Pre-shared key of a reverse share.
    REVERSE = "reverse";
    /// HPKE info of an answer to a reverse share.
    REVERSE_INFO = "reverse-info";
    /// Consent to a change of one's keys.
    ROTATE = "rotate";
    /// Change of one's keys that waits in the inbox.
    ROTATION = "rotation";
    /// Salt of the passphrase.
    SALT = "salt";
    /// AAD of a share.
    SHARE = "share";
    /// Key of a file in a share, and AAD of its pieces.
    SHARE_FILE = "share/file";
    /// Id of a share.
    SHARE_ID = "share/id";
    /// Key of a share.
    SHARE_KEY = "share/key";
    /// Salt of a share's passphrase.
    SHARE_SALT = "share/salt";
    /// Token that a server asks for before it hands out a share.
    SHARE_TOKEN = "share/token";
    /// AAD of a slot.
    SLOT = "slot";
    /// Keys of a passphrase slot.
    SLOT_PASSPHRASE = "slot/passphrase";
    /// Keys of a passkey slot.
    SLOT_PRF = "slot/prf";
    /// Keys of a recovery slot.
    SLOT_RECOVERY = "slot/recovery";
    /// AAD of a value.
    VALUE = "value";
    /// Wrap of an environment key.
    WRAP = "wrap";
    /// HPKE info of a wrap.
    WRAP_INFO = "wrap-info";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_purposes_share_a_label() {
        let texts: BTreeSet<_> = Label::ALL.iter().map(|label| label.as_str()).collect();
        assert_eq!(texts.len(), Label::ALL.len());
        assert!(texts.iter().all(|text| text.starts_with("coffer/v1/")));
    }
}
