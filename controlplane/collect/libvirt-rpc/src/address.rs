//! Where a daemon is and which of its drivers is meant.

use crate::tls::Identity;
use std::{fmt, path::PathBuf, str::FromStr};

/// The forms of address that are understood.
const FORMS: &str = "qemu+unix:///system, qemu+unix:///system?socket=/path, qemu+tcp://host:port/system, \
                     qemu+tls://host:port/system?pkipath=/folder, test+unix:///default?socket=/path and \
                     test+tcp://host:port/default";
/// The port of a daemon that listens without TLS.
const TCP_PORT: u16 = 16509;
/// The port of a daemon that listens with TLS.
const TLS_PORT: u16 = 16514;
/// Where a daemon that serves all drivers listens, and where the one of QEMU alone does.
const QEMU_SOCKETS: [&str; 2] = ["/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock"];
/// The driver `test` is part of the daemon that serves all drivers only.
const TEST_SOCKETS: [&str; 1] = ["/run/libvirt/libvirt-sock"];

/// A daemon's address, written `driver+transport://host:port/path?socket=...`, as `virsh -c` takes it.
///
/// Drivers are `qemu` and `test`, transports `unix` (the default), `tcp` and `tls`.
///
/// With `tls` the daemon's certificate is checked and a client certificate is shown: those of the folder
/// that `pkipath=` names (`cacert.pem`, `clientcert.pem`, `clientkey.pem`), or else those that libvirt's own
/// tools take, under `/etc/pki`.
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
    /// The same, with these certificates.
    Tls(String, u16, Identity),
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
    let Query { socket, pkipath } = Query::parse(query)?;
    let known = match driver {
        "qemu" => matches!(path, "system" | "session"),
        "test" => !path.is_empty(),
        _ => return Err(format!("the driver {driver:?} is not one of qemu and test")),
    };
    if !known || path.contains(|c: char| c.is_control() || c == '#') {
        return Err(format!("the driver {driver} has no {path:?}"));
    }
    let transport = match transport {
        "tcp" | "tls" if socket.is_some() => return Err("a socket goes with the transport unix".into()),
        "unix" | "tcp" if pkipath.is_some() => return Err("a pkipath goes with the transport tls".into()),
        "unix" => unix(driver, authority, path, socket)?,
        "tcp" => {
            let (host, port) = host_port(authority)?;
            Transport::Tcp(host, port.unwrap_or(TCP_PORT))
        }
        "tls" => {
            let (host, port) = host_port(authority)?;
            Transport::Tls(host, port.unwrap_or(TLS_PORT), Identity::new(pkipath.as_deref()))
        }
        _ => return Err(format!("the transport {transport:?} is not one of unix, tcp and tls")),
    };
    Ok(Address { text: text.to_owned(), driver_uri: format!("{driver}:///{path}"), transport })
}

/// What may follow a question mark.
#[derive(Default)]
struct Query {
    socket: Option<PathBuf>,
    pkipath: Option<PathBuf>,
}

impl Query {
    fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match name {
                "socket" => &mut query.socket,
                "pkipath" => &mut query.pkipath,
                _ => {
                    return Err(format!(
                        "the parameter {pair:?} is unknown; there are socket=/path and pkipath=/folder"
                    ));
                }
            };
            let path = PathBuf::from(percent_decoded(value)?);
            if !path.is_absolute() {
                return Err(format!("the {name} {} is not absolute", path.display()));
            }
            *place = Some(path);
        }
        Ok(query)
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

/// A host, without the brackets of an IPv6 address, and a port if there is one.
fn host_port(authority: &str) -> Result<(String, Option<u16>), String> {
    if authority.contains('@') {
        return Err("there is no user over tcp and tls".into());
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
    let number = |port: &str| match port.parse() {
        Ok(0) | Err(_) => Err(format!("{port:?} is no port")),
        Ok(port) => Ok(port),
    };
    Ok((host.to_owned(), port.map(number).transpose()?))
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
        let tls = |host: &str, port, folder: Option<&str>| {
            Transport::Tls(host.into(), port, Identity::new(folder.map(std::path::Path::new)))
        };
        let system = "qemu:///system".to_owned();
        assert_eq!(parsed("qemu+tls://kvm1/system"), (system.clone(), tls("kvm1", 16514, None)));
        assert_eq!(parsed("qemu+tls://kvm1:7/system?pkipath=/a%20b"), (system, tls("kvm1", 7, Some("/a b"))));
        assert_eq!(parsed("test+tcp://127.0.0.1:5/default"), ("test:///default".into(), tcp("127.0.0.1", 5)));
        assert_eq!(parsed("test+unix:///default?socket=/s"), ("test:///default".into(), unix(&["/s"])));
        assert_eq!(parsed("test+tcp://h/abs/f.xml"), ("test:///abs/f.xml".into(), tcp("h", 16509)));
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong_and_what_is_right() {
        for (text, reason) in [
            ("qemu", "no ://"),
            ("qemu+ssh://h/system", "\"ssh\" is not one of unix, tcp and tls"),
            ("qemu+tls://h/system?pkipath=a", "the pkipath a is not absolute"),
            ("qemu+tls://h/system?no_verify=1", "there are socket="),
            ("qemu+tcp://h/system?pkipath=/a", "goes with the transport tls"),
            ("qemu+tls://h/system?socket=/a", "goes with the transport unix"),
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
            ("qemu+unix:///system?sock=/a", "there are socket="),
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
