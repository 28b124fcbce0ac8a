"""Champion and challenger: who is in which arm, and what the figures say, worked out by hand beside each test."""

from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction

from o2c.collections import backtesting, pilots, policies, policy_choices, trial_figures, trials
from o2c.collections.models import DunningPolicy, DunningSettings, PolicyChoice, Trial
from o2c.collections.policy_rules import Rules, Step
from o2c.collections.trials import TrialRefused
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation
from o2c.orders.models import Account, Customer
from tests.at_once import at_once
from tests.collections.dunning_oracle import challenged
from tests.given import DAY, Given

pytestmark = pytest.mark.django_db
SALT = "DE1 standard firm"


def firm(levels: str = "1 5", effective_on: date = date(2020, 1, 1)) -> DunningPolicy:
    steps = tuple(
        Step(f"Level {number}", int(days), template="reminder") for number, days in enumerate(levels.split(), start=1)
    )
    rules = Rules(name="Firm", interval_days=3, steps=steps)
    return policies.write(DunningPolicy(code="firm", version=1, effective_on=effective_on), rules)


def tried(given: Given, *, days: int = 100, first: date = DAY, share: int = 50, **facts) -> Trial:
    """The standard policy against a firmer one, begun on a day."""
    entity = given.entity()
    if not DunningPolicy.objects.filter(code="firm").exists():
        firm()
    return Trial.objects.create(
        entity=entity, champion="standard", challenger="firm", share=share, first_on=first, salt=SALT, begun_by="test",
        until=first + timedelta(days=days - 1), **facts,
    )  # fmt: skip


def payer(given: Given, *, challenger: bool, share: int = 50, **facts) -> Customer:
    """A customer whom the hash of a trial puts into the arm."""
    for _ in range(200):
        found = given.customer(email="", **facts)
        if challenged(SALT, found.pk, share) == challenger:
            return found
    raise AssertionError("the hash gives one arm nobody")


def late(days: int) -> date:
    return DAY + timedelta(days=days)


# --- Who is in which arm


