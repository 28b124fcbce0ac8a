import json
from datetime import date

from django.core.management.base import CommandError

from o2c.core import clock, replica
from o2c.core.commands import BookCommand
from o2c.core.money import plain
from o2c.invoicing.aging import CUTS, aging, bounds_of
from o2c.invoicing.models import AgingBucketSet
from o2c.orders.models import LegalEntity


class Command(BookCommand):
    help = "Age the receivables as of a day, as they were known on that day."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", type=date.fromisoformat, help="YYYY-MM-DD; today where it is not given.")
        parser.add_argument("--by", choices=sorted(CUTS), help="Add a row for each of these.")
        parser.add_argument("--entity", help="Code of one legal entity.")
        parser.add_argument("--buckets", help="Code of a bucket set; the default one where it is not given.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        entity_ids = None
        if options["entity"]:
            entity_ids = list(LegalEntity.objects.filter(code=options["entity"]).values_list("id", flat=True))
            if not entity_ids:
                raise CommandError(f"There is no legal entity {options['entity']}.")
        try:
            bounds = bounds_of(options["buckets"])
        except AgingBucketSet.DoesNotExist:
            raise CommandError(f"There is no bucket set {options['buckets']}.") from None
        as_of = options["as_of"] or clock.today()
        result = replica.read(lambda: aging(as_of, by=options["by"], entity_ids=entity_ids, bounds=bounds))
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json(), indent=2))
            return
        lines = [(row.key, row.currency, row.total, row.buckets) for row in result.rows]
        lines += [("all", currency, total, result.buckets[currency]) for currency, total in result.totals.items()]
        self.stdout.write("".join(f"{name:>18}" for name in ("", "currency", *result.names, "total")))
        for key, currency, total, buckets in lines:
            amounts = "".join(f"{plain(amount, currency):>18}" for amount in (*buckets, total))
            self.stdout.write(f"{key:>18}{currency:>18}{amounts}")
