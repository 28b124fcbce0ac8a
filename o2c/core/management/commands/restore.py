"""Brings an installation back from a backup."""

import contextlib
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from o2c.core.care import backup, restoring
from o2c.core.services import Instance, ServiceFailed, ready


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = "Restore from a backup, onwards to the last archived commit or to a moment, and prove the books."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--from", dest="source", type=Path, required=True, help="a backup, or a folder of backups")
        parser.add_argument("--at", type=moment, help="a moment such as 2026-03-02T14:05:00+01:00; UTC without a zone")
        parser.add_argument("--force", action="store_true", help="also where a database is: it is moved aside")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *, source: Path, at: datetime | None, force: bool, **options):
        instance, media = Instance.of(), Path(settings.MEDIA_ROOT)
        try:
            found = backup.newest(source.expanduser().absolute(), before=at)
            if settings.DATABASE_URL:
                if at:
                    raise CommandError("--at needs the change log of an embedded database; this is a dump.")
                done = restoring.restore_dump(found, instance, media, settings.DATABASES["default"], force=force)
            else:
                done = restoring.restore_instance(instance, found, media, at=at, force=force)
                connections.close_all()
                ready(instance)
        except (backup.BackupFailed, ServiceFailed) as failure:
            raise CommandError(str(failure)) from None
        proof = self.prove()
        answer = {**done.as_json(), "proof": proof}
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(f"restored from {done.backup} until {done.last_commit or 'the end of the backup'}")
            self.stdout.write("the books are proven" if proof["clean"] else "the books are NOT proven: manage.py prove")
        if not proof["clean"]:
            raise SystemExit(1)

    def prove(self) -> dict:
        """What `prove` says. It is a command of an app above, so it is called by its name."""
        said = StringIO()
        with contextlib.suppress(SystemExit):
            call_command("prove", json=True, stdout=said)
        return json.loads(said.getvalue())
