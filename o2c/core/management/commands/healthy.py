"""Says by its exit code whether a role's process does its work; for health checks."""

import time
from pathlib import Path

from celery import Celery
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from o2c.core.services.roles import ROLES
from o2c.core.services.supervisor import web_answers

BEAT_MAY_REST = 15 * 60  # three ticks


class Command(BaseCommand):
    help = "Exit with 0 when the role's process on this machine works."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("role", choices=ROLES)

    def handle(self, *, role: str, **options):
        if not getattr(self, role)():
            raise CommandError(f"{role} does not work")

    def web(self) -> bool:
        return web_answers()

    def worker(self) -> bool:
        return bool(Celery(broker=settings.CELERY_BROKER_URL, set_as_current=False).control.ping(timeout=5))

    def beat(self) -> bool:
        """Beat writes its schedule file at least every three minutes."""
        files = Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).parent.glob("schedule*")
        return any(time.time() - file.stat().st_mtime < BEAT_MAY_REST for file in files)
