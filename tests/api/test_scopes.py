"""Who may what, and who sees what: every address of the API, enumerated from its URLs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from o2c.api import urlpatterns
from o2c.collections import teams
from o2c.collections.models import (
    Backtest,
    Dispute,
    DisputeFile,
    DisputeSuggestion,
    IncomingMail,
    Inquiry,
    InquiryAnswer,
    Notice,
    NoticeApproval,
    PaymentPlan,
    Placement,
    Strategy,
    StrategyRule,
    Target,
    Task,
    Trial,
)
from o2c.core.actors import SYSTEM
from o2c.core.api.endpoints import Endpoint
from o2c.core.api.models import ApiKey
from o2c.core.api.scopes import SCOPES
from o2c.core.models import Message, Role
from o2c.core.rights import RIGHTS
from o2c.invoicing.models import (
    Allocation,
    BankDetailChange,
    BankLine,
    BillingRun,
    Collection,
    DebitRun,
    Deduction,
    Entry,
    Invoice,
    Mandate,
    MatchProposal,
    Netting,
    NettingAgreement,
    OpenItem,
    Payable,
    Receipt,
    Refund,
    Transfer,
    WriteOff,
)
from o2c.orders.models import (
    Account,
    Contact,
    Contract,
    ContractPrice,
    CreditDecision,
    CreditLimit,
    CreditPolicy,
    CreditReview,
    Customer,
    Delivery,
    DeliveryLine,
    ListPrice,
    PaymentTerms,
    PriceList,
    PriceListChoice,
)
from tests.api.books import book
from tests.api.conftest import Caller


def needs_pk(name: str) -> bool:
    return next("pk" in pattern.pattern.converters for pattern in urlpatterns if pattern.name == name)


OPEN_TO_ALL = {"schema", "docs", "elsewhere"}
ENDPOINTS = {
    pattern.name: pattern.callback.cls
    for pattern in urlpatterns
    if issubclass(getattr(pattern.callback, "cls", int), Endpoint)
}
OPERATIONS = [
    (name, method, getattr(endpoint, method.lower()).operation)
    for name, endpoint in ENDPOINTS.items()
    for method in ("GET", "POST", "PUT", "DELETE")
    if hasattr(endpoint, method.lower())
]
# Those of one row are asked for by it, as the row itself is.
LISTS = [name for name, method, operation in OPERATIONS if operation.pages and not needs_pk(name)]
EXTERNAL = [name for name in ENDPOINTS if name.startswith("external-")]


def address(name: str, pk: int = 1) -> str:
    return reverse(f"api:{name}", args=["erp", "1"] if name in EXTERNAL else [pk] if needs_pk(name) else [])


def test_every_address_is_an_endpoint_that_says_its_scope():
    assert {pattern.name for pattern in urlpatterns} >= OPEN_TO_ALL
    assert all(issubclass(endpoint, Endpoint) for endpoint in ENDPOINTS.values())
    assert {operation.scope for _, _, operation in OPERATIONS} == set(SCOPES)
    for name, method, operation in OPERATIONS:
        assert operation.scope.endswith(":read" if method == "GET" else ":write"), (name, method)


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done within leaves no trace: what is true of each address is asked of all of them in one book."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_no_operation_without_its_scope(key):
    nobody = Caller(None)
    alone = {scope: key(scopes=[scope]) for scope in SCOPES}
    others = {scope: key(scopes=set(SCOPES) - {scope}) for scope in SCOPES}
    for name, method, operation in OPERATIONS:
        needed, body, where = operation.scope, {} if method != "GET" else None, (name, method)
        with taken_back():
            assert nobody.call(method, address(name), body).status_code == 401, where
            refused = others[needed].call(method, address(name), body)
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden"), where
            assert needed in refused.json()["detail"], where
            once = f"{name}-{method}" if method == "POST" else None
            answer = alone[needed].call(method, address(name), body, Idempotency_Key=once)
            assert answer.status_code in {200, 400, 404}, (where, answer.content)


@pytest.mark.parametrize("role", Role)
def test_people_may_by_the_rights_of_their_role(given, role):
    client = Client(raise_request_exception=False)
    client.force_login(given.user("somebody", role))
    caller = Caller(None, client=client)
    for name, method, operation in OPERATIONS:
        rights = [SCOPES[operation.scope].right, *([operation.right] if operation.right else [])]
        allowed = all(right is not None and role in RIGHTS[right] for right in rights)
        answer = caller.call(method, address(name), {} if method != "GET" else None)
        assert (answer.status_code != 403) is allowed, (name, method, answer.status_code)
        assert answer.status_code in {200, 400, 403, 404}, (name, method, answer.status_code)


# --- Legal entities


@pytest.fixture
def two_books(given):
    """The same things in two legal entities; the second's are returned by the name of their address."""
    book(given, "DE1", "EUR")
    return book(given, "GB1", "GBP")


