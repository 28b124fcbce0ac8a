"""Which advice is of which line: the rule."""

import random

from hypothesis import HealthCheck, settings
from hypothesis import given as anything
from hypothesis import strategies as some

from o2c.invoicing.remittances.pairing import PAYER, REFERENCE, REFERENCE_AND_AMOUNT, Pair, pair_up


def joined(*pairs: tuple[int, int, int]) -> tuple[list[tuple[int, int]], dict]:
    found = pair_up(Pair(*pair) for pair in pairs)
    return [(pair.advice, pair.line) for pair in found.pairs], found.unclear


def test_one_and_one_are_joined():
    assert joined((PAYER, 1, 11)) == ([(1, 11)], {})


def test_a_reference_goes_before_payer_and_amount():
    assert joined((PAYER, 1, 11), (REFERENCE, 1, 12), (PAYER, 2, 11)) == ([(1, 12), (2, 11)], {})


def test_a_reference_that_two_lines_carry_is_decided_by_the_amount():
    assert joined((REFERENCE, 1, 11), (REFERENCE_AND_AMOUNT, 1, 12)) == ([(1, 12)], {})


def test_two_equal_payments_of_two_advices_are_joined_by_nobody():
    pairs = [(PAYER, advice, line) for advice in (1, 2) for line in (11, 12)]
    assert joined(*pairs) == ([], {1: (11, 12), 2: (11, 12)})


def test_who_is_unclear_by_reference_is_not_told_apart_by_the_payer():
    assert joined((REFERENCE, 1, 11), (REFERENCE, 1, 12), (PAYER, 1, 11)) == ([], {1: (11, 12)})


def test_two_advices_of_one_line():
    assert joined((PAYER, 1, 11), (PAYER, 2, 11)) == ([], {1: (11,), 2: (11,)})


PAIRS = [Pair(strength, advice, line) for strength in range(3) for advice in range(1, 6) for line in range(1, 6)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@anything(some.lists(some.sampled_from(PAIRS), max_size=20))
def test_never_two_on_one_in_any_order(pairs):
    found = pair_up(pairs)
    assert len({pair.advice for pair in found.pairs}) == len({pair.line for pair in found.pairs}) == len(found.pairs)
    assert set(found.pairs) <= set(pairs)
    assert not found.unclear.keys() & {pair.advice for pair in found.pairs}
    shuffled = list(pairs)
    random.Random(7).shuffle(shuffled)
    assert pair_up(shuffled) == found
