"""One rule, two ways in: what an item put by the API becomes is what the same row of a file makes of it."""

import pytest
import time_machine
from django.db import transaction

from o2c.invoicing.models import Allocation, OpenItem, Posting
from o2c.invoicing.proof import proof
from tests.imports.files_given import load  # noqa: F401 the fixture

HEADER = "Customer;Invoice;Issued;Due;Amount;Currency;Number;Disputed"
MAP = {
    "columns": {
        "customer": "Customer", "external_id": "Invoice", "number": "Number", "issued_on": "Issued", "due_on": "Due",
        "amount": "Amount", "currency": "Currency", "disputed": "Disputed",
    },
}  # fmt: skip
FIRST = {
    "customer": "C1", "issued_on": "2026-02-01", "due_on": "2026-03-03", "amount": "100.00", "currency": "EUR",
    "number": "R-1", "disputed": False,
}  # fmt: skip
CHANGES = {
    "nothing": {},
    "the number": {"number": "R-2"},
    "the due date": {"due_on": "2026-04-01"},
    "a dispute": {"disputed": True},
    "the amount": {"amount": "90.00"},
    "the sign": {"amount": "-100.00"},
    "the currency": {"currency": "USD"},
    "the customer": {"customer": "C2"},
    "the day of issue": {"issued_on": "2026-02-02"},
    "all at once": {"number": "R-2", "amount": "90.00", "due_on": "2026-04-01", "disputed": True},
}


def facts() -> list:
    """What the books hold, whichever way it came in."""
    items = OpenItem.objects.order_by("id").values_list(
        "customer__number", "kind", "number", "issued_on", "due_on", "currency", "amount", "open_amount", "disputed_on",
        "superseded_on", "effective_on", "known_on", "entry__kind", "entry__effective_on", "entry__known_on",
    )  # fmt: skip
    postings = Posting.objects.values_list("account__role", "currency", "amount", "base_amount")
    allocations = Allocation.objects.values_list("currency", "amount", "effective_on", "known_on")
    return [sorted(rows, key=repr) for rows in (items, postings, allocations)]


@pytest.mark.parametrize("settled", [False, True], ids=["open", "partly settled"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_means_the_same_in_a_file_and_in_the_api(load, api, given, change, settled):  # noqa: F811
    for number in ("C1", "C2"):
        given.customer(number)

    def by_file(row: dict) -> bool:
        said = ";".join(
            [row["customer"], "X", row["issued_on"], row["due_on"], row["amount"], row["currency"], row["number"],
             "yes" if row["disputed"] else "no"]
        )  # fmt: skip
        return load("open-items", f"{HEADER}\n{said}\n", MAP)["rejected"] == 0

    def by_api(row: dict) -> bool:
        body = {
            "entity": "DE1",
            **row,
            "customer": {"number": row["customer"]},
            "amount": {"amount": row["amount"], "currency": row["currency"]},
        }
        del body["currency"]
        return api.put("/open-items/external/erp/X", body).status_code in {200, 201}

    def outcome(bring) -> list:
        with time_machine.travel("2026-03-02 12:00:00+00:00", tick=True):
            assert bring(FIRST)
            if settled:
                given.pay(OpenItem.objects.get(external_id="X"), "10.00 EUR")
            accepted = bring({**FIRST, **CHANGES[change]})
        assert proof() == []
        return [accepted, *facts()]

    results = []
    for bring in (by_file, by_api):
        with transaction.atomic():
            results.append(outcome(bring))
            transaction.set_rollback(True)
    assert results[0] == results[1]
    decisive = CHANGES[change].keys() & {"amount", "currency", "customer", "issued_on"}
    assert results[0][0] is not (settled and bool(decisive))
