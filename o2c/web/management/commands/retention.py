import json

from django.core.management.base import CommandError

from o2c.core.actors import SYSTEM
from o2c.core.commands import BookCommand
from o2c.web.privacy import retention


class Command(BookCommand):
    help = "What is kept for how long; --apply lets go of what is older. docs/privacy.md explains the table."

    def add_arguments(self, parser):
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--dry-run", action="store_true", help="Only count; so it is without --apply.")
        how.add_argument("--apply", action="store_true", help="Let go of what is older.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        try:
            rows = retention.table(apply=options["apply"], actor=SYSTEM)
        except retention.BadRetention as bad:
            raise CommandError(str(bad)) from None
        if options["json"]:
            self.stdout.write(json.dumps({"applied": options["apply"], "rules": rows}, indent=2))
            return
        for row in rows:
            kept = "for good" if row["days"] is None else f"{row['days']} days"
            self.stdout.write(
                f"{row['rule']:14} {kept:>10}  {row['old']:>7} older, {row['done']:>7} done  {row['what']}"
            )
