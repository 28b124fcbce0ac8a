"""Keeping what lines may be for: proposals with their splits and reasons, in a constant number of statements.

A line's machine-made proposals are those of the last time it was looked at: what is found again stays as it is, what is
no longer found is gone, and what a person has rejected is not proposed again.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection
from django.db.models.functions import Now

from o2c.core.money import minor_unit
from o2c.invoicing.matching.facts import Answer, Part
from o2c.invoicing.models import BankLine, MatchProposal, ReasonCode
from o2c.orders.models import LegalEntity

State = MatchProposal.State


def keep(
    entity: LegalEntity, answers: dict[int, list[Answer]], lines: dict[int, BankLine], *, run_id: int | None
) -> dict[int, int | None]:
    """Write the answers down as proposals; the id of each line's best one, None where a person has rejected that.

    To be called with the lines locked. Lines without any proposal are not in the answer.
    """
    standing, rejected = _standing(list(answers))
    fresh: list[tuple[int, int, Answer, BankLine]] = []
    first: dict[int, int | None] = {}
    over: list[int] = []
    free_ids = iter(_reserve(sum(map(len, answers.values()))))
    for line_id, found in answers.items():
        held, refused = standing.get(line_id, {}), rejected.get(line_id, ())
        best: int | None = None
        kept = 0
        for answer in found:
            mark = _mark(answer, lines[line_id]) if held or refused else None
            if mark in refused:
                continue
            kept += 1
            pk = held.pop(mark, None) if mark else None
            if pk is None:
                pk = next(free_ids)
                fresh.append((pk, kept, answer, lines[line_id]))
            if answer is found[0]:
                best = pk
        if kept:
            first[line_id] = best
        over += held.values()
    if over:
        MatchProposal.objects.filter(pk__in=over, state=State.OPEN).update(state=State.GONE, decided_at=Now())
    _write(entity, fresh, run_id)
    return first


def _reserve(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('invoicing_matchproposal', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        return [id for (id,) in cursor.fetchall()]


def _write(entity: LegalEntity, fresh: Sequence[tuple[int, int, Answer, BankLine]], run_id: int | None) -> None:
    reasons = dict(ReasonCode.objects.values_list("code", "id"))
    proposals, splits = io.StringIO(), io.StringIO()
    write_proposal, write_split = csv.writer(proposals).writerow, csv.writer(splits).writerow
    for id, rank, answer, line in fresh:
        write_proposal(
            (id, entity.pk, line.pk, answer.customer_id, answer.payer_id, line.open_amount, answer.score,
             json.dumps(answer.reasons), rank, run_id or "")
        )  # fmt: skip
        unit = minor_unit(line.currency)
        for part in answer.parts:
            reason = reasons.get(part.reason, reasons.get("unknown")) if part.deduction else ""
            write_split((id, part.item_id, *(_amount(value, unit) for value in _values(part)), reason))
    proposals.seek(0)
    splits.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.copy_expert(COPY_PROPOSALS, proposals)
        cursor.execute(PROPOSALS)
        cursor.copy_expert(COPY_SPLITS, splits)


def _values(part: Part) -> tuple[int, int, int, int, int]:
    return part.amount, part.discount, part.charge, part.difference, part.deduction


def _amount(value: int, unit: int) -> str:
    """Minor units as an exact number."""
    if not value or not unit:
        return str(value)
    digits = str(abs(value)).rjust(unit + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-unit]}.{digits[-unit:]}"


def _mark(answer: Answer, line: BankLine) -> tuple:
    """What two proposals of a line have in common where they say the same."""
    splits = tuple(sorted((part.item_id, *_values(part)) for part in answer.parts))
    return answer.customer_id, line.open_amount, splits


def _standing(line_ids: list[int]) -> tuple[dict[int, dict[tuple, int]], dict[int, set[tuple]]]:
    """The open machine-made proposals of lines by what they say, and what was rejected or taken back."""
    standing: dict[int, dict[tuple, int]] = defaultdict(dict)
    rejected: dict[int, set[tuple]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [line_ids])
        for id, line_id, state, customer_id, amount, currency, splits in cursor.fetchall():
            unit = minor_unit(currency)
            told = tuple(
                sorted(
                    (item_id, *(int(Decimal(value).scaleb(unit)) for value in values))
                    for item_id, *values in json.loads(splits)
                )
            )
            if state == State.OPEN:
                standing[line_id][customer_id, amount, told] = id
            else:
                rejected[line_id].add((customer_id, amount, told))
    return standing, rejected


STANDING = """
    SELECT p.id, p.line_id, p.state, p.customer_id, p.amount, l.currency, coalesce((
        SELECT jsonb_agg(jsonb_build_array(s.item_id, s.amount::text, s.discount::text, s.charge::text,
                                           s.difference::text, s.deduction::text))
        FROM invoicing_matchsplit s WHERE s.proposal_id = p.id), '[]')::text
    FROM invoicing_matchproposal p JOIN invoicing_bankline l ON l.id = p.line_id
    WHERE p.line_id = ANY(%s) AND (p.state = 'open' AND NOT p.by_hand OR p.state IN ('rejected', 'undone'))
"""
COPY_PROPOSALS = "COPY proposing FROM STDIN WITH (FORMAT csv)"
TABLE = """
    CREATE TEMP TABLE IF NOT EXISTS proposing (
        id bigint, entity_id bigint, line_id bigint, customer_id bigint, payer_id bigint, amount numeric, score numeric,
        reasons jsonb, rank smallint, run_id bigint) ON COMMIT DROP
"""
PROPOSALS = """
    WITH new_rows AS (DELETE FROM proposing RETURNING *)
    INSERT INTO invoicing_matchproposal (id, entity_id, line_id, customer_id, payer_id, amount, score, reasons, rank,
                                         run_id, state, by_hand, decided_by)
    SELECT id, entity_id, line_id, customer_id, payer_id, amount, score, reasons, rank, run_id, 'open', false, ''
    FROM new_rows ORDER BY id
"""
COPY_SPLITS = (
    "COPY invoicing_matchsplit (proposal_id, item_id, amount, discount, charge, difference, deduction, reason_id)"
    " FROM STDIN WITH (FORMAT csv)"
)
