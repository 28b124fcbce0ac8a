"""Amounts as people type them."""

from decimal import Decimal

import pytest

from o2c.core import typed


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("4711", ["4711"]),
        ("1,234.50", ["1234.50"]),
        ("EUR 1.234,50", ["1234.50"]),
        ("1 234,50 €", ["1234.50"]),
        ("1 234,50", ["1234.50"]),
        ("1'234.50", ["1234.50"]),
        ("-50", ["-50"]),
        ("1.234", ["1.234", "1234"]),
        ("1.234.567", ["1234567"]),
        ("1234.5", ["1234.5"]),
        ("0.0001", ["0.0001"]),
        ("RE-4711", []),
        ("1.2.3", []),
        ("12,34,567", []),
        ("1,234,56", []),
        ("1234567890123456", []),
        ("", []),
    ],
)
def test_an_amount_may_be_written_in_many_ways(text, means):
    assert typed.amounts(text) == [Decimal(each) for each in means]
