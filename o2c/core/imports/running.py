"""Loading one file: the act that every way in (command, browser, API) calls."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.imports import beside, files, mapping
from o2c.core.imports.kinds import Kind
from o2c.core.imports.mapping import Mapping, Refused
from o2c.core.imports.progress import BOOKING, Progress, Told
from o2c.core.imports.staging import Stage
from o2c.core.imports.traces import Tracer
from o2c.core.models import ImportRun


@dataclass(frozen=True)
class Order:
    """What is to be loaded for whom. `owner` is the code, `owner_id` the key of what the rows belong to.

    `on` is the day it is loaded on; `complete` says the file holds everything that is open; `dry_run` does it all and
    takes it back. `name` is what the file was called where it came from; with `sha256` it is refused if it is no longer
    the file of that digest. `beside` are files with more columns for its rows, by the names that the map gives them.
    """

    kind: Kind
    path: Path
    map: dict[str, Any]
    owner: str
    owner_id: int
    on: date
    folder: Path
    complete: bool = False
    dry_run: bool = False
    name: str = ""
    sha256: str = ""
    beside: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What a kind's `book` needs to know about the loading it is part of. `path` is the file as it came."""

    id: int
    path: Path
    file_name: str
    mapping: Mapping
    owner: str
    owner_id: int
    on: date
    complete: bool
    actor: Actor
    say: Callable[[str], None]

    @property
    def source(self) -> str:
        return self.mapping.source


@dataclass(frozen=True)
class Outcome:
    """rows = created + updated + unchanged + rejected. `errors_file` is None where nothing was found."""

    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    errors_file: str | None
    warnings: int
    settled_as_absent: int
    import_run: int | None
    dry_run: bool
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def load(order: Order, *, actor: Actor, progress: Told | None = None) -> Outcome:
    """Load a file in one transaction: all of its good rows, or, where it is refused or the process dies, nothing.

    Bad rows never stop the good ones; they are listed in the errors file. Raises Refused for a file that is not what
    its map says. Two loads from the same source wait for each other. `progress` is told the bytes done, all bytes and
    the phase (reading, checking, booking), a few times a second; it must not write with this connection, which shows
    nothing before the end.
    """
    kind = order.kind
    if order.complete and not kind.may_be_complete:
        raise Refused(f"A file of {kind.name} cannot be complete: what is absent stays as it is.")
    mapping.check(order.map, kind)
    told = {key: order.map[key] for key in ("encoding", "skip_lines", "sheet") if key in order.map}
    delimiter = order.map.get("delimiter", "")
    progress = Progress(progress)
    source = files.inspect(
        order.path,
        mapping.wanted(order.map),
        delimiter="\t" if delimiter in ("tab", "\\t") else delimiter,
        progress=progress,
        **told,
    )
    if order.sha256 and source.sha256 != order.sha256:
        raise Refused("The file is no longer the one that was looked at: upload it again.")
    source = beside.join(source, order.beside, order.map.get("beside", {}))
    checked = mapping.check(order.map, kind, source.header)
    stage = Stage(kind, checked)
    stage.sample(source)
    notes: list[str] = []
    with acting(actor):
        record = ImportRun.objects.create(
            kind=kind.name,
            source=checked.source,
            owner=order.owner,
            file_name=(order.name or order.path.name)[:255],
            sha256=source.sha256,
            mapping=order.map,
            dry_run=order.dry_run,
            actor=actor.name,
        )
        run = Run(
            record.pk,
            order.path,
            record.file_name,
            checked,
            order.owner,
            order.owner_id,
            order.on,
            order.complete,
            actor,
            notes.append,
        )
        errors_file = order.folder / f"{record.pk}-errors.csv"
        with transaction.atomic():
            alone(f"{kind.name}/{order.owner}/{checked.source}")
            tracer = Tracer(kind.tracked, kind.counted)
            stage.fill(source, progress)
            if order.complete and not stage.rows:
                raise Refused("The file has no rows: that cannot be all that is open.")
            progress.begin(BOOKING, source.size)
            counts = kind.book(stage, run)
            progress.end()
            rejected = stage.rejected()
            warnings = stage.warnings()
            written = stage.write_findings(errors_file)
            record.marks = None if order.dry_run else tracer.marks()
            stage.clear()
            transaction.set_rollback(order.dry_run)
        outcome = Outcome(
            rows=stage.rows,
            created=counts.created,
            updated=counts.updated,
            unchanged=stage.rows - counts.created - counts.updated - rejected,
            rejected=rejected,
            errors_file=str(errors_file) if written else None,
            warnings=warnings,
            settled_as_absent=counts.settled_as_absent,
            import_run=record.pk,
            dry_run=order.dry_run,
            notes=notes,
        )
        for name in ("rows", "created", "updated", "unchanged", "rejected", "warnings", "settled_as_absent"):
            setattr(record, name, getattr(outcome, name))
        record.errors_file = outcome.errors_file or ""
        record.finished_at = clock.now()
        record.save()
    return outcome


def alone(what: str) -> None:
    """Wait until nobody else loads this, and plan the large statements with more memory; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"o2c import {what}"])
        cursor.execute("SET LOCAL work_mem = '128MB'")
