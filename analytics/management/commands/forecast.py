from datetime import date
from pathlib import Path

from django.core.management.base import CommandError

from o2c.analytics.scoring import forecasting, writing
from o2c.analytics.scoring.writing import NO_HISTORY
from o2c.core import replica
from o2c.core.commands import BookCommand
from o2c.core.money import plain

COLUMNS = ("week_start", "currency", "expected", "p10", "p50", "p90")


class Command(BookCommand):
    help = "What comes in of what is open, week by week, by what was known on a day (docs/scoring.md)."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="YYYY-MM-DD; not a day to come.")
        parser.add_argument("--weeks", type=int, default=13, help=f"1 to {forecasting.MOST_WEEKS}; 13 if not given.")
        parser.add_argument("--entity", help="Code of one legal entity; all of them where it is not given.")
        parser.add_argument("--out", type=Path, required=True, help="The CSV file; it is written whole or not at all.")

    def handle(self, *args, **options):
        as_of, weeks = options["as_of"], options["weeks"]
        if not 1 <= weeks <= forecasting.MOST_WEEKS:
            raise CommandError(f"--weeks is 1 to {forecasting.MOST_WEEKS}.")
        try:
            entity_id = writing.entity_id(options["entity"], as_of)
            with writing.table(options["out"], COLUMNS) as file:
                found = replica.read(lambda: forecasting.forecast(as_of, weeks, entity_id=entity_id))
                file.writerows(_row(week) for week in found)
        except writing.WritingRefused as refused:
            raise CommandError(str(refused)) from None
        if found and found[0].expected is None:
            self.stdout.write(NO_HISTORY)
        self.stdout.write(f"{weeks} week{'' if weeks == 1 else 's'} from {as_of} in {options['out']}")


def _row(week: forecasting.Week) -> tuple[str, ...]:
    amounts = (week.expected, week.p10, week.p50, week.p90)
    return (
        week.start.isoformat(), week.currency,
        *("" if amount is None else plain(amount, week.currency) for amount in amounts),
    )  # fmt: skip
