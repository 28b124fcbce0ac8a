"""Approving notices that wait for a person: one by one, or all of a level."""

from django.core.cache import cache

from o2c.collections import dunning, weighing
from o2c.collections.dunning import DunningRefused
from o2c.collections.models import DunningRun, Notice, NoticeApproval
from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.rights import may

State = DunningRun.State
# The states of a run in which a notice may be approved: before it goes out, and while others of it do.
OPEN = frozenset({State.PROPOSED, State.APPROVED, State.SENDING, State.WAITING})
REMEMBERED = 60  # seconds


class SomebodyElse(DunningRefused):
    """Another person must approve this; the text says why."""

    problem = "forbidden"


def approve(
    run: DunningRun,
    *,
    actor: Actor,
    notice: Notice | None = None,
    level: int | None = None,
    currency: str | None = None,
) -> int:
    """Approve one notice, or those of a level and currency (or all) that are not approved alone; how many.

    What is approved by all who must goes out, if its run is being sent or waits. Raises SomebodyElse for a program,
    for who has approved it already, and for who proposed the run where it is the second approval; DunningRefused where
    nothing waits.
    """
    if actor.user_id is None:
        raise SomebodyElse("Only a person approves a notice.")
    with acting(actor):
        run = dunning.locked(run)
        if run.state not in OPEN:
            raise DunningRefused(f"The run is {run.get_state_display().lower()}: nothing of it waits for approval.")
        count = weighing.approve(run, actor=actor, now=clock.now(), notice=notice, level=level, currency=currency)
        if not count:
            raise _why_not(run, actor, notice, level, currency)
        about = {"notice_id": notice.pk} if notice else {"level": level, "currency": currency}
        outbox.emit("dunning.notices_approved", run_id=run.pk, notices=count, **about)
        dunning.go_on_waiting(run)
    return count


def _why_not(
    run: DunningRun, actor: Actor, notice: Notice | None, level: int | None, currency: str | None
) -> DunningRefused:
    found = weighing.waiting(run.pk)
    if notice:
        found = found.filter(pk=notice.pk)
    if level is not None:
        found = found.filter(level=level)
    if currency:
        found = found.filter(currency=currency)
    if not found.exists():
        return DunningRefused("It waits for nobody any more.")
    others = found if notice else found.filter(alone=False)
    if not others.exists():
        return DunningRefused("Each of these is so large that it is approved by itself.")
    if NoticeApproval.objects.filter(notice__in=others, by=actor.user_id).exists():
        return SomebodyElse("You have approved it already, so somebody else does.")
    return SomebodyElse("You proposed the run, so the second approval is somebody else's.")


def approvable(notice: Notice, user: User) -> bool:
    """Whether the act would take the person's approval of it; the act looks again."""
    given = {approval.by_id for approval in notice.approvals.all()}
    return (
        notice.state == Notice.State.PROPOSED
        and notice.missing > 0
        and notice.run.state in OPEN
        and user.pk not in given
        and not (given and notice.run.proposed_by == user.get_username())
    )


def all_waiting(user: User):
    """Every notice that waits for a person in a legal entity that the user sees, of runs that are looked through."""
    found = Notice.objects.for_user(user).filter(state=Notice.State.PROPOSED, missing__gt=0, run__state__in=OPEN)
    return found.filter(scenario_id=None)


def count(user: User) -> int:
    """How many notices of runs that go out the user may approve; for a minute the same."""
    known = cache.get(_name(user))
    if known is None:
        known = _count(user) if may(user, "dunning.approve") else 0
        cache.set(_name(user), known, REMEMBERED)
    return known


def forget(user: User) -> None:
    """Something was approved: count anew."""
    cache.delete(_name(user))


def _name(user: User) -> str:
    return f"notices:{user.pk}"


def _count(user: User) -> int:
    found = all_waiting(user).exclude(run__state=State.PROPOSED).exclude(approvals__by=user)
    return found.exclude(run__proposed_by=user.get_username(), approvals__isnull=False).distinct().count()
