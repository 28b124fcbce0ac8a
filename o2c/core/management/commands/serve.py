"""Runs the product: one role in the foreground, or all of them under a supervisor."""

from django.core.management.base import BaseCommand, CommandError

from o2c.core.services import Instance, ServiceFailed
from o2c.core.services.commands import Servers
from o2c.core.services.roles import ROLES, become
from o2c.core.services.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run web, worker and beat together, or only one of them."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("role", nargs="?", choices=ROLES, help="only this process, in the foreground")

    def handle(self, *, role: str | None, **options):
        if role:
            become(role)
        try:
            Supervisor(Servers(Instance.of()), self.greet).run()
        except ServiceFailed as failure:
            raise CommandError(str(failure)) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None

    def greet(self, address: str) -> None:
        self.stdout.write(f"\n  o2c runs at {address}\n  logs: {Instance.of().logs}\n  Ctrl-C stops it.\n")
        self.stdout.flush()
