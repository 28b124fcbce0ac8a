"""Applies what is pending and tells what it held: on a copy of the database, before the real one is upgraded."""

import json

from django.core.management.base import BaseCommand

from o2c.core.care import upgrades


class Command(BaseCommand):
    help = "Apply the pending migrations one by one and tell which would hold up writers of large tables. For a copy!"

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, **options):
        seen = list(upgrades.apply_pending())
        findings = {each.migration: each.findings() for each in seen if each.findings()}
        if options["json"]:
            self.stdout.write(json.dumps({"migrations": [each.as_json() for each in seen], "findings": findings}))
        else:
            for each in seen:
                self.stdout.write(f"{each.migration}  {each.seconds:.2f} s  {'; '.join(each.findings()) or 'ok'}")
            if not seen:
                self.stdout.write("Nothing is pending.")
        if findings:
            raise SystemExit(1)
