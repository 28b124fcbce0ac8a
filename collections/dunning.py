"""Dunning runs: propose, approve, send. Every step may be begun by anyone, twice, or by whoever comes after a crash.

A run belongs to a legal entity and a day. What it decides is in SQL (`dunning_decisions`); how it is cut into parts and
written is in `proposing`, what is looked at again before sending in `rechecking`, letters and tasks in `composing`.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction

from o2c.collections import composing, pilots, proposing, weighing
from o2c.collections.models import DunningRun, DunningSettings, Notice, NoticeLine
from o2c.core import clock, leases, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.hands import helping
from o2c.core.leases import Lease
from o2c.core.models import Partition
from o2c.orders import business_days
from o2c.orders.models import LegalEntity

State = DunningRun.State
PROPOSE, SEND = proposing.WORK, composing.WORK
STEPS = {PROPOSE: State.PROPOSING, SEND: State.SENDING}
# Parts done at once where no workers do them.
HANDS = min(4, os.cpu_count() or 1)


class DunningRefused(ValueError):
    """The run cannot be made, approved or sent so; the text says why."""


class DunningFailed(Exception):
    """A part of the run failed again and again; the text is its last error."""


def check_day(entity: LegalEntity, as_of: date, *, replay: bool) -> None:
    """Raises DunningRefused for a day to come, and for a past one unless it is replayed."""
    today = clock.today(entity.time_zone)
    if as_of > today:
        raise DunningRefused(f"{as_of} is still to come for {entity.code}, where it is {today}.")
    if as_of < today and not replay:
        raise DunningRefused(
            f"{as_of} is past for {entity.code}; a past day can only be replayed, which sends nothing."
        )


# --- Propose


def propose(entity: LegalEntity, as_of: date, *, actor: Actor, replay: bool = False, inline: bool = True) -> DunningRun:
    """Decide on the entity's overdue items as of a day and write the notices down, for approval.

    A proposal of that day that was begun and never finished is finished, by anyone. `inline` does the work here and
    now; else workers do it, and the run returned is still being proposed. Raises DunningFailed.
    """
    run = begin_proposing(entity, as_of, actor=actor, replay=replay)
    if not inline:
        enqueue(run)
        return run
    return finish_here(run)


def begin_proposing(entity: LegalEntity, as_of: date, *, actor: Actor, replay: bool = False) -> DunningRun:
    """The unfinished proposal of the entity and day, or a new one with its parts. One entity proposes one at a time.

    While the entity has a pilot, it is the pilot's.
    """
    proposing.make_room(as_of)
    while True:
        with acting(actor):
            LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
            scenario = None if replay else pilots.scenario_of(entity)
            begun = DunningRun.objects.filter(pilots.RECORDED, entity=entity, state=State.PROPOSING).first()
            if begun is None:
                if not replay and scenario is None:
                    _supersede(entity)
                run = DunningRun.objects.create(
                    entity=entity, as_of=as_of, replay=replay, scenario_id=scenario, proposed_by=actor.name
                )
                today = as_of >= clock.today(entity.time_zone)
                leases.cut(PROPOSE, run.pk, proposing.ranges(entity.pk, as_of_today=today))
                return run
        leases.retry(PROPOSE, begun.pk)
        if (begun.as_of, begun.replay, begun.scenario_id) == (as_of, replay, scenario):
            return begun
        finish_here(begun)


def _supersede(entity: LegalEntity) -> None:
    """Cancel what earlier runs left waiting for approval: the new one looks at those items again."""
    runs = DunningRun.objects.filter(entity=entity, state__in=[State.SENDING, State.WAITING], scenario_id=None)
    for run in runs.order_by("pk").select_for_update(no_key=True):
        weighing.drop_waiting(run.pk, "superseded")
        go_on_waiting(run)


# --- Approve, or not


def approve(run: DunningRun, *, actor: Actor) -> None:
    """Let the run's notices go out. Raises IllegalMove, LostRace.

    A person who approves it approves each notice that waits for one, too, but for those which are approved alone.
    """
    with acting(actor):
        states.move(run, State.APPROVED, approved_by=actor.name, approved_at=clock.now())
        if actor.user_id is not None:
            weighing.approve(run, actor=actor, now=clock.now())
        outbox.emit("dunning.approved", run_id=run.pk)


def cancel(run: DunningRun, *, actor: Actor) -> None:
    """Send none of the run's notices; its items may be proposed again. Raises IllegalMove, LostRace.

    Of a run that is sent but for what waits for approval, what waits is cancelled, and the run is done.
    """
    with acting(actor):
        if run.state == State.WAITING:
            states.move(run, State.DONE, done_at=clock.now())
            weighing.drop_waiting(run.pk, "cancelled")
            outbox.emit("dunning.cancelled", run_id=run.pk)
            return
        states.move(run, State.CANCELLED, done_at=clock.now())
        # Waits for the parts that are being written, so that no notice comes after.
        Partition.objects.filter(work=PROPOSE, subject_id=run.pk).exclude(state="done").delete()
        Notice.objects.filter(run=run, state=Notice.State.PROPOSED).update(
            state=Notice.State.CANCELLED, cancelled_because="cancelled"
        )
        NoticeLine.objects.filter(notice__run=run, dropped_because="").update(dropped_because="cancelled")
        outbox.emit("dunning.cancelled", run_id=run.pk)


# --- Send


def send(run: DunningRun, *, actor: Actor, inline: bool = True) -> DunningRun:
    """Look at the facts again, drop what no longer holds, and make messages and tasks of the rest.

    The messages are then queued; `o2c.core.messages.deliver` hands them over. Raises DunningRefused where the run is
    not approved, DunningFailed.
    """
    begin_sending(run, actor=actor)
    if not inline:
        enqueue(run)
        return run
    return finish_here(run)


def begin_sending(run: DunningRun, *, actor: Actor) -> None:
    """Cut an approved run into parts to send; one whose sending was begun goes on. Raises DunningRefused."""
    with acting(actor):
        run.refresh_from_db(from_queryset=DunningRun.objects.select_for_update(no_key=True))
        if run.state == State.APPROVED:
            states.move(run, State.SENDING)
            _cut_ready(run)
        elif run.state == State.SENDING:
            leases.retry(SEND, run.pk)
        else:
            raise DunningRefused(f"Run {run.pk} is {run.get_state_display().lower()}; only an approved run is sent.")


def locked(run: DunningRun) -> DunningRun:
    """The run as it stands, locked to the end of the transaction."""
    return DunningRun.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=run.pk)


def go_on_waiting(run: DunningRun) -> None:
    """Send what nobody must approve any more of a run that waits; close it where nothing waits. Lock the run first."""
    if run.state != State.WAITING:
        return  # whoever sends it looks for what became ready, before it is done
    if weighing.ready(run.pk).exists():
        states.move(run, State.SENDING)
        _cut_ready(run)
        enqueue(run)
    elif not weighing.waiting(run.pk).exists():
        _close(run)


def _cut_ready(run: DunningRun) -> None:
    leases.cut(SEND, run.pk, composing.ranges(run), after=leases.last_number(SEND, run.pk))


def _close(run: DunningRun) -> None:
    states.move(run, State.DONE, done_at=clock.now())
    outbox.emit("dunning.sent", run_id=run.pk)


# --- All in one


def run_day(entity: LegalEntity, as_of: date, *, actor: Actor, replay: bool = False, inline: bool = True) -> DunningRun:
    """Propose, approve and send where the entity approves by itself (a replay always does), else only propose.

    A run of that day that stopped half-way is brought to its end instead of beginning another.
    """
    run = _stopped(entity, as_of, replay) or begin_proposing(entity, as_of, actor=actor, replay=replay)
    while True:
        if run.state == State.PROPOSED and approves_itself(run):
            with suppress(states.LostRace):
                approve(run, actor=actor)
        elif run.state == State.APPROVED:
            with suppress(DunningRefused):  # somebody was quicker
                begin_sending(run, actor=actor)
        elif run.state in (State.PROPOSING, State.SENDING):
            if not inline:
                enqueue(run)
            run = finish_here(run) if inline else wait(run)
        else:
            return run
        run.refresh_from_db()


def approves_itself(run: DunningRun) -> bool:
    if run.replay or run.scenario_id is not None:
        return True
    return DunningSettings.objects.filter(entity_id=run.entity_id, approves_itself=True).exists()


def _by_itself(run: DunningRun) -> bool:
    return run.proposed_by == SYSTEM.name or run.scenario_id is not None


def _stopped(entity: LegalEntity, as_of: date, replay: bool) -> DunningRun | None:
    scenario = None if replay else pilots.scenario_of(entity)
    runs = DunningRun.objects.filter(entity=entity, as_of=as_of, replay=replay, scenario_id=scenario)
    stopped = runs.filter(state__in=[State.PROPOSING, State.PROPOSED, State.APPROVED, State.SENDING])
    run = stopped.order_by("pk").first()
    if run is None or (run.state == State.PROPOSED and not approves_itself(run)):
        return None
    if run.state == State.PROPOSING:
        proposing.make_room(as_of)
        leases.retry(PROPOSE, run.pk)
    return run


# --- The parts, done here or by workers


def do_part(lease: Lease) -> None:
    """Do one leased part; after an error it is given back, to be tried again. Raises what went wrong."""
    run = DunningRun.objects.select_related("entity").get(pk=lease.subject_id)
    try:
        if lease.work == PROPOSE:
            proposing.propose_part(run, lease)
        else:
            composing.compose_part(run, lease, on=sending_day(run))
    except leases.LeaseLost:
        return
    except Exception as error:
        leases.failed(lease, error)
        raise


def sending_day(run: DunningRun) -> date:
    """The day whose facts are looked at again: the entity's today; a replay stays in its own day."""
    return run.as_of if run.replay else clock.today(run.entity.time_zone)


