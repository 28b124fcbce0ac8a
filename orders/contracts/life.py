"""Where a contract stands on a day: its state is what people did, the rest a function of its days.

So nothing is ever stale: no job has to come by for a contract to end soon, or to have run out.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import DateField, ExpressionWrapper, F, Q, TextChoices, Value

from o2c.core import clock
from o2c.orders.models import Contract, LegalEntity

STATE = Contract.State


class Life(TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    EXPIRING = "expiring", "Ends soon"
    RENEWED = "renewed", "Renewed"
    ENDED = "ended", "Ended"


def life(contract: Contract, on: date) -> Life:
    """An active contract ends soon from `notice_days` before its last day on, and has ended after that day.

    One that was ended by notice ends soon until its last day is over. One without a last day goes on.
    """
    if contract.state in (STATE.DRAFT, STATE.RENEWED):
        return Life(contract.state)
    if contract.ends_on is None:
        return Life.ACTIVE
    days_left = (contract.ends_on - on).days
    if days_left < 0:
        return Life.ENDED
    soon = contract.state == STATE.ENDED or days_left <= contract.notice_days
    return Life.EXPIRING if soon else Life.ACTIVE


def those(wanted: Life, on: date) -> Q:
    """The contracts of which `life` says this on a day; a test holds the two equal."""
    if wanted in (Life.DRAFT, Life.RENEWED):
        return Q(state=wanted.value)
    runs = Q(state__in=[STATE.ACTIVE, STATE.ENDED])
    if wanted == Life.ENDED:
        return runs & Q(ends_on__lt=on)
    noticed = ExpressionWrapper(Value(on, DateField()) + F("notice_days"), DateField())
    soon = Q(ends_on__gte=on) & (Q(state=STATE.ENDED) | Q(ends_on__lte=noticed))
    if wanted == Life.EXPIRING:
        return runs & soon
    return runs & (Q(ends_on__isnull=True) | Q(ends_on__gte=on) & ~Q(state=STATE.ENDED) & Q(ends_on__gt=noticed))


def those_of(entities: Iterable[LegalEntity], wanted: Life) -> Q:
    """The contracts of which `life` says this today, by the clock of each legal entity."""
    by_day: dict[date, list[int]] = {}
    for entity in entities:
        by_day.setdefault(clock.today(entity.time_zone), []).append(entity.pk)
    found = Q(pk__in=[])
    for on, ids in by_day.items():
        found |= Q(entity__in=ids) & those(wanted, on)
    return found
