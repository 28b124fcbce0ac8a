"""Figures of statements: they tie out to the ageing and the books, and what moved explains what is open."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck
from hypothesis import given as chance
from hypothesis import settings as effort
from hypothesis import strategies as st

from o2c.core.actors import SYSTEM
from o2c.invoicing import cash, items
from o2c.invoicing.aging import aging, bucket_names
from o2c.invoicing.models import Allocation, OpenItem, Receipt
from o2c.invoicing.proof import proof
from o2c.invoicing.statements import figures
from o2c.orders.models import Customer, LegalEntity
from tests.given import DAY
from tests.simulation.conftest import AS_OF, book  # noqa: F401 the fixture

eur = Decimal


def of(customer, as_of, *, from_on=None, entity=None):
    entities = [entity.pk] if entity else list(LegalEntity.objects.values_list("pk", flat=True))
    return figures.read([customer.pk], entities, as_of, from_on=from_on).get(customer.pk, [])


def told(parts) -> list[tuple]:
    return [(move.on, move.kind, move.number, move.amount) for part in parts for move in part.movements]


def test_an_activity_tells_each_document_and_receipt_and_no_settlement_within_the_customer(given):
    customer = given.customer()
    old = given.open_item("100.00 EUR", customer=customer, due=DAY - timedelta(days=60), number="OLD")
    new = given.open_item("50.00 EUR", customer=customer, due=DAY + timedelta(days=20), number="NEW")
    given.pay(old, "100.00 EUR", on=DAY - timedelta(days=1))
    given.open_item("-20.00 EUR", customer=customer, due=DAY, issued=DAY, number="CREDIT")
    (part,) = of(customer, DAY, from_on=DAY - timedelta(days=30))
    assert part.opening == eur("100.00")
    assert told([part]) == [
        (new.issued_on, "invoice", "NEW", eur("50.00")),
        (DAY - timedelta(days=1), "receipt", "Payment", eur("-100.00")),
        (DAY, "credit_note", "CREDIT", eur("-20.00")),
    ]
    assert part.total == eur("30.00")


def test_a_payment_that_comes_back_and_a_cancelled_invoice_are_told_as_such(given):
    customer = given.customer()
    item = given.open_item("100.00 EUR", customer=customer, due=DAY, number="INV")
    receipt = given.pay(item, on=DAY)
    cash.reverse(receipt, on=DAY + timedelta(days=3), actor=SYSTEM)
    items.cancel(item, on=DAY + timedelta(days=4), actor=SYSTEM)
    assert [(row[1], row[3]) for row in told(of(customer, DAY + timedelta(days=9), from_on=DAY))] == [
        ("receipt", eur("-100.00")),
        ("returned", eur("100.00")),
        ("reversal", eur("-100.00")),
    ]
    assert of(customer, DAY + timedelta(days=9)) == []


def test_who_pays_for_another_moves_both_accounts(given):
    mother, daughter = given.customer("M"), given.customer("D")
    item = given.open_item("80.00 EUR", customer=daughter, number="D-1")
    receipt = given.receipt("100.00 EUR", customer=mother, on=DAY)
    cash.apply(receipt.item, [cash.Split(item, eur("80.00"))], on=DAY + timedelta(days=2), actor=SYSTEM)
    until = DAY + timedelta(days=5)
    (paid,), (received,) = (of(who, until, from_on=DAY) for who in (daughter, mother))
    assert (paid.opening, paid.total) == (eur("80.00"), eur(0))
    assert told([paid]) == [(DAY + timedelta(days=2), "transfer", "Payment", eur("-80.00"))]
    assert (received.opening, received.total) == (eur(0), eur("-20.00"))
    assert told([received]) == [
        (DAY, "receipt", "Payment", eur("-100.00")),
        (DAY + timedelta(days=2), "transfer", "D-1", eur("80.00")),
    ]


def test_a_document_counts_from_the_day_it_was_known(given):
    customer = given.customer()
    items.book(
        entity=given.entity(), customer=customer, kind=OpenItem.Kind.INVOICE, amount=eur(7), currency="EUR",
        issued_on=DAY, due_on=DAY, number="LATE", against="revenue", entry_kind="item",
        known_on=DAY + timedelta(days=10), actor=SYSTEM,
    )  # fmt: skip
    assert of(customer, DAY + timedelta(days=9), from_on=DAY) == []
    (part,) = of(customer, DAY + timedelta(days=10), from_on=DAY)
    assert told([part]) == [(DAY + timedelta(days=10), "invoice", "LATE", eur(7))]


def test_other_legal_entities_customers_and_currencies_stay_apart(given):
    customer = given.customer()
    given.open_item("1.00 EUR", customer=customer)
    given.open_item("5 JPY", customer=customer)
    given.open_item("3.00 EUR", customer=customer, entity=given.entity("FR1"))
    given.open_item("9.00 EUR")
    parts = of(customer, DAY, entity=given.entity(), from_on=DAY - timedelta(days=90))
    assert [(part.currency, part.opening, part.total) for part in parts] == [("EUR", 0, 1), ("JPY", 0, 5)]


def test_many_customers_cost_as_many_queries_as_one(given):
    customers = [given.customer() for _ in range(6)]
    for customer in customers:
        given.pay(given.open_item("10.00 EUR", customer=customer), "4.00 EUR")

    def queries(some) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            figures.read([each.pk for each in some], [given.entity().pk], DAY, from_on=DAY - timedelta(days=40))
        return len(captured)

    assert queries(customers) == queries(customers[:1])


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2026-02-28", "2026-02-01"),
        ("2026-03-31", "2026-03-01"),
        ("2026-05-14", "2026-04-15"),
        ("2024-02-29", "2024-02-01"),
        ("2026-03-30", "2026-02-28"),
        ("2026-01-01", "2025-12-02"),
    ],
)
def test_a_month_before(last, first):
    assert figures.month_before(date.fromisoformat(last)) == date.fromisoformat(first)


# --- A living book


def check_ties_out(entity: LegalEntity, as_of: date, from_on: date) -> int:
    """Every customer's statements equal the ageing, bucket by bucket, and together they equal the receivables."""
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    numbers = dict(Customer.objects.values_list("pk", "number"))
    activity = figures.read(ids, [entity.pk], as_of, from_on=from_on)
    open_items = figures.read(ids, [entity.pk], as_of)
    aged = {(row.key, row.currency): row for row in aging(as_of, by="customer", entity_ids=[entity.pk]).rows}
    seen = set()
    for pk, parts in open_items.items():
        for part in parts:
            row = aged[numbers[pk], part.currency]
            assert (part.total, part.ageing()) == (row.total, row.buckets)
            assert part.overdue == row.total - row.buckets[bucket_names((0, 30, 60, 90)).index("not_due")]
            seen.add((numbers[pk], part.currency))
    assert {key for key, row in aged.items() if row.total or any(row.buckets)} <= seen <= set(aged)
    for pk, parts in activity.items():
        for part in parts:
            told = part.opening + sum(move.amount for move in part.movements)
            row = aged.get((numbers[pk], part.currency))
            assert told == part.total == (row.total if row else 0)
            assert all(from_on <= move.on <= as_of for move in part.movements)
    totals = aging(as_of, entity_ids=[entity.pk]).totals
    for currency, total in totals.items():
        assert total == sum(p.total for parts in activity.values() for p in parts if p.currency == currency)
    return len(seen)


