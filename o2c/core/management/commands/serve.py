"""Runs the product: one role in the foreground, or all of them under a supervisor."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from o2c.core import firstperson
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
        try:
            token = firstperson.new_token()
        finally:
            connections.close_all()
        if token:
            self.stdout.write(
                "\n  Nobody can sign in yet. Whoever opens this address first becomes the administrator, once:\n"
                f"\n    {settings.O2C_URL}/setup/first/?token={token}\n"
            )
        self.stdout.flush()
