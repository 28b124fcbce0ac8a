"""Mandates and direct debits in the browser: from the customer's page to the bank's file, as each role."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from o2c.collections import debiting
from o2c.core.models import Role, User
from o2c.invoicing.models import DebitRun, DirectDebitRules, Mandate
from tests.invoicing.cash.conftest import everyone
from tests.invoicing.direct_debit.given import CREDITOR, THEIRS, Debits


@pytest.fixture
def debits(given) -> Debits:
    return Debits(given)


def at(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def browser(actor) -> Client:
    return at(User.objects.get(pk=actor.user_id))


def send(client, to, pk, **typed) -> str:
    """Sends a form; what the next page tells."""
    answer = client.post(reverse(to, args=[pk] if pk else []), typed)
    assert answer.status_code == 302, answer.content.decode()
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_a_mandate_from_the_paper_to_its_end(given, debits):
    customer = given.customer("K-1")
    clerk = browser(debits.clerk)
    typed = {
        "entity": "DE1", "holder": "K 1", "iban": "DE75 5121 0800 1245 1261 99", "way": "letter",
        "signed_on": debits.today.isoformat(), "scheme": "CORE", "reference": "",
    }  # fmt: skip
    wrong = clerk.post(reverse("new_mandate", args=[customer.pk]), typed | {"iban": "DE1"})
    assert (wrong.status_code, "no IBAN" in wrong.content.decode()) == (422, True)
    assert "confirmed by a call" in send(clerk, "new_mandate", customer.pk, **typed)
    mandate = Mandate.objects.get()
    refused = clerk.post(reverse("activate_mandate", args=[mandate.pk]))
    assert (refused.status_code, "nobody has confirmed it" in refused.content.decode()) == (422, True)
    debits.believe(customer)
    assert "collects from now on" in send(clerk, "activate_mandate", mandate.pk)
    page = clerk.get(reverse("customer", args=[customer.pk])).content.decode()
    assert mandate.reference in page
    assert "Active" in page
    assert "is changed" in send(clerk, "amend_mandate", mandate.pk, holder="New", iban=THEIRS, way="letter")
    listed = clerk.get(reverse("mandates"), {"q": mandate.reference}).content.decode()
    assert customer.name in listed
    assert "is cancelled" in send(clerk, "cancel_mandate", mandate.pk, reason="They left")
    assert "They left" in clerk.get(reverse("mandates")).content.decode()


def test_a_run_from_its_proposal_to_the_file(given, debits):
    mandate = debits.mandate()
    debits.owed(mandate, "12.50 EUR", number="I-1")
    draft = debits.mandate(active=False, iban="DE02120300000000202051")
    debits.owed(draft, "5.00 EUR", number="I-2")
    clerk, boss = browser(debits.clerk), browser(debits.boss)
    send(clerk, "propose_debits", None, account=debits.account.pk, due_until=debits.today.isoformat())
    run = DebitRun.objects.get()
    shown = clerk.get(reverse("debit_run", args=[run.pk])).content.decode()
    for said in ("I-1", "12.50", "Mandate not active", "You proposed this"):
        assert said in shown, said
    assert "I-2" in clerk.get(reverse("debit_run", args=[run.pk]), {"left": "mandate_draft"}).content.decode()
    assert "Direct debit</span>" in clerk.get(reverse("customer", args=[mandate.customer_id])).content.decode()
    own = clerk.post(reverse("approve_debits", args=[run.pk]))
    assert (own.status_code, "somebody else decides" in own.content.decode()) == (422, True)
    assert "Approved" in send(boss, "approve_debits", run.pk, note="Fine")
    assert "1 direct debits are in a file" in send(boss, "export_debits", run.pk)
    file = run.files.get()
    answer = boss.get(reverse("debit_file", args=[file.pk]))
    assert answer.content == bytes(file.file.content)
    assert "attachment" in answer["Content-Disposition"]
    assert "With the bank" in clerk.get(reverse("direct_debits")).content.decode()
    assert boss.post(reverse("withdraw_debits", args=[run.pk])).status_code == 422


def test_nobody_approves_what_they_proposed_whatever_their_roles(given, debits):
    debits.owed(debits.mandate())
    for user in everyone(given):
        run = debits.proposed()
        client = at(user)
        mine = user.roles and {Role.CASH_CLERK, Role.FINANCE_MANAGER} & set(user.roles)
        proposed = client.post(
            reverse("propose_debits"), {"account": debits.account.pk, "due_until": debits.today.isoformat()}
        )
        assert (proposed.status_code != 403) is bool(mine)
        own = DebitRun.objects.filter(asked_by=user).first()
        if own is not None:
            assert client.post(reverse("approve_debits", args=[own.pk])).status_code in (403, 422)
            own.refresh_from_db()
            assert own.state == "proposed"
        debiting.withdraw(run, actor=debits.clerk)


def test_without_the_right_no_account_of_a_customer_is_shown(given, debits):
    mandate = debits.mandate()
    seen = {
        user.username: mandate.iban in at(user).get(reverse("customer", args=[mandate.customer_id])).content.decode()
        for user in everyone(given)
    }
    assert not seen["one-order_clerk"]
    assert not seen["one-credit_analyst"]
    assert seen["one-collector"]


def test_an_administrator_says_how_it_is_collected(given):
    entity = given.entity()
    admin = at(given.user("admin", Role.ADMINISTRATOR))
    typed = {"creditor_id": "DE99ZZZ09999999999", "notice_days": 5, "lead_days": 1, "version": "pain.008.001.02"}
    page = reverse("direct_debit_rules", args=[entity.pk])
    refused = admin.post(page, typed)
    assert (refused.status_code, "a digit is wrong" in refused.content.decode()) == (422, True)
    assert admin.post(page, typed | {"creditor_id": CREDITOR}).status_code == 302
    rules = DirectDebitRules.objects.get(entity=entity)
    assert (rules.creditor_id, rules.notice_days, rules.version) == (CREDITOR, 5, "pain.008.001.02")
