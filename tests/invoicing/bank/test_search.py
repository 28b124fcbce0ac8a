"""Looking for a bank line among very many: by indexes, whatever is typed."""

import os
import time

import pytest
from django.db import connection

from o2c.invoicing.bank import listing
from o2c.invoicing.bank.listing import Asked
from o2c.invoicing.models import BankLine

# More may be tried by hand; the plans are the same.
MANY = int(os.environ.get("O2C_MANY_LINES", "30000"))

FILL = """
    INSERT INTO invoicing_bankline (entity_id, account_id, statement_id, identity, place, status, is_money, currency,
        amount, open_amount, booked_on, value_on, is_reversal, bank_reference, customer_reference, end_to_end_id,
        mandate_id, creditor_references, documents, remittance, bank_text, party_name, party_iban, party_account,
        party_bic, party_ultimate, code, return_reason, original_currency, charges)
    SELECT s.entity_id, s.account_id, s.id, 'many-' || n, '', 'booked', true, 'EUR', 10 + n,
        CASE WHEN n % 50 = 0 THEN 10 + n ELSE 0 END,
        date '2026-01-01' - n / 3000, date '2026-01-01', false, 'R' || n, '', 'E2E-' || md5(n::text), '', '{{}}',
        '{{}}', 'Rechnung RE-2026-' || lpad(n::text, 8, '0') || ' vom 03.02.', 'Überweisung',
        'Kunde ' || n % 9000 || ' GmbH',
        'DE' || lpad(n::text, 20, '0'), '', '', '', '{{}}', '', '', '[]'
    FROM generate_series(1, {many}) n CROSS JOIN (SELECT * FROM invoicing_bankstatement LIMIT 1) s
"""


@pytest.fixture
def boss(given):
    given.bank_statement()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(FILL.format(many=MANY))
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE invoicing_bankline")
    return given.user("boss")


@pytest.mark.parametrize("show", ["open", "all"])
@pytest.mark.parametrize(
    ("typed", "found"), [("re-2026-00007150", 1), ("kunde 7150 g", None), ("7160", None), ("rechnung", None)]
)
def test_a_search_reads_few_lines(boss, show, typed, found):
    rows = listing.lines(boss, Asked(show=show, q=typed))[:51]
    plan = rows.explain(analyze=True, buffers=False)
    began = time.perf_counter()
    lines = list(rows)
    if MANY > 30_000:
        print(f"\n{show} {typed}: {len(lines)} in {(time.perf_counter() - began) * 1000:.1f} ms\n{plan}")
    assert "Seq Scan on invoicing_bankline" not in plan
    assert lines
    if found:
        assert len(lines) == found


def test_all_texts_of_a_line_are_looked_through_in_any_case(given):
    user = given.user("reader")
    line = given.bank_line("12.34 EUR")
    for column in (
        "party_name", "remittance", "bank_text", "party_iban", "party_account", "end_to_end_id", "bank_reference",
        "customer_reference",
    ):  # fmt: skip
        BankLine.objects.filter(pk=line.pk).update(**{column: "Straße 100%"})
        assert [each.pk for each in listing.lines(user, Asked(q="STRASSE".replace("SS", "ß")))] == [line.pk], column
        assert [each.pk for each in listing.lines(user, Asked(q="straße 100%"))] == [line.pk]
        assert not listing.lines(user, Asked(q="100_"))
        BankLine.objects.filter(pk=line.pk).update(**{column: ""})
    assert [each.pk for each in listing.lines(user, Asked(q="12.34"))] == [line.pk]
    assert [each.pk for each in listing.lines(user, Asked(q="12,34"))] == [line.pk]
