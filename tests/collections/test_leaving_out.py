"""What somebody leaves out of a proposed run does not go out, this once or until a day, and it is known who did it."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from o2c.collections import dunning, leaving_out
from o2c.collections.dunning import DunningRefused
from o2c.collections.models import Activity, DunningRun, Hold, Notice, NoticeLine
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, OutboxEvent, Role
from tests.at_once import at_once
from tests.collections.test_dunning_sending import NOON, overdue
from tests.given import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(request):
    if request.node.get_closest_marker("django_db").kwargs.get("transaction"):
        yield
        return
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def manager(given) -> Actor:
    return Actor.of(given.user("manager", Role.FINANCE_MANAGER))


def propose(given) -> DunningRun:
    return dunning.propose(given.entity(), DAY, actor=SYSTEM)


def send(run: DunningRun) -> None:
    dunning.approve(run, actor=SYSTEM)
    dunning.send(run, actor=SYSTEM)


def test_a_notice_that_is_left_out_does_not_go_out_and_the_others_do(given, manager):
    out, other = overdue(given), overdue(given)
    run = propose(given)
    notice = leaving_out.leave_out(Notice.objects.get(customer=out.customer), reason="Talks go on", actor=manager)
    assert (notice.state, notice.cancelled_because, notice.items) == ("cancelled", "left_out", 0)
    said = Activity.objects.get(customer=out.customer)
    assert (said.text, said.actor) == (f"Everything left out of the reminders of {DAY}: Talks go on", "manager")
    assert OutboxEvent.objects.filter(kind="dunning.left_out").count() == 1
    send(run)
    assert [message.key for message in Message.objects.all()] == [
        f"notice:{Notice.objects.get(customer=other.customer).pk}"
    ]


def test_of_a_notice_without_an_item_the_rest_goes_out(given, manager):
    customer = given.customer()
    out = overdue(given, money="100.00 EUR", customer=customer)
    overdue(given, money="30.00 EUR", customer=customer)
    run = propose(given)
    notice = leaving_out.leave_out(Notice.objects.get(), item=out, reason="Wrong goods", actor=manager)
    assert (notice.state, notice.items, notice.total) == ("proposed", 1, Decimal(30))
    assert Activity.objects.get().text == f"{out.number} left out of the reminders of {DAY}: Wrong goods"
    send(run)
    notice.refresh_from_db()
    assert (notice.state, notice.items, notice.total) == ("composed", 1, Decimal(30))
    assert out.number not in Message.objects.get().text


def test_once_is_once(given, manager):
    out = overdue(given)
    run = propose(given)
    leaving_out.leave_out(Notice.objects.get(), reason="x", actor=manager)
    send(run)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        again = dunning.propose(given.entity(), DAY + timedelta(days=1), actor=SYSTEM)
    assert Notice.objects.get(run=again).customer == out.customer
    assert NoticeLine.objects.get(notice__run=again).level == 1


def test_until_a_day_is_a_hold(given, manager):
    out = overdue(given)
    propose(given)
    until = DAY + timedelta(days=5)
    leaving_out.leave_out(Notice.objects.get(), reason="Audit", until=until, actor=manager)
    hold = Hold.objects.get()
    assert (hold.customer, hold.entity, hold.item, hold.from_on, hold.until, hold.reason) == (
        out.customer, out.entity, None, DAY, until, "Audit",
    )  # fmt: skip
    for days, notices in ((1, 0), (6, 1)):
        with time_machine.travel(NOON + timedelta(days=days), tick=False):
            run = dunning.propose(given.entity(), DAY + timedelta(days=days), actor=SYSTEM)
        assert run.notices_made == notices, days


def test_an_item_until_a_day_is_a_hold_of_the_item(given, manager):
    customer = given.customer()
    out, _ = overdue(given, customer=customer), overdue(given, customer=customer)
    propose(given)
    leaving_out.leave_out(Notice.objects.get(), item=out, reason="x", until=DAY, actor=manager)
    assert Hold.objects.get().item == out


def test_what_does_not_go_is_refused_and_changes_nothing(given, manager):
    item = overdue(given)
    run = propose(given)
    notice = Notice.objects.get()
    stranger = given.open_item("5.00 EUR")
    for wrong, why in (
        ({"reason": " "}, "Say why"),
        ({"reason": "x", "item": stranger}, "not in this notice"),
        ({"reason": "x", "until": DAY - timedelta(days=1)}, "before it begins"),
    ):
        with pytest.raises(DunningRefused, match=why):
            leaving_out.leave_out(notice, actor=manager, **wrong)
    leaving_out.leave_out(notice, item=item, reason="x", actor=manager)
    with pytest.raises(DunningRefused, match="not in this notice"):
        leaving_out.leave_out(notice, reason="x", actor=manager)
    dunning.approve(run, actor=SYSTEM)
    with pytest.raises(DunningRefused, match="approved"):
        leaving_out.leave_out(notice, reason="x", actor=manager)
    assert (Hold.objects.count(), Activity.objects.count()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_beside_an_approval_either_comes_first(given):
    item = overdue(given)
    run = propose(given)
    notice = Notice.objects.get()
    left, approved = at_once(
        lambda: leaving_out.leave_out(notice, reason="x", actor=SYSTEM),
        lambda: dunning.approve(run, actor=SYSTEM),
        refusals=(DunningRefused,),
    )
    assert not isinstance(approved, DunningRefused)
    line = NoticeLine.objects.get(item=item)
    assert line.dropped_because == ("" if isinstance(left, DunningRefused) else "left_out")


def test_on_the_page(given):
    customer = given.customer()
    out, kept = overdue(given, customer=customer), overdue(given, customer=customer)
    run = propose(given)
    notice = Notice.objects.get()
    client = Client()
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    url = reverse("leave_out", args=[notice.pk])
    page = client.get(reverse("notice", args=[notice.pk])).content.decode()
    assert page.count(f'href="{url}?item=') == 2
    assert client.post(f"{url}?item={out.pk}", {"reason": ""}).status_code == 422
    assert client.post(f"{url}?item={out.pk}", {"reason": "Wrong goods"}).status_code == 302
    page = client.get(reverse("notice", args=[notice.pk])).content.decode()
    assert page.count(f'href="{url}?item=') == 1
    assert '<span class="tag">Left out</span>' in page
    assert "Approve 1 notice?" in client.get(reverse("approve_run", args=[run.pk])).content.decode()
    assert client.post(url, {"reason": "All of it", "until": DAY.isoformat()}).status_code == 302
    assert Hold.objects.get().customer == kept.customer
    assert f'href="{url}"' not in client.get(reverse("notice", args=[notice.pk])).content.decode()
    assert client.get(f"{url}?item=999999").status_code == 404
