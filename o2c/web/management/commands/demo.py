"""A demo company in a running product: what `make demo` starts."""

import subprocess
import sys

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from o2c import ROOT
from o2c.core.services import Instance, ServiceFailed
from o2c.core.services.commands import Servers, apply_migrations, say
from o2c.core.services.supervisor import Supervisor
from o2c.web.demo import DEMO_LOGINS


class Command(BaseCommand):
    help = "Load the demo company into an empty database, then run web, worker and beat."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--customers", type=int, default=400)
        parser.add_argument("--open-items", type=int, default=15_000)
        parser.add_argument("--months", type=int, default=24)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, customers: int, open_items: int, months: int, seed: int, **options):
        servers = Servers(Instance.of())
        if not servers.postgres:
            raise CommandError("DATABASE_URL is set. The demo company only goes into an embedded database; unset it.")
        size = ["--customers", customers, "--open-items", open_items, "--months", months, "--seed", seed]
        try:
            Supervisor(servers, self.greet, prepare=lambda: load_company(servers, [str(word) for word in size])).run()
        except ServiceFailed as failure:
            raise CommandError(str(failure)) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None

    def greet(self, address: str) -> None:
        width = max(len(username) for username, *_ in DEMO_LOGINS)
        people = "\n".join(
            f"    {username:{width}}  {password}  {role.replace('_', ' ')}"
            for username, role, _, password in DEMO_LOGINS
        )
        self.stdout.write(
            f"\n  o2c runs at {address}\n\n  Log in as\n{people}\n\n  Logs: {Instance.of().logs}\n  Ctrl-C stops it.\n"
        )
        self.stdout.flush()


def load_company(servers: Servers, size: list[str]) -> None:
    """Make the demo company, unless the database has a company already.

    A making that was killed half way is begun again; what it had made is set aside, not deleted.
    """
    unfinished = servers.instance.run / "demo-unfinished"
    if unfinished.exists():
        say("the demo company was only half made; beginning again")
        connections.close_all()
        servers.postgres.set_aside("o2c_half_made")
        (servers.instance.run / "migrated").unlink(missing_ok=True)
        apply_migrations(servers.instance)
    try:
        if apps.get_model("orders", "LegalEntity").objects.exists():
            return
    finally:
        connections.close_all()
    say("making the demo company; this happens once")
    unfinished.touch()
    # A process of its own: the supervisor, which lives on, stays small.
    made = subprocess.run(
        [sys.executable, "manage.py", "simulate", *size, "--demo-logins"], cwd=ROOT, stdout=sys.stderr
    )
    if made.returncode != 0:
        raise ServiceFailed(f"the demo company could not be made (simulate ended with {made.returncode}).")
    unfinished.unlink()
