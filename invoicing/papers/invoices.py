"""An invoice or credit note put into words: the sheet that the template sets. Nothing here computes an amount."""

from decimal import Decimal

from o2c.core import formats
from o2c.core.units import unit_name
from o2c.invoicing.papers import epc
from o2c.invoicing.papers.facts import INVOICE, Adjustment, InvoicePaper, Line, Tax
from o2c.invoicing.papers.wording import (
    Words,
    account_details,
    clean,
    clean_lines,
    collected,
    exact,
    frame,
    money,
    percent,
    price,
    tax_word,
)

EXEMPT = {"E", "AE", "K", "G", "O"}  # whose row tells why there is no tax, not how much

LONG_LINES, LONG_TEXT = 12, 1500  # a line's text beyond which it may go over to the next page


def sheet(paper: InvoicePaper) -> dict:
    """All texts of the paper, in its language and in its places."""
    words = Words(paper.language)
    with formats.written_for(words.language):
        return frame(
            words,
            sender=paper.seller,
            to=paper.buyer,
            heading=_heading(paper, words),
            subheading=_subheading(paper, words),
            facts=_facts(paper, words),
            accounts=[paper.pay_to] if paper.pay_to else [],
        ) | {
            "draft": words("draft") if paper.draft else "",
            "note": clean_lines(paper.note),
            "panel": _panel(paper, words),
            "columns": {key: words(key) for key in ("position", "description", "quantity", "price", "amount")}
            | {"tax": tax_word(words, paper.seller.country) if _several_taxes(paper) else ""},
            "lines": [_line(paper, line, words) for line in paper.lines],
            "totals": _totals(paper, words),
            "closing": _closing(paper, words),
        }


def _heading(paper: InvoicePaper, words: Words) -> str:
    name = words("invoice" if paper.kind == INVOICE else "cancellation" if paper.cancels else "credit_note")
    return f"{name} {clean(paper.number)}".strip()


def _subheading(paper: InvoicePaper, words: Words) -> str:
    if paper.corrects is None:
        return ""
    number, issued_on = paper.corrects
    key = "cancels" if paper.cancels else "corrects"
    if issued_on is None:
        return words(f"{key}_number", number=clean(number))
    return words(key, number=clean(number), day=words.day(issued_on))


def _facts(paper: InvoicePaper, words: Words) -> list[tuple[str, str]]:
    period = ""
    if paper.period_from and paper.period_until:
        period = words("from_until", first=words.short_day(paper.period_from), last=words.short_day(paper.period_until))
    return [
        ("number", clean(paper.number)),
        ("date", words.day(paper.issued_on) if paper.issued_on else ""),
        ("delivered_on", words.day(paper.delivered_on) if paper.delivered_on and not period else ""),
        ("period", period),
        ("customer_number", clean(paper.buyer.number)),
        ("your_vat_id", clean(paper.buyer.vat_id)),
        ("buyer_reference", clean(paper.buyer_reference)),
        ("order_reference", clean(paper.order_reference)),
        ("contract_reference", clean(paper.contract_reference)),
        ("contact", clean(paper.seller.contact)),
    ]


# --- How much, until when, to which account


def _panel(paper: InvoicePaper, words: Words) -> dict:
    owed = paper.kind == INVOICE and paper.payable > 0
    panel: dict = {
        "label": words("amount_due" if paper.kind == INVOICE else "amount_credited"),
        "amount": formats.amount(paper.payable, paper.currency),
        "currency": paper.currency,
        "due": [],
        "details": [],
        "sentence": "",
        "qr": None,
        "plan": None,
        "early": None,
    }
    if owed and len(paper.instalments) == 1:
        panel["due"] = [words("due_by"), words.day(paper.instalments[0].due_on)]
    elif owed and paper.instalments:
        panel["plan"] = {
            "title": words("instalments"),
            "rows": [
                [words("instalment", number=str(number)), words.day(part.due_on), money(part.amount, paper.currency)]
                for number, part in enumerate(paper.instalments, start=1)
            ],
        }
    if owed and paper.offers:
        panel["early"] = {
            "title": words("early"),
            "rows": [
                words(
                    "discount",
                    day=words.day(tier.until),
                    amount=money(tier.payable, paper.currency),
                    percent=percent(tier.percent),
                    saved=formats.amount(tier.discount, paper.currency),
                )
                for tier in paper.offers
            ],
        }
    if paper.draft:
        panel["sentence"] = words("draft_note")
    elif owed and paper.collected:
        panel["sentence"] = collected(paper.collected, words, _when(paper, words))
    elif owed and paper.pay_to:
        panel["details"] = account_details(paper.pay_to, paper.reference or paper.number, words)
        panel["qr"] = _code(paper, words)
    elif not owed:
        panel["sentence"] = words("settled" if paper.kind == INVOICE else "settled_by_credit")
    return panel


def _when(paper: InvoicePaper, words: Words) -> str:
    """On which day it is collected: a bank collects on its days, and what is due on another day on the next of them."""
    if len(paper.instalments) == 1:
        return words("collected_on", day=words.day(paper.instalments[0].due_on))
    return words("collected_when_due")


def _code(paper: InvoicePaper, words: Words) -> dict | None:
    """The code to pay with: all that is owed, or the first instalment of several."""
    several = len(paper.instalments) > 1
    amount = paper.instalments[0].amount if several else paper.payable
    account = paper.pay_to
    transfer = epc.Transfer(account.holder, account.iban, amount, paper.reference or paper.number, account.bic)
    drawn = epc.svg(transfer, paper.currency)
    if drawn is None:
        return None
    caption = f"{words('scan_part')} {money(amount, paper.currency)}" if several else words("scan")
    return {"svg": drawn, "caption": caption, "alt": f"{words('scan')}: {money(amount, paper.currency)}"}


