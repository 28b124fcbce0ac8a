"""Mandates: what is written down, whose account is believed, and when they end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from o2c.core import states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.banks import BankRefused
from o2c.invoicing.cash import details, refunds
from o2c.invoicing.direct_debit import mandates, setting
from o2c.invoicing.direct_debit.setting import DebitRefused
from o2c.invoicing.models import BankDetailChange, DirectDebitRules, Mandate
from o2c.invoicing.proof import proof
from o2c.orders.models import Contact
from tests.invoicing.direct_debit.given import CREDITOR, OTHERS, THEIRS


def test_an_account_typed_by_one_person_collects_nothing_until_another_has_confirmed_it(given, debits):
    mandate = debits.mandate(active=False)
    asked = BankDetailChange.objects.get(customer=mandate.customer)
    assert (asked.iban, asked.state, asked.asker) == (THEIRS, "asked", debits.clerk.name)
    with pytest.raises(refunds.UnknownAccount):
        mandates.activate(mandate, on=debits.today, actor=debits.boss)
    details.call_back(asked, Contact.objects.get(), spoke_with="Ms Ledger", actor=debits.boss)
    with pytest.raises(refunds.UnknownAccount):
        mandates.activate(mandate, on=debits.today, actor=debits.boss)
    details.approve(asked, actor=Actor.of(given.user("third", Role.FINANCE_MANAGER)))
    mandates.activate(mandate, on=debits.today, actor=debits.clerk)
    mandate.refresh_from_db()
    assert (mandate.state, mandate.activated_on) == ("active", debits.today)


def test_references_are_ours_or_given_and_never_twice(given, debits):
    first, second = debits.mandate(), debits.mandate()
    year = first.signed_on.year
    assert first.reference == f"M{year}-000001"
    assert second.reference in (f"M{second.signed_on.year}-000002", f"M{second.signed_on.year}-000001")
    mine = debits.mandate(reference="K+/4711 (old)")
    assert not mine.numbered_here
    for wrong in ("K+/4711 (old)", "/x", "x//y", "Ümlaut", "x" * 36):
        with pytest.raises(DebitRefused):
            debits.mandate(reference=wrong)
    assert proof() == []


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"iban": "DE89370400440532013001"}, BankRefused),
        ({"iban": "BR1500000000000010932840814P2"}, BankRefused),  # no country of SEPA
        ({"bic": "NOBIC"}, BankRefused),
        ({"signed_on": "tomorrow"}, DebitRefused),
    ],
)
def test_what_cannot_be_a_mandate_is_refused_and_nothing_is_asked_for(given, debits, facts, refused):
    if facts.get("signed_on"):
        facts = {"signed_on": debits.today + timedelta(days=1)}
    with pytest.raises(refused):
        debits.mandate(active=False, **facts)
    assert not Mandate.objects.exists()
    assert not BankDetailChange.objects.exists()


def test_a_stranger_to_the_legal_entity_signs_none(given, debits):
    other = given.customer(entity=given.entity("AT1"))
    with pytest.raises(DebitRefused):
        debits.mandate(other)


def test_one_mandate_of_a_customer_is_active(given, debits):
    first = debits.mandate()
    second = debits.mandate(first.customer, active=False)
    with pytest.raises(DebitRefused, match=first.reference):
        mandates.activate(second, on=debits.today, actor=debits.clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.filter(pk=second.pk).update(state="active", activated_on=debits.today)
    mandates.cancel(first, reason="Signed anew", on=debits.today, actor=debits.clerk)
    mandates.activate(second, on=debits.today, actor=debits.clerk)
    mandates.cancel(second, reason="Sold", on=debits.today, actor=debits.clerk)
    with pytest.raises(states.IllegalMove):
        mandates.activate(first, on=debits.today, actor=debits.clerk)


def test_another_account_waits_until_it_is_believed_and_its_history_stays(given, debits):
    from django.apps import apps

    mandate = debits.mandate()
    Mandate.objects.filter(pk=mandate.pk).update(used_on=debits.today)
    changed = mandates.amend(mandate, iban=OTHERS, holder="New name", actor=debits.clerk)
    assert (changed.state, changed.amended, changed.holder) == ("draft", True, "New name")
    assert BankDetailChange.objects.filter(iban=OTHERS, state="asked").exists()
    with pytest.raises(refunds.UnknownAccount):
        mandates.activate(mandate, on=debits.today, actor=debits.boss)
    ibans = apps.get_model("invoicing", "MandateEvent").objects.filter(pgh_obj_id=mandate.pk).order_by("pgh_id")
    assert [event.iban for event in ibans][:1] + [event.iban for event in ibans][-1:] == [THEIRS, OTHERS]


def test_a_name_is_put_right_without_asking_anybody(given, debits):
    mandate = debits.mandate()
    changed = mandates.amend(mandate, iban=THEIRS, holder="Müller & Söhne", actor=debits.clerk)
    assert (changed.state, changed.amended, changed.holder) == ("active", False, "Müller & Söhne")
    assert not BankDetailChange.objects.filter(state="asked").exists()


def test_a_mandate_ends_36_months_after_it_was_used(given, debits):
    old, used, young = (debits.mandate(signed_on=debits.today - timedelta(days=days)) for days in (1090, 1090, 1000))
    Mandate.objects.filter(pk=used.pk).update(used_on=debits.today - timedelta(days=100))
    later = debits.today + timedelta(days=20)
    assert mandates.expire(later, actor=SYSTEM) == 1
    assert mandates.expire(later, actor=SYSTEM) == 0
    for mandate in (old, used, young):
        mandate.refresh_from_db()
    assert (old.state, old.ended_on, used.state, young.state) == ("expired", later, "active", "active")
    ancient = debits.mandate(active=False, signed_on=debits.today - timedelta(days=1200))
    debits.believe(ancient.customer)
    with pytest.raises(DebitRefused, match="36 months"):
        mandates.activate(ancient, on=debits.today, actor=debits.clerk)


def test_a_mandate_is_cancelled_for_a_reason(given, debits):
    mandate = debits.mandate()
    with pytest.raises(DebitRefused):
        mandates.cancel(mandate, reason=" ", on=debits.today, actor=debits.clerk)
    mandates.cancel(mandate, reason="They wrote so", on=debits.today, actor=debits.clerk)
    mandate.refresh_from_db()
    assert (mandate.state, mandate.reason, mandate.ended_on) == ("cancelled", "They wrote so", debits.today)


def test_what_was_signed_stays_as_it_is(given, debits):
    mandate = debits.mandate()
    for sql in ("UPDATE invoicing_mandate SET reference = 'x'", "DELETE FROM invoicing_mandate"):
        with pytest.raises(Exception, match="change"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    mandate.refresh_from_db()
    assert mandate.reference != "x"


def test_a_creditor_identifier_is_checked_by_its_digits(given, debits):
    with pytest.raises(DebitRefused):
        setting.set_rules(debits.entity, creditor_id="DE99ZZZ09999999999", actor=SYSTEM)
    setting.set_rules(debits.entity, creditor_id="de98 zzz 09999999999", notice_days=5, actor=SYSTEM)
    found = DirectDebitRules.objects.get()
    assert (found.creditor_id, found.notice_days) == (CREDITOR, 5)