def step(run_id: int) -> str:
    """Close the proposal or the sending of a run if all its parts are done; the state it is in now.

    What was approved while the parts were done is cut into parts of its own; the run waits for what nobody approved.
    """
    with acting(SYSTEM):
        run = DunningRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.state == State.PROPOSING and proposing.count_up(run_id, clock.now()):
            outbox.emit("dunning.proposed", run_id=run_id)
            return State.PROPOSED
        if run.state == State.SENDING and not leases.unfinished(SEND, run_id):
            if weighing.ready(run_id).exists():
                _cut_ready(run)
            elif weighing.waiting(run_id).exists():
                states.move(run, State.WAITING)
                outbox.emit("dunning.waiting", run_id=run_id)
            else:
                _close(run)
        return run.state


def finish_here(run: DunningRun) -> DunningRun:
    """Do the parts of the run's present step that nobody else does, and wait for the others. Raises DunningFailed.

    Where there are several, threads with connections of their own share them: the database does most of the work.
    """
    work = PROPOSE if run.state == State.PROPOSING else SEND
    leases.sweep()
    helpers = min(HANDS, leases.unfinished(work, run.pk).get("waiting", 0)) - 1
    if helpers < 1 or connection.in_atomic_block:
        return _until_done(run, work, lambda: _do_next(work, run.pk))
    with helping(helpers, lambda: _do_all(work, run.pk)):
        return _until_done(run, work, lambda: _do_next(work, run.pk))