def test_the_hash_is_that_of_the_rules_and_stays():
    """SHA-256 of "salt:7" begins with bytes that anybody can work out; the database says the same of 10,000 payers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(dunning_challenged(%s, n, 20) ORDER BY n) FROM generate_series(1, 10000) n", [SALT]
        )
        (found,) = cursor.fetchone()
        cursor.execute("SELECT dunning_challenged(%s, 7, 20), dunning_challenged(%s, 7, 20)", [SALT, SALT])
        assert cursor.fetchone() == (found[6], found[6])
    assert found == [challenged(SALT, n, 20) for n in range(1, 10001)]
    # the spread of so many throws is 0.4 %
    assert 0.18 < sum(found) / 10000 < 0.22
    other = [challenged("another salt", n, 20) for n in range(1, 10001)]
    both = sum(a and b for a, b in zip(found, other, strict=True))
    assert 0.03 < both / 10000 < 0.05, "two trials part customers independently"


def test_who_is_in_a_larger_share_was_in_the_smaller_one():
    smaller, larger = ({n for n in range(1, 3000) if challenged(SALT, n, share)} for share in (10, 60))
    assert smaller < larger


def test_a_group_is_never_split(given):
    trial, head = tried(given), payer(given, challenger=True)
    branches = [given.customer(email="", parent=head) for _ in range(8)]
    assert not all(challenged(SALT, branch.pk, 50) for branch in branches), "by themselves they would be"
    numbers = [given.open_item("100.00 EUR", customer=each, due=late(3)).pk for each in (head, *branches)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.item_id, p.code, d.trial_id FROM dunning_decisions(%s, NULL, %s, NULL, NULL) d"
            " JOIN collections_dunningpolicy p ON p.id = d.policy_id",
            [late(10), trial.entity_id],
        )
        assert sorted(cursor.fetchall()) == sorted((pk, "firm", trial.pk) for pk in numbers)


# --- The figures


def estimates(trial: Trial, day: date, horizon: int, arm: str = "challenger"):
    found = getattr(trial_figures.of(trial, day, horizon), arm)
    return found, {
        (of, measure): (round(estimate.value, 6), estimate.error)
        for of in ("days", "share")
        for measure, estimate in getattr(found, of).items()
    }


def test_the_days_and_shares_of_three_invoices(given):
    """Of three payers' invoices over 14 days: paid on day 5, on day 10, and open for 20 days.

    Days by item: (5 + 10 + 14) / 3 = 9.666667. Share recovered of items: 2/3.
    By amount, 100, 300 and 600: (5 x 100 + 10 x 300 + 14 x 600) / 1000 = 11.9; recovered 400/1000 = 0.4.
    Errors, as nothing is censored within the horizon: of a mean with each payer for itself,
    sqrt(3/2 x sum((x - mean)^2)) / 3: days sqrt(1.5 x 40.666667) / 3 = 2.603417, share sqrt(1.5 x 2/3) / 3 = 1/3.
    """
    trial = tried(given)
    for amount, paid in (("100.00", 5), ("300.00", 10), ("600.00", None)):
        item = given.open_item(f"{amount} EUR", customer=payer(given, challenger=True), due=late(0))
        if paid:
            given.pay(item, on=late(paid))
    arm, found = estimates(trial, late(20), 14)
    assert found["days", "item"] == (9.666667, pytest.approx(2.603417, abs=1e-6))
    assert found["share", "item"] == (0.666667, pytest.approx(1 / 3))
    assert found["days", "amount"][0] == 11.9
    assert found["share", "amount"][0] == 0.4
    assert (arm.payers, arm.customers, arm.items, arm.reached) == (3, 3, 3, 3)
    assert (arm.owed, arm.paid) == (Decimal(1000), Decimal(400))
    assert [round(share, 3) for share in arm.open["item"]] == [1] * 5 + [0.667] * 5 + [0.333] * 5
    assert trial_figures.of(trial, late(20), 14).champion.items == 0


def test_what_is_not_known_yet_is_not_taken_for_unpaid(given):
    """Four invoices of four payers: paid on day 4, open and due for 6 days only, paid on day 8, open for 20 days.

    Open after day 4: 3/4. On day 8 two are looked at, one is paid: 3/4 x 1/2 = 3/8.
    Days within 14: 4 + 4 x 3/4 + 6 x 3/8 = 9.25; recovered 5/8.
    The variance of the share by Greenwood: (3/8)^2 x (1/(4 x 3) + 1/(2 x 1)) = 0.08203125, times 4/3 for four payers.
    """
    trial = tried(given)
    for due, paid in ((0, 4), (14, None), (0, 8), (0, None)):
        item = given.open_item("100.00 EUR", customer=payer(given, challenger=True), due=late(due))
        if paid:
            given.pay(item, on=late(paid))
    arm, found = estimates(trial, late(20), 14)
    assert found["days", "item"][0] == 9.25
    assert found["share", "item"] == (0.625, pytest.approx(sqrt(0.08203125 * 4 / 3)))
    assert found["days", "amount"] == pytest.approx(found["days", "item"])
    assert (arm.items, arm.reached) == (4, 3)


def test_parts_of_an_invoice_are_paid_by_amount(given):
    """400 of 1000 on day 2, 100 on day 12, the rest never: by item it is open for all 14 days; by amount
    2 x 1 + 10 x 0.6 + 2 x 0.5 = 9 days and half recovered."""
    trial = tried(given)
    item = given.open_item("1000.00 EUR", customer=payer(given, challenger=True), due=late(0))
    given.pay(item, "400.00 EUR", on=late(2))
    given.pay(item, "100.00 EUR", on=late(12))
    _, found = estimates(trial, late(30), 14)
    assert (found["days", "item"][0], found["share", "item"][0]) == (14, 0)
    assert (found["days", "amount"][0], found["share", "amount"][0]) == (9, 0.5)


def test_invoices_of_one_payer_count_together(given):
    """Two payers of two invoices each, paid on days 2 and 4, and 8 and 10: the mean is 6, each payer's deviations from
    it sum up to -6 and 6, so the error is sqrt(2 x (36 + 36)) / 4 = 3, and not the 1.83 of four that know nothing of
    each other."""
    trial = tried(given)
    for days in ((2, 4), (8, 10)):
        head = payer(given, challenger=True)
        for customer, paid in zip((head, given.customer(email="", parent=head)), days, strict=True):
            item = given.open_item("100.00 EUR", customer=customer, due=late(0))
            given.pay(item, on=late(paid))
    arm, found = estimates(trial, late(20), 14)
    assert found["days", "item"] == (6, pytest.approx(3))
    assert found["share", "item"] == (1, 0)
    assert (arm.payers, arm.customers) == (2, 4)


def test_credits_are_no_payments_early_ones_take_no_day_and_undone_ones_were_none(given):
    """Credited wholly: left out. Half credited, the rest paid on day 6: 6 days. Paid before it was due: 0 days. Paid on
    day 1 and undone: open for 14. Mean 20/3."""
    trial = tried(given)
    credited, half, early, undone = (
        given.open_item("100.00 EUR", customer=payer(given, challenger=True), due=late(5)) for _ in range(4)
    )
    for item, money in ((credited, "-100.00 EUR"), (half, "-50.00 EUR")):
        credit = given.open_item(money, customer=item.customer, due=late(2))
        cash.apply(credit, [cash.Split(item, -credit.amount)], on=late(6), actor=SYSTEM)
    given.pay(half, on=late(11))
    given.pay(early, on=late(1))
    given.pay(undone, on=late(6))
    cash.unapply(Allocation.objects.get(debit_item=undone), on=late(9), actor=SYSTEM)
    arm, found = estimates(trial, late(30), 14)
    assert arm.items == 3
    assert (arm.owed, arm.paid) == (Decimal(250), Decimal(150))
    assert found["days", "item"][0] == round(20 / 3, 6)


def test_a_past_day_shows_what_was_known_then(given):
    trial = tried(given)
    item = given.open_item("100.00 EUR", customer=payer(given, challenger=True), due=late(0))
    given.pay(item, on=late(12))
    given.open_item("70.00 EUR", customer=item.customer, due=late(25))
    before = estimates(trial, late(10), 14)
    assert (before[0].items, before[0].paid, before[0].reached) == (1, 0, 0)
    after = estimates(trial, late(40), 14)
    assert (after[0].items, after[0].paid) == (2, 100)
    assert before == estimates(trial, late(10), 14)


def test_a_trial_looks_at_nothing_after_its_last_day(given):
    """Due three days before the end and paid five days after it: open for three days, and nothing is known of more."""
    trial = tried(given, days=10)
    item = given.open_item("100.00 EUR", customer=payer(given, challenger=True), due=late(6))
    given.open_item("100.00 EUR", customer=item.customer, due=late(10))
    given.pay(item, on=late(14))
    arm, found = estimates(trial, late(60), 14)
    assert (arm.items, arm.reached, arm.paid) == (1, 0, 0)
    assert trial_figures.of(trial, late(60), 14).last_on == late(9)
    assert found["share", "item"][0] == 0


def test_who_is_chased_otherwise_takes_no_part(given):
    trial = tried(given)
    PolicyChoice.objects.create(entity=trial.entity, segment="large", policy="firm")
    chosen, own, segment = payer(given, challenger=True), *(
        payer(given, challenger=True, **facts) for facts in ({"policy": "firm"}, {"segment": "large"})
    )  # fmt: skip
    item = given.open_item("100.00 EUR", customer=chosen, due=late(1))
    PolicyChoice.objects.create(entity=trial.entity, item=item, policy="standard")
    for customer in (own, segment):
        given.open_item("100.00 EUR", customer=customer, due=late(1))
    old = given.open_item("100.00 EUR", customer=chosen, due=late(-1))
    assert trial_figures.of(trial, late(40)).challenger.items == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(trial_id) FROM dunning_decisions(%s, NULL, %s, NULL, NULL)",
            [late(9), trial.entity_id],
        )
        assert cursor.fetchone() == (4, 0)
    Account.objects.filter(customer=segment).update(segment="")
    assert trial_figures.of(trial, late(40)).challenger.items == 1
    assert old.due_on < trial.first_on


# --- What can be told


def pays(given: Given, count: int, *, challenger: bool, after, seed: int = 0) -> None:
    chance = Random(f"{seed} {challenger}")
    for _ in range(count):
        item = given.open_item("100.00 EUR", customer=payer(given, challenger=challenger), due=late(0))
        days = after(chance)
        if days is not None:
            given.pay(item, on=late(days))


def test_a_planted_effect_is_found(given):
    """Forty payers in each arm, the challenger's eight days sooner."""
    trial = tried(given, days=61)
    pays(given, 40, challenger=False, after=lambda chance: chance.randint(8, 28))
    pays(given, 40, challenger=True, after=lambda chance: chance.randint(0, 20))
    said = trial_figures.verdict(trial_figures.of(trial, late(61)))
    assert said.name == "faster", said.sentence
    assert "days sooner" in said.sentence
    assert "by chance" not in said.sentence
    meanwhile = trial_figures.verdict(trial_figures.of(trial, late(40)))
    assert meanwhile.name == "faster"
    assert "decide on its last day, 1 May 2026" in meanwhile.sentence
    found = trial_figures.of(trial, late(61)).days("item")
    assert found.low < -8 < found.high < 0


