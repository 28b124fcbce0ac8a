"""Documents from the browser: orders and despatch advices of trading partners, invoices of ours, what came of it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from o2c.core.actors import SYSTEM
from o2c.core.models import ImportRun, Role
from o2c.invoicing.einvoices.write import FACTURX, UBL, write
from o2c.invoicing.models import Invoice, OpenItem
from o2c.orders import customers
from o2c.orders.models import Carrier, Delivery, Order
from tests.imports.test_despatches import advice
from tests.imports.test_order_documents import KNOWN, ubl
from tests.invoicing.einvoices.given import SMALL
from tests.invoicing.einvoices.test_undo import packed
from tests.invoicing.invoices.conftest import Invoicing
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


def send(client, name: str, content: str | bytes):
    content = content if isinstance(content, bytes) else content.encode()
    return client.post(reverse(name), {"file": SimpleUploadedFile("from-a-customer.xml", content)})


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


# --- Invoices of ours


@pytest.fixture
def manager(given, client):
    invoicing = Invoicing(given)
    invoicing.seller()
    invoicing.buyer("K-1", name="Atelier SARL", country="FR", vat_id="")
    client.force_login(given.user("manager", Role.FINANCE_MANAGER))
    return client


def test_an_e_invoice_is_issued_once_and_taken_back_where_imports_are(
    manager, tmp_path, django_capture_on_commit_callbacks
):
    page = send(manager, "load_invoices", write(SMALL, FACTURX)).content.decode()
    made = Invoice.objects.get()
    assert (made.number, made.state, made.issued_by) == ("R-1", "issued", "manager")
    assert "1 issued, 0 known already." in page
    assert reverse("invoice", args=[made.pk]) in page
    assert "0 issued, 1 known already." in send(manager, "load_invoices", write(SMALL, UBL)).content.decode()
    run = ImportRun.objects.get(created=1)
    assert (run.kind, run.file_name, run.rows) == ("invoices", "from-a-customer.xml", 1)
    assert reverse("undo_import", args=[run.pk]) in manager.get(reverse("import_run", args=[run.pk])).content.decode()
    asked = manager.get(reverse("undo_import", args=[run.pk])).content.decode()
    assert "1 created rows are taken back" in asked
    with django_capture_on_commit_callbacks(execute=True):
        manager.post(reverse("undo_import", args=[run.pk]))
    assert not Invoice.objects.exists()
    assert "Taken back" in manager.get(reverse("import_run", args=[run.pk])).content.decode()
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_where_money_was_applied_the_page_of_the_import_says_so(manager, given, django_capture_on_commit_callbacks):
    send(manager, "load_invoices", write(SMALL, UBL))
    given.pay(OpenItem.objects.get())
    run = ImportRun.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        manager.post(reverse("undo_import", args=[run.pk]))
    page = manager.get(reverse("import_run", args=[run.pk])).content.decode()
    assert "1 allocations made since: Payment" in page
    assert Invoice.objects.count() == 1


def test_a_zip_of_them_says_of_each_what_came_of_it(manager):
    wrong = replace(SMALL, number="R-9", totals=replace(SMALL.totals, payable=Decimal("118.00")))
    page = send(manager, "load_invoices", packed(a=write(SMALL, UBL), b=write(wrong, UBL))).content.decode()
    assert "1 issued, 0 known already, 1 refused." in page
    assert "BR-CO-16" in page
    assert "2026/b" in page
    run = ImportRun.objects.get()
    told = manager.get(reverse("import_run", args=[run.pk])).content.decode()
    assert "is 119.00. (BR-CO-16)" in told
    assert "2026/b" in told
    assert "R-9" in told
    kept = b"".join(manager.get(reverse("import_errors", args=[run.pk])).streaming_content).decode()
    assert kept.splitlines()[1].startswith('2,2026/b,R-9,"Invoice/LegalMonetaryTotal/PayableAmount (line ')


def test_what_is_no_e_invoice_is_told_at_the_file_and_nothing_is_kept(manager):
    answer = send(manager, "load_invoices", "<html/>")
    assert answer.status_code == 422
    assert "It is no invoice in UBL or CII" in answer.content.decode()
    assert send(manager, "load_invoices", b"x" * (33 << 20)).status_code == 413
    refused = send(manager, "load_invoices", write(replace(SMALL, seller=replace(SMALL.seller, vat_id="X")), UBL))
    assert (refused.status_code, Invoice.objects.count(), ImportRun.objects.count()) == (200, 0, 0)
    assert "1 refused." in refused.content.decode()


def test_who_sees_another_legal_entity_only_loads_none_of_this_one(manager, given):
    elsewhere = given.entity("FR1", country="FR")
    manager.force_login(given.user("french", Role.FINANCE_MANAGER, entities=[elsewhere]))
    send(manager, "load_invoices", write(SMALL, UBL))
    assert not Invoice.objects.exists()
