# shellcheck shell=bash
# A private libvirtd for examples and tests: its own configuration, state, sockets and port under one
# directory. A libvirtd that the system runs, and its machines, are neither used nor disturbed.
#
#   . examples/lib/libvirtd.sh
#   libvirt_install
#   libvirt_start DIR
#   uri=$(libvirt_uri DIR qemu)          # or: libvirt_uri DIR test
#   machine_define DIR "$uri" web 1 4 512 10 acme/first-client/default
#   machine_resize DIR "$uri" web 2 1024
#   machine_destroy DIR "$uri" web
#   libvirt_stop DIR
#
# The driver `qemu` runs real QEMU processes, emulated (TCG, no /dev/kvm) and without an operating system.
# The driver `test` only pretends, in the daemon's memory, and forgets everything at libvirt_stop.
# Every function may be repeated, works under `set -euo pipefail`, and tells stderr what it does.

# shellcheck source=examples/lib/shell.sh
. "$(dirname "${BASH_SOURCE[0]}")/shell.sh"

_libvirt_say() { printf 'libvirt: %s\n' "$*" >&2; }

_libvirt_ready() {
    local command
    for command in libvirtd virsh qemu-system-x86_64 qemu-img unshare; do
        PATH="$PATH:/usr/sbin" command -v "$command" >/dev/null || return 1
    done
    compgen -G '/usr/lib*/*/libvirt/connection-driver/libvirt_driver_qemu.so' >/dev/null ||
        compgen -G '/usr/lib*/libvirt/connection-driver/libvirt_driver_qemu.so' >/dev/null
}

# The account that libvirt looks up when it starts, used or not; Debian makes it in a package that we leave out.
_libvirt_account() {
    getent group kvm >/dev/null || _shell_root groupadd --system kvm
    getent group libvirt-qemu >/dev/null || _shell_root groupadd --gid 64055 libvirt-qemu
    getent passwd libvirt-qemu >/dev/null ||
        _shell_root useradd --uid 64055 --gid 64055 --groups kvm --no-create-home --home-dir /var/lib/libvirt \
            --shell /usr/sbin/nologin libvirt-qemu 2>/dev/null
}

# libvirt_install: installs what is missing of libvirt and QEMU, from Debian's own packages.
libvirt_install() {
    local packages=(libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils)
    if _libvirt_ready; then
        _libvirt_account
        return 0
    fi
    if ! command -v apt-get >/dev/null; then
        _libvirt_say "please install libvirtd, virsh, qemu-system-x86_64 and qemu-img; there is no apt-get here"
        return 1
    fi
    _libvirt_say "installing ${packages[*]}"
    _shell_apt update || _libvirt_say "the package lists could not be refreshed; going on with those at hand"
    if ! _shell_apt install --no-install-recommends "${packages[@]}" 2>/dev/null; then
        # A qemu-utils of another release (backports) keeps this release's emulator out.
        local release
        # shellcheck source=/dev/null
        release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-stable}")
        _libvirt_say "taking qemu-utils of $release, to go with its qemu-system-x86"
        _shell_apt install --no-install-recommends --allow-downgrades \
            "${packages[@]/%qemu-utils/qemu-utils/$release}"
    fi
    _libvirt_account
    _libvirt_ready
}

_libvirt_configure() {
    local dir=$1 port=$2
    cat >"$dir/etc/libvirtd.conf" <<CONF
listen_tls = 0
listen_tcp = 1
listen_addr = "127.0.0.1"
tcp_port = "$port"
auth_tcp = "none"
auth_unix_ro = "none"
auth_unix_rw = "none"
CONF
    cat >"$dir/etc/qemu.conf" <<'CONF'
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
CONF
}

# Runs libvirtd where its fixed paths are folders of ours: only this process and its children see that.
_libvirt_spawn() {
    local dir=$1
    # shellcheck disable=SC2016
    _shell_root setsid unshare --mount --propagation private bash -c '
        set -eu
        dir=$1
        for pair in etc:/etc/libvirt run:/run/libvirt lib:/var/lib/libvirt cache:/var/cache/libvirt log:/var/log/libvirt; do
            mkdir -p "${pair#*:}"
            mount --bind "$dir/${pair%%:*}" "${pair#*:}"
        done
        PATH=$PATH:/usr/sbin exec libvirtd --listen -f "$dir/etc/libvirtd.conf" -p "$dir/libvirtd.pid"
    ' libvirtd "$dir" </dev/null >>"$dir/libvirtd.log" 2>&1 &
}