def test_no_effect_is_told_from_none(given):
    trial = tried(given, days=61)
    for challenger in (False, True):
        pays(given, 32, challenger=challenger, after=lambda chance: chance.choice([3, 9, 15, 25, None]))
    figures = trial_figures.of(trial, late(45))
    assert figures.days("item").low < 0 < figures.days("item").high
    between = "the challenger's customers pay between"
    assert trial_figures.verdict(figures).sentence.startswith(f"Too early to tell: {between}")
    over = trial_figures.verdict(trial_figures.of(trial, late(61)))
    assert over.sentence.startswith(f"No difference was found: {between}")


def test_why_it_is_too_early(given):
    trial = tried(given, days=60)

    def said(day: int, horizon: int = 14) -> str:
        return trial_figures.verdict(trial_figures.of(trial, late(day), horizon)).sentence

    assert said(-3) == "It begins on 2 Mar 2026."
    assert said(3) == "Too early to tell: nothing has come due yet for the champion."
    for challenger in (False, True):
        given.open_item("100.00 EUR", customer=payer(given, challenger=challenger), due=late(1))
    assert said(5) == (
        "Too early to tell: nothing of the champion has been due for 14 days; the first is so on 17 Mar 2026."
    )
    assert said(5, 90).endswith("for 90 days; and by its last day, 30 Apr 2026, nothing will have been.")
    assert said(20) == (
        "Too early to tell: 1 payer of the champion had something due for 14 days, and it takes 30 in each arm."
    )


