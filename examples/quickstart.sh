#!/usr/bin/env bash
# From `terraform apply` to an exact bill, on a machine that has Rust, a C compiler, Terraform and Python.
#
#   ./examples/quickstart.sh                  with real QEMU machines, emulated, without an operating system
#   ./examples/quickstart.sh --backend test   with the machines that libvirt's test driver makes up
#   ./examples/quickstart.sh --backend esxi   with an ESXi host that vSphere's own simulator makes up
#   ./examples/quickstart.sh --keep           leave everything running at the end
#   ./examples/quickstart.sh --stop DIR       end what --keep left running
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=examples/lib/libvirtd.sh
. "$root/examples/lib/libvirtd.sh"
# shellcheck source=examples/lib/vcsim.sh
. "$root/examples/lib/vcsim.sh"
# shellcheck source=examples/lib/server.sh
. "$root/examples/lib/server.sh"

backend=qemu
keep=
dir=

usage() { sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
step() { if [ -t 1 ]; then printf '\n\033[1m== %s\033[0m\n' "$*"; else printf '\n== %s\n' "$*"; fi; }
say() { printf '   %s\n' "$*"; }
indent() { sed 's/^libvirt: //; s/^vcsim: //; s/^/   /'; }
fail() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 1
}

stop_all() {
    server_stop "$1"
    libvirt_stop "$1/libvirt" 2>/dev/null
    vcsim_stop "$1/esxi" 2>/dev/null
    rm -rf "$1"
}

while [ $# -gt 0 ]; do
    case $1 in
        --backend) backend=${2-} && shift ;;
        --keep) keep=yes ;;
        --stop)
            [ -f "${2-}/server.pid" ] || fail "there is no quickstart in ${2-}"
            stop_all "$2"
            exit 0
            ;;
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && fail "unknown argument $1" ;;
    esac
    shift
done
case $backend in qemu | test | esxi) ;; *) fail "the backends are qemu, test and esxi, not \"$backend\"" ;; esac
for program in cargo cc terraform python3; do
    command -v "$program" >/dev/null || fail "please install $program first"
done

cleanup() {
    local code=$?
    trap - EXIT INT TERM
    case $code in
        0 | 130 | 143) ;;
        *) tail -n 20 "$dir/server.log" >&2 2>/dev/null || true ;;
    esac
    stop_all "$dir"
    exit "$code"
}
dir=$(mktemp -d "${TMPDIR:-/tmp}/esu-quickstart.XXXXXX")
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Waits until a question to the API has the expected answer: wait_until WHAT SECONDS EXPECTED EXPRESSION PATH
wait_until() {
    local what=$1 seconds=$2 expected=$3 expression=$4 path=$5 deadline answer=
    deadline=$((SECONDS + seconds))
    while [ "$SECONDS" -lt "$deadline" ]; do
        answer=$(api GET "$path" | python3 -c "import json, sys; answer = json.load(sys.stdin); print($expression)")
        [ "$answer" = "$expected" ] && return 0
        sleep 0.3
    done
    fail "$what: expected $expected, have $answer"
}

# The hypervisor of the backend, and its machines: define NAME VCPU MAXVCPU RAM_MIB DISK_GB [OWNER], and so on.
case $backend in
    esxi)
        hypervisor_install() { vcsim_install; }
        hypervisor_start() { vcsim_start "$dir/esxi" esxi; }
        hypervisor_uri() { vcsim_uri "$dir/esxi"; }
        define() { esxi_define "$dir/esxi" "$1" "$2" "$4" "$5" "${6-}" 2>&1 | indent; }
        resize() { esxi_resize "$dir/esxi" "$@" 2>&1 | indent; }
        destroy() { esxi_destroy "$dir/esxi" "$@" 2>&1 | indent; }
        remove_all() { esxi_remove_all "$dir/esxi" 2>&1 | indent; }
        ;;
    *)
        hypervisor_install() { libvirt_install; }
        hypervisor_start() { libvirt_start "$dir/libvirt"; }
        hypervisor_uri() { libvirt_uri "$dir/libvirt" "$backend"; }
        define() { machine_define "$dir/libvirt" "$uri" "$@" 2>&1 | indent; }
        resize() { machine_resize "$dir/libvirt" "$uri" "$@" 2>&1 | indent; }
        destroy() { machine_destroy "$dir/libvirt" "$uri" "$@" 2>&1 | indent; }
        remove_all() { machine_remove_all "$dir/libvirt" "$uri" 2>&1 | indent; }
        ;;