def _do_all(work: str, run_id: int) -> None:
    while _do_next(work, run_id):
        continue


def wait(run: DunningRun, *, patience: float = 60) -> DunningRun:
    """Wait for workers to finish the run's present step; take over where they make no progress for `patience` s.

    Raises DunningFailed.
    """
    work = PROPOSE if run.state == State.PROPOSING else SEND
    progress = {"left": -1, "since": time.monotonic()}

    def look() -> bool:
        if leases.sweep():
            enqueue(run)  # a worker died with these
        left = sum(leases.unfinished(work, run.pk).values())
        if left != progress["left"]:
            progress.update(left=left, since=time.monotonic())
        if left and time.monotonic() - progress["since"] > patience:
            return _do_next(work, run.pk)
        return False

    return _until_done(run, work, look)


def _do_next(work: str, run_id: int) -> bool:
    lease = leases.take(work, subject_id=run_id)
    if lease is None:
        return False
    with suppress(proposing.NotDecided, OperationalError):  # given back, to be tried again
        do_part(lease)
    return True


def _until_done(run: DunningRun, work: str, work_on: Callable[[], bool]) -> DunningRun:
    looked = 0
    while True:
        if work_on():
            continue
        left = leases.unfinished(work, run.pk)
        if not left:
            step(run.pk)
            if leases.unfinished(work, run.pk):
                continue  # some were approved meanwhile
            run.refresh_from_db()
            return run
        if set(left) == {"failed"}:
            raise DunningFailed(f"Run {run.pk}: " + "; ".join(leases.errors(work, run.pk)))
        looked += 1
        if looked % 20 == 0:
            leases.sweep()
        time.sleep(0.05)


