"""What an invoice comes to, against the norm's rules written once more in plain Python."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as any_of
from hypothesis import strategies as st

from o2c.core.actors import SYSTEM
from o2c.core.money import step
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import Adjustment, Declared, Draft, InvoiceRefused, Line
from o2c.invoicing.models import Invoice, OpenItem, Posting
from o2c.invoicing.proof import proof
from tests.invoicing.invoices.conftest import DAY, line

TAXES = st.sampled_from(
    [("S", "19"), ("S", "7"), ("S", "5.5"), ("Z", "0"), ("E", "0"), ("AE", "0"), ("K", "0"), ("G", "0")]
)


def cents(value: Decimal, currency: str) -> Decimal:
    return value.quantize(step(currency), ROUND_HALF_UP)


def expected(draft: Draft) -> dict[str, Decimal]:
    """BT-106 to BT-117 of a draft by EN 16931-1, section 6.4.3 and BR-CO-10 to BR-CO-17."""
    unit = draft.currency
    nets, groups = [], defaultdict(Decimal)
    for each in draft.lines:
        gross = each.quantity * each.price / each.price_per
        added = sum(
            (1 if a.is_charge else -1) * (a.amount if a.percent is None else cents(gross * a.percent / 100, unit))
            for a in each.adjustments
        )
        nets.append(cents(gross + added, unit))
        groups[each.category, each.rate] += nets[-1]
    lines_of = dict(groups)
    allowances = charges = Decimal(0)
    for a in draft.adjustments:
        base = lines_of.get((a.category, a.rate), Decimal(0))
        amount = a.amount if a.percent is None else cents(base * a.percent / 100, unit)
        allowances, charges = (allowances, charges + amount) if a.is_charge else (allowances + amount, charges)
        groups[a.category, a.rate] += amount if a.is_charge else -amount
    net = sum(nets) - allowances + charges
    tax = sum(cents(taxable * rate / 100, unit) for (_, rate), taxable in groups.items())
    return {
        "line_total": sum(nets),  # BR-CO-10
        "allowance_total": allowances,  # BR-CO-11
        "charge_total": charges,  # BR-CO-12
        "net_total": net,  # BR-CO-13
        "tax_total": tax,  # BR-CO-14, BR-CO-17
        "gross_total": net + tax,  # BR-CO-15
        "payable": net + tax - draft.prepaid + draft.rounding,  # BR-CO-16
    }


def decimals(low: int, high: int, places: int):
    return st.integers(low, high).map(lambda whole: Decimal(whole).scaleb(-places))


@st.composite
def adjustments(draw, currency: str, taxed: bool):
    percent = draw(st.one_of(st.none(), decimals(1, 500_000, 4)))
    places = -step(currency).as_tuple().exponent
    category, rate = draw(TAXES) if taxed else ("", "0")
    return Adjustment(
        reason="For any reason",
        is_charge=draw(st.booleans()),
        percent=percent,
        amount=None if percent is not None else draw(decimals(1, 50_000, places)),
        category=category,
        rate=Decimal(rate),
    )


@st.composite
def bodies(draw):
    """Currency, lines and adjustments of any kind."""
    currency = draw(st.sampled_from(["EUR", "EUR", "JPY", "KWD"]))
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        category, rate = draw(TAXES)
        lines.append(
            Line(
                description="Anything",
                quantity=draw(decimals(-2_000_000, 9_000_000, 3)),
                price=draw(decimals(0, 99_999_999, 4)),
                price_per=draw(st.sampled_from([Decimal(1), Decimal(1), Decimal(3), Decimal(100)])),
                category=category,
                rate=Decimal(rate),
                adjustments=tuple(draw(st.lists(adjustments(currency, taxed=False), max_size=2))),
            )
        )
    own = draw(st.lists(adjustments(currency, taxed=True), max_size=3))
    return currency, tuple(lines), tuple(own)


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@any_of(body=bodies())
def test_totals_are_what_the_norm_says_whatever_is_invoiced(company, body):
    follow(company, body)


@pytest.mark.soak
@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@any_of(body=bodies())
def test_totals_are_what_the_norm_says_at_length(company, body):
    follow(company, body)


def follow(company, body) -> None:
    """Write, sum up, issue and cancel it."""
    currency, lines, own = body
    invoicing, customer = company
    draft = invoicing.draft(
        *lines, customer=customer, currency=currency, adjustments=own, exemption_reason="Section 4", delivered_on=DAY
    )
    want = expected(draft)
    written = drafts.write(draft, actor=SYSTEM)
    assert {name: getattr(written, name) for name in want} == want
    taxes = {(t.category, t.rate): (t.taxable, t.tax) for t in written.taxes.all()}
    assert sum(taxable for taxable, _ in taxes.values()) == want["net_total"]
    if min(want["gross_total"], want["net_total"]) < 0:
        with pytest.raises(InvoiceRefused):
            issuing.issue(written, actor=SYSTEM, today=DAY)
        return
    before = balances()
    issued = issuing.issue(written, actor=SYSTEM, today=DAY)
    assert sum(OpenItem.objects.filter(entry=issued.entry_id).values_list("amount", flat=True)) == want["payable"]
    assert proof() == []
    cancelled = correcting.cancel(issued, actor=SYSTEM, on=DAY)
    assert (cancelled.gross_total, cancelled.number[:2]) == (want["gross_total"], "CN")
    assert (balances(), proof()) == (before, [])


@pytest.fixture
def company(invoicing):
    for currency, rate in (("JPY", "160"), ("KWD", "0.33")):
        invoicing.given.rate(currency, rate, DAY)
    return invoicing, invoicing.buyer()


def balances() -> dict:
    """What stands on each account and item that has a balance."""
    totals = defaultdict(Decimal)
    for account, currency, amount, base in Posting.objects.values_list(
        "account__role", "currency", "amount", "base_amount"
    ):
        totals[account, currency] += amount
        totals[account, "base"] += base
    totals["open", ""] = sum(OpenItem.objects.values_list("open_amount", flat=True))
    return {key: value for key, value in totals.items() if value}


def test_a_line_is_rounded_once_and_the_tax_once_for_each_rate(invoicing, db):
    written = invoicing.write(line("0.333", "3", "7"), line("0.333", "1.5", "7"), line("10.005", "1", "19"))
    assert [each.net for each in written.lines.all()] == [Decimal("1.00"), Decimal("0.50"), Decimal("10.01")]
    assert [(t.rate, t.taxable, t.tax) for t in written.taxes.all()] == [
        (Decimal(19), Decimal("10.01"), Decimal("1.90")),
        (Decimal(7), Decimal("1.50"), Decimal("0.11")),
    ]
    assert (written.gross_total, written.payable) == (Decimal("13.52"), Decimal("13.52"))


def test_what_is_declared_must_be_what_it_comes_to(invoicing, db):
    right = Declared(Decimal(100), Decimal(100), Decimal(19), Decimal(119), Decimal(119))
    invoicing.write(line("100.00", net=Decimal(100)), declared=right)
    wrong = Declared(Decimal(101), Decimal(101), Decimal(18), Decimal(118), Decimal(120))
    with pytest.raises(InvoiceRefused) as refused:
        invoicing.write(line("100.00", net=Decimal("99.99")), declared=wrong)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/lines/0/net", "net"),
        ("/declared/line_total", "BR-CO-10"),
        ("/declared/net_total", "BR-CO-13"),
        ("/declared/tax_total", "BR-CO-14"),
        ("/declared/gross_total", "BR-CO-15"),
        ("/declared/payable", "BR-CO-16"),
    ]
    assert Invoice.objects.count() == 1
