"""The match rate: each payment once, by what became of it; and the thresholds by which it goes."""

from datetime import timedelta

import pghistory.models
import pytest
import time_machine
from django.urls import reverse

from o2c.core.actors import SYSTEM, Actor
from o2c.invoicing.bank import setting_aside
from o2c.invoicing.guarding import checks
from o2c.invoicing.matching import applying, deciding, rate_page, rates, running
from o2c.invoicing.models import BankLine, MatchingRules, MatchProposal
from o2c.orders.models import CustomerBankAccount
from tests.given import DAY

IBAN = "DE89370400440532013000"


@pytest.fixture
def worked(given):
    """A line of each outcome in one week, and one a week before."""
    acme = given.customer("C1", name="Acme GmbH")
    CustomerBankAccount.objects.create(customer=acme, iban=IBAN)
    clerk = Actor.of(given.user("clerk", "cash_clerk"))
    statement = given.bank_statement()

    def line(money, text="", on=DAY, **facts):
        return given.bank_line(f"{money} EUR", text, statement=statement, on=on, **facts)

    for number, money in (("INV-50001", "119.00"), ("INV-50002", "70.00"), ("INV-50003", "33.00")):
        given.open_item(f"{money} EUR", customer=acme, number=number)
    line("119.00", "INV-50001", iban=IBAN)
    accepted = line("55.00", "hello", iban=IBAN)
    proposed = line("56.00", "hello", iban=IBAN)
    hand = line("33.00", "stranger")
    aside = line("5.00", "interest")
    line("6.00", "stranger")
    line("70.00", "stranger", on=DAY - timedelta(days=7))
    line("-9.00", "fee")
    running.match(given.entity())
    applying.apply_one(MatchProposal.objects.get(line=accepted), actor=clerk, on=DAY)
    applying.apply_one(deciding.propose_by_hand(hand, acme, [], actor=clerk), actor=clerk, on=DAY)
    setting_aside.set_aside(aside, reason="interest", on=DAY, actor=SYSTEM)
    assert MatchProposal.objects.filter(line=proposed, state="open").exists()
    return given.entity()


def test_each_payment_counts_once_by_what_became_of_it(worked):
    before, week = rates.by_week([worked.pk], today=DAY, weeks=2)
    assert (before.week, before.lines, before.counts["left"]) == (DAY - timedelta(days=7), 1, 1)
    assert week.counts == {
        "itself": 1, "accepted": 1, "hand": 1, "elsewhere": 1, "quarantined": 0, "proposed": 1, "left": 1,
    }  # fmt: skip
    assert week.lines == sum(week.counts.values()) == BankLine.objects.filter(booked_on=DAY, amount__gt=0).count()
    assert (week.share, week.decided, week.waits) == (1 / 6, 2, 2)
    whole = rates.total([before, week])
    assert (whole.lines, whole.counts["left"]) == (7, 2)


def test_what_is_held_back_counts_as_such_and_what_is_taken_back_waits_again(given, worked):
    held = BankLine.objects.get(amount=6)
    given.customer("C9")
    checks.look([(held.pk, given.customer("C8").pk)])
    (week,) = rates.by_week([worked.pk], today=DAY, weeks=1)
    assert week.lines == 6
    deciding.undo(MatchProposal.objects.get(state="applied", run__isnull=False, amount=119), on=DAY, actor=SYSTEM)
    (week,) = rates.by_week([worked.pk], today=DAY, weeks=1)
    assert (week.counts["itself"], week.lines) == (0, 6)


def test_empty_weeks_are_there(given):
    found = rates.by_week([given.entity().pk], today=DAY, weeks=3)
    assert [(week.lines, week.share) for week in found] == [(0, None)] * 3
    assert rate_page.bars(found) == []
    assert rates.total([]) is None


def test_the_chart_has_the_tables_numbers(worked):
    found = rates.by_week([worked.pk], today=DAY, weeks=2)
    drawn = rate_page.bars(found)
    assert sum(bar["count"] for bar in drawn) == 7
    tall = [bar for bar in drawn if bar["week"] == DAY]
    assert sum(float(bar["height"]) for bar in tall) == pytest.approx(rate_page.HEIGHT, abs=0.1)


@time_machine.travel("2026-03-02T12:00:00Z", tick=False)
def test_the_page_is_of_the_entities_one_sees(given, worked, client):
    other = given.entity("GB1", currency="GBP")
    client.force_login(given.user("reader", "cash_clerk"))
    shown = client.get(reverse("match_rate"))
    assert shown.context["whole"].lines == 7
    assert client.get(reverse("match_rate"), {"entity": "GB1", "weeks": "26"}).context["whole"].lines == 0
    client.force_login(given.user("british", "cash_clerk", entities=[other]))
    assert client.get(reverse("match_rate")).context["whole"].lines == 0


def test_thresholds_are_kept_by_administrators_and_hold_from_the_next_round(given, client):
    acme = given.customer("C1", name="Acme GmbH")
    CustomerBankAccount.objects.create(customer=acme, iban=IBAN)
    given.open_item("119.00 EUR", customer=acme, number="INV-50001")
    given.bank_line("119.00 EUR", "INV-50001", iban=IBAN)
    entity = given.entity()
    client.force_login(given.user("admin", "administrator"))
    page = reverse("matching_rules", args=[entity.pk])
    rules = {**client.get(page).context["form"].initial, "apply_from": "1"}
    assert client.post(page, rules).status_code == 302
    assert running.match(entity)["proposed"] == 1
    refused = client.post(page, {**rules, "apply_from": "0.4", "propose_from": "0.5"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["propose_from"])
    assert client.post(page, {**rules, "small_difference": "-1"}).status_code == 422
    assert client.post(page, {**rules, "apply_from": "0.8"}).status_code == 302
    assert running.match(entity)["applied"] == 1
    history = pghistory.models.Events.objects.tracks(MatchingRules.objects.get(entity=entity)).order_by(
        "pgh_created_at"
    )
    assert [(each.pgh_data["apply_from"], each.pgh_context["actor"]) for each in history] == [
        (1.0, "admin"), (0.8, "admin"),
    ]  # fmt: skip
