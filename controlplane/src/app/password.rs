//! Passwords: what is kept of them (argon2id), how they are compared and made up.
//!
//! Only hashes are stored. A hash takes some 20 ms of one processor and 19 MiB, on a thread of its own.

use super::Error;
use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use schemas::resource::Secret;

/// The bytes of a salt.
const SALT_BYTES: usize = 16;
/// The random bytes of a generated password, which are 20 characters.
const GENERATED_BYTES: usize = 15;

/// The hash of a password, with its salt and parameters, in PHC's form.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) async fn hash(password: &Secret) -> Result<String, Error> {
    let password = password.clone();
    let salt = random::<SALT_BYTES>()?;
    apart(move || {
        let salt = SaltString::encode_b64(&salt).map_err(|error| Error::internal("salt", error))?;
        let hash = Argon2::default().hash_password(password.0.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| Error::internal("password", error))
    })
    .await
}

/// Whether a password is the one of a hash. Where there is none it takes as long: who asks does not learn that from the
/// time.
///
/// # Errors
/// When the stored hash is damaged.
pub(crate) async fn is_right(given: &Secret, stored: Option<String>) -> Result<bool, Error> {
    let Some(stored) = stored else { return hash(given).await.map(|_| false) };
    let given = given.clone();
    apart(move || {
        let stored = PasswordHash::new(&stored).map_err(|error| Error::internal("password hash", error))?;
        match Argon2::default().verify_password(given.0.as_bytes(), &stored) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::Password) => Ok(false),
            Err(error) => Err(Error::internal("password hash", error)),
        }
    })
    .await
}

/// A password of 120 random bits.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn generate() -> Result<Secret, Error> {
    Ok(Secret(URL_SAFE_NO_PAD.encode(random::<GENERATED_BYTES>()?)))
}

/// Runs what takes a while beside the threads that serve calls.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal("password", error))?
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0_u8; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Internal("no random numbers".to_owned()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{generate, hash, is_right};
    use schemas::resource::Secret;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_alone() {
        let password = generate().unwrap();
        let (first, second) = (hash(&password).await.unwrap(), hash(&password).await.unwrap());
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && first != second);
        assert!(!first.contains(&password.0) && password.0.len() == 20);
        assert!(is_right(&password, Some(first.clone())).await.unwrap());
        assert!(!is_right(&generate().unwrap(), Some(first)).await.unwrap());
        assert!(!is_right(&Secret(String::new()), None).await.unwrap());
        assert!(is_right(&password, Some("damaged".to_owned())).await.is_err());
    }
}
