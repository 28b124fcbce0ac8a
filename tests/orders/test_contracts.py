"""The life of contracts: what people do with them, what the day does, and what the database refuses."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent
from o2c.core.states import LostRace
from o2c.orders.contracts import keeping
from o2c.orders.contracts.life import Life, life, those
from o2c.orders.models import Account, Contract, ContractPrice
from o2c.orders.prices import keeping as prices
from o2c.orders.prices.reading import price_of
from o2c.orders.prices.refusing import PriceRefused
from tests.at_once import at_once
from tests.orders.makers import TODAY, activate, active, contract, product, say

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))


@pytest.fixture
def of(account):
    return account.entity, account.customer


def end(agreed, last_day, reason="Sold", today=TODAY):
    return keeping.end(agreed, last_day=last_day, reason=reason, today=today, actor=SYSTEM)


def renew(agreed, number="C-1/2", begins_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)):
    return keeping.renew(agreed, number=number, begins_on=begins_on, ends_on=ends_on, actor=SYSTEM)


def costs(account, sold, on=TODAY, quantity="1"):
    found = price_of(account, sold.pk, Decimal(quantity), on)
    return None if found is None else (found.owner, f"{found.price.normalize():f}")


def told(kind):
    return OutboxEvent.objects.filter(kind=kind).count()


# --- What the day does


def test_its_life_is_what_people_did_and_what_the_day_does(of):
    draft = contract(*of, "D")
    runs = active(*of, "A", notice_days=30)
    noticed = end(active(*of, "N"), date(2026, 6, 30))
    open_ended = active(*of, "O", ends_on=None)
    days = (date(2026, 3, 10), date(2026, 6, 30), date(2026, 7, 1), date(2026, 11, 30), date(2026, 12, 1),
            date(2026, 12, 31), date(2027, 1, 1))  # fmt: skip
    assert [life(draft, on) for on in days] == ["draft"] * 7
    assert [life(runs, on) for on in days] == ["active"] * 4 + ["expiring"] * 2 + ["ended"]
    assert [life(noticed, on) for on in days] == ["expiring"] * 2 + ["ended"] * 5
    assert [life(open_ended, on) for on in days] == ["active"] * 7


@pytest.mark.parametrize("on", [TODAY + number * 33 * DAY for number in range(13)])
def test_a_filter_finds_what_the_rule_says(of, on):
    for number, (ends_on, notice) in enumerate(((None, 30), (date(2026, 6, 30), 0), (date(2026, 12, 31), 60))):
        contract(*of, f"D{number}", ends_on=ends_on, notice_days=notice)
        active(*of, f"A{number}", ends_on=ends_on, notice_days=notice)
        end(active(*of, f"E{number}", ends_on=ends_on, notice_days=notice), TODAY + number * 40 * DAY)
        activate(renew(active(*of, f"R{number}", ends_on=ends_on), f"S{number}", begins_on=date(2026, 9, 1)))
    everything = list(Contract.objects.all())
    found = {which: set(Contract.objects.filter(those(which, on)).values_list("pk", flat=True)) for which in Life}
    assert found == {which: {each.pk for each in everything if life(each, on) == which} for which in Life}
    assert sum(map(len, found.values())) == len(everything)


# --- What people do


def test_a_draft_is_free_and_what_was_agreed_is_not(account, of):
    drafted = contract(*of)
    changed = keeping.change(drafted, ends_on=None, name="Paper", notice_days=60, actor=SYSTEM)
    assert (changed.ends_on, changed.name, changed.notice_days) == (None, "Paper", 60)
    activate(drafted)
    assert keeping.change(drafted, name="Board", notice_days=10, actor=SYSTEM).name == "Board"
    with pytest.raises(PriceRefused, match="renewed, not rewritten") as refused:
        keeping.change(drafted, ends_on=date(2028, 1, 1), actor=SYSTEM)
    assert refused.value.field == "ends_on"
    with pytest.raises(PriceRefused):
        keeping.discard(drafted, actor=SYSTEM)
    with pytest.raises(LostRace):
        keeping.change(drafted, name="x", seen=TODAY, actor=SYSTEM)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"number": " "}, "number"),
        ({"name": ""}, "name"),
        ({"ends_on": date(2025, 12, 31)}, "ends_on"),
        ({"notice_days": 731}, "notice_days"),
    ],
)
def test_what_cannot_be_agreed_is_refused_at_its_field(of, facts, field):
    with pytest.raises(PriceRefused) as refused:
        contract(*of, **facts)
    assert refused.value.field == field
    assert not Contract.objects.exists()


def test_a_number_once_and_an_account_there_is(given, of):
    contract(*of)
    with pytest.raises(PriceRefused, match="already") as refused:
        contract(*of)
    assert refused.value.field == "number"
    with pytest.raises(PriceRefused, match="no account") as refused:
        contract(given.entity("DE2"), of[1])
    assert refused.value.field == "customer"


def test_a_draft_is_thrown_away_with_its_prices(account, of):
    drafted = contract(*of)
    say(drafted, product(), "10", since=date(2026, 1, 1))
    keeping.discard(drafted, actor=SYSTEM)
    assert not Contract.objects.exists()
    assert not ContractPrice.objects.exists()


def test_the_prices_of_a_draft_are_free(account, of):
    drafted, sold = contract(*of), product()
    first = say(drafted, sold, "10", since=date(2026, 1, 1))
    say(drafted, sold, "11", since=date(2026, 1, 1))
    assert not ContractPrice.objects.filter(pk=first.pk).exists()
    assert ContractPrice.objects.get().price == 11
    activate(drafted)
    with pytest.raises(PriceRefused, match="at the earliest"):
        say(drafted, sold, "12", since=date(2026, 1, 1))
    say(drafted, sold, "12")
    assert (costs(account, sold, TODAY - DAY), costs(account, sold)) == (("C-1", "11"), ("C-1", "12"))


def test_activated_twice_it_is_told_once(of):
    drafted = contract(*of)
    assert activate(drafted).state == activate(drafted).state == "active"
    assert told("contracts.activated") == 1


def test_one_that_is_ended_counts_until_its_last_day(account, of):
    agreed, sold = active(*of), product()
    say(agreed, sold, "10", since=date(2026, 3, 1), today=date(2026, 3, 1))
    with pytest.raises(PriceRefused) as refused:
        end(agreed, TODAY, reason=" ")
    assert refused.value.field == "reason"
    with pytest.raises(PriceRefused, match="history"):
        end(agreed, TODAY - 2 * DAY)
    with pytest.raises(PriceRefused, match="renew it instead"):
        end(agreed, date(2027, 1, 1))
    assert end(agreed, TODAY + DAY).state == "ended"
    assert end(agreed, TODAY + DAY).ends_on == TODAY + DAY
    assert told("contracts.ended") == 1
    assert (costs(account, sold, TODAY + DAY), costs(account, sold, TODAY + 2 * DAY)) == (("C-1", "10"), None)
    with pytest.raises(PriceRefused, match="ended"):
        say(agreed, sold, "11", since=TODAY + DAY)


def test_one_that_is_ended_before_it_begins_never_counts(account, of):
    sold = product()
    agreed = contract(*of, begins_on=date(2026, 6, 1))
    say(agreed, sold, "10", since=date(2026, 6, 1))
    activate(agreed)
    ended = end(agreed, TODAY)
    assert ended.ends_on == date(2026, 5, 31)
    assert costs(account, sold, date(2026, 6, 1)) is None
    other = contract(*of, "C-2", begins_on=date(2026, 6, 1))
    say(other, sold, "9", since=date(2026, 6, 1))
    activate(other)
    assert costs(account, sold, date(2026, 6, 1)) == ("C-2", "9")


def test_a_renewal_follows_and_keeps_what_was(account, of):
    agreed, sold, other = active(*of), product("P1"), product("P2")
    say(agreed, sold, "10")
    say(agreed, sold, "9", above="100")
    say(agreed, other, "5", until=date(2026, 6, 30))  # not on its last day any more
    following = renew(agreed)
    assert renew(agreed) == following
    assert (following.state, following.predecessor, following.name) == ("draft", agreed, agreed.name)
    assert sorted((each.product.number, each.from_quantity, each.price) for each in following.prices.all()) == [
        ("P1", 0, 10), ("P1", 100, 9),
    ]  # fmt: skip
    say(following, sold, "12", since=date(2027, 1, 1))
    activate(following)
    agreed.refresh_from_db()
    assert (agreed.state, agreed.ends_on) == ("renewed", date(2026, 12, 31))
    assert costs(account, sold, date(2026, 12, 31)) == ("C-1", "10")
    assert costs(account, sold, date(2027, 1, 1)) == ("C-1/2", "12")
    assert (told("contracts.renewed"), told("contracts.activated")) == (1, 2)
    with pytest.raises(PriceRefused, match="follows it already"):
        renew(agreed, "C-9")


def test_a_renewal_before_the_end_shortens_the_one_before(account, of):
    agreed, sold = active(*of, ends_on=None), product()
    say(agreed, sold, "10")
    late = renew(agreed, begins_on=TODAY - 5 * DAY)
    with pytest.raises(PriceRefused, match="or later") as refused:
        activate(late)
    assert refused.value.field == "begins_on"
    keeping.change(late, begins_on=TODAY + 5 * DAY, actor=SYSTEM)
    say(late, sold, "11", since=TODAY + 5 * DAY)
    activate(late)
    agreed.refresh_from_db()
    assert agreed.ends_on == TODAY + 4 * DAY
    assert costs(account, sold, TODAY + 4 * DAY) == ("C-1", "10")
    assert costs(account, sold, TODAY + 5 * DAY) == ("C-1/2", "11")


# --- What the database refuses


def delete_at_once(row):
    row.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_two_contracts_do_not_price_one_product_on_a_day(account, of):
    sold = product()
    first, second = active(*of), contract(*of, "C-2", begins_on=date(2026, 12, 31), ends_on=date(2027, 12, 31))
    say(first, sold, "10")
    say(second, sold, "9", since=date(2026, 12, 31))  # a draft may stand beside it
    with pytest.raises(PriceRefused, match="C-1 prices P1"):
        activate(second)
    with pytest.raises(IntegrityError, match="contract_price_of_one_contract"), transaction.atomic():
        Contract.objects.filter(pk=second.pk).update(state="active")
    second.refresh_from_db()
    assert second.state == "draft"
    keeping.change(second, begins_on=date(2027, 1, 1), actor=SYSTEM)
    activate(second)
    assert costs(account, sold, date(2027, 1, 1)) == ("C-2", "9")
    third = active(*of, "C-3")
    with pytest.raises(PriceRefused, match="Another contract"):
        say(third, sold, "8", above="1000")
    assert not third.prices.exists()


def test_two_customers_and_two_entities_do_not_meet(given, account, of):
    sold, other = product(), given.entity("DE2")
    elsewhere = given.customer("C2", entity=other)
    for agreed in (active(*of), active(other, elsewhere), active(of[0], given.customer("C3"), "C-3")):
        say(agreed, sold, "10")
    assert ContractPrice.objects.exclude(binds=None).count() == 3


def test_a_contract_is_of_an_account_that_there_is(given, account, of):
    contract(*of)
    with pytest.raises(IntegrityError, match="contract_of_account"), transaction.atomic():
        delete_at_once(account)


@pytest.mark.django_db(transaction=True)
def test_of_two_contracts_activated_at_once_one_counts(given):
    account = Account.objects.get(customer=given.customer("C1"))
    of, sold = (account.entity, account.customer), product()
    both = [contract(*of, number) for number in ("C-1", "C-2")]
    for drafted in both:
        say(drafted, sold, "10")
    came = at_once(*(lambda drafted=drafted: activate(drafted) for drafted in both), refusals=(PriceRefused,))
    assert sorted(type(each).__name__ for each in came) == ["Contract", "PriceRefused"]
    assert sorted(Contract.objects.values_list("state", flat=True)) == ["active", "draft"]
    assert told("contracts.activated") == 1


@pytest.mark.django_db(transaction=True)
def test_a_price_said_while_its_contract_is_activated_binds(given):
    account = Account.objects.get(customer=given.customer("C1"))
    drafted, sold = contract(account.entity, account.customer), product()
    at_once(lambda: activate(drafted), lambda: say(drafted, sold, "10"))
    assert ContractPrice.objects.get().binds.lower == TODAY


@pytest.mark.django_db(transaction=True)
def test_renewed_and_ended_at_once_it_is_one_of_both(given):
    account = Account.objects.get(customer=given.customer("C1"))
    agreed = active(account.entity, account.customer)
    following = renew(agreed)
    at_once(lambda: activate(following), lambda: end(agreed, TODAY), refusals=(PriceRefused,))
    agreed.refresh_from_db()
    assert agreed.state in {"renewed", "ended"}
    assert told("contracts.renewed") + told("contracts.ended") == 1


def test_prices_end_with_a_contract_only_until_then(account, of):
    agreed, sold = active(*of), product()
    stands = say(agreed, sold, "10")
    assert prices.end(stands, last_day=TODAY, today=TODAY, actor=SYSTEM)
    assert ContractPrice.objects.get().binds.upper == TODAY + DAY
    with pytest.raises(PriceRefused, match="The contract ends"):
        say(agreed, sold, "10", since=date(2027, 1, 1))
    with pytest.raises(PriceRefused, match="The contract begins"):
        say(agreed, sold, "10", since=date(2025, 1, 1), until=date(2025, 2, 1))
    assert keeping.next_number("C-1") == "C-1/2"
    assert keeping.next_number("C-1/9") == "C-1/10"