esac

step "1. Installing what is missing, and building"
hypervisor_install 2>&1 | indent
say "building the control plane and the Terraform provider; the first time takes some minutes"
server_build
say "built: $(controlplane --version), provider $(provider_version)"

step "2. Starting a private hypervisor and the control plane on its own SQLite file"
hypervisor_start 2>&1 | indent
uri=$(hypervisor_uri)
server_start "$dir" --test-clock 2021-12-19T21:00:00Z
say "machines: $uri"
say "API:      $ESU_ENDPOINT, on a test clock that stands at 20 December 2021, 00:00 in Moscow"

step "3. terraform apply: a hypervisor, a partner, a tariff plan and two clients"
provider_mirror "$dir"
cp -r "$root/examples/quickstart" "$dir/terraform"
export TF_VAR_hypervisor_uri=$uri TF_IN_AUTOMATION=1
if [ "$backend" = esxi ]; then
    export TF_VAR_hypervisor_type=vmware TF_VAR_hypervisor_username=root TF_VAR_hypervisor_password=sesame
    TF_VAR_hypervisor_thumbprint=$(vcsim_thumbprint "$dir/esxi")
    export TF_VAR_hypervisor_thumbprint
fi
tf() { terraform -chdir="$dir/terraform" "$@"; }
tf init -no-color -input=false | grep -E 'Installed|initialized' | indent
tf apply -no-color -input=false -auto-approve | grep -E '^esu_.*complete|^Apply' | indent
tf plan -no-color -input=false -detailed-exitcode >/dev/null || fail "the second plan is not empty"
say "The second plan is empty."

step "4. Machines appear on the hypervisor, three with an owner's tag and one without"
define web 1 4 1024 10 acme/first-client/default
define db 1 4 512 20 acme/second-client/default
define cache 1 1 256 5 acme/second-client/default
define stray 1 1 128 1
wait_until "machines found" 60 4 'answer["total"]' '/v1/machine?live=true'
say "The collector found them:"
api GET '/v1/machine?live=true' | python3 -c '
import json, sys
for machine in json.load(sys.stdin)["items"]:
    owner = machine["owner_tag"] or "nobody (" + machine["problem"] + "): reported, not billed"
    print("   %-6s %d vCPU  %4d MiB  %-3s of %s" % (machine["name"], machine["vcpu"], machine["ram_mib"], machine["power"], owner))'
say "What no hypervisor reports comes in as observations: an image, a data centre, an address."
api POST /v1/source '{"code": "storage"}' >/dev/null
observe() {
    local sequence=$1 at=$2 resource=$3 name=$4 thing=$5
    printf '{"source": "storage", "epoch": 1, "observations": [{"sequence": %s, "observed_at": "%s", "resource": "%s", "name": "%s", "owner": "acme/first-client/default", "thing": %s}]}' \
        "$sequence" "$at" "$resource" "$name" "$thing"
}
image=5b1d7c4e-3f0a-4c1e-9d52-7a6b8f2e0c11 vdc=c07a2f9d-64be-4f3b-8a1c-2d9e5b7f3a42 address=e81f4b6a-92cd-4d70-b3e5-1f8a6c0d9b73
start=2021-12-19T21:00:00Z
api POST /v1/observation "$(observe 1 $start $image 'Debian 12' '{"kind": "image", "size_bytes": 10737418240}')" >/dev/null
api POST /v1/observation "$(observe 2 $start $vdc 'Main VDC' '{"kind": "vdc"}')" >/dev/null
api POST /v1/observation "$(observe 3 $start $address '203.0.113.10' '{"kind": "public_ip"}')" >/dev/null
say "Sent again, a batch changes nothing: $(api POST /v1/observation "$(observe 3 $start $address '203.0.113.10' '{"kind": "public_ip"}')")"