# --- Begun and ended


def begin(given: Given, **changed) -> Trial:
    today = clock.today(given.entity().time_zone)
    facts = {
        "champion": "standard", "challenger": "firm", "share": 30, "first_on": today + timedelta(days=1),
        "until": today + timedelta(days=90), **changed,
    }  # fmt: skip
    return trials.begin(given.entity(), **facts, actor=SYSTEM)


def test_a_trial_is_begun_for_days_to_come_and_its_champion_has_one_at_a_time(given):
    given.customer()
    firm()
    today = clock.today(given.entity().time_zone)
    made = begin(given)
    assert made.salt == f"DE1 standard firm {today + timedelta(days=1)}"
    assert OutboxEvent.objects.filter(kind="trial.begun").count() == 1
    with pytest.raises(TrialRefused, match="standard is tried against firm"):
        begin(given, first_on=made.until, until=made.until + timedelta(days=9))
    row = {name: getattr(made, name) for name in ("entity", "champion", "challenger", "share", "salt", "begun_by")}
    with pytest.raises(IntegrityError, match="trial_one_at_a_time"), transaction.atomic():
        Trial.objects.create(**row, first_on=made.until, until=made.until)
    Trial.objects.create(**row, first_on=made.until + timedelta(days=1), until=made.until + timedelta(days=1))
    Trial.objects.create(**{**row, "champion": "other"}, first_on=made.first_on, until=made.until)


