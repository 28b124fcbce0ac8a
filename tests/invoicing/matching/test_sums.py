"""Which amounts make a sum: held to trying every choice, and to fifty milliseconds."""

import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from o2c.invoicing.matching import sums


def every(amounts: list[int], target: int) -> list[tuple[int, ...]]:
    places = [place for place, amount in enumerate(amounts) if amount]
    return [
        chosen
        for count in range(1, len(places) + 1)
        for chosen in combinations(places, count)
        if sum(amounts[place] for place in chosen) == target
    ]


def outcome(amounts: list[int], target: int):
    try:
        return sums.choose(amounts, target)
    except sums.Ambiguous:
        return "ambiguous"


@given(st.lists(st.integers(-40, 60), max_size=9), st.integers(-60, 200))
def test_the_one_choice_is_found_or_that_there_are_more(amounts, target):
    ways = every(amounts, target)
    expected = None if not ways else ways[0] if len(ways) == 1 else "ambiguous"
    assert outcome(amounts, target) == expected


@given(st.lists(st.integers(1, 60), max_size=9), st.integers(0, 200))
def test_the_table_finds_what_the_halves_find(amounts, target):
    found = {tuple(way) for way in sums._table(amounts, target)}
    ways = {tuple(way) for way in sums._halves(amounts, target)}
    assert (len(found), found if len(found) < 3 else None) == (len(ways), ways if len(ways) < 3 else None)


@given(st.lists(st.integers(-40, 60), max_size=9), st.integers(-60, 200), st.integers(1, 2))
def test_few_are_chosen_exactly(amounts, target, count):
    ways = [chosen for chosen in combinations(range(len(amounts)), count) if sum(amounts[p] for p in chosen) == target]
    found = sums.choose_few(amounts, target, count)
    assert len(found) == min(2, len(ways))
    assert {tuple(sorted(way)) for way in found} <= set(ways)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=9), st.integers(0, 200))
def test_all_but_one(amounts, target):
    ways = [places for places in combinations(range(len(amounts)), len(amounts) - 1)
            if sum(amounts[p] for p in places) == target]  # fmt: skip
    assert len(sums.all_but_one(amounts, target)) == min(2, len(ways))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1_000, 3_000_000), min_size=60, max_size=60), st.data())
def test_sixty_items_are_solved_or_declared_ambiguous_in_time(amounts, data):
    chosen = data.draw(st.sets(st.integers(0, 59), min_size=1, max_size=59))
    target = sum(amounts[place] for place in chosen)
    began = time.process_time()
    found = outcome(amounts, target)
    assert time.process_time() - began < 0.25  # five times the limit that the benchmark holds: machines differ
    assert found == "ambiguous" or sum(amounts[place] for place in found) == target


def test_powers_of_two_have_one_choice_each():
    amounts = [2**place for place in range(20)] + [2**20 * 3] * 0
    assert outcome(amounts, 0b1011) == (0, 1, 3)
    # more than are halved: the table
    amounts = [10_000 + 2**place for place in range(12)] + [10_000_000] * 20
    assert outcome(amounts, 20_000 + 2**3 + 2**7) == (3, 7)


def test_a_credit_is_netted():
    assert outcome([100_00, 50_00, -20_00], 130_00) == (0, 1, 2)
    assert outcome([100_00, 50_00, -20_00], 80_00) == (0, 2)


def test_nothing_is_no_choice():
    assert outcome([5, 7], 0) is None
    assert outcome([5, -5], 0) == (0, 1)


@pytest.mark.parametrize(("count", "chosen", "total", "expected"), [(60, 1, 6_000, 0.01), (4, 2, 600, 0.01)])
def test_how_many_choices_chance_would_find(count, chosen, total, expected):
    assert sums.coincidences(count, chosen, total) == pytest.approx(expected)