@pytest.mark.parametrize("days_ago", [0, 1, 45, 200])
def test_every_customer_of_a_simulated_company_ties_out_in_every_currency(book, days_ago):  # noqa: F811
    as_of = AS_OF - timedelta(days=days_ago)
    checked = [check_ties_out(entity, as_of, as_of - timedelta(days=30)) for entity in LegalEntity.objects.all()]
    assert sum(checked) > 50
    if not days_ago:
        assert proof() == []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a.entity_id, p.currency, sum(p.amount) FROM invoicing_posting p JOIN invoicing_ledgeraccount a"
                " ON a.id = p.account_id AND a.role = 'receivables' JOIN invoicing_entry e ON e.id = p.entry_id"
                " WHERE greatest(e.effective_on, e.known_on) <= %s GROUP BY 1, 2 HAVING sum(p.amount) <> 0",
                [as_of],
            )
            posted = {(entity, currency): total for entity, currency, total in cursor.fetchall()}
        aged = {
            (entity.pk, currency): total
            for entity in LegalEntity.objects.all()
            for currency, total in aging(as_of, entity_ids=[entity.pk]).totals.items()
            if total
        }
        assert aged == posted


# --- Any book

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "credit", "receipt", "apply", "undo", "reverse", "cancel"]),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(1, 400),
        st.integers(0, 20),
        st.integers(0, 6),
    ),
    max_size=25,
)


