//! When the server ends: the host says so, the system does, or the host is gone.

use std::{io, time::Duration};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often to look whether the host still lives.
#[cfg(unix)]
const PARENT_INTERVAL: Duration = Duration::from_secs(2);

/// The end of the server, and of the handlers under way.
pub(super) struct Lifecycle {
    end: CancellationToken,
}

impl Lifecycle {
    /// Watches from now on; `stop` is cancelled with the server so that handlers end soon.
    pub(super) fn watch(stop: CancellationToken) -> io::Result<Self> {
        let end = CancellationToken::new();
        let ended_by_system = ended_by_system()?;
        let ending = end.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = ended_by_system => ending.cancel(),
                () = ending.cancelled() => {}
            }
            stop.cancel();
        });
        Ok(Self { end })
    }

    /// Cancelled when the server is to end; cancel it to end the server.
    pub(super) fn end(&self) -> &CancellationToken {
        &self.end
    }

    /// Waits for the end, and then for as long as calls under way may take.
    pub(super) async fn grace_is_over(&self, grace: Duration) {
        self.end.cancelled().await;
        sleep(grace).await;
    }
}

/// Ends on SIGTERM, or when the host died without a word.
///
/// An interrupt goes to the whole process group, but the host decides what becomes of it: it sends
/// `StopProvider` and waits for the resources under way. So an interrupt is ignored here.
#[cfg(unix)]
fn ended_by_system() -> io::Result<impl Future<Output = ()>> {
    use std::os::unix::process::parent_id;

    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let parent = parent_id();
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => return,
                () = sleep(PARENT_INTERVAL) => {
                    if parent_id() != parent {
                        return;
                    }
                }
            }
        }
    })
}

/// Ignores interrupts, which the host deals with.
#[cfg(not(unix))]
fn ended_by_system() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        while tokio::signal::ctrl_c().await.is_ok() {}
        std::future::pending::<()>().await;
    })
}
