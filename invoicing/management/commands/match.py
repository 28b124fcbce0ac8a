"""Find out what bank lines are for: `manage.py match [--statement ID] [--entity CODE] --json`."""

from json import dumps

from django.core.management.base import CommandError

from o2c.core.actors import Actor
from o2c.core.commands import BookCommand
from o2c.invoicing.matching import running
from o2c.invoicing.models import BankStatement
from o2c.orders.models import LegalEntity

COMMAND = Actor("manage.py match")


class Command(BookCommand):
    help = "Match the bank lines whose money is not used yet: apply what is sure, propose what is likely."

    def add_arguments(self, parser):
        parser.add_argument("--statement", type=int, help="Only the lines of this bank statement, by its id.")
        parser.add_argument("--entity", help="Only those of one legal entity, by its code.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, statement: int | None, entity: str | None, **options):
        only = None
        if statement is not None:
            only = BankStatement.objects.select_related("entity").filter(pk=statement).first()
            if only is None:
                raise CommandError(f"There is no bank statement {statement}.", returncode=2)
        entities = LegalEntity.objects.order_by("pk")
        if entity:
            entities = entities.filter(code=entity)
            if not entities:
                raise CommandError(f"There is no legal entity {entity}.", returncode=2)
        if only is not None:
            entities = entities.filter(pk=only.entity_id)
        totals = dict.fromkeys(running.COUNTS, 0)
        for each in entities:
            try:
                counts = running.match(each, statement=only, actor=COMMAND)
            except running.MatchingFailed as error:
                raise CommandError(str(error)) from None
            for name in totals:
                totals[name] += counts[name]
        if options["json"]:
            self.stdout.write(dumps(totals))
            return
        self.stdout.write(
            f"{totals['lines']} lines: {totals['applied']} applied, {totals['proposed']} proposed,"
            f" {totals['left']} left, {totals['quarantined']} quarantined."
        )
