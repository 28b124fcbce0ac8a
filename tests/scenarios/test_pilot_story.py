"""A pilot of three weeks beside two collectors, and the first real run after it."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from o2c.collections import activities, dunning, pilots, promises
from o2c.collections.models import Activity, DunningLevel, DunningRun, DunningSettings, Notice, NoticeLine, Pilot, Task
from o2c.collections.pilots import PilotRefused
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, Role
from o2c.orders.models import Account
from tests.given import DAY

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


def at(day: date):
    return time_machine.travel(datetime.combine(day, time(12), UTC), tick=False)


def work_off() -> None:
    """What the tick and its workers do in a day."""
    for _ in range(4):
        dunning.propose_due()
        for run in DunningRun.objects.filter(state__in=["proposing", "sending"]):
            dunning.finish_here(run)


def days(first: date, last: date):
    return (first + timedelta(days=past) for past in range((last - first).days + 1))


@pytest.fixture
def boss(given) -> Actor:
    return Actor.of(given.user("boss", Role.FINANCE_MANAGER))


def test_a_pilot_beside_staff_and_the_first_real_run_after_it(given, boss):
    entity = given.entity()
    DunningSettings.objects.update(proposes_at=time(6))
    DunningLevel.objects.filter(number=2).update(blocks=True, approvals=2)
    told, both, staff = (given.customer() for _ in range(3))
    with at(DAY):
        pilots.begin(entity, actor=boss)
        item = given.open_item("100.00 EUR", customer=told, due=DAY - timedelta(days=2))
        given.open_item("250.00 EUR", customer=both, due=DAY - timedelta(days=2))
        coming = given.open_item("70.00 EUR", customer=staff, due=DAY + timedelta(days=60))
    last = DAY + timedelta(days=18)
    for day in days(DAY, last):
        with at(day):
            if day == DAY + timedelta(days=9):
                activities.log_call(both, Activity.Outcome.REACHED, "Asked", actor=boss, entity=entity)
                activities.add_note(staff, "Wrote", actor=boss, entity=entity)
                # the database stamps them by its own clock
                Activity.objects.update(happened_at=datetime.combine(day, time(12), UTC))
                promises.record(
                    customer=staff, entity=entity, items=[(coming, Decimal("70.00"))], pay_by=day, promised_on=day,
                    actor=boss,
                )  # fmt: skip
            work_off()
    assert Message.objects.count() == Task.objects.count() == 0
    assert set(Account.objects.values_list("standing", flat=True)) == {"open"}
    assert set(DunningRun.objects.values_list("state", flat=True)) == {"done"}
    assert DunningRun.objects.count() == sum(day.weekday() < 5 for day in days(DAY, last))
    lines = NoticeLine.objects.filter(item=item).order_by("as_of").values_list("as_of", "level")
    assert list(lines) == [(date(2026, 3, 3), 1), (date(2026, 3, 16), 2)]
    assert set(Notice.objects.values_list("state", "missing")) == {("composed", 0)}

    rows = {row.customer_id: row for row in pilots.compare(entity, DAY, last)}
    assert {pk: (row.who, row.notices, row.level, row.asked) for pk, row in rows.items()} == {
        told.pk: ("o2c", 2, 2, {"EUR": Decimal(100)}),
        both.pk: ("both", 2, 2, {"EUR": Decimal(250)}),
        staff.pk: ("staff", 0, None, {}),
    }
    assert (rows[both.pk].calls, rows[both.pk].notes, rows[both.pk].promises) == (1, 0, 0)
    assert (rows[staff.pk].notes, rows[staff.pk].promises, rows[staff.pk].promised) == (1, 1, {"EUR": Decimal(70)})
    assert [(each.who, each.customers, each.asked) for each in pilots.sums(list(rows.values()))] == [
        ("both", 1, {"EUR": Decimal(250)}), ("o2c", 1, {"EUR": Decimal(100)}), ("staff", 1, {}),
    ]  # fmt: skip
    early = pilots.compare(entity, DAY, DAY + timedelta(days=5))
    assert {(row.customer_id, row.notices, row.who) for row in early} == {(told.pk, 1, "o2c"), (both.pk, 1, "o2c")}

    with at(last):
        pilots.end(entity, actor=boss)
        real = dunning.propose(entity, last, actor=SYSTEM)
    assert real.scenario_id is None
    assert set(NoticeLine.objects.filter(notice__run=real).values_list("level", "repeat")) == {(1, 0)}
    assert Notice.objects.filter(run=real).count() == 2
    dunning.approve(real, actor=boss)
    with at(last):
        dunning.send(real, actor=SYSTEM)
    assert Message.objects.count() == 2
    after = {row.customer_id: row for row in pilots.compare(entity, DAY, last)}
    assert (after[told.pk].who, after[told.pk].sent) == ("both", 1)


def test_a_pilot_is_begun_once_and_not_while_a_run_may_go_out(given, boss):
    entity = given.entity()
    given.open_item("100.00 EUR", due=DAY - timedelta(days=5))
    with at(DAY):
        run = dunning.propose(entity, DAY, actor=SYSTEM)
        with pytest.raises(PilotRefused, match="waiting for approval"):
            pilots.begin(entity, actor=boss)
        with pytest.raises(PilotRefused, match="no pilot"):
            pilots.end(entity, actor=boss)
        dunning.cancel(run, actor=boss)
        pilots.begin(entity, actor=boss)
        with pytest.raises(PilotRefused, match="already"):
            pilots.begin(entity, actor=boss)
        again = dunning.run_day(entity, DAY, actor=SYSTEM)
    pilot = Pilot.objects.get()
    assert (again.state, again.scenario_id, Message.objects.count()) == ("done", pilot.scenario_id, 0)


def test_the_next_pilot_begins_anew(given, boss):
    entity = given.entity()
    given.open_item("100.00 EUR", due=DAY - timedelta(days=5))
    with at(DAY):
        for _ in range(2):
            pilots.begin(entity, actor=boss)
            run = dunning.run_day(entity, DAY, actor=SYSTEM)
            assert run.notices_made == 1
            pilots.end(entity, actor=boss)
    assert set(NoticeLine.objects.values_list("level", flat=True)) == {1}


def test_another_legal_entity_is_not_tried_out(given, boss):
    tried, other = given.entity("DE1"), given.entity("GB1", "GBP")
    for entity, money in ((tried, "100.00 EUR"), (other, "100.00 GBP")):
        given.open_item(money, entity=entity, customer=given.customer(entity=entity), due=DAY - timedelta(days=5))
    DunningSettings.objects.update(approves_itself=True)
    with at(DAY):
        pilots.begin(tried, actor=boss)
        for entity in (tried, other):
            dunning.run_day(entity, DAY, actor=SYSTEM)
    assert [message.owner for message in Message.objects.all()] == ["GB1"]
    assert [row.who for row in pilots.compare(other, DAY, DAY)] == ["staff"]


def test_on_its_page_and_as_a_file(given, boss):
    entity = given.entity()
    customer = given.customer("=C1", name="=cmd", entity=entity)
    given.open_item("100.00 EUR", customer=customer, due=DAY - timedelta(days=5))
    client = Client()
    with at(DAY):
        client.force_login(given.user("manager", Role.FINANCE_MANAGER))
        url = reverse("pilot", args=[entity.pk])
        assert "Begin a pilot…" in client.get(url).content.decode()
        assert client.post(reverse("begin_pilot", args=[entity.pk])).status_code == 302
        assert client.post(reverse("begin_pilot", args=[entity.pk])).status_code == 422
        run = dunning.run_day(entity, DAY, actor=SYSTEM)
        page = client.get(url).content.decode()
        assert "Under way" in page
        assert "100.00" in page
        assert ">Pilot</span>" in client.get(reverse("runs")).content.decode()
        assert ">Pilot</span>" in client.get(reverse("run", args=[run.pk])).content.decode()
        file = client.get(reverse("pilot_file", args=[entity.pk]) + f"?first={DAY}&until={DAY}&who=o2c")
        rows = b"".join(file.streaming_content).decode().split("\r\n")
        assert rows[1] == "'=C1,'=cmd,o2c,1,1,100.00 EUR,0,0,0,0,"
        none = client.get(reverse("pilot_file", args=[entity.pk]) + "?who=staff")
        assert len(b"".join(none.streaming_content).decode().split("\r\n")) == 2
        assert client.get(reverse("pilot_file", args=[entity.pk]) + "?first=never").status_code == 404
        assert "Nothing in this time" in client.get(f"{url}?first=2020-01-01&until=2020-01-02").content.decode()
        assert client.post(reverse("end_pilot", args=[entity.pk])).status_code == 302
        assert Pilot.objects.get().ended_by == "manager"
