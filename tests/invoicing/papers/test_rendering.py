"""Papers as PDF, read back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from decimal import Decimal as D  # noqa: N817 there are many
from io import BytesIO

import pytest
from pypdf import PdfReader

from o2c import ROOT
from o2c.invoicing.papers import epc, facts, rendering
from o2c.invoicing.papers.rendering import FontsMissing, render, template_version
from tests.invoicing.papers import examples
from tests.invoicing.papers.examples import BANK, BUYER, invoice, line
from tests.invoicing.papers.reading import codes, fonts, pages, text

EVIL = '#panic("x") $x^2$ \\ ] [ " ` *bold* _it_ <lab> @ref // c /* */ {json} &amp; #read("shared.typ")'


def xmp(pdf: bytes) -> str:
    return PdfReader(BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_data().decode()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "Invoice INV2026-000417 Amount due 3,522.40 EUR Due by 2 December 2026",
                "Pay to Nordwind Maschinenbau GmbH IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001",
                "Reference RF17 INV2 0260 0041 7",
                "2 units 1,480.00 2,960.00 Net total 2,960.00 VAT 19 % on 2,960.00 562.40 Total EUR 3,522.40",
                "Page 1 / 1",
            ],
        ),
        (
            "de",
            [
                "Rechnung INV2026-000417 Zu zahlen 3.522,40 EUR Zahlbar bis 2. Dezember 2026",
                "Verwendungszweck RF17 INV2 0260 0041 7",
                "2 Stück 1.480,00 2.960,00 Nettobetrag 2.960,00 MwSt. 19 % auf 2.960,00 562,40",
                "Gesamtbetrag EUR 3.522,40",
                "Seite 1 / 1",
            ],
        ),
        (
            "fr",
            [
                "Facture INV2026-000417 Montant à payer 3 522,40 EUR À payer au plus tard le 2 décembre 2026",
                "2 unités 1 480,00 2 960,00 Total hors taxes 2 960,00 TVA 19 % sur 2 960,00 562,40",
                "Total EUR 3 522,40",
            ],
        ),
    ],
)
def test_an_invoice_says_it_in_the_customers_language(language, said):
    pdf = render(invoice([line(1)], language=language))
    found = text(pdf)
    for part in said:
        assert part in found
    assert PdfReader(BytesIO(pdf)).trailer["/Root"]["/Lang"] == language


@pytest.mark.parametrize("name", sorted(examples.papers()))
def test_every_example_can_be_archived_and_read_aloud(name):
    paper = examples.papers()[name]
    pdf = render(paper)
    assert all(fonts(pdf).values())
    root = PdfReader(BytesIO(pdf)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "<pdfuaid:part>1<" in xmp(pdf)
    draft = isinstance(paper, facts.InvoicePaper) and paper.draft
    assert ("<pdfaid:part>3<" in xmp(pdf)) is not draft


def test_the_file_says_what_it_is_and_bears_the_documents_day():
    about = PdfReader(BytesIO(render(invoice([line(1)], language="en")))).metadata
    assert about.title == "Invoice INV2026-000417 · Nordwind Maschinenbau GmbH"
    assert about.author == "Nordwind Maschinenbau GmbH"
    assert about.creation_date.date() == examples.DAY


@pytest.mark.parametrize("name", ["four-tiers", "statement", "draft"])
def test_equal_facts_give_equal_bytes_in_any_process(name):
    here = render(examples.papers()[name])
    render(examples.papers()["sixty"])
    assert render(examples.papers()[name]) == here
    show = (
        "import sys, hashlib; from o2c.invoicing.papers.rendering import render;"
        "from tests.invoicing.papers.examples import papers;"
        f"sys.stdout.buffer.write(render(papers()[{name!r}]))"
    )
    there = subprocess.run([sys.executable, "-c", show], cwd=ROOT, capture_output=True, check=True)
    assert there.stdout == here


def test_other_facts_give_other_bytes():
    paper = invoice([line(1)])
    assert render(paper) != render(replace(paper, number="INV2026-000418"))


def test_the_code_on_the_page_is_the_payment():
    paper = invoice([line(1)])
    [code] = codes(render(paper))
    wanted = epc.Transfer(BANK.holder, BANK.iban, paper.payable, paper.reference, BANK.bic)
    assert code.bytes == epc.payload(wanted)
    assert b"EUR3522.40" in code.bytes


def test_the_code_of_instalments_pays_the_first():
    [code] = codes(render(examples.parts(invoice([line(1)]), 3)))
    assert "EUR1174.13" in code.text


@pytest.mark.parametrize("name", ["credit-note", "draft", "yen"])
def test_there_is_no_code_where_nothing_is_paid_in_euros(name):
    assert codes(render(examples.papers()[name])) == []


def test_a_statement_tells_each_currency():
    pdf = render(examples.statement("en"))
    found = text(pdf)
    assert "INV2026-000392 27 Jun 2026 27 Jul 2026 98 5,848.45 5,848.45" in found
    assert "Open items USD Open in total 8,400.00 USD" in found
    assert "Account number 0098 1234 5678" in found
    assert "Open in total JPY 1,250,000" in found
    [code] = codes(pdf)
    assert "EUR25588.15" in code.text


def test_sixty_lines_flow_under_a_repeated_header():
    found = pages(render(invoice([line(place) for place in range(1, 61)])))
    assert len(found) == 4
    for number, page in enumerate(found, start=1):
        assert f"Seite {number} / 4" in page
        assert "Pos. Bezeichnung Menge Preis Betrag" in page
        assert "IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001" in page
    assert all("Rechnung INV2026-000417 · Müller & Söhne" in page for page in found[1:])
    body = " ".join(found)
    assert all(f" {place} {examples.GOODS[(place - 1) % 4][1].splitlines()[0]}" in body for place in range(1, 61))
    assert "Gesamtbetrag EUR 80.026,90" in found[-1]


@pytest.mark.parametrize("count", range(6, 26))
def test_sums_are_never_alone_on_a_page(count):
    found = pages(render(invoice([line(2, position=f"L{place}") for place in range(1, count + 1)])))
    assert f"L{count} Hydraulikschlauch" in found[-1]
    assert "Nettobetrag" in found[-1]
    assert "Gesamtbetrag" in found[-1]
    assert "Verzugszinsen" in found[-1]


def test_a_line_stays_on_one_page_and_an_endless_text_does_not_get_lost():
    lines = [line(2) for _ in range(9)]
    text_of_a_book = " ".join(f"w{number}" for number in range(3000))
    found = pages(render(invoice([*lines, line(1, description=f"Roman\n{text_of_a_book}")])))
    body = " ".join(found)
    assert "w0 w1" in body
    assert "w2998 w2999" in body
    for page in pages(render(invoice([line(1) for _ in range(40)]))):
        assert page.count("Kreiselpumpe") == page.count("Artikel PMP-200")


def test_texts_of_others_never_become_code():
    paper = invoice(
        [line(1, description=f"{EVIL}\n{EVIL}", code='"])#'), line(2, unit="#x")],
        note=EVIL,
        buyer=replace(BUYER, name=EVIL, number="#1", vat_id="$x$"),
        buyer_reference=EVIL,
        adjustments=(facts.Adjustment(EVIL, False, D(1)),),
    )
    found = text(render(paper)).replace("\u200b", "")
    assert found.count(EVIL) >= 4
    assert '"])#' in found


def test_letters_of_other_scripts():
    names = "Ελληνική Εταιρεία · Общество · Łódź Żółć · Kőrösi Őr · Țară · İstanbul · Þórður"
    pdf = render(invoice([line(1)], buyer=replace(BUYER, name=names)))
    assert set(fonts(pdf)) <= {"Inter-Regular", "Inter-Medium", "Inter-SemiBold"}
    assert names.split(" · ")[0] in text(pdf)
    assert "pdfaid:part>3<" in xmp(pdf)


@pytest.mark.parametrize("name", ["北京机械有限公司", "😀 GmbH", "\U0001f9d1\u200d\U0001f4bb", "שלום עולם", "مرحبا"])
def test_letters_that_no_font_has_do_no_harm(name):
    pdf = render(invoice([line(1)], buyer=replace(BUYER, name=name)))
    assert "3.522,40" in text(pdf)
    assert pdf == render(invoice([line(1)], buyer=replace(BUYER, name=name)))


def test_without_fonts_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(rendering, "FONTS", tmp_path)
    rendering._compiler.cache_clear()
    try:
        with pytest.raises(FontsMissing, match="make setup"):
            render(invoice([line(1)]))
    finally:
        rendering._compiler.cache_clear()


def test_no_paper_is_left_on_the_disk():
    render(invoice([line(1)]))
    _, folder = rendering._compiler(os.getpid())
    assert (folder / "sheet.json").read_text() == "{}"


def test_it_goes_on_where_its_folder_was_tidied_away():
    before = render(invoice([line(1)]))
    _, folder = rendering._compiler(os.getpid())
    shutil.rmtree(folder)
    assert render(invoice([line(1)])) == before


def test_the_folders_of_processes_that_are_gone_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive = tmp_path / f"o2c-papers-{gone.pid}-a", tmp_path / f"o2c-papers-{os.getpid()}-b"
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "sheet.json").write_text("{}")
    rendering._compiler.cache_clear()
    render(invoice([line(1)]))
    rendering._compiler.cache_clear()
    assert not dead.exists()
    assert alive.exists()


def test_the_version_names_the_templates():
    assert len(template_version()) == 16
    assert template_version() == template_version()
