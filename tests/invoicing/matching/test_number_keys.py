"""The figures of a number, as the database's index has them."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import given as each
from hypothesis import strategies as st

from o2c.invoicing.matching import texts
from o2c.invoicing.models import BankLine
from o2c.invoicing.proof import proof


@pytest.mark.parametrize(
    ("number", "key", "tail"),
    [
        ("INV-2026-000123", "2026000123", "123"),
        ("RE/2026/01", "202601", "1"),
        ("INV-2026-000123/2", "2026000123", "123"),
        ("0004711", "4711", "4711"),
        ("4711A", "4711", "4711"),
        ("A", "", None),
    ],
)
def test_figures_of_a_number(db, number, key, tail):
    with connection.cursor() as cursor:
        cursor.execute("SELECT invoicing_number_key(%s), invoicing_number_tail(%s)", [number, number])
        assert cursor.fetchone() == (key, tail)


# The rule as regular expressions tell it: the indexes of books that are there have these keys.
TOLD = r"""
    SELECT invoicing_number_key(n) IS NOT DISTINCT FROM
        right(ltrim(regexp_replace(regexp_replace(n, '(\d{5})/\d{1,2}$', '\1'), '\D', '', 'g'), '0'), 18),
        invoicing_number_tail(n) IS NOT DISTINCT FROM
        right(ltrim(substring(regexp_replace(n, '(\d{5})/\d{1,2}$', '\1') from '(\d+)\D*$'), '0'), 18)
    FROM (SELECT %s::text AS n) AS t
"""
NUMBERS = st.text(st.sampled_from("0012345 -/.ABü٣\n%_\\"), max_size=24) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=24
)


@each(number=NUMBERS | st.none())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_figures_are_those_that_regular_expressions_find(db, number):
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [number])
        assert cursor.fetchone() == (True, True)


@each(number=st.text(st.sampled_from("0012345 -/.AB\n%_\\"), max_size=24))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_matcher_finds_the_same_figures(db, number):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(invoicing_number_key(n), ''), coalesce(invoicing_number_tail(n), '')"
            " FROM (SELECT %s::text AS n) AS t",
            [number],
        )
        assert cursor.fetchone() == texts.number_keys(number)


def test_a_line_of_a_statement_is_money_in_the_books(given):
    line = given.bank_line("119.00 EUR", "INV-1", name="Acme")
    line.refresh_from_db()
    assert line.open_amount == line.amount == 119
    assert line.entry.postings.count() == 2
    assert BankLine.objects.get().account.ledger_account.role == "bank"
    assert proof() == []
