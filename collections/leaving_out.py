"""Leaving a customer or an item out of a run, as long as it waits for approval: for this once, or until a day."""

from datetime import date

from django.db import connection

from o2c.collections import activities, dunning, holds, weighing
from o2c.collections.dunning import DunningRefused
from o2c.collections.holds import HoldRefused
from o2c.collections.models import Activity, DunningRun, Notice, NoticeLine
from o2c.collections.rechecking import JUDGE_NOTICES
from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer

BECAUSE = "left_out"


def leave_out(
    notice: Notice, *, reason: str, actor: Actor, item: OpenItem | None = None, until: date | None = None
) -> Notice:
    """Take a notice, or one item of it, out of its run, as long as that or the notice waits for approval.

    The next run looks at it again. With `until` it is on hold up to that day. What is left of the notice is put right;
    with nothing left it is cancelled. Raises DunningRefused where neither waits any more, what is named is not in it,
    or no reason is given.
    """
    if not reason.strip():
        raise DunningRefused("Say why.")
    with acting(actor):
        run = dunning.locked(notice.run)
        waits = weighing.waiting(run.pk).filter(pk=notice.pk).exists()
        if run.state != DunningRun.State.PROPOSED and not waits:
            state = run.get_state_display().lower()
            raise DunningRefused(f"The run is {state}: nothing can be left out of it any more.")
        lines = NoticeLine.objects.filter(notice=notice, dropped_because="")
        if item is not None:
            lines = lines.filter(item=item)
        about = item or notice.item
        others = lines.exclude(item__customer=notice.customer).exists()
        if until is not None and about is None and others:
            raise DunningRefused(
                "It tells of several customers: leave their items out one by one, or hold each on its own page."
            )
        if not lines.update(dropped_because=BECAUSE):
            raise DunningRefused("It is not in this notice any more.")
        with connection.cursor() as cursor:
            cursor.execute(JUDGE_NOTICES, {"notices": [notice.pk]})
        weighing.weigh(run.pk, [notice.pk])
        customer = about.customer if about else notice.customer
        if until is None:
            what = about.number if about else "Everything"
            text = f"{what} left out of the reminders of {run.as_of}: {reason.strip()}"
            activities.record(customer=customer, entity=run.entity, kind=Activity.Kind.NOTE, text=text, actor=actor)
        else:
            _hold(customer, run, about, reason, until, actor)
        outbox.emit("dunning.left_out", run_id=run.pk, notice_id=notice.pk, item_id=item.pk if item else None)
        dunning.go_on_waiting(run)
    notice.refresh_from_db()
    return notice


def _hold(customer: Customer, run: DunningRun, item: OpenItem | None, reason: str, until: date, actor: Actor) -> None:
    today = clock.today(run.entity.time_zone)
    try:
        holds.place(
            customer=customer, entity=run.entity, item=item, reason=reason, from_on=today, until=until, actor=actor
        )
    except HoldRefused as refused:
        raise DunningRefused(str(refused)) from None
