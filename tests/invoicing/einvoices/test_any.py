"""For any lines, allowances and rates: what is written is read as the same, and the sums are what EN 16931 says."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from o2c.invoicing.einvoices.model import (
    Account,
    Address,
    Adjustment,
    Attachment,
    Attribute,
    Contact,
    Document,
    EInvoice,
    Identifier,
    Line,
    Note,
    Party,
    Payment,
    Period,
    Preceding,
    Tax,
    Totals,
)
from o2c.invoicing.einvoices.read import read
from o2c.invoicing.einvoices.rules import problems
from o2c.invoicing.einvoices.write import CII, UBL, write
from tests.invoicing.einvoices import norm
from tests.invoicing.einvoices.given import SMALL

CENT = Decimal("0.01")
TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co", "Z"], exclude_characters="#"), min_size=1, max_size=20
)
MAYBE = TEXTS | st.just("")
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
MONEY = st.decimals(min_value="0.01", max_value="99999.99", places=2)
RATES = st.sampled_from([Decimal(rate) for rate in ("5.5", "7", "19", "25.00")])


def identifiers(*schemes: str):
    return st.builds(Identifier, TEXTS, st.sampled_from(schemes))


ADDRESSES = st.builds(Address, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, st.sampled_from(["DE", "FR", "NO"]))
PARTIES = st.builds(
    Party,
    name=TEXTS,
    trading_name=MAYBE,
    ids=st.lists(identifiers("", "0088"), max_size=3).map(
        lambda ids: tuple(sorted(ids, key=lambda one: bool(one.scheme)))
    ),
    registration=identifiers("", "0002"),
    vat_id=TEXTS.map(lambda text: f"DE{text}"),
    tax_registration=MAYBE,
    legal_form=MAYBE,
    endpoint=identifiers("EM"),
    address=ADDRESSES,
    contact=st.builds(Contact, MAYBE, MAYBE, MAYBE),
)
LINE_ADJUSTMENTS = st.builds(
    Adjustment, st.booleans(), MONEY, st.none() | MONEY, st.none() | RATES, reason=TEXTS, reason_code=st.just("")
)


@st.composite
def lines(draw, number: int) -> Line:
    quantity = draw(st.decimals(min_value="-999", max_value="999", places=3))
    price = draw(st.decimals(min_value="0", max_value="9999", places=4))
    per = draw(st.sampled_from([None, Decimal(100)]))
    parts = tuple(draw(st.lists(LINE_ADJUSTMENTS, max_size=2)))
    added = sum((part.amount if part.is_charge else -part.amount for part in parts), Decimal(0))
    discount = draw(st.none() | MONEY)
    return Line(
        id=str(number),
        note=draw(MAYBE),
        object=draw(st.just(Identifier()) | identifiers("AAA")),
        quantity=quantity,
        unit=draw(st.sampled_from(["C62", "HUR", "KGM"])),
        net=(quantity * price / (per or 1) + added).quantize(CENT, ROUND_HALF_UP),
        order_line=draw(MAYBE),
        period=draw(st.just(Period()) | DAYS.map(lambda day: Period(day, day))),
        adjustments=parts,
        price=price,
        discount=discount,
        gross_price=None if discount is None else price + discount,
        base_quantity=per,
        base_unit="C62" if per else "",
        category="S",
        rate=draw(RATES),
        name=draw(TEXTS),
        description=draw(MAYBE),
        seller_code=draw(MAYBE),
        standard_code=draw(st.just(Identifier()) | identifiers("0160")),
        classifications=tuple(draw(st.lists(identifiers("HS", "STI"), max_size=2))),
        attributes=tuple(draw(st.lists(st.builds(Attribute, TEXTS, TEXTS), max_size=2))),
    )


@st.composite
def invoices(draw) -> EInvoice:
    """An invoice whose sums are worked out here, by the norm's own words."""
    of_lines = tuple(draw(lines(number)) for number in range(1, draw(st.integers(1, 4)) + 1))
    adjustments = tuple(
        Adjustment(draw(st.booleans()), draw(MONEY), category="S", rate=draw(RATES), reason=draw(TEXTS))
        for _ in range(draw(st.integers(0, 3)))
    )
    allowances = [each.amount for each in adjustments if not each.is_charge]
    charges = [each.amount for each in adjustments if each.is_charge]
    taxes = []
    for rate in sorted({part.rate for part in (*of_lines, *adjustments)}):
        taxable = sum((line.net for line in of_lines if line.rate == rate), Decimal(0)) + sum(
            (each.amount if each.is_charge else -each.amount for each in adjustments if each.rate == rate), Decimal(0)
        )
        taxes.append(Tax("S", rate, taxable, (taxable * rate / 100).quantize(CENT, ROUND_HALF_UP)))
    net = sum((line.net for line in of_lines), Decimal(0)) - sum(allowances, Decimal(0)) + sum(charges, Decimal(0))
    tax = sum((each.tax for each in taxes), Decimal(0))
    prepaid, rounding = (
        draw(st.none() | MONEY),
        draw(st.none() | st.decimals(min_value="-0.5", max_value="0.5", places=2)),
    )
    is_credit_note = draw(st.booleans())
    return EInvoice(
        is_credit_note=is_credit_note,
        number=draw(TEXTS),
        issued_on=draw(DAYS),
        type_code="381" if is_credit_note else "380",
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        due_on=draw(DAYS),
        buyer_reference=draw(MAYBE),
        project=draw(MAYBE),
        contract=draw(MAYBE),
        order=draw(MAYBE),
        accounting=draw(MAYBE),
        terms=draw(MAYBE),
        notes=tuple(draw(st.lists(st.builds(Note, TEXTS, st.sampled_from(["", "AAI", "REG"])), max_size=2))),
        profile=SMALL.profile,
        preceding=tuple(draw(st.lists(st.builds(Preceding, TEXTS, st.none() | DAYS), max_size=2))),
        seller=draw(PARTIES),
        buyer=replace(draw(PARTIES), ids=(), tax_registration="", legal_form=""),
        remittance=draw(MAYBE),
        payments=(Payment("58", account=Account("DE89370400440532013000", draw(MAYBE))),),
        adjustments=adjustments,
        totals=Totals(
            lines=sum((line.net for line in of_lines), Decimal(0)),
            allowances=sum(allowances) if allowances else None,
            charges=sum(charges) if charges else None,
            net=net,
            tax=tax,
            gross=net + tax,
            prepaid=prepaid,
            rounding=rounding,
            payable=net + tax - (prepaid or 0) + (rounding or 0),
        ),
        taxes=tuple(taxes),
        documents=tuple(
            draw(
                st.lists(
                    st.builds(
                        Document,
                        TEXTS,
                        MAYBE,
                        attachment=st.builds(Attachment, st.binary(min_size=1), st.just("text/csv"), TEXTS),
                    ),
                    max_size=1,
                )
            )
        ),
        lines=of_lines,
    )