class Book:
    """Does what it is told where that can be done, on days that go back and forth."""

    def __init__(self, given):
        self.given = given
        self.customers = [given.customer(f"K{number}") for number in range(3)]

    def do(self, what: str, a: int, b: int, cents: int, day: int, known: int) -> None:
        customer, on, amount = self.customers[a % 3], DAY + timedelta(days=day), Decimal(cents)
        items_of = list(OpenItem.objects.order_by("pk"))
        if what in ("invoice", "credit"):
            sign = 1 if what == "invoice" else -1
            items.book(
                entity=self.given.entity(), customer=customer, kind="invoice" if sign > 0 else "credit_note",
                amount=sign * amount, currency=("EUR", "JPY")[b % 2], issued_on=on, due_on=on + timedelta(days=b),
                number=f"N{len(items_of)}", against="revenue", entry_kind="item",
                known_on=on + timedelta(days=known), actor=SYSTEM,
            )  # fmt: skip
        elif what == "receipt":
            cash.receive(
                entity=self.given.entity(), customer=customer, amount=amount, currency=("EUR", "JPY")[b % 2],
                received_on=on, known_on=on + timedelta(days=known), method="transfer", actor=SYSTEM,
            )  # fmt: skip
        elif what == "apply":
            debits = [item for item in items_of if item.open_amount > 0]
            credits = [item for item in items_of if item.open_amount < 0]
            if debits and credits:
                debit, credit = debits[a % len(debits)], credits[b % len(credits)]
                if debit.currency == credit.currency:
                    amount = min(amount, debit.open_amount, -credit.open_amount)
                    cash.apply(credit, [cash.Split(debit, amount)], on=on, actor=SYSTEM)
        elif what == "undo" and Allocation.objects.exists():
            allocations = list(Allocation.objects.order_by("pk"))
            cash.unapply(allocations[a % len(allocations)], on=on, actor=SYSTEM)
        elif what == "reverse" and Receipt.objects.exists():
            receipts = list(Receipt.objects.order_by("pk"))
            cash.reverse(receipts[a % len(receipts)], on=on, actor=SYSTEM)
        elif what == "cancel" and items_of:
            items.cancel(items_of[a % len(items_of)], on=on, actor=SYSTEM)

    def try_to(self, step) -> None:
        try:
            with transaction.atomic():
                self.do(*step)
        except (cash.CashRefused, items.ItemRefused):
            pass


@effort(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@chance(STEPS, st.integers(-2, 30), st.integers(-2, 30))
def test_opening_and_movements_are_what_is_open_of_any_book_on_any_days(given, steps, first, last):
    first, last = sorted((DAY + timedelta(days=first), DAY + timedelta(days=last)))
    with transaction.atomic():
        book = Book(given)
        for step in steps:
            book.try_to(step)
        check_ties_out(given.entity(), last, first)
        ids, entity = [each.pk for each in book.customers], [given.entity().pk]
        before = figures.read(ids, entity, first - timedelta(days=1))
        for pk, parts in figures.read(ids, entity, last, from_on=first).items():
            earlier = {part.currency: part.total for part in before.get(pk, [])}
            assert {part.currency: part.opening for part in parts if part.opening} == {
                currency: total for currency, total in earlier.items() if total
            }
        transaction.set_rollback(True)
