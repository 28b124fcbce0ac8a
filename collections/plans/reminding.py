"""Reminding customers of the instalments that come: by e-mail, once for each, unless it is paid already."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from o2c.collections import worklist
from o2c.collections.models import DunningSettings, Pilot, Task
from o2c.core import clock, formats, outbox
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.invoicing import banks, correspondents
from o2c.invoicing.correspondents import Correspondent
from o2c.invoicing.models import BankAccount
from o2c.invoicing.statements import wording
from o2c.orders.models import LegalEntity

# Of plans of which nothing was missed: what is due within so many days, not paid, and not reminded of yet. Who gets no
# reminders by mail gets none of these.
DUE = """
    SELECT j.instalment_id, j.plan_id, p.customer_id, p.currency, j.number, j.count, j.due_on, j.amount - j.paid
    FROM (
        SELECT *, count(*) OVER (PARTITION BY plan_id) AS count,
               bool_or(state = 'missed') OVER (PARTITION BY plan_id) AS broken
        FROM collections_judge_instalments(%(today)s, ARRAY[%(entity)s]::bigint[], NULL, true)
    ) j
    JOIN collections_paymentplan p ON p.id = j.plan_id
    LEFT JOIN orders_account a ON a.customer_id = p.customer_id AND a.entity_id = p.entity_id
    WHERE j.state IN ('open', 'partly') AND NOT j.broken
        AND j.due_on BETWEEN %(today)s AND %(today)s + %(days)s::integer AND p.agreed_on < %(today)s
        AND coalesce(a.channel, 'email') = 'email'
        AND NOT EXISTS (SELECT 1 FROM core_message m WHERE m.key = 'instalment:' || j.instalment_id)
    ORDER BY j.instalment_id
"""


@dataclass(frozen=True)
class Due:
    """A row of DUE; `amount` is what is left of the instalment."""

    id: int
    plan_id: int
    customer_id: int
    currency: str
    number: int
    count: int
    due_on: date
    amount: Decimal


def remind_due() -> dict:
    """Remind of what is due by each legal entity's own day. Safe to run again: each instalment has one message.

    A day that was left out is caught up, up to the day of the instalment. In a pilot nothing goes out.
    """
    made = 0
    reminding = DunningSettings.objects.filter(reminds_before__gt=0).exclude(
        entity__in=Pilot.objects.filter(ended_at=None).values("entity")
    )
    for settings in reminding.select_related("entity").order_by("entity_id"):
        made += _remind(settings.entity, settings.reminds_before, clock.today(settings.entity.time_zone))
    return {"messages": made}


@transaction.atomic
def _remind(entity: LegalEntity, days: int, today: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"entity": entity.pk, "days": days, "today": today})
        due = [Due(*row) for row in cursor.fetchall()]
    if not due:
        return 0
    to = correspondents.of({each.customer_id for each in due})
    pay_to = banks.pay_to(entity, {each.currency for each in due})
    reached = [each for each in due if to[each.customer_id].contact is not None]
    Message.objects.bulk_create(
        [_message(entity, to[each.customer_id], each, pay_to[each.currency]) for each in reached],
        ignore_conflicts=True,
        batch_size=1000,
    )
    lost = {each.plan_id: each.customer_id for each in due if to[each.customer_id].contact is None}
    why = "Nobody could be reminded of the next instalment of the payment plan: find a contact, call."
    causes = [worklist.Cause(customer, why, today, f"plan-contact:{plan}") for plan, customer in sorted(lost.items())]
    worklist.create_many(entity.pk, Task.Kind.NO_CONTACT, causes, actor=SYSTEM)
    if reached:
        outbox.emit("plans.reminded", entity_id=entity.pk, messages=len(reached))
    return len(reached)


def _message(entity: LegalEntity, to: Correspondent, due: Due, pay_to: BankAccount | None) -> Message:
    with formats.written_for(to.language):
        facts = {
            "entity": entity,
            "customer": to.customer,
            "amount": wording.money(due.amount, due.currency),
            "due_on": formats.long_day(due.due_on),
            "number": due.number,
            "count": due.count,
            "account": (pay_to.iban or pay_to.account_number) if pay_to else "",
            "bank": pay_to.bank if pay_to else "",
            "bic": pay_to.bic if pay_to else "",
        }
        words = wording.write("instalment", to.language, facts)
    return correspondents.message(entity, to, key=f"instalment:{due.id}", subject=words.subject, text=words.text)
