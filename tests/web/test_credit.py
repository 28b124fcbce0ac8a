"""Credit in the browser: the list, releasing by two, an application and its approval, and the policy."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders import confirming
from o2c.orders.credit import limits
from o2c.orders.models import Account, CreditPolicy, CreditReview
from tests.orders.credit_makers import order


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("K-1"))


@pytest.fixture
def today(account):
    return clock.today(account.entity.time_zone)


def browser(given, name, *roles) -> Client:
    client = Client()
    client.force_login(given.user(name, *roles))
    return client


@pytest.fixture
def boss(given):
    return browser(given, "boss", Role.FINANCE_MANAGER)


@pytest.fixture
def analyst(given):
    return browser(given, "analyst", Role.CREDIT_ANALYST)


@pytest.fixture
def clerk(given):
    return browser(given, "clerk", Role.ORDER_CLERK)


def send(client, to, pk, **typed) -> str:
    answer = client.post(reverse(to, args=[pk]), typed)
    assert answer.status_code == 302, answer.content.decode()
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def refused(client, to, pk, **typed) -> str:
    answer = client.post(reverse(to, args=[pk]), typed)
    assert answer.status_code == 422, answer.content.decode()
    return answer.content.decode()


def page(client, name, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_held_order_says_why_and_two_release_it(given, account, today, boss, analyst, clerk):
    assert "No order is on hold" in page(analyst, "credit_list")
    limits.say(account, Decimal(1000), valid_from=today, today=today, actor=SYSTEM)
    given.open_item("900.00 EUR", customer=account.customer, due=today)
    held = order(account, "60000.00", on=today)
    confirming.confirm(held, actor=SYSTEM)
    shown = page(analyst, "credit_list")
    assert held.number in shown
    assert "Over the limit" in shown
    says = "60,900.00 EUR would be owed, 59,900.00 EUR more than the limit of 1,000.00 EUR."
    assert says in page(analyst, "held_order", held.pk)
    assert "is on credit hold" in page(analyst, "customer_exposure", account.customer_id)
    assert clerk.post(reverse("release_order", args=[held.pk]), {"reason": "Fine"}).status_code == 403
    assert "somebody else gives the second" in send(analyst, "release_order", held.pk, reason="Fine")
    assert "You said yes already" in refused(analyst, "release_order", held.pk, reason="Fine")
    assert "analyst said yes" in page(boss, "held_order", held.pk)
    assert f"{held.number} is confirmed" in send(boss, "release_order", held.pk, reason="Prepaid")
    held.refresh_from_db()
    assert held.state == "confirmed"
    told = page(analyst, "held_order", held.pk)
    assert "First yes of two" in told
    assert "Prepaid" in told


def test_an_order_is_rejected_with_a_reason(given, account, today, analyst):
    held = order(account, "10.00", state="on_hold", on=today)
    refused(analyst, "reject_order", held.pk, reason="", then="draft")
    assert "a draft again" in send(analyst, "reject_order", held.pk, reason="Order less", then="draft")
    held.refresh_from_db()
    assert held.state == "draft"


def test_an_application_is_scored_changed_and_approved(account, today, boss, clerk):
    assert "waits for approval" in send(
        clerk, "new_review", account.pk, asked_limit="8000", reason="Growth", financials_on=today.isoformat(),
        equity_ratio="40", sales="200000",
    )  # fmt: skip
    review = CreditReview.objects.get()
    shown = page(boss, "credit_review", review.pk)
    assert "No more than the 8,000.00 EUR that are asked for." in shown
    refused(clerk, "tell_review", review.pk, equity_ratio="40")
    assert "scored anew" in send(
        clerk, "tell_review", review.pk, financials_on=today.isoformat(), equity_ratio="20", sales="200000"
    )
    assert "K-1" in page(boss, "credit_reviews")
    assert "counts from today on" in send(boss, "approve_review", review.pk, amount="6000", note="For now")
    account.refresh_from_db()
    assert account.credit_limit == 6000
    assert f"Credit review {review.pk}. For now" in page(clerk, "credit_limits", account.pk)


def test_a_manager_writes_the_policy_that_was_looked_at(account, boss, analyst):
    shown = boss.get(reverse("credit_policy", args=[account.entity_id])).context["form"]
    cells = {name: shown.initial.get(name) for name in shown.fields}
    cells = {name: value for name, value in cells.items() if value is not None} | {"max_overdue": "500"}
    assert analyst.post(reverse("credit_policy", args=[account.entity_id]), cells).status_code == 403
    assert "decided by it" in send(boss, "credit_policy", account.entity_id, **cells)
    policy = CreditPolicy.objects.get()
    assert (policy.max_overdue, policy.two_people_from, policy.max_oldest_days) == (500, 50000, 60)
    assert "more than 500.00 EUR overdue" in page(analyst, "credit_policies")


def test_an_analyst_sets_no_more_than_the_policy_says(account, today, analyst):
    facts = {"valid_from": today.isoformat(), "reason": "Agreed"}
    assert "Alone you set up to 50,000.00 EUR" in refused(analyst, "say_limit", account.pk, amount="50001", **facts)
    assert "The limit counts" in send(analyst, "say_limit", account.pk, amount="50000", **facts)
    found = account.limits.get()
    assert "The limit ends" in send(analyst, "end_limit", found.pk, last_day=today.isoformat())