@pytest.fixture
def german(key, given, two_books) -> Caller:
    return key(entities=[given.entity("DE1")])


SHARED = {"terms", "terms-list", "dunning-policies", "dunning-policy", "activate-dunning-policy"}
SHARED |= {"carriers", "carrier"}
SHARED |= {"queues", "queue", "preview-queue", "products", "product", "external-product"}
OF = {
    "validate-order": "order", "cancel-order": "order",
    **{f"{act}-contract": "contract" for act in ("activate", "end", "renew")}, "contract-prices": "contract",
    "list-prices": "price-list", "account-price": "account", "account-price-lists": "account",
    "end-contract-price": "contract-price", "end-list-price": "list-price",
    **{f"{act}-delivery": "delivery" for act in ("ship", "deliver", "prove", "cancel")}, "delivery-proof": "delivery",
    "delivery-customs-invoice": "delivery",
    "accept-differences": "invoice",
    "cancel-item": "item", "reverse-receipt": "receipt", "undo-allocation": "allocation", "done-task": "task",
    "snooze-task": "task", "note-task": "task", "give-task": "task",
    "issue-invoice": "invoice", "cancel-invoice": "invoice",
    "credit-invoice": "invoice", "invoice-document": "invoice",
    **{f"invoice-{syntax}": "invoice" for syntax in ("ubl", "cii", "facturx")}, "statement-document": "statement",
    "send-invoice": "invoice", "apply-match-proposal": "match-proposal", "reject-match-proposal": "match-proposal",
    "undo-match-proposal": "match-proposal", "match-bank-line": "bank-line",
    "return-receipt": "receipt", "end-deduction": "deduction", "undo-transfer": "transfer",
    "approve-write-off": "write-off", "refuse-write-off": "write-off", "withdraw-write-off": "write-off",
    "reverse-write-off": "write-off", "approve-refund": "refund", "refuse-refund": "refund",
    "withdraw-refund": "refund", "pay-refund": "refund", "approve-bank-detail-change": "bank-detail-change",
    "refuse-bank-detail-change": "bank-detail-change", "withdraw-bank-detail-change": "bank-detail-change",
    "call-bank-detail-change": "bank-detail-change",
    "customer-served": "customer", "order-served": "order", "take-back-work": "work-record",
    "end-target": "target", "item-dunning": "item", "customer-score": "customer", "end-dunning-pilot": "dunning-pilot",
    "end-dunning-trial": "dunning-trial", "dunning-trial-report": "dunning-trial",
    "approve-notice": "notice", "leave-out-notice": "notice", "approve-run-notices": "run",
    **{f"{act}-message{more}": "message" for act, more in (("send", "-again"), ("settle", "-as-sent"))},
    "give-message-up": "message", "accept-suggestion": "mail", "dismiss-suggestion": "mail",
    **{f"{act}-mail": "mail" for act in ("lay", "answer", "settle", "reopen")},
    "withdraw-payment-plan": "payment-plan", "attach-to-dispute": "dispute",
    **{f"{act}-dispute-suggestion": "dispute-suggestion" for act in ("accept", "dismiss")},
    "remove-dispute-file": "dispute-file",
    **{f"{act}-inquiry": "inquiry" for act in ("answer", "close", "reopen", "note", "dispute")},
    **{f"{act}-dispute": "dispute" for act in ("resolve", "withdraw", "take-back", "note")},
    "credit-policy": "entity", "end-credit-limit": "credit-limit", "account-exposure": "account",
    **{f"{act}-order": "order" for act in ("confirm", "release", "reject")},
    **{f"{act}-review": "credit-review" for act in ("approve", "refuse", "withdraw")},
    "entity-strategy": "entity", "preview-strategy": "entity",
    **{f"{act}-interest-note": "interest-note" for act in ("waive", "reverse", "send")},
    "interest-note-document": "interest-note",
    **{f"{act}-placement": "placement" for act in ("recall", "give-back")}, "placement-file": "placement",
    "join-remittance-advice": "remittance-advice", "part-remittance-advice": "remittance-advice",
    "set-aside-bank-line": "bank-line", "take-back-bank-line": "bank-line",
    **{f"{act}-mandate": "mandate" for act in ("activate", "amend", "cancel")},
    **{f"{act}-netting": "netting" for act in ("approve", "refuse", "withdraw", "undo", "taken-over", "taken-back")},
    **{f"{act}-debit-run": "debit-run" for act in ("approve", "refuse", "withdraw", "export")},
}  # fmt: skip
ASKED = {
    "account-price": "?product=P1",
    "prove-delivery": "?by=x",
    "customer-served": "?entity=DE1&since=2026-01-01&until=2026-12-31",
}
PRICE = {"product": "P1", "price": "1", "valid_from": "2199-01-01"}
FULL = {
    "list-prices": PRICE,
    "contract-prices": PRICE,
    "end-list-price": {"last_day": "2199-01-01"},
    "end-contract-price": {"last_day": "2199-01-01"},
    "account-price-lists": {"price_list": None, "valid_from": "2199-01-01"},
    **{f"{act}-order": {"reason": "x"} for act in ("release", "reject", "cancel")},
    "order": {"customer": {"number": "DE1-C"}},
    "cancel-delivery": {"reason": "x"},
    "accept-differences": {"reason": "x"},
    "approve-review": {"amount": {"amount": "1.00", "currency": "EUR"}},
    "refuse-review": {"note": "x"},
    "end-credit-limit": {"last_day": "2199-01-01"},
    "credit-policy": {"broken_days": 30},
    "end-contract": {"last_day": "2199-01-01", "reason": "x"},
    "renew-contract": {"number": "x", "begins_on": "2199-01-01"},
    "snooze-task": {"until": "2199-01-01"},
    "note-task": {"text": "x"},
    "give-task": {"queue": "collections"},
    "match-bank-line": {"customer": {"number": "DE1-C"}, "splits": []},
    **{f"refuse-{name}": {"note": "x"} for name in ("write-off", "refund", "bank-detail-change", "netting")},
    "undo-netting": {"because": "x"},
    "call-bank-detail-change": {"contact": 1, "spoke_with": "x"},
    "set-aside-bank-line": {"reason": "x"},
    "amend-mandate": {"iban": "DE75512108001245126199"},
    "cancel-mandate": {"reason": "x"},
    "refuse-debit-run": {"note": "x"},
    "leave-out-notice": {"reason": "x"},
    "pay-refund": {"bank_line": 1},
    "end-dunning-trial": {"concluded": "x"},
    "end-target": {"from_on": "2199-01-01"},
    **{f"{act}-interest-note": {"reason": "x"} for act in ("waive", "reverse")},
    **{f"{act}-placement": {"reason": "x"} for act in ("recall", "give-back")},
    "withdraw-payment-plan": {"reason": "x"},
    "resolve-dispute": {"how": "rejected", "note": "x"},
    "note-dispute": {"text": "x"},
    "answer-inquiry": {"how": "phone", "text": "x"},
    "close-inquiry": {"note": "x"},
    "note-inquiry": {"text": "x"},
    "dispute-inquiry": {"item": 1, "reason": "x"},
    "entity-strategy": {"rules": []},
    "preview-strategy": {"rules": []},
    "join-remittance-advice": {"bank_line": 1},
    **{f"{act}-suggestion": {"about": "promise"} for act in ("accept", "dismiss")},
    "lay-mail": {"customer": {"number": "DE1-C"}},
    "answer-mail": {"text": "x"},
    "invoice": {"customer": {"number": "DE1-C"}, "currency": "EUR", "issued_on": "2026-03-01"},
}