# libvirt_uri DIR qemu|test: where the daemon of DIR has this driver.
libvirt_uri() {
    local port
    port=$(cat "$1/port") || return 1
    case $2 in
        qemu) printf 'qemu+tcp://127.0.0.1:%s/system\n' "$port" ;;
        test) printf 'test+tcp://127.0.0.1:%s/default\n' "$port" ;;
        *) _libvirt_say "the drivers are qemu and test, not $2"; return 1 ;;
    esac
}

_virsh() {
    local uri=$1
    shift
    virsh -q -c "$uri" "$@" </dev/null
}

_libvirt_wait() {
    local dir=$1 tries uri
    uri=$(libvirt_uri "$dir" test)
    for ((tries = 0; tries < 300; tries++)); do
        if _virsh "$uri" version >/dev/null 2>&1; then return 0; fi
        if [ "$tries" -gt 25 ] && ! _shell_alive "$dir/libvirtd.pid" libvirtd; then break; fi
        sleep 0.2
    done
    _libvirt_say "the daemon does not answer at $uri; $dir/libvirtd.log ends with:"
    tail -n 5 "$dir/libvirtd.log" >&2
    return 1
}

# The driver `test` lives as long as somebody is connected to it, and is born with a machine `test`.
_libvirt_hold_test_driver() {
    local dir=$1 uri machine
    uri=$(libvirt_uri "$dir" test)
    if _shell_alive "$dir/test-driver.pid" virsh; then return 0; fi
    # shellcheck disable=SC2016
    setsid bash -c 'echo $$ >"$1"; exec virsh -q -c "$2" event --all --loop' bash "$dir/test-driver.pid" "$uri" \
        </dev/null >/dev/null 2>&1 &
    # Before that connection stands, what is removed here would be back.
    sleep 0.5
    for machine in $(_virsh "$uri" list --all --name); do
        _virsh "$uri" destroy "$machine" >/dev/null
        _virsh "$uri" undefine "$machine" >/dev/null
    done
}

# libvirt_start DIR: starts the daemon of DIR, at the port it had before if it had one.
libvirt_start() {
    local dir
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    if ! _shell_alive "$dir/libvirtd.pid" libvirtd; then
        if ! _shell_root unshare --mount true; then
            _libvirt_say "no mount namespace may be made here (CAP_SYS_ADMIN), which keeps /etc/libvirt untouched"
            return 1
        fi
        _shell_root mkdir -p "$dir"/{etc,run,lib,cache,log,images}
        _shell_root chmod 0755 "$dir"/{etc,run,lib,cache,log,images}
        [ -s "$dir/port" ] || _shell_free_port >"$dir/port"
        _shell_root bash -c "$(declare -f _libvirt_configure); _libvirt_configure \"\$@\"" bash "$dir" "$(cat "$dir/port")"
        _libvirt_say "starting a private libvirtd in $dir at 127.0.0.1:$(cat "$dir/port")"
        _libvirt_spawn "$dir"
        _libvirt_wait "$dir"
    fi
    _libvirt_hold_test_driver "$dir"
    _libvirt_pool "$dir"
}

# The pool `images` of the driver `qemu`, for the disks of machine_define.
_libvirt_pool() {
    local dir=$1 uri
    uri=$(libvirt_uri "$dir" qemu)
    if ! _virsh "$uri" pool-info images >/dev/null 2>&1; then
        _virsh "$uri" pool-define-as images dir --target "$dir/images" >/dev/null
        _virsh "$uri" pool-autostart images >/dev/null
    fi
    _virsh "$uri" pool-start images >/dev/null 2>&1 || true
}

# libvirt_restart DIR: a new daemon; QEMU processes live on, the driver `test` forgets everything.
libvirt_restart() {
    _libvirt_say "restarting the libvirtd of $1"
    _shell_kill "$1/test-driver.pid" virsh TERM
    _shell_kill "$1/libvirtd.pid" libvirtd TERM
    libvirt_start "$1"
}

