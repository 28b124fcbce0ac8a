"""Disputes in the browser: found, opened from where people are, worked on, and ended in each way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections import disputes, worklist
from o2c.collections.disputes import following
from o2c.collections.models import Dispute, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from o2c.invoicing.models import CreditRequest, Invoice, OpenItem, ReasonCode
from o2c.wiring import handle_events


@pytest.fixture
def collector(given):
    return given.user("anna", Role.COLLECTOR)


@pytest.fixture
def client(collector) -> Client:
    client = Client()
    client.force_login(collector)
    return client


@pytest.fixture
def today(given):
    return clock.today(given.entity().time_zone)


@pytest.fixture
def item(given, today) -> OpenItem:
    """119.00 EUR of an invoice issued here, ten days late."""
    return OpenItem.objects.get(entry=given.invoice("100.00 EUR", on=today - timedelta(days=40)).entry_id)


@pytest.fixture
def opened(item, today):
    def opened(amount="23.80", *, of=None, code="price", on=None) -> Dispute:
        return disputes.open(
            of or item, code=ReasonCode.objects.get(code=code), reason="Too dear", on=on or today, actor=SYSTEM,
            amount=amount and Decimal(amount),
        )  # fmt: skip

    return opened


def rows(client: Client, **asked) -> list[Dispute]:
    answer = client.get(reverse("disputes"), asked)
    assert answer.status_code == 200
    return list(answer.context["page"])


def errors(answer, field: str) -> str:
    assert answer.status_code == 422
    return " ".join(answer.context["form"].errors.get(field, []))


# --- The list


def test_the_list_is_filtered_and_says_what_it_comes_to(client, collector, given, item, opened, today):
    mine = opened(on=today - timedelta(days=60))
    disputes.change(mine, to=collector, state="customer", actor=SYSTEM)
    dollars = opened(None, of=given.open_item("70.00 USD"), code="quality")
    ended = opened(None, of=given.open_item("9.00 EUR"))
    disputes.resolve(ended, "rejected", note="No", on=today, actor=SYSTEM)
    assert rows(client) == [mine, dollars]
    assert rows(client, show="resolved") == [ended]
    assert rows(client, show="all") == [ended, dollars, mine]
    assert rows(client, owner="me") == [mine]
    assert rows(client, code="quality") == [dollars]
    assert rows(client, late="on") == [mine]
    assert rows(client, customer=item.customer.number) == [mine]
    assert rows(client, customer="nobody") == []
    assert rows(client, entity="DE1", show="customer") == [mine]
    assert rows(client, show="asked") == []
    assert rows(client, show="nonsense", owner="user-x", code="nonsense") == [mine, dollars]
    assert client.get(reverse("disputes")).context["totals"] == [
        ("EUR", 1, Decimal("23.80")),
        ("USD", 1, Decimal("70.00")),
    ]


def test_of_what_is_paid_meanwhile_nothing_is_contested_in_the_list(client, given, item, opened):
    opened()
    given.pay(item, "110.00 EUR")
    assert [row.contested for row in rows(client)] == [Decimal("9.00")]


def test_an_empty_list_says_what_to_do(client, given):
    given.entity()
    assert "Nothing is contested" in client.get(reverse("disputes")).content.decode()
    assert "No dispute fits" in client.get(reverse("disputes"), {"show": "all"}).content.decode()


# --- Opening


def test_from_a_customer_one_of_its_items_is_chosen(client, item, given, today):
    other = given.open_item("9.00 EUR", customer=item.customer)
    url = reverse("dispute_of", args=[item.customer_id])
    task = worklist.create(
        entity=item.entity, customer=item.customer, kind=Task.Kind.MANUAL, why="x", due_on=today, actor=SYSTEM
    )
    wrong = client.post(f"{url}?task={task.pk}", {"item": item.pk, "reason": "Dear", "amount": "119.01"})
    assert "at most what is open: 119.00 EUR" in errors(wrong, "amount")
    made = client.post(
        f"{url}?task={task.pk}", {"item": item.pk, "reason": "Dear", "code": "price", "amount": "19"}, follow=True
    )
    assert made.redirect_chain[-1][0] == reverse("task", args=[task.pk])
    dispute = Dispute.objects.get()
    assert (dispute.item, dispute.amount, dispute.code.code) == (item, 19, "price")
    assert dispute.activities.get().task == task
    assert list(client.get(url).context["form"].fields["item"].queryset) == [other], "what is in dispute is not offered"


def test_a_customer_that_owes_nothing_has_nothing_to_contest(client, item, given):
    given.pay(item)
    answer = client.get(reverse("dispute_of", args=[item.customer_id]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("customer", args=[item.customer_id])


# --- The case


def test_a_case_is_changed_and_the_second_is_told_what_changed(client, collector, opened, item, today):
    dispute = opened()
    url = reverse("change_dispute", args=[dispute.pk])
    form = client.get(url).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"cause": "carrier", "to": f"user-{collector.pk}"}
    assert client.post(url, sent).status_code == 302
    dispute.refresh_from_db()
    assert (dispute.cause, dispute.owner, dispute.amount) == ("carrier", collector, Decimal("23.80"))
    second = client.post(url, sent | {"cause": "pricing"})
    assert second.status_code == 422
    assert "anna: Cause: Carrier. With anna." in str(second.context["form"].non_field_errors())
    assert "Cause: Carrier" in client.get(reverse("dispute", args=[dispute.pk])).content.decode()


def test_a_credit_past_the_limit_waits_and_can_be_taken_back(client, given, opened, item, collector):
    dispute = opened()
    url = reverse("resolve_dispute", args=[dispute.pk, "credited"])
    form = client.get(url).context["form"]
    assert form["amount"].value() == "23.80"
    sent = {"amount": "23.80", "note": "Price of the offer", "cause": "pricing", "seen": form["seen"].value()}
    assert "Say why" not in errors(client.post(url, sent | {"note": ""}), "note")
    client.post(url, sent)
    page = client.get(reverse("dispute", args=[dispute.pk])).content.decode()
    assert "waits for somebody else’s approval" in page
    client.post(reverse("take_back_dispute", args=[dispute.pk]))
    dispute.refresh_from_db()
    assert dispute.state == "open"
    form = client.get(url).context["form"]
    client.post(url, sent | {"seen": form["seen"].value()})
    boss = Client()
    boss.force_login(given.user("boss", Role.FINANCE_MANAGER))
    waits = boss.get(reverse("approvals"))
    assert [row.state for row in waits.context["credit"]] == ["asked"]
    asked = CreditRequest.objects.get(state="asked")
    boss.post(reverse("approve_request", args=["credit", asked.pk]), {"note": ""})
    handle_events()
    dispute.refresh_from_db()
    note = Invoice.objects.get(kind="credit_note")
    assert (dispute.resolution, note.payable) == ("credited", Decimal("23.80"))
    page = client.get(reverse("dispute", args=[dispute.pk])).content.decode()
    assert reverse("invoice", args=[note.pk]) in page
    assert "Credit note" in boss.get(reverse("approvals"), {"show": "decided"}).content.decode()


def test_a_refused_credit_says_so_in_the_case(client, given, opened):
    dispute = opened()
    client.post(
        reverse("resolve_dispute", args=[dispute.pk, "credited"]), {"amount": "23.80", "note": "Offer", "cause": ""}
    )
    boss = Client()
    boss.force_login(given.user("boss", Role.FINANCE_MANAGER))
    asked = CreditRequest.objects.get()
    boss.post(reverse("refuse_request", args=["credit", asked.pk]), {"note": "The price was right"})
    handle_events()
    page = client.get(reverse("dispute", args=[dispute.pk])).content.decode()
    assert "Credited refused by boss: The price was right" in page


def test_a_rejection_writes_to_the_customer_where_something_is_written(client, opened, item):
    dispute = opened()
    url = reverse("resolve_dispute", args=[dispute.pk, "rejected"])
    reader = client.get(url).context["form"].readers[0]
    client.post(url, {"note": "As agreed", "cause": "", "tell_to": str(reader.pk), "letter": "The price is as agreed."})
    dispute.refresh_from_db()
    assert (dispute.resolution, Message.objects.get().recipient) == ("rejected", f"{reader.name} <{reader.email}>")


def test_what_cannot_be_is_refused_on_the_page(client, opened, given, item):
    elsewhere = opened(None, of=given.open_item("50.00 EUR"))
    url = reverse("resolve_dispute", args=[elsewhere.pk, "credited"])
    answer = client.post(url, {"amount": "50.00", "note": "x", "cause": ""})
    assert "is not kept here" in str(answer.context["form"].non_field_errors())
    assert client.get(reverse("resolve_dispute", args=[elsewhere.pk, "paid"])).status_code == 404
    assert client.get(reverse("resolve_dispute", args=[elsewhere.pk, "nonsense"])).status_code == 404
    replaced = client.post(reverse("resolve_dispute", args=[elsewhere.pk, "replaced"]), {"note": "x", "cause": ""})
    assert "is not kept here" in str(replaced.context["form"].non_field_errors())


def test_an_escalated_case_leads_from_its_task(client, collector, opened, item):
    dispute = opened()
    following.escalate(item.entity, dispute.escalates_on)
    task = Task.objects.get(kind="dispute")
    page = client.get(reverse("task", args=[task.pk])).content.decode()
    assert reverse("dispute", args=[dispute.pk]) in page
    assert rows(client, show="escalated") == [dispute]


# --- How reasons are handled


def test_an_administrator_says_how_a_reason_is_handled(given, collector):
    given.entity()
    admin = Client()
    admin.force_login(given.user("admin", Role.ADMINISTRATOR))
    quality = ReasonCode.objects.get(code="quality")
    url = reverse("dispute_rule", args=[quality.pk])
    sent = {"target_days": "4", "escalate_after": "2", "to": f"user-{collector.pk}", "escalate_to": ""}
    assert "Ensure this value" in errors(admin.post(url, sent | {"target_days": "0"}), "target_days")
    admin.post(url, sent)
    rule = quality.dispute_rule
    assert (rule.target_days, rule.escalate_after, rule.owner, rule.queue) == (4, 2, collector, None)
    assert "4 days" in admin.get(reverse("reasons")).content.decode()
