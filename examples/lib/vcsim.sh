# shellcheck shell=bash
# vSphere's own simulator for examples and tests: vcsim, which behaves like an ESXi host or a vCenter, and govc, which
# is the command line of both. Both are built from Debian's source package golang-github-vmware-govmomi, once, into the
# cache folder; nothing of the system's lists of packages is changed.
#
#   . examples/lib/vcsim.sh
#   vcsim_install
#   vcsim_start DIR esxi                 # or: vcsim_start DIR vcenter [ARGUMENT ...]
#   uri=$(vcsim_uri DIR)
#   esxi_define DIR web 1 1024 10 acme/first-client/default
#   esxi_resize DIR web 2
#   esxi_destroy DIR web
#   vcsim_stop DIR
#
# The account is root with the password "sesame". Every function may be repeated, works under `set -euo pipefail`, and
# tells stderr what it does.

# shellcheck source=examples/lib/shell.sh
. "$(dirname "${BASH_SOURCE[0]}")/shell.sh"

_vcsim_cache=${XDG_CACHE_HOME:-$HOME/.cache}/esu/vcsim
_vcsim_source=golang-github-vmware-govmomi
_vcsim_user=root
_vcsim_password=sesame

_vcsim_say() { printf 'vcsim: %s\n' "$*" >&2; }

# Debian's own lists of sources, in a folder of ours.
_vcsim_fetch() {
    local work=$1 release options
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-stable}")
    mkdir -p "$work/lists/partial" "$work/archives/partial"
    printf 'deb-src http://deb.debian.org/debian %s main\n' "$release" >"$work/sources.list"
    options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache::archives=$work/archives"
        -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update >&2
    (cd "$work" && apt-get "${options[@]}" source "$_vcsim_source" >&2)
}

_vcsim_build() {
    local work=$1 tree program
    tree=$(compgen -G "$work/$_vcsim_source-*/govc" | head -n 1)
    mkdir -p "$work/go/src/github.com/vmware"
    ln -sfn "${tree%/govc}" "$work/go/src/github.com/vmware/govmomi"
    for program in vcsim govc; do
        _vcsim_say "building $program, which takes a minute"
        (cd "$work/go/src/github.com/vmware/govmomi" &&
            GO111MODULE=off GOPATH="$work/go:/usr/share/gocode" GOCACHE="$work/build" GOTOOLCHAIN=local GOFLAGS='' \
                CGO_ENABLED=0 nice -n 10 go build -o "$work/$program" "./$program" >&2)
    done
}

_vcsim_make() {
    local work
    mkdir -p "$_vcsim_cache"
    _shell_apt update || _vcsim_say "the package lists could not be refreshed; going on with those at hand"
    _shell_apt install --no-install-recommends golang-go golang-github-google-uuid-dev golang-github-kr-pretty-dev dpkg-dev
    work=$(mktemp -d "$_vcsim_cache/build.XXXXXX")
    if ! _vcsim_fetch "$work" || ! _vcsim_build "$work"; then
        _vcsim_say "vcsim and govc could not be built; what was made is in $work"
        return 1
    fi
    mv "$work/vcsim" "$work/govc" "$_vcsim_cache/"
    chmod -R u+w "$work"
    rm -rf "$work"
}

# vcsim_install: vcsim and govc in the cache folder.
vcsim_install() {
    if [ -x "$_vcsim_cache/vcsim" ] && [ -x "$_vcsim_cache/govc" ]; then return 0; fi
    if ! command -v apt-get >/dev/null; then
        _vcsim_say "please build vcsim and govc 0.24 into $_vcsim_cache; there is no apt-get here"
        return 1
    fi
    _vcsim_make
}

# A certificate that the simulator signs itself, as an ESXi host does.
_vcsim_certificate() {
    if [ -s "$1/tls.crt" ]; then return 0; fi
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
        -addext keyUsage=digitalSignature -addext extendedKeyUsage=serverAuth \
        -addext basicConstraints=critical,CA:FALSE -keyout "$1/tls.key" -out "$1/tls.crt" 2>/dev/null
}

