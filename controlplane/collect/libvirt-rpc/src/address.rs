//! Where a daemon is and which of its drivers is meant.

use std::{fmt, path::PathBuf, str::FromStr};

/// The forms of address that are understood.
const FORMS: &str = "qemu+unix:///system, qemu+unix:///system?socket=/path, qemu+tcp://host:port/system, \
                     test+unix:///default?socket=/path and test+tcp://host:port/default";
/// The port of a daemon that listens without TLS.
const TCP_PORT: u16 = 16509;
/// Where a daemon that serves all drivers listens, and where the one of QEMU alone does.
const QEMU_SOCKETS: [&str; 2] = ["/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock"];
/// The driver `test` is part of the daemon that serves all drivers only.
const TEST_SOCKETS: [&str; 1] = ["/run/libvirt/libvirt-sock"];

/// A daemon's address, written `driver+transport://host:port/path?socket=...`, as `virsh -c` takes it.
///
/// Drivers are `qemu` and `test`, transports `unix` (the default) and `tcp`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    text: String,
    driver_uri: String,
    transport: Transport,
}

/// How the daemon is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    /// The first of these sockets that answers.
    Unix(Vec<PathBuf>),
    /// A host, without the brackets of an IPv6 address, and a port.
    Tcp(String, u16),
}

/// Why a text is no [`Address`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no address of libvirt: {reason}; the forms are {FORMS}")]
pub struct AddressError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Address {
    /// The URI that the daemon itself is asked to open, such as `qemu:///system`.
    #[must_use]
    pub fn driver_uri(&self) -> &str {
        &self.driver_uri
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        parse(text).map_err(|reason| AddressError { text: text.to_owned(), reason })
    }
}

fn parse(text: &str) -> Result<Address, String> {
    let (scheme, rest) = text.split_once("://").ok_or("it has no ://")?;
    let (driver, transport) = scheme.split_once('+').unwrap_or((scheme, "unix"));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').ok_or("it has no path")?;
    let socket = socket_of(query)?;
    let known = match driver {
        "qemu" => matches!(path, "system" | "session"),
        "test" => !path.is_empty(),
        _ => return Err(format!("the driver {driver:?} is not one of qemu and test")),
    };
    if !known || path.contains(|c: char| c.is_control() || c == '#') {
        return Err(format!("the driver {driver} has no {path:?}"));
    }
    let transport = match transport {
        "unix" => unix(driver, authority, path, socket)?,
        "tcp" if socket.is_some() => return Err("a socket goes with the transport unix".into()),
        "tcp" => tcp(authority)?,
        "tls" => return Err("the transport tls is not supported yet".into()),
        _ => return Err(format!("the transport {transport:?} is not one of unix and tcp")),
    };
    Ok(Address { text: text.to_owned(), driver_uri: format!("{driver}:///{path}"), transport })
}

fn socket_of(query: &str) -> Result<Option<PathBuf>, String> {
    let mut socket = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("socket", value)) => socket = Some(PathBuf::from(percent_decoded(value)?)),
            _ => return Err(format!("the parameter {pair:?} is unknown; the only one is socket=/path")),
        }
    }
    match socket {
        Some(path) if !path.is_absolute() => Err(format!("the socket {} is not absolute", path.display())),
        socket => Ok(socket),
    }
}

fn percent_decoded(text: &str) -> Result<String, String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let hex = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let value = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(value.ok_or_else(|| format!("{text:?} has a % without two hexadecimal digits"))?);
        rest = rest.get(2..).unwrap_or_default();
    }
    String::from_utf8(decoded).map_err(|_| format!("{text:?} is not UTF-8"))
}

fn unix(driver: &str, authority: &str, path: &str, socket: Option<PathBuf>) -> Result<Transport, String> {
    if !authority.is_empty() {
        return Err(format!("a local socket has no host, yet it names {authority:?}"));
    }
    let usual = if driver == "qemu" { &QEMU_SOCKETS[..] } else { &TEST_SOCKETS[..] };
    match socket {
        Some(socket) => Ok(Transport::Unix(vec![socket])),
        None if path == "session" => Err("a session's socket must be named".into()),
        None => Ok(Transport::Unix(usual.iter().map(PathBuf::from).collect())),
    }
}

