"""Everything that happened with a customer, newest first."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from o2c.collections import activities, disputes, dunning, holds, promises, worklist
from o2c.collections.models import Task
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation
from o2c.web.timeline import GROUPS, PARTS, BadPlace, timeline
from o2c.web.views.happened import MOST_EVENTS
from tests.given import DAY


@pytest.fixture
def auditor(given):
    return given.user("pierre", Role.AUDITOR)


@pytest.fixture
def story(given):
    """One of each: an invoice, its notice, a call, a promise kept in part, a dispute closed, a payment undone."""
    item = given.open_item("1000.00 EUR", due=DAY - timedelta(days=20), number="INV-1")
    entity, customer = item.entity, item.customer
    run = dunning.propose(entity, DAY - timedelta(days=10), actor=SYSTEM, replay=True)
    dunning.send(run, actor=SYSTEM) if run.state == "approved" else None
    task = worklist.create(
        entity=entity, customer=customer, kind=Task.Kind.MANUAL, why="Call them", due_on=DAY, actor=SYSTEM
    )
    worklist.log_call(task, "promised", "pays half", actor=SYSTEM)
    promises.record(
        customer=customer,
        entity=entity,
        items=[(item, Decimal("500.00"))],
        pay_by=DAY + timedelta(days=3),
        promised_on=DAY,
        actor=SYSTEM,
    )
    given.pay(item, "400.00 EUR", on=DAY + timedelta(days=1))
    cash.unapply(Allocation.objects.get(), on=DAY + timedelta(days=2), actor=SYSTEM)
    dispute = disputes.open(item, reason="Wrong price", on=DAY, actor=SYSTEM)
    disputes.withdraw(dispute, on=DAY + timedelta(days=4), actor=SYSTEM)
    holds.place(customer=customer, entity=entity, reason="Talks", from_on=DAY, actor=SYSTEM)
    return item


@time_machine.travel(f"{DAY}T10:00:00Z", tick=True)
def test_it_tells_everything_with_days_amounts_and_what_became_of_it(story, auditor):
    told = timeline(story.customer, auditor)
    facts = {(each.kind, each.number, each.amount, each.state) for each in told}
    assert {
        ("item", "INV-1", Decimal(1000), "open"),
        ("allocation", "INV-1", Decimal(400), ""),
        ("allocation", "INV-1", Decimal(-400), ""),
        ("promise", "", Decimal(500), "open"),
        ("dispute", "INV-1", None, "closed"),
        ("dispute_closed", "INV-1", None, "closed"),
        ("hold", "", None, ""),
        ("task", "", None, "open"),
        ("activity", "", None, "promised"),
        ("receipt", "R2026-000001", Decimal(400), "booked"),
    } <= facts
    assert "notice" in {each.kind for each in told}
    assert [each.on for each in told] == sorted((each.on for each in told), reverse=True)
    assert {each.entity for each in told} == {"DE1"}


@time_machine.travel(f"{DAY}T10:00:00Z", tick=True)
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_join_without_a_gap_or_a_repetition(given, story, auditor, limit):
    for _ in range(4):
        given.open_item("5.00 EUR", customer=story.customer)
    whole = timeline(story.customer, auditor, limit=1000)
    paged, before = [], ""
    while page := timeline(story.customer, auditor, limit=limit, before=before):
        paged += page
        before = page[-1].place
    assert paged == whole


def test_only_the_users_legal_entities_are_told(given):
    ours, theirs = given.entity("DE1"), given.entity("FR1")
    customer = given.customer(entity=ours)
    given.open_item("1.00 EUR", customer=customer, entity=ours, number="OURS")
    given.pay(given.open_item("2.00 EUR", customer=customer, entity=theirs, number="THEIRS"))
    holds.place(customer=customer, entity=theirs, reason="secret", from_on=DAY, actor=SYSTEM)
    holds.place(customer=customer, reason="everywhere", from_on=DAY, actor=SYSTEM)
    user = given.user("eva", Role.COLLECTOR, entities=[ours])
    told = timeline(customer, user)
    assert {each.entity for each in told} == {"DE1", ""}
    assert [each.text for each in told if each.kind == "hold"] == ["everywhere"]
    assert timeline(customer, given.user("nobody", Role.COLLECTOR, entities=[]))[0].text == "everywhere"


def test_nothing_of_another_customer_is_told(given, auditor):
    given.pay(given.open_item("10.00 EUR"))
    assert timeline(given.customer(), auditor) == []


@pytest.mark.parametrize(
    "place", ["x", "2026-03-02~2026-03-02T00:00:00~item~1", "2026-03-02~2026-03-02T00:00:00+00:00~user~1"]
)
def test_a_place_nobody_gave_out_is_refused(given, auditor, place):
    with pytest.raises(BadPlace):
        timeline(given.customer(), auditor, before=place)


def test_it_takes_two_queries(story, auditor, django_assert_num_queries):
    customer = story.customer
    with django_assert_num_queries(2):
        timeline(customer, auditor)


# --- What is asked for


@time_machine.travel(f"{DAY}T10:00:00Z", tick=True)
def test_kinds_and_words_are_chosen(story, auditor):
    def kinds(**asked):
        return {each.kind for each in timeline(story.customer, auditor, **asked)}

    assert kinds(kinds=GROUPS["agreed"]) == {"promise"}
    assert kinds(kinds=GROUPS["money"]) == {"item", "receipt", "allocation"}
    assert kinds(said="wrong PRICE") == {"dispute", "dispute_closed"}
    assert kinds(said="wrong price", kinds=["dispute"]) == {"dispute"}
    assert kinds(said="50% off_") == set(), "signs of a pattern stand for themselves"
    assert kinds(said="%") == set()


def test_every_kind_is_in_one_group():
    assert sorted(kind for kinds in GROUPS.values() for kind in kinds) == sorted(PARTS)


def test_the_page_filters_and_goes_on_within_the_filter(given, auditor, client):
    item = given.open_item("100.00 EUR")
    for number in range(MOST_EVENTS + 1):
        activities.add_note(item.customer, f"Note {number}", entity=item.entity, actor=SYSTEM)
    client.force_login(auditor)
    url = reverse("timeline", args=[item.customer_id])
    first = client.get(url, {"show": "work", "said": "note"})
    assert [told.happening.text for told in first.context["timeline"]][:2] == ["Note 25", "Note 24"]
    older = client.get(url + first.context["older"])
    assert [told.happening.text for told in older.context["timeline"]] == ["Note 0"]
    assert (older.context["show"], older.context["said"], older.context["older"]) == ("work", "note", "")
    assert client.get(url, {"show": "money"}).content.decode().count("Note ") == 0
    assert len(client.get(url, {"show": "nonsense"}).context["timeline"]) == MOST_EVENTS
    part = client.get(url, {"said": "nothing like it"}, headers={"HX-Request": "true"})
    assert "Nothing like that has happened." in part.content.decode()
    assert "<html" not in part.content.decode()
