"""What a simulated book must be before anybody can believe it."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F

from o2c.collections.models import Dispute, Hold, PromiseToPay
from o2c.invoicing import ledger
from o2c.invoicing.aging import aging
from o2c.invoicing.models import Allocation, BankAccount, OpenItem, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, Customer, CustomerBankAccount, LegalEntity
from o2c.orders.terms import Terms, due_date
from o2c.web.simulation.agreements import groups
from o2c.web.simulation.behaviours import Behaviour

pytestmark = pytest.mark.django_db


def test_the_books_are_proven(book):
    assert proof() == []


def test_it_has_as_many_invoice_items_and_customers_as_asked(book):
    plan, made = book
    assert OpenItem.objects.filter(kind="invoice").count() == plan.items
    assert Customer.objects.count() == plan.customers
    assert made.rows["receipt"] == Receipt.objects.count()


def test_two_legal_entities_sell_in_four_currencies_to_eight_countries(book):
    entities = dict(LegalEntity.objects.values_list("code", "base_currency"))
    assert entities == {"DE": "EUR", "UK": "GBP"}
    assert set(OpenItem.objects.values_list("currency", flat=True)) == {"CHF", "EUR", "GBP", "USD"}
    assert len(set(Customer.objects.values_list("country", flat=True))) == 8
    assert set(Customer.objects.values_list("language", flat=True)) == {"de", "en", "fr"}


def test_nothing_happens_after_its_last_day(book):
    plan, _ = book
    for queryset, days in [
        (OpenItem.objects, ("issued_on", "effective_on", "known_on")),
        (Allocation.objects, ("effective_on", "known_on")),
        (Receipt.objects, ("received_on",)),
        (Dispute.objects, ("opened_on", "closed_on")),
        (PromiseToPay.objects, ("promised_on",)),
        (Hold.objects, ("from_on",)),
    ]:
        assert queryset.exists()
        for day in days:
            assert not queryset.filter(**{f"{day}__gt": plan.as_of}).exists(), (queryset.model, day)


def test_invoices_fall_due_by_the_terms_of_their_account(book):
    terms = {
        (account.customer_id, account.entity_id): Terms.of(account.terms)
        for account in Account.objects.select_related("terms").prefetch_related(
            "terms__discounts", "terms__instalments"
        )
    }
    whole = [item for item in OpenItem.objects.filter(kind="invoice") if "/" not in item.number]
    assert len(whole) > 3_000
    for item in whole:
        assert item.due_on == due_date(item.issued_on, terms[item.customer_id, item.entity_id])


def test_amounts_in_base_currency_are_what_the_ledger_would_book(book):
    foreign = OpenItem.objects.exclude(currency="EUR", entity__code="DE").exclude(currency="GBP", entity__code="UK")
    sample = list(foreign.select_related("entity").order_by("id")[:200])
    assert len({item.currency for item in sample}) > 1
    for item in sample:
        expected = ledger.in_base(item.amount, item.currency, item.entity, item.effective_on)
        assert item.base_amount == expected, item


def test_numbers_rise_with_the_days(book):
    by_series = defaultdict(list)
    for number, issued_on in OpenItem.objects.filter(kind="invoice").values_list("number", "issued_on"):
        series, year, count = number.partition("/")[0].split("-")
        assert int(year) == issued_on.year
        by_series[series, year].append((int(count), issued_on))
    for numbered in by_series.values():
        numbered.sort()
        assert [day for _, day in numbered] == sorted(day for _, day in numbered)
        assert {count for count, _ in numbered} == set(range(1, numbered[-1][0] + 1))
    for entity in LegalEntity.objects.all():
        received = Receipt.objects.filter(entity=entity).order_by("number").values_list("received_on", flat=True)
        assert list(received) == sorted(received)


def test_most_of_what_is_open_is_young_and_customers_take_about_six_weeks(book):
    plan, _ = book
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT sum(open_amount * base_amount / amount) FROM invoicing_openitem WHERE entity_id = e.id),
                   (SELECT sum(base_amount) FROM invoicing_openitem
                    WHERE entity_id = e.id AND kind = 'invoice' AND issued_on > %s)
            FROM orders_legalentity e WHERE code = 'DE'
            """,
            [plan.as_of - timedelta(days=90)],
        )
        receivables, revenue = cursor.fetchone()
    assert 30 <= 90 * receivables / revenue <= 60
    result = aging(plan.as_of)
    not_due, to_30, _, _, over_90 = result.buckets["EUR"]
    assert (not_due + to_30) / result.totals["EUR"] > Decimal("0.7")
    assert Decimal(0) < over_90 / result.totals["EUR"] < Decimal("0.2")


