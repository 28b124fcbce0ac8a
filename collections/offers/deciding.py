"""What becomes of offers: approved, left out or withdrawn by people; taken, not taken or ended by what happens.

What happens is worked out anew from what settled the items: a discount that was booked beside a payment is the taking,
and a payment that was taken back has taken nothing.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection
from django.db.models import F

from o2c.collections.offers import eligible, telling
from o2c.core import clock, locks, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.invoicing.models import EarlyOffer, EarlyOfferRule, EarlyOfferRun
from o2c.orders.models import LegalEntity

State, RunState, Because = EarlyOffer.State, EarlyOfferRun.State, EarlyOffer.Because


class OfferRefused(ValueError):
    """It cannot be approved, cancelled or withdrawn so; the text says why."""


def approve(run: EarlyOfferRun, *, on: date, actor: Actor) -> EarlyOfferRun:
    """Offer what was proposed: it stands from now on, and each customer gets one mail.

    Looked at again first: what was paid, disputed or promised meanwhile is not offered. In one transaction and a
    constant number of statements. Raises OfferRefused where the run is not proposed, or nothing of it is left.
    """
    with acting(actor):
        run = _lock(run)
        _proposed(run)
        proposed = list(run.offers.filter(state=State.PROPOSED).select_related("rule").order_by("pk"))
        stands = _still(run, proposed, on)
        kept = [each for each in proposed if each.pk in stands]
        _drop([each.pk for each in proposed if each.pk not in stands], Because.LEFT_ALONE, on, SYSTEM)
        if not kept:
            # said by the state of the run: a refusal would take the dropping back
            dropped = run.items
            states.move(run, RunState.CANCELLED, decided_by=actor.name, decided_on=on, dropped=dropped)
            return run
        EarlyOffer.objects.filter(pk__in=stands).update(state=State.OPEN)
        states.move(run, RunState.APPROVED, decided_by=actor.name, decided_on=on, dropped=run.items - len(kept))
        telling.tell(run, kept, on=on)
        outbox.emit("offers.approved", entity_id=run.entity_id, run_id=run.pk, items=len(kept))
        return run


def _still(run: EarlyOfferRun, proposed: list[EarlyOffer], on: date) -> set[int]:
    """The offers whose items may still be offered one, on a day that they have."""
    versions = {each.rule.segment: each.rule for each in sorted(proposed, key=lambda each: each.rule.version)}
    found = eligible.find(
        run.entity, versions.values(), on, items=[each.item_id for each in proposed],
        offers=[each.pk for each in proposed],
    )  # fmt: skip
    owes = {each.item_id: each.amount for each in found}
    return {each.pk for each in proposed if owes.get(each.item_id) == each.amount and each.last_on >= on}


def cancel(run: EarlyOfferRun, *, on: date, actor: Actor, because: str = Because.CANCELLED) -> EarlyOfferRun:
    """Offer nothing of a run. Raises OfferRefused where it is not proposed any more."""
    with acting(actor):
        run = _lock(run)
        _proposed(run)
        _drop(run.offers.filter(state=State.PROPOSED).values_list("pk", flat=True), because, on, actor)
        states.move(run, RunState.CANCELLED, decided_by=actor.name, decided_on=on, dropped=run.items)
        outbox.emit("offers.cancelled", entity_id=run.entity_id, run_id=run.pk)
        return run


def withdraw(offer: EarlyOffer, *, on: date, actor: Actor) -> EarlyOffer:
    """Leave an offer out of its run, or take back one that stands. Raises OfferRefused where it is over."""
    with acting(actor):
        locks.hold("early_offers", offer.entity_id)
        found = EarlyOffer.objects.select_for_update(no_key=True, of=("self",)).select_related("run").get(pk=offer.pk)
        to = {State.PROPOSED: State.DROPPED, State.OPEN: State.WITHDRAWN}.get(found.state)
        if to is None:
            told = f"{found.get_state_display().lower()}{f' by {found.ended_by}' if found.ended_by else ''}"
            raise OfferRefused(f"It is {told} already.")
        states.move(found, to, ended_on=on, ended_by=actor.name, because=Because.PERSON)
        if to == State.DROPPED:
            EarlyOfferRun.objects.filter(pk=found.run_id).update(dropped=F("dropped") + 1)
        outbox.emit("offers.withdrawn", entity_id=found.entity_id, offer_id=found.pk)
        return found


def _lock(run: EarlyOfferRun) -> EarlyOfferRun:
    locks.hold("early_offers", run.entity_id)
    return EarlyOfferRun.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=run.pk)


def _proposed(run: EarlyOfferRun) -> None:
    if run.state != RunState.PROPOSED:
        who = f" by {run.decided_by} on {run.decided_on}" if run.decided_by else ""
        raise OfferRefused(f"The run is {run.get_state_display().lower()} already{who}.")


def _drop(ids: Iterable[int], because: str, on: date, actor: Actor) -> None:
    EarlyOffer.objects.filter(pk__in=list(ids), state=State.PROPOSED).update(
        state=State.DROPPED, because=because, ended_on=on, ended_by=actor.name
    )


# --- By what happens

# Of items that were due longer ago nothing is looked at again.
LOOKED_AT = timedelta(days=180)

# The discounts that stand of items that have an offer: each was booked beside a payment, whose day counts.
TAKING = """
    SELECT o.id, min(r.received_on) AS on, sum(a.amount) AS discount
    FROM invoicing_earlyoffer o
    JOIN invoicing_allocation a ON a.debit_item_id = o.item_id AND a.amount > 0
    JOIN invoicing_concession c ON c.item_id = a.credit_item_id AND c.reversed_on IS NULL
    JOIN invoicing_openitem n ON n.id = c.item_id AND n.kind = 'discount'
    JOIN invoicing_receipt r ON r.id = c.receipt_id AND r.received_on BETWEEN o.offered_on AND o.last_on
    WHERE o.entity_id = %(entity)s AND o.state IN ('open', 'lapsed', 'taken') AND o.due_on >= %(since)s
        AND NOT EXISTS (SELECT FROM invoicing_allocation u WHERE u.reverses_id = a.id)
    GROUP BY o.id
