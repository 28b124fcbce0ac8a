"""What is done with an uploaded file: it is received, its map is said, it is checked, loaded, or let go of.

Checking and loading are long and are done by `working`, in one transaction each; here they are only begun. Whoever
comes second finds the state changed and is told so (`states.LostRace`).
"""

import hashlib
import json

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerUnreachable

from o2c.core import states
from o2c.core.imports import guess, looking, mapping
from o2c.core.imports.guess import Proposal
from o2c.core.imports.kinds import Kind
from o2c.core.imports.looking import Look
from o2c.core.imports.mapping import DEFAULT_SOURCE, Refused
from o2c.core.imports.previewing import Preview
from o2c.core.models import ImportMap, ImportUpload, Partition, User
from o2c.core.rights import may
from o2c.orders.models import LegalEntity
from o2c.web.loading import KINDS
from o2c.web.uploads import keeping, progress
from o2c.web.uploads.keeping import Kept
from o2c.web.uploads.words import WORDS

log = structlog.get_logger()
State = ImportUpload.State

WORK = {State.CHECKING: "imports.check", State.LOADING: "imports.load"}
# A file so small is checked at once, while the person waits; compressed ones may be much larger than they look.
AT_ONCE, AT_ONCE_COMPRESSED = 1 << 20, 1 << 16
COMPRESSED = (b"PK\x03\x04", b"\x1f\x8b")


def kinds_for(user: User) -> list[Kind]:
    """The kinds of file that a person may load."""
    return [kind for kind in KINDS.values() if may_load_kind(user, kind)]


def may_load_kind(user: User, kind: Kind) -> bool:
    return may(user, kind.right) and (user.all_entities or not kind.is_shared)


def may_load(user: User, upload: ImportUpload) -> bool:
    return upload.kind in KINDS and may_load_kind(user, KINDS[upload.kind])


def seen_by(user: User) -> QuerySet[ImportUpload]:
    """Uploads for the legal entities that a person sees."""
    if user.all_entities:
        return ImportUpload.objects.all()
    return ImportUpload.objects.filter(Q(owner__in=LegalEntity.objects.for_user(user).values("code")))


# --- Receiving


def fingerprint(header: list[str]) -> str:
    return hashlib.sha256(json.dumps(header).encode()).hexdigest()


def receive(kept: Kept, *, kind: Kind, entity: LegalEntity, source: str, by: User) -> ImportUpload:
    """Take a file in and look at it. Raises Refused, keeping nothing, where it is no table.

    Where a file of this form was loaded before, its map is taken over and the check is begun.
    """
    look = looking.look(kept.path)
    form = fingerprint(look.header)
    known = remembered(kind, entity, form, source)
    upload = ImportUpload(
        key=kept.key,
        kind=kind.name,
        owner=entity.code,
        source=source or (known.source if known else DEFAULT_SOURCE),
        file_name="".join(sign for sign in kept.called if sign.isprintable())[:255] or "file",
        size=kept.size,
        sha256=kept.sha256,
        fingerprint=form,
        uploaded_by=by,
        remembered=known is not None,
    )
    keeping.write(upload, keeping.LOOK, look.as_json())
    upload.save()
    if known:
        try:
            check(upload, known.mapping, complete=known.complete, by=by)
        except Refused as refused:  # the kind has changed since
            ImportUpload.objects.filter(pk=upload.pk).update(remembered=False, problem=str(refused))
    return upload


def remembered(kind: Kind, entity: LegalEntity, form: str, source: str) -> ImportMap | None:
    """The map with which such a file was last loaded: from that source, or, where none is said, from the only one."""
    found = ImportMap.objects.filter(kind=kind.name, owner=entity.code, fingerprint=form)
    if source:
        return found.filter(source=source).first()
    few = list(found[:2])
    return few[0] if len(few) == 1 else None


def look_again(upload: ImportUpload, told: dict) -> Look:
    """Read the file another way (delimiter, encoding, lines above the header, sheet). Raises Refused."""
    look = looking.look(keeping.path(upload), **told)
    keeping.write(upload, keeping.LOOK, look.as_json())
    ImportUpload.objects.filter(pk=upload.pk).update(fingerprint=fingerprint(look.header))
    upload.fingerprint = fingerprint(look.header)
    return look


def look_of(upload: ImportUpload) -> Look:
    facts = keeping.read(upload, keeping.LOOK)
    if facts is None:
        raise Refused("The file is no longer kept: upload it again.")
    return Look.of(facts)


