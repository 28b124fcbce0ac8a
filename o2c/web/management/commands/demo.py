"""A demo company in a running product: what `make demo` starts."""

from django.apps import apps
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from o2c.core.services import Instance, ServiceFailed
from o2c.core.services.commands import Servers, say
from o2c.core.services.supervisor import Supervisor, free_port_or_own
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
        instance = Instance.of()
        servers = Servers(instance)
        if not servers.postgres:
            raise CommandError("DATABASE_URL is set. The demo company only goes into an embedded database; unset it.")
        supervisor = Supervisor(servers, self.greet)
        try:
            free_port_or_own(instance)
            if not apps.get_model("orders", "LegalEntity").objects.exists():
                say(f"making the demo company: {customers} customers, {open_items} invoices, {months} months")
                call_command(
                    "simulate",
                    customers=customers,
                    open_items=open_items,
                    months=months,
                    seed=seed,
                    demo_logins=True,
                    stdout=self.stderr,
                )
            supervisor.run()
        except ServiceFailed as failure:
            raise CommandError(str(failure)) from None

    def greet(self, address: str) -> None:
        width = max(len(username) for username, *_ in DEMO_LOGINS)
        roles = {role: role.replace("_", " ") for _, role, *_ in DEMO_LOGINS}
        lines = [f"  {username:{width}}  {password}   {roles[role]}" for username, role, _, password in DEMO_LOGINS]
        people = "\n".join(lines)
        self.stdout.write(f"\n  o2c runs at {address}\n\n{people}\n\n  logs: {Instance.of().logs}\n  Ctrl-C stops it.\n")
        self.stdout.flush()
