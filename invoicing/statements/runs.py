"""Runs of statements: begun by a person, an API key or a schedule, made in parts by whoever comes, closed when all are.

Every step may be done by anyone, twice, or by whoever comes after a crash: parts are leased, and each customer has one
statement and one message a run.
"""

import time
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

from django.db import OperationalError, transaction
from django.db.models import Q

from o2c.core import clock, leases, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.leases import Lease
from o2c.core.models import Partition
from o2c.core.money import plain
from o2c.invoicing.models import StatementRun, StatementSchedule
from o2c.invoicing.statements import figures, making, schedules
from o2c.invoicing.statements.making import WORK
from o2c.orders.models import Account, LegalEntity

State, Kind, Channel, Who = StatementRun.State, StatementRun.Kind, StatementRun.Channel, StatementRun.Who


class RunRefused(ValueError):
    """The run cannot be begun so; `field` is what is wrong with it, the text says why."""

    def __init__(self, field: str, text: str):
        super().__init__(text)
        self.field = field


class SentBefore(RunRefused):
    """The same statements went out before: say that they are wanted again."""


class StatementsFailed(Exception):
    """A part of the run failed again and again; the text is its last error."""


# --- Begin


def begin(
    *,
    entity: LegalEntity,
    as_of: date,
    kind: str = Kind.OPEN_ITEMS,
    from_on: date | None = None,
    segment: str = "",
    who: str = Who.OPEN,
    channel: str = Channel.EMAIL,
    again: bool = False,
    schedule: StatementSchedule | None = None,
    due_on: date | None = None,
    actor: Actor,
) -> StatementRun:
    """Write a run and its parts down; workers make the statements (`enqueue`), or `finish` does it here.

    The same run that is still being made is returned instead of another. An activity begins a month before the day
    where `from_on` is not said. Raises RunRefused, and SentBefore where statements of that day, of those customers,
    have gone out by e-mail, unless they are wanted `again`.
    """
    facts = {
        "entity": entity, "kind": kind, "as_of": as_of, "segment": segment, "channel": channel, "who": who,
        "from_on": (from_on or figures.month_before(as_of)) if kind == Kind.ACTIVITY else None,
    }  # fmt: skip
    _check(entity, as_of, kind=kind, from_on=from_on, segment=segment)
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        if schedule is None:
            begun = StatementRun.objects.filter(**facts, schedule=None, state=State.MAKING).first()
            if begun is not None:
                return begun
            if channel == Channel.EMAIL and not again:
                _refuse_twice(entity, kind, as_of, segment)
        run = StatementRun.objects.create(**facts, schedule=schedule, due_on=due_on, asked_by=actor.name)
        leases.cut(WORK, run.pk, making.ranges(run))
        return run


def _check(entity: LegalEntity, as_of: date, *, kind: str, from_on: date | None, segment: str) -> None:
    today = clock.today(entity.time_zone)
    if as_of > today:
        raise RunRefused("as_of", f"{as_of} is still to come for {entity.code}, where it is {today}.")
    if from_on is not None and kind != Kind.ACTIVITY:
        raise RunRefused("from_on", "Open items are those of one day; only an activity has a first day.")
    if from_on is not None and from_on > as_of:
        raise RunRefused("from_on", f"The activity would begin on {from_on}, after it ends.")
    if segment and not Account.objects.filter(entity=entity, segment=segment).exists():
        raise RunRefused("segment", f"No account with {entity.code} is of the segment {segment}.")


def _refuse_twice(entity: LegalEntity, kind: str, as_of: date, segment: str) -> None:
    sent = StatementRun.objects.filter(entity=entity, kind=kind, as_of=as_of, channel=Channel.EMAIL)
    sent = sent.exclude(state=State.CANCELLED, mailed=0)
    if segment:
        sent = sent.filter(Q(segment="") | Q(segment=segment))
    before = sent.order_by("-pk").first()
    if before is not None:
        raise SentBefore(
            "again", f"Run {before.pk} has sent statements of {as_of} already. Say that you want it again."
        )


def cancel(run: StatementRun, *, actor: Actor) -> None:
    """Make no more of it; what is made stays. Raises IllegalMove, LostRace."""
    with acting(actor):
        states.move(run, State.CANCELLED, done_at=clock.now())
        # Waits for the parts that are being written, so that no statement comes after.
        Partition.objects.filter(work=WORK, subject_id=run.pk).exclude(state="done").delete()
        _count_up(run)
        outbox.emit("statements.cancelled", run_id=run.pk)


# --- The parts, done here or by workers


def do_part(lease: Lease) -> None:
    """Do one leased part; after an error it is given back, to be tried again. Raises what went wrong."""
    run = StatementRun.objects.select_related("entity").get(pk=lease.subject_id)
    try:
        making.make_part(run, lease)
    except leases.LeaseLost:
        return
    except Exception as error:
        leases.failed(lease, error)
        raise


