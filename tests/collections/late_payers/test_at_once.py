"""Several at the same list: listed once, applied once, ended once, released once."""

import pytest

from o2c.collections.late_payers import consequences, listing
from o2c.collections.late_payers.consequences import LatePayerRefused
from o2c.collections.models import Activity, LatePayer, LatePayerConsequence, LatePayerReview
from o2c.core.actors import Actor
from o2c.orders.models import Account
from tests.at_once import at_once
from tests.collections.late_payers.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)
ONE, OTHER = Actor("one"), Actor("other")
THREADS = 6


def test_the_job_at_once_lists_once(book):
    for _ in range(3):
        book.late()
    at_once(*[lambda: listing.review(book.entity, DAY)] * THREADS, refusals=())
    assert (LatePayer.objects.count(), LatePayerReview.objects.count()) == (3, 1)
    assert LatePayerReview.objects.get().listed == 3
    assert (LatePayerConsequence.objects.count(), Activity.objects.count()) == (12, 3)


def test_two_people_apply_at_once_and_one_is_told(book):
    entry = book.listed()
    row = entry.consequences.get(kind="terms")
    answers = at_once(
        *(lambda actor=actor: consequences.apply(row, on=DAY, actor=actor) for actor in (ONE, OTHER)),
        refusals=(LatePayerRefused,),
    )
    refused = [each for each in answers if isinstance(each, LatePayerRefused)]
    row.refresh_from_db()
    assert [str(each) for each in refused] == [f"It was applied by {row.applied_by} on 2025-04-01 already."]
    assert row.terms_before == book.net30


def test_shorter_terms_and_prepayment_at_once_leave_one(book):
    entry = book.listed()
    rows = list(entry.consequences.filter(kind__in=["terms", "prepayment"]))
    answers = at_once(
        *(lambda row=row: consequences.apply(row, on=DAY, actor=ONE) for row in rows), refusals=(LatePayerRefused,)
    )
    assert sum(isinstance(each, LatePayerRefused) for each in answers) == 1
    held = entry.consequences.get(state="applied")
    assert held.terms_before == book.net30
    assert book.account(entry).terms_id == held.terms_id


def test_two_people_release_at_once_and_one_is_told(book):
    entry = book.listed()
    consequences.apply(entry.consequences.get(kind="hold"), on=DAY, actor=ONE)
    answers = at_once(
        *(lambda actor=actor: consequences.release(entry, reason="x", on=DAY, actor=actor) for actor in (ONE, OTHER)),
        refusals=(LatePayerRefused,),
    )
    assert sum(isinstance(each, LatePayerRefused) for each in answers) == 1
    assert book.account(entry).standing == "open"
    assert entry.consequences.filter(state="ended").count() == 1


def test_applying_while_another_releases_leaves_nothing_behind(book):
    entry = book.listed()
    row = entry.consequences.get(kind="hold")
    at_once(
        lambda: consequences.apply(row, on=DAY, actor=ONE),
        lambda: consequences.release(entry, reason="x", on=DAY, actor=OTHER),
        refusals=(LatePayerRefused,),
    )
    row.refresh_from_db()
    assert LatePayer.objects.get().state == "released"
    assert row.state in {"ended", "dropped"}
    assert Account.objects.get(customer=entry.customer_id).standing == "open"
