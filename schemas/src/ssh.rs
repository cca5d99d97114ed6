//! Public keys in OpenSSH's form.

use ssh_key::{Algorithm, PublicKey};

/// What is accepted, for people.
const ACCEPTED: &str = "give the one line of a file such as id_ed25519.pub, of the kind ssh-ed25519, \
                        ecdsa-sha2-nistp256, -nistp384 or -nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com or \
                        sk-ecdsa-sha2-nistp256@openssh.com";

/// Reads a public key. A line end after it is no part of it, and it may have a comment.
///
/// # Errors
/// A sentence that says what is wrong and what is accepted; the text itself is not in it, for it may be a private key.
pub fn public_key(text: &str) -> Result<PublicKey, String> {
    if text.contains("PRIVATE KEY") {
        return Err(format!("this is a private key, which must stay where it is; {ACCEPTED}"));
    }
    let line = text.trim_end();
    // A second line would be a second key wherever keys are written one below the other.
    if line.contains(char::is_control) {
        return Err(format!("a public key is one line of plain text; {ACCEPTED}"));
    }
    let key = PublicKey::from_openssh(line)
        .map_err(|error| format!("this is not a public key of OpenSSH ({error}); {ACCEPTED}"))?;
    match key.algorithm() {
        Algorithm::Ed25519
        | Algorithm::Ecdsa { .. }
        | Algorithm::Rsa { .. }
        | Algorithm::SkEd25519
        | Algorithm::SkEcdsaSha2NistP256 => Ok(key),
        _ => Err(format!("this is a key of another kind; {ACCEPTED}")),
    }
}

#[cfg(test)]
mod tests {
    use super::public_key;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAElkj5CjQFzRjBgMdTgX1qEV4CmbtEdkhRaovZv2QrR";

    #[test]
    fn one_line_of_an_accepted_kind_is_a_public_key() {
        for text in [KEY.to_owned(), format!("{KEY}\n"), format!("{KEY} Ада, её ноутбук\r\n")] {
            assert!(public_key(&text).is_ok(), "{text}");
        }
        let other = KEY.replace("ssh-ed25519", "ssh-ed448");
        for (text, reason) in [
            (String::new(), "not a public key"),
            ("ssh-ed25519".to_owned(), "not a public key"),
            (KEY[..40].to_owned(), "not a public key"),
            (other, "not a public key"),
            (KEY.replace("ssh-ed25519", "ssh-rsa"), "not a public key"),
            (format!("no-pty {KEY}"), "not a public key"),
            (format!("{KEY} a\n{KEY} b"), "one line"),
            (format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY}"), "private key"),
        ] {
            let error = public_key(&text).unwrap_err();
            assert!(error.contains(reason) && error.contains("id_ed25519.pub"), "{text}: {error}");
            assert!(!error.contains("AAAA"), "{error}");
        }
    }
}
