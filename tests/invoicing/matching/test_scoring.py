"""What a line may be for, and why: one case each, and what holds for any line and any candidates."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.invoicing.matching.facts import Candidates, Item, Known, Line, Name, Part, Rules
from o2c.invoicing.matching.scoring import score

DAY = date(2026, 3, 2)
ACME, BETA = 10, 20
RULES = Rules()


def item(id: int, open: int, *, payer: int = ACME, customer: int | None = None, due: date = DAY, **facts) -> Item:
    key = facts.pop("key", f"2026{id:06}")
    number = facts.pop("number", f"INV-2026-{id:06}")
    amount = facts.pop("amount", open)
    return Item(
        id, customer or payer, payer, number, key, str(id), amount, open, due - timedelta(days=30), due,
        base=facts.pop("base", number), **facts,
    )  # fmt: skip


def line(amount: int, *keys: str, **facts) -> Line:
    return Line(id=1, amount=amount, paid_on=DAY, keys=frozenset(keys), **facts)


def best(line: Line, items, *known: Known, names=()):
    found = score(line, Candidates(tuple(items), known, tuple(names)), RULES)
    return found[0] if found else None


IBAN = Known(ACME, ACME, "iban")


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.reasons]


def test_a_named_invoice_paid_exactly_is_applied():
    answer = best(line(119_00, "2026000123"), [item(123, 119_00), item(124, 119_00)], IBAN)
    assert answer.parts == (Part(123, 119_00),)
    assert answer.firm
    assert answer.score > 0.98
    assert codes(answer) == ["number", "iban", "exact"]


def test_two_items_of_the_same_amount_and_no_word_about_which():
    found = score(line(119_00), Candidates((item(123, 119_00), item(124, 119_00)), (IBAN,)), RULES)
    assert [answer.firm for answer in found] == [False, False]
    assert found[0].score == found[1].score
    assert {answer.parts[0].item_id for answer in found} == {123, 124}
    assert {answer.rivals for answer in found} == {1}


def test_an_item_of_the_same_amount_that_is_paid_in_part_leaves_a_doubt():
    items = [item(123, 119_00), item(124, 80_00, amount=119_00)]
    answer = best(line(119_00), items, IBAN)
    assert answer.parts == (Part(123, 119_00),)
    assert not answer.firm
    assert best(line(119_00, "2026000123"), items, IBAN).firm


def test_an_amount_alone_is_nothing():
    assert score(line(119_00), Candidates((item(123, 119_00),)), RULES) == []


def test_a_name_and_an_amount_are_shown_and_never_applied():
    answer = best(line(119_00, name="ACME"), [item(123, 119_00)], names=[Name(ACME, ACME, "ACME")])
    assert not answer.firm
    assert 0.5 < answer.score < 0.9


def test_a_known_account_and_the_only_item_of_the_amount():
    answer = best(line(119_00), [item(123, 119_00), item(124, 55_00)], IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 119_00),)


def test_an_account_of_somebody_else_keeps_a_person_in():
    found = score(
        line(119_00, "2026000123"),
        Candidates((item(123, 119_00),), (Known(BETA, BETA, "iban"),)), RULES,
    )  # fmt: skip
    named = next(answer for answer in found if answer.parts)
    assert not named.firm
    assert "other_payer" in codes(named)


def test_a_branch_is_paid_for_by_its_parent():
    answer = best(line(119_00, "2026000123"), [item(123, 119_00, customer=11)], IBAN)
    assert answer.firm
    assert (answer.customer_id, answer.parts) == (ACME, (Part(123, 119_00),))


def test_an_early_payment_discount_inside_its_window():
    two = ((DAY, Decimal(2)),)
    answer = best(line(980_00, "2026000123"), [item(123, 1000_00, discounts=two)], IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 980_00, discount=20_00),)


def test_an_early_payment_discount_taken_late_is_a_deduction_for_a_person():
    two = ((DAY - timedelta(days=4), Decimal(2)),)
    answer = best(line(980_00, "2026000123"), [item(123, 1000_00, discounts=two)], IBAN)
    assert not answer.firm
    assert answer.parts == (Part(123, 980_00, deduction=20_00, reason="discount"),)


def test_days_of_grace():
    two = ((DAY - timedelta(days=3), Decimal(2)),)
    answer = best(line(980_00, "2026000123"), [item(123, 1000_00, discounts=two)], IBAN)
    assert answer.firm
    assert answer.parts[0].discount == 20_00


def test_a_discount_on_one_of_two():
    two = ((DAY, Decimal(2)),)
    items = [item(123, 1000_00, discounts=two), item(124, 500_00, discounts=two)]
    answer = best(line(1490_00, "2026000123", "2026000124"), items, IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 1000_00), Part(124, 490_00, discount=10_00))


def test_a_small_difference_is_let_go_of():
    answer = best(line(118_50, "2026000123"), [item(123, 119_00)], IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 118_50, difference=50),)


def test_a_charge_is_proposed_and_applied_where_the_bank_says_so():
    guess = best(line(107_00, "2026000123"), [item(123, 119_00)], IBAN)
    assert not guess.firm
    assert guess.parts == (Part(123, 107_00, charge=12_00),)
    told = best(line(107_00, "2026000123", charges=12_00), [item(123, 119_00)], IBAN)
    assert told.firm
    assert told.parts == (Part(123, 107_00, charge=12_00),)


def test_a_short_payment_leaves_the_rest_open():
    answer = best(line(800_00, "2026000123"), [item(123, 1000_00)], IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 800_00),)


def test_a_short_payment_by_nobody_known_waits():
    answer = best(line(800_00, "2026000123"), [item(123, 1000_00)])
    assert not answer.firm


def test_several_named_invoices():
    items = [item(123, 100_00), item(124, 200_00), item(125, 300_00)]
    answer = best(line(300_00, "2026000123", "2026000124"), items, IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 100_00), Part(124, 200_00))


def test_a_credit_note_is_netted():
    answer = best(line(80_00, "2026000123"), [item(123, 100_00), item(900, -20_00)], IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 100_00), Part(900, -20_00))
    assert "netted" in codes(answer)


def test_all_of_a_statement():
    answer = best(line(600_00), [item(1, 100_00), item(2, 200_00), item(3, 300_00)], IBAN)
    assert answer.firm
    assert codes(answer)[-1] == "all"


def test_all_that_is_overdue():
    late = DAY - timedelta(days=9)
    items = [item(1, 111_11, due=late), item(2, 222_22, due=late), item(3, 300_00, due=DAY + timedelta(days=9))]
    answer = best(line(333_33), items, IBAN)
    assert codes(answer)[-1] == "overdue"
    assert answer.parts == (Part(1, 111_11), Part(2, 222_22))


def test_some_of_many_where_chance_would_not_find_them():
    items = [item(1, 1234_56), item(2, 2345_67), item(3, 3456_78), item(4, 4567_89)]
    answer = best(line(1234_56 + 3456_78), items, IBAN)
    assert answer.firm
    assert answer.parts == (Part(1, 1234_56), Part(3, 3456_78))


def test_choices_that_chance_would_find_are_not_believed():
    items = [item(id, id * 1_00) for id in range(1, 16)]
    answers = score(line(17_00), Candidates(tuple(items), (IBAN,)), RULES)
    assert not any(answer.firm for answer in answers)


def test_a_second_payment_of_an_invoice_is_a_duplicate_and_goes_nowhere_else():
    paid = item(123, 0, amount=119_00)
    answer = best(line(119_00, "2026000123"), [paid, item(124, 119_00)], IBAN)
    assert not answer.firm
    assert answer.parts == ()
    assert "paid_before" in codes(answer)


def test_what_was_paid_before_speaks_against_another_payer_who_is_as_likely():
    paid, owed = item(2, 0, amount=98), item(3, 100, payer=BETA)
    known = (IBAN, Known(BETA, BETA, "iban"))
    found = score(line(98, "2026000002"), Candidates((paid, owed), known, (), complete=False), RULES)
    assert [(answer.parts == (), answer.firm, answer.rivals) for answer in found] == [
        (True, False, 1),
        (False, False, 1),
    ]


def test_the_first_instalment_is_paid_first():
    parts = [
        item(1, 50_00, key="2026000123", number="INV-2026-000123", due=DAY),
        item(2, 50_00, key="2026000123", number="INV-2026-000123", due=DAY + timedelta(days=30)),
    ]
    answer = best(line(50_00, "2026000123"), parts, IBAN)
    assert answer.firm
    assert answer.parts == (Part(1, 50_00),)


def instalments(*opens: int) -> list[Item]:
    """Of INV-2026-100123, a month apart; what is settled was of fifty."""
    return [
        item(
            nth, open, key="2026100123", number=f"INV-2026-100123/{nth}", base="INV-2026-100123",
            amount=open or 50_00, due=DAY + timedelta(days=30 * nth),
        )
        for nth, open in enumerate(opens, start=1)
    ]  # fmt: skip


def says(which: int, *, figures: str = "00123") -> dict:
    return {"instalments": frozenset({(figures, which)})}


def test_the_instalment_that_is_named_is_paid():
    answer = best(line(50_00, "2026100123", **says(2)), instalments(50_00, 50_00), IBAN)
    assert answer.firm
    assert answer.parts == (Part(2, 50_00),)
    assert answer.reasons[0]["numbers"] == ["INV-2026-100123/2"]


def test_an_instalment_named_with_a_slip_is_paid():
    answer = best(line(50_00, "2026101123", **says(2, figures="01123")), instalments(50_00, 50_00), IBAN)
    assert answer.firm
    assert codes(answer)[0] == "similar"
    assert answer.parts == (Part(2, 50_00),)


def test_an_instalment_that_was_paid_is_not_taken_for_another_one():
    answer = best(line(50_00, "2026100123", **says(1)), instalments(0, 50_00), IBAN)
    assert not answer.firm
    assert answer.parts == ()
    assert "paid_before" in codes(answer)


def test_an_instalment_that_nobody_knows_is_not_taken_for_another_one():
    answer = best(line(50_00, "2026100123", **says(3)), instalments(50_00), IBAN)
    assert not answer.firm


def test_what_is_paid_wholly_speaks_against_a_part_of_what_is_named():
    named, fits = item(124, 300_00), item(123, 119_00)
    found = score(line(119_00, "2026000124"), Candidates((named, fits), (IBAN,)), RULES)
    assert [answer.firm for answer in found] == [False, False]
    assert {answer.parts for answer in found} == {(Part(124, 119_00),), (Part(123, 119_00),)}


def test_a_slip_in_the_number_is_seen_where_payer_and_amount_fit():
    answer = best(line(119_00, "2026000132"), [item(123, 119_00), item(500, 119_00)], IBAN)
    assert answer.firm
    assert answer.parts == (Part(123, 119_00),)
    assert codes(answer)[0] == "similar"


def test_figures_at_the_end_mean_nothing_where_a_number_is_named_wholly():
    other = item(7, 119_00, payer=BETA, key="2025000123", number="INV-2025-000123")
    other = other._replace(tail="123")
    answer = best(line(119_00, "2026000123", "123"), [item(123, 119_00), other])
    assert answer.parts == (Part(123, 119_00),)
    assert answer.rivals == 0


def test_more_than_is_named_stays_on_account_and_waits():
    answer = best(line(500_00, "2026000123"), [item(123, 119_00)], IBAN)
    assert not answer.firm
    assert answer.parts == (Part(123, 119_00),)


def test_a_known_payer_whose_amount_nothing_explains():
    answer = best(line(77_77), [item(123, 119_00)], IBAN)
    assert not answer.firm
    assert answer.parts == ()
    assert answer.customer_id == ACME


# --- What holds for any line and any candidates

ITEMS = st.lists(
    st.builds(
        lambda id, open, payer, closed, days, percent: item(
            id, 0 if closed else open, amount=open, payer=payer, customer=payer + id % 2,
            due=DAY + timedelta(days=days),
            discounts=((DAY + timedelta(days=days - 20), Decimal(percent)),) if percent and open > 0 else (),
        ),
        id=st.integers(1, 12), open=st.sampled_from([-500, 100, 100, 200, 300, 1000, 98_00, 100_00]),
        payer=st.sampled_from([ACME, BETA]), closed=st.booleans(), days=st.integers(-40, 40),
        percent=st.sampled_from([0, 0, 2, 3]),
    ),
    max_size=8, unique_by=lambda item: item.id,
)  # fmt: skip
KNOWN = st.lists(
    st.builds(
        lambda payer, how: Known(payer, payer, how),
        st.sampled_from([ACME, BETA]), st.sampled_from(["iban", "learnt_iban", "learnt_name", "customer_number"]),
    ),
    max_size=3,
)  # fmt: skip
LINES = st.builds(
    lambda amount, ids, name, charges: Line(
        1, amount, DAY, frozenset(f"2026{id:06}" for id in ids) | frozenset(str(id) for id in ids if id > 9),
        name=name, charges=charges,
    ),
    amount=st.sampled_from([98, 100, 200, 300, 400, 500, 600, 1000, 98_00, 100_00, 196_00]),
    ids=st.sets(st.integers(1, 12), max_size=4), name=st.sampled_from(["", "ACME", "BETA"]),
    charges=st.sampled_from([0, 200]),
)  # fmt: skip
NAMES = (Name(ACME, ACME, "ACME"), Name(BETA, BETA, "BETA"))


# Drawing takes its time on a busy machine; what is tried is quick.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNHURRIED
@given(LINES, ITEMS, KNOWN, st.randoms(), st.booleans())
def test_the_order_of_candidates_does_not_matter(line, items, known, dice, complete):
    first = score(line, Candidates(tuple(items), tuple(known), NAMES, complete), RULES)
    dice.shuffle(items)
    dice.shuffle(known)
    assert score(line, Candidates(tuple(items), tuple(known), NAMES[::-1], complete), RULES) == first


@UNHURRIED
@given(LINES, ITEMS, KNOWN, st.booleans())
def test_never_more_than_the_line_has_or_an_item_owes(line, items, known, complete):
    by_id = {each.id: each for each in items}
    for answer in score(line, Candidates(tuple(items), tuple(known), NAMES, complete), RULES):
        assert 0 <= answer.score <= 1
        assert 0 <= sum(part.amount for part in answer.parts) <= line.amount
        assert len({part.item_id for part in answer.parts}) == len(answer.parts)
        for part in answer.parts:
            owed = by_id[part.item_id].open
            assert min(part.discount, part.charge, part.difference, part.deduction) >= 0
            if owed > 0:
                assert part.amount >= 0
                assert part.amount + part.discount + part.charge + part.difference + part.deduction <= owed
                assert part.amount + part.discount + part.charge + part.difference > 0
            else:
                assert owed <= part.amount < 0
                assert part.discount == part.charge == part.difference == part.deduction == 0


@UNHURRIED
@given(LINES, ITEMS, KNOWN, st.booleans())
def test_of_answers_as_likely_as_each_other_none_is_firm(line, items, known, complete):
    found = score(line, Candidates(tuple(items), tuple(known), NAMES, complete), RULES)
    if len(found) > 1 and found[1].parts and found[0].score - found[1].score < 0.049:
        assert not found[0].firm
        assert not found[1].firm
    assert [answer.score for answer in found] == sorted((answer.score for answer in found), reverse=True)


@UNHURRIED
@given(LINES, ITEMS)
def test_without_a_document_or_a_payer_nothing_is_proposed(line, items):
    assert score(replace(line, keys=frozenset(), name=""), Candidates(tuple(items)), RULES) == []


@pytest.mark.parametrize("how", ["learnt_name", "name"])
def test_who_is_known_by_name_only_is_never_applied_without_a_document(how):
    answer = best(line(119_00), [item(123, 119_00)], Known(ACME, ACME, how))
    assert not answer.firm
