"""Making documents of rows that keep theirs: once, when first wanted or by a job, and for good.

Whoever makes one holds the row, so that two who want it at once make one document. The job takes rows that nobody
holds, some at a time and each lot in a transaction of its own: any number of workers print side by side, one that dies
leaves nothing behind, and what is printed already is not looked at again.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from o2c.core import clock, documents
from o2c.core.models import Document
from o2c.invoicing.papers.rendering import Paper, render, template_version
from o2c.invoicing.papers.wording import base_language

log = structlog.get_logger()

AT_ONCE = 50  # about a second, for which the rows are held
LEFT_ALONE_FOR = timedelta(minutes=5)

KEPT = """
    UPDATE {table} i SET document_id = n.document
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, document) WHERE i.id = n.id AND i.document_id IS NULL
"""


class NotPrinted(RuntimeError):
    """Some could not be printed; the others were."""


@dataclass(frozen=True)
class Printing:
    """The rows of a model that have documents: `called` in a sentence, `papers` in a constant number of statements."""

    model: type[Model]
    called: str
    to_print: Callable[[], QuerySet]
    papers: Callable[[list[int]], dict[int, Paper]]

    def ensure(self, rows: Iterable[Model], check: Callable[[Model], None] = lambda row: None) -> None:
        """Make the documents of rows that have none yet, each of which then names its own. `check` raises for a row
        that has none."""
        without = {row.pk: row for row in rows if row.document_id is None}
        if not without:
            return
        with transaction.atomic():
            held = list(self.model.objects.select_for_update(no_key=True).filter(pk__in=without).order_by("pk"))
            missing = [row for row in held if row.document_id is None]
            for row in missing:
                check(row)
            if missing:
                self._print([row.pk for row in missing])
            for pk, document_id in self.model.objects.filter(pk__in=without).values_list("pk", "document_id"):
                without[pk].document_id = document_id

    def print_missing(self, *, seconds: float | None = None, at_once: int = AT_ONCE) -> int:
        """Make the documents that are missing, of rows that nobody else holds; how many there were.

        `seconds`: begin no further lot after so many. Raises NotPrinted at the end where some could not be made.
        """
        until = clock.now() + timedelta(seconds=seconds) if seconds is not None else None
        after, made, failed = 0, 0, []
        while until is None or clock.now() < until:
            with transaction.atomic():
                free = self.to_print().filter(pk__gt=after).order_by("pk")
                free = free.select_for_update(skip_locked=True, no_key=True)
                ids = list(free.values_list("pk", flat=True)[:at_once])
                if not ids:
                    break
                wrong = self._print_each(ids)
            after = ids[-1]
            made += len(ids) - len(wrong)
            failed += wrong
        if failed:
            raise NotPrinted(f"{len(failed)} {self.called} could not be printed, the first has the id {failed[0]}.")
        return made

    def waiting(self, since: str) -> bool:
        """Whether rows have waited since their moment for longer than a worker needs that is at it."""
        return self.to_print().filter(**{f"{since}__lt": clock.now() - LEFT_ALONE_FOR}).exists()

    def _print_each(self, ids: list[int]) -> list[int]:
        """Print rows that we hold, together; where that fails, each by itself. The ids of those that cannot be."""
        try:
            with transaction.atomic():
                self._print(ids)
        except Exception:
            if len(ids) == 1:
                log.exception("paper.not_printed", of=self.called, id=ids[0])
                return ids
            return [pk for pk in ids if self._print_each([pk])]
        return []

    def _print(self, ids: list[int]) -> None:
        made = {
            pk: documents.of(
                file_name(paper.number), documents.PDF, render(paper), language=base_language(paper.language),
                made_with=template_version(),
            )
            for pk, paper in self.papers(ids).items()
        }  # fmt: skip
        kept = Document.objects.bulk_create(made.values())
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(KEPT.format(table=table), [list(made), [document.pk for document in kept]])


def file_name(number: str) -> str:
    """What the file of a document is called: its number, of signs that every system takes."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', number).strip('-.') or 'document'}.pdf"
