#!/usr/bin/env bash
# Runs every test: formatting, lints, generated files, the tests of every crate on both databases, the acceptance tests
# with the real terraform, and the quickstart with each kind of machines. Installs what the tests need.
#
#   ./acceptance-tests/run.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=examples/lib/libvirtd.sh
. examples/lib/libvirtd.sh
# shellcheck source=examples/lib/vcsim.sh
. examples/lib/vcsim.sh

step() { printf '\n== %s (after %d s)\n' "$*" "$SECONDS"; }

install_postgresql() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && return 0
    echo "installing PostgreSQL"
    _shell_apt update
    # The packages would start a server of their own, which nobody asked for.
    _shell_root mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' | _shell_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    _shell_apt install --no-install-recommends postgresql
}

install_mail_server() {
    [ -x /usr/bin/aiosmtpd ] && return 0
    echo "installing aiosmtpd"
    _shell_apt update
    _shell_apt install --no-install-recommends python3-aiosmtpd
}

install_ssh_keygen() {
    command -v ssh-keygen >/dev/null && return 0
    echo "installing ssh-keygen"
    _shell_apt update
    _shell_apt install --no-install-recommends openssh-client
}

for program in cargo cc terraform python3; do
    command -v "$program" >/dev/null || { echo "please install $program first" >&2; exit 1; }
done
python3 -m pip --version >/dev/null || { echo "please install python3's pip first" >&2; exit 1; }

step "what the tests need: PostgreSQL, libvirt and QEMU, the simulator of vSphere, a mail server, ssh-keygen"
install_postgresql
install_mail_server
install_ssh_keygen
libvirt_install
vcsim_install

step "Terraform 1.15, beside the one on the path"
python3 acceptance-tests/testkit/terraform_1_15.py --install

step "Schemathesis"
python3 acceptance-tests/testkit/schemathesis/run.py --install

step "formatting"
cargo fmt --all --check

# Not optimized, and built together: what features are on depends on what is built, and this way all is built once.
step "the programs and the tests"
cargo test --workspace --locked --no-run
ESU_BIN_DIR=${CARGO_TARGET_DIR:-$root/target}/debug
export ESU_BIN_DIR

step "lints"
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

step "generated files"
cargo run --quiet --locked -p codegen -- --check

step "the tests"
cargo test --workspace --locked --no-fail-fast

step "the quickstart, with libvirt's test driver"
./examples/quickstart.sh --backend test

step "the quickstart, with a simulated ESXi host"
./examples/quickstart.sh --backend esxi

step "the quickstart, with QEMU"
./examples/quickstart.sh

step "all passed"
