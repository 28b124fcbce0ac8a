"""Causes of disputes over the API, and what could be checked before it is invoiced."""

from datetime import timedelta

from o2c.collections import disputes
from o2c.collections.disputes import causes
from o2c.core.actors import SYSTEM
from o2c.invoicing.models import ReasonCode
from tests.api.test_conventions import is_problem
from tests.given import DAY


def test_causes_are_counted_and_suggestions_decided_once(given, api):
    customer = given.customer("C-1")
    price = ReasonCode.objects.get(code="price")
    for _ in range(3):
        item = given.open_item("50.00 EUR", customer=customer)
        disputes.open(item, code=price, reason="x", on=DAY, actor=SYSTEM)
    counted = api.get(f"/dispute-causes?by=customer&until={DAY}").json()
    assert (counted["since"], counted["until"]) == (str(DAY - timedelta(days=89)), str(DAY))
    assert counted["causes"] == [
        {
            "subject": "Customer C-1", "customer": customer.pk, "code": "price", "reason": "Price not as agreed",
            "cause": "", "disputes": 3, "contested": {"amount": "150.00", "currency": "EUR"},
            "given": {"amount": "0.00", "currency": "EUR"},
        }
    ]  # fmt: skip
    assert api.get(f"/dispute-causes?until={DAY}&entity=UK1").json()["causes"] == []
    for wrong in (f"since={DAY + timedelta(days=1)}&until={DAY}", "since=1900-01-01"):
        assert is_problem(api.get(f"/dispute-causes?{wrong}"), 400, "validation", "/since")
    causes.propose(given.entity(), DAY)
    (row,) = api.get("/dispute-suggestions?state=open").json()["data"]
    assert (row["customer"], row["product"], row["code"], len(row["disputes"])) == (customer.pk, "", "price", 3)
    path = f"/dispute-suggestions/{row['id']}"
    assert is_problem(api.post(f"{path}/dismiss", {}, Idempotency_Key="a"), 409, "conflict")
    done = api.post(f"{path}/accept", {"note": "The order desk"}, Idempotency_Key="b").json()
    assert (done["state"], done["note"], done["decided_by"]) == ("accepted", "The order desk", "api key key 1")
    assert is_problem(api.post(f"{path}/dismiss", {"note": "x"}, Idempotency_Key="c"), 409, "conflict")
    assert api.get(path).json()["state"] == "accepted"
