"""Many processes issue at once, and some are killed: no gap, no double, no invoice without its posting."""

import random
import subprocess

import pytest
from django.db import connection

from o2c.invoicing.models import Entry, Invoice, OpenItem
from o2c.invoicing.proof import proof
from tests import killing
from tests.killing import kill_when

PROGRAM = """
import django
django.setup()
from datetime import date
from o2c.core.actors import SYSTEM
from o2c.invoicing.invoices import runs
from o2c.orders.models import LegalEntity
for done in runs.issue_drafts(LegalEntity.objects.get(), actor=SYSTEM, today=date(2026, 3, 2), batch={batch}):
    assert not done.refused, done.refused
"""


def start(folder, batch: int) -> subprocess.Popen:
    return killing.start(PROGRAM.format(batch=batch), folder)


def write_drafts(invoicing, count: int) -> None:
    """So many drafts of two lines for a few customers, as `drafts.write` leaves them but for the totals."""
    template = invoicing.write()
    for _ in range(20):
        invoicing.buyer()
    with connection.cursor() as cursor:
        columns = (
            "kind, state, number, numbered_here, cancels, issued_on, currency, buyer_reference, order_reference,"
            " contract_reference, deliver_to_country, exemption_reason, note, line_total, allowance_total,"
            " charge_total, net_total, tax_total, gross_total, prepaid, rounding, payable, policy, reference,"
            " issued_by, created_by, source, external_id, entity_id"
        )
        cursor.execute(
            f"""
            INSERT INTO invoicing_invoice ({columns}, customer_id, payer_id)
            SELECT {columns}, c.id, c.payer_id FROM invoicing_invoice i
            CROSS JOIN generate_series(1, %s) n
            JOIN (SELECT id, payer_id, row_number() OVER (ORDER BY id) AS place FROM orders_customer) c
                ON c.place = 1 + n %% 20
            WHERE i.id = %s
            """,
            [count - 1, template.pk],
        )
        cursor.execute(
            """
            INSERT INTO invoicing_invoiceline (invoice_id, position, product, description, quantity, unit, price,
                price_per, category, rate, net)
            SELECT id, n, '', 'Work', n, 'C62', 10 + id %% 90, 1, 'S', CASE n WHEN 1 THEN 19 ELSE 7 END, 0
            FROM invoicing_invoice CROSS JOIN generate_series(1, 2) n WHERE id <> %s
            """,
            [template.pk],
        )


def issued() -> int:
    return Invoice.objects.filter(state="issued").count()


def check_whole(count: int) -> None:
    numbers = sorted(Invoice.objects.filter(state="issued").values_list("number", flat=True))
    assert numbers == [f"INV2026-{number:06d}" for number in range(1, count + 1)]
    assert Entry.objects.count() == OpenItem.objects.count() == count
    assert Invoice.objects.filter(entry=None).count() == 0
    owed = sum(OpenItem.objects.values_list("open_amount", flat=True))
    assert owed == sum(Invoice.objects.values_list("payable", flat=True)) > 0
    assert proof() == []


def survive(invoicing, folder, *, count: int, kills: int, batch: int) -> None:
    write_drafts(invoicing, count)
    chance = random.Random(7)
    killed = sum(
        kill_when(lambda moment=moment: issued() >= moment, start(folder, batch))
        for moment in sorted(chance.randrange(1, count - 2 * batch) for _ in range(kills))
    )
    assert killed == kills
    last = start(folder, batch)
    _, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    check_whole(count)


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_of_two_thousand_is_taken_up_without_gap_or_double(invoicing, tmp_path):
    survive(invoicing, tmp_path, count=2_000, kills=3, batch=50)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_run_killed_twenty_times_is_taken_up_without_gap_or_double(invoicing, tmp_path):
    survive(invoicing, tmp_path, count=2_000, kills=20, batch=20)


@pytest.mark.django_db(transaction=True)
def test_eight_processes_issue_at_once(invoicing, tmp_path):
    write_drafts(invoicing, 800)
    together = [start(tmp_path, 40) for _ in range(8)]
    for process in together:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    check_whole(800)