fn tcp(authority: &str) -> Result<Transport, String> {
    if authority.contains('@') {
        return Err("there is no user over tcp".into());
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or("it has [ without ]")?;
            (
                host,
                if port.is_empty() {
                    None
                } else {
                    Some(port.strip_prefix(':').ok_or("] is followed by no port")?)
                },
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Err("it has no host".into());
    }
    let port = match port {
        None => TCP_PORT,
        Some(port) => match port.parse() {
            Ok(0) | Err(_) => return Err(format!("{port:?} is no port")),
            Ok(port) => port,
        },
    };
    Ok(Transport::Tcp(host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> (String, Transport) {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
        (address.driver_uri, address.transport)
    }

    fn unix(paths: &[&str]) -> Transport {
        Transport::Unix(paths.iter().map(PathBuf::from).collect())
    }

    #[test]
    fn every_form_is_understood() {
        let tcp = |host: &str, port| Transport::Tcp(host.into(), port);
        let system = "qemu:///system".to_owned();
        assert_eq!(parsed("qemu+unix:///system"), (system.clone(), unix(&QEMU_SOCKETS)));
        assert_eq!(parsed("qemu:///system"), (system.clone(), unix(&QEMU_SOCKETS)));
        assert_eq!(parsed("qemu+unix:///system?socket=/a%20b/sock"), (system.clone(), unix(&["/a b/sock"])));
        assert_eq!(parsed("qemu+tcp://kvm1/system"), (system.clone(), tcp("kvm1", 16509)));
        assert_eq!(parsed("qemu+tcp://[::1]:7/system"), (system.clone(), tcp("::1", 7)));
        assert_eq!(parsed("qemu+tcp://[::1]/system"), (system, tcp("::1", 16509)));
        assert_eq!(parsed("test+tcp://127.0.0.1:5/default"), ("test:///default".into(), tcp("127.0.0.1", 5)));
        assert_eq!(parsed("test+unix:///default?socket=/s"), ("test:///default".into(), unix(&["/s"])));
        assert_eq!(parsed("test+tcp://h/abs/f.xml"), ("test:///abs/f.xml".into(), tcp("h", 16509)));
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong_and_what_is_right() {
        for (text, reason) in [
            ("qemu", "no ://"),
            ("qemu+tls://h/system", "tls is not supported yet"),
            ("qemu+ssh://h/system", "\"ssh\" is not one of unix and tcp"),
            ("xen:///system", "\"xen\" is not one of qemu and test"),
            ("qemu+tcp://h", "no path"),
            ("qemu+tcp:///system", "no host"),
            ("qemu+tcp://h:0/system", "\"0\" is no port"),
            ("qemu+tcp://h:x/system", "\"x\" is no port"),
            ("qemu+tcp://[::1/system", "[ without ]"),
            ("qemu+tcp://u@h/system", "no user"),
            ("qemu+tcp://h/other", "has no \"other\""),
            ("qemu+unix://h/system", "has no host"),
            ("qemu+unix:///session", "must be named"),
            ("qemu+unix:///system?sock=/a", "the only one is socket="),
            ("qemu+unix:///system?socket=a", "not absolute"),
            ("qemu+unix:///system?socket=/%4", "%"),
            ("qemu+tcp://h/system?socket=/a", "goes with the transport unix"),
        ] {
            let said = text.parse::<Address>().unwrap_err().to_string();
            assert!(said.contains(reason), "{text}: {said}");
            assert!(said.contains("qemu+tcp://host:port/system"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", tail in "[a-z:/?&=%\\[\\]+@0-9]{0,40}") {
            let _ = text.parse::<Address>();
            let _ = format!("qemu+tcp://{tail}").parse::<Address>();
            let _ = format!("qemu+unix:///system?socket={tail}").parse::<Address>();
        }
    }
}
