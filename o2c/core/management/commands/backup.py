"""Backs the installation up into a folder."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from o2c.core import clock
from o2c.core.care import backup
from o2c.core.commands import BookCommand
from o2c.core.models import Heartbeat
from o2c.core.services import Instance, ServiceFailed


class Command(BookCommand):
    help = "Back up database, files and secret into a new folder; docs/backup.md says how to restore."

    def add_arguments(self, parser):
        parser.add_argument("--to", type=Path, help="the folder that gets it; else `backups` in the run folder")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *, to: Path | None, **options):
        instance = Instance.of()
        to = (to or instance.run / "backups").expanduser().absolute()
        media = Path(settings.MEDIA_ROOT)
        try:
            if settings.DATABASE_URL:
                made = backup.dump_backup(instance, to, media, settings.DATABASES["default"])
            else:
                made = backup.instance_backup(instance, to, media)
        except (backup.BackupFailed, ServiceFailed) as failure:
            raise CommandError(str(failure)) from None
        now = clock.now()
        Heartbeat.objects.update_or_create(
            part="backup",
            defaults={"started_at": now, "succeeded_at": now, "last_error": "", "failures": 0},
        )
        answer = {
            "backup": str(made.folder),
            "kind": made.manifest["kind"],
            "finished_at": made.manifest["finished_at"],
            "bytes": sum(file["bytes"] for file in made.manifest["files"].values()),
            "wal_archive": str(instance.wal_archive) if instance.wal_archive and not settings.DATABASE_URL else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(f"{made.folder}, {answer['bytes']} bytes")
            if not answer["wal_archive"]:
                self.stdout.write("Commits after this moment are not in it: O2C_WAL_ARCHIVE keeps those too.")