@settings(max_examples=60, deadline=None)
@given(invoices())
def test_what_is_written_is_read(invoice):
    for syntax in (UBL, CII):
        found = read(write(invoice, syntax))
        assert found.invoice == invoice
        assert found.problems == ()


@settings(max_examples=40, deadline=None)
@given(
    invoices(),
    st.sampled_from(["lines", "net", "tax", "gross", "payable"]),
    st.sampled_from([CENT, -CENT, Decimal(100)]),
)
def test_a_total_that_is_off_is_refused(invoice, name, off):
    """Whatever the invoice: each total follows from the others, and none can be another by a cent."""
    totals = replace(invoice.totals, **{name: getattr(invoice.totals, name) + off})
    rules = {each.rule for each in problems(replace(invoice, totals=totals))}
    assert (
        rules
        >= {
            "lines": {"BR-CO-10", "BR-CO-13"},
            "net": {"BR-CO-13", "BR-CO-15"},
            "tax": {"BR-CO-14", "BR-CO-15"},
            "gross": {"BR-CO-15", "BR-CO-16"},
            "payable": {"BR-CO-16"},
        }[name]
    )


# Shrinking what Saxon looks at takes minutes.
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(invoices())
def test_the_norm_finds_no_fault(invoice):
    for syntax in (UBL, CII):
        content = write(invoice, syntax)
        assert norm.schema_errors(content) == []
        assert norm.broken(content) == []
