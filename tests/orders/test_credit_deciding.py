"""The credit decision: each reason exactly when its threshold is passed, and more exposure never takes one away."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import given as any_of
from hypothesis import strategies as st

from o2c.orders.credit.deciding import Exposure, Facts, Limit, Policy, decide

EASY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
STRICT = Policy(max_oldest_days=30, max_overdue=Decimal(1000), dunning_level=3, broken_promises=2)
amounts = st.decimals(min_value=-10_000, max_value=1_000_000, places=2)
exposures = st.builds(
    Exposure, currency=st.just("EUR"), open_items=amounts, delivered=amounts.map(abs), confirmed=amounts.map(abs),
    order=amounts.map(abs), unvalued=st.sampled_from([(), ("XAU",)]),
)  # fmt: skip
limits = st.one_of(
    st.builds(Limit, amount=amounts.map(abs)), st.just(Limit()), st.just(Limit(expired_on=date(2026, 2, 28)))
)
facts = st.builds(
    Facts, oldest_days=st.integers(0, 400), overdue=amounts.map(abs), level=st.integers(0, 9), broken=st.integers(0, 9),
    standing=st.sampled_from(["open", "blocked", "closed"]),
)  # fmt: skip
optional = lambda values: st.one_of(st.none(), values)  # noqa: E731
policies = st.builds(
    Policy, unlimited_without=st.booleans(), max_oldest_days=optional(st.integers(0, 400)),
    max_overdue=optional(amounts.map(abs)), dunning_level=optional(st.integers(1, 9)),
    broken_promises=optional(st.integers(1, 9)),
)  # fmt: skip


def codes(decided):
    return [reason.code for reason in decided.reasons]


@EASY
@any_of(exposures, limits, facts, policies)
def test_each_reason_is_named_exactly_when_its_threshold_is_passed(exposure, limit, known, policy):
    total = exposure.open_items + exposure.delivered + exposure.confirmed + exposure.order
    expected = {
        "account_blocked": known.standing == "blocked",
        "account_closed": known.standing == "closed",
        "no_rate": exposure.unvalued != (),
        "limit_exceeded": limit.amount is not None and total > limit.amount,
        "limit_expired": limit.amount is None and limit.expired_on is not None,
        "no_limit": limit == Limit() and not policy.unlimited_without and total > 0,
        "overdue_days": policy.max_oldest_days is not None and known.oldest_days > policy.max_oldest_days,
        "overdue_amount": policy.max_overdue is not None and known.overdue > policy.max_overdue,
        "dunning_level": policy.dunning_level is not None and known.level >= policy.dunning_level,
        "broken_promises": policy.broken_promises is not None and known.broken >= policy.broken_promises,
    }
    decided = decide(exposure, limit, known, policy)
    assert codes(decided) == [code for code, holds in expected.items() if holds]
    assert decided.holds == any(expected.values())


@EASY
@any_of(exposures, limits, facts, policies, amounts.map(abs), st.sampled_from(["delivered", "confirmed", "order"]))
def test_more_exposure_never_takes_a_reason_away(exposure, limit, known, policy, more, part):
    larger = replace(exposure, **{part: getattr(exposure, part) + more})
    before, after = decide(exposure, limit, known, policy), decide(larger, limit, known, policy)
    assert set(codes(before)) <= set(codes(after))
    assert before.over <= after.over


def test_it_says_by_how_much_and_what_of():
    exposure = Exposure("EUR", Decimal("800.00"), Decimal("50.00"), Decimal("100.00"), Decimal("150.00"))
    decided = decide(exposure, Limit(Decimal("1000.00")), Facts(31, Decimal("1000.01"), 3, 2), STRICT)
    assert decided.over == Decimal("100.00")
    assert [reason.text for reason in decided.reasons] == [
        "1,100.00 EUR would be owed, 100.00 EUR more than the limit of 1,000.00 EUR.",
        "The oldest item is 31 days overdue, more than 30.",
        "1,000.01 EUR are overdue, more than 1,000.00 EUR.",
        "It was dunned at level 3.",
        "2 promises broken within 90 days.",
    ]
    assert not decide(exposure, Limit(Decimal("1100.00")), Facts(30, Decimal("1000.00"), 2, 1), STRICT).holds


def test_a_limit_that_ran_out_holds_whatever_no_limit_means():
    expired = Limit(expired_on=date(2026, 2, 28))
    for unlimited in (True, False):
        assert codes(decide(Exposure("EUR"), expired, Facts(), Policy(unlimited_without=unlimited))) == [
            "limit_expired"
        ]
    assert not decide(Exposure("EUR", Decimal(10**9)), Limit(), Facts(), Policy()).holds


def test_a_blocked_account_says_why():
    decided = decide(Exposure("EUR"), Limit(), Facts(standing="blocked", standing_reason="Insolvent"), Policy())
    assert [reason.text for reason in decided.reasons] == ["The account is blocked: Insolvent."]
