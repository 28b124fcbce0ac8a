"""Rows that are one thing together, by their `external_id`: the lines of an order, a delivery, an invoice.

Such a thing says one thing of itself, on whichever of its rows, and comes in whole or not at all.
"""

from collections.abc import Iterable

from o2c.core.imports.staging import Stage

# The first row of a value other than the row's own; found by one pass over those groups that say several things.
DIFFER = """(
    WITH several AS (
        SELECT external_id FROM import_row WHERE state = 'g'
        GROUP BY 1 HAVING min("{name}"::text) <> max("{name}"::text)
    ), told AS (
        SELECT r.line, r.external_id, r."{name}" AS value,
            first_value(r."{name}") OVER (PARTITION BY r.external_id ORDER BY r.line) AS first
        FROM import_row r JOIN several s ON s.external_id = r.external_id
        WHERE r.state = 'g' AND r."{name}" IS NOT NULL
    ), lines AS (
        SELECT external_id, min(line) AS first, min(line) FILTER (WHERE value <> first) AS other FROM told GROUP BY 1
    )
    SELECT t.line, '{name}', t.value::text, 'differs from line '
        || CASE WHEN t.value = t.first THEN l.other ELSE l.first END || ' of the same {of}'
    FROM told t JOIN lines l ON l.external_id = t.external_id WHERE l.other IS NOT NULL
)"""
ALONE = """
    SELECT r.line, '', '', 'another line of the same {of} is rejected' FROM import_row r
    WHERE r.state = 'g' AND EXISTS (
        SELECT 1 FROM import_row o WHERE o.external_id = r.external_id AND o.state = 'b')
"""


def agree(stage: Stage, names: Iterable[str], *, of: str) -> None:
    """Reject the rows of things that say two things in one of these fields."""
    asked = [name for name in names if stage.asks(name)]
    if asked:
        stage.reject(" UNION ALL ".join(DIFFER.format(name=name, of=of) for name in asked))


def whole(stage: Stage, *, of: str) -> None:
    """Reject the rows of which another one of the same thing is rejected."""
    stage.reject(ALONE.format(of=of))
