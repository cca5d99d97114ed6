"""What VMware's own SDK for Python says of the machines of an endpoint: `pyvmomi_machines.py https://host:port user password`
prints one JSON object for each. The SDK is installed on first use into the user's cache, outside of the repository.
"""

import fcntl
import json
import os
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

VERSION = "9.1.1.0"


def install():
    """The SDK, whole or not at all. Of processes that start together one installs it, the others wait."""
    home = os.environ.get("ESU_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME")
    installed = (Path(home) if home else Path.home() / ".cache") / "esu-tests" / f"pyvmomi-{VERSION}"
    installed.parent.mkdir(parents=True, exist_ok=True)
    with open(installed.parent / "pyvmomi.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.is_dir():
            partial = Path(tempfile.mkdtemp(prefix="pyvmomi-", dir=installed.parent))
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            what = ["--target", str(partial), f"pyvmomi=={VERSION}"]
            subprocess.run(pip + what, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            partial.rename(installed)
    return installed


def machine(vm):
    from pyVmomi import vim

    options = [option.value for option in vm.config.extraConfig if option.key == "esu.project"]
    devices = vm.config.hardware.device
    disks = [device for device in devices if isinstance(device, vim.vm.device.VirtualDisk)]
    nics = [device for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)]
    return {
        "uuid": vm.config.instanceUuid,
        "name": vm.name,
        "power": vm.runtime.powerState,
        "vcpu": vm.config.hardware.numCPU,
        "memory_mib": vm.config.hardware.memoryMB,
        "owner": options[-1] if options else "",
        "guest_os": vm.config.guestId,
        "disks": sorted([disk.capacityInKB, disk.backing.fileName] for disk in disks),
        "macs": sorted(nic.macAddress for nic in nics),
    }


def main():
    sys.path.insert(0, str(install()))
    from pyVim.connect import Disconnect, SmartConnect
    from pyVmomi import vim

    where = urlsplit(sys.argv[1])
    # Whom it speaks to is known: it is a simulator on this machine.
    context = ssl._create_unverified_context()
    service = SmartConnect(host=where.hostname, port=where.port, user=sys.argv[2], pwd=sys.argv[3], sslContext=context)
    content = service.RetrieveContent()
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    for vm in view.view:
        print(json.dumps(machine(vm)))
    Disconnect(service)


main()
