"""Several at the same offers: one run, one offer of an item, one mail, one decision."""

import pytest

from o2c.collections.offers import deciding
from o2c.collections.offers.deciding import OfferRefused
from o2c.core.actors import Actor
from o2c.core.models import Message
from o2c.invoicing.models import EarlyOffer, EarlyOfferRun
from tests.at_once import at_once
from tests.collections.offers.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)
ONE, OTHER = Actor("one"), Actor("other")
THREADS = 6


def test_the_same_proposal_at_once_makes_one_offer_of_each_item(book):
    for _ in range(3):
        book.item()
    runs = at_once(*[book.propose] * THREADS, refusals=())
    assert (EarlyOffer.objects.count(), EarlyOfferRun.objects.count()) == (3, 1)
    assert len({run.pk for run in runs}) == 1


def test_two_who_approve_at_once_send_one_mail_and_one_is_told(book):
    book.item()
    run = book.propose()
    answers = at_once(
        *(lambda actor=actor: deciding.approve(run, on=DAY, actor=actor) for actor in (ONE, OTHER)),
        refusals=(OfferRefused,),
    )
    run.refresh_from_db()
    refused = [each for each in answers if isinstance(each, OfferRefused)]
    assert [str(each) for each in refused] == [f"The run is offered already by {run.decided_by} on 2026-03-02."]
    assert Message.objects.count() == 1


def test_leaving_out_while_another_approves_leaves_one_or_the_other(book):
    book.item()
    run = book.propose()
    offer = EarlyOffer.objects.get()
    at_once(
        lambda: deciding.approve(run, on=DAY, actor=ONE),
        lambda: deciding.withdraw(offer, on=DAY, actor=OTHER),
        refusals=(OfferRefused,),
    )
    offer.refresh_from_db()
    run.refresh_from_db()
    # left out before, nothing was offered; after, it was offered and taken back
    assert (offer.state, run.state, Message.objects.count()) in {
        ("dropped", "cancelled", 0), ("withdrawn", "approved", 1),
    }  # fmt: skip


def test_following_at_once_changes_each_offer_once(book):
    offers = [book.offered() for _ in range(3)]
    for offer in offers:
        book.given.pay(offer.item, on=DAY)
    changed = at_once(*[book.follow] * THREADS, refusals=())
    assert sorted(changed) == [0] * (THREADS - 1) + [3]
