//! A TCP socket on the loopback, for systems without Unix sockets.

use std::{io, net::Ipv4Addr, path::Path};

use tokio::net::TcpListener;

/// What the host is connected with.
#[cfg_attr(unix, allow(dead_code, reason = "compiled on every system, used where there are no Unix sockets"))]
pub(in crate::server) type Socket = tokio::net::TcpStream;

/// The listening socket.
pub(in crate::server) struct Listener {
    socket: TcpListener,
    address: String,
}

impl Listener {
    pub(in crate::server) fn bind(_folder: Option<&Path>) -> io::Result<Self> {
        let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?.to_string();
        Ok(Self { socket: TcpListener::from_std(socket)?, address })
    }

    pub(in crate::server) fn network(&self) -> &'static str {
        "tcp"
    }

    pub(in crate::server) fn address(&self) -> &str {
        &self.address
    }

    pub(in crate::server) async fn accept(&self) -> io::Result<Socket> {
        let (stream, _) = self.socket.accept().await?;
        // Small answers must not wait for the peer's acknowledgement: plans take several times as long.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_are_not_delayed() {
        let listener = Listener::bind(None).unwrap();
        assert_eq!(listener.network(), "tcp");
        let client = tokio::net::TcpStream::connect(listener.address()).await.unwrap();
        assert!(listener.accept().await.unwrap().nodelay().unwrap());
        drop(client);
    }
}
