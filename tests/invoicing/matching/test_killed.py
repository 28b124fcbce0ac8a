"""Matching is killed with -9 again and again, and the end is that of an undisturbed run."""

import random

import pytest
from django.db import connection
from django.db.models import Sum

from o2c.core.models import Partition
from o2c.invoicing.matching import running
from o2c.invoicing.models import BankLine, MatchProposal, MatchRun, OpenItem, Receipt
from o2c.invoicing.proof import proof
from tests import bulk
from tests.given import DAY
from tests.killing import kill_when, start

# Small parts, so that a round has many moments to be killed in.
COMMAND = """
import django
django.setup()
from django.core.management import call_command
from o2c.invoicing.matching import running
running.LINES_A_PART = {part}
call_command("match", "--json")
"""
LINES = """
    INSERT INTO invoicing_bankline (entity_id, account_id, statement_id, identity, place, status, is_money, currency,
        amount, open_amount, booked_on, value_on, is_reversal, bank_reference, customer_reference, end_to_end_id,
        mandate_id, creditor_references, documents, remittance, bank_text, party_name, party_iban, party_account,
        party_bic, party_ultimate, code, return_reason, original_currency, charges, entry_id)
    SELECT l.entity_id, l.account_id, l.statement_id, 'made-' || n, '', 'booked', true, i.currency, i.amount, i.amount,
        l.booked_on, l.booked_on, false, '', '', '', '', '{}', '{}',
        CASE WHEN n %% 10 = 0 THEN 'nothing to go by' ELSE i.number END, '', '', '', '', '', '', '{}', '', '', '[]',
        l.entry_id
    FROM (SELECT i.*, row_number() OVER (ORDER BY id) AS n FROM invoicing_openitem i WHERE i.kind = 'invoice') i
    CROSS JOIN invoicing_bankline l WHERE l.id = %s
"""


def fill(given, *, customers: int, items: int) -> None:
    entity = given.entity()
    bulk.owing(entity, customers=customers, items=items, as_of=DAY)
    first = given.bank_line("0.01 EUR", "nobody", entity=entity)
    with connection.cursor() as cursor:
        cursor.execute(LINES, [first.pk])
        cursor.execute("ANALYZE")
    made = BankLine.objects.exclude(pk=first.pk).aggregate(Sum("amount"))["amount__sum"]
    given.bank_entry(first.statement, made)


def survive(given, run_dir, *, customers: int, items: int, kills: int, part: int) -> None:
    fill(given, customers=customers, items=items)
    program = COMMAND.format(part=part)
    chance = random.Random(1)

    def progress() -> float:
        parts = Partition.objects.filter(work=running.WORK)
        return parts.filter(state="done").count() / (parts.count() or 1)

    killed = 0
    for moment in sorted(chance.uniform(0, 0.95) for _ in range(kills)):
        killed += kill_when(lambda moment=moment: progress() >= moment, start(program, run_dir))
    assert killed == kills
    process = start(program, run_dir)
    _out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    check_whole(items)
    assert running.match(given.entity())["applied"] == 0


def check_whole(items: int) -> None:
    """What an undisturbed run makes of it: each line that names its invoice pays it, once, and nine of ten do."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.identity, i.number, s.amount, i.open_amount, l.open_amount, r.amount, c.open_amount
            FROM invoicing_matchproposal p JOIN invoicing_bankline l ON l.id = p.line_id
            JOIN invoicing_matchsplit s ON s.proposal_id = p.id JOIN invoicing_openitem i ON i.id = s.item_id
            JOIN invoicing_receipt r ON r.id = p.receipt_id JOIN invoicing_openitem c ON c.id = r.item_id
            WHERE p.state = 'applied' ORDER BY i.number
            """
        )
        found = cursor.fetchall()
    # a number of noughts only is no number
    named = [number for number in range(1, items) if (number + 1) % 10]
    assert found == [
        (f"made-{number + 1}", f"INV-{number:06}", 10 + number % 500, 0, 0, 10 + number % 500, 0) for number in named
    ]
    assert MatchProposal.objects.count() == Receipt.objects.count() == len(named)
    assert BankLine.objects.exclude(open_amount=0).count() == items - len(named) + 1
    assert OpenItem.objects.exclude(open_amount=0).count() == items - len(named)
    numbers = Receipt.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"R2026-{number:06}" for number in range(1, len(named) + 1)]
    rounds = MatchRun.objects.all()
    assert all(each.finished_at for each in rounds)
    assert sum(each.applied for each in rounds) == len(named)
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_a_round_killed_twice_loses_and_doubles_nothing(given, tmp_path):
    survive(given, tmp_path, customers=100, items=1_000, kills=2, part=50)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_large_round_killed_thirty_times_loses_and_doubles_nothing(given, tmp_path):
    survive(given, tmp_path, customers=2_000, items=20_000, kills=30, part=200)
