"""Peppol's own rules: its tests of them, its examples, and what the command says of them."""

import json
from collections import Counter
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from o2c.core import networks
from o2c.core.actors import SYSTEM
from o2c.core.reading import xml
from o2c.invoicing.einvoices import codes, peppol
from o2c.invoicing.einvoices.issued import exported
from o2c.invoicing.einvoices.model import EN_16931, Identifier
from o2c.invoicing.einvoices.read import NORM, UBL, read
from o2c.invoicing.einvoices.read import PEPPOL as BY_PEPPOL
from o2c.invoicing.invoices.correcting import cancel
from o2c.invoicing.invoices.issuing import hindrances
from o2c.orders.models import Customer, LegalEntity
from tests.imports.files_given import found as told_of
from tests.invoicing.einvoices import norm
from tests.invoicing.einvoices.norm import CEN, PEPPOL

pytestmark = norm.needs_files

EXAMPLES = sorted((PEPPOL / "rules/examples").glob("*.xml")) + sorted(
    (PEPPOL / "rules/national-examples").rglob("*.xml")
)
# Rules that warn only, and let pass.
WARNING = {f"PEPPOL-COMMON-R{number}" for number in ("044", "045", "046", "047", "048")}


def cases():
    """The small documents of Peppol's tests, each with the verdicts on it: (rule, how often it is broken or None)."""
    for path in sorted((PEPPOL / "rules/unit-UBL-PEPPOL").iterdir()):
        for number, test in enumerate(etree.parse(path).getroot().iter("{*}test")):
            said = test.find("{*}assert")
            document = next(each for each in test if isinstance(each.tag, str) and each is not said)
            verdicts = [
                (each.text.strip(), int(each.get("number", 0)) if etree.QName(each).localname == "error" else None)
                for each in said
                if isinstance(each.tag, str) and etree.QName(each).localname in ("error", "success")
            ]
            yield f"{path.stem} {number}", etree.tostring(document), verdicts


def test_every_verdict_of_peppols_tests_is_ours():
    right, wrong = 0, []
    for name, content, verdicts in cases():
        root, _ = xml.tree(BytesIO(content))
        broken = Counter(each.rule for each in peppol.problems(root))
        for rule, times in verdicts:
            if times is None:
                fits = rule not in broken
            else:
                fits = broken[rule] == times if times else rule in broken
            right += fits
            if not fits:
                wrong.append((name, rule, times, broken[rule]))
    assert wrong == []
    assert right == 213


def test_a_rule_that_only_warns_refuses_nothing():
    assert not any(rule in WARNING for _, _, verdicts in cases() for rule, times in verdicts if times is not None)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_peppols_examples_break_none(path):
    assert [each for each in read(path, by=BY_PEPPOL).problems if each.rule.startswith("PEPPOL")] == []


def test_the_places_are_lines_of_the_file():
    content = (PEPPOL / "rules/examples/base-example.xml").read_bytes()
    broken = content.replace(b"<cbc:BuyerReference>0150abc</cbc:BuyerReference>", b"")
    assert broken != content
    said = [(each.rule, each.where.split(" ")[0]) for each in read(broken, by=BY_PEPPOL).problems]
    assert said == [("PEPPOL-EN16931-R003", "Invoice")]
    assert read(broken, by=NORM).problems == ()


def told(*arguments: str) -> tuple[int, dict]:
    out = StringIO()
    try:
        call_command("invoice", "read", *arguments, "--json", stdout=out, stderr=StringIO())
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_the_command_asks_peppols_rules_where_it_is_told_to():
    example = str(CEN / "ubl/examples/ubl-tc434-example1.xml")
    assert told(example)[0] == 0
    code, said = told(example, "--rules", "peppol")
    assert code == 2
    assert "PEPPOL-EN16931-R004" in [each["rule"] for each in said["problems"]]


