"""Checking and loading an uploaded file: one transaction each, on a lease, so that a killed worker leaves nothing.

The state moves in the transaction that loads. So a file is loaded once, whoever begins it how often; and one that was
stopped, or begun anew, meanwhile is rolled back.
"""

from pathlib import Path

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone

from o2c.core import clock, leases, states
from o2c.core.actors import Actor
from o2c.core.imports import files, looking, mapping, previewing
from o2c.core.imports.mapping import Refused
from o2c.core.imports.running import Order, Outcome, load
from o2c.core.models import ImportMap, ImportUpload, Partition
from o2c.orders.models import LegalEntity
from o2c.web.loading import KINDS
from o2c.web.uploads import keeping, progress
from o2c.web.uploads.acts import WORK, may_load
from o2c.web.uploads.progress import Stopped

log = structlog.get_logger()
State = ImportUpload.State

# A file whose worker dies so often is what kills it.
MOST_TAKINGS = 3
BACK = {State.CHECKING: State.UPLOADED, State.LOADING: State.CHECKED}


def work(upload_id: int, attempt: int) -> None:
    """Do the check or the load that was begun, unless somebody else does or has done it, or it was stopped."""
    upload = ImportUpload.objects.select_related("asked_by").get(pk=upload_id)
    if upload.attempt != attempt or upload.state not in WORK:
        return
    leases.sweep()
    part = Partition.objects.filter(work=WORK[upload.state], subject_id=upload_id, number=attempt).first()
    lease = leases.take(part.work, id=part.pk) if part else None
    if lease is None:
        return
    if lease.taking > MOST_TAKINGS:
        _set_back(upload, lease, f"It was begun {MOST_TAKINGS} times, and each time its worker died.")
        return
    try:
        with transaction.atomic():
            leases.hold(lease)
            _do(upload, lease)
    except (leases.LeaseLost, Stopped, states.LostRace):
        log.info("imports.stopped", upload=upload_id)
    except Refused as refused:
        _set_back(upload, lease, str(refused))
    except OperationalError as error:
        leases.failed(lease, error)
        raise
    except Exception as error:
        log.exception("imports.failed", upload=upload_id)
        _set_back(upload, lease, f"It failed by a fault of o2c ({type(error).__name__}). Nothing was loaded.")


def _do(upload: ImportUpload, lease: leases.Lease) -> None:
    kind, user = KINDS[upload.kind], upload.asked_by
    entity = LegalEntity.objects.for_user(user).filter(code=upload.owner).first()
    if entity is None or not may_load(user, upload):
        raise Refused(f"{user} may no longer load this.")
    path = keeping.path(upload)
    if not path.is_file():
        raise Refused("The file is no longer kept: upload it again.")
    dry_run = upload.state == State.CHECKING
    order = Order(
        kind=kind,
        path=path,
        map=upload.mapping,
        owner=entity.code,
        owner_id=entity.pk,
        on=clock.today(entity.time_zone),
        folder=keeping.imports_folder(),
        complete=upload.complete,
        dry_run=dry_run,
        name=upload.file_name,
        sha256=upload.sha256,
    )
    outcome = load(order, actor=Actor.of(user), progress=progress.teller(upload.pk, upload.attempt))
    if dry_run:
        keeping.write(upload, keeping.PREVIEW, _preview(upload, outcome).as_json())
    current = ImportUpload.objects.select_for_update(no_key=True).get(pk=upload.pk)
    if current.attempt != upload.attempt:
        raise Stopped
    now = timezone.now()
    if dry_run:
        states.move(upload, State.CHECKED, checked_id=outcome.import_run, changed_at=now)
    else:
        states.move(upload, State.LOADED, loaded_id=outcome.import_run, changed_at=now)
        ImportMap.objects.update_or_create(
            kind=upload.kind,
            owner=upload.owner,
            source=upload.source,
            fingerprint=upload.fingerprint,
            defaults={"mapping": upload.mapping, "complete": upload.complete, "used_at": now},
        )
    leases.done(lease, {"import_run": outcome.import_run})


def _preview(upload: ImportUpload, outcome: Outcome) -> previewing.Preview:
    kind = KINDS[upload.kind]
    source = files.inspect(keeping.path(upload), mapping.wanted(upload.mapping), **looking.told(upload.mapping))
    checked = mapping.check(upload.mapping, kind, source.header)
    return previewing.make(source, kind, checked, Path(outcome.errors_file) if outcome.errors_file else None)


def _set_back(upload: ImportUpload, lease: leases.Lease, problem: str) -> None:
    """It came to nothing, and why is said where the person looks."""
    with transaction.atomic():
        leases.done(lease, {"problem": problem})
        upload.refresh_from_db()
        if upload.state in BACK and upload.attempt == lease.number:
            states.move(upload, BACK[upload.state], problem=problem, changed_at=timezone.now())
