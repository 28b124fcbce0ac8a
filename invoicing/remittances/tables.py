"""Remittance advice as a table (CSV, Excel, JSON): a row for each document, and what is of the payment on every row.

Which column is what is guessed as for every import; what cannot be told is asked, never guessed. Rows of one payment
reference (else of one payer and day) are one advice. Without a column of totals the rows make the total.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from o2c.core.imports import files, guess, looking, mapping, values
from o2c.core.imports.cells import Broken
from o2c.core.imports.guess import Clue
from o2c.core.imports.kinds import Field, Kind, Type
from o2c.core.imports.staging import Stage
from o2c.core.reading import values as bank_values
from o2c.invoicing.remittances.facts import (
    MOST_ADVICES,
    MOST_LINES,
    Advice,
    Flag,
    Line,
    Party,
    ReadFile,
    Refusal,
    Refused,
    checked,
)

KIND = Kind(
    name="remittance",
    title="Remittance advice",
    description="What a payment covers, a row for each document.",
    right="bank.load",
    fields=(
        Field("document", length=100),
        Field("paid", Type.AMOUNT, required=True),
        Field("document_on", Type.DATE),
        Field("gross", Type.AMOUNT),
        Field("discount", Type.AMOUNT),
        Field("deduction", Type.AMOUNT),
        Field("reason", length=200),
        Field("reference", length=140),
        Field("paid_on", Type.DATE),
        Field("total", Type.AMOUNT),
        Field("currency", Type.CURRENCY),
        Field("number", length=100),
        Field("payer_name", length=200),
        Field("payer_number", length=60),
        Field("payer_iban", length=42),
        Field("payee_name", length=200),
        Field("payee_number", length=60),
        Field("payee_iban", length=42),
    ),
    key="document",
    key_sql="concat(r.reference, r.document)",
)


def _clue(words: str, pattern: str = "") -> Clue:
    return Clue(tuple(" ".join(word.split()) for word in words.split(",")), pattern)


IBAN = r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 ]{10,36}"
CLUES = {
    "document": _clue("""
        invoice number, invoice no, invoice, invoice id, document number, document no, document, your reference, your
        invoice, supplier invoice, bill number, reference number, Rechnungsnummer, Rechnungs-Nr, Rechnung, Belegnummer,
        Beleg, Ihre Rechnung, Ihr Beleg, numéro de facture, n° facture, facture, votre facture, número de factura,
        factura, XBLNR, BELNR"""),
    "paid": _clue("""
        paid amount, amount paid, paid, payment amount, net amount, net paid, net, remitted, remittance amount,
        Zahlbetrag, gezahlt, bezahlt, Zahlungsbetrag, Nettobetrag, netto, montant payé, payé, net payé,
        importe pagado, pagado, amount, Betrag, montant, importe, WRBTR"""),
    "document_on": _clue("""
        invoice date, document date, bill date, Rechnungsdatum, Belegdatum, date de facture, date facture, fecha de
        factura, fecha factura, BLDAT"""),
    "gross": _clue("""
        gross amount, gross, invoice amount, document amount, original amount, Bruttobetrag, brutto, Rechnungsbetrag,
        montant brut, montant facture, importe bruto, importe factura"""),
    "discount": _clue("""
        discount, discount taken, discount amount, cash discount, Skonto, Skontobetrag, escompte, descuento"""),
    "deduction": _clue("""
        deduction, deductions, adjustment, adjustment amount, withheld, chargeback, Abzug, Kürzung, Einbehalt,
        déduction, retenue, deducción"""),
    "reason": _clue("""
        reason, reason code, deduction reason, adjustment reason, Grund, Abzugsgrund, Kürzungsgrund, motif, motivo"""),
    "reference": _clue("""
        payment reference, payment number, payment no, payment id, trace number, cheque number, check number, check no,
        end to end id, transaction id, Zahlungsreferenz, Zahlungsnummer, Zahlung, Verwendungszweck, Avisnummer,
        référence de paiement, n° de paiement, referencia de pago, EFT number, wire reference"""),
    "paid_on": _clue("""
        payment date, date paid, paid on, value date, check date, cheque date, Zahlungsdatum, Zahldatum, Valuta,
        date de paiement, fecha de pago"""),
    "total": _clue("""
        total, payment total, total amount, total paid, Gesamtbetrag, Summe, Zahlungssumme, montant total,
        importe total"""),
    "currency": _clue("""
        currency, ccy, currency code, Währung, Whrg, devise, moneda, WAERS"""),
    "number": _clue("""
        advice number, remittance number, remittance id, Avis, Avis-Nr, Zahlungsavis, numéro d'avis"""),
    "payer_name": _clue("""
        payer, payer name, customer, customer name, company, from, Zahler, Kunde, Auftraggeber, payeur,
        pagador"""),
    "payer_number": _clue("""
        payer number, payer id, customer number, customer no, account number, Kundennummer, Kunden-Nr,
        numéro client"""),
    "payer_iban": _clue("""
        payer IBAN, IBAN, from IBAN, payer account, Konto, IBAN Auftraggeber""", IBAN),
    "payee_name": _clue("""
        payee, payee name, vendor, vendor name, supplier, supplier name, Lieferant, Empfänger, fournisseur,
        proveedor"""),
    "payee_number": _clue("""
        vendor number, vendor no, vendor id, supplier number, supplier id, Lieferantennummer, Kreditor"""),
    "payee_iban": _clue("payee IBAN, vendor IBAN, IBAN Empfänger", IBAN),
}  # fmt: skip


