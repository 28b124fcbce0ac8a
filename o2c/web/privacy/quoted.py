"""Texts that belong to no customer and may yet quote a person: reasons of corrections, and errors of what failed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import connection, models

from o2c.collections.models import IncomingMail, Placement
from o2c.core.audit import records
from o2c.core.models import AccessRecord, FailedJob, Heartbeat, OutboxEvent, Partition, SetAside
from o2c.invoicing.models import BankLine, LineUse

PLACES: tuple[tuple[type[models.Model], str], ...] = (
    (SetAside, "reason"),
    (FailedJob, "error"),
    (OutboxEvent, "last_error"),
    (Partition, "last_error"),
    (Heartbeat, "last_error"),
    # a payer names whom it pays for, a batch those whose payments it is the sum of
    *((BankLine, column) for column in ("party_name", "party_ultimate", "remittance", "bank_text", "end_to_end_id")),
    (LineUse, "note"),
    *((Placement, column) for column in ("reason", "end_reason")),
    *((IncomingMail, column) for column in ("writer", "subject", "text", "said", "report")),
)
SHORTEST = 4  # characters: a shorter name stands in too many texts that do not mean it


def quoting(words: Iterable[str]) -> str | None:
    """A regular expression of PostgreSQL's for any of the words as a whole; None where there is none to look for."""
    long = sorted({word.strip() for word in words if len(word.strip()) >= SHORTEST}, key=len, reverse=True)
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, long))})(?!\w)" if long else None


def blot_out(words: Iterable[str], instead: str) -> None:
    """Take the words out of every such text, and out of the reasons that the audit trail has of corrections."""
    pattern = quoting(words)
    if pattern is None:
        return
    with connection.cursor() as cursor:
        # A mail as it came cannot have words taken out.
        cursor.execute("UPDATE collections_incomingmail SET raw = '' WHERE text ~* %s", [pattern])
        for model, column in PLACES:
            # Both names are our own models'.
            cursor.execute(
                f'UPDATE "{model._meta.db_table}" SET "{column}" = regexp_replace("{column}", %(p)s, %(i)s, %(f)s)'  # noqa: S608
                f' WHERE "{column}" <> %(none)s AND "{column}" ~* %(p)s',
                {"p": pattern, "i": instead, "f": "gi", "none": ""},
            )
        if AccessRecord.objects.filter(facts__reason__iregex=pattern).exists():
            with records.rewriting("erasure"):
                cursor.execute(
                    """
                    UPDATE core_accessrecord SET facts = jsonb_set(facts, '{reason}',
                        to_jsonb(regexp_replace(facts->>'reason', %(p)s, %(i)s, 'gi')))
                    WHERE facts->>'reason' ~* %(p)s
                    """,
                    {"p": pattern, "i": instead},
                )
