"""The list by the rule: who comes on it once, what is proposed, and who is to be released after how long."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.collections.late_payers import consequences, listing, rules
from o2c.collections.late_payers.rules import RuleRefused, Wanted
from o2c.collections.models import Activity, LatePayer, LatePayerConsequence, LatePayerReview, LatePayerRule
from o2c.core import outbox
from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent
from o2c.orders.models import Account
from o2c.wiring import HANDLERS
from tests.collections.late_payers.conftest import DAY, LATE


def test_whoever_is_late_is_listed_with_the_reason_and_what_is_proposed(book):
    customer = book.late()
    done = book.review()
    assert (done.listed, done.to_release) == (1, 0)
    entry = LatePayer.objects.get()
    assert (entry.customer, entry.listed_on, entry.state, entry.release_from) == (customer, DAY, "listed", None)
    assert entry.why == (
        "1 of 1 invoice was more than 10 days late within 12 months (100 %): 1000.00 EUR, 29.0 days late on average"
        " (rule v1)."
    )
    assert Activity.objects.get().text == f"Listed as a persistent late payer: {entry.why}"
    assert list(entry.consequences.order_by("pk").values_list("kind", "state", "terms__code", "pack__code")) == [
        ("hold", "proposed", None, None),
        ("penalty", "proposed", None, "eu"),
        ("prepayment", "proposed", "L0", None),
        ("terms", "proposed", "L7", None),
    ]


def test_the_same_day_again_changes_nothing_and_a_day_before_is_refused(book):
    book.late()
    book.review()
    before = list(LatePayer.objects.values()), list(LatePayerConsequence.objects.values())
    assert book.review().listed == 1
    assert book.review(date(2025, 3, 31)) is None
    assert (list(LatePayer.objects.values()), list(LatePayerConsequence.objects.values())) == before
    assert LatePayerReview.objects.count() == 1
    assert Activity.objects.count() == 1


def test_what_stands_already_is_not_proposed(book, given):
    customer = book.late(given.customer(terms=book.net7))
    Account.objects.filter(customer=customer).update(standing="blocked", standing_reason="Bankrupt")
    book.review()
    assert set(LatePayerConsequence.objects.values_list("kind", flat=True)) == {"penalty", "prepayment"}


def test_without_a_rule_or_with_one_that_lists_nobody_there_is_no_list(book, given):
    book.late()
    book.rule(lists=False)
    assert book.review() is None
    assert listing.review(given.entity("FR1"), DAY) is None
    assert not LatePayer.objects.exists()


def test_a_rule_counts_from_its_day_and_the_day_before_is_judged_by_the_one_before(book):
    book.rule(on=date(2025, 4, 2), least_invoices=2)
    book.late()
    assert rules.in_force(book.entity, DAY).version == 1
    assert rules.in_force(book.entity, date(2025, 4, 2)).version == 2
    assert book.review().listed == 1


def test_it_is_to_be_released_once_the_rule_has_not_held_for_so_many_months(book, given):
    customer = book.late()
    book.review()
    given.pay(customer.items.get(), on=DAY)
    entry = LatePayer.objects.get()

    def on(day: date) -> tuple:
        book.review(day)
        entry.refresh_from_db()
        return entry.lapsed_on, entry.release_from

    assert on(date(2026, 4, 1)) == (None, None)  # paid on 1 April 2025: within the twelve months still
    assert on(date(2026, 4, 2)) == (date(2026, 4, 2), None)
    assert on(date(2026, 7, 1)) == (date(2026, 4, 2), None)
    assert on(date(2026, 7, 2)) == (date(2026, 4, 2), date(2026, 7, 2))
    assert on(date(2026, 7, 3)) == (date(2026, 4, 2), date(2026, 7, 2))
    given.open_item("900.00 EUR", customer=customer, due=date(2026, 7, 1))
    assert on(date(2026, 7, 12)) == (None, None)  # late again before anybody released it
    assert (entry.state, LatePayer.objects.count()) == ("listed", 1)


def test_who_was_released_by_hand_is_not_listed_again_before_the_day_that_was_said(book):
    entry = book.listed()
    consequences.release(entry, reason="Pays from now on", on=DAY, actor=SYSTEM, not_before=date(2025, 6, 1))
    assert book.review(date(2025, 5, 31)).listed == 0
    assert book.review(date(2025, 6, 1)).listed == 1
    assert list(LatePayer.objects.order_by("pk").values_list("state", flat=True)) == ["released", "listed"]


def test_what_a_new_version_proposes_is_proposed_for_whom_is_listed_already(book):
    book.rule(terms=None, prepayment=None, holds=False, pack=None, least_invoices=1, months=11)
    entry = book.listed()
    assert not entry.consequences.exists()
    book.rule(terms=None, prepayment=None, pack=None)
    book.review(date(2025, 4, 2))
    assert [row.kind for row in entry.consequences.all()] == ["hold"]


def test_each_legal_entity_is_reviewed_once_on_its_own_day_and_at_once_when_its_rule_changes(book, given):
    book.late(due=LATE)
    assert listing.review_due() == {"listed": 1, "to_release": 0}
    assert listing.review_due() == {"listed": 0, "to_release": 0}
    book.late()
    assert listing.review_due() == {"listed": 0, "to_release": 0}
    outbox.dispatch({"late_payers.changed": (listing.rules_changed,)})
    assert LatePayer.objects.count() == 2
    assert set(HANDLERS["late_payers.changed"]) == {"o2c.collections.late_payers.listing.rules_changed"}


def test_the_statements_do_not_grow_with_the_customers(book, given, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    book.late()
    with CaptureQueriesContext(connection) as one:
        book.review()
    for _ in range(5):
        book.late()
    with CaptureQueriesContext(connection) as five:
        book.review(date(2025, 4, 2))
    assert LatePayer.objects.count() == 6
    assert len(five) <= len(one)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("months", 0), ("months", 61), ("days_late", 366), ("least_invoices", 0), ("least_share", 101),
        ("least_average", 0), ("minimum", Decimal(-1)), ("release_months", 61),
    ],
)  # fmt: skip
def test_a_rule_of_nothing_is_refused_at_its_field(book, field, value):
    with pytest.raises(RuleRefused) as refused:
        book.rule(**{field: value})
    assert refused.value.field == field
    assert LatePayerRule.objects.count() == 1


def test_the_same_rule_makes_no_version_and_who_has_not_seen_the_last_is_told(book):
    assert book.rule().version == 1
    book.rule(days_late=20)
    with pytest.raises(RuleRefused, match="system has changed it meanwhile"):
        rules.change(book.entity, Wanted(), on=DAY, actor=SYSTEM, seen=1)
    with pytest.raises(RuleRefused) as refused:
        book.rule(prepayment=book.net7)
    assert refused.value.field == "prepayment"
    assert LatePayerRule.objects.count() == 2


def test_a_version_stays_as_it_was(book):
    from django.db import IntegrityError, transaction

    rule = LatePayerRule.objects.get()
    for change in (lambda: LatePayerRule.objects.update(months=1), rule.delete):
        with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
            change()


def test_readers_outside_are_told_once(book):
    book.late()
    book.review()
    book.review()
    payloads = OutboxEvent.objects.filter(kind="late_payers.reviewed").values_list("payload", flat=True)
    assert list(payloads) == [{"entity_id": book.entity.pk, "listed": 1, "to_release": 0}]
