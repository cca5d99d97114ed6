//! Over TLS, with certificates that are made here.

use crate::hypervisor::{Hypervisor, Measures, SOON, seen, shape};
use crate::lab::{Daemon, Lab};
use collect::kvm::{Kvm, Options};
use collect::{Backend, Error};
use std::sync::Arc;

/// Two authorities, a daemon of the first, and clients of both; then the daemon listens with TLS.
const SETUP: &str = r#"
    cd "$dir" && mkdir -p pki && cd pki
    command -v openssl >/dev/null || { echo 'openssl is missing; install the package openssl' >&2; exit 1; }
    for ca in ours theirs; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$ca" \
            -keyout $ca.key -out $ca.pem 2>/dev/null
    done
    signed() { # name, authority, extension
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout $1.key -out $1.csr 2>/dev/null
        openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 \
            -extfile <(printf '%s\nbasicConstraints=CA:FALSE\n' "$3") -out $1.pem 2>/dev/null
    }
    signed server ours subjectAltName=IP:127.0.0.1
    signed member ours extendedKeyUsage=clientAuth
    signed stranger theirs extendedKeyUsage=clientAuth
    folder() { # name, authority, client or nothing
        mkdir $1 && cp $2.pem $1/cacert.pem
        [ -z "${3-}" ] || { cp $3.pem $1/clientcert.pem; cp $3.key $1/clientkey.pem; }
    }
    folder good ours member; folder outsider ours stranger; folder nobody ours; folder misled theirs member
    port=$(_shell_free_port)
    printf '%s' "$port" >tls-port
    sed -i 's/listen_tls = 0/listen_tls = 1/' "$dir/etc/libvirtd.conf"
    cat >>"$dir/etc/libvirtd.conf" <<CONF
tls_port = "$port"
ca_file = "$dir/pki/ours.pem"
cert_file = "$dir/pki/server.pem"
key_file = "$dir/pki/server.key"
CONF
    _shell_kill "$dir/test-driver.pid" virsh TERM
    _shell_kill "$dir/libvirtd.pid" libvirtd TERM
    _libvirt_spawn "$dir"
    _libvirt_wait "$dir"
    _libvirt_hold_test_driver "$dir"
"#;

/// What an inventory says to one who has the certificates of `folder`, at `host`.
async fn inventory(daemon: &Daemon, host: &str, folder: &str) -> Result<usize, Error> {
    let pki = daemon.dir().join("pki");
    let port = std::fs::read_to_string(pki.join("tls-port")).unwrap();
    let uri = format!("test+tls://{host}:{port}/default?pkipath={}", pki.join(folder).display());
    let backend = Kvm::new(&uri, Options::default()).unwrap();
    backend.inventory(SOON).await.map(|snapshot| snapshot.machines.len())
}

#[tokio::test]
async fn a_daemon_is_reached_over_tls_by_whom_it_knows_and_who_knows_it() {
    let lab = Lab::new(Arc::new(Daemon::start()), "test");
    lab.daemon.run(SETUP);
    let uuid = lab.define("private", Measures { vcpu: 1, memory_mib: 64, disk_gib: 1 }, "");
    let pki = lab.daemon.dir().join("pki");
    let port = std::fs::read_to_string(pki.join("tls-port")).unwrap();
    let uri = format!("test+tls://127.0.0.1:{port}/default?pkipath={}", pki.join("good").display());
    let over_tls = Kvm::new(&uri, Options::default()).unwrap();
    let machine = seen(&over_tls, uuid).await.unwrap();
    assert_eq!(shape(&machine).memory_mib, 64);
    lab.assert_is_as_said(&machine);
    // libvirt's own client gets in by the same certificates.
    assert!(lab.daemon.run(&format!("virsh -q -c '{uri}' list --name")).contains("private"));

    let said = async |host, folder| inventory(&lab.daemon, host, folder).await.unwrap_err();
    for (folder, reason) in [
        ("outsider", "it does not accept the client certificate"),
        ("nobody", "it asks for a client certificate, and there is no"),
    ] {
        let denied = said("127.0.0.1", folder).await;
        assert!(matches!(&denied, Error::Denied { .. }) && !denied.retryable(), "{denied}");
        assert!(denied.to_string().contains(reason), "{denied}");
        assert!(denied.to_string().contains(&format!("pki/{folder}/clientcert.pem")), "{denied}");
    }
    let misled = said("127.0.0.1", "misled").await.to_string();
    assert!(misled.contains("the daemon's certificate is not accepted: UnknownIssuer"), "{misled}");
    assert!(misled.contains("pki/misled/cacert.pem"), "{misled}");
    let misnamed = said("localhost", "good").await.to_string();
    assert!(misnamed.contains("NotValidForName") && misnamed.contains("must be for localhost"), "{misnamed}");
    let absent = said("127.0.0.1", "absent").await.to_string();
    assert!(absent.contains("pki/absent/cacert.pem: "), "{absent}");

    // A list of names is kept by closing the connection without a word.
    lab.daemon.run(
        "printf 'tls_allowed_dn_list = [\"CN=other\"]\\n' >>\"$dir/etc/libvirtd.conf\"
         _shell_kill \"$dir/test-driver.pid\" virsh TERM; _shell_kill \"$dir/libvirtd.pid\" libvirtd TERM
         _libvirt_spawn \"$dir\"; _libvirt_wait \"$dir\"",
    );
    let unlisted = said("127.0.0.1", "good").await;
    assert!(matches!(&unlisted, Error::Denied { .. }), "{unlisted}");
    assert!(unlisted.to_string().contains("pki/good/clientcert.pem"), "{unlisted}");
}