@dataclass
class _Payment:
    """The rows of one payment while they are read."""

    where: str
    facts: dict[str, str]
    lines: list[Line] = field(default_factory=list)
    flags: set[Flag] = field(default_factory=set)
    totals: set[str] = field(default_factory=set)


def read(path: Path, *, raw: dict[str, Any] | None = None, currency: str = "") -> ReadFile:
    """Read a table. `raw` is a map, or a part of one (its `decimal`, say): the rest is guessed. `currency` holds where
    no column says it. Raises Refused with what must be told."""
    raw = dict(raw or {})
    try:
        if "columns" not in raw:
            raw = _guessed(path, raw)
        mapped = mapping.check(raw, KIND)
        source = files.inspect(path, mapping.wanted(raw), **looking.told(raw))
        mapped = mapping.check(raw, KIND, source.header)
    except mapping.Refused as refused:
        raise Refused("", str(refused)) from None
    if not mapped.asked("document"):
        raise Refused("", "No column of the file looks like the document's number; say it with a map.")
    refused: list[Refusal] = []
    payments: dict[tuple, _Payment] = {}
    try:
        with _readers(mapped) as readers:
            for number, row in files.rows(source):
                _take(payments, refused, mapped, readers, source.header, number, row)
    except mapping.Refused as wrong:
        raise Refused("", str(wrong)) from None
    advices = []
    for payment in payments.values():
        if (advice := _advice(payment, currency, refused)) is not None:
            advices.append(advice)
    if not advices and not refused:
        raise Refused("", "The file has a header and no rows.")
    return ReadFile(str(source.form), tuple(advices), tuple(refused))


def _guessed(path: Path, raw: dict[str, Any]) -> dict[str, Any]:
    proposal = guess.propose(KIND, looking.look(path, **looking.told(raw)), CLUES)
    missing = [
        f"{question.about}: {question.why}"
        + (f" ({' or '.join(value for value, _ in question.options)})" if question.options else "")
        for question in proposal.questions
        if question.about not in raw and _asked(question.about)
    ]
    if missing:
        raise mapping.Refused("How the table is to be read cannot be told. " + " ".join(missing))
    return {**proposal.map, **raw}


def _asked(about: str) -> bool:
    """Whether nothing can be read without the answer; columns that are not needed are left out."""
    known = {each.name: each for each in KIND.fields}
    return about == "document" or about not in known or known[about].required


@contextmanager
def _readers(mapped: mapping.Mapping) -> Iterator[dict]:
    stage = Stage(KIND, mapped)
    try:
        yield stage.readers
    finally:
        stage.spool.close()


