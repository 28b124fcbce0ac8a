"""Billing runs that are killed and run again: no gap in the numbers, no double, no invoice without its posting."""

import random
import subprocess
from decimal import Decimal

import pytest
from django.db import connection

from bench.billing import deliver
from o2c.invoicing.models import BillingRun, Entry, Invoice, InvoiceLine, OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import DeliveryLine, Order, OrderLine, PaymentTerms
from tests import killing
from tests.killing import kill_when
from tests.orders.ordered import DAY

PROGRAM = """
import django
django.setup()
from datetime import date
from o2c.core.actors import SYSTEM
from o2c.invoicing.billing import running
from o2c.orders.models import LegalEntity
running.run(LegalEntity.objects.get(), as_of=date(2026, 3, 2), actor=SYSTEM, part={part})
"""


@pytest.fixture
def seller(given):
    entity = given.entity(vat_id="DE123456789")
    terms = PaymentTerms.objects.create(code="NET30", name="30 days", days=30)
    for _ in range(40):
        given.customer(entity=entity, terms=terms)
    return entity


def start(folder, part: int) -> subprocess.Popen:
    return killing.start(PROGRAM.format(part=part), folder)


def issued() -> int:
    return Invoice.objects.filter(state="issued").count()


def check_whole(count: int, lines: int) -> None:
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV2026-{number:06d}" for number in range(1, count + 1)]
    assert Entry.objects.count() == OpenItem.objects.count() == count
    assert Invoice.objects.filter(entry=None).count() == 0
    assert (
        InvoiceLine.objects.values("delivery_line").distinct().count() == InvoiceLine.objects.count() == count * lines
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_deliveryline WHERE billed <> quantity")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM orders_orderline WHERE invoiced <> delivered OR delivered <> quantity")
        assert cursor.fetchone() == (0,)
    assert set(Order.objects.values_list("state", flat=True)) == {"invoiced"}
    owed = sum(OpenItem.objects.values_list("open_amount", flat=True))
    assert owed == sum(Invoice.objects.values_list("payable", flat=True)) > Decimal(0)
    assert sum(BillingRun.objects.values_list("invoices", flat=True)) == count
    assert proof() == []


def survive(seller, folder, *, count: int, kills: int, part: int) -> None:
    deliver(seller, count, DAY, head="S-", lines=2)
    assert DeliveryLine.objects.count() == OrderLine.objects.count() == count * 2
    chance = random.Random(7)
    killed = sum(
        kill_when(lambda moment=moment: issued() >= moment, start(folder, part))
        for moment in sorted(chance.randrange(1, count - 4 * part) for _ in range(kills))
    )
    assert killed == kills
    last = start(folder, part)
    _, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    check_whole(count, 2)


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_of_two_thousand_is_taken_up_without_gap_or_double(seller, tmp_path):
    survive(seller, tmp_path, count=2_000, kills=3, part=50)


@pytest.mark.django_db(transaction=True)
def test_four_processes_bill_at_once(seller, tmp_path):
    deliver(seller, 800, DAY, head="S-", lines=2)
    together = [start(tmp_path, 40) for _ in range(4)]
    for process in together:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    check_whole(800, 2)
