//! Which certificate an endpoint must show.

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// What the authorities of this system vouch for.
    #[default]
    System,
    /// What these certificates, in PEM, vouch for: a private authority, or the endpoint's own certificate where it is
    /// signed by itself for its name.
    Authority(String),
    /// This certificate and no other, whatever name, issuer and term it has: the SHA-256 of it. An ESXi host signs its
    /// own certificate, so that its thumbprint is all that can be known of it.
    Thumbprint([u8; 32]),
}

/// Why nothing can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The text is no thumbprint.
    #[error("a thumbprint is the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons")]
    Thumbprint,
    /// The text holds no certificate.
    #[error("no certificate in PEM form (-----BEGIN CERTIFICATE-----) that can be an authority's")]
    Authority,
    /// The system has no authorities.
    #[error("this system has no certificates of authorities; give one, or the thumbprint of the endpoint's")]
    System,
    /// The crypto library refuses.
    #[error("TLS: {0}")]
    Tls(String),
}

impl Trust {
    /// Reads a thumbprint: 64 hexadecimal digits, in pairs with colons between them or without.
    ///
    /// # Errors
    /// When the text is none.
    pub fn thumbprint(text: &str) -> Result<Self, TrustError> {
        let digits: Vec<u32> = text
            .trim()
            .chars()
            .filter(|c| *c != ':')
            .map(|c| c.to_digit(16).ok_or(TrustError::Thumbprint))
            .collect::<Result<_, _>>()?;
        let mut bytes = [0_u8; 32];
        if digits.len() != 64 {
            return Err(TrustError::Thumbprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0_u8, |byte, digit| Some(byte << 4 | u8::try_from(*digit).ok()?))
                .ok_or(TrustError::Thumbprint)?;
        }
        Ok(Self::Thumbprint(bytes))
    }

    /// Reads certificates of authorities.
    ///
    /// # Errors
    /// When the text holds none.
    pub fn authority(pem: &str) -> Result<Self, TrustError> {
        authorities(pem).map(|_| Self::Authority(pem.to_owned()))
    }

    /// The TLS settings, on the one crypto provider that is compiled in.
    pub(crate) fn settings(&self) -> Result<ClientConfig, TrustError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::Tls(error.to_string()))?;
        let builder = match self {
            Self::System => builder.with_root_certificates(system()?),
            Self::Authority(pem) => builder.with_root_certificates(authorities(pem)?),
            Self::Thumbprint(expected) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Pinned { expected: *expected, provider })),
        };
        Ok(builder.with_no_client_auth())
    }
}

fn system() -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(TrustError::System) } else { Ok(roots) }
}

fn authorities(pem: &str) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| TrustError::Authority)?;
        roots.add(certificate).map_err(|_| TrustError::Authority)?;
    }
    if roots.is_empty() { Err(TrustError::Authority) } else { Ok(roots) }
}

/// Accepts one certificate. That the other side holds its key is proven by the handshake's signature.
#[derive(Debug)]
struct Pinned {
    expected: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Sha256::digest(certificate);
        if shown[..] == self.expected {
            return Ok(ServerCertVerified::assertion());
        }
        let shown: Vec<String> = shown.iter().map(|byte| format!("{byte:02X}")).collect();
        let other = OtherCertificate(shown.join(":"));
        Err(CertificateError::Other(rustls::OtherError(Arc::new(other))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The endpoint shows another certificate than the one that is trusted.
#[derive(Debug, thiserror::Error)]
#[error("the certificate has the thumbprint {0}, which is not the one that is trusted")]
struct OtherCertificate(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_64_digits_with_or_without_colons() {
        let plain = "0a".repeat(32);
        let colons = vec!["0A"; 32].join(":");
        assert_eq!(Trust::thumbprint(&plain).unwrap(), Trust::Thumbprint([10; 32]));
        assert_eq!(Trust::thumbprint(&format!(" {colons}\n")), Trust::thumbprint(&plain));
        for bad in ["", "0a", &"0a".repeat(20), &"0g".repeat(32), &"0a".repeat(33)] {
            assert_eq!(Trust::thumbprint(bad), Err(TrustError::Thumbprint), "{bad}");
        }
    }

    #[test]
    fn an_authority_is_a_certificate() {
        for bad in ["", "sesame", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            assert_eq!(Trust::authority(bad), Err(TrustError::Authority), "{bad}");
        }
    }
}
