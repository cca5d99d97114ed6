//! A Unix socket in a fresh folder that only this user can enter.

use std::{
    env, fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use ring::rand::{SecureRandom, SystemRandom};
use tokio::net::UnixListener;

/// What the host is connected with.
pub(in crate::server) type Socket = tokio::net::UnixStream;

/// The listening socket. Dropping it removes its folder.
pub(in crate::server) struct Listener {
    socket: UnixListener,
    address: String,
    _folder: PrivateFolder,
}

impl Listener {
    pub(in crate::server) fn bind(parent: Option<&Path>) -> io::Result<Self> {
        let folder = PrivateFolder::create(parent.unwrap_or(&env::temp_dir()))?;
        let path = folder.0.join("plugin");
        let address = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
        Ok(Self { socket: UnixListener::bind(path)?, address, _folder: folder })
    }

    pub(in crate::server) fn network(&self) -> &'static str {
        "unix"
    }

    pub(in crate::server) fn address(&self) -> &str {
        &self.address
    }

    pub(in crate::server) async fn accept(&self) -> io::Result<Socket> {
        Ok(self.socket.accept().await?.0)
    }
}

struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// Fails when the folder exists: a folder made by somebody else is not private.
    fn create(parent: &Path) -> io::Result<Self> {
        let mut random = [0; 8];
        SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
        let folder = parent.join(format!("plugin-{:016x}", u64::from_be_bytes(random)));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // Nothing can be done about a folder that stays behind, and nothing is at stake.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn the_folder_is_private_and_goes_with_the_listener() {
        let parent = tempfile::tempdir().unwrap();
        let listener = Listener::bind(Some(parent.path())).unwrap();
        let folder = Path::new(listener.address()).parent().unwrap().to_owned();
        assert_eq!(folder.parent(), Some(parent.path()));
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        drop(listener);
        assert!(!folder.exists());
    }
}
