"""The figures of the months and the metrics made of them: a book worked out by hand, and every part of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from o2c.analytics.metrics import catalogue, keeping, months
from o2c.analytics.models import Figure, FiguresMade, MonthFigure, MonthTotal
from o2c.analytics.snapshots import taking
from o2c.collections.models import Activity, Dispute, PromiseToPay
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing import cash, items
from o2c.invoicing.cash import conceding, deductions
from o2c.invoicing.models import ReasonCode
from tests.given import DAY

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = date(2026, 3, 31)
SHOWN = 4


@pytest.fixture(autouse=True)
def _nothing_kept(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_agingsnapshot")


@pytest.fixture
def book(given):
    """Two customers: what each was sold, credited and paid from December to March."""
    entity = given.entity()
    dora = given.user("dora", Role.COLLECTOR)
    large = given.customer("LARGE", collector=dora, segment="trade")
    small = given.customer("SMALL", country="AT", segment="craft")

    def sold(amount, customer, on):
        return given.open_item(f"{amount} EUR", customer=customer, issued=on, due=on + timedelta(days=30))

    first = sold("3100.00", large, date(2025, 12, 10))
    sold("600.00", small, date(2026, 1, 15))
    second = sold("2000.00", large, date(2026, 2, 1))
    sold("900.00", small, date(2026, 3, 5))
    given.open_item("-100.00 EUR", customer=small, issued=date(2026, 3, 9), due=date(2026, 3, 9))
    given.pay(first, on=date(2026, 1, 19))  # 40 days from issue, 10 late
    given.pay(second, "500.00 EUR", on=date(2026, 2, 20))
    given.pay(second, on=date(2026, 3, 3))  # 30 days from issue, 0 late
    with time_machine.travel(datetime(2026, 4, 10, 12, tzinfo=UTC), tick=False):
        taking.take_due()
        keeping.refresh(entity, UNTIL)
    return entity, large, small


def told(entity, code: str, until=UNTIL) -> list[Decimal | None]:
    found = months.whole(entity, until=until, count=SHOWN + catalogue.BEFORE)
    return [
        value if value is None else round(value, 4) for value in catalogue.values(catalogue.BY_CODE[code], found, SHOWN)
    ]


def test_what_is_owed_sold_and_collected_month_by_month(book):
    entity, *_ = book
    assert told(entity, "receivables") == [3100, 600, 2100, 1400]
    assert told(entity, "overdue") == [0, 0, 600, 600 - 100]
    assert told(entity, "sales") == [3100, 600, 2000, 800]
    assert told(entity, "collected") == [0, 3100, 500, 1500]


def test_days_of_sales(book):
    entity, *_ = book
    # January to March: 3,400 sold in 90 days
    assert told(entity, "dso")[-1] == round(Decimal(1400) / 3400 * 90, 4)
    assert told(entity, "best_possible_dso")[-1] == round(Decimal(900) / 3400 * 90, 4)
    assert told(entity, "days_delinquent")[-1] == round(Decimal(500) / 3400 * 90, 4)
    # 800 of March, 600 of the 2,000 of February
    assert told(entity, "countback_dso")[-1] == 31 + round(Decimal(600) / 2000 * 28, 4)
    # begin 3,100, monthly sales 3,400 / 3
    owed = Decimal(3100) + Decimal(3400) / 3
    assert told(entity, "cei")[-1] == round((owed - 1400) / (owed - 900), 4)


def test_days_to_pay_alike_and_by_amount(book):
    entity, *_ = book
    assert told(entity, "days_to_pay")[-1] == 35
    assert told(entity, "days_late")[-1] == 5
    assert told(entity, "days_to_pay_weighted")[-1] == round(Decimal(3100 * 40 + 2000 * 30) / 5100, 4)
    assert told(entity, "days_late_weighted")[-1] == round(Decimal(3100 * 10) / 5100, 4)


def test_ages_and_how_they_roll(book):
    entity, *_ = book
    assert told(entity, "current") == [1, 1, round(Decimal(1500) / 2100, 4), round(Decimal(900) / 1400, 4)]
    assert told(entity, "over_90") == [0, 0, 0, 0]
    # 600 were 14 days late at the end of February and 45 at the end of March; the credit is 22 days past its day
    assert told(entity, "roll_1_30")[-1] == 1
    assert told(entity, "roll_31_60")[-1] is None


def test_a_window_that_reaches_before_the_book_has_no_figure_of_what_was_owed_then(book):
    entity, *_ = book
    assert told(entity, "turnover") == [None] * SHOWN
    assert told(entity, "cei")[0] is None


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("customer", {"LARGE": 0, "SMALL": 1400}),
        ("segment", {"trade": 0, "craft": 1400}),
        ("country", {"DE": 0, "AT": 1400}),
        ("collector", {"dora": 0, "": 1400}),
    ],
)
def test_the_parts_of_a_cut_come_to_the_whole(book, by, expected):
    entity, *_ = book
    found = months.parts(entity, by, until=UNTIL, count=SHOWN)
    assert {key: each[-1].receivables for key, each in found.items()} == expected
    whole = months.whole(entity, until=UNTIL, count=SHOWN)
    for place, month in enumerate(whole):
        assert sum(each[place].receivables for each in found.values()) == month.receivables
        for figure in Figure:
            for name in ("count", "amount", "days", "amount_days"):
                parts = sum(getattr(each[place].of(figure), name) for each in found.values())
                assert parts == getattr(month.of(figure), name), (figure, name)


def test_promises_disputes_calls_and_deductions(given):
    entity, customer = given.entity(), given.customer()
    item = given.open_item("1000.00 EUR", customer=customer, due=DAY)
    facts = {"entity": entity, "customer": customer, "payer": customer, "actor": "test"}
    for state, amount, paid in (("kept", 300, 300), ("partly_kept", 200, 50), ("broken", 100, 0), ("open", 900, 0)):
        PromiseToPay.objects.create(
            currency="EUR",
            amount=amount,
            paid=paid,
            state=state,
            promised_on=DAY,
            pay_by=DAY + timedelta(days=3),
            **facts,
        )
    reason = ReasonCode.objects.get(code="unknown")
    Dispute.objects.create(
        item=item, reason="short", code=reason, amount=400, opened_on=DAY, closed_on=DAY + timedelta(days=9),
        state="resolved", resolution="credited", **facts,
    )  # fmt: skip
    for outcome in ("reached", "promised", "no_answer", "left_message"):
        Activity.objects.create(kind="call", outcome=outcome, happened_at=datetime(2026, 3, 4, 9, tzinfo=UTC), **facts)
    for amount, end in (("30", deductions.withdraw), ("90", deductions.settle)):
        made = deductions.record(item, Decimal(amount), reason, on=DAY, actor=SYSTEM)
        end(made, on=DAY + timedelta(days=1), actor=SYSTEM)
    late = ReasonCode.objects.get(code="discount")
    deductions.record(item, Decimal("20"), late, on=DAY, actor=SYSTEM)
    keeping.refresh(entity, UNTIL)

    assert {
        row.figure: (row.count, row.amount, row.days) for row in MonthTotal.objects.filter(month=date(2026, 3, 1))
    } == {
        "promised": (3, 600, 0),
        "kept": (1, 350, 0),
        "disputed": (1, 400, 0),
        "resolved": (1, 400, 9),
        "called": (4, 0, 0),
        "cost": (4, 0, 0),
        "reached": (2, 0, 0),
        "recovered": (1, 30, 1),
        "conceded": (1, 90, 1),
        "unearned": (1, 20, 0),
    }
    assert told(entity, "promises_kept")[-1] == round(Decimal(1) / 3, 4)
    assert told(entity, "promised_paid")[-1] == round(Decimal(350) / 600, 4)
    assert told(entity, "contact_rate")[-1] == Decimal("0.5")
    assert told(entity, "dispute_days")[-1] == 9
    assert told(entity, "deduction_recovery")[-1] == Decimal("0.25")


def test_a_receipt_that_came_back_was_not_collected_and_its_invoice_not_paid(given):
    entity, customer = given.entity(), given.customer()
    item = given.open_item("1000.00 EUR", customer=customer, due=DAY)
    receipt = given.pay(item)
    keeping.refresh(entity, UNTIL)
    assert MonthTotal.objects.get(figure="collected").amount == 1000
    assert MonthTotal.objects.get(figure="paid").count == 1
    cash.reverse(receipt, on=DAY, actor=SYSTEM)
    keeping.refresh(entity, UNTIL)
    assert not MonthTotal.objects.filter(figure__in=["collected", "paid", "late"]).exists()


def test_what_is_cancelled_is_taken_off_in_the_month_in_which_it_is(given):
    entity, customer = given.entity(), given.customer()
    sold = given.open_item("1000.00 EUR", customer=customer, issued=date(2026, 2, 10), due=date(2026, 3, 12))
    given.open_item("400.00 EUR", customer=customer, issued=date(2026, 2, 11), due=date(2026, 3, 12))
    credit = given.open_item("-70.00 EUR", customer=customer, issued=date(2026, 2, 12), due=date(2026, 2, 12))
    for item in (sold, credit):
        items.cancel(item, on=date(2026, 3, 5), actor=SYSTEM)
    keeping.refresh(entity, UNTIL)
    rows = MonthTotal.objects.filter(figure__in=["invoiced", "credited"]).order_by("month", "figure")
    assert [(row.month.month, row.figure, row.count, row.amount) for row in rows] == [
        (2, "credited", 1, 70), (2, "invoiced", 2, 1400), (3, "credited", -1, -70), (3, "invoiced", -1, -1000),
    ]  # fmt: skip
    assert told(entity, "sales")[-2:] == [1330, -930]


def test_a_discount_that_is_taken_back_with_its_payment_was_not_granted(given):
    entity, customer = given.entity(), given.customer()
    item = given.open_item("1000.00 EUR", customer=customer, due=DAY)
    receipt = given.receipt("999.50 EUR", customer=customer)
    part = conceding.Part(item, Decimal("999.50"), discount=Decimal("0.50"))
    conceding.apply_parts(receipt, [part], on=DAY, actor=SYSTEM)
    keeping.refresh(entity, UNTIL)
    assert MonthTotal.objects.get(figure="discount").amount == Decimal("0.50")
    cash.reverse(receipt, on=DAY, actor=SYSTEM)
    keeping.refresh(entity, UNTIL)
    assert MonthTotal.objects.get(figure="discount").amount == 0


def test_the_months_are_made_once_a_day(given):
    entity = given.entity()
    given.open_item("10.00 EUR", due=DAY)
    with time_machine.travel(datetime(2026, 3, 3, 12, tzinfo=UTC), tick=False):
        assert list(keeping.refresh_due()["seconds"]) == [entity.code]
        made = FiguresMade.objects.get().made_at
        assert keeping.refresh_due() == {"seconds": {}}
        assert FiguresMade.objects.get().made_at == made
    with time_machine.travel(datetime(2026, 3, 4, 12, tzinfo=UTC), tick=False):
        assert list(keeping.refresh_due()["seconds"]) == [entity.code]
    assert MonthFigure.objects.count() == 1


def test_of_customers_only_the_largest_are_told_apart(book):
    entity, *_ = book
    found = months.parts(entity, "customer", until=UNTIL, count=SHOWN, most=1)
    # 5,100 were sold to LARGE; SMALL owes 1,400 and was sold 1,500
    assert {key: each[-1].of(Figure.COLLECTED).amount for key, each in found.items()} == {"LARGE": 1500}


def test_the_number_of_statements_does_not_grow(given, django_assert_num_queries):
    entity = given.entity()
    for _ in range(3):
        given.pay(given.open_item("10.00 EUR", due=DAY))
    keeping.refresh(entity, UNTIL)
    with django_assert_num_queries(4):
        months.whole(entity, until=UNTIL, count=25)
    with django_assert_num_queries(4):
        assert len(months.parts(entity, "customer", until=UNTIL, count=25)) == 3
