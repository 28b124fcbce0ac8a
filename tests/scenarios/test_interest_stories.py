"""Interest on late payment as it goes: worked out, charged, paid late, let go, and never charged twice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections import disputes
from o2c.collections.interest import charging, packs
from o2c.collections.interest.charging import InterestRefused
from o2c.collections.interest.working_out import Due, work_out
from o2c.collections.models import InterestCharge, InterestNote, InterestPack, InterestRules
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash, proof
from o2c.invoicing.models import LedgerAccount, OpenItem, Posting
from o2c.orders.models import Customer
from tests.at_once import at_once

DUE = date(2024, 12, 16)


class Story:
    """A German company that charges by the directive: ECB's rate and eight points, 40 euro for each item."""

    def __init__(self, given):
        self.given = given
        self.entity = given.entity()
        self.rule("eu")

    def rule(self, pack: str, **otherwise) -> None:
        facts = {
            "pack": InterestPack.objects.get(code=pack), "begins_on": date(2024, 1, 1), "minimum": Decimal(0),
            "after_payment": True, "compensates": False, "days_to_pay": 14, "actor": SYSTEM,
        }  # fmt: skip
        packs.rule(self.entity, **facts | otherwise)

    def due(self, until: date) -> list[Due]:
        return work_out(self.entity, until)

    def totals(self, until: date) -> dict[str, Decimal]:
        return {f"{due.customer} {due.currency}": due.total for due in self.due(until) if not due.because}

    def charge(self, until: date, on: date | None = None) -> list[InterestNote]:
        chosen = [(due.customer_id, due.currency) for due in self.due(until)]
        return charging.charge(self.entity, chosen, until=until, on=on or until, actor=SYSTEM)


@pytest.fixture
def story(given):
    return Story(given)


def test_over_first_january_with_a_part_payment_and_a_second_note_for_the_days_after(story, given):
    """1,000.00 due 16 December 2024; 400.00 on 15 January 2025; the rest on 14 July 2025.

    17 to 31 December 2024, 15 days of 1,000.00 at 4.25 + 8 = 12.25 %: 5.034247
    1 to 15 January 2025, 15 days of 1,000.00 at 3.15 + 8 = 11.15 %: 4.582192
    16 to 31 January, 16 days of 600.00 at 11.15 %: 2.932603
    Together 12.549042: 12.55 is charged on 31 January.
    1 February to 30 June, 150 days of 600.00 at 11.15 %: 27.493151
    1 to 14 July, 14 days of 600.00 at 2.15 + 8 = 10.15 %: 2.335890
    All together 42.378082: 42.38, of which 12.55 was charged and 29.83 is owed on 31 July.
    """
    item = given.open_item("1000.00 EUR", due=DUE)
    given.pay(item, "400.00 EUR", on=date(2025, 1, 15))
    (first,) = story.charge(date(2025, 1, 31))
    assert (first.number, first.money.amount, first.item.due_on) == (
        "IN2025-000001", Decimal("12.55"), date(2025, 2, 14),
    )  # fmt: skip
    assert [span[:4] for span in first.charges.get().spans] == [
        ["2024-12-17", "2024-12-31", "1000.0000", "12.250"],
        ["2025-01-01", "2025-01-15", "1000.0000", "11.150"],
        ["2025-01-16", "2025-01-31", "600.0000", "11.150"],
    ]
    given.pay(item, on=date(2025, 7, 14))
    (second,) = story.charge(date(2025, 7, 31))
    assert second.total == Decimal("29.83")
    assert story.totals(date(2025, 7, 31)) == {f"{item.customer.name} EUR": 0}
    assert proof.proof() == []


def test_the_note_is_a_document_in_the_books_that_bears_no_interest_itself(story, given):
    given.open_item("3650.00 EUR", due=DUE)
    (note,) = story.charge(date(2025, 1, 31))
    item = note.item
    assert (item.kind, item.number, item.open_amount) == (OpenItem.Kind.FEE, note.number, note.total)
    posted = dict(Posting.objects.filter(entry=item.entry).values_list("account__role", "amount"))
    assert posted == {LedgerAccount.Role.RECEIVABLES: note.total, LedgerAccount.Role.INTEREST: -note.total}
    (due,) = story.due(date(2025, 6, 30))
    assert [each.number for each in due.items] != [note.number]
    assert note.number not in {each.number for each in due.items}


def test_who_was_late_with_what_is_paid_now_owes_interest_where_the_rules_say_so(story, given):
    item = given.open_item("3650.00 EUR", due=DUE)
    given.pay(item, on=DUE + timedelta(days=10))
    in_time = given.open_item("500.00 EUR", due=DUE)
    given.pay(in_time, on=DUE)
    assert story.totals(date(2025, 1, 31)) == {f"{item.customer.name} EUR": Decimal("12.25")}
    story.rule("eu", after_payment=False)
    assert story.totals(date(2025, 1, 31)) == {}


