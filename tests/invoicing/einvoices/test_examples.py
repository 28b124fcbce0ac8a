"""Real invoices: the examples of the CEN and of Peppol, PDFs of others, and the norm's own tests of its rules."""

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.einvoices.model import EN_16931
from o2c.invoicing.einvoices.read import CII, FACTURX, UBL, read
from o2c.invoicing.einvoices.write import write
from tests.invoicing.einvoices import norm
from tests.invoicing.einvoices.norm import CEN, DATA, PEPPOL

pytestmark = norm.needs_files


def files(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() == ".xml"]


UBL_EXAMPLES = files(
    CEN / "ubl/examples", CEN / "test/testfiles", PEPPOL / "rules/examples", PEPPOL / "rules/national-examples"
)
CII_EXAMPLES = files(CEN / "cii/examples")


def name_of(path: Path) -> str:
    return path.stem


@cache
def broken(path: Path) -> list[tuple[str, str]]:
    return norm.broken(path.read_bytes())


def passes(content: bytes) -> None:
    assert norm.schema_errors(content) == []
    assert norm.broken(content) == []


@pytest.mark.parametrize("path", UBL_EXAMPLES, ids=name_of)
def test_ubl(path):
    """Refused is what the norm refuses, and nothing else; all else is written out again, in both syntaxes."""
    found = read(path)
    assert sorted({each.rule for each in found.problems}) == sorted({rule for rule, _ in broken(path)})
    if found.refused:
        return
    content = write(found.invoice, UBL)
    passes(content)
    assert read(content).invoice == found.invoice
    other = write(replace(found.invoice, profile=EN_16931), CII)
    if any(tax.category == "B" for tax in found.invoice.taxes):  # Italy's split payment, which Factur-X has not
        return
    passes(other)
    assert read(other).invoice.totals == found.invoice.totals


def test_most_ubl_examples_are_valid():
    assert sum(not read(path).refused for path in UBL_EXAMPLES) > 40


@pytest.mark.parametrize("path", CII_EXAMPLES, ids=name_of)
def test_cii(path):
    found = read(path)
    assert found.problems == ()
    content = write(replace(found.invoice, profile=EN_16931), CII)
    passes(content)
    assert read(content).invoice == replace(found.invoice, profile=EN_16931)
    other = write(found.invoice, UBL)
    passes(other)
    assert read(other).invoice.totals == found.invoice.totals


# Rules about what UBL may say and EN 16931 has no term for (UBL-SR, UBL-DT) are not ours, nor is a line of an invoice
# in a credit note.
ODD = {("CreditNote-unit-UBL", "BR-CL-18")}


def cases(folder: str, head: str = ""):
    """The norm's tests of its rules: small documents, each with what it must pass or break."""
    for path in files(CEN / "test" / folder):
        if not path.stem.startswith(head):
            continue
        for number, test in enumerate(etree.parse(path).getroot().iter("{*}test")):
            said = test.find("{*}assert")
            document = next((each for each in test if isinstance(each.tag, str) and each is not said), None)
            if document is not None and said is not None:
                yield path.stem, number, said, etree.tostring(document)


def verdicts(folder: str, head: str = "") -> Counter:
    """How often we say of a rule what the norm's test says, and how often not."""
    counted: Counter = Counter()
    for stem, number, said, document in cases(folder, head):
        try:
            rules = {each.rule for each in read(document).problems}
        except Refused:
            rules = {"refused"}
        for each in said:
            kind = etree.QName(each).localname if isinstance(each.tag, str) else ""
            if (each.text or "").strip().startswith("UBL-") or (folder, stem) in ODD:
                continue
            if kind == "error":
                counted["right" if each.text.strip() in rules else f"{stem} {number}: missed"] += 1
            elif kind == "success":
                counted["right" if each.text.strip() not in rules else f"{stem} {number}: too strict"] += 1
    return counted


@pytest.mark.parametrize("folder", ["Invoice-unit-UBL", "CreditNote-unit-UBL", "cii"])
def test_the_norms_tests_of_its_sums(folder):
    counted = verdicts(folder, "BR-CO-1")
    assert set(counted) == {"right"}
    assert counted["right"] > 0


def test_all_the_norms_tests_of_its_rules():
    counted = verdicts("Invoice-unit-UBL") + verdicts("CreditNote-unit-UBL")
    assert {name: times for name, times in counted.items() if name != "right"} == {}


@pytest.mark.parametrize(
    "name",
    [
        "horstoeko__zugferd/tests/assets/pdf_zf_en16931_1.pdf",
        "akretion__factur-x/tests/fixtures/pdf/invoice_EN16931.pdf",
    ],
)
def test_pdfs_of_others(name):
    found = read(DATA / name)
    assert (found.syntax, found.problems) == (FACTURX, ())
    assert found.invoice.totals.payable
