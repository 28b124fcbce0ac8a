"""Mail over the API: laid to a customer, answered, and what it seems to say accepted or dismissed, once."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from o2c.collections.incoming import keeping
from o2c.collections.incoming.models import IncomingMail
from o2c.collections.models import Dispute, PromiseToPay, Task
from o2c.core.models import Message, Role
from tests.api.conftest import Caller
from tests.api.test_conventions import is_problem
from tests.collections.incoming.samples import letter

pytestmark = pytest.mark.django_db

NOON = "2026-03-02T12:00:00Z"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def item(given):
    given.entity(email="ar@seller.example")
    customer = given.customer()
    customer.contacts.all().delete()
    customer.contacts.create(name="Erika Muster", email="erika@kunde.example")
    return given.open_item("100.00 EUR", customer=customer, number="RE-2026-004711")


@pytest.fixture
def take(item):
    def taken(text: str, **more) -> IncomingMail:
        return keeping.take_in(letter(text, **more), mailbox="box", entity=item.entity)

    return taken


def test_a_promise_is_recorded_as_the_mail_says_it_and_once(api, take, item):
    came = take("We will pay RE-2026-004711 on 2026-03-12.")
    told = api.get(f"/mails/{came.pk}").json()
    (said,) = told["suggestions"]
    assert (said["about"], said["pay_by"], said["amount"], said["verdict"]) == ("promise", "2026-03-12", None, None)
    assert told["items"] == [item.pk]
    path = f"/mails/{came.pk}/accept-suggestion"
    done = api.post(path, {"about": "promise"}, Idempotency_Key="a")
    assert done.status_code == 200, done.content
    assert done.json()["suggestions"][0]["verdict"] == "accepted"
    promise = PromiseToPay.objects.get()
    assert (promise.amount, promise.pay_by, promise.promised_on, promise.actor) == (
        Decimal("100.00"), date(2026, 3, 12), date(2026, 3, 2), f"api key {api.key.name}",
    )  # fmt: skip
    assert is_problem(api.post(path, {"about": "promise"}, Idempotency_Key="b"), 409, "conflict")
    assert PromiseToPay.objects.count() == 1


def test_another_amount_than_its_documents_owe_is_never_guessed(api, take, item):
    came = take("We will pay 40.00 EUR of RE-2026-004711 on 2026-03-12.")
    path = f"/mails/{came.pk}/accept-suggestion"
    refused = api.post(path, {"about": "promise"})
    assert is_problem(refused, 409, "conflict")
    assert "another amount" in refused.json()["detail"]
    came.refresh_from_db()
    assert (came.verdicts, PromiseToPay.objects.count()) == ({}, 0)
    wrong = {"item": item.pk, "amount": {"amount": "40.00", "currency": "USD"}}
    assert is_problem(
        api.post(path, {"about": "promise", "items": [wrong]}), 400, "validation", "/items/0/amount/currency"
    )
    part = {"item": item.pk, "amount": {"amount": "40.00", "currency": "EUR"}}
    done = api.post(path, {"about": "promise", "items": [part], "pay_by": "2026-03-10"})
    assert done.status_code == 200, done.content
    assert PromiseToPay.objects.values_list("amount", "pay_by").get() == (Decimal("40.00"), date(2026, 3, 10))


def test_a_dispute_is_opened_in_the_words_of_the_mail(api, take, item):
    came = take("RE-2026-004711 is wrong, we never ordered these parts.")
    done = api.post(f"/mails/{came.pk}/accept-suggestion", {"about": "dispute"})
    assert done.status_code == 200, done.content
    dispute = Dispute.objects.get()
    assert (dispute.item, dispute.amount, dispute.reason) == (
        item, None, "RE-2026-004711 is wrong, we never ordered these parts.",
    )  # fmt: skip


def test_what_several_documents_are_contested_for_has_to_be_said(api, take, item, given):
    given.open_item("50.00 EUR", customer=item.customer, number="RE-2026-004712")
    came = take("RE-2026-004711 and RE-2026-004712 are wrong, we never ordered these parts.")
    path = f"/mails/{came.pk}/accept-suggestion"
    assert is_problem(api.post(path, {"about": "dispute"}), 409, "conflict")
    assert Dispute.objects.count() == 0
    part = {"item": item.pk, "amount": {"amount": "30.00", "currency": "EUR"}}
    assert api.post(path, {"about": "dispute", "items": [part], "reason": "Parts"}).status_code == 200
    assert Dispute.objects.values_list("item", "amount", "reason").get() == (item.pk, Decimal("30.00"), "Parts")


def test_a_dismissed_suggestion_is_not_accepted_afterwards(api, take):
    came = take("We will pay RE-2026-004711 on 2026-03-12.")
    gone = api.post(f"/mails/{came.pk}/dismiss-suggestion", {"about": "promise"})
    assert gone.json()["suggestions"][0]["verdict"] == "dismissed"
    refused = api.post(f"/mails/{came.pk}/accept-suggestion", {"about": "promise"})
    assert is_problem(refused, 409, "conflict")
    assert is_problem(api.post(f"/mails/{came.pk}/dismiss-suggestion", {"about": "copy"}), 409, "conflict")
    assert PromiseToPay.objects.count() == 0


def test_that_it_is_paid_is_noted_and_nothing_else_happens(api, take, item):
    came = take("We have already paid RE-2026-004711.")
    done = api.post(f"/mails/{came.pk}/accept-suggestion", {"about": "paid"})
    assert done.json()["suggestions"][0]["verdict"] == "accepted"
    item.refresh_from_db()
    assert (item.open_amount, came.state) == (Decimal("100.00"), "new")


def test_a_person_accepts_only_what_their_role_lets_them_do(api, take, given):
    came = take("We will pay RE-2026-004711 on 2026-03-12.")
    client = Client(raise_request_exception=False)
    client.force_login(given.user("clerk", Role.CASH_CLERK))
    refused = Caller(None, client=client).post(f"/mails/{came.pk}/accept-suggestion", {"about": "promise"})
    assert is_problem(refused, 403, "forbidden")
    client.force_login(given.user("collector", Role.COLLECTOR))
    done = Caller(None, client=client).post(f"/mails/{came.pk}/accept-suggestion", {"about": "promise"})
    assert done.status_code == 200, done.content
    assert PromiseToPay.objects.get().actor == "collector"


def test_a_mail_of_nobody_is_laid_to_a_customer_and_its_collector_asked(api, take, item):
    came = take("Hello", sender="who@else.example")
    assert [row["customer"] for row in api.get("/mails").json()["data"]] == [None]
    assert api.get(f"/mails?customer={item.customer_id}").json()["data"] == []
    laid = api.post(f"/mails/{came.pk}/customer", {"customer": {"id": item.customer_id}})
    assert (laid.json()["customer"], laid.json()["found_by"]) == (item.customer_id, "person")
    assert Task.objects.get().kind == Task.Kind.REPLY
    assert len(api.get(f"/mails?customer={item.customer_id}&state=new&kind=letter").json()["data"]) == 1


def test_a_mail_is_answered_and_put_aside_and_taken_up_again(api, take):
    came = take("When?")
    said = api.post(f"/mails/{came.pk}/answer", {"text": "Today."}, Idempotency_Key="a")
    assert said.json()["state"] == "done"
    assert Message.objects.get().recipient == "Erika Muster <erika@kunde.example>"
    assert is_problem(api.post(f"/mails/{came.pk}/settle", {}), 409, "conflict")
    assert api.post(f"/mails/{came.pk}/reopen", {}).json()["state"] == "new"
    assert api.post(f"/mails/{came.pk}/settle", {}).json()["state"] == "done"


def test_who_follows_mails_sees_one_again_when_it_is_judged(api, take):
    came = take("We will pay RE-2026-004711 on 2026-03-12.")
    before = api.get(f"/mails/{came.pk}")["ETag"]
    since = IncomingMail.objects.values_list("updated_at", flat=True).get()
    api.post(f"/mails/{came.pk}/dismiss-suggestion", {"about": "promise"})
    assert IncomingMail.objects.values_list("updated_at", flat=True).get() > since
    assert api.get(f"/mails/{came.pk}", If_None_Match=before).status_code == 200