def test_money_counts_from_the_day_it_was_there_and_a_returned_payment_never_was(story, given):
    item = given.open_item("3650.00 EUR", due=DUE)
    receipt = given.receipt("3650.00 EUR", customer=item.customer, on=DUE + timedelta(days=5))
    cash.apply(receipt.item, [cash.Split(item, Decimal(3650))], on=DUE + timedelta(days=30), actor=SYSTEM)
    assert story.totals(DUE + timedelta(days=40)) == {f"{item.customer.name} EUR": Decimal("6.13")}  # 5 × 1.225
    cash.reverse(receipt, on=DUE + timedelta(days=40), actor=SYSTEM)
    twenty_five_days_of_january = Decimal("1.115") * 25
    owed = (Decimal("1.225") * 15 + twenty_five_days_of_january).quantize(Decimal("0.01"))
    assert story.totals(DUE + timedelta(days=40)) == {f"{item.customer.name} EUR": owed}


def test_what_is_credited_was_never_owed(story, given):
    """1,825.00 for fifty days: 15 at 12.25 % are 9.1875, 35 at 11.15 % are 19.5125."""
    item = given.open_item("3650.00 EUR", due=DUE)
    credit = given.open_item("-1825.00 EUR", customer=item.customer, due=DUE + timedelta(days=40))
    cash.apply(credit, [cash.Split(item, Decimal(1825))], on=DUE + timedelta(days=40), actor=SYSTEM)
    assert story.totals(DUE + timedelta(days=50))[f"{item.customer.name} EUR"] == Decimal("28.70")


def test_money_that_turns_up_afterwards_shows_that_too_much_was_charged(story, given):
    item = given.open_item("3650.00 EUR", due=DUE)
    (note,) = story.charge(date(2024, 12, 31))
    assert note.total == Decimal("18.38")
    receipt = given.receipt("3650.00 EUR", customer=item.customer, on=DUE + timedelta(days=5))
    cash.apply(receipt.item, [cash.Split(item, Decimal(3650))], on=date(2025, 1, 10), actor=SYSTEM)
    (due,) = story.due(date(2025, 1, 31))
    assert due.items[0].because == "12.25 EUR too much was charged: reverse a note."
    charging.reverse(note, reason="Paid on the 21st", on=date(2025, 1, 31), actor=SYSTEM)
    assert [new.total for new in story.charge(date(2025, 1, 31))] == [Decimal("6.13")]


def test_compensation_is_charged_once_for_each_item_that_was_late(story, given):
    story.rule("eu", compensates=True)
    customer = given.customer()
    for _ in range(2):
        given.open_item("365.00 EUR", customer=customer, due=DUE)
    (note,) = story.charge(date(2024, 12, 26))
    assert note.total == Decimal("82.46")  # twice 1.225 → 1.23, and twice 40.00
    assert InterestCharge.objects.filter(compensation=40).count() == 2
    (later,) = story.charge(date(2024, 12, 31))
    assert later.total == Decimal("1.22")  # twice 1.8375 → 1.84, less 1.23


def test_a_waived_note_is_gone_for_good_and_a_reversed_one_may_be_charged_again(story, given):
    given.open_item("3650.00 EUR", due=DUE)
    (note,) = story.charge(date(2024, 12, 26))
    waived = charging.waive(note, reason="Goodwill after the flood", on=date(2025, 1, 2), actor=SYSTEM)
    assert (waived.state, waived.item.open_amount) == (InterestNote.State.WAIVED, 0)
    assert story.charge(date(2024, 12, 26)) == []
    (after,) = story.charge(date(2024, 12, 31))
    assert after.total == Decimal("6.13")  # 18.375 → 18.38 less 12.25
    charging.reverse(after, reason="Wrong day", on=date(2025, 1, 2), actor=SYSTEM)
    (again,) = story.charge(date(2024, 12, 31))
    assert again.total == Decimal("6.13")
    with pytest.raises(InterestRefused, match="waived already"):
        charging.waive(note, reason="Again", on=date(2025, 1, 2), actor=SYSTEM)
    with pytest.raises(InterestRefused, match="Say why"):
        charging.waive(again, reason=" ", on=date(2025, 1, 2), actor=SYSTEM)


def test_a_note_that_is_partly_paid_is_neither_waived_nor_reversed(story, given):
    given.open_item("3650.00 EUR", due=DUE)
    (note,) = story.charge(date(2024, 12, 26))
    given.pay(note.item, "5.00 EUR", on=date(2025, 1, 2))
    with pytest.raises(InterestRefused, match="settled"):
        charging.waive(note, reason="Goodwill", on=date(2025, 1, 3), actor=SYSTEM)
    note.refresh_from_db()
    assert note.state == InterestNote.State.CHARGED


def test_private_persons_owe_what_the_law_of_the_country_says_and_nothing_by_the_directive(story, given):
    """§ 288 BGB: base rate 3.37 in the second half of 2024, and 9 points of companies, 5 of consumers; 10 days."""
    shop, person = given.customer("SHOP"), given.customer("PERSON")
    Customer.objects.filter(pk=person.pk).update(is_consumer=True)
    for customer in (shop, person):
        given.open_item("3650.00 EUR", customer=customer, due=DUE)
    story.rule("eu", compensates=True)
    told = {due.customer_number: [each.because for each in due.items] for due in story.due(date(2024, 12, 26))}
    assert told == {
        "SHOP": [""],
        "PERSON": ["Directive 2011/7/EU (late payment) gives nothing of a private person."],
    }
    story.rule("de", compensates=True)
    assert story.totals(date(2024, 12, 26)) == {
        "Customer SHOP EUR": Decimal("12.37") + 40,
        "Customer PERSON EUR": Decimal("8.37"),
    }


