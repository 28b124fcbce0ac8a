"""EPC069-12: the code that a banking app reads as a transfer."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
import segno
import typst
import zxingcpp
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from o2c.invoicing.papers import epc
from o2c.invoicing.papers.references import creditor_reference
from tests.invoicing.papers.reading import codes

TRANSFER = epc.Transfer(
    "Nordwind GmbH", "DE02120300000000202051", Decimal("1200.00"), "RF18539007547034", "BYLADEM1001"
)


def read(svg: str) -> bytes:
    """What a reader sees in the picture, printed 26 mm wide."""
    drawn = (
        '#set page(width: 40mm, height: 40mm, margin: 7mm)\n#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    [found] = codes(typst.compile(drawn.encode(), format="pdf", sys_inputs={"svg": svg}))
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.ec_level == "M"
    return found.bytes


def test_the_fields_of_the_standard():
    assert epc.payload(TRANSFER) == (
        b"BCD\n002\n1\nSCT\nBYLADEM1001\nNordwind GmbH\nDE02120300000000202051\nEUR1200.00\n\nRF18539007547034"
    )


def test_a_text_stands_where_there_is_no_creditor_reference():
    said = epc.payload(replace(TRANSFER, remittance="INV 2026/17\n Thanks", bic=""))
    assert said.decode().split("\n")[4:] == [
        "",
        "Nordwind GmbH",
        "DE02120300000000202051",
        "EUR1200.00",
        "",
        "",
        "INV 2026/17 Thanks",
    ]


def test_spaces_of_print_are_left_out():
    spaced = replace(TRANSFER, iban="DE02 1203 0000 0000 2020 51", remittance="rf18 5390 0754 7034")
    assert epc.payload(spaced) == epc.payload(TRANSFER)


@pytest.mark.parametrize(
    "changes",
    [
        {"iban": ""},
        {"iban": "DE02120300000000202052"},
        {"iban": "TR330006100519786457841326"},  # not in the SEPA
        {"name": "  "},
        {"amount": Decimal("0.00")},
        {"amount": Decimal("-1.00")},
        {"amount": Decimal("1000000000.00")},
        {"amount": Decimal("1.005")},
        {"amount": Decimal("NaN")},
    ],
)
def test_there_is_no_such_transfer(changes):
    assert epc.payload(replace(TRANSFER, **changes)) is None
    assert epc.svg(replace(TRANSFER, **changes)) is None


def test_other_currencies_have_none():
    assert epc.payload(TRANSFER, "CHF") is None


@pytest.mark.parametrize("amount", ["0.01", "999999999.99"])
def test_the_ends_of_the_range(amount):
    assert f"EUR{amount}".encode() in epc.payload(replace(TRANSFER, amount=Decimal(amount)))


def test_too_long_is_cut():
    long = replace(TRANSFER, name="Ж" * 90, remittance="ä" * 200)
    said = epc.payload(long)
    assert len(said) <= 331
    name, text = said.decode().split("\n")[5], said.decode().split("\n")[10]
    assert name == "Ж" * 70
    assert set(text) == {"ä"}
    assert len(text) > 50
    assert read(epc.svg(long)) == said


@settings(max_examples=25, deadline=None)
@for_all(
    name=some.text(min_size=1, max_size=80),
    number=some.from_regex(r"[A-Z0-9]{1,21}", fullmatch=True),
    cents=some.integers(1, 99_999_999_999),
)
def test_what_is_read_back_is_what_was_meant(name, number, cents):
    wanted = replace(TRANSFER, name=name, amount=Decimal(cents) / 100, remittance=creditor_reference(number))
    said = epc.payload(wanted)
    if said is None:
        assert not name.split()
        return
    assert read(epc.svg(wanted)) == said


@for_all(some.lists(some.text("0123456789", min_size=6, max_size=6), min_size=1, max_size=80))
@settings(max_examples=20, deadline=None)
def test_a_code_that_is_put_together_of_others_is_what_the_encoder_makes_of_it(numbers):
    for number in numbers:
        amount = Decimal(number) / 100 + 10_000
        told = replace(TRANSFER, amount=amount, remittance=creditor_reference(f"INV{number}"))
        said = epc.payload(told)
        encoded = segno.make_qr(said, error="m", boost_error=False, mode="byte", mask=epc.MASK).matrix
        assert epc._code(len(said)).of(said) == [bytes(row) for row in encoded]


def test_after_some_dozens_of_a_company_no_code_needs_the_encoder(monkeypatch):
    epc._code.cache_clear()
    dice = random.Random(1)

    def draw() -> str:
        number = f"INV{dice.randint(10**5, 10**6 - 1)}"
        amount = Decimal(dice.randint(10**5, 10**6 - 1)) / 100
        return epc.svg(replace(TRANSFER, amount=amount, remittance=creditor_reference(number)))

    for _ in range(300):
        draw()
    monkeypatch.setattr(epc, "_encoded", None)
    for _ in range(50):
        assert read(draw()).startswith(b"BCD\n002\n1\nSCT\n")
