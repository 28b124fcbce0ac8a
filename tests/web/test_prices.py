"""Products, price lists and contracts in the browser, from the product to what a customer pays, as each role."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.models import Role
from o2c.orders.models import Account, Contract, ContractPrice, ListPrice, PriceList, Product
from o2c.orders.prices.reading import price_of

DAY = timedelta(days=1)


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("K-1"))


@pytest.fixture
def today(account):
    return clock.today(account.entity.time_zone)


def browser(given, *roles, **more) -> Client:
    client = Client()
    client.force_login(given.user("-".join(roles), *roles, **more))
    return client


@pytest.fixture
def boss(given):
    return browser(given, Role.FINANCE_MANAGER)


@pytest.fixture
def clerk(given):
    return browser(given, Role.ORDER_CLERK)


def send(client, to, pk=None, **typed) -> str:
    """Sends a form; what the next page tells."""
    answer = client.post(reverse(to, args=[pk] if pk else []), typed)
    assert answer.status_code == 302, answer.content.decode()
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def refused(client, to, pk=None, **typed) -> str:
    answer = client.post(reverse(to, args=[pk] if pk else []), typed)
    assert answer.status_code == 422, answer.content.decode()
    return answer.content.decode()


def page(client, name, pk=None, **query) -> str:
    answer = client.get(reverse(name, args=[pk] if pk else []), query)
    assert answer.status_code == 200
    return answer.content.decode()


def price(today, **more):
    return {
        "product": "P-1", "from_quantity": "0", "price": "12.345678", "price_per": "1", "valid_from": str(today), **more
    }  # fmt: skip


def test_a_product_says_how_it_is_taxed_declared_and_weighed(clerk):
    facts = {"number": "P-1", "name": "Paper", "unit": "KGM", "tax_rate": "7", "hs_code": "480256",
             "origin_country": "de", "net_weight_kg": "1", "gross_weight_kg": "1.1", "cost": "0.35"}  # fmt: skip
    assert "has a currency" in refused(clerk, "new_product", **facts)
    facts |= {"cost_currency": "eur"}
    assert "6 to 12 digits" in refused(clerk, "new_product", **facts | {"hs_code": "48"})
    assert "weighs less packed" in refused(clerk, "new_product", **facts | {"gross_weight_kg": "0.9"})
    assert "two capital letters" in refused(clerk, "new_product", **facts | {"origin_country": "QQ"})
    assert "is added" in send(clerk, "new_product", **facts)
    made = Product.objects.get()
    assert (made.tax_rate, made.hs_code, made.origin_country, made.cost, made.cost_currency) == (
        Decimal(7), "480256", "DE", Decimal("0.35"), "EUR",
    )  # fmt: skip


def test_a_product_gets_a_price_on_a_list(boss, clerk, account, today):
    assert "is added" in send(clerk, "new_product", number="P-1", name="Paper", unit="KGM")
    assert "already" in refused(clerk, "new_product", number="P-1", name="x", unit="KGM")
    assert clerk.get(reverse("new_price_list")).status_code == 403
    opened = {"entity": "DE1", "code": "STD", "name": "Standard", "currency": "eur", "is_default": "on"}
    assert "is opened" in send(boss, "new_price_list", **opened)
    assert "There is a list of this code" in refused(boss, "new_price_list", **opened | {"is_default": ""})
    found = PriceList.objects.get()
    assert "There is no product P-2." in refused(boss, "say_list_price", found.pk, **price(today, product="P-2"))
    assert "counts from" in send(boss, "say_list_price", found.pk, **price(today - 5 * DAY))
    assert "at the earliest" in refused(boss, "say_list_price", found.pk, **price(today - DAY, price="1"))
    asked = boss.get(reverse("say_list_price", args=[found.pk]), {"product": "P-1", "from": "50.500000"})
    assert 'value="50.5"' in asked.content.decode()
    send(boss, "say_list_price", found.pk, **price(today + DAY, price="13"))
    now, coming = page(clerk, "price_list", found.pk), page(clerk, "price_list", found.pk, show="coming")
    assert ("12.345678" in now, "13.00" in now) == (True, False)
    assert ("12.345678" in coming, "13.00" in coming, "To come" in coming) == (False, True, True)
    assert "12.345678" in page(clerk, "product", Product.objects.get().pk)
    stands = ListPrice.objects.get(price__gt=12, price__lt=13)
    assert "history" in refused(boss, "end_list_price", stands.pk, last_day=str(today - 3 * DAY))
    assert "ends" in send(boss, "end_list_price", stands.pk, last_day=str(today - DAY))
    assert "No price fits" in page(clerk, "price_list", found.pk)


def test_a_customer_buys_by_another_list(boss, clerk, account, today):
    send(boss, "new_product", number="P-1", name="Paper", unit="KGM")
    for code, default in (("STD", "on"), ("KEY", "")):
        send(boss, "new_price_list", entity="DE1", code=code, name=code, currency="EUR", is_default=default)
        send(boss, "say_list_price", PriceList.objects.get(code=code).pk, **price(today, price="9"))
    key = PriceList.objects.get(code="KEY")
    assert "buys by KEY" in send(boss, "choose_price_list", account.pk, price_list=key.pk, valid_from=str(today))
    assert "KEY" in page(clerk, "customer_prices", account.customer_id)
    assert account.customer.name in page(clerk, "price_list", key.pk)
    assert price_of(account, Product.objects.get().pk, 1, today).owner == "KEY"
    assert "the default list" in send(boss, "choose_price_list", account.pk, price_list="", valid_from=str(today))
    assert price_of(account, Product.objects.get().pk, 1, today).owner == "STD"


def test_a_contract_from_its_draft_over_its_renewal_to_its_end(boss, clerk, account, today):
    send(clerk, "new_product", number="P-1", name="Paper", unit="KGM")
    typed = {"entity": "DE1", "number": "C-1", "name": "Paper of the year", "begins_on": str(today - 300 * DAY)}
    typed |= {"ends_on": str(today + 10 * DAY), "notice_days": "30", "terms": ""}
    wrong = typed | {"ends_on": str(today - 301 * DAY)}
    assert "end before it begins" in refused(clerk, "new_contract", account.customer_id, **wrong)
    assert "is drafted" in send(clerk, "new_contract", account.customer_id, **typed)
    drafted = Contract.objects.get()
    send(clerk, "say_contract_price", drafted.pk, **price(today - 300 * DAY, price="8"))
    assert clerk.get(reverse("activate_contract", args=[drafted.pk])).status_code == 403
    assert "counts" in send(boss, "activate_contract", drafted.pk)
    assert clerk.get(reverse("say_contract_price", args=[drafted.pk])).status_code == 403
    assert "Ends soon" in page(clerk, "contract", drafted.pk)
    assert "C-1" in page(clerk, "contracts", life="expiring")
    assert "No contract fits" in page(clerk, "contracts", life="ended")
    renewal = clerk.get(reverse("renew_contract", args=[drafted.pk])).content.decode()
    assert 'value="C-1/2"' in renewal
    assert "with the prices of C-1" in send(
        clerk, "renew_contract", drafted.pk, number="C-1/2", begins_on=str(today + 11 * DAY)
    )
    following = Contract.objects.get(number="C-1/2")
    send(boss, "activate_contract", following.pk)
    shown = page(clerk, "contract", following.pk)
    assert ("Renewals" in shown, "Renewed" in shown) == (True, True)
    assert price_of(account, Product.objects.get().pk, 1, today + 11 * DAY).owner == "C-1/2"
    assert "required" in refused(boss, "end_contract", following.pk, last_day=str(today), reason=" ")
    assert "ends on" in send(boss, "end_contract", following.pk, last_day=str(today), reason="They moved")
    assert "They moved" in page(clerk, "contract", following.pk)
    assert "C-1/2" in page(clerk, "customer_prices", account.customer_id)


def test_a_draft_is_changed_and_thrown_away(boss, clerk, account, today):
    send(clerk, "new_product", number="P-1", name="Paper", unit="KGM")
    typed = {"number": "C-1", "name": "x", "begins_on": str(today), "ends_on": "", "notice_days": "30", "terms": ""}
    send(clerk, "new_contract", account.customer_id, entity="DE1", **typed)
    drafted = Contract.objects.get()
    version = drafted.updated_at.isoformat()
    assert "is saved" in send(clerk, "edit_contract", drafted.pk, **typed | {"name": "Board"}, version=version)
    assert clerk.post(reverse("edit_contract", args=[drafted.pk]), typed | {"version": version}).status_code in (
        409,
        422,
    )
    send(clerk, "say_contract_price", drafted.pk, **price(today))
    assert "ends" in send(clerk, "end_contract_price", ContractPrice.objects.get().pk, last_day=str(today - DAY))
    assert not ContractPrice.objects.exists()
    assert "thrown away" in send(clerk, "discard_contract", drafted.pk)
    assert not Contract.objects.exists()


def test_products_are_changed_by_who_sees_every_legal_entity(given, account):
    limited = browser(given, Role.ORDER_CLERK, entities=[account.entity])
    assert limited.get(reverse("new_product")).status_code == 403
    assert "New product" not in page(limited, "products")


def test_where_nothing_is_the_pages_say_what_to_do(clerk, account):
    assert "No product yet" in page(clerk, "products")
    assert "No product fits" in page(clerk, "products", q="x")
    assert "No price list yet" in page(clerk, "price_lists")
    assert "No contract yet" in page(clerk, "contracts")
    assert "No contract." in page(clerk, "customer_prices", account.customer_id)
