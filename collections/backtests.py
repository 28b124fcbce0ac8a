"""Backtests that people ask for: a worker plays them, and what they found is kept."""

from datetime import date, timedelta

from django.db import IntegrityError, transaction

from o2c.collections import backtesting, policies
from o2c.collections.models import Backtest, DunningPolicy
from o2c.core import clock, states
from o2c.core.actors import Actor, acting
from o2c.orders.models import LegalEntity

State = Backtest.State
MONTHS = (3, 6, 12, 24)


def ask(entity: LegalEntity, version: DunningPolicy, *, months: int, actor: Actor) -> Backtest:
    """Have a version played over so many months up to yesterday, beside the one in force; the same that waits, once."""
    today = clock.today(entity.time_zone)
    beside = policies.in_force(version.code, today)
    first, until = _months_before(today, months), today - timedelta(days=1)
    facts = {"entity": entity, "version": version, "first": first, "until": until}
    by = {"asked_by_id": actor.user_id, "asker": actor.name}
    with acting(actor):
        try:
            with transaction.atomic():
                return Backtest.objects.create(
                    **facts, **by, beside=beside if beside and beside.pk != version.pk else None
                )
        except IntegrityError:
            return Backtest.objects.get(**facts, state=State.WAITING)


def _months_before(day: date, months: int) -> date:
    """The first day of the month so many months before."""
    past = day.year * 12 + day.month - 1 - months
    return date(past // 12, past % 12 + 1, 1)


def work(backtest_id: int) -> Backtest | None:
    """Play a backtest and keep what it found; None where somebody else does or has.

    All in one transaction: who is killed meanwhile has done nothing, and the next one does it.
    """
    with transaction.atomic():
        waiting = Backtest.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        found = (
            waiting.select_related("entity", "version", "beside").filter(pk=backtest_id, state=State.WAITING).first()
        )
        if found is None:
            return None
        today = clock.today(found.entity.time_zone)
        result = {
            name: {
                "past": backtesting.play(found.entity, version, found.first, found.until).as_json(),
                "today": backtesting.today(found.entity, version, today),
            }
            for name, version in (("version", found.version), ("beside", found.beside))
            if version is not None
        }
        states.move(found, State.DONE, done_at=clock.now(), result=result)
    found.refresh_from_db()
    return found


def waiting() -> list[int]:
    """Those that wait: their worker has died, or nobody has told one of them."""
    return list(Backtest.objects.filter(state=State.WAITING).order_by("pk").values_list("pk", flat=True)[:20])
