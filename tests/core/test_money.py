"""Amounts: one currency a row, the currency's own scale, nothing rounded in silence."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from djmoney.money import Money
from hypothesis import given as suppose
from hypothesis import strategies as st

from o2c.core.money import (
    LARGEST_AMOUNT,
    MixedCurrencies,
    MoneyError,
    UnknownCurrency,
    exact,
    known_currencies,
    minor_unit,
    plain,
    rounded,
    shared_out,
    step,
)
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=6)


@pytest.mark.parametrize(("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0)])
def test_a_currency_is_paid_in_its_own_smallest_unit(currency, places):
    assert minor_unit(currency) == places
    assert step(currency) == Decimal(1).scaleb(-places)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "ZZZ", "€"])
def test_what_is_no_currency_is_refused(code):
    with pytest.raises(UnknownCurrency):
        minor_unit(code)


@pytest.mark.django_db
def test_the_database_knows_the_same_currencies_and_scales():
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, core_minor_unit(code) FROM unnest(%s) AS code", [sorted(known_currencies())])
        in_database = dict(cursor.fetchall())
        cursor.execute("SELECT core_minor_unit('ZZZ'), core_minor_unit('eur'), core_minor_unit('')")
        assert cursor.fetchone() == (None, None, None)
    assert len(in_database) > 150
    assert in_database == {code: minor_unit(code) for code in known_currencies()}


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("1234.5", "EUR", "1234.50"), ("1E+3", "EUR", "1000.00"), ("-7", "JPY", "-7"), ("0.1234", "CLF", "0.1234")],
)
def test_exact_amounts_get_the_currencys_scale(amount, currency, text):
    assert str(exact(Decimal(amount), currency)) == text


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.001", "EUR"), ("0.5", "JPY"), ("1.0005", "KWD"), ("NaN", "EUR"), ("Infinity", "EUR"), ("1E+15", "EUR"),
     ("-1E+15", "EUR"), ("sNaN", "EUR")],
)  # fmt: skip
def test_what_cannot_be_booked_is_refused_never_rounded(amount, currency):
    with pytest.raises(MoneyError):
        exact(Decimal(amount), currency)


@suppose(AMOUNTS, CURRENCIES)
def test_exact_never_changes_an_amount(amount, currency):
    try:
        assert exact(amount, currency) == amount
    except MoneyError:
        assert amount != amount.quantize(step(currency))


@suppose(AMOUNTS, CURRENCIES)
def test_rounding_moves_at_most_half_a_step_and_ties_go_away_from_zero(amount, currency):
    found = rounded(Money(amount, currency)).amount
    assert abs(found - amount) <= step(currency) / 2
    if abs(found - amount) == step(currency) / 2:
        assert abs(found) > abs(amount)
    assert found == exact(found, currency)


def test_the_largest_amount_fits_its_column():
    assert exact(LARGEST_AMOUNT, "EUR") == LARGEST_AMOUNT
    with pytest.raises(MoneyError):
        exact(LARGEST_AMOUNT + 1, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "text"), [("5", "EUR", "5.00"), ("5.0000", "JPY", "5"), ("-0.5", "KWD", "-0.500")]
)
def test_answers_write_amounts_at_the_currencys_scale(amount, currency, text):
    assert plain(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("amount", "weights", "currency", "parts"),
    [
        ("10.00", ("1", "1", "1"), "EUR", ("3.34", "3.33", "3.33")),
        ("-0.05", ("0.01", "0.03"), "EUR", ("-0.01", "-0.04")),
        ("1", ("1", "2"), "JPY", ("0", "1")),
        ("7.001", ("5", "5"), "KWD", ("3.501", "3.500")),
        ("0.00", ("5",), "EUR", ("0.00",)),
    ],
)  # fmt: skip
def test_an_amount_is_shared_out_to_the_smallest_unit(amount, weights, currency, parts):
    assert shared_out(Decimal(amount), [Decimal(each) for each in weights], currency) == [Decimal(x) for x in parts]


@suppose(
    st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents) / 100),
    st.lists(st.integers(1, 10**10).map(lambda cents: Decimal(cents) / 100), min_size=1, max_size=12),
)
def test_parts_make_up_the_whole_and_none_is_a_unit_off(amount, weights):
    parts = shared_out(amount, weights, "EUR")
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < Decimal("0.0100001")


def test_money_of_another_currency_is_refused_and_never_relabels_the_row():
    item = OpenItem(currency="EUR", amount=Decimal("5.00"), open_amount=Decimal("5.00"))
    with pytest.raises(MixedCurrencies):
        item.money = Money("7.00", "USD")
    assert (item.amount, item.currency) == (Decimal("5.00"), "EUR")
    with pytest.raises(MixedCurrencies):
        item.open_money = Money("7.00", "USD")
    assert (item.money, item.open_money) == (Money("5.00", "EUR"), Money("5.00", "EUR"))


def test_money_finer_than_its_currency_is_refused_and_nothing_is_stored():
    item = OpenItem(currency="EUR", amount=Decimal("5.00"))
    with pytest.raises(MoneyError):
        item.money = Money("5.001", "EUR")
    assert item.amount == Decimal("5.00")


def test_an_empty_row_takes_the_currency_with_the_amount():
    item = OpenItem()
    item.money = Money("7", "JPY")
    assert (str(item.amount), item.currency) == ("7", "JPY")


def test_no_row_has_a_currency_by_default():
    assert OpenItem().currency == ""
    assert Account().currency == ""


@pytest.mark.django_db
def test_an_item_without_a_currency_is_refused_by_the_database(given):
    item = given.open_item("5.00 EUR")
    for currency in ("", "ZZZ", "eur"):
        with pytest.raises(IntegrityError), transaction.atomic():
            OpenItem.objects.create(
                entity=item.entity, customer=item.customer, payer=item.payer, kind="invoice", source="x",
                external_id=currency, number="x", issued_on=item.issued_on, due_on=item.due_on, currency=currency,
                amount=1, open_amount=1, effective_on=item.issued_on, known_on=item.issued_on, entry=item.entry,
            )  # fmt: skip
    assert OpenItem.objects.count() == 1


@pytest.mark.django_db
def test_mixed_currencies_do_not_add_up_to_anything(given):
    with pytest.raises(TypeError):
        Money(1, "EUR") + Money(1, "USD")
    given.open_item("5.00 EUR")
    given.open_item("7.00 USD")
    sums = OpenItem.objects.values("currency").annotate(total=Sum("open_amount")).order_by("currency")
    assert [(row["currency"], row["total"]) for row in sums] == [("EUR", 5), ("USD", 7)]
