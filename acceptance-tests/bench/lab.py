"""What a benchmark is run with: the server, Terraform with its providers, and a look at their memory."""

import atexit
import glob
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEER = HERE / "peer"
READY = "ready address="
START_TIMEOUT_S = 60
SAMPLE_PERIOD_S = 0.02


def programs():
    """The server and the provider, built with optimisation."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    folder = Path(os.environ.get("ESU_BIN_DIR", target / "release"))
    found = {name: folder / name for name in ("controlplane", "terraform-provider-esu")}
    for path in found.values():
        if not path.is_file():
            sys.exit(f"{path} is missing; run: cargo build --release -p controlplane -p provider (or set ESU_BIN_DIR)")
    return found


def null_providers():
    """The providers that do nothing, built where they are missing. The peer's build needs protoc."""
    folder = os.environ.get("ESU_PEER_BIN_DIR")
    if not folder:
        if not shutil.which("protoc"):
            sys.exit("protoc is missing, with which the peer is built; run: apt-get install protobuf-compiler libprotobuf-dev")
        target = Path(os.environ.get("CARGO_TARGET_DIR", PEER / "target"))
        target = target if target.is_relative_to(PEER) else target.with_name(target.name + "-peer")
        build = ["cargo", "build", "--release", "--locked", "--manifest-path", PEER / "Cargo.toml"]
        subprocess.run([*build, "--target-dir", target], check=True)
        folder = target / "release"
    return {name: Path(folder) / f"terraform-provider-{name}" for name in ("own", "peer")}


class Server:
    """A server on a database of its own, which goes away with it."""

    def __init__(self, program, database=None):
        self.folder = Path(tempfile.mkdtemp(prefix="esu-bench-"))
        self.program = program
        self.log = self.folder / "log"
        self.environment = {
            **os.environ,
            "ESU_DATABASE": database or f"sqlite:{self.folder / 'esu.db'}",
            "ESU_SECRET_KEY_FILE": str(self.folder / "key"),
            "ESU_LOG": "warn,controlplane=info",
            "NO_COLOR": "1",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--listen", "127.0.0.1:0"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        atexit.register(self.stop)
        self.url = "http://" + self._address()
        bootstrap = [program, "admin", "bootstrap"]
        self.token = subprocess.run(
            bootstrap, env=self.environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    def _address(self):
        begun = time.monotonic()
        while time.monotonic() - begun < START_TIMEOUT_S:
            found = re.search(re.escape(READY) + r"(\S+)", self.log.read_text())
            if found:
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(SAMPLE_PERIOD_S)
        sys.exit(f"the server does not start:\n{self.log.read_text()}")

    def call(self, method, path, body=None):
        """One request, which must succeed; the answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode()[:2000]}")
        return json.loads(text) if text else None

    def all(self, noun):
        """Every object of a kind, page by page."""
        items, cursor = [], ""
        while True:
            page = self.call("GET", f"/v1/{noun}?limit=1000&cursor={cursor}")
            items += page["items"]
            if not page.get("next_cursor"):
                return items
            cursor = page["next_cursor"]

    def create(self, noun, bodies):
        """Creates objects, a thousand in one request."""
        for begin in range(0, len(bodies), 1000):
            operations = [{"method": "POST", "path": f"/v1/{noun}", "body": body} for body in bodies[begin:begin + 1000]]
            results = self.call("POST", "/v1/batch", {"atomic": True, "operations": operations})["results"]
            failed = [result for result in results if result["status"] >= 300]
            if failed:
                sys.exit(f"{noun}: {failed[0]}")

    def requests(self):
        """How many requests it answered so far, by operation."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=60) as answer:
            text = answer.read().decode()
        found = re.findall(r'^esu_http_requests_total\{([^}]*)\} (\d+)', text, re.MULTILINE)
        counts = {}
        for labels, count in found:
            operation = re.search(r'operation="([^"]*)"', labels).group(1)
            counts[operation] = counts.get(operation, 0) + int(count)
        return counts

    def peak_kib(self):
        """The most memory that it had resident."""
        return peak_kib(self.process.pid)

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def peak_kib(pid):
    """The most memory that a process had resident, in KiB; 0 where it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", text)
    return int(found.group(1)) if found else 0


def descendants(pid):
    """The processes below one, whichever of its threads started them."""
    children = []
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            children += Path(task).read_text().split()
        except OSError:
            continue
    return [found for child in children for found in [int(child), *descendants(int(child))]]


class Watch(threading.Thread):
    """Looks at the memory of the providers that a process starts."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()

    def run(self):
        while not self.ended.wait(SAMPLE_PERIOD_S):
            for pid in descendants(self.pid):
                try:
                    name = os.readlink(f"/proc/{pid}/exe")
                except OSError:
                    continue
                if "terraform-provider-" in name:
                    self.peak = max(self.peak, peak_kib(pid))


class Workspace:
    """A folder in which Terraform runs, with the providers in a mirror."""

    def __init__(self, providers, environment):
        self.folder = Path(tempfile.mkdtemp(prefix="esu-bench-tf-"))
        atexit.register(self.remove)
        self.environment = {**os.environ, **environment, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        os_name, machine = platform.system().lower(), platform.machine()
        arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
        needed = []
        for source, program in providers.items():
            version = "0.1.0"
            name = source.split("/")[1]
            installed = self.folder / "mirror/registry.terraform.io" / source / version / f"{os_name}_{arch}"
            installed.mkdir(parents=True)
            shutil.copy(program, installed / f"terraform-provider-{name}_v{version}")
            needed.append(f'    {name} = {{ source = "{source}" }}\n')
        mirror = f'  filesystem_mirror {{\n    path = "{self.folder / "mirror"}"\n  }}\n'
        settings = f"disable_checkpoint = true\nprovider_installation {{\n{mirror}}}\n"
        (self.folder / "terraform.rc").write_text(settings)
        self.environment["TF_CLI_CONFIG_FILE"] = str(self.folder / "terraform.rc")
        head = "terraform {\n  required_providers {\n" + "".join(needed) + "  }\n}\n"
        (self.folder / "head.tf").write_text(head)

    def configure(self, text):
        (self.folder / "main.tf").write_text(text)

    @property
    def state(self):
        return self.folder / "terraform.tfstate"

    def run(self, *arguments, accept=(0,)):
        """Runs Terraform: how long it took, and the most memory of its providers."""
        output = self.folder / "output"
        begun = time.monotonic()
        with output.open("w") as out:
            process = subprocess.Popen(
                ["terraform", *arguments], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )
            watch = Watch(process.pid)
            watch.start()
            code = process.wait()
        seconds = time.monotonic() - begun
        watch.ended.set()
        watch.join()
        if code not in accept:
            sys.exit(f"terraform {' '.join(arguments)}: exit code {code}\n{output.read_text()[-4000:]}")
        return {"seconds": round(seconds, 3), "provider_peak_kib": watch.peak}

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
