"""Payment plans in the browser: worked out, looked at, agreed; without JavaScript and with it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections import chores, worklist
from o2c.collections.models import DunningSettings, PaymentPlan, Task
from o2c.collections.plans import agreeing
from o2c.collections.plans.schedules import Step
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role


@pytest.fixture
def today(given):
    return clock.today(given.entity().time_zone)


@pytest.fixture
def item(given, today):
    return given.open_item("100.00 EUR", due=today - timedelta(days=20))


@pytest.fixture
def client(given):
    client = Client()
    client.force_login(given.user("tomas", Role.COLLECTOR))
    return client


def form_of(item, today, **more) -> dict:
    return {"items": [item.pk], "count": 3, "first": today.isoformat(), "note": "", **more}


def shown(answer) -> list[str]:
    return [str(each["amount"].value()) for each in answer.context["form"].steps]


def schedule(answer) -> dict:
    """What the page would send: its schedule as it stands."""
    form = answer.context["form"]
    rows = {f"{each.prefix}-{name}": each[name].value() for each in form.steps for name in ("due_on", "amount")}
    return {"basis": form.basis, **rows}


def test_a_plan_is_worked_out_looked_at_and_agreed(item, client, today):
    url = reverse("agree_plan", args=[item.customer_id])
    first = client.get(url, {"items": item.pk})
    assert (first.status_code, shown(first)) == (200, ["33.33", "33.33", "33.34"])
    typed = form_of(item, today, count=4, note="They are short.", basis=first.context["form"].basis)
    worked_out = client.post(url, typed | {"act": "propose"})
    assert (worked_out.status_code, shown(worked_out)) == (200, ["25.00"] * 4)
    assert not PaymentPlan.objects.exists()
    rows = schedule(worked_out) | {"step-0-amount": "40.00", "step-1-amount": "10.00"}
    assert shown(client.post(url, typed | rows)) == ["40.00", "10.00", "25.00", "25.00"], "what is typed stays"
    agreed = client.post(url, typed | rows | {"act": "agree"})
    plan = PaymentPlan.objects.get()
    assert (agreed.status_code, agreed.url) == (302, reverse("plan", args=[plan.pk]))
    assert [each.amount for each in plan.instalments.all()] == [Decimal(40), Decimal(10), Decimal(25), Decimal(25)]
    assert (plan.note, plan.actor) == ("They are short.", "tomas")
    page = client.get(agreed.url)
    assert item.number in page.content.decode()


def test_a_schedule_that_nobody_has_looked_at_is_not_agreed(item, client, today):
    url = reverse("agree_plan", args=[item.customer_id])
    seen = client.get(url, {"items": item.pk})
    stale = form_of(item, today, count=2) | schedule(seen)
    answer = client.post(url, stale | {"act": "agree"})
    assert (answer.status_code, shown(answer)) == (422, ["50.00", "50.00"])
    assert "look at it" in answer.content.decode()
    assert not PaymentPlan.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"step-2-amount": "10.00"}, "Say so if only a part is agreed"),
        ({"step-2-amount": "60.00"}, "too much"),
        ({"step-1-due_on": "2020-01-01"}, "is due on 2020-01-01, before"),
        ({"step-1-amount": "many"}, "Enter a number."),
        ({"count": "0"}, "greater than or equal to 1"),
        ({"items": []}, "Choose at least one item."),
    ],
    ids=["part", "too-much", "past", "no-number", "none", "no-item"],
)
def test_what_cannot_be_agreed_is_said_and_nothing_happens(item, client, today, wrong, says):
    url = reverse("agree_plan", args=[item.customer_id])
    typed = form_of(item, today)
    typed |= schedule(client.post(url, typed)) | wrong
    answer = client.post(url, typed | {"act": "agree"})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not PaymentPlan.objects.exists()


def test_htmx_gets_the_form_without_the_page_around_it(item, client, today):
    url = reverse("agree_plan", args=[item.customer_id])
    answer = client.post(url, form_of(item, today, count=5), headers={"HX-Request": "true"})
    assert (answer.status_code, shown(answer)) == (200, ["20.00"] * 5)
    assert "<html" not in answer.content.decode()
    assert 'id="schedule"' in answer.content.decode()


def test_an_item_in_a_plan_is_shown_and_cannot_be_chosen(item, client, given, today):
    other = given.open_item("50.00 EUR", due=today, customer=item.customer)
    agreeing.agree(
        customer=item.customer, entity=item.entity, items=[item], steps=[Step(today, Decimal(100))], agreed_on=today,
        actor=SYSTEM,
    )  # fmt: skip
    page = client.get(reverse("agree_plan", args=[item.customer_id]), {"items": [item.pk, other.pk]})
    assert [(row.pk, chosen, taken) for row, chosen, taken in page.context["form"].choices()] == [
        (item.pk, False, True), (other.pk, True, False),
    ]  # fmt: skip
    assert "In a plan" in client.get(reverse("customer", args=[item.customer_id])).content.decode()
    said = client.get(reverse("item", args=[item.pk])).content.decode()
    assert "Payment plan kept" in said


def test_a_plan_made_in_a_task_comes_back_to_it(item, client, today):
    task = worklist.create(
        entity=item.entity, customer=item.customer, kind=Task.Kind.CALL, why="x", due_on=today, actor=SYSTEM
    )
    url = f"{reverse('agree_plan', args=[item.customer_id])}?task={task.pk}"
    typed = form_of(item, today)
    typed |= schedule(client.post(url, typed))
    answer = client.post(url, typed | {"act": "agree"})
    assert (answer.status_code, answer.url) == (302, reverse("task", args=[task.pk]))


def test_the_lists_tell_running_late_broken_and_withdrawn_plans_apart(given, client, today):
    def agreed(name: str, *, first: int):
        item = given.open_item("50.00 EUR", due=today - timedelta(days=60), customer=given.customer(name=name))
        agreeing.agree(
            customer=item.customer, entity=item.entity, items=[item], agreed_on=today - timedelta(days=30),
            steps=[Step(today + timedelta(days=first), Decimal(25)), Step(today + timedelta(days=40), Decimal(25))],
            actor=SYSTEM,
        )  # fmt: skip
        return PaymentPlan.objects.latest("pk")

    agreed("On Time", first=5)
    agreed("Bit Late", first=-2)
    agreed("Too Late", first=-9)
    gone = agreed("Taken Back", first=5)
    url = reverse("withdraw_plan", args=[gone.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "They pay at once"}).status_code == 302
    chores.turn_the_day()

    def listed(state: str) -> set[str]:
        page = client.get(reverse("plans"), {"state": state})
        return {row.customer.name for row in page.context["page"]}

    assert listed("running") == {"On Time", "Bit Late"}
    assert listed("late") == {"Bit Late"}
    assert listed("broken") == {"Too Late"}
    assert listed("withdrawn") == {"Taken Back"}
    assert listed("kept") == set()


def test_what_is_tolerated_is_set_by_a_manager(given, client, today):
    entity = given.entity()
    url = reverse("plan_rules", args=[entity.pk])
    typed = {"plan_days": 5, "plan_percent": "1.5", "promise_percent": "2", "reminds_before": 4}
    assert client.post(url, typed).status_code == 403
    boss = Client()
    boss.force_login(given.user("boss", Role.FINANCE_MANAGER))
    assert boss.post(url, typed | {"plan_percent": "51"}).status_code == 422
    assert boss.post(url, typed).status_code == 302
    found = DunningSettings.objects.get(entity=entity)
    assert (found.plan_days, found.plan_percent, found.promise_percent, found.reminds_before) == (
        5, Decimal("1.5"), Decimal(2), 4,
    )  # fmt: skip
