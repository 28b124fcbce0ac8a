"""What stands on statements of account."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D  # noqa: N817 there are many

from o2c.invoicing.papers.statements import sheet
from tests.invoicing.papers import examples
from tests.invoicing.papers.test_invoices import plain


def test_open_items_by_currency():
    page = plain(sheet(examples.statement("de")))
    assert page["heading"] == "Kontoauszug"
    assert page["subheading"] == "Stand 2. November 2026"
    euro, dollar, yen = page["parts"]
    assert euro["columns"] == ["Beleg", "Vom", "Fällig", "Tage überfällig", "Betrag", "Offen"]
    assert euro["rows"][0]["cells"] == ["INV2026-000392", "27.06.2026", "27.07.2026", "98", "5.848,45", "5.848,45"]
    assert [row["flag"] for row in euro["rows"] if row["flag"]] == ["strittig"]
    credit = next(row for row in euro["rows"] if row["kind"])
    assert (credit["kind"], credit["cells"][3:]) == ("Gutschrift", ["", "−250,00", "−250,00"])
    assert euro["ageing"] == [
        ["Nicht fällig", "481,45"],
        ["1–30 Tage", "3.655,90"],
        ["31–60 Tage", "6.579,90"],
        ["61–90 Tage", "9.503,90"],
        ["Über 90 Tage", "5.848,45"],
    ]
    assert (euro["panel"]["amount"], euro["panel"]["due"]) == ("26.069,60", ["Überfällig", "25.588,15 EUR"])
    assert euro["closing"] == ["Insgesamt offen", "26.069,60"]
    assert dollar["rows"][0]["cells"][3:] == ["", "12.400,00", "8.400,00"]
    assert (dollar["panel"]["due"], dollar["panel"]["qr"]) == ([], None)
    assert (yen["panel"]["amount"], yen["panel"]["details"]) == ("1.250.000", [])


def test_activity_with_its_running_balance():
    page = plain(sheet(examples.activity("fr")))
    assert page["subheading"] == "Du 1er septembre 2026 au 2 novembre 2026"
    [part] = page["parts"]
    assert part["opening"] == ["Solde initial", "1 200,00"]
    assert part["rows"][0]["cells"] == ["3 sept. 2026", "Paiement", "D-00001", "", "90,00", "1 110,00"]
    assert part["rows"][2]["cells"] == ["7 sept. 2026", "Facture", "D-00003", "300,00", "", "1 230,00"]
    assert part["closing"] == ["Solde final", part["rows"][-1]["cells"][-1]]


def test_only_what_is_overdue_can_be_paid_by_code():
    paper = examples.statement("en")
    euro = paper.parts[0]

    def code(**changes):
        return sheet(replace(paper, parts=(replace(euro, **changes),)))["parts"][0]["panel"]["qr"]

    assert plain(code())["caption"] == "Scan to pay what is overdue, 25,588.15 EUR"
    assert code(overdue=D(0)) is None
    assert code(reference="") is None
    assert code(pay_to=None) is None
    # more overdue than owed on the whole: credits are to be set off first
    assert code(total=D(100)) is None


def test_a_balance_in_the_customers_favour_asks_for_nothing():
    paper = examples.statement("en")
    part = replace(paper.parts[0], total=D("-250.00"), overdue=D(0))
    panel = plain(sheet(replace(paper, parts=(part,))))["parts"][0]["panel"]
    assert (panel["label"], panel["amount"], panel["details"]) == ("In your favour", "250.00", [])


def test_nothing_open():
    page = sheet(replace(examples.statement("fr"), parts=()))
    assert page["empty"] == "Rien n’est ouvert. Merci."
