"""Peppol's own rules: its tests of them, its examples, and what the command says of them."""

import json
from collections import Counter
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from o2c.invoicing.bank import xml
from o2c.invoicing.einvoices import peppol
from o2c.invoicing.einvoices.read import NORM, read
from o2c.invoicing.einvoices.read import PEPPOL as BY_PEPPOL
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
