"""Which price counts, where it comes from, and that no price which counted is rewritten."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings
from hypothesis import given as cases
from hypothesis import strategies as st

from o2c.core.actors import SYSTEM
from o2c.core.states import LostRace
from o2c.orders import products
from o2c.orders.models import Account, ListPrice, PriceList, PriceListChoice, Product
from o2c.orders.prices import keeping, lists
from o2c.orders.prices.reading import Wanted, price_of, prices_for
from o2c.orders.prices.refusing import PriceRefused
from o2c.orders.prices.rules import Offer, Origin, price_for
from o2c.orders.products import ProductRefused
from tests.at_once import at_once
from tests.orders.makers import TODAY, activate, active, contract, price_list, product, say

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))


def costs(account, sold, quantity="1", on=TODAY):
    found = price_of(account, sold.pk, Decimal(quantity), on)
    return None if found is None else (found.origin, found.owner, f"{found.price.normalize():f}")


def lines(owner):
    return [
        (f"{each.price.normalize():f}", each.valid_from, each.valid_until)
        for each in owner.prices.order_by("valid_from")
    ]


# --- The rule


OFFERS = st.builds(
    Offer,
    origin=st.sampled_from(Origin), owner_id=st.just(1), owner=st.just("x"), price_id=st.integers(1, 99),
    product_id=st.integers(1, 2), currency=st.sampled_from(["EUR", "USD"]),
    from_quantity=st.integers(0, 5).map(Decimal), price=st.integers(0, 9).map(Decimal), price_per=st.just(Decimal(1)),
    valid_from=st.dates(date(2026, 3, 1), date(2026, 3, 20)),
    valid_until=st.none() | st.dates(date(2026, 3, 1), date(2026, 3, 20)),
    counts_from=st.none() | st.dates(date(2026, 3, 1), date(2026, 3, 20)),
    counts_until=st.none() | st.dates(date(2026, 3, 1), date(2026, 3, 20)),
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@cases(st.lists(OFFERS, max_size=12), st.integers(0, 6).map(Decimal), st.dates(date(2026, 3, 1), date(2026, 3, 20)))
def test_the_rule_is_that_of_a_plain_search(offers, quantity, on):
    """The nearest origin that has any break reached on the day, and of it the largest break."""
    found = price_for(1, offers, quantity, on, currency="EUR")
    wanted = None
    for origin in ("contract", "account_list", "default_list"):
        for break_from in (5, 4, 3, 2, 1, 0):
            for each in offers:
                days = [each.valid_from, each.valid_until, each.counts_from, each.counts_until]
                first = max(day for day in (days[0], days[2]) if day)
                last = min((day for day in (days[1], days[3]) if day), default=date.max)
                if (
                    wanted is None and each.origin == origin and each.product_id == 1 and each.currency == "EUR"
                    and each.from_quantity == break_from <= quantity and first <= on <= last
                ):  # fmt: skip
                    wanted = each
    assert found == wanted


def test_what_a_quantity_costs_is_rounded_once():
    offer = Offer(
        Origin.DEFAULT_LIST, 1, "STD", 1, 1, "EUR", Decimal(0), Decimal("12.345678"), Decimal(100), date(2026, 1, 1)
    )
    assert str(offer.net(Decimal("333")).amount) == "41.11"


# --- Reading


def test_a_contract_comes_before_the_own_list_and_that_before_the_default(given, account):
    entity, sold = account.entity, product()
    assert costs(account, sold) is None
    default = price_list(entity, is_default=True)
    say(default, sold, "10")
    assert costs(account, sold) == ("default_list", "STD", "10")
    own = price_list(entity, "KEY")
    lists.choose(account, own, valid_from=TODAY, today=TODAY, actor=SYSTEM)
    assert costs(account, sold) == ("default_list", "STD", "10")  # the own list does not know it
    say(own, sold, "9")
    assert costs(account, sold) == ("account_list", "KEY", "9")
    agreed = contract(entity, account.customer)
    say(agreed, sold, "8", above="10", since=date(2026, 1, 1))
    assert costs(account, sold, "10") == ("account_list", "KEY", "9")  # a draft counts for nothing
    activate(agreed)
    assert costs(account, sold, "10") == ("contract", "C-1", "8")
    assert costs(account, sold, "9.999999") == ("account_list", "KEY", "9")
    assert costs(account, sold, "10", on=date(2027, 1, 1)) == ("account_list", "KEY", "9")  # it has run out


def test_of_the_breaks_the_largest_that_is_reached_counts(given, account):
    sold, standard = product(), price_list(account.entity, is_default=True)
    for above, price in (("0", "10"), ("100", "9"), ("1000", "8.123456")):
        say(standard, sold, price, above=above)
    assert [costs(account, sold, quantity)[2] for quantity in ("1", "99.9", "100", "5000")] == [
        "10", "10", "9", "8.123456",
    ]  # fmt: skip


def test_a_list_in_another_currency_or_of_another_entity_says_nothing(given, account):
    sold = product()
    say(price_list(account.entity, "USD", currency="USD", is_default=True), sold, "10")
    say(price_list(given.entity("DE2"), is_default=True), sold, "10")
    assert costs(account, sold) is None


def test_two_hundred_lines_of_two_customers_take_three_queries(given, account):
    other = Account.objects.get(customer=given.customer("C2"))
    standard = price_list(account.entity, is_default=True)
    agreed = active(account.entity, account.customer)
    sold = [product(f"P{number}") for number in range(100)]
    for number, each in enumerate(sold):
        say(standard, each, "10")
        if number % 2:
            say(agreed, each, "9")
    wanted = [
        Wanted(each.entity_id, each.customer_id, one.pk, Decimal(1), TODAY, "EUR")
        for each in (account, other) for one in sold
    ]  # fmt: skip
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = prices_for(wanted)
    assert len(asked) == 3
    assert [each.origin for each in found[:4]] == ["default_list", "contract", "default_list", "contract"]
    assert {each.origin for each in found[100:]} == {"default_list"}
    assert prices_for([]) == []


# --- Saying prices


def test_another_price_follows_and_what_was_stays(given, account):
    sold, standard = product(), price_list(account.entity, is_default=True)
    say(standard, sold, "10", since=date(2026, 1, 1))
    say(standard, sold, "11")
    assert lines(standard) == [("10", date(2026, 1, 1), TODAY - DAY), ("11", TODAY, None)]
    assert say(standard, sold, "11") == say(standard, sold, "11")
    assert ListPrice.objects.count() == 2


def test_a_price_for_some_days_lets_the_old_one_stand_again(given, account):
    sold, standard = product(), price_list(account.entity)
    say(standard, sold, "10", since=date(2026, 1, 1))
    say(standard, sold, "7", since=date(2026, 4, 1), until=date(2026, 4, 30))
    assert lines(standard) == [
        ("10", date(2026, 1, 1), date(2026, 3, 31)),
        ("7", date(2026, 4, 1), date(2026, 4, 30)),
        ("10", date(2026, 5, 1), None),
    ]
    say(standard, sold, "8", since=date(2026, 4, 15))
    assert lines(standard)[1:] == [("7", date(2026, 4, 1), date(2026, 4, 14)), ("8", date(2026, 4, 15), None)]


def test_what_counted_is_not_rewritten(given, account):
    sold, standard = product(), price_list(account.entity)
    stands = say(standard, sold, "10", since=date(2026, 1, 1))
    with pytest.raises(PriceRefused, match="at the earliest") as refused:
        say(standard, sold, "11", since=TODAY - DAY)
    assert refused.value.field == "valid_from"
    with pytest.raises(PriceRefused, match="history"):
        keeping.end(stands, last_day=TODAY - 2 * DAY, today=TODAY, actor=SYSTEM)
    with pytest.raises(IntegrityError, match="not rewritten"), transaction.atomic():
        ListPrice.objects.filter(pk=stands.pk).update(price=9)
    assert lines(standard) == [("10", date(2026, 1, 1), None)]
    # where none stood, one may be written down late
    say(standard, sold, "12", since=date(2025, 12, 1), until=date(2025, 12, 31))
    assert len(lines(standard)) == 2


def test_a_price_ends_or_is_taken_back(given, account):
    sold, standard = product(), price_list(account.entity)
    stands, coming = say(standard, sold, "10", since=date(2026, 1, 1)), say(standard, sold, "11", since=TODAY + DAY)
    assert keeping.end(coming, last_day=TODAY, today=TODAY, actor=SYSTEM)
    assert lines(standard) == [("10", date(2026, 1, 1), TODAY)]
    assert not keeping.end(coming, last_day=TODAY, today=TODAY, actor=SYSTEM)
    assert keeping.end(stands, last_day=TODAY - DAY, today=TODAY, actor=SYSTEM)
    assert not keeping.end(stands, last_day=TODAY, today=TODAY, actor=SYSTEM)
    assert lines(standard) == [("10", date(2026, 1, 1), TODAY - DAY)]


@pytest.mark.parametrize(
    ("price", "facts", "field"),
    [
        ("-1", {}, "price"),
        ("NaN", {}, "price"),
        ("1.0000001", {}, "price"),
        ("10000000000000", {}, "price"),
        ("1", {"price_per": Decimal(0)}, "price_per"),
        ("1", {"above": "-1"}, "from_quantity"),
        ("1", {"until": TODAY - DAY}, "valid_until"),
    ],
)
def test_figures_that_cannot_be_kept_are_refused_at_their_field(given, account, price, facts, field):
    sold, standard = product(), price_list(account.entity)
    with pytest.raises(PriceRefused) as refused:
        say(standard, sold, price, **facts)
    assert refused.value.field == field
    assert not ListPrice.objects.exists()


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@cases(data=st.data())
def test_whatever_is_said_each_day_has_the_price_said_last_for_it(given_once, data):
    """A plain model: a dictionary of days, in which each price overwrites its days."""
    sold, standard = given_once
    model, last = {}, date(2026, 4, 10)
    with transaction.atomic():
        for number in range(data.draw(st.integers(1, 6))):
            first = TODAY + data.draw(st.integers(0, 20)) * DAY
            until = data.draw(st.none() | st.integers(0, 12).map(lambda days, first=first: first + days * DAY))
            say(standard, sold, str(number + 1), since=first, until=until)
            model |= {
                first + days * DAY: number + 1 for days in range(((until or last) - first).days + 1)
            }  # fmt: skip
        for days in range((last - TODAY).days + 1):
            on = TODAY + days * DAY
            (found,) = prices_for([Wanted(standard.entity_id, 0, sold.pk, Decimal(1), on, "EUR")])
            assert (None if found is None else int(found.price)) == model.get(on)
        transaction.set_rollback(True)


@pytest.fixture
def given_once(given):
    return product(), price_list(given.entity("DE1"), is_default=True)


@pytest.mark.django_db(transaction=True)
def test_two_who_say_a_price_at_once_leave_one_for_each_day(given):
    sold, standard = product(), price_list(given.entity("DE1"))
    at_once(*(lambda price=price: say(standard, sold, price) for price in ("1", "2", "3", "4")))
    (only,) = lines(standard)
    assert only[1:] == (TODAY, None)


def test_the_database_lets_no_two_prices_stand_on_a_day(given, account):
    sold, standard = product(), price_list(account.entity)
    facts = {"price_list": standard, "product": sold, "price": 1}
    ListPrice.objects.create(**facts, valid_from=date(2026, 1, 1), valid_until=date(2026, 1, 31))
    ListPrice.objects.create(**facts, valid_from=date(2026, 1, 1), from_quantity=10)
    ListPrice.objects.create(**facts, valid_from=date(2026, 2, 1))
    with pytest.raises(IntegrityError, match="list_price_one_at_a_time"), transaction.atomic():
        ListPrice.objects.create(**facts, valid_from=date(2026, 1, 31), valid_until=date(2026, 1, 31))


# --- Lists, and who buys by which


def test_one_list_is_the_default_of_a_currency(given, account):
    first = price_list(account.entity, "A", is_default=True)
    with pytest.raises(PriceRefused, match="Another list is the default"):
        price_list(account.entity, "B", is_default=True)
    second = price_list(account.entity, "B")
    lists.change(second, is_default=True, actor=SYSTEM)
    assert dict(PriceList.objects.values_list("code", "is_default")) == {"A": False, "B": True}
    with pytest.raises(PriceRefused, match="in use"):
        lists.change(second, in_use=False, actor=SYSTEM)
    with pytest.raises(PriceRefused) as refused:
        price_list(account.entity, "A")
    assert refused.value.field == "code"
    with pytest.raises(LostRace):
        lists.change(first, name="x", seen=TODAY, actor=SYSTEM)
    with pytest.raises(PriceRefused, match="another list"):
        lists.change(first, currency="USD", actor=SYSTEM)


def test_a_customer_buys_by_one_list_at_a_time(given, account):
    first, second = price_list(account.entity, "A"), price_list(account.entity, "B")

    def choose(which, since):
        return lists.choose(account, which, valid_from=since, today=TODAY, actor=SYSTEM)

    def told():
        return list(PriceListChoice.objects.values_list("price_list__code", "valid_from", "valid_until"))

    assert choose(first, date(2026, 1, 1))
    assert not choose(first, TODAY)
    assert choose(second, TODAY + 5 * DAY)
    assert told() == [("A", date(2026, 1, 1), TODAY + 4 * DAY), ("B", TODAY + 5 * DAY, None)]
    assert choose(first, TODAY + DAY)
    assert told() == [("A", date(2026, 1, 1), None)]
    assert choose(None, TODAY)
    assert not choose(None, TODAY)
    assert told() == [("A", date(2026, 1, 1), TODAY - DAY)]
    with pytest.raises(PriceRefused, match="history"):
        choose(second, date(2026, 2, 1))
    assert lists.chosen(account, TODAY) is None
    assert lists.chosen(account, TODAY - DAY).price_list == first


def test_a_list_that_does_not_fit_the_account_is_refused(given, account):
    for wrong in (price_list(account.entity, "USD", currency="USD"), price_list(given.entity("DE2"))):
        with pytest.raises(PriceRefused) as refused:
            lists.choose(account, wrong, valid_from=TODAY, today=TODAY, actor=SYSTEM)
        assert refused.value.field == "price_list"


# --- Products


def test_a_product_keeps_the_unit_that_its_prices_are_for(given, account):
    sold = product(unit="KGM")
    assert products.change(sold, unit="GRM", actor=SYSTEM).unit == "GRM"
    say(price_list(account.entity), sold, "10")
    with pytest.raises(ProductRefused) as refused:
        products.change(sold, unit="KGM", actor=SYSTEM)
    assert refused.value.field == "unit"
    with pytest.raises(ProductRefused, match="no unit"):
        product("P2", unit="XXX")
    with pytest.raises(ProductRefused, match="already"):
        product("P1")
    assert Product.objects.count() == 1


def test_nothing_new_is_agreed_of_a_product_out_of_use(given, account):
    sold, standard = product(), price_list(account.entity, is_default=True)
    say(standard, sold, "10")
    products.change(sold, in_use=False, actor=SYSTEM)
    sold.refresh_from_db()
    with pytest.raises(PriceRefused) as refused:
        say(standard, sold, "11", since=TODAY + DAY)
    assert refused.value.field == "product"
    assert costs(account, sold) == ("default_list", "STD", "10")