def test_without_a_pack_nothing_is_charged_and_a_missing_rate_says_which(story, given):
    item = given.open_item("1000.00 EUR", due=date(2026, 6, 15))
    (due,) = story.due(date(2026, 7, 10))
    assert due.items[0].because == "No reference rate is entered for 2026-07-01."
    assert story.charge(date(2026, 7, 10)) == []
    packs.enter_rate(InterestPack.objects.get(code="eu"), date(2026, 7, 1), Decimal("2.15"), actor=SYSTEM)
    (note,) = story.charge(date(2026, 7, 10))
    assert note.total == Decimal("6.95")  # 25 days at 10.15 %
    InterestRules.objects.all().delete()
    assert story.due(date(2026, 7, 20)) == []
    with pytest.raises(InterestRefused, match="choose a pack"):
        charging.charge(
            story.entity, [(item.customer_id, "EUR")], until=date(2026, 7, 20), on=date(2026, 7, 20), actor=SYSTEM
        )


def test_an_agreement_with_a_customer_comes_before_the_rules_of_the_entity(story, given):
    free, contract = given.customer("FREE"), given.customer("CONTRACT")
    for customer in (free, contract):
        given.open_item("3600.00 EUR", customer=customer, due=DUE)
    packs.agree(story.entity, free, pack=None, reason="Frame contract 7", actor=SYSTEM)
    own = packs.write(
        code="frame", name="Frame contract", source="Contract of 2 May 2023, § 4", points=Decimal(6), year=360,
        consumer_points=None, has_reference=False, kept=False, compensation=None, currency="", actor=SYSTEM,
    )  # fmt: skip
    packs.agree(story.entity, contract, pack=own, reason="Contract of 2 May 2023", actor=SYSTEM)
    assert story.totals(date(2025, 1, 15)) == {"Customer CONTRACT EUR": Decimal("18.00"), "Customer FREE EUR": 0}


def test_what_is_disputed_or_below_the_minimum_waits(story, given):
    customer = given.customer()
    small = given.open_item("100.00 EUR", customer=customer, due=DUE)
    story.rule("eu", minimum=Decimal(5))
    (due,) = story.due(date(2025, 1, 15))
    assert due.because == "Less than the minimum of 5.00 EUR."
    assert story.charge(date(2025, 1, 15)) == []
    large = given.open_item("9000.00 EUR", customer=customer, due=DUE)
    disputes.open(item=large, reason="quality", amount=Decimal(9000), on=DUE, actor=SYSTEM)
    (due,) = story.due(date(2025, 1, 15))
    assert [(each.number, each.because) for each in due.items] == [(small.number, ""), (large.number, "Disputed.")]


def test_the_minimum_is_compared_in_the_base_currency_to_the_last_yen(story, given):
    """150,000 JPY at 12 % for 30 days of 360 are 1,500 JPY: 9.15 EUR at 163.93, less than ten."""
    given.rate("JPY", "163.93", on=DUE)
    own = packs.write(
        code="frame", name="Frame contract", source="Contract, § 4", points=Decimal(12), year=360,
        consumer_points=None, has_reference=False, kept=False, compensation=None, currency="", actor=SYSTEM,
    )  # fmt: skip
    given.open_item("150000 JPY", due=DUE)
    for minimum, because in ((10, "Less than the minimum of 10.00 EUR."), (9, "")):
        packs.rule(
            story.entity, pack=own, begins_on=date(2024, 1, 1), minimum=Decimal(minimum), after_payment=True,
            compensates=False, days_to_pay=14, actor=SYSTEM,
        )  # fmt: skip
        (due,) = story.due(DUE + timedelta(days=30))
        assert (due.total, due.because) == (1500, because)


def test_two_who_charge_the_same_at_once_charge_it_once(transactional_db, given):
    story = Story(given)
    given.open_item("3650.00 EUR", due=DUE)
    given.open_item("7300.00 EUR", due=DUE)
    chosen = [(due.customer_id, due.currency) for due in story.due(date(2024, 12, 26))]

    def charge() -> int:
        notes = charging.charge(story.entity, chosen, until=date(2024, 12, 26), on=date(2024, 12, 26), actor=SYSTEM)
        return len(notes)

    assert sorted(at_once(*[charge] * 6)) == [0, 0, 0, 0, 0, 2]
    assert InterestNote.objects.count() == 2
    assert set(InterestNote.objects.values_list("number", flat=True)) == {"IN2024-000001", "IN2024-000002"}


def test_charging_takes_as_many_statements_for_forty_customers_as_for_two(story, given, django_assert_max_num_queries):
    for _ in range(40):
        given.open_item("3650.00 EUR", due=DUE)
    with django_assert_max_num_queries(24):
        assert len(story.charge(date(2024, 12, 26))) == 40
