"""Taking a load back from the browser: small ones at once, large ones by a worker, on a lease as loading itself.

What came of the last try is kept with the lease, so that the page can say why it was refused and what builds on it.
"""

from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import OperationalError, transaction

from o2c.core import leases
from o2c.core.actors import Actor
from o2c.core.models import ImportRun, Partition, User
from o2c.orders.models import LegalEntity
from o2c.web.loading import KINDS, UndoRefused, undo
from o2c.web.uploads.acts import enqueue, may_load_kind

log = structlog.get_logger()
WORK = "imports.undo"
# So many rows are taken back while the person waits.
AT_ONCE = 5_000


@dataclass(frozen=True)
class Tried:
    """The last try to take a load back. `working`: it has not ended; `refused`: why not, with what builds on it."""

    working: bool = False
    refused: str = ""
    built: list[dict[str, Any]] = field(default_factory=list)


def may_undo(user: User, run: ImportRun) -> bool:
    """Whether a person may take a load back: who may load its kind."""
    return run.kind in KINDS and may_load_kind(user, KINDS[run.kind])


def can_be_undone(run: ImportRun) -> bool:
    """Whether there is anything to take back; what builds on it is only found by trying."""
    return bool(
        not run.dry_run
        and run.finished_at
        and run.undone_at is None
        and run.marks is not None
        and run.created + run.updated + run.settled_as_absent
    )


def tried(run: ImportRun) -> Tried:
    part = _last(run.pk)
    if part is None:
        return Tried()
    if part.state in ("waiting", "leased"):
        return Tried(working=True)
    return Tried(refused=part.result.get("refused", ""), built=part.result.get("built", []))


def ask(run: ImportRun, *, by: User) -> None:
    """Have a load taken back; while one is being taken back, nothing more is asked."""
    from o2c.web import jobs

    with transaction.atomic():
        ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        last = _last(run.pk)
        if last and last.state in ("waiting", "leased"):
            return
        number = last.number + 1 if last else 1
        Partition.objects.create(work=WORK, subject_id=run.pk, number=number, first=0, last=0, result={"user": by.pk})
        if run.rows <= AT_ONCE:
            transaction.on_commit(lambda: work(run.pk, number))
        else:
            transaction.on_commit(lambda: enqueue(run.pk, number, jobs.undo_import))


def work(run_id: int, number: int) -> None:
    """Take it back, unless somebody else does or has done so."""
    leases.sweep()
    part = Partition.objects.filter(work=WORK, subject_id=run_id, number=number).first()
    lease = leases.take(WORK, id=part.pk) if part else None
    if lease is None:
        return
    try:
        with transaction.atomic():
            leases.hold(lease)
            run, user = ImportRun.objects.get(pk=run_id), User.objects.get(pk=part.result["user"])
            if not may_undo(user, run) or not LegalEntity.objects.for_user(user).filter(code=run.owner).exists():
                raise UndoRefused(f"{user} may no longer take this back.")
            undone = undo(run, actor=Actor.of(user))
            leases.done(lease, part.result | {"undone": undone.as_json()})
    except leases.LeaseLost:
        log.info("imports.undo_lost", run=run_id)
    except UndoRefused as refused:
        built = [{"what": each.what, "count": each.count, "examples": each.examples} for each in refused.built]
        why = "Something builds on it, so it was left as it is." if built else str(refused)
        leases.done(lease, part.result | {"refused": why, "built": built})
    except OperationalError as error:
        leases.failed(lease, error)
        raise
    except Exception as error:
        log.exception("imports.undo_failed", run=run_id)
        leases.done(lease, part.result | {"refused": f"It failed by a fault of o2c ({type(error).__name__})."})


def take_up() -> int:
    """Hand to the workers again what nobody takes back: its worker has died, or it never reached the queue."""
    from o2c.web import jobs

    waiting = list(Partition.objects.filter(work=WORK, state="waiting").values_list("subject_id", "number"))
    for run_id, number in waiting:
        enqueue(run_id, number, jobs.undo_import)
    return len(waiting)


def _last(run_id: int) -> Partition | None:
    return Partition.objects.filter(work=WORK, subject_id=run_id).order_by("-number").first()
