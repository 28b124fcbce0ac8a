"""Payment plans over the API: agreed once, seen with what became of each instalment, and withdrawn."""

from datetime import timedelta

from o2c.collections.models import PaymentPlan
from o2c.core import clock
from tests.api.test_conventions import is_problem


def euro(amount: str) -> dict:
    return {"amount": amount, "currency": "EUR"}


def test_a_plan_is_agreed_once_and_shows_what_became_of_each_instalment(given, api):
    entity = given.entity()
    today = clock.today(entity.time_zone)
    item = given.open_item("300.00 EUR", due=today - timedelta(days=20))
    days = [today + timedelta(days=days) for days in (5, 35)]
    body = {
        "entity": entity.code, "customer": {"id": item.customer_id}, "items": [item.pk], "note": "They are short.",
        "instalments": [{"due_on": str(day), "amount": euro("150.00")} for day in days],
    }  # fmt: skip
    short = body | {"instalments": body["instalments"][:1]}
    refused = api.post("/payment-plans", short, Idempotency_Key="a")
    assert is_problem(refused, 409, "conflict")
    assert "Say so if only a part is agreed" in refused.json()["detail"]
    made = api.post("/payment-plans", body, Idempotency_Key="b")
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["state"], said["amount"], said["paid"]) == ("active", euro("300.00"), "0.00")
    assert (said["tolerance_days"], said["tolerance_percent"]) == (3, "0")
    assert said["items"] == [{"item": item.pk, "amount": "300.00"}]
    assert api.post("/payment-plans", body, Idempotency_Key="b").json() == said
    assert is_problem(api.post("/payment-plans", body, Idempotency_Key="c"), 409, "conflict")
    assert PaymentPlan.objects.count() == 1
    given.pay(item, "170.00 EUR", on=today)
    seen = api.get(f"/payment-plans/{said['id']}").json()
    assert seen["instalments"] == [
        {
            "number": number, "due_on": str(day), "last_day": str(day + timedelta(days=3)), "amount": "150.00",
            "paid": paid, "state": state,
        }
        for number, day, paid, state in ((1, days[0], "150.00", "paid"), (2, days[1], "20.00", "partly"))
    ]  # fmt: skip
    assert [row["id"] for row in api.get("/payment-plans?state=active").json()["data"]] == [said["id"]]
    why = api.get(f"/open-items/{item.pk}/dunning").json()
    assert (why["reason"], why["planned_until"]) == ("plan_kept", str(days[1] + timedelta(days=3)))


def test_an_item_that_is_not_seen_or_another_currency_is_refused_at_its_place(given, api):
    item = given.open_item("300.00 EUR")
    body = {
        "entity": item.entity.code, "customer": {"id": item.customer_id}, "items": [item.pk, 999_999],
        "instalments": [{"due_on": "2199-01-01", "amount": {"amount": "300.00", "currency": "USD"}}],
    }  # fmt: skip
    assert is_problem(api.post("/payment-plans", body, Idempotency_Key="a"), 400, "validation", "/items/1")
    wrong = body | {"items": [item.pk]}
    answer = api.post("/payment-plans", wrong, Idempotency_Key="b")
    assert is_problem(answer, 400, "validation", "/instalments/0/amount")
    assert not PaymentPlan.objects.exists()


def test_a_plan_is_withdrawn_with_a_reason_and_once(given, api):
    today = clock.today(given.entity().time_zone)
    item = given.open_item("30.00 EUR", due=today - timedelta(days=20))
    body = {
        "entity": item.entity.code, "customer": {"id": item.customer_id}, "items": [item.pk], "part": True,
        "instalments": [{"due_on": str(today), "amount": euro("10.00")}],
    }  # fmt: skip
    plan = api.post("/payment-plans", body, Idempotency_Key="a").json()["id"]
    path = f"/payment-plans/{plan}/withdraw"
    assert is_problem(api.post(path, {"reason": ""}, Idempotency_Key="b"), 400, "validation", "/reason")
    gone = api.post(path, {"reason": "They pay at once"}, Idempotency_Key="c").json()
    assert (gone["state"], gone["withdrawn_on"], gone["withdrawn_because"]) == (
        "withdrawn", str(today), "They pay at once",
    )  # fmt: skip
    assert [each["state"] for each in gone["instalments"]] == [""]
    assert is_problem(api.post(path, {"reason": "again"}, Idempotency_Key="d"), 409, "conflict")
