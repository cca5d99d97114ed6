"""Schemathesis with this folder's settings: `python3 run.py URL --max-time 60` tests the API that is described there.

It is installed on first use into the user's cache, outside of the repository; `--install` installs it and does nothing
else.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"


def cache():
    """Where it is: another folder for other versions, and for another Python."""
    home = os.environ.get("ESU_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME")
    folder = Path(home) if home else Path.home() / ".cache"
    pinned = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    return folder / "esu-tests" / f"schemathesis-{pinned}-py{sys.version_info.major}.{sys.version_info.minor}"


def install(installed):
    """Installs it whole or not at all. Of processes that start together one installs, the others wait."""
    installed.parent.mkdir(parents=True, exist_ok=True)
    with open(installed.parent / "schemathesis.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (installed / "whole").is_file():
            return
        shutil.rmtree(installed, ignore_errors=True)
        try:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            what = ["--only-binary", ":all:", "--target", str(installed), "-r", str(REQUIREMENTS)]
            subprocess.run(pip + what, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            (installed / "whole").touch()
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"Schemathesis is missing and cannot be installed ({error}); {REQUIREMENTS} names what it needs")


def main():
    installed = cache()
    if not (installed / "whole").is_file():
        install(installed)
    if sys.argv[1:] == ["--install"]:
        return 0
    own = {"PYTHONPATH": f"{installed}:{HERE}", "SCHEMATHESIS_HOOKS": "hooks", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = os.environ | own
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run"]
    return subprocess.run(command + sys.argv[1:], env=environment, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
