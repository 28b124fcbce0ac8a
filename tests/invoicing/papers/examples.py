"""Made-up facts of papers: for tests, the benchmark, and the pictures of scripts/papers.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D  # noqa: N817 there are many

from o2c.invoicing.papers import facts
from o2c.invoicing.papers.references import creditor_reference

SELLER = facts.Party(
    name="Nordwind Maschinenbau GmbH",
    address=("Speicherstraße 12", "20457 Hamburg"),
    country="DE",
    vat_id="DE123456789",
    registration="HRB 12345, Amtsgericht Hamburg",
    email="rechnung@nordwind.example",
    phone="+49 40 1234 560",
    contact="Jana Petersen",
)
BUYER = facts.Party(
    name="Müller & Söhne Anlagenbau GmbH & Co. KG",
    address=("Rechnungseingang", "Industriestraße 44", "70565 Stuttgart"),
    country="DE",
    number="10042",
    vat_id="DE987654321",
)
FRENCH = facts.Party(
    "Ateliers Réunis du Rhône SAS", ("18 rue de la République", "69002 Lyon"), "FR", "20017", "FR12345678901"
)
BANK = facts.PayTo("Nordwind Maschinenbau GmbH", "DE02120300000000202051", "BYLADEM1001", bank="Deutsche Kreditbank")
DAY = date(2026, 11, 2)
GOODS = [
    ("PMP-200", "Kreiselpumpe PMP 200\nEdelstahl, 3-phasig, 2,2 kW, mit Frequenzumrichter", "2", "C62", "1480.00"),
    ("HYD-015", "Hydraulikschlauch DN 15", "37.5", "MTR", "14.80"),
    ("SRV-ENG", "Inbetriebnahme vor Ort durch Servicetechniker", "7.25", "HUR", "118.00"),
    ("SCR-M8", "Zylinderschraube M8×40, verzinkt", "1200", "C62", "9.40"),
]


def line(place: int, rate="19", category="S", **changes) -> facts.Line:
    code, text, quantity, unit, price = GOODS[(place - 1) % len(GOODS)]
    per = D(100) if code == "SCR-M8" else D(1)
    net = (D(quantity) * D(price) / per).quantize(D("0.01"))
    made = facts.Line(str(place), text, D(quantity), unit, D(price), net, category, D(rate), code, per)
    return replace(made, **changes)


def invoice(lines: list[facts.Line], **changes) -> facts.InvoicePaper:
    """An invoice of these lines whose sums are right, all of one tax unless `taxes` are given."""
    number = changes.get("number", "INV2026-000417")
    total = sum((part.net for part in lines), D(0))
    rate = lines[0].rate or D(0)
    tax = (total * rate / 100).quantize(D("0.01"))
    gross = total + tax
    made = facts.InvoicePaper(
        kind=facts.INVOICE,
        number=number,
        issued_on=DAY,
        delivered_on=date(2026, 10, 30),
        seller=SELLER,
        buyer=BUYER,
        currency="EUR",
        lines=tuple(lines),
        line_total=total,
        net_total=total,
        taxes=(facts.Tax(lines[0].category, lines[0].rate, total, tax),),
        tax_total=tax,
        gross_total=gross,
        payable=gross,
        language="de",
        buyer_reference="K. Albrecht",
        order_reference="PO-88213",
        instalments=(facts.Instalment(DAY + timedelta(days=30), gross),),
        late=facts.LateTerms(),
        pay_to=BANK,
        reference=creditor_reference(number) if number else "",
    )
    return replace(made, **changes)


def tiers(paper: facts.InvoicePaper) -> facts.InvoicePaper:
    made = []
    for days, rate in ((10, D(3)), (20, D(2))):
        off = (paper.payable * rate / 100).quantize(D("0.01"))
        made.append(facts.Discount(DAY + timedelta(days=days), rate, off, paper.payable - off))
    return replace(paper, discounts=tuple(made))


def parts(paper: facts.InvoicePaper, count: int) -> facts.InvoicePaper:
    one = (paper.payable / count).quantize(D("0.01"))
    amounts = [one] * (count - 1) + [paper.payable - one * (count - 1)]
    made = [facts.Instalment(DAY + timedelta(days=30 * number), amount) for number, amount in enumerate(amounts, 1)]
    return replace(paper, instalments=tuple(made))


def several_taxes() -> facts.InvoicePaper:
    off = facts.Adjustment("Mengenrabatt", False, D("148.00"), D(5))
    lines = [
        line(1, adjustments=(off,), net=D("2812.00")),
        line(2, rate="7"),
        line(3, quantity=D("-1"), net=D("-118.00"), description="Gutschrift Anfahrt"),
    ]
    fright = facts.Adjustment("Fracht", True, D("45.00"), None, "S", D(19))
    bonus = facts.Adjustment("Treuebonus", False, D("100.00"), None, "S", D(19))
    return invoice(
        lines,
        line_total=D("3249.00"),
        adjustments=(fright, bonus),
        allowance_total=D("100.00"),
        charge_total=D("45.00"),
        net_total=D("3194.00"),
        taxes=(
            facts.Tax("S", D(19), D("2639.00"), D("501.41")),
            facts.Tax("S", D(7), D("555.00"), D("38.85")),
        ),
        tax_total=D("540.26"),
        gross_total=D("3734.26"),
        prepaid=D("1000.00"),
        payable=D("2734.26"),
        instalments=(facts.Instalment(date(2026, 12, 2), D("2734.26")),),
        note="Vielen Dank für Ihren Auftrag. Die Ware bleibt bis zur vollständigen Bezahlung unser Eigentum.",
        late=facts.LateTerms(D("9.12")),
    )


def exempt(category: str, language: str, **changes) -> facts.InvoicePaper:
    return invoice([line(1, rate="0", category=category)], buyer=FRENCH, language=language, **changes)


def statement(language: str, **changes) -> facts.StatementPaper:
    rows = []
    for place in range(1, 9):
        issued = DAY - timedelta(days=16 * place)
        due = issued + timedelta(days=30)
        amount = D(place * 731) + D("0.45")
        late = (DAY - due).days
        rows.append(
            facts.OpenLine(f"INV2026-{400 - place:06}", "invoice", issued, due, late, amount, amount, place == 5)
        )
    rows.append(facts.OpenLine("CN2026-000031", "credit_note", DAY, DAY, 0, D("-250.00"), D("-250.00")))
    rows.sort(key=lambda row: row.due_on)
    buckets = ((None, 0), (1, 30), (31, 60), (61, 90), (91, None))

    def amount_in(first, last):
        return sum(
            (
                row.open
                for row in rows
                if (first is None or row.days_late >= first) and (last is None or row.days_late <= last)
            ),
            D(0),
        )

    euro = facts.CurrencyPart(
        "EUR",
        sum((row.open for row in rows), D(0)),
        sum((row.open for row in rows if row.days_late > 0), D(0)),
        tuple(rows),
        ageing=tuple(facts.Bucket(first, last, amount_in(first, last)) for first, last in buckets),
        pay_to=BANK,
        reference=creditor_reference("10042"),
    )
    dollars = facts.OpenLine("INV2026-000377", "invoice", DAY, date(2026, 12, 2), -30, D("12400.00"), D("8400.00"))
    yen = facts.OpenLine("INV2026-000379", "invoice", DAY, date(2026, 10, 12), 21, D(1250000), D(1250000))
    dollar = facts.CurrencyPart(
        "USD",
        D("8400.00"),
        D(0),
        (dollars,),
        pay_to=facts.PayTo(
            "Nordwind Maschinenbau GmbH", account_number="0098 1234 5678", bic="CHASUS33XXX", bank="JPMorgan Chase"
        ),
        reference="10042",
    )
    made = facts.StatementPaper(
        facts.OPEN_ITEMS,
        DAY,
        SELLER,
        BUYER,
        (euro, dollar, facts.CurrencyPart("JPY", D(1250000), D(1250000), (yen,))),
        language=language,
    )
    return replace(made, **changes)


def activity(language: str) -> facts.StatementPaper:
    balance, moves = D("1200.00"), []
    for place in range(1, 30):
        kind = ("invoice", "payment", "credit_note", "invoice", "returned")[place % 5]
        debit = D(place * 100) if kind in ("invoice", "returned") else D(0)
        credit = D(place * 90) if not debit else D(0)
        balance += debit - credit
        moves.append(
            facts.Movement(date(2026, 9, 1) + timedelta(days=2 * place), kind, f"D-{place:05}", debit, credit, balance)
        )
    part = facts.CurrencyPart("EUR", balance, D(0), opening=D("1200.00"), movements=tuple(moves), pay_to=BANK)
    return facts.StatementPaper(
        facts.ACTIVITY, DAY, SELLER, BUYER, (part,), from_on=date(2026, 9, 1), language=language
    )


def collected_statement(language: str) -> facts.StatementPaper:
    paper = statement(language)
    euro, *others = paper.parts
    return replace(paper, parts=(replace(euro, collected=COLLECTED), *others))


COLLECTED = facts.Collected("M2026-000012", "DE98ZZZ09999999999", "6199")


def papers() -> dict[str, facts.InvoicePaper | facts.StatementPaper]:
    one = invoice([line(1)])
    return {
        "one-de": one,
        "one-en": replace(one, language="en"),
        "one-fr": replace(one, language="fr"),
        "collected": replace(one, collected=COLLECTED),
        "collected-parts": replace(parts(invoice([line(1), line(2)], language="fr"), 3), collected=COLLECTED),
        "four-tiers": tiers(invoice([line(place) for place in range(1, 5)])),
        "sixty": invoice([line(place) for place in range(1, 61)]),
        "instalments": parts(invoice([line(1), line(2)], language="en"), 3),
        "taxes": several_taxes(),
        "reverse-charge": exempt("AE", "fr"),
        "intra-community": exempt("K", "en", number="INV2026-000418"),
        "credit-note": replace(
            one, kind=facts.CREDIT_NOTE, number="CN2026-000031", corrects=("INV2026-000417", DAY), instalments=()
        ),
        "draft": replace(one, number="", issued_on=None, reference=""),
        "yen": invoice(
            [line(1, rate="10", price=D(198000), net=D(396000))],
            currency="JPY",
            language="en",
            base_currency="EUR",
            base_tax=D("243.18"),
        ),
        "statement": statement("en"),
        "statement-de": statement("de"),
        "statement-collected": collected_statement("de"),
        "activity": activity("fr"),
    }
