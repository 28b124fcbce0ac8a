"""Telling customers before their account is debited: what, when, by which creditor and mandate (EPC016-06, 5.7)."""

from collections import defaultdict

from o2c.core import formats
from o2c.core.models import Message
from o2c.invoicing import correspondents
from o2c.invoicing.correspondents import Correspondent
from o2c.invoicing.direct_debit.setting import rules
from o2c.invoicing.models import Collection, DebitRun, DirectDebitRules
from o2c.invoicing.statements import wording
from o2c.orders.models import Customer


def tell(run: DebitRun) -> list[Customer]:
    """Queue one message to each customer of an approved run, in the reader's language; those who have no address.

    Safe to run again: a customer is told once of a run.
    """
    found = rules(run.entity)
    owed: dict[int, list[Collection]] = defaultdict(list)
    standing = Collection.objects.filter(run=run, state=Collection.State.PROPOSED).select_related("item", "mandate")
    for row in standing.order_by("item__due_on", "pk"):
        owed[row.customer_id].append(row)
    to = correspondents.of(owed)
    reached = [customer_id for customer_id in sorted(owed) if to[customer_id].contact is not None]
    Message.objects.bulk_create(
        [_message(run, found, to[customer_id], owed[customer_id]) for customer_id in reached],
        ignore_conflicts=True,
        batch_size=1000,
    )
    return [to[customer_id].customer for customer_id in sorted(owed) if to[customer_id].contact is None]


def _message(run: DebitRun, found: DirectDebitRules, to: Correspondent, rows: list[Collection]) -> Message:
    mandate = rows[0].mandate
    with formats.written_for(to.language):
        facts = {
            "entity": run.entity,
            "customer": to.customer,
            "total": wording.money(sum(row.amount for row in rows), run.currency),
            "items": [(row.item.number, wording.money(row.amount, row.currency)) for row in rows],
            "collect_on": formats.long_day(run.collect_on),
            "creditor_id": found.creditor_id,
            "mandate": mandate.reference,
            # enough to know it by, and not enough to use it
            "account": f"{rows[0].iban[:4]} … {rows[0].iban[-4:]}",
        }
        words = wording.write("debit_notice", to.language, facts)
    key = f"debits:{run.pk}:{to.customer.pk}"
    return correspondents.message(run.entity, to, key=key, subject=words.subject, text=words.text)
