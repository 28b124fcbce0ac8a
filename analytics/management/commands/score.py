from datetime import date
from pathlib import Path

from django.core.management.base import CommandError

from o2c.analytics.scoring import items, writing
from o2c.analytics.scoring.writing import NO_HISTORY
from o2c.core import replica
from o2c.core.commands import BookCommand

COLUMNS = ("customer", "number", "p_late", "p_late_30", "pay_p10", "pay_p50", "pay_p90")
NO_TRAINING = "There is nothing to train: what is learnt is worked out anew from the book each time."


class Command(BookCommand):
    help = "How likely each open item is to be paid late, and when, by what was known on a day (docs/scoring.md)."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="YYYY-MM-DD; not a day to come.")
        parser.add_argument("--entity", help="Code of one legal entity; all of them where it is not given.")
        parser.add_argument("--train", action="store_true", help="Train first what is to be trained.")
        parser.add_argument("--out", type=Path, required=True, help="The CSV file; it is written whole or not at all.")

    def handle(self, *args, **options):
        as_of = options["as_of"]
        try:
            entity_id = writing.entity_id(options["entity"], as_of)
            with writing.table(options["out"], COLUMNS) as file:
                scored = replica.read(lambda: list(items.score(as_of, entity_id=entity_id)))
                file.writerows(_row(each) for each in scored)
        except writing.WritingRefused as refused:
            raise CommandError(str(refused)) from None
        if options["train"]:
            self.stdout.write(NO_TRAINING)
        if scored and scored[0].outlook is None:
            self.stdout.write(NO_HISTORY)
        self.stdout.write(f"{len(scored)} open item{'' if len(scored) == 1 else 's'} of {as_of} in {options['out']}")


def _row(scored: items.Scored) -> tuple[str, ...]:
    item, outlook = scored.item, scored.outlook
    if outlook is None:
        return (item.customer, item.number, "", "", "", "", "")
    return (
        item.customer, item.number, f"{outlook.p_late:.4f}", f"{outlook.p_late_30:.4f}", outlook.p10.isoformat(),
        outlook.p50.isoformat(), outlook.p90.isoformat(),
    )  # fmt: skip
