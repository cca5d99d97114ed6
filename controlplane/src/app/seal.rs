//! Secrets at rest: sealed with a key that the database does not hold.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use std::path::Path;

/// The key that secrets are sealed with: 256 bits.
pub struct Key {
    seal: LessSafeKey,
    digest: hmac::Key,
}

/// Why there is no key, or why it does not open what was sealed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not a key.
    #[error("the secret key must be 32 bytes in base64; make one with: head -c 32 /dev/urandom | base64")]
    Malformed,
    /// The key's file cannot be read or written.
    #[error("the file of the secret key: {0}")]
    File(#[from] std::io::Error),
    /// The secret was sealed with another key, or was changed.
    #[error("a stored secret does not open with this key")]
    DoesNotOpen,
    /// The system has no randomness.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl Key {
    /// Reads a key from base64.
    ///
    /// # Errors
    /// When it is not 32 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| KeyError::Malformed)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| KeyError::Malformed)?;
        // A key for each use, made of the one: what is known of one tells nothing of the other.
        let digest = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), b"digest");
        let digest = hmac::Key::new(hmac::HMAC_SHA256, digest.as_ref());
        Ok(Self { seal: LessSafeKey::new(key), digest })
    }

    /// A digest by which something is known again that holds a secret: without the key nobody can try out what it was.
    pub fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.digest);
        for part in parts {
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        let mut digest = [0_u8; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }

    /// Reads the key from a file, which is made, for its owner only, where there is none.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds no key.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_base64(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut bytes = [0_u8; 32];
                SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
                let text = STANDARD.encode(bytes);
                write_private(path, &text)?;
                Self::from_base64(&text)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Seals a secret: nonce, then ciphertext with its tag.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, secret: &str) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0_u8; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| KeyError::NoRandomness)?;
        let mut sealed = secret.as_bytes().to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .map_err(|_| KeyError::NoRandomness)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// When it was sealed with another key, or was changed.
    pub fn open(&self, sealed: &[u8]) -> Result<String, KeyError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(KeyError::DoesNotOpen)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::DoesNotOpen)?;
        let mut rest = rest.to_vec();
        let opened =
            self.seal.open_in_place(nonce, Aad::empty(), &mut rest).map_err(|_| KeyError::DoesNotOpen)?;
        String::from_utf8(opened.to_vec()).map_err(|_| KeyError::DoesNotOpen)
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::from_file(&folder.path().join("one")).unwrap();
        let same = Key::from_file(&folder.path().join("one")).unwrap();
        let other = Key::from_file(&folder.path().join("other")).unwrap();
        let mut sealed = key.seal("hunter2").unwrap();
        assert_eq!(same.open(&sealed).unwrap(), "hunter2");
        assert_eq!(key.digest(&[b"a", b"b"]), same.digest(&[b"a", b"b"]));
        assert_ne!(key.digest(&[b"a", b"b"]), other.digest(&[b"a", b"b"]));
        assert_ne!(key.digest(&[b"a", b"b"]), key.digest(&[b"ab", b""]));
        assert!(matches!(other.open(&sealed), Err(KeyError::DoesNotOpen)));
        *sealed.last_mut().unwrap() ^= 1;
        assert!(matches!(key.open(&sealed), Err(KeyError::DoesNotOpen)));
        assert!(matches!(key.open(&[]), Err(KeyError::DoesNotOpen)));
        assert!(matches!(Key::from_base64("c2hvcnQ="), Err(KeyError::Malformed)));
    }
}