def step(run_id: int) -> str:
    """Close the run if all its parts are done; the state it is in now."""
    with acting(SYSTEM):
        run = StatementRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.state == State.MAKING and not leases.unfinished(WORK, run_id):
            states.move(run, State.DONE, done_at=clock.now())
            _count_up(run)
            outbox.emit("statements.made", run_id=run_id)
        return run.state


def _count_up(run: StatementRun) -> None:
    """Keep on the run what its parts have come to."""
    sums: dict[str, int] = dict.fromkeys(("made", "mailed", "no_address", "left_out"), 0)
    totals: dict[str, dict] = {}
    done = Partition.objects.filter(work=WORK, subject_id=run.pk, state="done")
    for result in done.order_by("number").values_list("result", flat=True):
        for name in sums:
            sums[name] += result[name]
        for currency, part in result["totals"].items():
            row = totals.setdefault(currency, {"total": "0", "overdue": "0", "customers": 0})
            row["total"] = plain(Decimal(row["total"]) + Decimal(part["total"]), currency)
            row["overdue"] = plain(Decimal(row["overdue"]) + Decimal(part["overdue"]), currency)
            row["customers"] += part["customers"]
    StatementRun.objects.filter(pk=run.pk).update(**sums, totals=dict(sorted(totals.items())))


def progress(run: StatementRun) -> dict[str, int]:
    """How many parts there are, are done, and have failed."""
    parts = list(Partition.objects.filter(work=WORK, subject_id=run.pk).values_list("state", flat=True))
    return {"all": len(parts), "done": parts.count("done"), "failed": parts.count("failed")}


def finish(run: StatementRun, *, patience: float = 0) -> StatementRun:
    """Do the parts that nobody else does, and wait for the others; with `patience`, only where nobody has made
    progress for so many seconds. Raises StatementsFailed.
    """
    leases.sweep()
    left, since, looked = -1, time.monotonic(), 0
    while True:
        if (not patience or time.monotonic() - since > patience) and _do_next(run.pk):
            continue
        unfinished = leases.unfinished(WORK, run.pk)
        if not unfinished:
            step(run.pk)
            run.refresh_from_db()
            return run
        if set(unfinished) == {"failed"}:
            raise StatementsFailed(f"Run {run.pk}: " + "; ".join(leases.errors(WORK, run.pk)))
        if left != sum(unfinished.values()):
            left, since = sum(unfinished.values()), time.monotonic()
        looked += 1
        if looked % 20 == 0 and leases.sweep():
            enqueue(run)  # a worker died with these
        time.sleep(0.05)


def _do_next(run_id: int) -> bool:
    lease = leases.take(WORK, subject_id=run_id)
    if lease is None:
        return False
    with suppress(OperationalError):  # given back, to be tried again
        do_part(lease)
    return True


def enqueue(run: StatementRun) -> None:
    """Give the waiting parts to the workers, once the transaction has committed."""
    from o2c.invoicing import jobs

    parts = Partition.objects.filter(work=WORK, subject_id=run.pk, state="waiting").order_by("number")
    ids = list(parts.values_list("pk", flat=True))
    transaction.on_commit(lambda: [jobs.make_statements.delay(id) for id in ids])


# --- The regular work


def make_due(now: datetime | None = None) -> list[StatementRun]:
    """Begin the runs of schedules that are due, and take every begun one further. Workers do the parts.

    Safe to call at any time and as often as one likes. Raises RunRefused, after everything else is done, where a
    schedule asks for what cannot be (a segment that no account is of any more).
    """
    leases.sweep()
    made, refused = [], []
    for schedule, day in schedules.due(now or clock.now()):
        try:
            made.append(begin_scheduled(schedule, day))
        except RunRefused as error:  # the others do not wait for this one
            refused.append(error)
    for run in StatementRun.objects.filter(state=State.MAKING).order_by("pk"):
        if step(run.pk) == State.MAKING:
            enqueue(run)
    if refused:
        raise refused[0]
    return made


def begin_scheduled(schedule: StatementSchedule, day: date) -> StatementRun:
    """The schedule's run of one of its days. Raises RunRefused."""
    as_of = schedules.as_of(schedule, day)
    activity = schedule.kind == Kind.ACTIVITY
    return begin(
        entity=schedule.entity,
        as_of=as_of,
        kind=schedule.kind,
        from_on=schedules.from_on(schedule, day, schedules.told_until(schedule)) if activity else None,
        segment=schedule.segment,
        who=schedule.who,
        channel=schedule.channel,
        schedule=schedule,
        due_on=day,
        actor=SYSTEM,
    )
