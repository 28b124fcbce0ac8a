"""The editor of policies, used as a person does: without JavaScript."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections import policies, policy_choices
from o2c.collections.models import DunningPolicy, PolicyChoice
from o2c.collections.policy_rules import Rules
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders import customers
from tests.collections.test_policies import RULES, tomorrow


@pytest.fixture
def manager(given) -> Client:
    given.entity()
    client = Client()
    client.force_login(given.user("mia", Role.FINANCE_MANAGER))
    return client


def typed(page, **changed) -> dict:
    """What a browser would send of the form as it is shown."""
    form = page.context["form"]
    sent = {
        field.html_name: field.value() for field in form if field.value() is not None and field.value() is not False
    }
    return {name: value for name, value in (sent | changed).items() if value is not None}


def test_the_next_version_is_written_compared_and_activated(manager):
    first = DunningPolicy.objects.get()
    page = manager.get(reverse("edit_policy", args=[first.pk]))
    sent = typed(page, level_1_days_past_due="-5", level_1_template="upcoming", level_2_minimums="50 EUR, usd 60.5")
    sent |= {"level_3_fees": "5 EUR; 4.50 GBP", "level_3_charges_interest": "on"}
    answer = manager.post(reverse("edit_policy", args=[first.pk]), sent)
    assert answer.status_code == 302, answer.context["form"].errors
    draft = DunningPolicy.objects.get(activated_at=None)
    assert answer.url == reverse("policy", args=[draft.pk])
    shown = manager.get(answer.url).content.decode()
    assert "Against version 1" in shown
    assert "50.00 EUR, 60.50 USD" in shown
    assert "Level 1: days past due" in shown
    assert "5.00 EUR, 4.50 GBP and interest" in shown
    assert "Level 3: charges interest" in shown
    assert manager.post(reverse("activate_policy", args=[draft.pk])).status_code == 302
    draft.refresh_from_db()
    assert draft.activated_at is not None
    rules = policies.of(draft)
    assert [step.days_past_due for step in rules.steps] == [-5, 14, 25, 40]
    assert "To come" in manager.get(answer.url).content.decode()
    assert "Version 2" in manager.get(reverse("policies")).content.decode()


def test_what_is_wrong_stands_at_its_field_and_nothing_is_written(manager):
    first = DunningPolicy.objects.get()
    url = reverse("edit_policy", args=[first.pk])
    page = manager.get(url)
    sent = typed(
        page, level_2_days_past_due="2", level_3_minimums="50 XXQ", level_3_fees="0 EUR", level_4_minimums="much"
    )
    answer = manager.post(url, sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"level_4_minimums": ["“much” is no amount such as 50 EUR."]}
    answer = manager.post(url, sent | {"level_4_minimums": ""})
    assert answer.context["form"].errors == {
        "level_2_days_past_due": ["Level 2 must come later than level 1."],
        "level_3_minimums": ["Level 3: XXQ is no currency of ISO 4217."],
        "level_3_fees": ["Level 3: a fee is more than nothing."],
    }
    answer = manager.post(url, typed(page, effective_on=str(clock.today() - timedelta(days=1))))
    assert "effective_on" in answer.context["form"].errors
    assert DunningPolicy.objects.count() == 1


def test_a_level_left_out_closes_the_gap(manager):
    first = DunningPolicy.objects.get()
    url = reverse("edit_policy", args=[first.pk])
    sent = typed(manager.get(url), level_2_days_past_due=None, level_2_name=None)
    manager.post(url, sent)
    assert [step.name for step in policies.of(DunningPolicy.objects.get(activated_at=None)).steps] == [
        "Friendly reminder", "Third reminder and call", "Final notice",
    ]  # fmt: skip


def test_a_policy_of_ones_own_begins_from_another(manager):
    first = DunningPolicy.objects.get()
    url = f"{reverse('new_policy')}?like={first.pk}"
    page = manager.get(url)
    taken = manager.post(url, typed(page, code="standard", name="Mine"))
    assert "code" in taken.context["form"].errors
    manager.post(url, typed(page, code="key-accounts", name="Key accounts"))
    made = DunningPolicy.objects.get(code="key-accounts")
    assert policies.of(made).steps == policies.of(first).steps
    assert manager.post(reverse("discard_policy", args=[made.pk])).url == reverse("policies")
    assert not DunningPolicy.objects.filter(code="key-accounts").exists()


def test_a_segment_and_an_item_are_given_a_policy_and_lose_it_again(manager, given):
    made = policies.activate(policies.draft("ours", RULES, effective_on=clock.today(), actor=SYSTEM), actor=SYSTEM)
    customer = given.customer(segment="large")
    item = given.open_item(customer=customer)
    use = reverse("use_policy", args=[made.pk])
    refused = manager.post(use, {"entity": "DE1", "segment": "nobody"})
    assert refused.status_code == 422
    assert "segment" in refused.context["form"].errors
    manager.post(use, {"entity": "DE1", "segment": "large"})
    manager.post(reverse("item_policy", args=[item.pk]), {"policy": "ours"})
    assert set(PolicyChoice.objects.values_list("segment", "item")) == {("large", None), ("", item.pk)}
    shown = manager.get(reverse("policy", args=[made.pk])).content.decode()
    assert "Segment large" in shown
    manager.post(reverse("forget_choice", args=[PolicyChoice.objects.get(item=None).pk]))
    manager.post(reverse("item_policy", args=[item.pk]), {"policy": ""})
    assert not PolicyChoice.objects.exists()


def test_who_sees_only_some_legal_entities_changes_no_policy(given):
    entity = given.entity()
    draft = policies.draft("ours", RULES, effective_on=tomorrow(), actor=SYSTEM)
    client = Client()
    client.force_login(given.user("part", Role.FINANCE_MANAGER, entities=[entity]))
    for name in ("edit_policy", "activate_policy", "discard_policy"):
        assert client.post(reverse(name, args=[draft.pk])).status_code == 403
    assert client.get(reverse("policy", args=[draft.pk])).status_code == 200
    draft.refresh_from_db()
    assert draft.activated_at is None


def test_an_item_says_what_the_rules_say_today(manager, given):
    day = clock.today()
    late = given.open_item("100.00 EUR", due=day - timedelta(days=2))
    page = manager.get(reverse("item", args=[late.pk])).content.decode()
    assert "It is 2 days late; level 1, Friendly reminder, comes from" in page
    soon = given.open_item("100.00 EUR", due=day + timedelta(days=9))
    page = manager.get(reverse("item", args=[soon.pk])).content.decode()
    assert "its policy does not look at it before" in page


def test_a_customers_page_leads_to_what_the_rules_say_of_each_item(manager, given):
    day = clock.today()
    office, branch = given.customer("HQ"), given.customer("NORTH")
    customers.move(branch, parent=office, actor=SYSTEM)
    late = given.open_item("100.00 EUR", due=day - timedelta(days=9), customer=branch)
    early = given.open_item("50.00 EUR", due=day - timedelta(days=1), customer=branch)
    given.open_item("50.00 EUR", due=day + timedelta(days=9), customer=branch)
    given.open_item("70.00 EUR", due=day - timedelta(days=9), customer=office)
    url = reverse("customer_dunning", args=[branch.pk])
    assert url in manager.get(reverse("customer", args=[branch.pk])).content.decode()
    page = manager.get(url)
    assert [(item, why.reason) for item, _, why, _ in page.context["rows"]] == [(late, "notice"), (early, "not_yet")]
    assert "is told" not in page.content.decode()
    for_house = Rules("House", RULES.steps, notice_for="payer")
    made = policies.draft("house", for_house, effective_on=day, actor=SYSTEM)
    policies.activate(made, actor=SYSTEM)
    policy_choices.use_for_entity(late.entity, "house", actor=SYSTEM)
    assert f"{office.name} is told." in manager.get(url).content.decode()