def enqueue(run: DunningRun) -> None:
    """Give the waiting parts of the run's present step to the workers, once the transaction has committed."""
    from o2c.collections import jobs

    for work, state in STEPS.items():
        if run.state == state:
            parts = Partition.objects.filter(work=work, subject_id=run.pk, state="waiting").order_by("number")
            ids = list(parts.values_list("pk", flat=True))
            transaction.on_commit(lambda ids=ids: [jobs.do_part.delay(id) for id in ids])


# --- The regular work


def due_entities(now: datetime) -> list[tuple[LegalEntity, date]]:
    """Entities whose hour of proposing has passed on their present day, a day of business, and that have no run of it.

    A day on which nothing ran is not made up by a run of its own: today's looks at everything that is due.
    """
    ready = []
    settings = DunningSettings.objects.filter(paused=False).select_related("entity").order_by("entity__code")
    for setting in settings:
        local = now.astimezone(ZoneInfo(setting.entity.time_zone))
        if local.time() >= setting.proposes_at and business_days.is_business_day(setting.entity, local.date()):
            ready.append((setting.entity, local.date()))
    runs = DunningRun.objects.filter(pilots.RECORDED, replay=False, as_of__in={day for _, day in ready})
    begun = set(runs.exclude(state=State.CANCELLED).values_list("entity_id", "as_of", "scenario_id"))
    tried = pilots.scenarios()
    return [(entity, day) for entity, day in ready if (entity.pk, day, tried.get(entity.pk)) not in begun]


def propose_due(now: datetime | None = None) -> list[DunningRun]:
    """Begin the runs that are due, and take every begun one a step further. Workers do the parts.

    Safe to call at any time and as often as one likes. Raises DunningFailed, after everything else is done, where an
    earlier run of an entity cannot be finished.
    """
    leases.sweep()
    made, failed = [], []
    for entity, day in due_entities(now or clock.now()):
        try:
            made.append(propose(entity, day, actor=SYSTEM, inline=False))
        except DunningFailed as error:  # the other entities' runs do not wait for this one's
            failed.append(str(error))
    unfinished = DunningRun.objects.filter(
        pilots.RECORDED, state__in=[State.PROPOSING, State.PROPOSED, State.APPROVED, State.SENDING]
    )
    for run_id in unfinished.exclude(pk__in=[run.pk for run in made]).order_by("pk").values_list("pk", flat=True):
        go_on(run_id)
    if failed:
        raise DunningFailed("; ".join(failed))
    return made


def go_on(run_id: int) -> None:
    """Take a run as far as it goes by itself: close what is done, approve where that needs nobody, hand out parts.

    Nothing begins to be sent by itself on a day that is no day of business where the entity is; the next one sends it,
    after looking at the facts again. Who sends a run by hand, sends it.
    """
    step(run_id)
    run = DunningRun.objects.select_related("entity").get(pk=run_id)
    if run.state == State.PROPOSED and _by_itself(run) and approves_itself(run):
        approve(run, actor=SYSTEM)
    if run.state == State.APPROVED and (
        run.replay or business_days.is_business_day(run.entity, clock.today(run.entity.time_zone))
    ):
        begin_sending(run, actor=SYSTEM)
    enqueue(run)
