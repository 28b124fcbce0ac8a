import json
import time
from dataclasses import asdict
from datetime import date

from django.core.management.base import CommandError
from django.db import transaction

from o2c.core import clock
from o2c.core.commands import BookCommand
from o2c.core.people import PeopleRefused
from o2c.web.simulation.agreements import Plan
from o2c.web.simulation.living import hire, live
from o2c.web.simulation.making import NotEmpty, make


class Command(BookCommand):
    help = (
        "Make a believable book in an empty database: two legal entities, customers in eight countries, invoices with"
        " all that becomes of them. The same seed and day make the same rows. All of it is simulated, the exchange"
        " rates too."
    )

    def add_arguments(self, parser):
        parser.add_argument("--customers", type=int, default=400)
        parser.add_argument(
            "--open-items", type=int, default=15_000, metavar="ITEMS", help="Invoice items made over all the months."
        )
        parser.add_argument("--months", type=int, default=24, help="Whole months before the present one.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--as-of", type=date.fromisoformat, help="Last day of the book; today if not given.")
        parser.add_argument(
            "--all-open", action="store_true", help="Settle nothing wholly: every invoice item is still open."
        )
        parser.add_argument(
            "--demo-logins",
            action="store_true",
            help="Make it a living demo: people who can log in, weeks of dunning, today's figures.",
        )
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        plan = Plan(
            customers=options["customers"],
            items=options["open_items"],
            months=options["months"],
            seed=options["seed"],
            as_of=options["as_of"] or clock.today(),
            all_open=options["all_open"],
        )
        if min(plan.customers, plan.items, plan.months) < 1:
            raise CommandError("Customers, items and months must each be at least 1.")
        start = time.monotonic()
        living = options["demo_logins"]
        try:
            with transaction.atomic():
                made = make(plan, hire() if living else None)
        except (NotEmpty, PeopleRefused) as refusal:
            raise CommandError(str(refusal)) from None
        answer = {"as_of": plan.as_of.isoformat(), "seed": plan.seed, "rows": made.rows}
        if living:
            answer["lived"] = asdict(live(plan))
        answer["seconds"] = round(time.monotonic() - start, 1)
        if options["json"]:
            self.stdout.write(json.dumps(answer, indent=2))
            return
        for name, count in {**made.rows, **answer.get("lived", {})}.items():
            self.stdout.write(f"{count:>10,}  {name}")
        self.stdout.write(f"as of {plan.as_of}, seed {plan.seed}, {answer['seconds']} s")
