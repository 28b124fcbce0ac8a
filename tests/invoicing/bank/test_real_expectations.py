"""What others expect of their files: MT940 equal to the .yml beside it, camt to the golden results beside it."""

from __future__ import annotations

import ast
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from o2c.core.reading.values import reference
from o2c.invoicing.bank import mt940
from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Line, Refused
from tests.invoicing.bank.real import FILES, needs_files

pytestmark = needs_files

MT940 = FILES / "WoLpH__mt940" / "mt940_tests"
CAMT = FILES / "OCA__bank-statement-import" / "account_statement_import_camt" / "test_files"
# Its balances have no currency, and the expected ones take three digits of the amount for it.
WITHOUT_CURRENCY = "raphaelm.sta"


class Objects(yaml.SafeLoader):
    """Reads the dumped objects as plain mappings; nothing of them is run."""


def _object(loader, _suffix, node):
    return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None


def _applied(loader, suffix, node):
    if isinstance(node, yaml.MappingNode):
        return None
    (given, *_) = loader.construct_sequence(node, deep=True)
    if suffix == "decimal.Decimal":
        return Decimal(given)
    if isinstance(given, bytes):
        return date(given[0] * 256 + given[1], given[2], given[3])
    return None


Objects.add_multi_constructor("tag:yaml.org,2002:python/object/apply:", _applied)
Objects.add_multi_constructor("tag:yaml.org,2002:python/object:", _object)
Objects.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda *_: None)


def _date(loader, _suffix, node):
    return _applied(loader, "date", node)


Objects.add_multi_constructor("tag:yaml.org,2002:python/object/apply:mt940.models.Date", _date)


def expectation(path: Path) -> dict:
    """The expected result beside a file, without the reader's own settings and its references to itself."""
    text = path.with_suffix(".yml").read_text()
    text = re.sub(r"^processors:.*?(?=^transactions:)", "", text, flags=re.M | re.S)
    text = re.sub(r"^  transactions: \*\w+\n", "", text, flags=re.M)
    return yaml.load(text, Objects)  # only plain mappings come of it


def pairs() -> list[Path]:
    return sorted(path for path in MT940.rglob("*.sta") if path.with_suffix(".yml").exists())


def lines_of(path: Path) -> list[Line]:
    """The entries of a file; of a mere piece of a statement, which is refused as one, those of its fields."""
    try:
        return [line for statement in read(path).statements for line in statement.lines]
    except Refused:
        pass
    source = Source(path)
    found, entry, details, currency = [], None, [], "XXX"
    for field in [*mt940.fields(source.lines(source.encoding())), mt940.Field("end", 0, [""])]:
        if field.tag == "86":
            details.append(field)
            continue
        if entry:
            found.append(mt940.entry(entry, details, currency))
        entry, details = (field if field.tag == "61" else None), []
        if field.tag == "60F":
            currency = field.lines[0][7:10]
    return found


@pytest.mark.parametrize("path", pairs(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_mt940_is_what_is_expected(path):
    expected = expectation(path)["transactions"]
    found = lines_of(path)
    assert len(found) == len(expected)
    for line, each in zip(found, (each["data"] for each in expected), strict=True):
        # Reversals of credits are expected without their sign; the balances show that they are debits.
        amount = each["amount"]["amount"] if each["status"] != "RC" else -each["amount"]["amount"]
        assert line.amount == amount
        if line.currency != "XXX":
            assert line.currency == each["currency"]
        assert line.value_date == each["date"]
        if each.get("entry_date"):
            assert (line.booking_date.month, line.booking_date.day) == (
                each["entry_date"].month,
                each["entry_date"].day,
            )
        assert line.code.swift == (each["id"] or "").strip()
        # The expected customer's reference is sixteen signs, whatever stands in them: also the bank's behind "//".
        customer, _, bank = (each["customer_reference"] or "").partition("//")
        assert line.customer_reference.startswith(reference(customer.rstrip("/")))
        assert line.bank_reference.startswith(reference(bank.split("\n")[0] or each["bank_reference"] or ""))
        if each.get("transaction_code"):
            assert line.code.proprietary == each["transaction_code"]
        if each.get("applicant_iban"):
            assert line.counterparty.account == each["applicant_iban"]


@pytest.mark.parametrize("path", pairs(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_last_balances_are_what_is_expected(path):
    if path.name == WITHOUT_CURRENCY:
        return
    try:
        statements = read(path).statements
    except Refused:
        return
    expected = expectation(path)["data"]
    for name, kind in [
        ("final_opening_balance", "60F"),
        ("final_closing_balance", "62F"),
        ("intermediate_opening_balance", "60M"),
        ("intermediate_closing_balance", "62M"),
    ]:
        found = [each for statement in statements for each in statement.balances if each.kind == kind]
        assert (name in expected) == bool(found)
        if found:
            told = expected[name]
            amount = told["amount"]["amount"]
            assert (found[-1].amount, found[-1].currency, found[-1].on) == (
                -abs(amount) if told["status"] == "D" else amount,
                told["amount"]["currency"],
                told["date"],
            )


@pytest.mark.parametrize(
    ("name", "golden"),
    [
        ("test-camt053", "golden-camt053.pydata"),
        ("test-camt053-txdtls", "golden-camt053-txdtls.pydata"),
        ("test-camt054", "golden-camt054.pydata"),
    ],
)
def test_camt_is_what_is_expected(name, golden):
    currency, account, statements = ast.literal_eval((CAMT / golden).read_text())
    found = read(CAMT / name).statements
    assert [(each.account_currency, each.account) for each in found] == [(currency, account)] * len(statements)
    for statement, each in zip(found, statements, strict=True):
        if statement.opening and statement.closing:
            assert float(statement.opening.amount) == each["balance_start"]
            assert float(statement.closing.amount) == each["balance_end_real"]
        payments = [
            (float(payment.amount), payment.counterparty.account, line.booking_date.isoformat())
            for line in statement.lines
            for payment in (line.members or (line,))
        ]
        assert payments == [
            (expected["amount"], expected.get("account_number") or "", str(expected["date"]))
            for expected in each["transactions"]
        ]
