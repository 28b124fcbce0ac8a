"""Credit reviews: the score and what follows of it, who approves how much, and which are due."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as any_of
from hypothesis import strategies as st

from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.orders.credit import facts, limits, policies, reviewing
from o2c.orders.credit.reviewing import FourEyes, ReviewRefused
from o2c.orders.credit.scorecard import FACTORS, Record, Told, Weights, points, propose
from o2c.orders.models import Account, CreditLimit, CreditReview
from tests.at_once import at_once

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
WEIGHTS = Weights()
EASY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ratios = st.one_of(st.none(), st.decimals(min_value=-50, max_value=100, places=2))
records = st.builds(
    Record, days_late=st.one_of(st.none(), st.decimals(min_value=-90, max_value=400, places=1)),
    share_late=st.one_of(st.none(), st.decimals(min_value=0, max_value=100, places=1)),
    turnover=st.decimals(min_value=0, max_value=10**7, places=2),
    known_since=st.one_of(st.none(), st.dates(date(2000, 1, 1), TODAY)),
)  # fmt: skip
told = st.builds(
    Told, financials_on=st.one_of(st.none(), st.dates(date(2022, 1, 1), TODAY)), equity_ratio=ratios,
    current_ratio=ratios, sales=st.one_of(st.none(), st.decimals(min_value=0, max_value=10**7, places=2)),
    rating_on=st.one_of(st.none(), st.dates(date(2022, 1, 1), TODAY)),
    rating_score=st.one_of(st.none(), st.integers(0, 100)),
)  # fmt: skip
asked_for = st.one_of(st.none(), st.decimals(min_value=0, max_value=10**6, places=2))


def proposed(record=None, known=None, weights=WEIGHTS, asked=None):
    return propose(record or Record(), known or Told(), weights, asked=asked, currency="EUR", on=TODAY)


# --- The score


@EASY
@any_of(records, told, asked_for)
def test_a_score_is_of_100_and_a_limit_no_more_than_asked_for(record, known, asked):
    found = proposed(record, known, asked=asked)
    assert [line.factor for line in found.lines] == list(FACTORS)
    assert found.amount >= 0
    assert found.reasons
    if found.score is None:
        assert found.amount == 0
        assert all(line.points is None for line in found.lines)
    else:
        counted = [line.points for line in found.lines if line.points is not None]
        assert min(counted) <= found.score <= max(counted)
        assert found.score >= WEIGHTS.least_score or found.amount == 0
    assert asked is None or found.amount <= asked


@EASY
@any_of(records, st.decimals(min_value=0, max_value=100, places=1))
def test_who_pays_later_gets_no_more(record, later):
    if record.days_late is None:
        return
    worse = Record(record.days_late + later, record.share_late, record.turnover, record.known_since)
    assert proposed(worse).score <= proposed(record).score
    assert proposed(worse).amount <= proposed(record).amount


@pytest.mark.parametrize(
    ("factor", "figure", "expected"),
    [
        ("days_late", "60", 0), ("days_late", "0", 100), ("days_late", "-5", 100), ("days_late", "15", 75),
        ("share_late", "20", 80), ("years_known", "2.5", 50), ("equity_ratio", "10", 25), ("equity_ratio", "-3", 0),
        ("current_ratio", "0.5", 0), ("current_ratio", "2", 100), ("current_ratio", "1.25", 50), ("rating", "73", 73),
    ],
)  # fmt: skip
def test_points_lie_on_a_line(factor, figure, expected):
    assert points(factor, Decimal(figure)) == expected


def test_it_says_what_counts_and_how_the_limit_follows():
    record = Record(Decimal("15"), Decimal("20"), Decimal("120000"), date(2023, 3, 10))
    known = Told(date(2025, 12, 31), Decimal("30"), Decimal("1.25"), Decimal(10**6), date(2023, 1, 1), 90)
    found = proposed(record, known)
    assert [(line.factor, line.points) for line in found.lines] == [
        ("days_late", 75), ("share_late", 80), ("years_known", 60), ("equity_ratio", 75), ("current_ratio", 50),
        ("rating", None),
    ]  # fmt: skip
    assert found.lines[-1].says == "too old to count"
    # (75·25 + 80·15 + 60·10 + 75·20 + 50·10) / 80 = 70.9
    assert (found.score, found.amount) == (71, Decimal(21000))
    assert found.reasons == (
        "It buys for 30,000.00 EUR in 3 months.", "71 points of 100 give 21,000.00 EUR.",
    )  # fmt: skip
    assert proposed(record, known, asked=Decimal(5000)).amount == 5000
    assert proposed(record, known, Weights(least_score=72)).amount == 0


def test_a_new_customer_is_measured_by_its_own_sales():
    known = Told(TODAY, Decimal("40"), None, Decimal("500000"))
    assert (proposed(known=known).score, proposed(known=known).amount) == (100, Decimal(25000))
    assert proposed(known=Told(TODAY, Decimal("40"))).amount == 0
    assert proposed().reasons == ("Nothing is known that counts, so no limit is proposed.",)


# --- What the ledger says


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))


@pytest.fixture
def today():
    with time_machine.travel("2026-03-10 12:00", tick=False):
        yield


@pytest.mark.django_db
def test_how_it_paid_is_read_from_the_ledger(given, account):
    late = given.open_item("3000.00 EUR", customer=account.customer, due=TODAY - 60 * DAY)
    prompt = given.open_item("1000.00 EUR", customer=account.customer, due=TODAY - 40 * DAY)
    old = given.open_item("500.00 EUR", customer=account.customer, due=TODAY - 500 * DAY)
    given.pay(late, on=TODAY - 40 * DAY)
    given.pay(prompt, on=TODAY - 50 * DAY)
    given.pay(old, on=TODAY - 450 * DAY)
    given.open_item("-200.00 EUR", customer=account.customer, due=TODAY)
    found = facts.record(account.entity, [account.customer_id], TODAY)[account.customer_id]
    # 3000 twenty days late, 1000 ten days early
    assert found == Record(Decimal("12.5"), Decimal("75.0"), Decimal("3800.00"), TODAY - 530 * DAY)
    assert facts.record(account.entity, [given.customer().pk], TODAY) == {}


# --- Applying and deciding


@pytest.fixture
def people(given):
    roles = {"ada": [Role.CREDIT_ANALYST], "ben": [Role.CREDIT_ANALYST], "max": [Role.FINANCE_MANAGER],
             "mia": [Role.FINANCE_MANAGER], "sue": [Role.ORDER_CLERK]}  # fmt: skip
    return {name: Actor.of(given.user(name, *theirs)) for name, theirs in roles.items()}


@pytest.fixture
def policy(account):
    return policies.change(
        account.entity, analyst_sets_up_to=Decimal(5000), manager_sets_up_to=Decimal(20000), actor=SYSTEM
    )


def applied(account, actor, amount="8000", **known):
    return reviewing.apply(account, Decimal(amount), reason="Growth", today=TODAY, actor=actor, **known)


def approve(review, actor, amount="8000", until=None):
    return reviewing.approve(
        review, Decimal(amount), valid_until=until, note="Fine", today=TODAY, actor=actor
    )  # fmt: skip


@pytest.mark.django_db
def test_an_application_is_scored_and_there_is_one_at_a_time(account, people, today):
    known = {"financials_on": date(2025, 12, 31), "equity_ratio": Decimal(40), "sales": Decimal(200000)}
    review = applied(account, people["sue"], **known)
    assert (review.score, review.proposed) == (100, Decimal(8000))
    assert review.proposed_because[-1] == "No more than the 8,000.00 EUR that are asked for."
    with pytest.raises(ReviewRefused, match="An application waits already"):
        applied(account, people["ada"])
    anew = reviewing.tell(review, today=TODAY, actor=people["sue"], equity_ratio=Decimal(10))
    assert (anew.score, anew.proposed) == (25, Decimal(0))
    reviewing.withdraw(anew, actor=people["sue"])
    assert applied(account, people["ada"]).state == "asked"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("known", "field"),
    [
        ({"equity_ratio": Decimal(10)}, "financials_on"), ({"rating_score": 50}, "rating_provider"),
        ({"rating": "A", "rating_provider": "Bureau"}, "rating_on"), ({"financials_on": TODAY + DAY}, "financials_on"),
        ({"financials_on": TODAY, "equity_ratio": Decimal(101)}, "equity_ratio"),
        ({"financials_on": TODAY, "sales": Decimal("1.001")}, "sales"),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_refused(account, people, known, field):
    with pytest.raises(ReviewRefused) as refused:
        applied(account, people["sue"], **known)
    assert refused.value.field == field
    assert not CreditReview.objects.exists()


@pytest.mark.django_db
def test_one_approves_what_they_set_alone(account, people, policy, today):
    review = approve(applied(account, people["ada"]), people["max"], until=TODAY + 365 * DAY)
    account.refresh_from_db()
    assert (review.state, review.decided_by.username, account.credit_limit) == ("approved", "max", Decimal(8000))
    limit = CreditLimit.objects.get()
    assert (limit.valid_until, limit.reason) == (TODAY + 365 * DAY, f"Credit review {review.pk}. Fine")
    with pytest.raises(ReviewRefused, match="It is approved"):
        approve(review, people["mia"])


@pytest.mark.django_db
def test_above_that_two_do_of_whom_neither_has_asked(account, people, policy, today):
    review = applied(account, people["ada"])
    for who, says in (("ada", "You asked for this"),):
        with pytest.raises(FourEyes, match=says):
            approve(review, people[who])
    with pytest.raises(FourEyes, match="Only people"):
        approve(review, SYSTEM)
    assert approve(review, people["ben"]).state == "asked"
    with pytest.raises(FourEyes, match="You approved it already"):
        approve(review, people["ben"])
    # another amount is another first approval
    assert approve(review, people["ben"], "7000").state == "asked"
    done = approve(review, people["max"], "7000")
    assert (done.state, done.approved_limit) == ("approved", Decimal(7000))
    with pytest.raises(IntegrityError, match="credit_review_by_others"), transaction.atomic():
        CreditReview.objects.filter(pk=done.pk).update(first_by=people["max"].user_id, decided_by=people["max"].user_id)


@pytest.mark.django_db
def test_the_highest_take_two_finance_managers(account, people, policy, today):
    review = applied(account, people["sue"], "90000")
    assert approve(review, people["ben"], "90000").state == "asked"
    with pytest.raises(FourEyes, match="both are"):
        approve(review, people["max"], "90000")
    with pytest.raises(FourEyes, match="One of the two is a finance manager"):
        approve(review, people["ada"], "90000")
    account.refresh_from_db()
    assert account.credit_limit is None
    reviewing.refuse(review, note="Too much", actor=people["ada"])
    review = applied(account, people["sue"], "90000")
    approve(review, people["max"], "90000")
    assert approve(review, people["mia"], "90000").state == "approved"
    account.refresh_from_db()
    assert account.credit_limit == 90000


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_two_approve(account, people, policy, today):
    review = applied(account, people["sue"])
    works = [lambda who=who: approve(review, people[who]).state for who in ("ada", "ben") * 4]
    at_once(*works, refusals=(FourEyes, ReviewRefused))
    done = at_once(
        *[lambda: approve(review, people["max"]).state for _ in range(4)], refusals=(FourEyes, ReviewRefused)
    )
    assert done.count("approved") == 1
    assert CreditLimit.objects.count() == 1


# --- Due


@pytest.mark.django_db
def test_what_ends_soon_or_is_nearly_used_is_due(given, account, today, django_assert_num_queries):
    entity = account.entity
    accounts = [account, *(Account.objects.select_related("entity").get(customer=given.customer()) for _ in range(4))]
    for each, amount, until in zip(
        accounts, ("1000", "1000", "1000", "1000", "1000"), (30, 31, None, None, 10), strict=True
    ):
        until = None if until is None else TODAY + until * DAY
        limits.say(each, Decimal(amount), valid_from=TODAY, valid_until=until, today=TODAY, actor=SYSTEM)
    given.open_item("910.00 EUR", customer=accounts[2].customer, due=TODAY)
    given.open_item("909.00 EUR", customer=accounts[3].customer, due=TODAY)
    following = {"valid_from": TODAY + 11 * DAY, "today": TODAY, "actor": SYSTEM}
    limits.say(accounts[4], Decimal(500), **following)
    with django_assert_num_queries(7):
        found = reviewing.due(entity, TODAY)
    assert [(each.account.pk, each.why) for each in found] == [
        (accounts[0].pk, "The limit counts until 9 Apr 2026."), (accounts[2].pk, "91 % of the limit are used."),
    ]  # fmt: skip
    applied(accounts[2], SYSTEM)
    assert [each.account.pk for each in reviewing.due(entity, TODAY)] == [accounts[0].pk]
