"""Invoicing what was delivered at the command line: `manage.py bill --entity CODE`."""

from datetime import date
from json import dumps

from django.core.management.base import CommandError

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.commands import BookCommand
from o2c.invoicing.billing import running
from o2c.orders.models import LegalEntity

COMMAND = Actor("manage.py bill")
REFUSED = 2


class Command(BookCommand):
    help = "Invoice what was ordered, delivered or proved, by what each account agreed."

    def add_arguments(self, parser):
        parser.add_argument("--entity", required=True, help="Code of the legal entity.")
        parser.add_argument("--as-of", type=date.fromisoformat, help="The day of the invoices; today where left out.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be invoiced; nothing is written.")
        parser.add_argument("--json", action="store_true", help="Say it as JSON.")

    def handle(self, *args, **options):
        entity = LegalEntity.objects.filter(code=options["entity"]).first()
        if entity is None:
            raise CommandError(f"There is no legal entity {options['entity']}.", returncode=REFUSED)
        as_of = options["as_of"] or clock.today(entity.time_zone)
        try:
            told = self.preview(entity, as_of) if options["dry_run"] else self.run(entity, as_of)
        except running.BillingRefused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        if options["json"]:
            self.stdout.write(dumps(told, indent=2))
        elif options["dry_run"]:
            for due in told["due"]:
                self.stdout.write(
                    f"{due['customer']}: {due['invoices']} invoices of {due['lines']} lines, {due['net']}"
                    f" {due['currency']} net"
                )
            self.stdout.write(f"{told['invoices']} invoices would be written.")
        else:
            self.stdout.write(f"{told['invoices']} invoices issued, {told['held']} held as drafts.")

    def preview(self, entity: LegalEntity, as_of: date) -> dict:
        running.check_day(entity, as_of)
        due = running.preview(entity, as_of=as_of)
        return {
            "entity": entity.code,
            "as_of": as_of.isoformat(),
            "dry_run": True,
            "invoices": sum(each.invoices for each in due),
            "due": [
                {
                    "customer": each.number, "currency": each.currency, "invoices": each.invoices,
                    "lines": each.lines, "net": str(each.net), "first_on": each.first_on.isoformat(),
                    "last_on": each.last_on.isoformat(),
                }
                for each in due
            ],
        }  # fmt: skip

    def run(self, entity: LegalEntity, as_of: date) -> dict:
        done = running.run(entity, as_of=as_of, actor=COMMAND)
        return {
            "entity": entity.code,
            "as_of": as_of.isoformat(),
            "dry_run": False,
            "billing_run": done.pk,
            "invoices": done.invoices,
            "held": done.held,
        }
