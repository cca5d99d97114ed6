//! Connections whose handshake is done, each in a task of its own.

use std::{io, sync::Arc, time::Duration};

use futures::{Stream, StreamExt, stream};
use tokio::{
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use super::listener::{Listener, Socket};

/// How long a peer may take to prove who it is.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How many peers may try at once.
const MAX_HANDSHAKES: usize = 64;
/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Connection = TlsStream<Socket>;

/// The connections, until the server ends. A silent peer holds up no other.
pub(super) fn connections(
    listener: Listener,
    acceptor: TlsAcceptor,
    end: CancellationToken,
) -> impl Stream<Item = io::Result<Connection>> {
    let (sender, mut receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        tokio::select! {
            () = accept(&listener, &acceptor, &sender) => {}
            () = end.cancelled() => {}
        }
    });
    stream::poll_fn(move |context| receiver.poll_recv(context).map(|connection| connection.map(Ok)))
}

/// The connections without TLS, until the server ends.
pub(super) fn plain_connections(
    listener: Listener,
    end: CancellationToken,
) -> impl Stream<Item = io::Result<Socket>> {
    let accepted = stream::unfold(listener, |listener| async {
        loop {
            match listener.accept().await {
                Ok(socket) => return Some((Ok(socket), listener)),
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    });
    accepted.take_until(end.cancelled_owned())
}

async fn accept(listener: &Listener, acceptor: &TlsAcceptor, accepted: &mpsc::Sender<Connection>) {
    let slots = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let Ok(socket) = listener.accept().await else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (acceptor, accepted) = (acceptor.clone(), accepted.clone());
        tokio::spawn(async move {
            let handshake = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(socket)).await;
            drop(slot);
            match handshake {
                // The receiver is gone only when the server ends.
                Ok(Ok(connection)) => drop(accepted.send(connection).await),
                Ok(Err(error)) => eprintln!("refused a connection: {error}"),
                Err(_) => eprintln!("refused a connection: no handshake in time"),
            }
        });
    }
}

#[cfg(test)]
#[path = "incoming_test.rs"]
mod incoming_test;
