"""How a customer pays: days from the due date to the money, as of any day."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from o2c.analytics import habits
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.cash import receipts
from tests.given import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(given):
    return given.customer("H1")


@pytest.fixture
def paid(given, customer):
    """Makes an invoice that fell due so many days before the day, paid so many days after that, if at all."""

    def make(before: int, days: int | None, money="100.00 EUR"):
        due = DAY - timedelta(days=before)
        item = given.open_item(money, customer=customer, due=due, issued=due - timedelta(days=30))
        if days is not None:
            given.pay(item, on=due + timedelta(days=days))
        return item

    return make


def seen(customer, as_of=DAY):
    found = habits.habit(customer.pk, [account.entity_id for account in customer.accounts.all()], as_of)
    return found, [(each.days, each.is_open) for each in found.payments]


def test_each_invoice_counts_from_its_due_date_to_its_money_or_to_the_day(paid, customer):
    paid(100, 12)
    paid(60, -3)
    paid(20, 0)
    paid(9, None)
    paid(-5, None)
    habit, days = seen(customer)
    assert days == [(12, False), (-3, False), (0, False), (9, True)]
    assert (habit.median, habit.late) == (0, 33)


def test_it_is_as_was_known_on_the_day(paid, customer):
    paid(100, 12)
    assert seen(customer, DAY - timedelta(days=95))[1] == [(5, True)]
    assert seen(customer, DAY - timedelta(days=101))[1] == []


def test_what_was_credited_without_money_is_neither_late_nor_in_time(given, paid, customer):
    item = paid(40, None)
    credit = given.open_item("-100.00 EUR", customer=customer, due=DAY)
    receipts.apply(credit, [receipts.Split(item, item.amount)], on=DAY, actor=SYSTEM)
    assert seen(customer)[1] == []


def test_only_two_years_and_the_newest_are_shown(paid, customer, monkeypatch):
    paid(800, 1)
    paid(50, 2)
    paid(40, 4)
    assert seen(customer)[1] == [(2, False), (4, False)]
    monkeypatch.setattr(habits, "MOST", 1)
    assert seen(customer)[1] == [(4, False)]


def test_quarters_have_their_own_figures(paid, customer):
    assert date(2026, 3, 2) == DAY
    paid(1, None)
    paid(70, 10)
    paid(75, 20)
    habit, _ = seen(customer)
    quarters = [(each.since, len(each.payments), each.median, each.late) for each in habit.quarters()]
    assert quarters == [(date(2025, 10, 1), 2, 15, 100), (date(2026, 1, 1), 1, None, None)]


def test_the_page_shows_a_point_for_each_and_asks_once(given, paid, customer):
    for before, days in ((30, 200), (20, -5), (10, None)):
        paid(before, days)
    client = Client()
    client.force_login(given.user("anna", Role.COLLECTOR))
    url = reverse("customer_habit", args=[customer.pk])
    with CaptureQueriesContext(connection) as captured:
        page = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert page.count("<circle") == 3
    assert "<html" not in page
    assert sum("invoicing_allocation" in query["sql"] for query in captured) == 1
    assert f'hx-get="{url}"' in client.get(reverse("customer", args=[customer.pk])).content.decode()


def test_who_sees_no_account_of_the_customer_finds_nothing(given, customer):
    client = Client()
    client.force_login(given.user("zoe", Role.COLLECTOR, entities=[given.entity("AT1")]))
    assert client.get(reverse("customer_habit", args=[customer.pk])).status_code == 404
