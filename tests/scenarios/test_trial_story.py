"""A policy is tried on half of the customers: what is begun goes on, what comes due is parted, an end comes early."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from o2c.collections import dunning, trial_figures, trials, why
from o2c.collections.models import Decision, DunningPolicy, NoticeLine, Trial
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from tests.collections.dunning_oracle import challenged
from tests.collections.test_trials import firm
from tests.given import DAY

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")
FIRST = DAY + timedelta(days=1)


def at(day: date):
    return time_machine.travel(datetime.combine(day, time(12), UTC), tick=False)


def on(days: int) -> date:
    return FIRST + timedelta(days=days)


@pytest.fixture
def boss(given) -> Actor:
    return Actor.of(given.user("boss", Role.FINANCE_MANAGER))


@pytest.fixture
def trial(given, boss) -> Trial:
    """Standard (3, 14, 25, 40 days past due) against a firm policy (1, 5) on half of the payers."""
    given.customer()
    firm()
    with at(DAY):
        return trials.begin(
            given.entity(), champion="standard", challenger="firm", share=50, first_on=FIRST, until=on(59), actor=boss
        )


@pytest.fixture
def customers(given, trial):
    """One of each arm: the champion's and the challenger's."""
    found = {}
    while len(found) < 2:
        customer = given.customer()
        found.setdefault(challenged(trial.salt, customer.pk, 50), customer)
    return found[False], found[True]


def run(given, first: int, last: int) -> None:
    for days in range(first, last + 1):
        with at(on(days)):
            dunning.run_day(given.entity(), on(days), actor=SYSTEM, replay=True)


def told(item) -> list[tuple[int, int, str]]:
    """Days from the trial's first day on, levels, and by which policy."""
    lines = NoticeLine.objects.filter(item=item, dropped_because="").order_by("as_of").select_related("policy")
    return [((line.as_of - FIRST).days, line.level, line.policy.code) for line in lines]


def test_each_arm_is_chased_by_its_policy_and_what_is_begun_goes_on(given, trial, customers, boss):
    champions, challengers = customers
    old, new, theirs = (
        given.open_item("100.00 EUR", customer=customer, due=due)
        for customer, due in ((challengers, on(-1)), (challengers, on(2)), (champions, on(2)))
    )
    run(given, 0, 20)
    assert told(old) == [(2, 1, "standard"), (13, 2, "standard")], "due before the trial: as it was"
    assert told(theirs) == [(5, 1, "standard"), (16, 2, "standard")]
    assert told(new) == [(3, 1, "firm"), (7, 2, "firm")]
    ledger = Decision.objects.filter(reason="notice")
    assert set(ledger.filter(item_id=new.pk).values_list("trial_id", flat=True)) == {trial.pk}
    assert set(ledger.filter(item_id=theirs.pk).values_list("trial_id", flat=True)) == {trial.pk}
    assert set(ledger.filter(item_id=old.pk).values_list("trial_id", flat=True)) == {None}
    assert [why.of(item, on(20)).arm for item in (old, new, theirs)] == ["", "challenger", "champion"]

    with at(on(20)):
        trials.end(trial, concluded="Too many complaints", actor=boss)
    run(given, 21, 30)
    assert told(new)[2:] == [(27, 3, "standard")], "the champion takes over at the level that comes next"
    assert why.of(new, on(30)).arm == ""
    assert why.of(new, on(20)).arm == "challenger", "a past day stays as it was"
    figures = trial_figures.of(Trial.objects.get(), on(30))
    assert figures.last_on == on(20)
    assert [(arm.items, arm.notices) for arm in figures.arms] == [(1, 2), (1, 2)]


def test_a_courtesy_before_the_trial_keeps_its_item_out_of_it(given, trial, customers):
    """Told of before the first day by the champion: neither chased by the challenger nor looked at."""
    DunningPolicy.objects.get(code="standard").levels.filter(number=1).update(days_past_due=-5)
    _, challengers = customers
    begun = given.open_item("100.00 EUR", customer=challengers, due=on(3))
    later = given.open_item("100.00 EUR", customer=challengers, due=on(6))
    run(given, -1, 10)
    assert told(begun) == [(-1, 1, "standard")]
    assert told(later) == [(7, 1, "firm")]
    figures = trial_figures.of(trial, on(10))
    assert (figures.challenger.items, figures.champion.items) == (1, 0)


def test_the_last_day_is_its_last(given, trial, customers):
    """Due on the last day: the challenger's that day, and the champion's from the next on."""
    _, challengers = customers
    Trial.objects.update(until=on(4))
    item = given.open_item("100.00 EUR", customer=challengers, due=on(3))
    after = given.open_item("100.00 EUR", customer=challengers, due=on(5))
    run(given, 0, 8)
    assert told(item) == [(4, 1, "firm")]
    assert told(after) == [(8, 1, "standard")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day::date, trial_id FROM generate_series(%s::date, %s, '1 day') day CROSS JOIN LATERAL"
            " dunning_decisions(day::date, NULL, %s, NULL, NULL) WHERE item_id = %s ORDER BY day",
            [on(4), on(5), given.entity().pk, item.pk],
        )
        assert cursor.fetchall() == [(on(4), trial.pk), (on(5), None)]


def test_in_the_browser(given, customers, trial):
    _, challengers = customers
    client = Client()
    manager = given.user("manager", Role.FINANCE_MANAGER)
    with at(DAY):
        client.force_login(manager)
        asked = {"entity": "DE1", "champion": "standard", "challenger": "firm", "share": 20}
        days = {"first_on": on(60).isoformat(), "until": on(90).isoformat()}
        assert client.get(reverse("new_trial")).status_code == 200
        clash = client.post(reverse("new_trial"), {**asked, **days, "first_on": on(59).isoformat()})
        assert clash.status_code == 422
        assert "standard is tried against firm" in clash.content.decode()
        assert client.post(reverse("new_trial"), {**asked, **days}).status_code == 302
        assert Trial.objects.count() == 2
        assert "It begins on 3 Mar 2026." in client.get(reverse("trial", args=[trial.pk])).content.decode()
    item = given.open_item("100.00 EUR", customer=challengers, due=on(2))
    run(given, 0, 9)
    with at(on(9)):
        client.force_login(manager)
        page = client.get(reverse("trial", args=[trial.pk])).content.decode()
        assert "Too early to tell: nothing has come due yet for the champion." in page
        assert ">Lasts</span>" in client.get(reverse("trials")).content.decode()
        assert "No such day" in client.get(reverse("trial", args=[trial.pk]) + f"?as_of={on(10)}").content.decode()
        assert "Trial</a>: challenger." in client.get(reverse("item", args=[item.pk])).content.decode()
        said = client.get(reverse("customer_dunning", args=[challengers.pk])).content.decode()
        assert "Trial: challenger</a>" in said
        assert (
            "Trial of standard and firm"
            in client.get(reverse("policy", args=[DunningPolicy.objects.get(code="firm").pk])).content.decode()
        )
        url = reverse("end_trial", args=[trial.pk])
        assert client.post(url, {"concluded": ""}).status_code == 422
        assert client.post(url, {"concluded": "Enough seen"}).status_code == 302
        assert client.post(url, {"concluded": "Again"}).status_code == 422
    trial.refresh_from_db()
    assert (trial.ended_on, trial.ended_by, trial.concluded) == (on(10), "manager", "Enough seen")
