"""What a payer's text may mean by its figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c.invoicing.matching import texts
from o2c.invoicing.papers.references import creditor_reference


@pytest.mark.parametrize(
    "written",
    [
        "INV-2026-000123",
        "Invoice INV2026000123 thanks",
        "inv 2026 000123",
        "RE.2026/000123",
        "2026-000123",
        "INV-2O26-OOO123",  # letters for figures
        "INV-2026-000I23",
        "INV-2026-00 0123",  # broken by the bank
        "SVWZ+INV-2026-000123",
    ],
)
def test_a_number_is_read_however_it_is_written(written):
    assert "2026000123" in texts.keys([written])


def test_the_end_of_a_number_is_enough_to_look():
    assert "123" in texts.keys(["Rg 000123"])
    assert "123" in texts.keys(["4711,000123, 815"])


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("4711-4715", range(4711, 4716)),
        ("RE 4711 bis 4713", range(4711, 4714)),
        ("4711-15", range(4711, 4716)),
        ("2026-000120 to 000123", range(2026000120, 2026000120)),
    ],
)
def test_ranges(written, numbers):
    assert {str(number) for number in numbers} <= texts.keys([written])


@pytest.mark.parametrize("written", ["2026-000123", "4715-4711", "1000-9999", "030-1234567"])
def test_what_is_no_range(written):
    assert texts.ranges(written) == []


def test_a_creditor_reference_is_found_with_blanks_and_beside_other_text():
    reference = creditor_reference("INV-2026-000123")
    spaced = " ".join(reference[place : place + 4] for place in range(0, len(reference), 4))
    assert texts.references([f"payment {spaced}"]) == {reference}
    wrong = reference[:-1] + ("4" if reference[-1] == "3" else "3")
    assert texts.references([wrong]) == set()


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    assert all(key.isdigit() and not key.startswith("0") and len(key) <= texts.LONGEST for key in texts.keys([text]))
    texts.references([text])
    texts.words([text])
    texts.name_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Müller & Söhne GmbH", "MULLER SOHNE"), ("Acme Ltd.", "ACME LIMITED"), ("Böhm AG & Co. KG", "Böhm")],
)
def test_names_are_compared_without_legal_form_and_accents(one, other):
    assert texts.name_key(one) == texts.name_key(other)


@pytest.mark.parametrize("written", ["2026000124", "2026000132", "202600123", "20260001233"])
def test_a_slip_of_the_pen(written):
    assert texts.off_by_one(written, "2026000123")


@pytest.mark.parametrize("written", ["2026000123", "2026000145", "2026001230", "123"])
def test_no_slip(written):
    assert not texts.off_by_one(written, "2026000123")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Rechnung RE-2026-104711/3 danke", {("04711", 3)}),
        ("re2026104711/03", {("04711", 3)}),
        ("RE-2O26-1O47I1/2", {("04711", 2)}),
        ("104711/1, 104712/2", {("04711", 1), ("04712", 2)}),
        ("104711/123", set()),
        ("4711/3", set()),
        ("HOUSE/3", set()),
        ("", set()),
    ],
)
def test_which_instalment_of_a_number_is_meant(text, found):
    assert texts.instalments([text]) == found