step "5. At noon one machine is resized while it runs, and one is destroyed, behind our back"
api PUT /v1/clock '{"now": "2021-12-20T09:00:00Z"}' >/dev/null
resize db 2
wait_until "the resize" 60 2 'next((m["vcpu"] for m in answer["items"] if m["name"] == "db"), 0)' '/v1/machine?live=true'
destroy cache
wait_until "the end of a machine" 60 3 'answer["total"]' '/v1/machine?live=true'
say "The collector saw both."

step "6. The day closes, and is billed"
# A closed day is booked by the server; one that is open is still rated, with what may come late.
sleep 3
api PUT /v1/clock '{"now": "2021-12-21T21:00:00Z"}' >/dev/null
wait_until "booked contracts" 30 2 'sum(c["booked_to"] == "2021-12-20" for c in answer["items"])' /v1/contract
say "24 hours after its end the day is closed, and booked by the server. A run by hand books nothing twice:"
controlplane bill run | indent
for client in first-client second-client; do
    printf '\n   acme/%s, 20 December 2021\n\n' "$client"
    controlplane bill report "acme/$client" --from 2021-12-20 --to 2021-12-20 | tee "$dir/$client.txt" | indent
done
for amount in -30.00 -100.00 0.00 -6.00 -5.00 -1.00 -142.00; do
    grep -qE -- "  *$amount\$" "$dir/first-client.txt" || fail "the bill of the first client has no line of $amount"
done

if [ -n "$keep" ]; then
    trap - EXIT INT TERM
    printf '%s' "$ESU_TOKEN" >"$dir/token"
    step "Left running"
    say "API:    $ESU_ENDPOINT"
    say "Token:  in $dir/token, a platform administrator's"
    say "Try:    curl -H \"Authorization: Bearer \$(cat $dir/token)\" $ESU_ENDPOINT/v1/client"
    if [ "$backend" = esxi ]; then
        say "Govc:   bash -c '. $root/examples/lib/vcsim.sh; vcsim_govc $dir/esxi ls vm'"
    else
        say "Virsh:  virsh -c $uri list --all"
    fi
    say "Stop:   ./examples/quickstart.sh --stop $dir"
    exit 0
fi

step "7. The machines go, then everything that Terraform made"
remove_all
end=2021-12-21T21:00:00Z
api POST /v1/observation "$(observe 4 $end $image 'Debian 12' null)" >/dev/null
api POST /v1/observation "$(observe 5 $end $vdc 'Main VDC' null)" >/dev/null
api POST /v1/observation "$(observe 6 $end $address '203.0.113.10' null)" >/dev/null
wait_until "the end of all machines" 60 0 'answer["total"]' '/v1/machine?live=true'
# Disks end when two inventories in a row do not show them.
sleep 3
tf destroy -no-color -input=false -auto-approve | grep -E '^esu_.*complete|^Destroy' | indent
wait_until "partners left" 5 0 'answer["total"]' /v1/partner
wait_until "clients left" 5 0 'answer["total"]' /v1/client
wait_until "tariff plans left" 5 0 'answer["total"]' /v1/tariff_plan
wait_until "hypervisors left" 5 0 'answer["total"]' /v1/hypervisor
count() { api GET "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["total"])'; }
say "What stays: the ledger of $(count /v1/contract) closed contracts, and $(count '/v1/event?limit=1') events in the audit log."
step "Done"
