"""An order-to-cash extract as SAP S/4HANA names it: loaded by maps, and held against the files themselves."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import F, Sum

from o2c.core.actors import SYSTEM
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun
from o2c.invoicing.models import Invoice, InvoiceLine, OpenItem, Posting
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, Customer, Delivery, DeliveryLine, Order, OrderLine, Product
from o2c.web.loading import undo
from tests.imports.files_given import MAPS, Loader, counts, found, real

EXTRACT = "ar/Pavan19047__Dodge-AI---Order-To-Cash-Process-Mining/backend/data/sap-o2c-data"


class Extract:
    """The extract's tables: each a folder of files of JSON lines, put together as an ERP's export would be."""

    def __init__(self, folder: Path):
        self.folder, self.load, self.source = folder, Loader(folder), real(EXTRACT)

    def rows(self, table: str) -> list[dict]:
        return [json.loads(line) for line in self.file(table).read_text(encoding="utf-8").splitlines()]

    def file(self, table: str) -> Path:
        path = self.folder / f"{table}.jsonl"
        if not path.exists():
            parts = sorted((self.source / table).glob("*.jsonl"))
            path.write_bytes(b"".join(part.read_bytes().rstrip(b"\n") + b"\n" for part in parts))
        return path

    def loaded(self, kind: str, table: str, map_name: str, **beside: str) -> dict:
        files = [f"{name}={self.file(other)}" for name, other in beside.items()]
        return self.load(kind, self.file(table), MAPS / f"sap-{map_name}.json", beside=files, entity="ABCD")


@pytest.fixture
def extract(tmp_path, given):
    given.entity("ABCD", "INR", country="IN")
    extract = Extract(tmp_path)
    extract.partners = extract.loaded(
        "customers", "business_partners", "customers", address="business_partner_addresses"
    )
    return extract


def test_partners_with_their_addresses(extract):
    rows = extract.rows("business_partners")
    assert counts(extract.partners) == (len(rows), 0, 0, 0) == (8, 0, 0, 0)
    assert found(extract.partners) == []
    towns = {each["businessPartner"]: each["cityName"] for each in extract.rows("business_partner_addresses")}
    kept = {each.number: (each.name, each.city, each.country) for each in Customer.objects.all()}
    assert kept == {each["customer"]: (each["businessPartnerFullName"], towns[each["customer"]], "IN") for each in rows}
    blocked = {each["customer"] for each in rows if each["businessPartnerIsBlocked"]}
    assert set(Account.objects.filter(standing="blocked").values_list("customer__number", flat=True)) == blocked


def test_products_with_their_names(extract):
    answer = extract.loaded("products", "products", "products", text="product_descriptions")
    names = {each["product"]: each["productDescription"] for each in extract.rows("product_descriptions")}
    assert counts(answer) == (69, 0, 0, 0), found(answer)[:4]
    assert dict(Product.objects.values_list("number", "name")) == names


@pytest.fixture
def chain(extract):
    """Products, orders, deliveries, receivables and billing documents, one after the other."""
    answers = {"products": extract.loaded("products", "products", "products", text="product_descriptions")}
    answers["orders"] = extract.loaded("orders", "sales_order_items", "orders", head="sales_order_headers")
    answers["deliveries"] = extract.loaded(
        "deliveries", "outbound_delivery_items", "deliveries", head="outbound_delivery_headers"
    )
    answers["items"] = extract.loaded("open-items", "journal_entry_items_accounts_receivable", "items")
    answers["billing"] = extract.loaded(
        "billing-documents", "billing_document_items", "billing", head="billing_document_headers"
    )
    return answers


def test_the_whole_extract_from_order_to_cash(extract, chain):
    """What the tables say is here, row by row: orders, what was sent and billed of them, and what is owed."""
    assert {name: counts(answer) for name, answer in chain.items()} == {
        "products": (69, 0, 0, 0), "orders": (167, 0, 0, 0), "deliveries": (137, 0, 0, 0), "items": (123, 0, 0, 0),
        "billing": (245, 0, 0, 0),
    }, [found(answer)[:3] for answer in chain.values()]  # fmt: skip
    assert proof() == []
    # orders: every head and line, with what they come to
    heads, lines = extract.rows("sales_order_headers"), extract.rows("sales_order_items")
    kept = Order.objects.values_list("external_id", "customer__number", "net_total", "currency")
    assert {each[0]: each[1:] for each in kept} == {
        each["salesOrder"]: (each["soldToParty"], Decimal(each["totalNetAmount"]), each["transactionCurrency"])
        for each in heads
    }
    kept = OrderLine.objects.values_list("order__external_id", "position", "product__number", "quantity", "net")
    assert sorted(kept) == sorted(
        (
            x["salesOrder"],
            int(x["salesOrderItem"]),
            x["material"],
            Decimal(x["requestedQuantity"]),
            Decimal(x["netAmount"]),
        )
        for x in lines
    )
    # deliveries: of the very line that each is of
    sent = extract.rows("outbound_delivery_items")
    gone = {x["deliveryDocument"] for x in extract.rows("outbound_delivery_headers") if x["actualGoodsMovementDate"]}
    assert set(Delivery.objects.filter(state="shipped").values_list("external_id", flat=True)) == gone
    kept = DeliveryLine.objects.values_list(
        "delivery__external_id", "position", "order_line__order__external_id", "order_line__position", "quantity"
    )
    assert sorted(kept) == sorted(
        (
            x["deliveryDocument"], int(x["deliveryDocumentItem"]), x["referenceSdDocument"],
            int(x["referenceSdDocumentItem"]), Decimal(x["actualDeliveryQuantity"]),
        )
        for x in sent
    )  # fmt: skip
    # billing: each line of its delivery's, and by that of its order's
    bills, documents = extract.rows("billing_document_items"), extract.rows("billing_document_headers")
    kept = InvoiceLine.objects.values_list(
        "invoice__number", "delivery_line__delivery__external_id", "delivery_line__position", "quantity", "net"
    )
    assert sorted(kept) == sorted(
        (
            x["billingDocument"], x["referenceSdDocument"], int(x["referenceSdDocumentItem"]),
            Decimal(x["billingQuantity"]), Decimal(x["netAmount"]),
        )
        for x in bills
    )  # fmt: skip
    assert not InvoiceLine.objects.exclude(order_line=F("delivery_line__order_line")).exists()
    kept = Invoice.objects.values_list("number", "kind", "state", "net_total", "corrects__number")
    assert {each[0]: each[1:] for each in kept} == {
        x["billingDocument"]: (
            "credit_note" if x["billingDocumentType"] == "S1" else "invoice",
            "cancelled" if x["billingDocumentIsCancelled"] else "issued",
            Decimal(x["totalNetAmount"]), x["cancelledBillingDocument"] or None,
        )
        for x in documents
    }  # fmt: skip
    # what stands of them is billed of orders and deliveries, and nothing that was taken back
    stands = {x["billingDocument"] for x in documents if x["billingDocumentType"] == "F2"}
    stands -= {x["cancelledBillingDocument"] for x in documents}
    billed = Counter()
    for x in bills:
        if x["billingDocument"] in stands:
            billed[x["referenceSdDocument"], int(x["referenceSdDocumentItem"])] += Decimal(x["billingQuantity"])
    kept = DeliveryLine.objects.filter(billed__gt=0).values_list("delivery__external_id", "position", "billed")
    assert {(key, position): quantity for key, position, quantity in kept} == billed
    assert OrderLine.objects.aggregate(Sum("invoiced"))["invoiced__sum"] == sum(billed.values())


def test_a_billing_document_owes_what_its_open_item_does_once(extract, chain):
    journal = extract.rows("journal_entry_items_accounts_receivable")
    said = {each["accountingDocument"]: Decimal(each["amountInTransactionCurrency"]) for each in journal}
    # the receivables are the journal's, and no document has posted anything beside them
    still = sum(said[each["accountingDocument"]] for each in journal if not each["clearingDate"])
    assert OpenItem.objects.aggregate(Sum("open_amount"))["open_amount__sum"] == still == Decimal("2654.64")
    control = Posting.objects.filter(account__role="receivables").aggregate(Sum("amount"))["amount__sum"]
    assert control == still
    attached = {each.external_id: each.entry.items.get().external_id for each in Invoice.objects.exclude(entry=None)}
    assert attached == {
        each["billingDocument"]: each["accountingDocument"]
        for each in extract.rows("billing_document_headers") if each["accountingDocument"] in said
    }  # fmt: skip
    assert len(attached) == 123
    # what differs is listed: 40 documents have no item in the journal, and the others owe something else
    why = Counter(each[3].partition(" and ")[0].strip("0123456789., ") for each in found(chain["billing"]))
    assert why == {"is no open item of the customer here: nothing is owed by it": 40, "owes": 123}


def test_nothing_comes_twice_and_the_billing_is_taken_back(extract, chain):
    again = extract.loaded("orders", "sales_order_items", "orders", head="sales_order_headers")
    assert counts(again) == (0, 0, 167, 0)
    again = extract.loaded("deliveries", "outbound_delivery_items", "deliveries", head="outbound_delivery_headers")
    assert counts(again) == (0, 0, 137, 0)
    again = extract.loaded("billing-documents", "billing_document_items", "billing", head="billing_document_headers")
    assert counts(again) == (0, 0, 245, 0)
    with pytest.raises(UndoRefused, match="billing documents"):
        undo(ImportRun.objects.get(pk=chain["items"]["import_run"]), actor=SYSTEM)
    undone = undo(ImportRun.objects.get(pk=chain["billing"]["import_run"]), actor=SYSTEM)
    assert (undone.taken_back, Invoice.objects.count(), InvoiceLine.objects.count()) == (163, 0, 0)
    assert OrderLine.objects.filter(invoiced__gt=0).count() == DeliveryLine.objects.filter(billed__gt=0).count() == 0
    assert proof() == []
    again = extract.loaded("billing-documents", "billing_document_items", "billing", head="billing_document_headers")
    assert counts(again) == (245, 0, 0, 0)
    for name in ("deliveries", "orders"):
        with pytest.raises(UndoRefused):
            undo(ImportRun.objects.get(pk=chain[name]["import_run"]), actor=SYSTEM)
    undo(ImportRun.objects.get(pk=again["import_run"]), actor=SYSTEM)
    undo(ImportRun.objects.get(pk=chain["deliveries"]["import_run"]), actor=SYSTEM)
    assert set(Order.objects.values_list("state", flat=True)) == {"confirmed"}


def test_receivables_are_what_the_journal_says(extract):
    journal = extract.rows("journal_entry_items_accounts_receivable")
    assert counts(extract.loaded("open-items", "journal_entry_items_accounts_receivable", "items")) == (123, 0, 0, 0)
    assert len(journal) == 123
    items = OpenItem.objects.filter(source="sap", superseded_on=None)
    said = {each["accountingDocument"]: Decimal(each["amountInTransactionCurrency"]) for each in journal}
    assert dict(items.values_list("external_id", "amount")) == said
    still = {key: amount for key, amount in said.items() if key in {
        each["accountingDocument"] for each in journal if not each["clearingDate"]}}  # fmt: skip
    assert dict(items.exclude(open_amount=0).values_list("external_id", "open_amount")) == still
    assert sum(still.values()) == Decimal("2654.64")
    # what the payments' table holds is what the journal says is cleared
    payments = extract.rows("payments_accounts_receivable")
    cleared = {each["accountingDocument"]: Decimal(each["amountInTransactionCurrency"]) for each in payments}
    assert cleared == {key: amount for key, amount in said.items() if key not in still}
    assert proof() == []
    again = extract.loaded("open-items", "journal_entry_items_accounts_receivable", "items")
    assert counts(again) == (0, 0, 123, 0)