# libvirt_stop DIR: ends the daemon of DIR and its machines; what is in DIR stays.
libvirt_stop() {
    local dir=$1 pid_file
    [ -d "$dir" ] || return 0
    _libvirt_say "stopping the libvirtd of $dir"
    _shell_kill "$dir/test-driver.pid" virsh TERM
    _shell_kill "$dir/libvirtd.pid" libvirtd TERM
    for pid_file in "$dir"/run/qemu/*.pid; do
        if [ -e "$pid_file" ]; then _shell_kill "$pid_file" qemu-system TERM; fi
    done
}

_machine_exists() { _virsh "$1" dominfo "$2" >/dev/null 2>&1; }
_machine_pool() { case $1 in test*) echo default-pool ;; *) echo images ;; esac; }
_machine_running() { [ "$(_virsh "$1" domstate "$2" 2>/dev/null)" = running ]; }

_machine_metadata() {
    [ -z "$1" ] && return 0
    printf '<metadata><esu:owner xmlns:esu="urn:esu:owner:1">%s</esu:owner></metadata>' "$1"
}

# Memory is added as DIMMs, since without an operating system no balloon moves.
_machine_xml() {
    local uri=$1 name=$2 vcpu=$3 max_vcpu=$4 ram_mib=$5 owner=$6 uuid=$7 kind=qemu memory=""
    case $uri in
        test*) kind=test memory="<memory unit='MiB'>$((ram_mib * 16))</memory><currentMemory unit='MiB'>$ram_mib</currentMemory>" ;;
        *) memory="<maxMemory slots='16' unit='MiB'>$((ram_mib * 16 + 4096))</maxMemory><memory unit='MiB'>$ram_mib</memory>
  <cpu><numa><cell id='0' cpus='0-$((max_vcpu - 1))' memory='$ram_mib' unit='MiB'/></numa></cpu>" ;;
    esac
    cat <<XML
<domain type='$kind'>
  <name>$name</name><uuid>$uuid</uuid>
  $(_machine_metadata "$owner")
  $memory
  <vcpu current='$vcpu'>$max_vcpu</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='volume' device='disk'>
      <driver name='qemu' type='$([ "$kind" = test ] && echo raw || echo qcow2)'/>
      <source pool='$(_machine_pool "$uri")' volume='$name'/><target dev='vda' bus='virtio'/>
    </disk>
    <memballoon model='$([ "$kind" = test ] && echo virtio || echo none)'/>
  </devices>
</domain>
XML
}

# machine_define DIR URI NAME VCPU MAXVCPU RAM_MIB DISK_GB [OWNER]: a running machine with one disk.
# OWNER is the path of codes partner/client/project. A machine of that name is left as it is.
machine_define() {
    local dir=$1 uri=$2 name=$3 vcpu=$4 max_vcpu=$5 ram_mib=$6 disk_gb=$7 owner=${8-} pool format
    if ! _machine_exists "$uri" "$name"; then
        _libvirt_say "machine $name: $vcpu vCPU of at most $max_vcpu, $ram_mib MiB, $disk_gb GB${owner:+, of $owner}"
        pool=$(_machine_pool "$uri")
        format=$([ "$pool" = images ] && echo qcow2 || echo raw)
        if ! _virsh "$uri" vol-info "$name" --pool "$pool" >/dev/null 2>&1; then
            _virsh "$uri" vol-create-as "$pool" "$name" "${disk_gb}GiB" --allocation 0 --format "$format" >/dev/null
        fi
        _machine_xml "$uri" "$name" "$vcpu" "$max_vcpu" "$ram_mib" "$owner" \
            "$(cat /proc/sys/kernel/random/uuid)" >"$dir/machine-$name.xml"
        _virsh "$uri" define "$dir/machine-$name.xml" >/dev/null
    fi
    if ! _machine_running "$uri" "$name"; then _virsh "$uri" start "$name" >/dev/null; fi
}

# machine_owner DIR URI NAME OWNER: tags the machine, at once and for its next start; '' takes the tag off.
machine_owner() {
    local uri=$2 name=$3 owner=$4 scope=(--config) change
    if _machine_running "$uri" "$name"; then scope+=(--live); fi
    _libvirt_say "machine $name: now of ${owner:-nobody}"
    if [ -n "$owner" ]; then change=(--key esu --set "<owner>$owner</owner>"); else change=(--remove); fi
    _virsh "$uri" metadata "$name" urn:esu:owner:1 "${scope[@]}" "${change[@]}" >/dev/null
}

_machine_memory_mib() {
    local kib
    kib=$(_virsh "$1" dominfo "$2" | sed -n 's/^Used memory: *\([0-9]*\) KiB$/\1/p')
    echo $((kib / 1024))
}

_machine_add_memory() {
    local dir=$1 uri=$2 name=$3 mib=$4 file=$1/memory-$3.xml
    printf "<memory model='dimm'><target><size unit='MiB'>%s</size><node>0</node></target></memory>\n" "$mib" >"$file"
    _virsh "$uri" attach-device "$name" "$file" --live --config >/dev/null
}

_machine_vcpu() { _virsh "$1" dominfo "$2" | sed -n 's/^CPU(s): *//p'; }

# Describes the machine anew and starts it with that.
_machine_restart() {
    local dir=$1 uri=$2 name=$3 vcpu=$4 ram_mib=$5 max_vcpu owner uuid
    max_vcpu=$(_virsh "$uri" vcpucount "$name" --maximum --config)
    owner=$(_virsh "$uri" metadata "$name" urn:esu:owner:1 2>/dev/null | sed 's/<[^>]*>//g' | tr -d '[:space:]') || true
    uuid=$(_virsh "$uri" domuuid "$name")
    _machine_xml "$uri" "$name" "$vcpu" "$max_vcpu" "$ram_mib" "$owner" "$uuid" >"$dir/machine-$name.xml"
    _virsh "$uri" destroy "$name" >/dev/null
    _virsh "$uri" define "$dir/machine-$name.xml" >/dev/null
    _virsh "$uri" start "$name" >/dev/null
}

# machine_resize DIR URI NAME VCPU [RAM_MIB]: changes the running machine, without stopping it where that
# can be. The driver `qemu` grows at once, RAM by multiples of 2 MiB; to take something back it would need
# the help of an operating system, and so the machine is stopped and started.
machine_resize() {
    local dir=$1 uri=$2 name=$3 vcpu=$4 ram_mib=${5-} now_mib
    now_mib=$(_machine_memory_mib "$uri" "$name")
    ram_mib=${ram_mib:-$now_mib}
    _libvirt_say "machine $name: now $vcpu vCPU, $ram_mib MiB"
    case $uri in
        qemu*)
            if [ "$vcpu" -lt "$(_machine_vcpu "$uri" "$name")" ] || [ "$ram_mib" -lt "$now_mib" ]; then
                _machine_restart "$dir" "$uri" "$name" "$vcpu" "$ram_mib"
                return 0
            fi
            ;;
    esac
    # One call for each: the driver `test` does not take both at once.
    _virsh "$uri" setvcpus "$name" "$vcpu" --live >/dev/null
    _virsh "$uri" setvcpus "$name" "$vcpu" --config >/dev/null
    [ "$now_mib" -ne "$ram_mib" ] || return 0
    case $uri in
        test*)
            _virsh "$uri" setmem "$name" "${ram_mib}MiB" --live >/dev/null
            _virsh "$uri" setmem "$name" "${ram_mib}MiB" --config >/dev/null
            ;;
        *) _machine_add_memory "$dir" "$uri" "$name" $((ram_mib - now_mib)) ;;
    esac
}

