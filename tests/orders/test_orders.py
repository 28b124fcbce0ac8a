"""Orders: written whole or not at all, summed up by the norm, checked, and followed by what changes."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given as drawn
from hypothesis import strategies as st

from o2c.core import outbox
from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent
from o2c.core.states import IllegalMove, LostRace
from o2c.invoicing.invoices import drafts as invoices
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.orders import customers, products
from o2c.orders.checking import keeping, rules
from o2c.orders.models import Account, Order, OrderLine, OrderProblem, PaymentTerms
from o2c.orders.ordering import moving, taxing, totals, writing
from o2c.orders.ordering.drafts import DraftLine, OrderRefused, ShipTo, as_draft
from o2c.orders.ordering.taxing import Way, propose, unfounded
from o2c.wiring import handle_events
from tests.at_once import at_once
from tests.orders.makers import TODAY, active, line, order, price_list, problems, product, ready, say

VAT = Decimal(19)
STATE = Order.State


@pytest.fixture
def shop(given):
    """A legal entity with a default list, a product on it at 10, and a customer of whom all is known."""
    entity = given.entity()
    sold = product("P1", tax_rate=VAT)
    listed = price_list(entity, is_default=True)
    say(listed, sold, "10")
    return entity, ready(given), sold, listed


# --- Writing


def test_an_order_is_filled_in_from_what_is_agreed_and_validated_where_nothing_is_wrong(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold, "3"), entity=entity, customer_reference="PO 7")
    assert (made.state, made.number, problems(made)) == (STATE.VALIDATED, "SO2026-000001", [])
    assert (made.net_total, made.tax_total, made.gross_total, made.base_total) == (
        30,
        Decimal("5.7"),
        Decimal("35.7"),
        Decimal("35.7"),
    )
    (row,) = made.lines.all()
    assert (row.description, row.unit, row.price, row.origin, row.tax_category, row.tax_rate, row.net) == (
        "Product P1", "C62", 10, "default_list", "S", 19, 30,
    )  # fmt: skip
    assert (made.ship_to_city, made.ship_to_country) == ("Köln", "DE")
    assert list(OutboxEvent.objects.filter(kind="orders.validated").values_list("payload__order_id", flat=True)) == [
        made.pk
    ]


def test_terms_and_contract_are_those_that_price_it(given, shop):
    entity, customer, sold, _ = shop
    terms = PaymentTerms.objects.create(code="NET10", name="Net 10", days=10)
    agreed = active(entity, customer, terms=terms)
    say(agreed, sold, "9")
    made = order(customer, line(sold), entity=entity)
    assert (made.contract, made.terms, made.lines.get().origin) == (agreed, terms, "contract")


def test_what_cannot_be_written_is_refused_whole_with_its_place(shop):
    entity, customer, sold, _ = shop
    with pytest.raises(OrderRefused) as refused:
        order(customer, line(sold), line(sold, "1.1234567", unit="XXX"), entity=entity, incoterm="CAF")
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/incoterm", "incoterm"), ("/lines/1/quantity", "scale"), ("/lines/1/unit", "unit"),
    ]  # fmt: skip
    with pytest.raises(OrderRefused):
        order(customer, line(sold, "9999999999999", "9999999999999"), entity=entity)
    assert not Order.objects.exists()


def test_numbers_have_no_gaps_where_an_order_is_refused(shop):
    entity, customer, sold, _ = shop
    order(customer, line(sold), entity=entity, source="edi", external_id="1")
    with pytest.raises(OrderRefused):
        order(customer, line(sold), entity=entity, source="edi", external_id="1")
    assert order(customer, line(sold), entity=entity).number == "SO2026-000002"


def test_a_trial_leaves_nothing(shop):
    from o2c.orders.ordering.trying import attempt

    entity, customer, sold, _ = shop
    made = order(customer, line(sold), entity=entity)
    tried = attempt(replace(as_draft(made), lines=(line(sold, "2", "11"),)), actor=SYSTEM)
    assert (tried.order.net_total, [each.code for each in tried.problems]) == (22, ["price_differs"])
    assert Order.objects.count() == 1
    assert not OrderProblem.objects.exists()
    assert order(customer, line(sold), entity=entity).number == "SO2026-000002"


def test_lines_that_stay_keep_what_was_said_about_them(shop):
    entity, customer, sold, listed = shop
    other = product("P2", tax_rate=VAT)
    say(listed, other, "5")
    made = order(customer, line(sold, "1", "8"), line(other), entity=entity)
    keeping.waive(made.problems.get(), reason="agreed by phone", actor=SYSTEM)
    draft = as_draft(made)
    again = writing.write(
        replace(draft, lines=(draft.lines[1], draft.lines[0], line(other, "2"))), existing=made, actor=SYSTEM
    )
    assert [(row.position, row.price, row.quantity) for row in again.lines.all()] == [(1, 5, 1), (2, 8, 1), (3, 5, 2)]
    assert (problems(again), again.state) == (["(price_differs)"], STATE.VALIDATED)
    ids = set(OrderLine.objects.values_list("pk", flat=True))
    writing.write(as_draft(again), existing=again, actor=SYSTEM)
    assert set(OrderLine.objects.values_list("pk", flat=True)) == ids


def test_nobody_overwrites_what_they_have_not_seen_nor_what_is_confirmed(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold), entity=entity)
    seen = made.updated_at
    writing.write(replace(as_draft(made), note="By noon"), existing=made, seen=seen, actor=SYSTEM)
    with pytest.raises(LostRace):
        writing.write(replace(as_draft(made), note="At night"), existing=made, seen=seen, actor=SYSTEM)
    assert Order.objects.get().note == "By noon"
    Order.objects.update(state=STATE.CONFIRMED)
    with pytest.raises(LostRace):
        writing.write(replace(as_draft(made), note="At night"), existing=made, actor=SYSTEM)


def test_a_held_order_that_is_changed_is_decided_again(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold), entity=entity)
    Order.objects.update(state=STATE.ON_HOLD)
    made.refresh_from_db()
    assert writing.write(replace(as_draft(made), note="By noon"), existing=made, actor=SYSTEM).state == STATE.ON_HOLD
    changed = replace(as_draft(made), lines=(line(sold, "9"),))
    assert writing.write(changed, existing=made, actor=SYSTEM).state == STATE.VALIDATED


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_one_order(given):
    entity = given.entity()
    sold, customer = product("P1", tax_rate=VAT), ready(given)
    said = writing.DraftOrder(
        entity=entity, customer=customer, ordered_on=TODAY, channel="ubl", lines=(line(sold, "1", "1"),), source="edi",
        external_id="7",
    )  # fmt: skip
    results = at_once(*[lambda: writing.by_key(said, actor=SYSTEM)] * 4)
    assert sorted(new for _, new in results) == [False, False, False, True]
    assert Order.objects.get().number == "SO2026-000001"


# --- Totals and tax

FINE = st.decimals(0, 10_000, places=6)
LINES = st.lists(
    st.tuples(FINE, FINE, st.decimals(1, 1000, places=2), st.sampled_from("SZG"), st.decimals(0, 99, places=1)),
    min_size=1, max_size=8,
)  # fmt: skip


@drawn(LINES, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_totals_are_what_the_norm_says(lines, currency):
    unit = {"EUR": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.001")}[currency]
    told = totals.total((totals.Priced(*each) for each in lines), currency)
    for net, (quantity, price, per, _, _) in zip(told.nets, lines, strict=True):
        assert abs(net - quantity * price / per) <= unit / 2
        assert net == net.quantize(unit)
    assert told.net == sum(told.nets) == sum(each.taxable for each in told.taxes)  # BR-CO-10
    assert len({(each.category, each.rate) for each in told.taxes}) == len(told.taxes)
    for each in told.taxes:
        assert abs(each.tax - each.taxable * each.rate / 100) <= unit / 2  # BR-CO-17
    assert told.tax == sum(each.tax for each in told.taxes)
    assert told.gross == told.net + told.tax


def test_an_order_comes_to_what_its_invoice_will(given, shop):
    entity, customer, *_ = shop
    lines = [("3", "0.335", "1", "19"), ("7", "1.115", "3", "19"), ("2.5", "9.99", "1", "7"), ("1", "0.005", "1", "7")]
    ours = totals.total(
        (totals.Priced(Decimal(q), Decimal(p), Decimal(per), "S", Decimal(r)) for q, p, per, r in lines), "EUR"
    )
    invoice = invoices.write(
        Draft(
            entity, customer, "EUR", TODAY,
            tuple(Line("x", Decimal(q), Decimal(p), "S", Decimal(r), price_per=Decimal(per)) for q, p, per, r in lines),
        ),
        actor=SYSTEM,
    )  # fmt: skip
    assert list(ours.nets) == list(invoice.lines.order_by("position").values_list("net", flat=True))
    assert (ours.net, ours.tax, ours.gross) == (invoice.net_total, invoice.tax_total, invoice.gross_total)


@pytest.mark.parametrize(
    ("way", "category", "rate"),
    [
        (Way("DE", "DE"), "S", 19),
        (Way("DE", ""), "S", 19),
        (Way("DE", "FR", "FR40303265045"), "K", 0),
        (Way("DE", "MC", "FR40303265045"), "K", 0),
        (Way("DE", "FR"), "S", 19),
        (Way("DE", "FR", "DE136695976"), "S", 19),
        (Way("DE", "FR", "FR00000000000"), "S", 19),
        (Way("DE", "US"), "G", 0),
        (Way("DE", "GB"), "G", 0),
        (Way("CH", "LI"), "S", 19),
        (Way("CH", "DE", "DE136695976"), "G", 0),
        (Way("US", "US"), "S", 19),
    ],
)
def test_tax_follows_the_way_of_the_goods(way, category, rate):
    proposed = propose(way, VAT)
    assert (proposed.category, proposed.rate) == (category, rate)
    assert unfounded(way, proposed.category) == ""


def test_what_has_no_foundation_is_told():
    assert unfounded(Way("DE", "DE", "FR40303265045"), "K")
    assert unfounded(Way("DE", "FR"), "K")
    assert unfounded(Way("DE", "FR"), "G")
    assert not unfounded(Way("DE", "DE"), "E")
    assert propose(Way("DE", "DE"), Decimal(0)) == taxing.Tax(taxing.TaxCategory.ZERO, Decimal(0))


# --- What is wrong


def test_each_thing_that_is_wrong_is_named_at_its_line(given, shop):
    entity, _, sold, _ = shop
    customer = given.customer("C-9", vat_id="DE123", country="DE")
    Account.objects.filter(customer=customer).update(standing="blocked", demands_order_number=True, currency="USD")
    gone = products.change(product("P3", tax_rate=VAT), in_use=False, actor=SYSTEM)
    made = order(
        customer,
        line(sold, "1", "11"),
        line(sold, "0", unit="KGM"),
        line(gone, "1", "1"),
        line(None, "1", "1", given="4711", tax_category="K"),
        entity=entity,
        currency="EUR",
    )
    assert made.state == STATE.DRAFT
    found = [(p.line.position if p.line else 0, p.code) for p in made.problems.select_related("line").order_by("pk")]
    assert found == [
        (0, "account_not_open"), (0, "currency_differs"), (0, "vat_id_wrong"), (0, "customer_address"),
        (0, "ship_to_address"), (0, "order_number_missing"), (1, "price_differs"), (2, "unit_differs"),
        (2, "quantity_missing"), (3, "product_out_of_use"), (3, "no_price"), (4, "product_unknown"),
        (4, "tax_unfounded"),
    ]  # fmt: skip
    differs = made.problems.get(code="price_differs")
    assert (differs.text, differs.facts) == (
        "11 is not what STD says: 10.", {"price": "11", "agreed": "10", "origin": "default_list", "owner": "STD"},
    )  # fmt: skip


def test_an_export_asks_for_what_customs_ask(given, shop):
    entity, _, sold, _ = shop
    customer = ready(given, "C-9", country="US")
    made = order(customer, line(sold), entity=entity)
    assert problems(made) == ["hs_code_missing", "origin_missing", "weight_missing", "incoterm_missing"]
    assert (made.lines.get().tax_category, made.tax_total) == ("G", 0)
    said = line(sold, hs_code="480256", origin_country="DE", net_weight_kg=Decimal(2), gross_weight_kg=Decimal("2.5"))
    again = writing.write(replace(as_draft(made), lines=(said,), incoterm="DAP"), existing=made, actor=SYSTEM)
    assert (problems(again), again.state) == ([], STATE.VALIDATED)


def test_work_that_is_sold_abroad_passes_no_customs(given, shop):
    entity, *_ = shop
    hours = products.create(number="W-1", name="Fitting", unit="HUR", actor=SYSTEM)
    customer = ready(given, "C-9", country="US")
    made = order(customer, line(hours, price=Decimal(80)), entity=entity)
    assert problems(made) == ["no_price", "incoterm_missing"]


def test_the_second_order_with_a_reference_is_a_duplicate_until_the_first_is_cancelled(shop):
    entity, customer, sold, _ = shop
    first = order(customer, line(sold), entity=entity, customer_reference="PO 1")
    second = order(customer, line(sold), entity=entity, customer_reference="PO 1")
    assert (problems(first), problems(second)) == ([], ["duplicate"])
    moving.cancel(first, reason="sent twice", actor=SYSTEM)
    second.refresh_from_db()
    assert (problems(second), second.state) == ([], STATE.VALIDATED)


def test_without_account_or_lines_it_is_still_written(given, shop):
    entity, *_ = shop
    stranger = ready(given, "C-9", entity=given.entity("FR1", country="FR"))
    made = order(stranger, entity=entity)
    assert problems(made) == ["no_account", "no_lines"]


def test_a_currency_without_rate_is_told(given, shop):
    entity, customer, sold, _ = shop
    dollars = price_list(entity, "USD", currency="USD", is_default=True)
    say(dollars, sold, "12")
    made = order(customer, line(sold), entity=entity, currency="USD")
    assert (problems(made), made.base_total, made.lines.get().price) == (["no_exchange_rate"], None, 12)


def test_a_price_that_differs_is_waived_for_a_reason_and_no_other_problem_is(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold, "0", "9"), entity=entity)
    differs, missing = made.problems.get(code="price_differs"), made.problems.get(code="quantity_missing")
    for problem, reason in ((missing, "never mind"), (differs, " ")):
        with pytest.raises(keeping.WaivingRefused):
            keeping.waive(problem, reason=reason, actor=SYSTEM)
    keeping.waive(differs, reason="Goodwill", actor=SYSTEM)
    assert keeping.waive(differs, reason="Again", actor=SYSTEM).waived_reason == "Goodwill"
    assert (problems(made), made.state) == (["(price_differs)", "quantity_missing"], STATE.DRAFT)
    fixed = writing.write(
        replace(as_draft(made), lines=(replace(as_draft(made).lines[0], quantity=Decimal(2)),)),
        existing=made,
        actor=SYSTEM,
    )
    assert (problems(fixed), fixed.state) == (["(price_differs)"], STATE.VALIDATED)
    other = writing.write(
        replace(as_draft(fixed), lines=(replace(as_draft(fixed).lines[0], price=Decimal(8)),)),
        existing=fixed,
        actor=SYSTEM,
    )
    assert (problems(other), other.state) == (["price_differs"], STATE.DRAFT)  # another price is another question
    assert OrderProblem.objects.filter(code="price_differs").count() == 2


# --- Following


def test_orders_follow_customers_prices_products_and_contracts(shop):
    entity, customer, sold, listed = shop
    made = order(customer, line(sold), entity=entity)

    def after(act) -> tuple[str, list[str]]:
        act()
        handle_events()
        handle_events()  # what the order did by that
        assert not outbox.dead().exists()
        assert not OutboxEvent.objects.filter(done_at=None).exists()
        made.refresh_from_db()
        return made.state, problems(made)

    assert after(lambda: customers.change(customer, city="", actor=SYSTEM)) == ("draft", ["customer_address"])
    assert after(lambda: customers.change(customer, city="Bonn", actor=SYSTEM)) == ("validated", [])
    assert after(lambda: say(listed, sold, "12")) == ("draft", ["price_differs"])
    assert made.lines.get().list_price.price == 12
    assert after(lambda: say(listed, sold, "10")) == ("validated", [])
    assert after(lambda: products.change(sold, in_use=False, actor=SYSTEM)) == ("draft", ["product_out_of_use"])
    assert after(lambda: products.change(sold, in_use=True, actor=SYSTEM)) == ("validated", [])
    agreed = []

    def agree():
        agreed.append(active(entity, customer))
        say(agreed[0], sold, "7")

    assert after(agree) == ("draft", ["price_differs"])
    account = Account.objects.get(customer=customer)
    customers.change_account(account, standing="closed", actor=SYSTEM)
    draft = as_draft(made)
    anew = replace(draft, lines=tuple(replace(each, price=None) for each in draft.lines))
    assert after(lambda: writing.write(anew, existing=made, actor=SYSTEM)) == (
        "draft", ["account_not_open"],
    )  # fmt: skip
    assert made.net_total == 7


def test_what_is_confirmed_is_not_looked_at_again(shop):
    entity, customer, sold, listed = shop
    made = order(customer, line(sold), entity=entity)
    Order.objects.update(state=STATE.CONFIRMED)
    say(listed, sold, "12")
    handle_events()
    made.refresh_from_db()
    assert (made.state, problems(made), made.net_total) == ("confirmed", [], 10)


def test_a_draft_that_nobody_called_whole_stays_one(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold), entity=entity, submitted=False)
    assert (made.state, problems(made)) == (STATE.DRAFT, [])
    assert moving.submit(made, actor=SYSTEM).state == STATE.VALIDATED
    assert moving.submit(made, actor=SYSTEM).state == STATE.VALIDATED


# --- Cancelling


def test_an_order_is_cancelled_once_and_with_a_reason(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold), entity=entity)
    with pytest.raises(OrderRefused):
        moving.cancel(made, reason="  ", actor=SYSTEM)
    assert moving.cancel(made, reason="The customer does not want it", actor=SYSTEM).state == STATE.CANCELLED
    moving.cancel(made, reason="again", actor=SYSTEM)
    made.refresh_from_db()
    assert made.reason == "The customer does not want it"
    assert OutboxEvent.objects.filter(kind="orders.cancelled").count() == 1


def test_what_was_delivered_is_not_cancelled(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold), entity=entity)
    Order.objects.update(state=STATE.PARTLY_DELIVERED)
    with pytest.raises(IllegalMove):
        moving.cancel(made, reason="too late", actor=SYSTEM)


# --- How many statements


def test_checking_takes_as_many_statements_for_two_hundred_lines_as_for_two(shop):
    entity, customer, _sold, listed = shop
    others = [product(f"Q{n}", tax_rate=VAT) for n in range(20)]
    for each in others:
        say(listed, each, "5")

    def counted(lines: int) -> tuple[int, int]:
        made = order(customer, *(line(others[n % 20], "1", "6") for n in range(lines)), entity=entity)
        OrderProblem.objects.filter(order=made).delete()
        with CaptureQueriesContext(
            connection,
        ) as checked:
            keeping.revalidate([made.pk], actor=SYSTEM)
        assert len(problems(made)) == lines
        with CaptureQueriesContext(connection) as written:
            writing.write(
                replace(
                    as_draft(made), lines=tuple(replace(each, quantity=Decimal(2)) for each in as_draft(made).lines)
                ),
                existing=made,
                actor=SYSTEM,
            )
        return len(checked), len(written)

    assert counted(2) == counted(200)


def test_every_problem_that_may_be_waived_names_a_right():
    from o2c.core.rights import RIGHTS

    assert set(rules.WAIVERS.values()) <= set(RIGHTS)


def test_prices_are_looked_up_in_the_ship_to_of_the_order(shop):
    entity, customer, sold, _ = shop
    made = order(customer, line(sold), entity=entity, ship_to=ShipTo("Werk 2", "Rue 1", "75001", "Paris", "FR"))
    row = made.lines.get()
    assert (made.ship_to_city, row.tax_category, row.tax_rate) == ("Paris", "S", 19)
    assert isinstance(as_draft(made).lines[0], DraftLine)
