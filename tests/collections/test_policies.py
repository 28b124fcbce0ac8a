"""Versions of policies: drafted, judged, activated; who is chased by which."""

from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError

from o2c.collections import policies, policy_choices, policy_rules
from o2c.collections.models import DunningPolicy, DunningSettings, HandOverMinimum, PolicyChoice
from o2c.collections.policy_rules import Fault, PolicyRefused, Rules, Step
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.orders.models import Customer

RULES = Rules("Ours", (Step("First", 1, "reminder"), Step("Last", 20, "final", minimums=(("EUR", Decimal(50)),))))


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def step(**facts) -> Rules:
    return Rules("Ours", (Step(**{"name": "First", "days_past_due": 1, "template": "reminder"} | facts),))


def test_a_version_says_what_was_written(given):
    given.entity()
    everything = Rules(
        "Everything",
        (
            Step("Soon", -5, "upcoming", fees=(("EUR", Decimal("5.00")),), charges_interest=True),
            Step("Call", 3, "reminder", "task", True, 4, 10, (("EUR", Decimal("50.00")), ("USD", Decimal("60.50")))),
        ),
        interval_days=3,
        promise_grace_days=2,
        bank_days=1,
        contact_days=4,
        heeds_payments=True,
        climbs="severe",
        repeats_after=30,
        notice_for="payer",
    )
    made = policies.draft("ours", everything, effective_on=tomorrow(), actor=SYSTEM)
    made.refresh_from_db()
    assert policies.of(made) == everything
    assert policies.faults(made) == []
    assert (made.version, made.activated_at, made.used) == (1, None, False)


def test_one_draft_a_policy_and_an_activated_version_is_followed_by_the_next(given):
    given.entity()
    first = policies.draft("standard", RULES, effective_on=tomorrow(), actor=SYSTEM)
    second = policies.draft("standard", step(), effective_on=tomorrow(), actor=SYSTEM)
    assert (first.version, second.version) == (2, 2)
    assert not DunningPolicy.objects.filter(pk=first.pk).exists()
    policies.activate(second, actor=SYSTEM)
    assert policies.in_force("standard", clock.today()).version == 1
    assert policies.in_force("standard", tomorrow()) == second
    with pytest.raises(PolicyRefused, match="choose a later day"):
        policies.draft("standard", RULES, effective_on=tomorrow(), actor=SYSTEM)
    with pytest.raises(PolicyRefused, match="no draft"):
        policies.activate(second, actor=SYSTEM)
    with pytest.raises(PolicyRefused, match="it stays"):
        policies.discard(second, actor=SYSTEM)
    assert DunningPolicy.objects.filter(code="standard").count() == 2


def test_what_was_decided_is_not_changed_by_a_version_of_the_past(given):
    given.entity()
    with pytest.raises(PolicyRefused, match="is past") as refused:
        policies.draft("standard", RULES, effective_on=clock.today() - timedelta(days=1), actor=SYSTEM)
    assert refused.value.field == "effective_on"
    late = policies.draft("standard", RULES, effective_on=clock.today(), actor=SYSTEM)
    DunningPolicy.objects.filter(pk=late.pk).update(effective_on=clock.today() - timedelta(days=1))
    with pytest.raises(PolicyRefused, match="is past"):
        policies.activate(late, actor=SYSTEM)


def test_a_draft_with_faults_is_kept_and_not_activated(given):
    given.entity()
    bad = policies.draft("ours", Rules("Ours", ()), effective_on=tomorrow(), actor=SYSTEM)
    with pytest.raises(PolicyRefused, match="no levels"):
        policies.activate(bad, actor=SYSTEM)
    bad.refresh_from_db()
    assert bad.activated_at is None
    policies.discard(bad, actor=SYSTEM)
    assert not DunningPolicy.objects.filter(code="ours").exists()


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (Rules("", RULES.steps), Fault("Give it a name.", "name")),
        (
            Rules("x", (Step("a", 5, "reminder"), Step("b", 5, "final"))),
            Fault("Level 2 must come later than level 1.", "days_past_due", 2),
        ),
        (step(template="nowhere"), Fault("Level 1 names a wording that does not exist: nowhere.", "template", 1)),
        (step(name=" "), Fault("Level 1 needs a name.", "name", 1)),
        (
            step(minimums=(("XXQ", Decimal(1)),)),
            Fault("Level 1: XXQ is no currency of ISO 4217.", "minimums", 1),
        ),
        (step(minimums=(("JPY", Decimal("0")),)), Fault("Level 1: a minimum is more than nothing.", "minimums", 1)),
        (
            step(minimums=(("EUR", Decimal(1)), ("EUR", Decimal(2)))),
            Fault("Level 1 names a currency twice.", "minimums", 1),
        ),
        (step(fees=(("XXQ", Decimal(1)),)), Fault("Level 1: XXQ is no currency of ISO 4217.", "fees", 1)),
        (step(fees=(("EUR", Decimal("-1")),)), Fault("Level 1: a fee is more than nothing.", "fees", 1)),
        (
            step(channel="task", fees=(("EUR", Decimal(1)),)),
            Fault("Level 1 is a call: only what is told in writing is charged.", "fees", 1),
        ),
        (
            step(channel="task", charges_interest=True),
            Fault("Level 1 is a call: only what is told in writing is charged.", "charges_interest", 1),
        ),
        (
            step(days_past_due=-366),
            Fault("Level 1 comes within a year before and ten years after.", "days_past_due", 1),
        ),
        (
            Rules("x", RULES.steps, hand_over_minimums=(("EUR", Decimal(1)),)),
            Fault("Say after how many days it is handed over.", "hands_over_after"),
        ),
        (
            Rules("x", RULES.steps, hands_over_after=9, hand_over_minimums=(("XXQ", Decimal(1)),)),
            Fault("Hand-over: XXQ is no currency of ISO 4217.", "hand_over_minimums"),
        ),
        (
            Rules("x", RULES.steps, hands_over_after=14, repeats_after=14),
            Fault("The last level comes again after 14 days, before it could be handed over.", "hands_over_after"),
        ),
        (
            Rules("x", (Step("a", 5, "reminder", days_to_pay=10),), hands_over_after=3, bank_days=2, repeats_after=15),
            Fault("The last level comes again after 15 days, before it could be handed over.", "hands_over_after"),
        ),
    ],
)
def test_what_is_wrong_is_said_of_the_rule_it_is_about(rules, fault):
    assert policy_rules.faults_of(rules) == [fault]