@pytest.mark.parametrize(
    ("changed", "field", "why"),
    [
        ({"first_on": 0}, "first_on", "Tomorrow"),
        ({"until": 0}, "until", "before it begins"),
        ({"until": 1000}, "until", "at most 730"),
        ({"challenger": "standard"}, "challenger", "another one"),
        ({"challenger": "unknown"}, "challenger", "no version in force"),
        ({"champion": "firm", "challenger": "standard"}, "champion", "Nobody of DE1"),
        ({"share": 100}, "share", "Both have a share"),
    ],
)
def test_what_cannot_be_tried_is_refused(given, changed, field, why):
    given.customer()
    firm()
    today = clock.today(given.entity().time_zone)
    changed = {key: today + timedelta(days=value) if key in ("first_on", "until") else value
               for key, value in changed.items()}  # fmt: skip
    with pytest.raises(TrialRefused, match=why) as refused:
        begin(given, **changed)
    assert refused.value.field == field
    assert not Trial.objects.exists()


def test_a_challenger_must_write_what_the_champions_customers_read(given):
    given.customer(language="de")
    DunningPolicy.objects.create(code="empty", name="Empty", effective_on=date(2020, 1, 1))
    firm()
    with pytest.raises(TrialRefused, match="no levels"):
        begin(given, challenger="empty")
    assert policy_choices.languages("firm") == frozenset()
    begin(given)
    assert policy_choices.languages("firm") == frozenset({"de"})


def test_a_trial_and_a_pilot_are_not_at_once(given):
    given.customer()
    firm()
    pilots.begin(given.entity(), actor=SYSTEM)
    with pytest.raises(TrialRefused, match="nothing could be learned"):
        begin(given)
    pilots.end(given.entity(), actor=SYSTEM)
    made = begin(given)
    with pytest.raises(pilots.PilotRefused, match="end that trial before"):
        pilots.begin(given.entity(), actor=SYSTEM)
    trials.end(made, concluded="Not now", actor=SYSTEM)
    pilots.begin(given.entity(), actor=SYSTEM)


def test_a_trial_is_ended_once_with_what_came_of_it(given):
    made = tried(given, first=clock.today() - timedelta(days=10), days=30)
    with pytest.raises(TrialRefused, match="Say what came"):
        trials.end(made, concluded=" ", actor=SYSTEM)
    ended = trials.end(made, concluded="Too many complaints", actor=SYSTEM)
    today = clock.today(made.entity.time_zone)
    assert (ended.ended_on, ended.last_on, ended.concluded) == (today + timedelta(days=1), today, "Too many complaints")
    with pytest.raises(TrialRefused, match="nothing to end"):
        trials.end(made, concluded="Again", actor=SYSTEM)
    assert OutboxEvent.objects.filter(kind="trial.ended").count() == 1
    follows = Trial.objects.create(
        entity=made.entity, champion="standard", challenger="firm", share=10, first_on=ended.ended_on,
        until=ended.ended_on, salt="x", begun_by="x",
    )  # fmt: skip
    assert follows.state_on(today) == "coming"
    never = trials.end(Trial.objects.create(
        entity=made.entity, champion="standard", challenger="firm", share=10, first_on=today + timedelta(days=50),
        until=today + timedelta(days=60), salt="x", begun_by="x",
    ), concluded="Thought better of it", actor=SYSTEM)  # fmt: skip
    assert never.state_on(today) == never.state_on(today + timedelta(days=55)) == "over"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_at_once_one_does(given):
    given.customer()
    firm()
    results = at_once(lambda: begin(given), lambda: begin(given), refusals=(TrialRefused,))
    assert Trial.objects.count() == 1
    assert sorted(type(result).__name__ for result in results) == ["Trial", "TrialRefused"]


# --- What is played over the past


def test_a_backtest_knows_no_trials_and_what_it_says_of_today_does(given):
    entity = given.entity()
    trial = tried(given, first=DAY - timedelta(days=30))
    for challenger in (False, True):
        given.open_item("100.00 EUR", customer=payer(given, challenger=challenger), due=late(-10))
    standard = DunningPolicy.objects.get(code="standard")
    with_trial = backtesting.play(entity, standard, late(-15), late(5))
    today = backtesting.today(entity, standard, late(-8))
    assert [(row["notices"], row["items"]) for row in today["levels"]] == [(1, 1)], "the challenger's, two days late"
    Trial.objects.all().delete()
    assert backtesting.play(entity, standard, late(-15), late(5)) == with_trial
    assert with_trial.lines == 2 * 2
    assert backtesting.today(entity, standard, late(-8))["levels"] == []
    assert DunningSettings.objects.get(entity=entity).policy == trial.champion