"""
TAKEN = f"""
    UPDATE invoicing_earlyoffer o SET state = 'taken', taken_on = t.on, discount = t.discount, ended_on = NULL,
        because = '', ended_by = ''
    FROM ({TAKING}) t
    WHERE o.id = t.id AND (o.state <> 'taken' OR o.discount <> t.discount OR o.taken_on <> t.on)
"""  # noqa: S608 made of our own words
GIVEN_BACK = f"""
    UPDATE invoicing_earlyoffer o SET state = 'open', taken_on = NULL, discount = NULL
    WHERE o.entity_id = %(entity)s AND o.state = 'taken' AND o.due_on >= %(since)s
        AND o.id NOT IN (SELECT t.id FROM ({TAKING}) t)
"""  # noqa: S608
# What is settled or contested takes no discount any more, nor what is left alone; the others are over by their day.
OVER = f"""
    UPDATE invoicing_earlyoffer o
    SET state = CASE WHEN w.because <> '' THEN 'ended' ELSE 'lapsed' END, because = w.because, ended_on = %(as_of)s,
        ended_by = %(actor)s
    FROM (
        SELECT e.id,
            CASE WHEN i.open_amount = 0 OR i.superseded_on IS NOT NULL THEN 'settled'
                WHEN i.disputed_on <= %(as_of)s OR c.item_id IS NOT NULL THEN 'disputed'
                WHEN x.item_id IS NOT NULL OR h.customer_id IS NOT NULL THEN 'left_alone'
                ELSE '' END AS because
        FROM invoicing_earlyoffer e JOIN invoicing_openitem i ON i.id = e.item_id
        LEFT JOIN (SELECT DISTINCT item_id FROM collections_contested(%(as_of)s)) c ON c.item_id = e.item_id
        LEFT JOIN ({eligible.AGREED}) x ON x.item_id = e.item_id
        LEFT JOIN (SELECT DISTINCT customer_id FROM ({eligible.HELD}) all_held) h ON h.customer_id = e.customer_id
        WHERE e.entity_id = %(entity)s AND e.state = 'open'
    ) w
    WHERE o.id = w.id AND (w.because <> '' OR o.last_on < %(as_of)s)
"""  # noqa: S608 made of our own words


def follow(entity: LegalEntity, as_of: date) -> int:
    """Bring the offers of a legal entity to what happened with their items by a day; how many changed.

    In a constant number of statements; the same again changes nothing.
    """
    rows = EarlyOffer.objects.filter(entity=entity, state__in=[State.OPEN, State.LAPSED, State.TAKEN])
    if not rows.exists():
        return 0
    with acting(SYSTEM):
        locks.hold("early_offers", entity.pk)
        facts = {"entity": entity.pk, "as_of": as_of, "since": as_of - LOOKED_AT, "actor": SYSTEM.name}
        changed = 0
        with connection.cursor() as cursor:
            for statement in (GIVEN_BACK, TAKEN, OVER):
                cursor.execute(statement, facts)
                changed += cursor.rowcount
        if changed:
            outbox.emit("offers.followed", entity_id=entity.pk, changed=changed)
        return changed


def happened(payloads: list[dict]) -> None:
    """Handle events after which an offer may have been taken, or have ended."""
    ids = {payload["entity_id"] for payload in payloads}
    standing = EarlyOfferRule.objects.filter(entity__in=ids).values("entity")
    for entity in LegalEntity.objects.filter(pk__in=standing).order_by("pk"):
        follow(entity, clock.today(entity.time_zone))
