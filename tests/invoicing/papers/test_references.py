"""Creditor references: ISO 11649."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some
from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from o2c.invoicing.papers.references import NoReference, creditor_reference, grouped, is_creditor_reference


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        ("539007547034", "RF18539007547034"),  # the standard's own example
        ("2348 231", "RF712348231"),
        ("aB2g5", "RF68AB2G5"),
        ("INV2026-000017", "RF50INV2026000017"),
        ("inv2026/000017", "RF50INV2026000017"),
    ],
)
def test_check_digits(number, reference):
    assert creditor_reference(number) == reference
    assert iso11649.is_valid(reference)
    # As the standard says it: RF and the digits go to the end, letters count from 10 on, and 1 is left of 97.
    assert int("".join(str(int(sign, 36)) for sign in reference[4:] + reference[:4])) % 97 == 1


def test_accents_are_dropped_and_other_signs_left_out():
    assert creditor_reference("Ré-7 №Ж") == creditor_reference("RE7NO")


def test_of_a_long_number_the_last_21_characters_count():
    long = "GROUP-NORTH-2026-SERVICE-000000123456"
    assert creditor_reference(long)[4:] == "26SERVICE000000123456"
    assert is_creditor_reference(creditor_reference(long))


@pytest.mark.parametrize("number", ["", " - ", "Ж"])
def test_nothing_to_refer_by(number):
    with pytest.raises(NoReference):
        creditor_reference(number)


@for_all(some.text(min_size=1))
def test_every_reference_is_valid(number):
    try:
        reference = creditor_reference(number)
    except NoReference:
        return
    assert is_creditor_reference(reference)
    assert is_creditor_reference(grouped(reference))
    assert reference[2:4] == mod_97_10.calc_check_digits(f"{reference[4:]}RF")
    assert len(reference) <= 25


@pytest.mark.parametrize("wrong", ["RF19539007547034", "RF18", "539007547034", ""])
def test_what_is_none_is_seen(wrong):
    assert not is_creditor_reference(wrong)


def test_printed_in_fours():
    assert grouped("RF18539007547034") == "RF18 5390 0754 7034"
    assert grouped("DE02 1203 0000 0000 2020 51") == "DE02 1203 0000 0000 2020 51"
