import json
from datetime import date

from django.core.management.base import CommandError

from o2c.analytics.models import Snapshot
from o2c.analytics.snapshots import taking
from o2c.analytics.snapshots.taking import SnapshotRefused
from o2c.core.commands import BookCommand
from o2c.orders.models import LegalEntity


class Command(BookCommand):
    help = "Keep what was owed at the end of past days, or check what was kept (docs/metrics.md)."

    def add_arguments(self, parser):
        parser.add_argument("--entity", help="Code of one legal entity; all of them where it is not given.")
        parser.add_argument("--since", type=date.fromisoformat, help="YYYY-MM-DD; the days that are due, if not given.")
        parser.add_argument("--until", type=date.fromisoformat, help="YYYY-MM-DD; the last day that is kept.")
        parser.add_argument("--check", action="store_true", help="Work them out again; exit code 1 where any differs.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options):
        entities = LegalEntity.objects.order_by("pk")
        if options["entity"]:
            entities = entities.filter(code=options["entity"])
            if not entities:
                raise CommandError(f"There is no legal entity {options['entity']}.")
        since, until = options["since"], options["until"]
        if (since is None) != (until is None):
            raise CommandError("Say both --since and --until, or none of them.")
        if options["check"]:
            self._check(entities, since, until, as_json=options["json"])
            return
        try:
            kept = taking.fill(entities, since, until) if since else self._due(entities)
        except SnapshotRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(json.dumps({"kept": kept}) if options["json"] else f"{kept} kept")

    @staticmethod
    def _due(entities) -> int:
        wanted = {entity.pk for entity in entities}
        due = taking.due().items()
        return sum(taking.take(day, [each for each in found if each.pk in wanted]) for day, found in due)

    def _check(self, entities, since: date | None, until: date | None, *, as_json: bool) -> None:
        rows = Snapshot.objects.filter(entity__in=entities).order_by("entity", "day")
        if since:
            rows = rows.filter(day__range=(since, until))
        rows = list(rows)
        found = taking.differences(rows)
        told = [
            {
                "entity": each.entity_id, "day": each.day.isoformat(), "customer": each.customer_id,
                "currency": each.currency, "bucket": each.bucket, "kept": f"{each.kept:f}",
                "worked_out": f"{each.worked_out:f}",
            }
            for each in found
        ]  # fmt: skip
        if as_json:
            self.stdout.write(json.dumps({"checked": len(rows), "differences": told}))
        else:
            for each in told:
                self.stdout.write(", ".join(f"{name} {value}" for name, value in each.items()))
            self.stdout.write(f"{len(rows)} checked, {len(found)} differences")
        if found:
            raise SystemExit(1)
