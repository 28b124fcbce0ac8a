"""How likely a customer is to pay late, over the API."""

from datetime import timedelta

import time_machine

from o2c.analytics.models import Prediction
from o2c.analytics.scoring import predicting
from tests.given import DAY


def test_a_customers_score_by_legal_entity(given, api):
    given.entity(time_zone="UTC")
    customer, new = given.customer(), given.customer()
    for week in range(8, 18):
        due = DAY - timedelta(days=7 * week)
        given.pay(given.open_item("100.00 EUR", customer=customer, due=due), on=due + timedelta(days=6))
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        predicting.predict_due()
    row = Prediction.objects.get(customer=customer)
    assert api.get(f"/customers/{customer.pk}/score").json() == {
        "customer": customer.pk,
        "scores": [
            {
                "entity": "DE1",
                "prediction": {
                    "as_of": "2026-03-02", "band": "late", "p_late": f"{row.p_late.normalize():f}",
                    "p_late_30": f"{row.p_late_30.normalize():f}", "days_p10": row.days_p10, "days_p50": 6,
                    "days_p90": row.days_p90, "paid": 10,
                    "reasons": ["10 of the last 10 paid late, median +6 days"], "model": "cohort-2",
                },
            }
        ],
    }  # fmt: skip
    told = api.get(f"/customers/{new.pk}/score").json()
    assert told["scores"] == [{"entity": "DE1", "prediction": None}]
    assert api.get("/customers/999999/score").status_code == 404
