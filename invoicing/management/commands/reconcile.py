import json
import sys

from django.core.management.base import CommandError
from django.utils.dateparse import parse_date

from o2c.core import clock
from o2c.core.commands import BookCommand
from o2c.core.money import plain
from o2c.invoicing.bank import reconciling
from o2c.invoicing.models import BankAccount

DIFFERS = 1


class Command(BookCommand):
    help = "Compare the books with the balances of bank statements, day by day; docs/bank-statements.md tells more."

    def add_arguments(self, parser):
        parser.add_argument("--entity", help="Code of the legal entity; all where it is not given.")
        parser.add_argument("--from", dest="from_on", metavar="DAY", help="2026-03-01; from the first where not given.")
        parser.add_argument("--until", dest="until_on", metavar="DAY", help="2026-03-31; to the last where not given.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        accounts = BankAccount.objects.select_related("entity").order_by("entity__code", "pk")
        if options["entity"]:
            accounts = accounts.filter(entity__code=options["entity"])
        chosen = list(accounts)
        period = {name: self.day(options[name]) for name in ("from_on", "until_on")}
        found = reconciling.reconcile(chosen, **period)
        waiting = reconciling.unidentified(chosen, clock.today())
        clearing = reconciling.clearing(sorted({each.entity_id for each in chosen}))
        if options["json"]:
            told = {
                "accounts": [_account(each) for each in found],
                "unidentified": [_waiting(each) for each in waiting],
                "clearing": [_clearing(each) for each in clearing],
            }
            self.stdout.write(json.dumps(told, indent=2))
        else:
            for each in found:
                self.tell(each)
            for each in clearing:
                if each.rest:
                    self.stdout.write(f"{each.entity}: {each.rest} {each.currency} in clearing are not explained")
        if not all(each.agrees for each in found) or any(each.rest for each in clearing):
            sys.exit(DIFFERS)

    def day(self, text: str | None):
        if text is None:
            return None
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None:
            raise CommandError(f"{text} is no day such as 2026-03-31.")
        return day

    def tell(self, each: reconciling.Reconciled) -> None:
        name = f"{each.account.entity.code} {each.account.name}"
        self.stdout.write(f"{name}: {'agrees' if each.agrees else 'differs'}, {len(each.days)} days")
        for gap in each.gaps:
            self.stdout.write(
                f"  {gap.statement.on}: opens {gap.amount} {each.account.currency} away from the one before"
            )
        for day in each.days:
            if day.difference:
                why = "; ".join(f"{cause.what} {cause.amount}" for cause in day.causes)
                self.stdout.write(f"  {day.on}: bank {day.bank}, books {day.books}: {why}")


def _money(amount, currency: str) -> dict:
    return {"amount": plain(amount, currency), "currency": currency}


def _account(each: reconciling.Reconciled) -> dict:
    account, currency = each.account, each.account.currency
    return {
        "entity": account.entity.code,
        "account": account.iban or account.account_number,
        "name": account.name,
        "currency": currency,
        "agrees": each.agrees,
        "days": [
            {
                "on": day.on.isoformat(),
                "statement": day.statement,
                "bank": _money(day.bank, currency),
                "books": _money(day.books, currency),
                "difference": _money(day.difference, currency),
                "causes": [
                    {"what": cause.what, "amount": _money(cause.amount, currency), "statement": cause.statement}
                    for cause in day.causes
                ],
            }
            for day in each.days
        ],
        "gaps": [
            {
                "statement": gap.statement.id,
                "on": gap.statement.on.isoformat(),
                "opening": _money(gap.statement.opening, currency),
                "closing_before": _money(gap.before.closing, currency),
                "missing": gap.missing,
            }
            for gap in each.gaps
        ],
    }


def _waiting(each: reconciling.Unidentified) -> dict:
    currency = each.account.currency
    return {
        "entity": each.account.entity.code,
        "account": each.account.iban or each.account.account_number,
        "lines": each.lines,
        "total": _money(each.total, currency),
        "oldest_on": each.oldest_on.isoformat(),
        "by_age": {
            title: _money(cell, currency) for title, cell in zip(reconciling.AGE_TITLES, each.cells, strict=True)
        },
    }


def _clearing(each: reconciling.Clearing) -> dict:
    names = ("balance", "open_lines", "receipts", "rest")
    return {"entity": each.entity} | {name: _money(getattr(each, name), each.currency) for name in names}