# vcsim_start DIR esxi|vcenter [ARGUMENT ...]: starts a simulator in DIR, at the port that it had before if it had one.
# One host and no machines, unless the arguments say otherwise. It forgets everything when it ends.
vcsim_start() {
    local dir=$1 kind=$2 tries arguments
    shift 2
    mkdir -p "$dir"
    if _shell_alive "$dir/vcsim.pid" vcsim; then return 0; fi
    [ -s "$dir/port" ] || _shell_free_port >"$dir/port"
    _vcsim_certificate "$dir"
    case $kind in
        esxi) arguments=(-esx) ;;
        vcenter) arguments=(-standalone-host 0 -cluster 1 -host 2) ;;
        *) _vcsim_say "it can be esxi or vcenter, not $kind"; return 1 ;;
    esac
    case " $* " in *' -vm '*) ;; *) arguments+=(-vm 0) ;; esac
    _vcsim_say "starting a simulated $kind in $dir at $(vcsim_uri "$dir")"
    : >"$dir/vcsim.log"
    setsid "$_vcsim_cache/vcsim" -l "127.0.0.1:$(cat "$dir/port")" -username "$_vcsim_user" -password "$_vcsim_password" \
        -tlscert "$dir/tls.crt" -tlskey "$dir/tls.key" "${arguments[@]}" "$@" </dev/null >>"$dir/vcsim.log" 2>&1 &
    echo $! >"$dir/vcsim.pid"
    for ((tries = 0; tries < 300; tries++)); do
        if vcsim_govc "$dir" about >/dev/null 2>&1; then return 0; fi
        if [ "$tries" -gt 50 ] && ! _shell_alive "$dir/vcsim.pid" vcsim; then break; fi
        sleep 0.1
    done
    _vcsim_say "the simulator does not answer; $dir/vcsim.log ends with:"
    tail -n 5 "$dir/vcsim.log" >&2
    return 1
}

# vcsim_stop DIR: ends the simulator of DIR.
vcsim_stop() { _shell_kill "$1/vcsim.pid" vcsim TERM; }

# vcsim_uri DIR: where the simulator of DIR is.
vcsim_uri() { printf 'https://127.0.0.1:%s\n' "$(cat "$1/port")"; }

# vcsim_thumbprint DIR: the SHA-256 of its certificate.
vcsim_thumbprint() { openssl x509 -in "$1/tls.crt" -noout -fingerprint -sha256 | sed 's/.*=//'; }

# vcsim_govc DIR ARGUMENT ...: govc, as the account that the simulator has.
vcsim_govc() {
    local dir=$1
    shift
    GOVC_URL="$(vcsim_uri "$dir")/sdk" GOVC_USERNAME=$_vcsim_user GOVC_PASSWORD=$_vcsim_password GOVC_INSECURE=1 \
        GOVC_PERSIST_SESSION=false "$_vcsim_cache/govc" "$@"
}

_esxi_uuid() { vcsim_govc "$1" vm.info -json "$2" | python3 -c 'import json, sys; print(json.load(sys.stdin)["VirtualMachines"][0]["Config"]["InstanceUuid"])'; }

# esxi_define DIR NAME VCPU RAM_MIB DISK_GB [OWNER]: a running machine with one disk. OWNER is the path of codes
# partner/client/project. A machine of that name is left as it is.
esxi_define() {
    local dir=$1 name=$2 vcpu=$3 ram_mib=$4 disk_gb=$5 owner=${6-}
    if [ -n "$(vcsim_govc "$dir" find / -type m -name "$name")" ]; then return 0; fi
    _vcsim_say "machine $name: $vcpu vCPU, $ram_mib MiB, $disk_gb GB${owner:+, of $owner}"
    vcsim_govc "$dir" vm.create -c "$vcpu" -m "$ram_mib" -disk "${disk_gb}GB" -g otherGuest64 -net "VM Network" -on=false "$name" >/dev/null
    [ -z "$owner" ] || vcsim_govc "$dir" vm.change -vm "$name" -e "esu.project=$owner" >/dev/null
    vcsim_govc "$dir" vm.power -on "$name" >/dev/null
}

# esxi_owner DIR NAME OWNER: tags the machine; '' takes the tag off.
esxi_owner() {
    _vcsim_say "machine $2: now of ${3:-nobody}"
    vcsim_govc "$1" vm.change -vm "$2" -e "esu.project=$3" >/dev/null
}

# esxi_resize DIR NAME VCPU [RAM_MIB]: changes the machine, which goes on running.
esxi_resize() {
    _vcsim_say "machine $2: now $3 vCPU${4:+, $4 MiB}"
    vcsim_govc "$1" vm.change -vm "$2" -c "$3" ${4:+-m "$4"} >/dev/null
}

# esxi_stop DIR NAME and esxi_start DIR NAME: the power switch.
esxi_stop() {
    _vcsim_say "machine $2: off"
    vcsim_govc "$1" vm.power -off "$2" >/dev/null
}
esxi_start() {
    _vcsim_say "machine $2: on"
    vcsim_govc "$1" vm.power -on "$2" >/dev/null
}

# esxi_destroy DIR NAME: the machine and its disks are gone for good.
esxi_destroy() {
    _vcsim_say "machine $2: removed"
    vcsim_govc "$1" vm.destroy "$2" >/dev/null
}

# esxi_remove_all DIR: every machine.
esxi_remove_all() {
    local path
    for path in $(vcsim_govc "$1" find / -type m); do esxi_destroy "$1" "$path"; done
}
