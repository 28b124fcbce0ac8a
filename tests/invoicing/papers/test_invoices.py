"""What stands on invoices and credit notes, in the languages' words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D  # noqa: N817 there are many

import pytest

from o2c.invoicing.papers import facts
from o2c.invoicing.papers.invoices import sheet
from tests.invoicing.papers import examples
from tests.invoicing.papers.examples import DAY, invoice, line


def plain(value):
    """The same with plain spaces, so that expectations can be read."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def written(paper: facts.InvoicePaper) -> dict:
    return plain(sheet(paper))


def totals(paper: facts.InvoicePaper) -> list[tuple[str, str]]:
    return [(row["label"], row["amount"]) for row in written(paper)["totals"]]


@pytest.mark.parametrize(
    ("language", "tiers"),
    [
        (
            "en",
            [
                "Pay by 12 November 2026: 3,416.73 EUR (3 % discount, you save 105.67)",
                "Pay by 22 November 2026: 3,451.95 EUR (2 % discount, you save 70.45)",
            ],
        ),
        (
            "de-CH",
            [
                "Zahlung bis 12. November 2026: 3.416,73 EUR (3 % Skonto, Sie sparen 105,67)",
                "Zahlung bis 22. November 2026: 3.451,95 EUR (2 % Skonto, Sie sparen 70,45)",
            ],
        ),
        (
            "fr",
            [
                "Paiement au plus tard le 12 novembre 2026 : 3 416,73 EUR (3 % d’escompte, vous économisez 105,67)",
                "Paiement au plus tard le 22 novembre 2026 : 3 451,95 EUR (2 % d’escompte, vous économisez 70,45)",
            ],
        ),
    ],
)
def test_early_payment(language, tiers):
    panel = written(examples.tiers(invoice([line(1)], language=language)))["panel"]
    assert panel["early"]["rows"] == tiers


@pytest.mark.parametrize(
    ("language", "amount", "due"),
    [
        ("en", "3,522.40", ["Due by", "2 December 2026"]),
        ("de", "3.522,40", ["Zahlbar bis", "2. Dezember 2026"]),
        ("fr", "3 522,40", ["À payer au plus tard le", "2 décembre 2026"]),
        ("pl", "3,522.40", ["Due by", "2 December 2026"]),
    ],
)
def test_how_much_until_when_and_to_which_account(language, amount, due):
    panel = written(invoice([line(1)], language=language))["panel"]
    assert (panel["amount"], panel["currency"], panel["due"]) == (amount, "EUR", due)
    assert [value for _, value in panel["details"]] == [
        "Nordwind Maschinenbau GmbH",
        "DE02 1203 0000 0000 2020 51",
        "BYLADEM1001",
        "Deutsche Kreditbank",
        "RF17 INV2 0260 0041 7",
    ]
    assert panel["qr"]
    assert panel["sentence"] == ""


def test_instalments():
    panel = written(examples.parts(invoice([line(1)], language="en"), 3))["panel"]
    assert panel["due"] == []
    assert panel["plan"]["rows"] == [
        ["Instalment 1", "2 December 2026", "1,174.13 EUR"],
        ["Instalment 2", "1 January 2027", "1,174.13 EUR"],
        ["Instalment 3", "31 January 2027", "1,174.14 EUR"],
    ]
    assert panel["qr"]["caption"] == "Scan to pay the first instalment, 1,174.13 EUR"


def test_the_sums_of_two_taxes_an_allowance_a_charge_and_a_prepayment():
    assert totals(examples.several_taxes()) == [
        ("Summe der Positionen", "3.249,00"),
        ("Fracht", "45,00"),
        ("Treuebonus", "−100,00"),
        ("Nettobetrag", "3.194,00"),
        ("MwSt. 19 % auf 2.639,00", "501,41"),
        ("MwSt. 7 % auf 555,00", "38,85"),
        ("Gesamtbetrag EUR", "3.734,26"),
        ("Bereits bezahlt", "−1.000,00"),
        ("Zu zahlen EUR", "2.734,26"),
    ]