# --- The lines


def _several_taxes(paper: InvoicePaper) -> bool:
    taxed = [*paper.lines, *paper.adjustments]
    return len({(part.category, part.rate) for part in taxed if part.category}) > 1


def _rate(category: str, rate: Decimal | None) -> str:
    return "–" if category == "O" else percent(rate or Decimal(0))


def _line(paper: InvoicePaper, line: Line, words: Words) -> dict:
    name, *more = clean_lines(line.description) or [clean(line.code) or "–"]
    if line.code:
        more.append(words("item_number", code=clean(line.code)))
    more += [f"{_adjustment(part, words)}: {_signed(part, paper.currency)}" for part in line.adjustments]
    per = ""
    if line.price_per != 1:
        unit = unit_name(line.unit, words.language, line.price_per)
        per = words("per", quantity=exact(line.price_per), unit=unit)
    return {
        "position": clean(line.position),
        "name": name,
        "details": more,
        "long": len(more) > LONG_LINES or len(line.description) > LONG_TEXT,
        "quantity": exact(line.quantity),
        "unit": unit_name(line.unit, words.language, line.quantity),
        "price": price(line.price, paper.currency),
        "per": per,
        "tax": _rate(line.category, line.rate),
        "net": formats.amount(line.net, paper.currency),
    }


def _adjustment(part: Adjustment, words: Words) -> str:
    reason = clean(part.reason) or words("charge" if part.is_charge else "allowance")
    return f"{reason} {percent(part.percent)}" if part.percent is not None else reason


def _signed(part: Adjustment, currency: str) -> str:
    return formats.amount(part.amount if part.is_charge else -part.amount, currency)


# --- The sums


def _totals(paper: InvoicePaper, words: Words) -> list[dict]:
    """The sums' rows from the lines to what is due; `weight` says how they are set: plain, sum, or total."""

    def row(label: str, amount: Decimal, weight: str = "plain") -> dict:
        return {"label": label, "amount": formats.amount(amount, paper.currency), "weight": weight}

    tax = tax_word(words, paper.seller.country)
    rows = []
    if paper.adjustments:
        rows.append(row(words("line_total"), paper.line_total))
        rows += [
            row(_adjustment(part, words), part.amount if part.is_charge else -part.amount) for part in paper.adjustments
        ]
    rows.append(row(words("net_total"), paper.net_total, "sum" if paper.adjustments else "plain"))
    rows += [row(_tax_label(part, paper, words, tax), part.tax) for part in paper.taxes]
    settled = paper.payable == paper.gross_total
    rows.append(row(f"{words('gross_total')} {paper.currency}", paper.gross_total, "total" if settled else "sum"))
    if paper.prepaid:
        rows.append(row(words("prepaid"), -paper.prepaid))
    if paper.rounding:
        rows.append(row(words("rounding"), paper.rounding))
    if not settled:
        label = words("amount_due" if paper.kind == INVOICE else "amount_credited")
        rows.append(row(f"{label} {paper.currency}", paper.payable, "total"))
    if paper.base_tax is not None and paper.base_currency != paper.currency:
        label = words("base_tax", tax=tax, currency=paper.base_currency)
        rows.append({"label": label, "amount": formats.amount(paper.base_tax, paper.base_currency), "weight": "aside"})
    return rows


def _tax_label(part: Tax, paper: InvoicePaper, words: Words, tax: str) -> str:
    taxable = formats.amount(part.taxable, paper.currency)
    rate = percent(part.rate or Decimal(0))
    if words.has(f"exemption.{part.category}"):
        exemption = words(f"exemption.{part.category}", tax=tax, percent=rate)
        return words("tax_row_exempt", exemption=exemption, taxable=taxable)
    return words("tax_row", tax=tax, percent=rate, taxable=taxable)


# --- What is said below


def _closing(paper: InvoicePaper, words: Words) -> list[str]:
    return [*_reasons(paper, words), *_terms(paper, words)]


def _reasons(paper: InvoicePaper, words: Words) -> list[str]:
    """Why there is no tax on something: the law's sentence in the paper's language, and the seller's own reason."""
    said = [_reason(part, paper, words) for part in paper.taxes if part.category in EXEMPT]
    return list(dict.fromkeys(said))


def _reason(part: Tax, paper: InvoicePaper, words: Words) -> str:
    sentence = words(f"reason.{part.category}", tax=tax_word(words, paper.seller.country))
    own = clean(part.reason)
    known = own.rstrip(". ").casefold() in sentence.casefold()
    return sentence if not own or known else f"{sentence} {own}"


def in_text(paper: InvoicePaper) -> tuple[str, dict[str, str]]:
    """What the paper says of when to pay, and why what is not taxed is not, by category: for who reads no paper."""
    words = Words(paper.language)
    with formats.written_for(words.language):
        panel = _panel(paper, words)
        plan = panel["plan"]["rows"] if panel["plan"] else []
        early = panel["early"]["rows"] if panel["early"] else []
        terms = [*(" ".join(row) for row in plan), *early, *_terms(paper, words)]
        reasons = {part.category: _reason(part, paper, words) for part in paper.taxes if part.category in EXEMPT}
    return "\n".join(terms), reasons


def _terms(paper: InvoicePaper, words: Words) -> list[str]:
    if paper.draft or paper.kind != INVOICE or paper.payable <= 0:
        return []
    said = []
    if paper.late:
        agreed = paper.late.percent
        said.append(words("late_interest", percent=percent(agreed)) if agreed else words("late_statutory"))
        if paper.seller.country == "FR":  # Article L441-9 of the Code de commerce wants both on every invoice
            said.append(words("late_france"))
    if paper.seller.country == "FR" and not paper.offers:
        said.append(words("no_discount_france"))
    return said
