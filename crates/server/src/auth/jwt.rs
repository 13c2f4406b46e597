//! Signed tokens: JSON Web Tokens (RFC 7519) with HMAC-SHA-256 (RFC 7515), and nothing else of those standards.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The key that signs tokens.
pub struct Key(Vec<u8>);

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Its time is over.
    Expired,
    /// It is not one of ours.
    Malformed,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(
    tag = "authTokenType",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Claims {
    /// A person's access token.
    #[serde(rename = "accessToken")]
    Access {
        /// `email`.
        auth_method: String,
        /// Whose.
        user_id: String,
        /// The session.
        token_version_id: String,
        /// The organisation selected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
    },
    /// What the pieces of a share's file are fetched with, by whoever opened it.
    #[serde(rename = "shareFileToken")]
    File {
        /// Of which share.
        share_id: String,
    },
    /// A machine's access token.
    #[serde(rename = "identityAccessToken")]
    Machine {
        /// Whose.
        identity_id: String,
        /// Its name.
        identity_name: String,
        /// The client secret that it came from.
        #[serde(default)]
        client_secret_id: String,
        /// The token's row.
        identity_access_token_id: String,
        /// The organisation.
        org_id: String,
    },
    /// What gets a person a new access token; it travels as a cookie.
    #[serde(rename = "refreshToken")]
    Refresh {
        /// Whose.
        user_id: String,
        /// The session.
        token_version_id: String,
        /// The organisation selected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// Its own name: only the newest counts.
        jti: String,
    },
    /// What lets somebody who was invited complete the account.
    #[serde(rename = "signupToken")]
    SignUp {
        /// Whose.
        user_id: String,
        /// The organisation that invited.
        organization_id: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Timed<T> {
    #[serde(flatten)]
    claims: T,
    iat: u64,
    exp: u64,
}

impl Key {
    /// Takes the key's bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// Signs claims that count from `now` until `expires`, in milliseconds.
    pub fn sign(&self, claims: &Claims, now: u64, expires: u64) -> String {
        let timed = Timed {
            claims,
            iat: now / 1000,
            exp: expires / 1000,
        };
        let payload = serde_json::to_vec(&timed).unwrap_or_default();
        self.sign_parts(HEADER, &payload)
    }

    /// Reads a token.
    pub fn open(&self, token: &str, now: u64) -> Result<Claims, Problem> {
        let timed: Timed<Claims> = self.open_parts(token)?;
        if timed.exp <= now / 1000 {
            Err(Problem::Expired)
        } else {
            Ok(timed.claims)
        }
    }

    fn sign_parts(&self, header: &[u8], payload: &[u8]) -> String {
        let mut token = Base64UrlUnpadded::encode_string(header);
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(payload));
        let tag = self.mac(token.as_bytes()).finalize().into_bytes();
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(&tag));
        token
    }

    /// Checks the signature in constant time before anything in the token is looked at.
    fn open_parts<T: DeserializeOwned>(&self, token: &str) -> Result<T, Problem> {
        let (signed, tag) = token.rsplit_once('.').ok_or(Problem::Malformed)?;
        let tag = Base64UrlUnpadded::decode_vec(tag).map_err(|_| Problem::Malformed)?;
        self.mac(signed.as_bytes())
            .verify_slice(&tag)
            .map_err(|_| Problem::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Problem::Malformed)?;
        let header: Header = decode(header)?;
        if header.alg != "HS256" {
            return Err(Problem::Malformed);
        }
        decode(payload)
    }

    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(message);
        mac
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, Problem> {
    let bytes = Base64UrlUnpadded::decode_vec(part).map_err(|_| Problem::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Problem::Malformed)
}

const HEADER: &[u8] = br#"{"alg":"HS256","typ":"JWT"}"#;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    /// RFC 7515, appendix A.1.
    const RFC_KEY: &str =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const RFC_TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn rfc_key() -> Key {
        Key(Base64UrlUnpadded::decode_vec(RFC_KEY).unwrap())
    }

    fn claims() -> Claims {
        Claims::SignUp {
            user_id: "u".into(),
            organization_id: "o".into(),
        }
    }

    #[test]
    fn the_example_of_the_standard_is_signed_and_read() {
        let header = b"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
        let payload = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
        assert_eq!(rfc_key().sign_parts(header, payload), RFC_TOKEN);
        let read: serde_json::Value = rfc_key().open_parts(RFC_TOKEN).unwrap();
        assert_eq!(read["iss"], "joe");
    }

    #[test]
    fn no_byte_of_a_token_can_be_changed() {
        let key = Key::new([7; 32]);
        let token = key.sign(&claims(), 0, 60_000);
        assert!(key.open(&token, 0).is_ok());
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                key.open(std::str::from_utf8(&bytes).unwrap(), 0).unwrap_err(),
                Problem::Malformed
            );
        }
        assert_eq!(Key::new([8; 32]).open(&token, 0).unwrap_err(), Problem::Malformed);
    }

    #[test]
    fn a_token_without_a_signature_is_nothing() {
        let key = Key::new([7; 32]);
        let none = key.sign_parts(
            br#"{"alg":"none"}"#,
            br#"{"authTokenType":"signupToken","exp":9}"#,
        );
        let unsigned = format!("{}.", none.rsplit_once('.').unwrap().0);
        for token in [none.as_str(), &unsigned, "", "..", "a.b.c", "not a token"] {
            assert_eq!(key.open(token, 0).unwrap_err(), Problem::Malformed, "{token}");
        }
    }

    #[test]
    fn a_token_ends() {
        let key = Key::new([7; 32]);
        let token = key.sign(&claims(), 0, 60_000);
        assert!(key.open(&token, 59_999).is_ok());
        assert_eq!(key.open(&token, 60_000).unwrap_err(), Problem::Expired);
    }
}