def test_lines_with_several_taxes_say_which():
    page = written(examples.several_taxes())
    assert page["columns"]["tax"] == "MwSt."
    assert [(row["tax"], row["quantity"], row["unit"], row["price"], row["net"]) for row in page["lines"]] == [
        ("19 %", "2", "Stück", "1.480,00", "2.812,00"),
        ("7 %", "37,5", "m", "14,80", "555,00"),
        ("19 %", "−1", "Stunde", "118,00", "−118,00"),
    ]
    assert page["lines"][0]["details"] == [
        "Edelstahl, 3-phasig, 2,2 kW, mit Frequenzumrichter",
        "Artikel PMP-200",
        "Mengenrabatt 5 %: −148,00",
    ]
    assert written(invoice([line(1), line(2)]))["columns"]["tax"] == ""


def test_a_price_of_a_hundred():
    [row] = written(invoice([line(4)], language="en"))["lines"]
    assert (row["price"], row["per"], row["quantity"]) == ("9.40", "per 100 units", "1,200")


@pytest.mark.parametrize(
    ("currency", "price", "printed"),
    [("JPY", "198000", "198,000"), ("KWD", "12.5", "12.500"), ("EUR", "0.0375", "0.0375")],
)
def test_prices_have_the_places_of_their_currency_or_more(currency, price, printed):
    paper = invoice([line(1, price=D(price))], currency=currency, language="en")
    assert written(paper)["lines"][0]["price"] == printed


def test_currencies_without_and_with_three_decimals():
    yen = invoice([line(1, net=D(396000))], currency="JPY", language="en")
    assert totals(yen)[-1] == ("Total JPY", "471,240")
    dinar = invoice([line(1, net=D("12.345"))], currency="KWD", language="en", net_total=D("12.345"))
    assert totals(dinar)[0] == ("Net total", "12.345")
    assert written(yen)["panel"]["qr"] is None


def test_the_tax_in_the_currency_it_is_owed_in():
    paper = invoice([line(1)], currency="USD", base_currency="EUR", base_tax=D("511.27"), language="en")
    assert totals(paper)[-1] == ("VAT in EUR", "511.27")
    assert len(totals(replace(paper, base_currency="USD"))) == len(totals(paper)) - 1


@pytest.mark.parametrize(
    ("category", "language", "row", "sentence"),
    [
        ("AE", "de", "Steuerschuldnerschaft des Leistungsempfängers auf 2.960,00", "(Reverse Charge)"),
        ("AE", "fr", "Autoliquidation sur 2 960,00", "Autoliquidation : la TVA est due par le preneur."),
        ("K", "en", "Intra-Community supply on 2,960.00", "(Article 138 of Directive 2006/112/EC)"),
        ("G", "de", "Ausfuhrlieferung auf 2.960,00", "Steuerfreie Ausfuhrlieferung."),
        ("E", "en", "Exempt from VAT on 2,960.00", "Exempt from VAT."),
        ("O", "fr", "Non soumis à la TVA sur 2 960,00", "Cette opération n’est pas soumise à la TVA."),
    ],
)
def test_why_there_is_no_tax(category, language, row, sentence):
    paper = examples.exempt(category, language)
    assert totals(paper)[1] == (row, "0" + {"de": ",", "fr": ",", "en": "."}[language] + "00")
    assert sentence in written(paper)["closing"][0]


def test_the_sellers_own_reason_is_added_once():
    own = examples.exempt("E", "de")
    own = replace(own, taxes=(replace(own.taxes[0], reason="§ 4 Nr. 14 UStG"),))
    assert written(own)["closing"][0] == "Von der MwSt. befreit. § 4 Nr. 14 UStG"
    known = replace(own, language="fr", taxes=(facts.Tax("AE", D(0), D(1), D(0), "autoliquidation"),))
    assert written(known)["closing"][0] == "Autoliquidation : la TVA est due par le preneur."


