//! Packets: a length, a header of six numbers, a body.

use crate::xdr::{DecodeError, Decoder, Encoder};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The program of libvirt's own calls.
pub(crate) const REMOTE: u32 = 0x2000_8086;
/// The program of the check whether the other side is still there.
pub(crate) const KEEPALIVE: u32 = 0x6b65_6570;
/// Both programs have one version.
const VERSION: u32 = 1;
const PING: i32 = 1;
const PONG: i32 = 2;

const LENGTH_BYTES: usize = 4;
const HEADER_BYTES: usize = 24;
/// The protocol's own limit of a packet, its length field included.
const PACKET_MAX_BYTES: usize = (32 << 20) + LENGTH_BYTES;

/// What a packet is, to those who have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    /// The answer to the call of this serial: its results, or an error structure.
    Reply { serial: u32, failed: bool, body: Vec<u8> },
    /// Something happened.
    Event { procedure: i32, body: Vec<u8> },
    /// The other side wants to know whether we are there.
    Ping,
    /// Of no interest.
    Other,
}

/// A call's packet.
pub(crate) fn call(procedure: i32, serial: u32, body: &[u8]) -> Vec<u8> {
    assemble(REMOTE, procedure, 0, serial, body)
}

/// The answer to a [`Packet::Ping`].
pub(crate) fn pong() -> Vec<u8> {
    assemble(KEEPALIVE, PONG, 2, 0, &[])
}

fn assemble(program: u32, procedure: i32, kind: u32, serial: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(LENGTH_BYTES + HEADER_BYTES + body.len()).unwrap_or(u32::MAX);
    let header = Encoder::default().u32(length).u32(program).u32(VERSION).i32(procedure);
    let mut packet = header.u32(kind).u32(serial).u32(0).into_bytes();
    packet.extend(body);
    packet
}

/// Reads one packet. Memory grows with what arrives, not with what was announced.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Packet> {
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    if !(LENGTH_BYTES + HEADER_BYTES..=PACKET_MAX_BYTES).contains(&length) {
        return Err(io::Error::other(format!("a packet of {length} bytes: this is not libvirt's protocol")));
    }
    let wanted = length - LENGTH_BYTES;
    let mut bytes = Vec::with_capacity(wanted.min(64 << 10));
    stream.take(wanted as u64).read_to_end(&mut bytes).await?;
    if bytes.len() < wanted {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    parse(&bytes).map_err(|error| io::Error::other(format!("a malformed packet: {error}")))
}

/// Reads a packet without its length field.
pub(crate) fn parse(bytes: &[u8]) -> Result<Packet, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let (program, _version, procedure) = (decoder.u32()?, decoder.u32()?, decoder.i32()?);
    let (kind, serial, status) = (decoder.u32()?, decoder.u32()?, decoder.u32()?);
    let body = || bytes.get(HEADER_BYTES..).unwrap_or_default().to_vec();
    Ok(match (program, kind) {
        (KEEPALIVE, _) if procedure == PING => Packet::Ping,
        (REMOTE, 1) => Packet::Reply { serial, failed: status != 0, body: body() },
        (REMOTE, 2) => Packet::Event { procedure, body: body() },
        _ => Packet::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(mut bytes: &[u8]) -> io::Result<Packet> {
        read(&mut bytes).await
    }

    #[tokio::test]
    async fn only_packets_of_a_possible_length_are_read() {
        for length in [0u32, 27, u32::MAX, (32 << 20) + 5] {
            let said = read_all(&length.to_be_bytes()).await.unwrap_err().to_string();
            assert!(said.contains("not libvirt's protocol"), "{said}");
        }
        let mut cut = pong();
        cut.pop();
        assert_eq!(read_all(&cut).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(
            read_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap_err().kind(),
            io::ErrorKind::Other
        );
    }

    #[tokio::test]
    async fn each_kind_is_told_apart() {
        let read_one = async |program, procedure, kind, body: &[u8]| {
            read_all(&assemble(program, procedure, kind, 7, body)).await.unwrap()
        };
        assert_eq!(read_one(KEEPALIVE, PING, 2, &[]).await, Packet::Ping);
        assert_eq!(read_one(KEEPALIVE, PONG, 2, &[]).await, Packet::Other);
        assert_eq!(read_one(REMOTE, 16, 0, &[]).await, Packet::Other);
        let reply = Packet::Reply { serial: 7, failed: false, body: vec![1, 2, 3, 4] };
        assert_eq!(read_one(REMOTE, 16, 1, &[1, 2, 3, 4]).await, reply);
        assert_eq!(read_one(REMOTE, 318, 2, &[]).await, Packet::Event { procedure: 318, body: vec![] });
    }
}
