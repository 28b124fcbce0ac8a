"""What is kept of each customer: made once a day by the entity's own, told in words, read by page and API."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from o2c import wiring
from o2c.analytics.models import Prediction, ScoringRun
from o2c.analytics.scoring import facts, predicting, showing
from o2c.analytics.scoring.facts import Habit
from o2c.analytics.scoring.items import learn
from o2c.core.models import Role
from tests.given import DAY

pytestmark = pytest.mark.django_db
NOON = "2026-03-02T12:00:00Z"


@pytest.fixture
def entity(given):
    return given.entity(time_zone="UTC")


@pytest.fixture
def paid(given, entity):
    """Makes an invoice that fell due so many days before the day and was paid so many days after that, if at all."""

    def make(customer, before: int, days: int | None):
        due = DAY - timedelta(days=before)
        item = given.open_item("100.00 EUR", customer=customer, due=due)
        if days is not None:
            given.pay(item, on=due + timedelta(days=days))

    return make


@pytest.fixture
def three(given, paid):
    """One who pays in time, one six days late with two overdue, one forty days late; and one who has paid nothing."""
    found = [given.customer(number) for number in ("QUICK", "SLOW", "NEVER", "NEW")]
    for week in range(8, 28):
        for customer, days in zip(found, (0, 6, 40), strict=False):
            paid(customer, 7 * week, days)
    paid(found[1], 34, None)
    paid(found[1], 3, None)
    paid(found[3], 60, None)
    return found


def run() -> dict:
    with time_machine.travel(NOON, tick=False):
        return predicting.predict_due()


def test_each_customer_gets_a_band_and_why(three, entity):
    assert run() == {"customers": {"DE1": 3}}
    found = {row.customer_id: row for row in Prediction.objects.all()}
    quick, slow, never = (found[customer.pk] for customer in three[:3])
    assert [row.band for row in (quick, slow, never)] == ["on_time", "late", "very_late"]
    assert quick.reasons == ["0 of the last 10 paid late, median 0 days"]
    assert slow.reasons == ["10 of the last 10 paid late, median +6 days", "2 late now, the oldest by 34 days"]
    assert never.reasons == ["10 of the last 10 paid late, median +40 days"]
    assert [(row.days_p50, row.paid, row.as_of, row.entity_id) for row in (quick, slow, never)] == [
        (0, 20, DAY, entity.pk), (6, 20, DAY, entity.pk), (40, 20, DAY, entity.pk),
    ]  # fmt: skip
    for row in found.values():
        assert 0 <= row.p_late_30 <= row.p_late <= 1
        assert row.days_p10 <= row.days_p50 <= row.days_p90
    assert three[3].pk not in found


def test_it_is_what_the_spread_of_the_customer_says(three, entity):
    run()
    book = learn(DAY, entity_ids={entity.pk})
    for row in Prediction.objects.all():
        spread = book.cohorts.customer(book.histories[entity.pk, row.customer_id])
        p_late, p_late_30 = predicting.chances(spread, 0)
        assert (row.p_late, row.p_late_30) == (round(Decimal(p_late), 4), round(Decimal(p_late_30), 4))


def test_a_day_is_scored_once(three, entity):
    run()
    before = list(Prediction.objects.order_by("pk").values())
    assert run() == {}
    assert list(Prediction.objects.order_by("pk").values()) == before
    ScoringRun.objects.update(model="another")
    assert run() == {"customers": {"DE1": 3}}
    assert Prediction.objects.count() == 3


def test_a_later_day_is_not_put_back(three, entity):
    run()
    assert predicting.keep(entity, learn(DAY - timedelta(days=30), entity_ids={entity.pk})) == 0
    assert set(Prediction.objects.values_list("as_of", flat=True)) == {DAY}


def test_the_day_turns_where_the_entity_is(given, entity):
    given.entity("NZ1", "NZD", country="NZ", time_zone="Pacific/Auckland")
    with time_machine.travel("2026-03-02T12:30:00Z", tick=False):
        assert predicting.predict_due() == {"customers": {"DE1": 0, "NZ1": 0}}
    assert dict(ScoringRun.objects.values_list("entity__code", "as_of")) == {"DE1": DAY, "NZ1": date(2026, 3, 3)}
    with time_machine.travel("2026-03-03T00:30:00Z", tick=False):
        assert predicting.predict_due() == {"customers": {"DE1": 0}}


def test_the_tick_does_it(three):
    with time_machine.travel(NOON, tick=False):
        assert wiring.beat()["scores"] == {"customers": {"DE1": 3}}
        assert wiring.beat()["scores"] == {}


def test_how_often_the_database_is_asked_does_not_grow(three, given, paid, django_assert_num_queries):
    def asked():
        ScoringRun.objects.all().delete()
        with django_assert_num_queries(17):
            run()

    asked()
    for number in range(12):
        paid(given.customer(f"MORE{number}"), 30, 2)
    asked()


@pytest.mark.parametrize(
    ("habit", "said"),
    [
        (Habit(1, 1, 1, 0, 0, 0), ["1 of the last 1 paid late, median +1 day"]),
        (Habit(10, 0, -2, 1, 1, 1),
         ["0 of the last 10 paid late, median −2 days", "1 late now, by 1 day", "1 payment returned in a year"]),
        (Habit(10, 5, 0, 3, 1_200, 2),
         ["5 of the last 10 paid late, median 0 days", "3 late now, the oldest by 1,200 days",
          "2 payments returned in a year"]),
    ],
)  # fmt: skip
def test_reasons_are_facts_in_words(habit, said):
    assert predicting.reasons(habit) == said


def test_only_the_last_ten_paid_are_a_reason(given, paid, entity):
    """Paid last were: 90 days late 36, 43, 50, 57, 64 and 71 days before the day, in time 56, 63, 70 and 77."""
    customer = given.customer("A")
    for week in range(8, 18):
        paid(customer, 7 * week, 0)
    for week in range(18, 30):
        paid(customer, 7 * week, 90)
    assert facts.habits(DAY, entity.pk)[customer.pk][:3] == (10, 6, 90)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((2, 6, 14), "usually 6 days after the due date, 8 in 10 between day 2 and day 14"),
        ((-12, -1, 0), "usually 1 day before the due date, 8 in 10 between day −12 and day 0"),
        ((0, 0, 0), "usually on the due date"),
    ],
)
def test_when_it_pays_in_words(days, said):
    assert showing.when(*days) == said


@pytest.mark.parametrize(("chance", "said"), [(0.004, "under 1 %"), (0.784, "78 %"), (0.997, "over 99 %")])
def test_nobody_is_certain(chance, said):
    assert showing.percent(chance) == said


# --- The page


def test_the_customers_page_says_it(three, given):
    client = Client()
    client.force_login(given.user("anna", Role.COLLECTOR))
    assert "No history yet" in client.get(reverse("customer", args=[three[1].pk])).content.decode()
    run()
    page = client.get(reverse("customer", args=[three[1].pk])).content.decode()
    for said in (
        "Will it pay in time?", "10 of the last 10 paid late, median +6 days", "2 late now, the oldest by 34 days",
        "Usually 6 days after the due date", "From 20 paid invoices",
    ):  # fmt: skip
        assert said in page
    assert "No history yet" not in page
    assert "No history yet" in client.get(reverse("customer", args=[three[3].pk])).content.decode()


def test_of_other_entities_nothing_is_told(three, given):
    other = given.entity("AT1", country="AT", time_zone="UTC")
    given.open_item(customer=three[1], entity=other)
    run()
    client = Client()
    client.force_login(given.user("zoe", Role.COLLECTOR, entities=[other]))
    page = client.get(reverse("customer", args=[three[1].pk])).content.decode()
    assert "No history yet" in page
    assert "of the last 10" not in page
    said = client.get(f"/api/v1/customers/{three[1].pk}/score").json()
    assert said["scores"] == [{"entity": "AT1", "prediction": None}]