def propose(upload: ImportUpload, look: Look) -> Proposal:
    return guess.propose(KINDS[upload.kind], look, WORDS)


def preview_of(upload: ImportUpload) -> Preview | None:
    facts = keeping.read(upload, keeping.PREVIEW)
    return Preview.of(facts) if facts else None


# --- Checking and loading


def check(upload: ImportUpload, raw: dict, *, complete: bool, by: User) -> None:
    """Begin a load that will be taken back. Raises Refused where the map cannot be used."""
    kind = KINDS[upload.kind]
    mapping.check(raw, kind, look_of(upload).header)
    source = raw.get("source", DEFAULT_SOURCE)
    _begin(upload, State.CHECKING, by, mapping=raw, complete=complete, source=source)


def load(upload: ImportUpload, *, by: User) -> None:
    """Begin to load what was checked. Of two who do so at once one is told that it has begun."""
    _begin(upload, State.LOADING, by)


def stop(upload: ImportUpload) -> None:
    """Take back a check or a load that has not ended: nothing of it stays."""
    back = {State.CHECKING: State.UPLOADED, State.LOADING: State.CHECKED}.get(upload.state, upload.state)
    states.move(upload, back, problem="It was stopped.", changed_at=timezone.now())
    progress.stop(upload)


def discard(upload: ImportUpload) -> None:
    """Let go of a file that will not be loaded."""
    now = timezone.now()
    with transaction.atomic():
        states.move(upload, State.DISCARDED, changed_at=now, removed_at=now)
        transaction.on_commit(lambda: keeping.remove(upload.key))


def _begin(upload: ImportUpload, to: str, by: User, **facts) -> None:
    attempt = upload.attempt + 1
    with transaction.atomic():
        states.move(upload, to, **facts, attempt=attempt, asked_by_id=by.pk, problem="", changed_at=timezone.now())
        Partition.objects.create(work=WORK[to], subject_id=upload.pk, number=attempt, first=0, last=0)
        progress.begin(upload)
        transaction.on_commit(lambda: _start(upload, at_once=to == State.CHECKING and _is_small(upload)))
    upload.refresh_from_db()


def _start(upload: ImportUpload, *, at_once: bool) -> None:
    from o2c.web import jobs
    from o2c.web.uploads import working

    if at_once:
        working.work(upload.pk, upload.attempt)
    else:
        enqueue(upload.pk, upload.attempt, jobs.work_on_upload)


def enqueue(upload_id: int, attempt: int, job) -> None:
    """Hand it to a worker. Where the queue cannot be reached it waits for the next tick."""
    try:
        job.delay(upload_id, attempt)
    except BrokerUnreachable:
        log.warning("imports.not_queued", upload=upload_id)


def _is_small(upload: ImportUpload) -> bool:
    with keeping.path(upload).open("rb") as file:
        compressed = file.read(4).startswith(COMPRESSED)
    return upload.size <= (AT_ONCE_COMPRESSED if compressed else AT_ONCE)


def take_up() -> int:
    """Hand to the workers again what nobody works on: its worker has died, or it never reached the queue."""
    from o2c.web import jobs

    unfinished = ImportUpload.objects.filter(state__in=list(WORK)).values_list("pk", "state", "attempt")
    found = 0
    for pk, state, attempt in unfinished:
        if Partition.objects.filter(work=WORK[state], subject_id=pk, number=attempt, state="waiting").exists():
            enqueue(pk, attempt, jobs.work_on_upload)
            found += 1
    return found


# --- Letting go


def old(before) -> QuerySet[ImportUpload]:
    """Uploads that nobody has touched since, whose files are still here; what is being worked on is not old."""
    return ImportUpload.objects.filter(removed_at=None, changed_at__lt=before).exclude(state__in=list(WORK))


def let_go(uploads: QuerySet[ImportUpload]) -> int:
    """Remove the files of uploads; that they were loaded stays known."""
    now, count = timezone.now(), 0
    for upload in uploads:
        if upload.state in (State.UPLOADED, State.CHECKED):
            try:
                discard(upload)
            except states.LostRace:
                continue
        else:
            ImportUpload.objects.filter(pk=upload.pk).update(removed_at=now)
            transaction.on_commit(lambda key=upload.key: keeping.remove(key))
        count += 1
    return count
