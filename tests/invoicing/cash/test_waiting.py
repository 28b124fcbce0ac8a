"""What waits for a second person stands in Approvals and in the navigation, runs of direct debits among it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.core.actors import Actor
from o2c.core.models import Role, User
from o2c.invoicing.cash import details, refunds, waiting, writeoffs
from o2c.invoicing.models import DebitRun
from tests.given import DAY
from tests.invoicing.cash.conftest import STRANGERS, THEIRS
from tests.invoicing.direct_debit.given import Debits

pytestmark = pytest.mark.django_db


@pytest.fixture
def debits(given, bank) -> Debits:
    return Debits(given)


@pytest.fixture
def run(debits) -> DebitRun:
    debits.owed(debits.mandate())
    return debits.proposed()


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def test_a_run_is_approved_from_approvals_by_the_act_of_its_own_page(run, debits):
    boss, clerk = signed_in(debits.boss), signed_in(debits.clerk)
    page = boss.get(reverse("approvals")).content.decode()
    approve = reverse("approve_debits", args=[run.pk])
    assert approve in page
    assert reverse("debit_run", args=[run.pk]) in page
    own = clerk.get(reverse("approvals")).content.decode()
    assert approve not in own
    assert reverse("withdraw_debits", args=[run.pk]) in own
    assert boss.post(approve, {"note": ""}).status_code == 302
    run.refresh_from_db()
    assert run.state == "approved"
    assert approve not in boss.get(reverse("approvals")).content.decode()
    assert reverse("debit_run", args=[run.pk]) in boss.get(reverse("approvals") + "?show=decided").content.decode()


def test_who_sees_another_legal_entity_sees_no_run(given, run):
    stranger = given.user("stranger", Role.FINANCE_MANAGER, entities=[given.entity("AT1")])
    client = Client()
    client.force_login(stranger)
    assert reverse("debit_run", args=[run.pk]) not in client.get(reverse("approvals")).content.decode()
    assert waiting.count(stranger) == 0


def test_the_navigation_counts_what_the_person_may_decide(given, bank, run, debits, clerk):
    manager = given.user("counting", Role.FINANCE_MANAGER)
    item = given.open_item("500.00 EUR")
    writeoffs.write_off(item, Decimal(500), kind="bad_debt", reason="Insolvent", on=DAY, actor=clerk)
    own = given.open_item("400.00 EUR")
    writeoffs.write_off(own, Decimal(400), kind="bad_debt", reason="x", on=DAY, actor=Actor.of(manager))
    details.ask(item.customer, iban=STRANGERS, way="letter", reason="New", actor=clerk)  # nobody has called yet
    credit = bank.receipt("60.00 EUR", customer=given.customer(), on=DAY - timedelta(days=60))
    for _ in range(2):  # the second is held
        refunds.ask(credit.item, Decimal(30), iban=THEIRS, reason="x", on=DAY, actor=clerk)
    # a write-off, a refund, a run
    assert waiting.count(manager) == 3
    client = Client()
    client.force_login(manager)
    assert '3<span class="visually-hidden"> to decide' in client.get(reverse("approvals")).content.decode()
    assert waiting.count(given.user("looking", Role.AUDITOR)) == 0
    client.post(reverse("approve_debits", args=[run.pk]), {"note": ""})
    assert '2<span class="visually-hidden"> to decide' in client.get(reverse("approvals")).content.decode()


def test_the_first_of_two_approvers_is_not_asked_again(given, bank, clerk, manager):
    credit = bank.receipt("20000.00 EUR", customer=given.customer(), on=DAY - timedelta(days=60))
    asked = refunds.ask(credit.item, Decimal(20000), iban=THEIRS, reason="x", on=DAY, actor=clerk)
    person = User.objects.get(pk=manager.user_id)
    assert waiting.count(person) == 1
    refunds.approve(asked, on=DAY, actor=manager)
    waiting.forget(person)
    assert waiting.count(person) == 0
    assert waiting.count(given.user("second", Role.FINANCE_MANAGER)) == 1
