"""Every real file has its outcome: what is read from it, to the cent, or why it is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from o2c.invoicing.bank.reading import ReadFile, read
from o2c.invoicing.bank.statements import Balance, Refused, Statement
from tests.invoicing.bank.outcomes import OUTCOMES
from tests.invoicing.bank.real import FILES, names, needs_files

pytestmark = needs_files

EXPECTED = {f"{folder}/{name}": outcome for folder, files in OUTCOMES.items() for name, outcome in files.items()}


def money(balance: Balance | None) -> str:
    return "-" if balance is None else f"{balance.amount:f}"


def told(statement: Statement) -> str:
    booked, pending = statement.booked_count, statement.pending_count
    count = f"{booked}+{pending}" if pending else f"{booked}"
    parts = [
        statement.account_currency,
        money(statement.opening),
        f"{statement.booked_sum.normalize():f}",
        money(statement.closing),
        count,
        *sorted(statement.flags),
    ]
    return " ".join(parts)


def outcome(found: ReadFile) -> list[str]:
    return [
        f"{found.format} {found.version}".strip(),
        *map(told, found.statements),
        *(f"refused {each.where}: {each.reason}" for each in found.refused),
    ]


def test_no_real_file_is_left_out():
    assert set(names()) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_real_file(name):
    expected = EXPECTED[name]
    if isinstance(expected, str):
        with pytest.raises(Refused) as refused:
            read(FILES / name)
        assert str(refused.value).startswith(expected)
    else:
        found = read(FILES / name)
        assert outcome(found) == expected
        for statement in found.statements:
            assert statement.booked_count + statement.pending_count == len(statement.lines)
            if statement.opening and statement.closing and statement.arithmetic_ok:
                assert statement.opening.amount + statement.booked_sum == statement.closing.amount
            assert all(isinstance(line.amount, Decimal) and line.amount.is_finite() for line in statement.lines)


def test_the_same_file_from_bytes_is_the_same():
    some = [name for name, expected in EXPECTED.items() if isinstance(expected, list)]
    for name in some:
        assert read((FILES / name).read_bytes()) == read(FILES / name), name
