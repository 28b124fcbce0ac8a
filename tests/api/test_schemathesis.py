"""Whatever is sent by the description, the answer is one that it describes, and never a failure of ours."""

import copy
from itertools import count

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from o2c.api import urlpatterns
from o2c.collections.models import DunningPolicy, Queue
from o2c.invoicing.proof import proof
from o2c.orders.models import PaymentTerms, Product
from o2c.wsgi import application
from tests.api import books

SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
FEW = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": (Phase.explicit, Phase.generate)}


@pytest.fixture(autouse=True)
def one_connection():
    """A server closes its connection between requests; here it holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


# What stands in the first word of an address, by that word: `items` of `open-items`.
NAMES = {
    str(pattern.pattern).partition("/")[0]: pattern.name
    for pattern in urlpatterns
    if str(pattern.pattern).partition("/")[2] == "<int:pk>"
} | {
    "transfers": "transfer",
    "list-prices": "list-price",
    "contract-prices": "contract-price",
}  # have acts only


@pytest.fixture
def book(given) -> dict:
    """One of everything, by the name of its address."""
    return books.book(given, "DE1", "EUR") | {
        "product": Product.objects.get(),
        "terms": PaymentTerms.objects.create(code="N30", name="30 days"),
        "dunning-policy": DunningPolicy.objects.earliest("pk"),
        "queue": Queue.objects.earliest("pk"),
    }


def send(case, api, book, number: int) -> None:
    """Send what was generated; every second one about what is there, so that the acts are reached."""
    if number % 2:
        if "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = book[NAMES[case.path.split("/")[3]]].pk
        if isinstance(case.body, dict):
            case.body = copy.deepcopy(case.body)
            known = {
                "entity": "DE1", "entities": ["DE1"], "customer": {"number": "DE1-C"}, "item": book["item"].pk,
                "bank_line": book["bank-line"].pk, "bank_account": book["bank-account"].pk,
            }  # fmt: skip
            case.body.update({name: value for name, value in known.items() if name in case.body})
    response = case.call(headers={"Authorization": f"Api-Key {api.text}"})
    case.validate_response(response, checks=[not_a_server_error] if number % 2 else CHECKS)
    if number % 2:
        case.validate_response(response, checks=CHECKS[1:5])


@SCHEMA.parametrize()
@settings(max_examples=10, **FEW)
def test_every_operation_by_its_description(case, api, book):
    send(case, api, book, next(NUMBERS))


NUMBERS = count()


@pytest.mark.soak
@SCHEMA.parametrize()
@settings(max_examples=200, **FEW)
def test_every_operation_by_its_description_at_length(case, api, book):
    send(case, api, book, next(NUMBERS))


@pytest.mark.soak
def test_operations_one_after_another(api, given):
    """Stateful: what one operation made is sent to the next."""

    given.pay(given.open_item("10.00 EUR", customer=given.customer("C1")))

    class Machine(SCHEMA.as_state_machine()):
        def setup(self):
            # Each round begins with the same book: what is drawn may depend on nothing else.
            self.begun = transaction.savepoint()

        def teardown(self):
            transaction.savepoint_rollback(self.begun)

        def get_call_kwargs(self, case):
            return {"headers": {"Authorization": f"Api-Key {api.text}"}}

        def validate_response(self, response, case, additional_checks=(), **kwargs):
            case.validate_response(response, checks=CHECKS[:5])

    Machine.run(settings=settings(max_examples=200, stateful_step_count=8, **FEW))
    assert proof() == []