def test_late_payment_says_what_is_agreed_or_reserves_what_the_law_gives():
    agreed = invoice([line(1)], language="en", late=facts.LateTerms(D("9.1200")))
    assert written(agreed)["closing"] == ["On late payment we charge interest of 9.12 % a year."]
    law = replace(agreed, late=facts.LateTerms())
    assert written(law)["closing"] == ["If you pay late, we reserve the right to charge statutory interest."]
    assert written(replace(agreed, late=None))["closing"] == []


def test_french_sellers_say_what_their_law_wants():
    paper = invoice([line(1)], language="fr", seller=examples.FRENCH)
    assert any("40 EUR" in said for said in written(paper)["closing"])
    assert any("Aucun escompte" in said for said in written(paper)["closing"])
    assert not any("Aucun escompte" in said for said in written(examples.tiers(paper))["closing"])


@pytest.mark.parametrize(
    ("cancels", "language", "heading", "below"),
    [
        (False, "de", "Rechnungskorrektur CN7", "Korrektur zur Rechnung INV7 vom 2. November 2026"),
        (True, "de", "Stornorechnung CN7", "Storno der Rechnung INV7 vom 2. November 2026"),
        (False, "en", "Credit note CN7", "Corrects invoice INV7 of 2 November 2026"),
        (True, "fr", "Avoir d’annulation CN7", "Annule en totalité la facture INV7 du 2 novembre 2026"),
    ],
)
def test_a_credit_note_says_what_it_corrects_and_asks_for_nothing(cancels, language, heading, below):
    paper = invoice(
        [line(1)],
        kind=facts.CREDIT_NOTE,
        number="CN7",
        corrects=("INV7", DAY),
        cancels=cancels,
        language=language,
    )
    page = written(paper)
    assert (page["heading"], page["subheading"]) == (heading, below)
    panel = page["panel"]
    assert (panel["qr"], panel["details"], panel["due"], panel["early"]) == (None, [], [], None)
    assert panel["sentence"]
    assert page["closing"] == []


def test_a_draft_has_no_number_and_nothing_to_pay_with():
    page = written(replace(invoice([line(1)]), number="", issued_on=None, reference=""))
    assert page["heading"] == "Rechnung"
    assert page["draft"] == "ENTWURF"
    assert (page["panel"]["qr"], page["panel"]["details"]) == (None, [])
    assert "keine Rechnung" in page["panel"]["sentence"]
    assert "Nummer" not in dict(page["facts"])


def test_what_is_paid_already_asks_for_nothing():
    page = written(invoice([line(1)], payable=D(0), prepaid=D("3522.40"), instalments=(), language="en"))
    assert page["panel"]["sentence"] == "There is nothing left to pay."
    assert page["panel"]["qr"] is None


def test_facts_of_the_paper():
    page = written(
        invoice(
            [line(1)],
            language="en",
            delivered_on=None,
            period_from=date(2026, 10, 1),
            period_until=date(2026, 10, 31),
            contract_reference="F-1",
        )
    )
    assert page["facts"] == [
        ["Number", "INV2026-000417"],
        ["Date", "2 November 2026"],
        ["Service period", "1 Oct 2026 – 31 Oct 2026"],
        ["Customer number", "10042"],
        ["Your VAT ID", "DE987654321"],
        ["Your reference", "K. Albrecht"],
        ["Your order", "PO-88213"],
        ["Contract", "F-1"],
        ["Your contact", "Jana Petersen"],
    ]


def test_where_tax_is_not_called_value_added_tax():
    seller = replace(examples.SELLER, country="US")
    assert totals(invoice([line(1)], seller=seller, language="en"))[1][0] == "Tax 19 % on 2,960.00"
