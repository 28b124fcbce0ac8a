"""An order-to-cash extract as SAP S/4HANA names it: loaded by maps, and held against the files themselves."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, Customer, Product
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
