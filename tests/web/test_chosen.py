"""Open items ticked on a customer's page, and what is done with them together."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections.models import Dispute, Hold, PromiseToPay
from o2c.core import clock
from o2c.core.models import Message, Role
from o2c.invoicing.models import WriteOff


@pytest.fixture
def today(given):
    return clock.today(given.entity().time_zone)


@pytest.fixture
def customer(given):
    return given.customer("C-1")


@pytest.fixture
def items(given, customer, today):
    return [
        given.open_item(money, customer=customer, due=today - timedelta(days=days))
        for money, days in (("100.00 EUR", 30), ("4.00 EUR", 20), ("50.00 EUR", -5))
    ]


@pytest.fixture
def client(given):
    client = Client()
    client.force_login(given.user("tomas", Role.COLLECTOR, Role.CASH_CLERK))
    return client


def at(name, items) -> str:
    chosen = "&".join(f"items={item.pk}" for item in items)
    return f"{reverse(name, args=[items[0].customer_id])}?{chosen}"


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_each_item_can_be_ticked_and_acts_are_those_one_may_do(given, customer, items, client):
    url = reverse("customer", args=[customer.pk])
    page = client.get(url).content.decode()
    assert page.count('name="items"') == 3
    assert 'data-amount="100.00" data-currency="EUR"' in page
    for name in ("record_promise", "agree_plan", "dispute_items", "hold_items", "send_items", "write_off_items"):
        assert f'formaction="{reverse(name, args=[customer.pk])}"' in page
    client.force_login(given.user("audra", Role.AUDITOR))
    page = client.get(url).content.decode()
    assert 'name="items"' not in page
    assert "formaction" not in page


def test_a_promise_begins_with_what_was_ticked(items, client, today):
    page = client.get(at("record_promise", items[1:]))
    form = page.context["form"]
    assert {item.pk: field.initial for item, field in form.rows()} == {
        items[0].pk: None, items[1].pk: Decimal("4.00"), items[2].pk: Decimal("50.00"),
    }  # fmt: skip
    typed = {f"item-{items[1].pk}": "4.00", f"item-{items[2].pk}": "50.00", "pay_by": today.isoformat()}
    client.post(at("record_promise", items[1:]), typed)
    assert PromiseToPay.objects.get().amount == Decimal("54.00")


def test_the_ticked_currency_is_promised(given, customer, items, client):
    dollars = given.open_item("1.00 USD", customer=customer)
    page = client.get(at("record_promise", [dollars]))
    assert page.context["currency"] == "USD"


def test_ticked_items_are_disputed_together(items, client, today):
    page = client.get(at("dispute_items", items[:2]))
    assert f"Dispute {items[0].number}, {items[1].number}" in page.content.decode()
    assert "104.00 EUR are contested" in page.content.decode()
    answer = client.post(at("dispute_items", items[:2]), {"reason": "Damaged"}, follow=True)
    (told,) = said(answer)
    assert told.startswith(f"{items[0].number}, {items[1].number} are in dispute and not chased. ")
    assert set(Dispute.objects.values_list("item", "reason", "opened_on")) == {
        (item.pk, "Damaged", today) for item in items[:2]
    }
    again = client.post(at("dispute_items", items), {"reason": "Damaged"})
    assert (again.status_code, Dispute.objects.count()) == (422, 2)
    assert "is in dispute already" in again.content.decode()


def test_ticked_items_are_held_together(items, client, today):
    until = today + timedelta(days=7)
    client.post(at("hold_items", items[:2]), {"reason": "Talks", "until": until.isoformat()})
    assert set(Hold.objects.values_list("item", "until")) == {(item.pk, until) for item in items[:2]}
    wrong = client.post(at("hold_items", items), {"reason": "Talks", "until": "2020-01-01"})
    assert (wrong.status_code, Hold.objects.count()) == (422, 2)


def test_ticked_items_are_written_off_within_the_limit_and_asked_for_beyond(items, client):
    answer = client.post(at("write_off_items", items[:2]), {"kind": "small", "reason": "Rounded"}, follow=True)
    assert said(answer) == ["Of 2: 1 written off, 1 asked for, which somebody else approves."]
    assert set(WriteOff.objects.values_list("item", "state")) == {(items[0].pk, "asked"), (items[1].pk, "booked")}


def test_the_papers_of_ticked_items_go_once_more(given, customer, client):
    papers = [given.invoice(f"{amount}.00 EUR", customer=customer) for amount in (100, 50)]
    items = [paper.entry.items.get() for paper in papers]
    form = client.get(at("send_items", items)).context["form"]
    typed = {"contact": form.fields["contact"].choices[0][0], "note": "", "key": form.fields["key"].initial}
    for _ in range(2):
        answer = client.post(at("send_items", items), typed, follow=True)
    message = Message.objects.get()
    assert said(answer)[-1] == f"{items[0].number}, {items[1].number} are on the way to {message.recipient}."
    assert message.attachments.count() == 2


def test_what_has_no_paper_is_left_out_and_that_is_said(given, customer, items, client):
    answer = client.get(at("send_items", items[:1]), follow=True)
    assert said(answer) == [f"There is no paper of ours of {items[0].number}."]
    written = given.invoice("100.00 EUR", customer=customer).entry.items.get()
    page = client.get(at("send_items", [*items, written]))
    assert f"Send {written.number} again" in page.content.decode()
    assert "Left out: 3 of which there is no paper of ours." in page.content.decode()


@pytest.mark.parametrize("name", ["dispute_items", "hold_items", "send_items", "write_off_items"])
def test_nothing_ticked_or_two_legal_entities_lead_back(given, customer, items, client, name):
    url = reverse(name, args=[customer.pk])
    assert said(client.get(url, follow=True)) == ["Tick some open items first."]
    abroad = given.open_item("10.00 EUR", customer=customer, entity=given.entity("FR1"))
    assert said(client.get(at(name, [items[0], abroad]), follow=True)) == ["Tick items of one legal entity."]
    stranger = given.open_item("10.00 EUR")
    assert client.get(at(name, [items[0], stranger])).status_code == 404
