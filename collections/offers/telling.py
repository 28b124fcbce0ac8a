"""Telling customers what they are offered: one mail a customer for a run, with what is paid until which day."""

from collections import defaultdict
from datetime import date

from o2c.core import formats
from o2c.core.models import Message
from o2c.invoicing import banks, correspondents, early_offers
from o2c.invoicing.correspondents import Correspondent
from o2c.invoicing.models import BankAccount, EarlyOffer, EarlyOfferRun, OpenItem
from o2c.invoicing.statements import wording

# Of each item so many days stand in the mail, the first and the last among them.
ROWS = 8


def key_of(run_id: int, customer_id: int) -> str:
    return f"early-offer:{run_id}:{customer_id}"


def tell(run: EarlyOfferRun, offers: list[EarlyOffer], *, on: date) -> int:
    """Queue a mail to each customer of the run; how many. Each has a key of its own: the same again sends nothing."""
    numbers = dict(OpenItem.objects.filter(pk__in=[each.item_id for each in offers]).values_list("pk", "number"))
    of_customer: dict[int, list[EarlyOffer]] = defaultdict(list)
    for each in sorted(offers, key=lambda each: (each.due_on, each.pk)):
        of_customer[each.customer_id].append(each)
    to = correspondents.of(of_customer)
    pay_to = banks.pay_to(run.entity, {each.currency for each in offers})
    made = [
        _message(run, to[customer_id], theirs, numbers, pay_to, on)
        for customer_id, theirs in sorted(of_customer.items())
        if to[customer_id].contact is not None
    ]
    Message.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)
    return len(made)


def _message(
    run: EarlyOfferRun,
    to: Correspondent,
    offers: list[EarlyOffer],
    numbers: dict[int, str],
    pay_to: dict[str, BankAccount | None],
    on: date,
) -> Message:
    with formats.written_for(to.language):
        account = pay_to.get(offers[0].currency)
        facts = {
            "entity": run.entity,
            "customer": to.customer,
            "count": len(offers),
            "items": [_item(each, numbers[each.item_id], on) for each in offers],
            "account": (account.iban or account.account_number) if account else "",
            "bank": account.bank if account else "",
            "bic": account.bic if account else "",
        }
        words = wording.write("early_offer", to.language, facts)
    key = key_of(run.pk, to.customer.pk)
    return correspondents.message(run.entity, to, key=key, subject=words.subject, text=words.text)


def _item(offer: EarlyOffer, number: str, on: date) -> dict:
    """An item with its lines, in columns that stand under each other."""
    rows = early_offers.table(early_offers.read(offer.tiers), offer.amount, offer.currency, offer.due_on, since=on)
    lines = [
        (formats.long_day(row.until), wording.money(row.payable, offer.currency),
         wording.money(row.discount, offer.currency))
        for row in early_offers.few(rows, ROWS)
    ]  # fmt: skip
    wide = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return {
        "number": number,
        "due_on": formats.long_day(offer.due_on),
        "amount": wording.money(offer.amount, offer.currency),
        "rows": [
            {"until": until.ljust(wide[0]), "pay": pay.rjust(wide[1]), "save": save.rjust(wide[2])}
            for until, pay, save in lines
        ],
        "all": len(rows) == len(lines),
    }
