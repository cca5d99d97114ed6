# shellcheck shell=bash
# The control plane and the provider for examples: built from this tree unless ESU_BIN_DIR has them, run from a folder of
# their own.
#
#   server_build                      builds both
#   server_start DIR [ARGUMENT ...]   starts the control plane in DIR; sets ESU_ENDPOINT and ESU_TOKEN
#   server_stop DIR
#   controlplane ARGUMENT ...         its command line, over the database of DIR
#   provider_mirror DIR               lets terraform install the provider from a filesystem mirror in DIR
#   api METHOD PATH [JSON]            one call of the API; prints the answer

_server_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
_server_bin=${ESU_BIN_DIR:-${CARGO_TARGET_DIR:-$_server_root/target}/release}

server_build() {
    [ -z "${ESU_BIN_DIR:-}" ] || return 0
    (cd "$_server_root" && cargo build --release --locked -p controlplane -p provider)
}

controlplane() { "$_server_bin/controlplane" "$@"; }

provider_version() { "$_server_bin/terraform-provider-esu" --version | sed 's/.* //'; }

server_start() {
    local dir=$1 tries address=
    shift
    export ESU_DATABASE=sqlite:$dir/esu.db ESU_SECRET_KEY_FILE=$dir/esu.key
    ESU_TOKEN=$(controlplane admin bootstrap)
    # There before the server writes it, because it is read at once.
    : >"$dir/server.log"
    setsid "$_server_bin/controlplane" serve --listen 127.0.0.1:0 "$@" </dev/null >>"$dir/server.log" 2>&1 &
    echo $! >"$dir/server.pid"
    for ((tries = 0; tries < 100; tries++)); do
        address=$(sed -n 's/.*ready address=\([0-9.:]*\).*/\1/p' "$dir/server.log")
        [ -n "$address" ] && break
        kill -0 "$(cat "$dir/server.pid")" 2>/dev/null || break
        sleep 0.05
    done
    if [ -z "$address" ]; then
        cat "$dir/server.log" >&2
        return 1
    fi
    ESU_ENDPOINT=http://$address
    export ESU_ENDPOINT ESU_TOKEN
}

server_stop() {
    local pid tries
    pid=$(cat "$1/server.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || return 0
    for ((tries = 0; tries < 100; tries++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
}

provider_mirror() {
    local dir=$1 version platform folder
    version=$(provider_version)
    platform=$(TF_CLI_CONFIG_FILE=/dev/null terraform version -json | python3 -c 'import json, sys; print(json.load(sys.stdin)["platform"])')
    folder=$dir/mirror/registry.terraform.io/esu/esu/$version/$platform
    mkdir -p "$folder"
    cp "$_server_bin/terraform-provider-esu" "$folder/terraform-provider-esu_v$version"
    cat >"$dir/terraformrc" <<CONF
disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = "$dir/mirror"
  }
}
CONF
    export TF_CLI_CONFIG_FILE=$dir/terraformrc
}

api() {
    python3 - "$1" "$ESU_ENDPOINT$2" "${3-}" <<'PYTHON'
import os, sys, urllib.error, urllib.request
method, url, body = sys.argv[1:4]
request = urllib.request.Request(url, method=method, data=body.encode() or None, headers={
    "Authorization": "Bearer " + os.environ["ESU_TOKEN"], "Content-Type": "application/json", "User-Agent": "quickstart"})
try:
    print(urllib.request.urlopen(request, timeout=30).read().decode())
except urllib.error.HTTPError as refusal:
    sys.exit(f"{method} {url}: {refusal.code} {refusal.read().decode()}")
PYTHON
}