# machine_stop DIR URI NAME and machine_start DIR URI NAME: the power switch.
machine_stop() {
    if _machine_running "$2" "$3"; then
        _libvirt_say "machine $3: off"
        _virsh "$2" destroy "$3" >/dev/null
    fi
}

machine_start() {
    if ! _machine_running "$2" "$3"; then
        _libvirt_say "machine $3: on"
        _virsh "$2" start "$3" >/dev/null
    fi
}

# machine_destroy DIR URI NAME: the machine and its disk are gone for good.
machine_destroy() {
    local dir=$1 uri=$2 name=$3
    if _machine_exists "$uri" "$name"; then
        _libvirt_say "machine $name: removed"
        _virsh "$uri" destroy "$name" >/dev/null 2>&1 || true
        _virsh "$uri" undefine "$name" >/dev/null
    fi
    _virsh "$uri" vol-delete "$name" --pool "$(_machine_pool "$uri")" >/dev/null 2>&1 || true
    rm -f "$dir/machine-$name.xml" "$dir/memory-$name.xml"
}

# machine_remove_all DIR URI: every machine that the driver has.
machine_remove_all() {
    local names name
    names=$(_virsh "$2" list --all --name)
    while read -r name; do
        if [ -n "$name" ]; then machine_destroy "$1" "$2" "$name"; fi
    done <<<"$names"
}
