"""Bank accounts of a legal entity: what is one, and which stands on a notice."""

from datetime import timedelta

import pytest

from o2c.collections import dunning
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.invoicing import banks
from o2c.invoicing.banks import BankRefused
from o2c.invoicing.models import BankAccount

IBAN, OTHER = "DE89 3704 0044 0532 0130 00", "DE02120300000000202051"


def test_the_first_account_of_a_currency_is_its_main_one_until_another_becomes_it(given):
    entity = given.entity()
    first = banks.open_account(entity, name="Commerz", currency="EUR", iban=IBAN, actor=SYSTEM)
    assert (first.is_main, first.iban, first.bic) == (True, "DE89370400440532013000", "COBADEFFXXX")
    second = banks.open_account(entity, name="DKB", currency="EUR", iban=OTHER, actor=SYSTEM)
    dollars = banks.open_account(
        entity, name="Chase", currency="USD", account_number=" 000123456789 ", bank="021000021", actor=SYSTEM
    )
    assert not second.is_main
    assert dollars.is_main
    second = banks.change(second, name="DKB", currency="EUR", iban=OTHER, is_main=True, actor=SYSTEM)
    first.refresh_from_db()
    assert (first.is_main, second.is_main) == (False, True)
    found = banks.pay_to(entity, ["EUR", "USD", "GBP"])
    assert {currency: account.name for currency, account in found.items()} == {
        "EUR": "DKB", "USD": "Chase", "GBP": "DKB",
    }  # fmt: skip


def test_the_only_main_account_stays_it_and_one_out_of_use_is_none(given):
    entity = given.entity()
    account = banks.open_account(entity, name="A", currency="EUR", iban=IBAN, actor=SYSTEM)
    facts = {"name": "A", "currency": "EUR", "iban": IBAN}
    assert banks.change(account, **facts, is_main=False, actor=SYSTEM).is_main
    assert not banks.change(account, **facts, in_use=False, is_main=True, actor=SYSTEM).is_main
    assert banks.pay_to(entity, ["EUR"]) == {"EUR": None}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"iban": "DE89370400440532013001"}, "iban"),
        ({"iban": "nonsense"}, "iban"),
        ({}, "iban"),
        ({"iban": IBAN, "account_number": "1"}, "iban"),
        ({"iban": IBAN, "bic": "COBA"}, "bic"),
        ({"iban": IBAN, "currency": "EUX"}, "currency"),
    ],
)
def test_what_is_no_account_is_refused(given, facts, field):
    with pytest.raises(BankRefused) as refused:
        banks.open_account(given.entity(), **{"name": "A", "currency": "EUR", **facts}, actor=SYSTEM)
    assert refused.value.field == field
    assert not BankAccount.objects.exists()


def test_an_account_is_there_once(given):
    entity = given.entity()
    banks.open_account(entity, name="A", currency="EUR", iban=IBAN, actor=SYSTEM)
    with pytest.raises(BankRefused, match="has this account already"):
        banks.open_account(entity, name="B", currency="EUR", iban=IBAN.replace(" ", ""), actor=SYSTEM)
    banks.open_account(given.entity("DE2"), name="A", currency="EUR", iban=IBAN, actor=SYSTEM)


def test_a_letter_names_the_account_of_its_own_currency_and_who_writes(given):
    entity = given.entity(
        address="Hauptstraße 1\n10115 Berlin", registration_number="HRB 1, Amtsgericht Berlin", vat_id="DE136695976"
    )
    banks.open_account(entity, name="A", currency="EUR", iban=IBAN, actor=SYSTEM)
    banks.open_account(
        entity, name="B", currency="USD", account_number="000123456789", bank="Chase 021000021", actor=SYSTEM
    )
    today = clock.today(entity.time_zone)
    for money in ("100.00 EUR", "200.00 USD", "300.00 GBP"):
        given.open_item(money, due=today - timedelta(days=9), customer=given.customer(f"C-{money[-3:]}"))
    run = dunning.propose(entity, today, actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    dunning.send(run, actor=SYSTEM)
    texts = {notice.currency: notice.message for notice in run.notices.select_related("message")}
    assert "Account: DE89 3704 0044 0532 0130 00\n" in texts["EUR"].text
    assert "BIC: COBADEFFXXX" in texts["EUR"].text
    assert "Account: 000123456789, Chase 021000021\n" in texts["USD"].text
    assert "000123456789, Chase 021000021" in texts["USD"].html
    assert "DE89" not in texts["USD"].text
    assert "Account: DE89 3704 0044 0532 0130 00\n" in texts["GBP"].text
    told = "Hauptstraße 1, 10115 Berlin\nar@de1.example\nHRB 1, Amtsgericht Berlin\nVAT id: DE136695976\n"
    assert texts["EUR"].text.endswith(told)
    assert "<br>HRB 1, Amtsgericht Berlin<br>VAT id: DE136695976</p>" in texts["EUR"].html