def test_cii_is_told_to_be_no_document_of_the_network():
    code, said = told(str(CEN / "cii/examples/CII_example1.xml"), "--rules", "peppol")
    assert code == 2
    assert [each["rule"] for each in said["problems"]] == ["PEPPOL"]


# --- Ours


SELLER, BUYER = "0088:7300010000001", "9930:DE136695976"


def reached(invoicing, **facts):
    """An invoice between two that the network reaches, issued."""
    entity = invoicing.seller(peppol_address=SELLER)
    return invoicing.issue(entity=entity, customer=invoicing.buyer(entity=entity, peppol_address=BUYER), **facts)


def test_between_two_that_the_network_reaches_ubl_is_peppols(invoicing):
    content = exported(reached(invoicing, order_reference="PO-1"), UBL)
    found = read(content, by=BY_PEPPOL)
    assert found.problems == ()
    assert (found.invoice.profile, found.invoice.process) == (peppol.SPECIFICATION, peppol.BILLING)
    assert found.invoice.seller.endpoint == Identifier("7300010000001", "0088")
    assert found.invoice.buyer.endpoint == Identifier("DE136695976", "9930")
    assert norm.schema_errors(content) == norm.broken(content) == []


def test_else_it_is_the_norms(invoicing):
    found = read(exported(invoicing.issue(), UBL))
    assert (found.problems, found.invoice.profile) == ((), EN_16931)


def test_a_credit_note_is_peppols_too(invoicing):
    invoice = reached(invoicing, buyer_reference="04011000-12345-34")
    cancelled = cancel(invoice, actor=SYSTEM, on=invoice.issued_on)
    content = exported(cancelled, UBL)
    assert read(content, by=BY_PEPPOL).problems == ()
    assert norm.schema_errors(content) == norm.broken(content) == []


def test_the_network_wants_a_reference_before_it_is_issued(invoicing):
    entity = invoicing.seller(peppol_address=SELLER)
    draft = invoicing.write(entity=entity, customer=invoicing.buyer(entity=entity, peppol_address=BUYER))
    assert [(each.pointer, each.code) for each in hindrances(draft)] == [("/buyer_reference", "PEPPOL-EN16931-R003")]


# --- Addresses


@pytest.mark.parametrize("text", ["", SELLER, BUYER, "0208:0739484052", "0184:DK12345678", " 0007 : 2021005489 "])
def test_an_address_is_kept_without_blanks(text):
    assert networks.check_address(text) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("7300010000001", "written as scheme and identifier"),
        ("0088:", "written as scheme and identifier"),
        ("EM:a@b.example", "EM is no scheme"),
        ("0088:7300010000002", "7300010000002 is no GLN"),
        ("0088:1", "1 is no GLN"),
        ("0151:51824753550", "no Australian business number"),
        ("9930:" + "1" * 100, "longer than 100"),
    ],
)
def test_what_is_no_address_is_told_why(text, why):
    with pytest.raises(networks.NotAnAddress, match=why):
        networks.check_address(text)


def test_a_file_of_customers_says_their_addresses(load):
    LegalEntity.objects.create(code="DE1", name="DE1", country="DE", base_currency="EUR")
    columns = {"number": "No", "name": "Name", "peppol_address": "Peppol"}
    rows = f"No;Name;Peppol\n1;One;{SELLER}\n2;Two;0088:7300010000002\n3;Three;\n"
    answer = load("customers", rows, {"columns": columns})
    assert [(place, column, level) for place, column, _, _, level in told_of(answer)] == [("3", "Peppol", "warning")]
    load("customers", f"No;Name;Peppol\n1;One;\n2;Two;{BUYER}\n", {"columns": columns})  # what is empty stays
    kept = dict(Customer.objects.values_list("number", "peppol_address"))
    assert kept == {"1": SELLER, "2": BUYER, "3": ""}


def test_its_schemes_are_of_the_cefs_list():
    assert codes.address_schemes() >= networks.SCHEMES
    assert "EM" not in networks.SCHEMES
