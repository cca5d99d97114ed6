#!/usr/bin/env python3
"""How long it takes to read everything that a hypervisor has, beside the hypervisor's own command line.

    cargo build --release -p controlplane
    ./acceptance-tests/bench/inventory.py
    ./acceptance-tests/bench/inventory.py --sizes 1000 --parts libvirt,esxi

libvirt    N machines of libvirt's test driver, beside virsh: what it is told of each machine one by one, in one process,
           and `domstats`, which tells of all at once but knows neither owners nor interfaces
esxi       N machines of the simulator as an ESXi host, beside govc: the same properties by a filter, and `vm.info`
vcenter    the same of the simulator as a vCenter
cycle      20 libvirts with 1000 machines each, read at once and recorded in a database: no peer does that

The sums of what was found must be equal, or it fails. Every time is the least of --runs; virsh and govc connect anew in
each, as `connecting and reading` does. Machines are made up from their number alone.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import lab
import report

CYCLE = (20, 1000)
OWNER = "bench/first/default"
PASSWORD = "sesame"


def script(command, *arguments):
    """Runs a function of examples/lib; what it prints."""
    sources = " && ".join(f". {lab.ROOT}/examples/lib/{name}.sh" for name in ("libvirtd", "vcsim"))
    run = ["bash", "-euo", "pipefail", "-c", f'{sources} && "$@"', "bash", command, *map(str, arguments)]
    return subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout.strip()


def timed(runs, work):
    """The least and the median time of some runs, in ms, and what the last one came to."""
    times = []
    for _ in range(runs):
        begun = time.monotonic()
        result = work()
        times.append((time.monotonic() - begun) * 1000)
    return {"least_ms": round(min(times)), "median_ms": round(statistics.median(times))}, result


def control_plane(programs, arguments, *more):
    """The figures and sums of `controlplane bench inventory`."""
    run = [programs["controlplane"], "bench", "inventory", "--runs", str(arguments.runs), *more]
    with tempfile.TemporaryDirectory() as folder:
        printed = subprocess.run(run, check=True, cwd=folder, stdout=subprocess.PIPE, text=True).stdout
    sums = re.match(
        r"(?P<hypervisors>\d+) hypervisors: (?P<machines>\d+) machines, \d+ readable, (?P<vcpu>\d+) vCPU, "
        r"(?P<mib>\d+) MiB, (?P<disks>\d+) disks of (?P<disk_mib>\d+) MiB, (?P<owned>\d+) with an owner", printed)
    lines = re.findall(r"^(.*?)\s+(\d+) (ms|MiB)(?:  least (\d+), most (\d+))?$", printed, re.M)
    figures = {title: int(least or value) for title, value, _, least, _ in lines}
    return {name: int(value) for name, value in sums.groupdict().items()}, figures


def mib(size, bits):
    """A size in MiB, of which a part counts as one."""
    return (size + (1 << bits) - 1) >> bits


# libvirt -----------------------------------------------------------------------------------------------------------


def domain(folder, number):
    """A machine of the test driver."""
    running = "" if number % 10 else "<test:runstate>5</test:runstate>"
    mib = 512 * (1 + number % 16)
    return (
        "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"
        f"{running}<name>m-{number}</name><uuid>{uuid.uuid5(uuid.NAMESPACE_URL, f'{folder}/{number}')}</uuid>"
        f"<metadata><esu:owner xmlns:esu='urn:esu:owner:1'>{OWNER}</esu:owner></metadata>"
        f"<memory unit='MiB'>{mib}</memory><vcpu>{1 + number % 8}</vcpu><os><type>hvm</type></os><devices>"
        f"<disk type='file' device='disk'><source file='/images/{number}'/><target dev='vda' bus='virtio'/></disk>"
        f"<interface type='network'><mac address='52:54:00:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}'/>"
        "<source network='default'/></interface></devices></domain>"
    )


def node(folder, machines):
    """A file that the test driver takes for a host: a copy of its own for each connection."""
    path = folder / "node.xml"
    path.write_text("<node>" + "".join(domain(folder, number) for number in range(machines)) + "</node>")
    return path


def virsh(uri, commands):
    """Commands of one virsh; what it prints."""
    run = ["virsh", "-q", "-c", uri]
    return subprocess.run(run, input=commands, check=True, stdout=subprocess.PIPE, text=True).stdout


def by_virsh(uri):
    """What virsh tells of every machine, in sums."""
    ids = subprocess.run(
        ["virsh", "-q", "-c", uri, "list", "--all", "--uuid"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    told = virsh(uri, "".join(f"dominfo {it}\ndumpxml {it}\ndomblkinfo {it} vda\n" for it in ids))
    sizes = [int(size) for size in re.findall(r"^Capacity:\s+(\d+)$", told, re.M)]
    return {
        "machines": len(ids), "disks": len(sizes), "disk_mib": sum(mib(size, 20) for size in sizes),
        "vcpu": sum(map(int, re.findall(r"^CPU\(s\):\s+(\d+)$", told, re.M))),
        "mib": sum(map(int, re.findall(r"^Used memory:\s+(\d+) KiB$", told, re.M))) >> 10,
        "owned": len(re.findall(f">{OWNER}<", told)),
    }


def libvirt(bench, n):
    folder = bench.folder / f"libvirt-{n}"
    folder.mkdir()
    script("libvirt_start", folder)
    try:
        uri = f"test+tcp://127.0.0.1:{(folder / 'port').read_text().strip()}{node(folder, n)}"
        sums, figures = control_plane(bench.programs, bench.arguments, "--uri", uri)
        bench.add("libvirt", n, sums, figures)
        bench.peer("libvirt", n, "virsh, machine by machine", lambda: by_virsh(uri), sums)
        bench.peer("libvirt", n, "virsh domstats", lambda: stats(uri), sums)
    finally:
        script("libvirt_stop", folder)


def stats(uri):
    """What virsh tells of all at once."""
    told = virsh(uri, "domstats --raw\n")
    return {"machines": told.count("Domain: ")}


def cycle(bench):
    hypervisors, machines = CYCLE
    folder = bench.folder / "cycle"
    folder.mkdir()
    script("libvirt_start", folder)
    try:
        port = (folder / "port").read_text().strip()
        uris = []
        for number in range(hypervisors):
            own = folder / f"host-{number}"
            own.mkdir()
            uris += ["--uri", f"test+tcp://127.0.0.1:{port}{node(own, machines)}"]
        sums, figures = control_plane(bench.programs, bench.arguments, *uris)
        bench.add(f"{hypervisors} libvirts", machines, sums, figures)
    finally:
        script("libvirt_stop", folder)


# vSphere -----------------------------------------------------------------------------------------------------------

PROPERTIES = ("name", "runtime.powerState", "runtime.connectionState", "config.instanceUuid", "config.hardware",
              "config.extraConfig")


def objects(text):
    """JSON texts that follow one another."""
    decoder, place = json.JSONDecoder(), 0
    while (place := len(text) - len(text[place:].lstrip())) < len(text):
        found, place = decoder.raw_decode(text, place)
        yield found


def by_filter(folder):
    """What govc tells of every machine by one filter, in sums."""
    found = []
    for update in objects(script("vcsim_govc", folder, "object.collect", "-json", "-type", "m", "/", *PROPERTIES)):
        found.append({change["Name"]: change["Val"] for change in update["ChangeSet"]})
    return hardware_sums([machine["config.hardware"] for machine in found])


def by_info(folder):
    """The same by the command that tells of machines."""
    told = json.loads(script("vcsim_govc", folder, "vm.info", "-json", "-e", "/*/vm/*"))
    return hardware_sums([machine["Config"]["Hardware"] for machine in told["VirtualMachines"]])


def hardware_sums(machines):
    devices = [device for machine in machines for device in machine["Device"]]
    sizes = [device["CapacityInKB"] for device in devices if "CapacityInKB" in device]
    return {
        "machines": len(machines), "vcpu": sum(machine["NumCPU"] for machine in machines),
        "mib": sum(machine["MemoryMB"] for machine in machines), "disks": len(sizes), "disk_mib": sum(mib(size, 10) for size in sizes),
    }


def vsphere(bench, kind, n):
    folder = bench.folder / f"{kind}-{n}"
    shape = ["-vm", n] if kind == "esxi" else ["-standalone-host", 0, "-cluster", 2, "-host", 4, "-vm", n // 2]
    script("vcsim_start", folder, kind, *shape)
    try:
        password = folder / "password"
        password.write_text(PASSWORD)
        more = ["--uri", script("vcsim_uri", folder), "--username", "root", "--password-file", str(password),
                "--certificate-thumbprint", script("vcsim_thumbprint", folder)]
        sums, figures = control_plane(bench.programs, bench.arguments, *more)
        bench.add(kind, n, sums, figures)
        bench.peer(kind, n, "govc, by a filter", lambda: by_filter(folder), sums)
        bench.peer(kind, n, "govc vm.info", lambda: by_info(folder), sums)
    finally:
        script("vcsim_stop", folder)


class Bench:
    """The programs, and the rows that were measured."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.rows = arguments, Path(folder), []
        programs = lab.programs()
        self.programs = {"controlplane": programs["controlplane"]}
        self.facts = report.machine(self.programs, vars(arguments))

    def add(self, part, n, sums, figures):
        for title, value in figures.items():
            if title != "most memory":
                self.row(part, n, title, {"least_ms": value, "memory_mib": figures["most memory"]})
        print(f"{part}, {n}: {sums}", file=sys.stderr)

    def peer(self, part, n, title, work, sums):
        figures, found = timed(self.arguments.runs, work)
        differing = {name: (value, sums[name]) for name, value in found.items() if value != sums[name]}
        if differing:
            sys.exit(f"{part}, {n}: {title} and the control plane differ: {differing}")
        self.row(part, n, title, figures)

    def row(self, part, n, title, figures):
        row = {"part": part, "n": n, "what": title, **figures}
        self.rows.append(row)
        memory = f"{row['memory_mib']:>6} MiB" if "memory_mib" in row else ""
        print(f"{part:<14} {n:>6}  {title:<34} {row['least_ms']:>8} ms {memory}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000", help="machines of one hypervisor")
    parser.add_argument("--parts", default="libvirt,esxi,vcenter,cycle")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, help="folder for inventory.json")
    arguments = parser.parse_args()
    script("libvirt_install")
    script("vcsim_install")
    parts = arguments.parts.split(",")
    with tempfile.TemporaryDirectory(prefix="esu-bench-") as folder:
        bench = Bench(arguments, folder)
        for n in map(int, arguments.sizes.split(",")):
            if "libvirt" in parts:
                libvirt(bench, n)
            for kind in ("esxi", "vcenter"):
                if kind in parts:
                    vsphere(bench, kind, n)
        if "cycle" in parts:
            cycle(bench)
        facts = {**bench.facts, "load_after": os.getloadavg()[0], "rows": bench.rows}
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            (arguments.out / "inventory.json").write_text(json.dumps(facts, indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
