"""What a command needs running before it starts: servers, and a database that is up to date."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping

from o2c import ROOT
from o2c.core.environment import Environment
from o2c.core.services.instance import Instance, ServiceFailed
from o2c.core.services.postgres import Postgres
from o2c.core.services.processes import locked
from o2c.core.services.roles import ROLES, become
from o2c.core.services.valkey import Valkey

# Commands that touch no server.
WITHOUT_SERVICES = {
    "", "help", "version", "check", "collectstatic", "findstatic", "compilemessages", "makemessages", "diffsettings",
    "startapp", "services", "healthy", "restore",
}  # fmt: skip
# Commands that need the servers, but find or change the tables themselves.
WITHOUT_TABLES = {
    "migrate", "makemigrations", "showmigrations", "sqlmigrate", "optimizemigration", "dbshell", "test", "upgradecheck",
}  # fmt: skip


class Servers:
    """The embedded servers that the environment leaves to us: one that has an address of its own is not ours."""

    def __init__(self, instance: Instance, environ: Mapping[str, str] = os.environ) -> None:
        env = Environment(environ)
        self.instance = instance
        self.postgres = None if env.text("DATABASE_URL") else Postgres(instance)
        self.valkey = None if env.text("REDIS_URL") else Valkey(instance)
        self.all = [server for server in (self.postgres, self.valkey) if server]

    def up(self, say=lambda text: None) -> bool:
        """Make them run; True when one had to be started. Any number of processes may call this at once."""
        if not self.all or (self.instance.secret_file.exists() and all(server.answers() for server in self.all)):
            return False
        self.instance.prepare()
        with locked(self.instance.lock):
            silent = [server for server in self.all if not server.answers()]
            if silent:
                say(f"starting {' and '.join(type(server).__name__ for server in silent)} in {self.instance.run}")
            for server in silent:
                server.start()
        return bool(silent)

    def down(self) -> None:
        if not self.instance.run.exists():
            return
        with locked(self.instance.lock):
            for server in reversed(self.all):
                server.stop()


def say(text: str) -> None:
    """Tell the person; never on standard output, where commands print what programs read."""
    print(f"o2c: {text}", file=sys.stderr, flush=True)


def ready(instance: Instance | None = None) -> None:
    """Servers running and, where the database is embedded, every migration applied.

    For whatever uses the models without manage.py: call it before django.setup().
    """
    instance = instance or Instance.of()
    servers = Servers(instance)
    servers.up(say)
    if servers.postgres:
        apply_migrations(instance)


def before_command(arguments: list[str]) -> None:
    """Bring up what `manage.py <arguments>` needs."""
    if os.environ.get("O2C_RUN_DIR"):
        # Whatever we start works in another folder, where a relative path would mean something else.
        os.environ["O2C_RUN_DIR"] = str(Instance.of().run)
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command in WITHOUT_SERVICES or "--help" in arguments or "-h" in arguments:
        return
    try:
        if command in WITHOUT_TABLES:
            Servers(Instance.of()).up(say)
        else:
            ready()
    except ServiceFailed as failure:
        raise SystemExit(f"o2c: {failure}") from None
    if command == "serve" and arguments[-1] in ROLES:
        # The program loads Django itself; loading it here first would double every start.
        become(arguments[-1])


def apply_migrations(instance: Instance) -> None:
    """Migrate when the set of migration files is not the one that was applied last; a glance when it is."""
    stamp, wanted = instance.run / "migrated", migrations_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with locked(instance.run / "migrate.lock"):
        if stamp.exists() and stamp.read_text() == wanted:
            return
        say("bringing the database up to date")
        import django
        from django.core.management import call_command

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")
        django.setup()
        call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
        stamp.write_text(wanted)


def migrations_fingerprint() -> str:
    """A name for the set of migrations: ours by their file names, those of packages by the lock file."""
    files = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/migrations/*.py"))
    files += sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("o2c/*/migrations/*.py"))
    lock = ROOT / "requirements" / "runtime.txt"
    packages = lock.read_bytes() if lock.exists() else b""
    return hashlib.sha256("\n".join(files).encode() + packages).hexdigest()
