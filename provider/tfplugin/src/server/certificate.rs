//! The server's certificate for one run: self-signed, P-256, for `localhost`, written as DER.

use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A key with its certificate, for one process and one run.
pub struct Identity {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Its private key.
    pub key: PrivateKeyDer<'static>,
}

mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(super) const UTF8_STRING: u8 = 0x0c;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const GENERALIZED_TIME: u8 = 0x18;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    /// The name of a host among a subject's alternative names.
    pub(super) const DNS_NAME: u8 = 0x82;
    pub(super) const VERSION: u8 = 0xa0;
    pub(super) const EXTENSIONS: u8 = 0xa3;
}

mod object_identifier {
    pub(super) const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    pub(super) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    pub(super) const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
}

const HOST: &[u8] = b"localhost";
const VERSION_3: &[u8] = &[2];
/// The certificate lives as long as the process: nobody looks at these dates but the TLS library.
const NOT_BEFORE: &[u8] = b"200101000000Z";
const NOT_AFTER: &[u8] = b"99991231235959Z";
/// A bit string whose last byte is used to the last bit.
const NO_UNUSED_BITS: &[u8] = &[0];

impl Identity {
    /// A new key and a certificate for it; `None` when the system gives no randomness.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).ok()?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).ok()?;
        let mut serial = [0; 16];
        random.fill(&mut serial).ok()?;
        // Positive, and not shortened by a leading zero.
        serial[0] = (serial[0] & 0x7f) | 0x40;

        let algorithm = sequence(&[&oid(object_identifier::ECDSA_WITH_SHA256)]);
        let key_type = sequence(&[&oid(object_identifier::EC_PUBLIC_KEY), &oid(object_identifier::P256)]);
        let content = content(&serial, &algorithm, &key_type, pair.public_key().as_ref());
        let signature = pair.sign(&random, &content).ok()?;
        let signature = element(tag::BIT_STRING, &[NO_UNUSED_BITS, signature.as_ref()]);
        let certificate = sequence(&[&content, &algorithm, &signature]);
        let key = PrivatePkcs8KeyDer::from(document.as_ref().to_vec());
        Some(Self { certificate: certificate.into(), key: key.into() })
    }
}

/// The part of the certificate that is signed.
fn content(serial: &[u8], algorithm: &[u8], key_type: &[u8], public_key: &[u8]) -> Vec<u8> {
    let common_name = element(tag::UTF8_STRING, &[HOST]);
    let common_name = sequence(&[&oid(object_identifier::COMMON_NAME), &common_name]);
    let name = sequence(&[&element(tag::SET, &[&common_name])]);
    let not_before = element(tag::UTC_TIME, &[NOT_BEFORE]);
    let validity = sequence(&[&not_before, &element(tag::GENERALIZED_TIME, &[NOT_AFTER])]);
    let key = sequence(&[key_type, &element(tag::BIT_STRING, &[NO_UNUSED_BITS, public_key])]);
    let hosts = element(tag::OCTET_STRING, &[&sequence(&[&element(tag::DNS_NAME, &[HOST])])]);
    let hosts = sequence(&[&oid(object_identifier::SUBJECT_ALTERNATIVE_NAME), &hosts]);
    sequence(&[
        &element(tag::VERSION, &[&element(tag::INTEGER, &[VERSION_3])]),
        &element(tag::INTEGER, &[serial]),
        algorithm,
        &name,
        &validity,
        &name,
        &key,
        &element(tag::EXTENSIONS, &[&sequence(&[&hosts])]),
    ])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, parts)
}

fn oid(identifier: &[u8]) -> Vec<u8> {
    element(tag::OBJECT_IDENTIFIER, &[identifier])
}

/// A tag, the length in as few bytes as it takes, and the parts.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    const LONG_FORM: u8 = 0x80;
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < LONG_FORM => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let leading = bytes.iter().take_while(|byte| **byte == 0).count();
            let count = u8::try_from(bytes.len() - leading).unwrap_or(u8::MAX);
            out.push(LONG_FORM | count);
            out.extend_from_slice(&bytes[leading..]);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A certificate like the host's, for a P-521 key. Nobody verifies its own signature, so it has none.
#[cfg(test)]
pub(super) fn p521_certificate(public_key: &[u8]) -> CertificateDer<'static> {
    const P521: &[u8] = &[0x2b, 0x81, 4, 0, 35];
    let algorithm = sequence(&[&oid(object_identifier::ECDSA_WITH_SHA256)]);
    let key_type = sequence(&[&oid(object_identifier::EC_PUBLIC_KEY), &oid(P521)]);
    let content = content(&[0x40], &algorithm, &key_type, public_key);
    sequence(&[&content, &algorithm, &element(tag::BIT_STRING, &[NO_UNUSED_BITS])]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_few_bytes_as_they_can() {
        let length = |count: usize| element(tag::OCTET_STRING, &[&vec![7; count]])[1..4].to_vec();
        assert_eq!(length(127), [127, 7, 7]);
        assert_eq!(length(128), [0x81, 128, 7]);
        assert_eq!(length(300), [0x82, 1, 44]);
    }

    #[test]
    fn two_runs_share_nothing() {
        let (one, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
        assert_ne!(one.certificate, other.certificate);
        assert_ne!(one.key.secret_der(), other.key.secret_der());
    }
}
