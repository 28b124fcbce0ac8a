import json

from django.core.management.base import CommandError

from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.commands import BookCommand
from o2c.invoicing.revaluation import RevaluationRefused, revalue
from o2c.orders.models import LegalEntity


class Command(BookCommand):
    help = "Bring what is open in foreign currency to a month's closing rate, and take it back on the first."

    def add_arguments(self, parser):
        parser.add_argument("--entity", required=True, help="Code of the legal entity.")
        parser.add_argument("--month", required=True, help="Such as 2026-03; it must be over.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        entity = LegalEntity.objects.filter(code=options["entity"]).first()
        if entity is None:
            raise CommandError(f"There is no legal entity {options['entity']}.")
        try:
            done = revalue(entity, options["month"], today=clock.today(entity.time_zone), actor=SYSTEM).as_json()
        except RevaluationRefused as refused:
            raise CommandError(str(refused)) from None
        if options["json"]:
            self.stdout.write(json.dumps(done, indent=2))
            return
        base = done["base_currency"]
        for row in done["currencies"]:
            self.stdout.write(
                f"{row['currency']}: {row['items']} items, {row['balance']}; carried at {row['carried']} {base}, worth"
                f" {row['closing']} at {row['rate']} of {row['rate_of']}; posted {row['posted']} {base}"
            )
        if not done["currencies"]:
            self.stdout.write("Nothing is open in a foreign currency.")
