"""The pages of metrics and of the days that are kept: figures, their formulas, their parts, what was corrected."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from o2c.analytics.metrics import catalogue, keeping
from o2c.analytics.models import Snapshot
from o2c.analytics.snapshots import taking
from o2c.core.models import Role
from tests.given import DAY

pytestmark = pytest.mark.django_db(transaction=True)
NOW = "2026-04-05T10:00:00Z"


@pytest.fixture
def book(given):
    """3,600 sold in January and February, 600 of them paid; kept and worked out on 5 April."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_agingsnapshot")
    entity = given.entity()
    customer = given.customer("LARGE", segment="trade")
    given.open_item("3000.00 EUR", customer=customer, issued=date(2026, 2, 10), due=date(2026, 3, 12))
    given.pay(given.open_item("600.00 EUR", customer=customer, issued=date(2026, 1, 10), due=date(2026, 2, 1)), on=DAY)
    with time_machine.travel(NOW, tick=False):
        taking.take_due()
        keeping.refresh(entity, keeping.last_day(entity))
    return entity


@pytest.fixture
def page(given, book):
    """What the manager is shown at an address, its words in a row."""
    client = Client()
    client.force_login(given.user("manager", Role.FINANCE_MANAGER))

    def open_page(url: str, status: int = 200) -> str:
        with time_machine.travel(NOW, tick=False):
            answer = client.get(url)
        assert answer.status_code == status
        return " ".join(answer.content.decode().split())

    return open_page


def test_every_metric_is_told_with_its_formula_and_window(page):
    shown = page(reverse("metrics"))
    for metric in catalogue.METRICS:
        assert f'href="{reverse("metric", args=[metric.code])}?entity=DE1"' in shown
        assert f"{metric.formula}; {metric.window}" in shown.replace("&#x27;", "'")
    # 3,000 owed, 3,600 sold from January to March in 90 days
    assert "75.0 days" in shown
    assert "3,000.00 EUR" in shown


def test_a_metric_says_its_months_and_who_makes_it_what_it_is(page):
    shown = page(f"{reverse('metric', args=['overdue'])}?by=customer")
    assert "Customer LARGE" in shown
    assert "March 2026" in shown
    assert "3,000.00 EUR" in shown
    assert '<option value="13" selected>' in shown
    assert "trade" in page(f"{reverse('metric', args=['dso'])}?by=segment")
    page(reverse("metric", args=["nothing"]), 404)
    page(f"{reverse('metric', args=['dso'])}?by=shoe-size", 422)
    page(f"{reverse('metrics')}?months=1000", 422)


def test_the_first_of_a_month_still_shows_the_month_that_is_over(given, page, book):
    client = Client()
    client.force_login(given.user("early", Role.FINANCE_MANAGER))
    with time_machine.travel("2026-05-01T08:00:00Z", tick=False):
        taking.take_due()
        keeping.refresh_due()
        shown = client.get(reverse("metrics")).content.decode()
    assert ">Apr 2026<" in shown
    assert ">May 2026<" not in shown
    assert "3,000.00 EUR" in shown


def test_a_day_shows_what_was_known_then_and_what_is_known_by_now(given, page, book):
    kept = Snapshot.objects.get(day=date(2026, 3, 31))
    assert "Every balance of that day is known by now as it was then." in page(reverse("snapshot", args=[kept.pk]))
    given.open_item("7.00 EUR", customer=given.customer("LATE"), issued=date(2026, 3, 20), due=date(2026, 4, 19))
    shown = page(reverse("snapshot", args=[kept.pk]))
    assert "Customer LATE" in shown
    assert "1–30 days" in shown
    assert "Every balance of that day" not in shown
    assert f'href="{reverse("snapshot", args=[kept.pk])}"' in page(reverse("snapshots"))


def test_before_the_first_night_it_says_what_will_come(given):
    client = Client()
    client.force_login(given.user("first", Role.FINANCE_MANAGER))
    assert b"No legal entity" in client.get(reverse("metrics")).content
    given.entity()
    assert b"No figures yet" in client.get(reverse("metrics")).content
    assert b"No day is kept yet" in client.get(reverse("snapshots")).content
