"""What the worklist, promises and payment plans need done by themselves: after receivables changed, and when a day has
passed."""

from collections import defaultdict

from django.db.models import F

from o2c.collections import absences, ending_contracts, placements, pools, promises, sharing, worklist
from o2c.collections.disputes import causes, following
from o2c.collections.inquiries import following as late_inquiries
from o2c.collections.models import PaymentPlan, PromiseToPay, Task
from o2c.collections.plans import judging
from o2c.collections.strategies import escalating
from o2c.core import clock
from o2c.core.actors import SYSTEM, acting
from o2c.core.money import plain
from o2c.invoicing.models import ReturnedPayment
from o2c.orders.models import LegalEntity

# Past so many customers the whole book is looked at: that is one scan, not so many look-ups.
MANY_CUSTOMERS = 5000


def receivables_changed(payloads: list[dict]) -> None:
    """Handle events that say receivables of a customer, or of a whole legal entity, were booked, settled or reopened.

    Promises and plans are judged anew, tasks with nothing left to collect close, and the others are ranked anew.
    """
    touched: dict[int, set[int] | None] = defaultdict(set)
    for payload in payloads:
        entity_id, customer_id = payload["entity_id"], payload.get("customer_id")
        if customer_id is None or touched[entity_id] is None or len(touched[entity_id]) >= MANY_CUSTOMERS:
            touched[entity_id] = None
        else:
            touched[entity_id].add(customer_id)
    for entity in LegalEntity.objects.filter(pk__in=touched).order_by("pk"):
        customer_ids = touched[entity.pk]
        look_again(entity, None if customer_ids is None else sorted(customer_ids))


def look_again(entity: LegalEntity, customer_ids: list[int] | None = None) -> None:
    """Judge promises and plans, close what is cleared (disputes and placements too), and rank the tasks.

    Of a legal entity, or of these customers of its; of a whole one, tasks also go to the pools that they fit now.
    """
    today = clock.today(entity.time_zone)
    promises.recompute(today, entity_ids=[entity.pk], customer_ids=customer_ids)
    judging.recompute(today, entity_ids=[entity.pk], customer_ids=customer_ids)
    following.follow(entity, today, customer_ids)
    if customer_ids is None:
        causes.propose(entity, today)
        with acting(SYSTEM):
            pools.place([entity.pk])
    placements.close_settled(entity, on=today, customer_ids=customer_ids)
    worklist.close_cleared(entity_ids=[entity.pk], customer_ids=customer_ids)
    worklist.rerank(entity.pk, as_of=today, customer_ids=customer_ids)


def strategies_changed(payloads: list[dict]) -> None:
    """Handle events of strategies that say otherwise now: the legal entity's tasks are ranked by what they say."""
    for entity_id in sorted({payload["entity_id"] for payload in payloads}):
        worklist.rerank(entity_id)


def tasks_wait(payloads: list[dict]) -> None:
    """Handle events of tasks that wait in queues that give their work out by themselves."""
    sharing.give_out({queue_id for payload in payloads for queue_id in payload["queue_ids"]})


def payments_returned(payloads: list[dict]) -> None:
    """Handle events of payments that came back: whoever looks after the account calls, once for each payment."""
    ids = {payload["returned_id"] for payload in payloads}
    causes: dict[int, list[worklist.Cause]] = defaultdict(list)
    for row in ReturnedPayment.objects.filter(pk__in=ids).select_related("receipt").order_by("pk"):
        receipt = row.receipt
        why = f"{plain(receipt.amount, receipt.currency)} {receipt.currency} of {receipt.number} came back"
        why = f"{why}: {row.reason}" if row.reason else why
        causes[row.entity_id].append(worklist.Cause(receipt.customer_id, why, row.returned_on, f"returned:{row.pk}"))
    for entity_id in sorted(causes):
        worklist.create_many(entity_id, Task.Kind.RETURNED, causes[entity_id], actor=SYSTEM)


def turn_the_day() -> dict:
    """Judge the promises and instalments whose day has passed, pass on disputes and inquiries that are late, wake
    what was put away until today, put back what absent people have claimed, tell of contracts that end soon, and give
    tasks that wait too long to whom they then go. What waits in queues that give their work out is given to who is
    there.

    By each legal entity's own day.
    """
    result = {"judged": 0, "escalated": 0, "woken": 0, "put_back": 0, "passed_on": 0, "ending": 0, "given_out": 0}
    for entity in LegalEntity.objects.order_by("pk"):
        today = clock.today(entity.time_zone)
        late = (
            PromiseToPay.objects.filter(entity=entity, state=PromiseToPay.State.OPEN, pay_by__lt=today)
            .values_list("customer_id", flat=True)
            .distinct()
        )
        if customer_ids := sorted(late):
            counts = promises.recompute(today, entity_ids=[entity.pk], customer_ids=customer_ids)
            result["judged"] += sum(counts.values())
        missed = (
            PaymentPlan.objects.filter(entity=entity, state=PaymentPlan.State.ACTIVE, instalments__due_on__lt=today)
            .values_list("customer_id", flat=True)
            .distinct()
        )
        if customer_ids := sorted(missed):
            counts = judging.recompute(today, entity_ids=[entity.pk], customer_ids=customer_ids)
            result["judged"] += sum(counts.values())
        result["escalated"] += following.escalate(entity, today)
        result["escalated"] += late_inquiries.escalate(entity)
        result["woken"] += Task.objects.filter(
            entity=entity, state=Task.State.SNOOZED, snoozed_until__lte=today
        ).update(state=Task.State.OPEN, snoozed_until=None, due_on=F("snoozed_until"))
        result["put_back"] += absences.release_claimed(entity.pk, today)
        result["ending"] += ending_contracts.remind(entity, today)
        result["passed_on"] += escalating.escalate(entity.pk, today)
    result["given_out"] = sharing.give_out()
    return result