def everything() -> list:
    """All that there is in the tables the API writes."""
    tables = (Customer, Account, Contact, OpenItem, Receipt, Allocation, Task, Entry, PaymentTerms, Invoice)
    tables += (MatchProposal, BankLine)
    tables = (
        Customer, Account, Contact, OpenItem, Receipt, Allocation, Task, Entry, PaymentTerms, Invoice, WriteOff, Refund,
        BankDetailChange, Deduction, Transfer, Mandate, DebitRun, Collection, Notice, NoticeApproval, Message,
        IncomingMail, Backtest, Trial, Placement, PaymentPlan, Dispute, DisputeFile,
        DisputeSuggestion, Strategy, StrategyRule, Target, Inquiry, InquiryAnswer, Contract, ContractPrice, PriceList,
        ListPrice, PriceListChoice, CreditLimit, CreditPolicy, CreditDecision, CreditReview, Delivery, DeliveryLine,
        BillingRun, Netting, NettingAgreement, Payable,
    )  # fmt: skip
    return [sorted(table.objects.values_list(), key=str) for table in tables]


def people(given):
    user = given.user("german", Role.COLLECTOR, Role.CASH_CLERK, Role.FINANCE_MANAGER, entities=[given.entity("DE1")])
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return Caller(None, client=client)