def _take(payments, refused, mapped, readers, header, number: int, row) -> None:
    where = f"line {number}"
    if isinstance(row, Broken):
        refused.append(Refusal(where, f"The line {row.reason}."))
        _flag_all(payments)
        return
    facts: dict[str, str] = dict(mapped.constants)
    wrong = ""
    for name, column in mapped.columns.items():
        try:
            text = readers[name](row[header.index(column)])
        except values.Unreadable as unreadable:
            wrong = f"{column} {unreadable}."
            continue
        if text != values.NULL:
            facts[name] = text
    if not facts.get("document") and not facts.get("payer_name") and _is_sum(facts):
        return
    payment = _payment_of(payments, facts, where)
    if wrong:
        refused.append(Refusal(where, wrong))
        payment.flags.add(Flag.INCOMPLETE)
        return
    if len(payment.lines) >= MOST_LINES:
        raise Refused(where, f"The advice has more than {MOST_LINES:,} lines.")
    if "total" in facts:
        payment.totals.add(facts["total"])
    payment.lines.append(_line(facts, where))


def _is_sum(facts: dict[str, str]) -> bool:
    """A row at the foot that has amounts and nothing else: the sum of those above."""
    return "paid" in facts and not facts.keys() - {"paid", "gross", "discount", "deduction", "total", "currency"}


def _flag_all(payments: dict[tuple, _Payment]) -> None:
    """A line of which nothing can be read may be of any of the payments."""
    for payment in payments.values():
        payment.flags.add(Flag.INCOMPLETE)


def _payment_of(payments: dict[tuple, _Payment], facts: dict[str, str], where: str) -> _Payment:
    key = tuple(facts.get(name, "") for name in ("reference", "number", "payer_number", "payer_name", "paid_on",
                                                 "currency"))  # fmt: skip
    if facts.get("reference"):
        key = (facts["reference"], facts.get("currency", ""))
    if key not in payments and len(payments) >= MOST_ADVICES:
        raise Refused(where, f"The file holds more than {MOST_ADVICES:,} advices.")
    payment = payments.setdefault(key, _Payment(where, {}))
    for name, text in facts.items():
        payment.facts.setdefault(name, text)
    return payment


def _line(facts: dict[str, str], where: str) -> Line:
    def amount(name: str) -> Decimal:
        return Decimal(facts.get(name, "0"))

    reason = facts.get("reason", "")
    return Line(
        paid=amount("paid"),
        document=facts.get("document", ""),
        document_on=date.fromisoformat(facts["document_on"]) if "document_on" in facts else None,
        gross=amount("gross") if "gross" in facts else None,
        discount=abs(amount("discount")),
        deduction=_kept(facts),
        reason_code=reason if len(reason) <= 20 and " " not in reason else "",
        reason_text=reason,
        where=where,
    )


def _kept(facts: dict[str, str]) -> Decimal:
    """Deductions are written with either sign; where the document's amount is there, it tells which."""
    told = Decimal(facts.get("deduction", "0"))
    if "gross" in facts and told:
        rest = Decimal(facts["gross"]) - abs(Decimal(facts.get("discount", "0"))) - Decimal(facts["paid"])
        if rest in (told, -told):
            return rest
    return abs(told)


def _advice(payment: _Payment, currency: str, refused: list[Refusal]) -> Advice | None:
    facts = payment.facts
    if not (currency := facts.get("currency", currency)):
        refused.append(Refusal(payment.where, "No column says the currency."))
        return None
    if not payment.lines:
        return None
    made = sum((line.paid for line in payment.lines), Decimal(0))
    if len(payment.totals) == 1:
        made = Decimal(next(iter(payment.totals)))
    return checked(
        Advice(
            where=payment.where,
            currency=currency,
            total=made,
            payer=_party(facts, "payer"),
            payee=_party(facts, "payee"),
            number=facts.get("number", ""),
            reference=bank_values.reference(facts.get("reference", "")),
            paid_on=date.fromisoformat(facts["paid_on"]) if "paid_on" in facts else None,
            lines=tuple(payment.lines),
            flags=frozenset(payment.flags),
        )
    )


def _party(facts: dict[str, str], role: str) -> Party:
    return Party(
        facts.get(f"{role}_name", ""), facts.get(f"{role}_number", ""), bank_values.iban(facts.get(f"{role}_iban", ""))
    )
