"""The pages of chronic accounts: the list, the numbers, accepting by whom may, and leaving one as it is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from o2c.collections.chronic import rules
from o2c.collections.chronic.rules import Wanted
from o2c.collections.models import ChronicDecision, ChronicRules
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.models import WriteOff
from o2c.orders.models import Account, Customer

LIST = "/chronic-accounts/"


@pytest.fixture
def entity(given):
    return given.entity(time_zone="UTC")


@pytest.fixture
def manager(given, client, entity):
    client.force_login(given.user("maria", Role.FINANCE_MANAGER))
    return client


@pytest.fixture
def debtor(given, entity) -> Customer:
    rules.change(entity, Wanted(minimum=Decimal(100)), actor=SYSTEM)
    customer = given.customer(name="Silent Ltd", entity=entity)
    given.open_item("1000.00 EUR", customer=customer, due=clock.today("UTC") - timedelta(days=120))
    return customer


def path(name: str, customer: Customer, entity) -> str:
    return reverse(name, args=[customer.pk, entity.pk])


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_without_rules_nothing_is_recommended_and_they_can_be_set(manager, entity):
    page = text(manager.get(LIST))
    assert "No account is chronic" in page
    assert "Nothing is recommended" in page
    address = reverse("chronic_rules", args=[entity.pk])
    wrong = {"overdue_days": "90", "minimum": "0", "unpaid_days": "60", "exit_days": "30", "write_off_days": ""}
    answer = manager.post(address, wrong)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"exit_days"})
    assert manager.post(address, wrong | {"exit_days": ""}).status_code == 302
    own = ChronicRules.objects.get()
    assert (own.overdue_days, own.exit_days, own.write_off_days, own.changed_by) == (90, None, None, "maria")


def test_the_list_and_the_page_say_the_numbers_and_what_is_recommended(manager, entity, debtor):
    page = text(manager.get(LIST))
    assert "Silent Ltd" in page
    assert "Credit hold" in page
    assert "Silent Ltd" not in text(manager.get(LIST, {"act": "exit"}))
    assert "No account fits" in text(manager.get(LIST, {"show": "kept"}))
    page = text(manager.get(path("chronic_account", debtor, entity)))
    assert "1,000.00 EUR overdue, the oldest for 120 days; nothing was ever paid;" in page
    assert "91 to 180" in page
    assert "Nothing yet" in page


def test_a_hold_is_accepted_with_what_was_seen(manager, entity, debtor):
    address = path("accept_chronic", debtor, entity)
    form = manager.get(address).context["form"]
    assert form.initial == {"act": "hold", "seen": 0}
    answer = manager.post(address, {"act": "hold", "seen": "0", "reason": "Nobody answers"}, follow=True)
    assert "Credit hold of Silent Ltd is accepted." in text(answer)
    account = Account.objects.get(customer=debtor)
    assert (account.standing, account.standing_reason) == ("blocked", "Nobody answers")
    assert "Silent Ltd" not in text(manager.get(LIST))
    assert "Accepted" in text(manager.get(path("chronic_account", debtor, entity)))
    again = manager.post(address, {"act": "hold", "seen": "0"})
    assert (again.status_code, "maria has decided meanwhile" in text(again)) == (422, True)


def test_a_write_off_says_what_it_asks_for_and_waits_for_somebody_else(given, manager, entity, debtor):
    given.open_item("500.00 EUR", customer=debtor, due=clock.today("UTC") - timedelta(days=400))
    address = path("accept_chronic", debtor, entity)
    assert "1 item, 500.00 EUR. Each item is asked to be written off" in text(manager.get(address))
    page = text(manager.post(address, {"act": "write_off", "seen": "0"}, follow=True))
    assert "Somebody else has not approved it yet" in page
    assert WriteOff.objects.get().state == "asked"
    assert "Silent Ltd" in text(manager.get(LIST, {"show": "accepted"}))
    assert "Silent Ltd" not in text(manager.get(LIST))


def test_an_account_is_left_as_it_is_until_a_day(manager, entity, debtor):
    address = path("keep_chronic", debtor, entity)
    until = clock.today("UTC") + timedelta(days=20)
    typed = {"act": "hold", "seen": "0", "until": until.isoformat(), "reason": ""}
    answer = manager.post(address, typed)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"reason"})
    late = typed | {"reason": "Talks", "until": clock.today("UTC").isoformat()}
    assert set(manager.post(address, late).context["form"].errors) == {"until"}
    page = text(manager.post(address, typed | {"reason": "Talks under way"}, follow=True))
    assert "by maria: Talks under way" in page
    assert "Silent Ltd" not in text(manager.get(LIST))
    assert "Silent Ltd" in text(manager.get(LIST, {"show": "kept"}))


def test_only_who_may_do_it_by_hand_accepts_it(given, client, entity, debtor):
    address = path("accept_chronic", debtor, entity)
    client.force_login(given.user("tomas", Role.COLLECTOR))
    assert client.get(LIST).status_code == 200
    assert client.post(address, {"act": "hold", "seen": "0"}).status_code == 403
    client.force_login(given.user("credit", Role.CREDIT_ANALYST))
    assert client.post(address, {"act": "write_off", "seen": "0"}).status_code == 403
    assert client.post(address, {"act": "hold", "seen": "0"}).status_code == 302
    assert ChronicDecision.objects.get().decided_by == "credit"


def test_another_legal_entitys_is_not_there(given, client, entity, debtor):
    client.force_login(given.user("eva", Role.FINANCE_MANAGER, entities=[given.entity("FR1")]))
    assert "Silent Ltd" not in text(client.get(LIST))
    for name in ("chronic_account", "accept_chronic", "keep_chronic"):
        assert client.get(path(name, debtor, entity)).status_code == 404
    assert client.get(reverse("chronic_rules", args=[entity.pk])).status_code == 404