def test_no_list_has_a_row_of_another_entity(german, api, given, two_books):
    person = people(given)
    for name in (name for name in LISTS if name not in SHARED):
        mine, all_rows = german.get(address(name)), api.get(address(name))
        assert mine.status_code == all_rows.status_code == 200, name
        assert len(all_rows.json()["data"]) == 2 * len(mine.json()["data"]) > 0, name
        assert "GB1" not in mine.content.decode(), name
        assert person.get(address(name)).json()["data"] == mine.json()["data"], name
        for parameter in ("entity=GB1", f"customer={two_books['customer'].pk}"):
            if parameter.split("=")[0] in ENDPOINTS[name].get.operation.query().fields:
                assert german.get(f"{address(name)}?{parameter}").json()["data"] == [], name
                assert api.get(f"{address(name)}?{parameter}").json()["data"] != [], name


def test_no_row_of_another_entity_is_read_or_written(german, given, two_books):
    person, before = people(given), everything()
    for name, method, _ in OPERATIONS:
        if not needs_pk(name) or name in SHARED:
            continue
        path = address(name, two_books[OF.get(name, name)].pk) + ASKED.get(name, "")
        with taken_back():
            answer = german.call(
                method,
                path,
                FULL.get(name, {}) if method != "GET" else None,
                Idempotency_Key=f"{name}-{method}" if method == "POST" else None,
            )
            told = (answer.status_code, answer.json()["type"])
            assert told == (404, "/problems/not-found"), (name, method, answer.content)
            if method == "GET":
                assert person.get(path).status_code == 404, name
            else:
                assert everything() == before, (name, method)


