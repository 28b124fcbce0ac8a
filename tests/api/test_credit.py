"""Credit over the API: limits, the policy, exposure, orders decided about, and applications."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.core import clock
from o2c.orders.models import Account, CreditLimit, Order
from tests.orders.credit_makers import order

DAY = timedelta(days=1)


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))


@pytest.fixture
def today(account):
    return clock.today(account.entity.time_zone)


def eur(amount):
    return {"amount": amount, "currency": "EUR"}


def limit(api, today, of="1000.00", **more):
    body = {"customer": {"number": "C1"}, "entity": "DE1", "amount": eur(of), "valid_from": today.isoformat()}
    return api.post("/credit-limits", {**body, "reason": "Agreed", **more})


def test_a_limit_is_set_read_and_ended(api, account, today):
    made = limit(api, today, valid_until=(today + 9 * DAY).isoformat())
    assert made.status_code == 201, made.content
    assert api.get(f"/accounts/{account.pk}").json()["credit_limit"] == eur("1000.00")
    raised = limit(
        api, today + DAY, "2000.00", valid_until=(today + 3 * DAY).isoformat(), then_back=True
    )  # fmt: skip
    assert raised.status_code == 201
    rows = api.get(f"/credit-limits?customer={account.customer_id}").json()["data"]
    assert sorted((row["valid_from"], row["amount"]["amount"]) for row in rows) == [
        (today.isoformat(), "1000.00"), ((today + DAY).isoformat(), "2000.00"),
        ((today + 4 * DAY).isoformat(), "1000.00"),
    ]  # fmt: skip
    (now,) = api.get(f"/credit-limits?on={(today + 2 * DAY).isoformat()}").json()["data"]
    assert now["amount"] == eur("2000.00")
    last_day = (today - DAY).isoformat()
    assert api.post(f"/credit-limits/{made.json()['id']}/end", {"last_day": last_day}).status_code == 200
    assert api.get(f"/accounts/{account.pk}").json()["credit_limit"] is None


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"amount": {"amount": "1.00", "currency": "USD"}}, "/amount/currency"), ({"amount": eur("1.001")}, "/amount"),
        ({"valid_from": "2020-01-01"}, "/valid_from"), ({"valid_until": "2020-01-01"}, "/valid_until"),
        ({"customer": {"number": "C9"}}, "/customer"),
    ],
)  # fmt: skip
def test_a_limit_that_cannot_be_is_refused_at_its_field(api, account, today, told, pointer):
    answer = limit(api, today, **told)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert not CreditLimit.objects.exists()


def test_the_policy_is_written_and_read(api, account):
    url = f"/legal-entities/{account.entity_id}/credit-policy"
    assert api.get(url).status_code == 404
    written = api.put(url, {"two_people_from": eur("100.00"), "max_oldest_days": None})
    assert written.status_code == 200, written.content
    assert (written.json()["two_people_from"], written.json()["max_oldest_days"]) == (eur("100.00"), None)
    assert api.get(url).json()["dunning_level"] == 3
    refused = api.put(url, {"manager_sets_up_to": eur("1.00")})
    assert refused.json()["errors"][0]["pointer"] == "/manager_sets_up_to"
    stale = api.put(url, {"yes_days": 3}, If_Match='"1-0"')
    assert stale.status_code == 412


def test_an_order_is_confirmed_held_released_and_rejected(api, given, account, today):
    limit(api, today, "500.00")
    given.open_item("100.00 EUR", customer=account.customer, due=today)
    first, second, third = (order(account, amount, on=today) for amount in ("300.00", "200.00", "150.00"))
    assert api.post(f"/orders/{first.pk}/confirm", None).json()["outcome"] == "confirmed"
    held = api.post(f"/orders/{second.pk}/confirm", None).json()
    assert (held["outcome"], [reason["code"] for reason in held["reasons"]]) == ("held", ["limit_exceeded"])
    assert (held["open_items"], held["confirmed"], held["credit_limit"]) == (
        eur("100.00"), eur("300.00"), eur("500.00"),
    )  # fmt: skip
    assert api.post(f"/orders/{second.pk}/release", {"reason": "Prepaid"}).json()["outcome"] == "released"
    api.post(f"/orders/{third.pk}/confirm", None)
    assert api.post(f"/orders/{third.pk}/reject", {"reason": "Too much"}).json()["outcome"] == "rejected"
    assert api.post(f"/orders/{third.pk}/reject", {"reason": "Too much"}).status_code == 409
    third.refresh_from_db()
    assert third.state == Order.State.CANCELLED
    found = api.get(f"/credit-decisions?order={second.pk}").json()["data"]
    assert [row["outcome"] for row in found] == ["held", "released"]
    exposure = api.get(f"/accounts/{account.pk}/exposure").json()
    assert (exposure["confirmed"], exposure["total"], exposure["limit"]) == (
        eur("500.00"), eur("600.00"), eur("500.00"),
    )  # fmt: skip


def test_no_key_releases_what_two_people_release(api, account, today):
    limit(api, today, "1.00")
    api.put(f"/legal-entities/{account.entity_id}/credit-policy", {"two_people_from": eur("100.00")})
    held = order(account, "100.00", on=today)
    api.post(f"/orders/{held.pk}/confirm", None)
    assert api.post(f"/orders/{held.pk}/release", {"reason": "Fine"}).status_code == 403
    held.refresh_from_db()
    assert held.state == "on_hold"


def test_a_key_applies_and_decides_nothing(api, account, today):
    body = {
        "customer": {"number": "C1"}, "entity": "DE1", "asked_limit": eur("8000.00"), "reason": "Growth",
        "financials_on": today.isoformat(), "equity_ratio": "40", "sales": eur("200000.00"),
    }  # fmt: skip
    made = api.post("/credit-reviews", body)
    assert made.status_code == 201, made.content
    review = made.json()
    assert (review["score"], review["proposed"], review["scorecard"][3]["points"]) == (100, eur("8000.00"), 100)
    assert api.post("/credit-reviews", body).status_code == 409
    approving = {"amount": eur("8000.00")}
    assert api.post(f"/credit-reviews/{review['id']}/approve", approving).status_code == 403
    assert api.post(f"/credit-reviews/{review['id']}/refuse", {"note": "No"}).status_code == 403
    assert api.post(f"/credit-reviews/{review['id']}/withdraw", None).json()["state"] == "withdrawn"
    account.refresh_from_db()
    assert account.credit_limit is None
    assert Decimal(review["asked_limit"]["amount"]) == 8000
