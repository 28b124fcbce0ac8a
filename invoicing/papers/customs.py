"""A commercial invoice for customs in words: the sheet that the template sets. Nothing here computes an amount."""

from o2c.core import formats
from o2c.core.units import unit_name
from o2c.invoicing.papers.facts import CustomsLine, CustomsPaper, Party
from o2c.invoicing.papers.wording import Words, clean, clean_lines, country_name, exact, frame, price, with_country

LONG_LINES, LONG_TEXT = 12, 1500  # a line's text beyond which it may go over to the next page


def sheet(paper: CustomsPaper) -> dict:
    """All texts of the paper, in its language and in its places."""
    words = Words(paper.language)
    with formats.written_for(words.language):
        return frame(
            words,
            sender=paper.seller,
            to=paper.buyer,
            heading=f"{words('customs_invoice')} {clean(paper.number)}",
            facts=_facts(paper, words),
            accounts=[],
        ) | {
            "note": [],
            "parties": [
                [words("customs_seller"), _party(paper.seller, words)],
                [words("customs_buyer"), _party(paper.buyer, words)],
                [words("customs_consignee"), _party(paper.consignee, words)],
            ],
            "columns": [
                words("position"), words("description"), words("customs_hs"), words("customs_origin"),
                words("quantity"), words("customs_net"), words("customs_gross"), words("price"),
                words("customs_value", currency=paper.currency),
            ],
            "lines": [_line(line, paper.currency, words) for line in paper.lines],
            "total": [
                words("customs_total"), _kilograms(paper.net_kg), _kilograms(paper.gross_kg),
                formats.amount(paper.total, paper.currency),
            ],
            "declared": words("customs_declared"),
            "signing": [words("customs_place"), words("customs_signature")],
        }  # fmt: skip


def _facts(paper: CustomsPaper, words: Words) -> list[tuple[str, str]]:
    return [
        ("number", clean(paper.number)),
        ("date", words.day(paper.on)),
        ("customs_incoterm", f"{clean(paper.incoterm)} {clean(paper.incoterm_place)} (Incoterms® 2020)"),
        ("customs_invoices", ", ".join(map(clean, paper.invoices))),
        ("order_reference", ", ".join(map(clean, paper.orders))),
        ("your_vat_id", clean(paper.buyer.vat_id)),
        ("customs_carrier", clean(paper.carrier)),
        ("customs_tracking", clean(paper.tracking_number)),
    ]


def _party(party: Party, words: Words) -> list[str]:
    lines = [clean(party.name), *with_country(party, words.language)]
    if party.vat_id:
        lines.append(f"{words('vat_id')} {clean(party.vat_id)}")
    if party.eori:
        lines.append(f"EORI {clean(party.eori)}")
    return [line for line in lines if line]


def _line(line: CustomsLine, currency: str, words: Words) -> dict:
    name, *more = clean_lines(line.description) or [clean(line.code) or "–"]
    if line.code:
        more.append(words("item_number", code=clean(line.code)))
    if line.price_per != 1:
        unit = unit_name(line.unit, words.language, line.price_per)
        more.append(f"{words('price')} {words('per', quantity=exact(line.price_per), unit=unit)}")
    if line.shared:
        more.append(words("customs_shared", amount=formats.amount(line.shared, currency)))
    return {
        "position": clean(line.position),
        "name": name,
        "details": more,
        "long": len(more) > LONG_LINES or len(line.description) > LONG_TEXT,
        "cells": [
            clean(line.hs_code),
            f"{country_name(line.origin, words.language)} ({clean(line.origin)})",
            f"{exact(line.quantity)} {unit_name(line.unit, words.language, line.quantity)}",
            _kilograms(line.net_kg),
            _kilograms(line.gross_kg),
            price(line.price, currency),
            formats.amount(line.value, currency),
        ],
    }


def _kilograms(weight) -> str:
    return formats.number(weight, 3)