def test_no_key_of_another_entity_is_read(german, api, two_books):
    letters = {
        "customer": "C",
        "account": "A",
        "contact": "K",
        "receipt": "R",
        "payable": "P",
        "invoice": "I",
        "price-list": "P",
        "contract": "T",
        "order": "O",
        "delivery": "D",
    }
    for name in (name for name in EXTERNAL if name not in SHARED):
        subject = name.removeprefix("external-")
        if subject == "item":
            keys = OpenItem.objects.values_list("source", "external_id").get(number="GB1-1")
        else:
            keys = ("erp", f"GB1-{letters[subject]}")
        path = reverse(f"api:{name}", args=keys)
        assert api.get(path).status_code == 200, name
        assert german.get(path).status_code == 404, name


def test_nothing_of_another_entity_can_be_named_in_a_body(german, given, two_books):
    customer, mine = two_books["customer"], Customer.objects.get(number="DE1-C")
    day = {"issued_on": "2026-03-01", "due_on": "2026-03-31"}
    received = {"received_on": "2026-03-01"}
    by_key = {"source": "erp", "external_id": "GB1-C"}
    euro, pound = ({"amount": "1.00", "currency": code} for code in ("EUR", "GBP"))
    theirs = Receipt.objects.get(external_id="GB1-R").item_id
    ours = Receipt.objects.get(external_id="DE1-R").item_id
    dated = {"currency": "EUR", "issued_on": "2026-03-01"}
    owed = {"amount": euro, "open_amount": euro, "as_of": "2026-03-01", **day}
    signed = {"signed_on": "2026-03-01", "iban": "DE75512108001245126199"}
    plan = {"items": [two_books["item"].pk], "instalments": [{"due_on": "2199-01-01", "amount": pound}]}
    our_line = BankLine.objects.get(entity__code="DE1", amount=3).pk
    invoice, our_draft = two_books["invoice"], Invoice.objects.get(entity__code="DE1")
    agreed = {"number": "n", "name": "n", "begins_on": "2199-01-01"}
    our_account = Account.objects.get(customer=mine).pk
    their_line = two_books["delivery"].lines.get().order_line_id
    their_order = two_books["delivery"].lines.get().order_line.order_id
    our_delivery = Delivery.objects.get(entity__code="DE1").pk
    our_mail = IncomingMail.objects.get(entity__code="DE1").pk
    their_team = teams.create(
        "theirs", name="x", lead=None, members=[two_books["target"].user], queues=[], actor=SYSTEM
    ).code
    target = {"what": "tasks", "count": 1, "from_on": "2199-01-01"}
    cases = [
        ("PUT", "/open-items/external/x/1", {"entity": "GB1", "customer": {"id": mine.pk}, "amount": euro, **day}),
        ("PUT", "/open-items/external/x/1", {"entity": "DE1", "customer": {"id": customer.pk}, "amount": euro, **day}),
        ("PUT", "/open-items/external/x/1", {"entity": "DE1", "customer": {"number": "GB1-C"}, "amount": euro, **day}),
        ("POST", "/receipts", {"entity": "GB1", "customer": {"id": mine.pk}, "amount": euro, **received}),
        ("PUT", "/receipts/external/x/1", {"entity": "DE1", "customer": by_key, "amount": euro, **received}),
        ("POST", "/allocations", {"credit_item": theirs, "splits": [{"item": two_books["item"].pk, "amount": euro}]}),
        ("POST", "/allocations", {"credit_item": ours, "splits": [{"item": two_books["item"].pk, "amount": euro}]}),
        ("POST", f"/bank-lines/{our_line}/match", {"customer": {"id": customer.pk}, "splits": []}),
        (
            "POST", f"/bank-lines/{our_line}/match",
            {"customer": {"id": mine.pk}, "splits": [{"item": two_books["item"].pk, "amount": euro}]},
        ),
        ("POST", "/write-offs", {"item": two_books["item"].pk, "amount": pound, "reason": "x"}),
        ("POST", "/deductions", {"item": two_books["item"].pk, "amount": pound, "reason": "price"}),
        ("POST", "/disputes", {"item": two_books["item"].pk, "reason": "x"}),
        ("POST", "/refunds", {"item": theirs, "amount": pound, "iban": "x", "reason": "x"}),
        ("PUT", "/payables/external/x/1", {"entity": "GB1", "customer": {"id": mine.pk}, **owed}),
        ("PUT", "/payables/external/x/1", {"entity": "DE1", "customer": {"id": customer.pk}, **owed}),
        ("POST", "/nettings", {"agreement": two_books["netting"].agreement_id, "currency": "GBP", "reason": "x"}),
        ("POST", "/mandates", {"entity": "GB1", "customer": {"id": mine.pk}, **signed}),
        ("POST", "/mandates", {"entity": "DE1", "customer": {"id": customer.pk}, **signed}),
        ("POST", "/dunning-pilots", {"entity": "GB1"}),
        (
            "POST", "/dunning-trials",
            {
                "entity": "GB1", "champion": "standard", "challenger": "firm", "share": 50,
                "first_on": "2199-01-01", "until": "2199-02-01",
            },
        ),
        ("POST", "/debit-runs", {"bank_account": two_books["bank-account"].pk, "due_until": "2026-03-02"}),
        ("POST", "/moves", {"item": theirs, "customer": {"id": mine.pk}, "amount": pound, "reason": "x"}),
        ("POST", "/moves", {"item": ours, "customer": {"id": customer.pk}, "amount": euro, "reason": "x"}),
        ("POST", "/exchanges", {"item": theirs, "amount": pound, "currency": "EUR"}),
        ("POST", "/bank-detail-changes", {"customer": {"id": customer.pk}, "iban": "x", "way": "email", "reason": "x"}),
        ("POST", "/invoices", {"entity": "GB1", "customer": {"id": mine.pk}, **dated}),
        ("POST", "/invoices", {"entity": "DE1", "customer": {"id": customer.pk}, **dated}),
        ("POST", "/invoices", {"entity": "DE1", "customer": {"id": mine.pk}, **dated, "corrects": invoice.pk}),
        ("PUT", "/invoices/external/erp/GB1-I", {"entity": "GB1", "customer": {"id": mine.pk}, **dated}),
        ("PUT", f"/invoices/{our_draft.pk}", {"customer": {"id": customer.pk}, **dated}),
        ("POST", "/payment-plans", plan | {"entity": "GB1", "customer": {"id": customer.pk}}),
        ("POST", "/payment-plans", plan | {"entity": "DE1", "customer": {"id": mine.pk}}),
        ("POST", "/targets", {"person": "GB1-collector"} | target),
        ("POST", "/targets", {"team": their_team} | target),
        (
            "POST", "/targets",
            {"person": "DE1-collector", "what": "promised", "entity": "GB1", "amount": pound, "from_on": "2199-01-01"},
        ),
        ("POST", "/tasks", {"entity": "GB1", "customer": {"id": mine.pk}, "why": "x"}),
        ("POST", "/tasks", {"entity": "DE1", "customer": {"id": customer.pk}, "why": "x"}),
        ("POST", "/backtests", {"entity": "GB1", "policy": 1}),
        ("POST", f"/mails/{our_mail}/customer", {"customer": {"id": customer.pk}}),
        (
            "POST", f"/mails/{our_mail}/accept-suggestion",
            {"about": "promise", "items": [{"item": two_books["item"].pk}]},
        ),
        ("POST", "/price-lists", {"entity": "GB1", "code": "n", "name": "n", "currency": "GBP"}),
        ("PUT", "/price-lists/external/erp/9", {"entity": "GB1", "code": "n", "name": "n", "currency": "GBP"}),
        ("POST", "/orders", {"entity": "GB1", "customer": {"id": mine.pk}}),
        ("POST", "/orders", {"entity": "DE1", "customer": {"id": customer.pk}}),
        ("PUT", "/orders/external/erp/9", {"entity": "DE1", "customer": {"id": customer.pk}}),
        ("PUT", "/orders/external/erp/GB1-O", {"entity": "GB1", "customer": {"id": mine.pk}}),
        ("POST", "/deliveries", {"lines": [{"order_line": their_line, "quantity": "1"}]}),
        ("POST", "/deliveries", {"order": their_order}),
        ("PUT", f"/deliveries/{our_delivery}", {"lines": [{"order_line": their_line, "quantity": "1"}]}),
        ("PUT", "/deliveries/external/erp/GB1-D", {"lines": [{"order_line": their_line, "quantity": "2"}]}),
        ("POST", "/billing-runs", {"entity": "GB1"}),
        ("POST", "/billing-runs", {"entity": "DE1", "customers": [customer.pk]}),
        ("POST", "/contracts", agreed | {"entity": "GB1", "customer": {"id": mine.pk}}),
        ("POST", "/contracts", agreed | {"entity": "DE1", "customer": {"id": customer.pk}}),
        ("PUT", "/contracts/external/erp/9", agreed | {"entity": "DE1", "customer": {"id": customer.pk}}),
        ("PUT", f"/accounts/{our_account}/price-lists", {"price_list": "GB1-P", "valid_from": "2199-01-01"}),
        ("POST", "/contacts", {"customer": {"id": customer.pk}, "name": "x"}),
        ("PUT", "/contacts/external/erp/GB1-K", {"customer": {"id": customer.pk}, "name": "x"}),
        ("POST", "/accounts", {"customer": {"id": mine.pk}, "entity": "GB1"}),
        ("PUT", "/accounts/external/erp/9", {"customer": {"id": customer.pk}, "entity": "DE1"}),
        ("POST", "/customers", {"number": "n", "name": "n", "entities": ["GB1"]}),
        ("POST", "/customers", {"number": "n", "name": "n", "parent": {"id": customer.pk}}),
    ]  # fmt: skip
    before = everything()
    for number, (method, path, body) in enumerate(cases):
        answer = german.call(method, path, body, Idempotency_Key=f"k{number}" if method == "POST" else None)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/validation"), (
            path,
            body,
            answer.content,
        )
        assert [error["code"] for error in answer.json()["errors"]] == ["unknown"], answer.content
    for method, path, body in (
        ("PUT", "/customers/external/erp/GB1-C", {"name": "taken"}),
        ("PUT", "/customers/external/x/GB1-C", {"name": "taken"}),
        ("PUT", "/contacts/external/erp/GB1-K", {"customer": {"id": mine.pk}, "name": "taken"}),
        ("PUT", "/accounts/external/erp/GB1-A", {"customer": {"id": mine.pk}, "entity": "DE1"}),
    ):
        assert german.call(method, path, body).status_code == 409, path
    terms = {"code": "x", "name": "x", "kind": "net", "days": 1}
    assert german.post("/payment-terms", terms).status_code == 403
    assert german.post("/products", {"number": "n", "name": "n"}).status_code == 403
    assert german.put("/products/external/erp/9", {"name": "n"}).status_code == 403
    assert everything() == before


def test_a_key_of_one_entity_sees_the_customer_it_makes(german):
    made = german.put("/customers/external/erp/new", {"name": "New"})
    assert made.status_code == 201, made.content
    assert german.get("/customers/external/erp/new").json() == made.json()
    assert list(Account.objects.filter(customer=made.json()["id"]).values_list("entity__code", flat=True)) == ["DE1"]


def test_a_key_without_any_entity_sees_nothing(key, two_books):
    nobody = key(entities=[])
    assert ApiKey.objects.get(pk=nobody.key.pk).all_entities is False
    for name in LISTS:
        if name not in SHARED:
            assert nobody.get(address(name)).json()["data"] == []


def test_a_list_of_one_entity_reads_no_more_tables_than_one_of_all(german, api, two_books, django_assert_num_queries):
    german.get("/open-items")
    with django_assert_num_queries(2):
        german.get("/open-items")
    assert connection.vendor == "postgresql"
