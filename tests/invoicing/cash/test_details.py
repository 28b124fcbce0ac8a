"""Bank details change only with a call to a number that was on file, and by somebody else's word."""

import pytest
from django.db import IntegrityError, transaction

from o2c.core import states
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.invoicing.cash import details, foureyes, refunds
from o2c.invoicing.models import BankDetailChange
from o2c.orders.models import Contact, CustomerBankAccount
from tests.invoicing.cash.conftest import STRANGERS


@pytest.fixture
def customer(given):
    return given.customer()


def ask(customer, actor):
    return details.ask(customer, iban=STRANGERS, way="email", reason="They wrote on Monday", actor=actor)


def test_a_change_that_was_called_back_and_approved_is_believed(given, customer, clerk, manager, boss):
    change = ask(customer, clerk)
    contact = Contact.objects.get(customer=customer)
    details.call_back(change, contact, spoke_with="Ms Ledger", actor=manager)
    assert not CustomerBankAccount.objects.exists()
    details.approve(change, actor=boss)
    assert CustomerBankAccount.objects.get().iban == STRANGERS
    change.refresh_from_db()
    assert (change.state, change.called_number, change.spoke_with) == ("approved", contact.phone, "Ms Ledger")
    (known,) = refunds.accounts(customer, given.entity())
    assert (known.iban, "manager" in known.evidence, contact.phone in known.evidence) == (STRANGERS, True, True)


def test_neither_who_asked_nor_who_called_approves(customer, clerk, manager):
    change = ask(customer, clerk)
    details.call_back(change, Contact.objects.get(), spoke_with="Ms Ledger", actor=manager)
    for actor in (clerk, manager, SYSTEM):
        with pytest.raises(foureyes.FourEyes):
            details.approve(change, actor=actor)
    for column in ("asked_by_id", "called_by_id"):
        who = BankDetailChange.objects.values_list(column, flat=True).get()
        with pytest.raises(IntegrityError), transaction.atomic():
            BankDetailChange.objects.update(state="approved", decided_by_id=who)
    assert not CustomerBankAccount.objects.exists()


def test_nothing_is_approved_without_a_call(customer, clerk, boss):
    change = ask(customer, clerk)
    with pytest.raises(states.IllegalMove):
        details.approve(change, actor=boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankDetailChange.objects.update(state="approved", decided_by_id=boss.user_id)
    assert not CustomerBankAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_only_a_number_that_was_there_before_is_called(given, customer, clerk, manager):
    on_file = Contact.objects.get(customer=customer)
    swapped = Contact.objects.create(customer=customer, name="Swapped", phone="+49 30 2")
    change = ask(customer, clerk)
    new = Contact.objects.create(customer=customer, name="New", phone="+49 30 3")
    Contact.objects.filter(pk=swapped.pk).update(phone="+49 30 9")
    elsewhere = Contact.objects.get(customer=given.customer())
    assert details.numbers_on_file(change) == [on_file]
    swapped.refresh_from_db()
    for contact in (new, swapped, elsewhere):
        with pytest.raises(cash.CashRefused):
            details.call_back(change, contact, spoke_with="Ms Ledger", actor=manager)
    change.refresh_from_db()
    assert change.state == "asked"


def test_an_account_is_asked_for_once(customer, clerk, manager):
    ask(customer, clerk)
    with pytest.raises(cash.CashRefused):
        ask(customer, manager)
    with pytest.raises(ValueError, match="no IBAN"):
        details.ask(customer, iban="DE1", way="email", reason="x", actor=clerk)


def test_a_refused_change_changes_nothing(customer, clerk, manager):
    change = ask(customer, clerk)
    details.refuse(change, note="They know nothing of it", actor=manager)
    assert not CustomerBankAccount.objects.exists()
    with pytest.raises(states.IllegalMove):
        details.call_back(change, Contact.objects.get(), spoke_with="Ms Ledger", actor=manager)