def test_customers_pay_as_their_kind_does(book):
    plan, _ = book
    kinds = {buyer.id: buyer.behaviour for group in groups(plan) for buyer in group}
    days_late = defaultdict(list)
    paid = Allocation.objects.filter(credit_item__kind="on_account", debit_item__due_on__lt=plan.as_of - timedelta(60))
    for customer, due_on, on in paid.values_list("debit_item__customer_id", "debit_item__due_on", "effective_on"):
        days_late[kinds[customer]].append((on - due_on).days)
    median = {kind: sorted(days)[len(days) // 2] for kind, days in days_late.items()}
    assert -5 <= median[Behaviour.PROMPT] <= 7
    assert 11 <= median[Behaviour.HABITUAL] <= 14
    assert median[Behaviour.SLOW] > 20
    last = Counter(Receipt.objects.filter(method="transfer").dates("received_on", "day"))
    assert all(day.weekday() < 5 for day in last)


def test_one_is_going_under(book):
    plan, _ = book
    failing = [buyer.id for group in groups(plan) for buyer in group if buyer.behaviour is Behaviour.FAILING]
    items = OpenItem.objects.filter(customer_id__in=failing, kind="invoice")

    def unpaid(due_from, due_before):
        due = items.filter(due_on__gte=due_from, due_on__lt=due_before)
        return sum(item.open_amount for item in due) / sum(item.amount for item in due)

    assert unpaid(plan.first_day, plan.as_of - timedelta(days=200)) < Decimal("0.05")
    assert unpaid(plan.as_of - timedelta(days=60), plan.as_of) > Decimal("0.5")


def test_groups_pay_for_their_branches(book):
    branches = Customer.objects.exclude(parent=None)
    assert branches.exists()
    assert all(branch.payer_id == branch.parent_id for branch in branches)
    for_others = Allocation.objects.exclude(debit_item__customer_id=F("credit_item__customer_id"))
    assert for_others.exists()
    assert not for_others.exclude(debit_item__payer_id=F("credit_item__payer_id")).exists()


def test_there_is_something_for_everybody_to_do(book):
    open_items = OpenItem.objects.still_open()
    assert open_items.filter(kind="on_account").exists()
    assert open_items.filter(kind="invoice", open_amount__lt=F("amount")).exists()
    assert Dispute.objects.filter(closed_on=None).exists()
    assert Dispute.objects.exclude(closed_on=None).exists()
    assert set(PromiseToPay.objects.values_list("state", flat=True)) == {"open", "kept", "broken"}
    assert OpenItem.objects.filter(kind="write_off").exists()
    assert OpenItem.objects.filter(kind="credit_note").exists()


def test_ibans_and_vat_ids_are_well_formed(book):
    from schwifty import IBAN
    from stdnum.at import uid
    from stdnum.ch import vat as ch
    from stdnum.de import vat as de
    from stdnum.es import nif
    from stdnum.fr import tva
    from stdnum.gb import vat as gb
    from stdnum.nl import btw

    rules = {"AT": uid, "CH": ch, "DE": de, "ES": nif, "FR": tva, "GB": gb, "NL": btw}
    for country, vat_id in Customer.objects.values_list("country", "vat_id"):
        if country == "US":
            assert vat_id == ""
        else:
            assert rules[country].is_valid(vat_id), vat_id
    ibans = list(CustomerBankAccount.objects.values_list("iban", flat=True))
    assert ibans
    for iban in [*ibans, *BankAccount.objects.values_list("iban", flat=True)]:
        IBAN(iban, validate_bban=True)


def test_nobody_can_be_written_to(book):
    from o2c.orders.models import Contact

    addresses = [email for email in Contact.objects.values_list("email", flat=True) if email]
    assert addresses
    assert all(address.endswith(".example") for address in addresses)
