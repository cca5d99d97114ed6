//! Secrets of tokens and links: 256 random bits with a prefix by which leaked ones are found. Only their hashes are stored.

use super::Error;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

/// A new secret.
///
/// # Errors
/// When the system gives no random numbers.
pub(super) fn new(prefix: &str) -> Result<String, Error> {
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random()?)))
}

/// 256 random bits.
///
/// # Errors
/// When the system gives no random numbers.
pub(super) fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Internal("no random numbers".to_owned()))?;
    Ok(bytes)
}

/// What is stored of a secret, and what it is found by.
pub(super) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