def test_when_it_is_handed_over_is_kept_with_the_version_and_stays_with_it_once_used(given):
    given.entity()
    rules = Rules("Ours", RULES.steps, hands_over_after=20, hand_over_minimums=(("EUR", Decimal(250)),))
    made = policies.draft("ours", rules, effective_on=clock.today(), actor=SYSTEM)
    assert policies.of(made) == rules
    assert policy_rules.differences(RULES, rules) == [
        ("", "hands_over_after", None, 20),
        ("", "hand_over_minimums", (), (("EUR", Decimal(250)),)),
    ]
    DunningPolicy.objects.filter(pk=made.pk).update(used=True)
    for change in (
        lambda: HandOverMinimum.objects.update(amount=1),
        lambda: HandOverMinimum.objects.all().delete(),
        lambda: HandOverMinimum.objects.create(policy=made, currency="USD", amount=1),
        lambda: DunningPolicy.objects.filter(pk=made.pk).update(hands_over_after=1),
    ):
        with pytest.raises(IntegrityError, match="in use"), transaction.atomic():
            change()
    assert policies.of(made) == rules


def test_a_wording_must_be_there_in_the_languages_of_those_who_are_written_to(given, settings, tmp_path):
    customer = given.customer()
    Customer.objects.filter(pk=customer.pk).update(language="de")
    assert policy_choices.languages("standard") == {"de"}
    assert policy_choices.languages("other") == frozenset()
    folder = tmp_path / "collections" / "messages" / "en"
    folder.mkdir(parents=True)
    (folder / "english.txt").write_text("Subject\nDear\n--\nBye")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    assert policy_rules.faults_of(step(template="english")) == []
    assert policy_rules.faults_of(step(template="english"), policy_choices.languages("standard")) == [
        Fault("Level 1: the wording english is missing in a customer's language, de.", "template", 1)
    ]


def test_who_names_a_policy(given):
    entity = given.entity()
    made = policies.activate(policies.draft("ours", RULES, effective_on=clock.today(), actor=SYSTEM), actor=SYSTEM)
    plain, large = given.customer(), given.customer(segment="large")
    own = given.customer(policy="ours")
    item = given.open_item(customer=plain)
    policy_choices.use_for_segment(entity, " large ", "ours", actor=SYSTEM)
    policy_choices.use_for_item(item, "ours", actor=SYSTEM)
    used = policy_choices.users("ours", type(entity).objects.all())
    assert ([choice.segment for choice in used.segments], used.accounts, used.items) == (["large"], 1, 1)
    assert {account.customer for account in policy_choices.chased_by("ours")} == {large, own}
    assert {account.customer for account in policy_choices.chased_by("standard")} == {plain}
    policy_choices.use_for_entity(entity, "ours", actor=SYSTEM)
    assert DunningSettings.objects.get().policy == "ours"
    policy_choices.forget(used.segments[0], actor=SYSTEM)
    policy_choices.use_for_item(item, "", actor=SYSTEM)
    assert not PolicyChoice.objects.exists()
    assert made.code in policy_choices.usable()


def test_only_what_is_activated_is_named_and_only_for_who_is_there(given):
    entity = given.entity()
    policies.draft("ours", RULES, effective_on=clock.today(), actor=SYSTEM)
    with pytest.raises(PolicyRefused, match="activated"):
        policy_choices.use_for_entity(entity, "ours", actor=SYSTEM)
    with pytest.raises(PolicyRefused, match="No customer"):
        policy_choices.use_for_segment(entity, "nobody", "standard", actor=SYSTEM)
    assert not PolicyChoice.objects.exists()


def test_two_versions_are_compared_rule_by_rule():
    other = Rules("Ours", (Step("First", 2, "reminder"),), interval_days=9)
    assert policy_rules.differences(RULES, other) == [
        ("", "interval_days", 7, 9),
        ("Level 1", "days_past_due", 1, 2),
        *(
            ("Level 2", name, was, None)
            for name, was in (
                ("name", "Last"), ("days_past_due", 20), ("template", "final"), ("channel", "email"),
                ("opens_task", False), ("approvals", 0), ("blocks", False), ("attaches", False),
                ("attaches_statement", False), ("charges_interest", False),
                ("minimums", (("EUR", Decimal(50)),)), ("fees", ()),
            )
        ),
    ]  # fmt: skip


def test_the_way_back_is_refused_where_the_version_before_would_misread_what_is_there(given):
    given.entity()
    migration = import_module("o2c.collections.migrations.0008_policy_rules")

    def go_back() -> None:
        migration.refuse_what_was_not_there_before(None, SimpleNamespace(connection=connection))

    go_back()
    early = Rules("Ours", (Step("Soon", -5, "upcoming"),))
    made = policies.draft("ours", early, effective_on=tomorrow(), actor=SYSTEM)
    with pytest.raises(IrreversibleError, match=r"1 levels before the due day, 1 drafts, which would be in force"):
        go_back()
    policies.discard(made, actor=SYSTEM)
    go_back()
