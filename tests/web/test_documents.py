"""Documents of trading partners from the browser: orders and despatch advices, and what came of them."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from o2c.core.actors import SYSTEM
from o2c.core.models import ImportRun, Role
from o2c.orders import customers
from o2c.orders.models import Carrier, Delivery, Order
from tests.imports.test_despatches import advice
from tests.imports.test_order_documents import KNOWN, ubl
from tests.orders.makers import price_list, product, ready, say
from tests.orders.ordered import order


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.MEDIA_ROOT = settings.O2C_RUN_DIR = tmp_path


@pytest.fixture
def clerk(given, client, time_machine):
    time_machine.move_to("2026-03-10T12:00:00+00:00", tick=False)
    entity = given.entity()
    buyer = ready(given)
    customers.change(buyer, peppol_address="0088:7300010000001", actor=SYSTEM)
    sold = product("P1", tax_rate=Decimal(19))
    say(price_list(entity, is_default=True), sold, "10")
    order(buyer, ("10", "5"), entity=entity)
    Carrier.objects.create(code="PP", name="Parcel Post")
    client.force_login(given.user("clerk", Role.ORDER_CLERK))
    return client


def send(client, name: str, content: str):
    return client.post(reverse(name), {"file": SimpleUploadedFile("from-a-customer.xml", content.encode())})


def test_an_order_that_is_sent_comes_in_once_and_leads_to_its_page(clerk, tmp_path):
    answer = send(clerk, "load_orders", ubl())
    assert answer.status_code == 200
    made = Order.objects.get(customer_reference="PO-1")
    page = answer.content.decode()
    assert reverse("order", args=[made.pk]) in page
    assert "1 new, 0 changed, 0 known already." in page
    run = ImportRun.objects.get()
    assert (run.file_name, run.actor) == ("from-a-customer.xml", "clerk")
    assert reverse("import_run", args=[run.pk]) in page
    assert "0 new, 0 changed, 1 known already." in send(clerk, "load_orders", ubl()).content.decode()
    assert Order.objects.count() == 2
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_what_cannot_come_in_says_where_and_why(clerk):
    nobodys = send(clerk, "load_orders", ubl(buyer=KNOWN.replace("7300010000001", "7300010000002")))
    assert nobodys.status_code == 200
    assert "0 known already, 1 refused." in nobodys.content.decode()
    assert "that is no customer of whom we know" in nobodys.content.decode()
    damaged = send(clerk, "load_orders", ubl()[:-30])
    assert damaged.status_code == 422
    assert "damaged" in damaged.content.decode()
    assert send(clerk, "load_orders", "x" * (9 << 20)).status_code == 413
    assert not Order.objects.filter(customer_reference="PO-1").exists()


def test_a_despatch_advice_becomes_a_delivery(clerk):
    page = send(clerk, "load_despatches", advice()).content.decode()
    assert "1 lines new, 0 changed, 0 known already." in page
    assert Delivery.objects.get().lines.get().quantity == 6


def test_orders_of_legal_entities_that_somebody_does_not_see_do_not_come_in(given, client, clerk):
    elsewhere = given.entity("FR1", country="FR")
    client.force_login(given.user("french", Role.ORDER_CLERK, entities=[elsewhere]))
    send(client, "load_orders", ubl())
    assert not Order.objects.filter(customer_reference="PO-1", entity__code="DE1").exists()
