"""What comes in week by week: the numbers of the scores, summed up."""

import csv
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from o2c.analytics.scoring import forecasting
from o2c.analytics.scoring.forecasting import Claim, outlook
from o2c.collections.models import PromisedItem, PromiseToPay
from tests.given import DAY

HEADER = ["week_start", "currency", "expected", "p10", "p50", "p90"]
A, B = (1, 1), (1, 2)


def test_a_weeks_money_is_each_amount_times_its_chance():
    """100 with 3 in 10 in the first week and 5 in 10 in the second, 50 surely in it: 30; 100 x 0.5 + 50 = 100."""
    found = outlook([Claim(A, "EUR", 100, (0.3, 0.8)), Claim(B, "EUR", 50, (0.0, 1.0))], 2)
    assert [week[0] for week in found] == [30, 100]


def test_what_is_certain_has_no_spread():
    assert outlook([Claim(A, "EUR", 70, (0.0, 1.0, 1.0))], 3) == [(0, 0, 0, 0), (70, 70, 70, 70), (0, 0, 0, 0)]


def test_a_customers_items_come_together_those_of_many_even_out():
    """Ten items of 100 with an even chance of one week: of one customer nothing or all; of ten customers about half."""
    one = outlook([Claim(A, "EUR", 100, (0.5,))] * 10, 1, draws=2_000)
    ten = outlook([Claim((1, number), "EUR", 100, (0.5,)) for number in range(10)], 1, draws=2_000)
    assert one[0][0] == ten[0][0] == 500
    assert (one[0][1], one[0][3]) == (0, 1_000)
    # of ten fair coins, with one and nine chances in ten: 3 and 7
    assert (ten[0][1], ten[0][2], ten[0][3]) == (300, 500, 700)


@pytest.fixture
def book(given):
    """Ten invoices, each paid on its due date; 100 EUR due in ten days, 70 USD due in twenty-four."""
    customer = given.customer("A")
    given.rate("USD", "1.1")
    for week in range(5, 15):
        due = DAY - timedelta(days=7 * week)
        given.pay(given.open_item("100.00 EUR", customer=customer, due=due), on=due)
    given.open_item("100.00 EUR", customer=customer, due=DAY + timedelta(days=10), number="EUR")
    given.open_item("70.00 USD", customer=customer, due=DAY + timedelta(days=24), issued=DAY, number="USD")
    return customer


@pytest.fixture
def forecast(tmp_path):
    def run(as_of=DAY, **options) -> list[list[str]]:
        out = tmp_path / "forecast.csv"
        call_command("forecast", as_of=as_of, out=out, **options)
        with out.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    return run


@pytest.mark.django_db
def test_thirteen_weeks_of_each_currency(book, forecast):
    header, *rows = forecast()
    assert header == HEADER
    starts = [(DAY + timedelta(days=1 + 7 * number)).isoformat() for number in range(13)]
    assert [row[:2] for row in rows] == [[start, currency] for start in starts for currency in ("EUR", "USD")]
    euros, dollars = ({row[0]: Decimal(row[2]) for row in rows if row[1] == code} for code in ("EUR", "USD"))
    # nearly all of it in the week of the due date, and never more than there is
    assert max(euros, key=euros.get) == starts[1]
    assert max(dollars, key=dollars.get) == starts[3]
    assert 85 < euros[starts[1]] <= sum(euros.values()) <= 100
    assert 55 < dollars[starts[3]] <= sum(dollars.values()) <= 70
    assert forecast() == [header, *rows]


@pytest.mark.django_db
def test_a_promise_takes_the_due_dates_place(book, given, forecast):
    item = book.items.get(number="EUR")
    promise = PromiseToPay.objects.create(
        entity=item.entity, customer=book, payer=book, currency="EUR", amount=100, promised_on=DAY,
        pay_by=DAY + timedelta(days=40), actor="anna",
    )  # fmt: skip
    PromisedItem.objects.create(promise=promise, item=item, amount=100)
    euros = {row[0]: Decimal(row[2]) for row in forecast()[1:] if row[1] == "EUR"}
    assert date.fromisoformat(max(euros, key=euros.get)) == DAY + timedelta(days=36)


@pytest.mark.django_db
def test_no_history_yet_is_no_number(given, forecast, capsys):
    assert forecast() == [HEADER]
    given.open_item(customer=given.customer(), due=DAY)
    assert forecast(weeks=1) == [HEADER, [(DAY + timedelta(days=1)).isoformat(), "EUR", "", "", "", ""]]
    assert "No history yet" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("weeks", [0, -1, 105])
def test_how_many_weeks_there_may_be(given, tmp_path, weeks):
    with pytest.raises(CommandError, match="1 to 104"):
        call_command("forecast", as_of=DAY, weeks=weeks, out=tmp_path / "f.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_the_weeks_add_up_to_what_the_scores_say(book):
    """Of what is paid within all weeks: the amounts times the chances of the same spreads."""
    from o2c.analytics.scoring import items

    rows = items.facts.open_items(DAY)
    learnt = items.learn(DAY, customers={(row.entity_id, row.customer_id) for row in rows})
    chances = {
        row.currency: 1 - spread.unpaid((DAY - row.due_on).days + 7 * 13, given=(DAY - row.due_on).days)
        for row, spread in items.spreads(learnt, rows)
    }
    sums = dict.fromkeys(("EUR", "USD"), Decimal(0))
    for week in forecasting.forecast(DAY, 13):
        sums[week.currency] += week.expected
    assert float(sums["EUR"]) == pytest.approx(100 * chances["EUR"], abs=0.1)
    assert float(sums["USD"]) == pytest.approx(70 * chances["USD"], abs=0.1)
