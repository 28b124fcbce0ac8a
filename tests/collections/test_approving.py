"""A notice whose level or amount says so goes out when the people who must have approved it, and never twice."""

from datetime import time, timedelta
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.test import Client
from django.urls import reverse

from o2c.collections import approving, composing, dunning, dunning_settings, leaving_out, weighing
from o2c.collections.approving import SomebodyElse
from o2c.collections.dunning import DunningRefused
from o2c.collections.dunning_settings import SettingsRefused
from o2c.collections.models import (
    DunningLevel,
    DunningRun,
    DunningSettings,
    Notice,
    NoticeApproval,
    NoticeLimit,
    NoticeLine,
    Task,
)
from o2c.core import leases, states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, OutboxEvent, Role
from o2c.invoicing.models import OpenItem
from tests.at_once import at_once
from tests.collections.test_dunning_sending import NOON, overdue
from tests.given import DAY

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(request):
    if request.node.get_closest_marker("django_db").kwargs.get("transaction"):
        yield
        return
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def people(given):
    """Three managers."""
    return [Actor.of(given.user(name, Role.FINANCE_MANAGER)) for name in ("anna", "berta", "carla")]


def needing(given, people: int, level: int = 1) -> None:
    """So many people approve notices of the level."""
    given.entity()
    DunningLevel.objects.filter(number=level).update(approvals=people)


def limit(given, amount: str, currency: str = "EUR") -> None:
    NoticeLimit.objects.create(entity=given.entity(), currency=currency, amount=amount)


def propose(given, *, by: Actor = SYSTEM) -> DunningRun:
    return dunning.propose(given.entity(), DAY, actor=by)


def run_by_itself(given) -> DunningRun:
    given.entity()
    DunningSettings.objects.update(approves_itself=True)
    return dunning.run_day(given.entity(), DAY, actor=SYSTEM)


def go_on(run: DunningRun) -> DunningRun:
    """What workers would do of it."""
    run.refresh_from_db()
    return dunning.finish_here(run) if run.state == DunningRun.State.SENDING else run


def told() -> set[str]:
    return {message.key for message in Message.objects.all()}


def key(notice: Notice) -> str:
    return f"notice:{notice.pk}"


# --- What waits, and for whom


def test_what_needs_nobody_goes_out_and_the_rest_waits_for_a_person(given, people):
    needing(given, 1, level=1)
    free = overdue(given, days=14)
    given_before(free)
    asks = overdue(given)
    run = run_by_itself(given)
    assert run.state == "waiting"
    waits, gone = Notice.objects.get(customer=asks.customer), Notice.objects.get(run=run, customer=free.customer)
    assert (waits.state, waits.missing, gone.state) == ("proposed", 1, "composed")
    assert told() == {key(gone)}
    assert approving.approve(run, notice=waits, actor=people[0]) == 1
    run = go_on(run)
    assert (run.state, told()) == ("done", {key(gone), key(waits)})
    assert NoticeApproval.objects.get().approver == "anna"
    assert [event.payload["notices"] for event in OutboxEvent.objects.filter(kind="dunning.notices_approved")] == [1]
    with pytest.raises(DunningRefused, match="done"):
        approving.approve(run, notice=waits, actor=people[1])
    assert (Message.objects.count(), NoticeApproval.objects.count()) == (2, 1)


def given_before(item: OpenItem) -> None:
    """The item had its first reminder a week ago."""
    as_of = DAY - timedelta(days=10)
    policy = DunningLevel.objects.get(number=1).policy
    run = DunningRun.objects.create(entity=item.entity, as_of=as_of, state="done", proposed_by="test")
    facts = {"as_of": as_of, "payer_id": item.payer_id, "level": 1}
    notice = Notice.objects.create(
        run=run, entity=item.entity, customer=item.customer, currency=item.currency, policy=policy, total=item.amount,
        items=1, state="composed", **facts,
    )  # fmt: skip
    NoticeLine.objects.create(
        notice=notice, item=item, cycle=1, days_late=4, open_amount=item.amount, policy=policy, **facts
    )


def test_of_two_people_neither_is_the_other_nor_who_proposed_the_run(given, people):
    needing(given, 2)
    overdue(given)
    anna, berta, carla = people
    run = propose(given, by=anna)
    notice = Notice.objects.get()
    assert notice.missing == 2
    dunning.approve(run, actor=SYSTEM)
    dunning.send(run, actor=SYSTEM)
    approving.approve(run, notice=notice, actor=berta)
    for again, why in ((berta, "approved it already"), (anna, "You proposed the run")):
        with pytest.raises(SomebodyElse, match=why):
            approving.approve(run, notice=notice, actor=again)
    for program in (SYSTEM, Actor("key", key_id=1)):
        with pytest.raises(SomebodyElse, match="Only a person"):
            approving.approve(run, notice=notice, actor=program)
    notice.refresh_from_db()
    run.refresh_from_db()
    assert (notice.missing, run.state, Message.objects.count()) == (1, "waiting", 0)
    approving.approve(run, notice=notice, actor=carla)
    assert (go_on(run).state, told()) == ("done", {key(notice)})


def test_who_proposed_the_run_may_be_the_first_of_two(given, people):
    needing(given, 2)
    overdue(given)
    anna, berta, _ = people
    run = propose(given, by=anna)
    dunning.approve(run, actor=anna)
    run = dunning.send(run, actor=anna)
    assert run.state == "waiting"
    approving.approve(run, actor=berta)
    assert go_on(run).state == "done"


def test_the_database_takes_nobody_twice(given, people):
    needing(given, 2)
    overdue(given)
    run = propose(given)
    notice = Notice.objects.get()
    approving.approve(run, notice=notice, actor=people[0])
    with pytest.raises(IntegrityError, match="notice_approved_once_by_each"), transaction.atomic():
        NoticeApproval.objects.create(notice=notice, by_id=people[0].user_id, approver="x")


def test_a_person_who_approves_the_run_approves_its_notices_but_for_those_approved_alone(given, people):
    needing(given, 1)
    limit(given, "500.00")
    small, large = overdue(given), overdue(given, money="500.00 EUR")
    below = overdue(given, money="499.99 EUR")
    run = propose(given)
    assert {n.customer_id: (n.missing, n.alone) for n in Notice.objects.all()} == {
        small.customer_id: (1, False),
        below.customer_id: (1, False),
        large.customer_id: (1, True),
    }
    dunning.approve(run, actor=people[0])
    run = dunning.send(run, actor=people[0])
    notice = Notice.objects.get(customer=large.customer)
    assert (run.state, notice.state, Message.objects.count()) == ("waiting", "proposed", 2)
    with pytest.raises(DunningRefused, match="approved by itself"):
        approving.approve(run, level=1, actor=people[0])
    approving.approve(run, notice=notice, actor=people[0])
    assert (go_on(run).state, Message.objects.count()) == ("done", 3)


def test_a_limit_is_of_a_currency(given):
    limit(given, "50.00", "USD")
    overdue(given)
    given.rate("USD", "1.1", on=DAY - timedelta(days=30))
    dollars = overdue(given, money="60.00 USD")
    propose(given)
    assert {n.customer_id for n in Notice.objects.filter(missing=1, alone=True)} == {dollars.customer_id}


def test_a_program_that_approves_the_run_approves_no_notice(given):
    needing(given, 1)
    overdue(given)
    run = propose(given)
    dunning.approve(run, actor=Actor("manage.py dun"))
    assert dunning.send(run, actor=SYSTEM).state == "waiting"
    assert not NoticeApproval.objects.exists()


def test_levels_are_approved_by_level_and_currency(given, people):
    needing(given, 1)
    given.rate("USD", "1.1", on=DAY - timedelta(days=30))
    for money in ("10.00 EUR", "20.00 EUR", "30.00 USD"):
        overdue(given, money=money)
    run = propose(given)
    with pytest.raises(DunningRefused, match="waits for nobody"):
        approving.approve(run, level=2, actor=people[0])
    assert approving.approve(run, level=1, currency="EUR", actor=people[0]) == 2
    assert approving.approve(run, actor=people[0]) == 1


def test_what_asks_for_more_than_was_free_when_it_is_sent_stays_behind(given, people):
    limit(given, "150.00")
    item = overdue(given)
    run = propose(given)
    dunning.approve(run, actor=people[0])
    NoticeLimit.objects.update(amount="100.00")
    run = dunning.send(run, actor=SYSTEM)
    assert (run.state, Message.objects.count()) == ("waiting", 0)
    notice = Notice.objects.get(customer=item.customer)
    assert (notice.missing, notice.alone) == (1, True)
    approving.approve(run, notice=notice, actor=people[0])
    assert (go_on(run).state, Message.objects.count()) == ("done", 1)


def test_what_was_paid_while_it_waited_is_not_sent(given, people):
    needing(given, 1)
    item = overdue(given)
    run = run_by_itself(given)
    given.pay(item, on=DAY)
    approving.approve(run, actor=people[0])
    assert (go_on(run).state, Message.objects.count()) == ("done", 0)
    assert Notice.objects.get().cancelled_because == "paid"


def test_a_replay_waits_for_nobody(given):
    needing(given, 2)
    overdue(given, days=5)
    run = dunning.run_day(given.entity(), DAY - timedelta(days=1), actor=SYSTEM, replay=True)
    assert (run.state, Notice.objects.get().missing, Message.objects.count()) == ("done", 0, 1)


# --- What nobody approves


def test_what_nobody_approves_is_cancelled_by_the_next_run_which_looks_at_it_again(given, people):
    needing(given, 1)
    item = overdue(given)
    run = run_by_itself(given)
    first = Notice.objects.get()
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        again = dunning.run_day(given.entity(), NEXT, actor=SYSTEM)
    first.refresh_from_db()
    run.refresh_from_db()
    assert (first.state, first.cancelled_because, run.state) == ("cancelled", "superseded", "done")
    second = Notice.objects.get(run=again)
    assert (second.customer, second.level, second.missing, again.state) == (item.customer, 1, 1, "waiting")
    with pytest.raises(DunningRefused, match="done"):
        approving.approve(run, notice=first, actor=people[0])
    assert Message.objects.count() == 0


def test_what_one_of_two_approved_keeps_waiting_and_a_replay_leaves_it(given, people):
    needing(given, 2)
    overdue(given)
    run = run_by_itself(given)
    approving.approve(run, actor=people[0])
    dunning.run_day(given.entity(), DAY - timedelta(days=20), actor=SYSTEM, replay=True)
    run.refresh_from_db()
    assert (run.state, Notice.objects.get().missing) == ("waiting", 1)


def test_what_waits_is_cancelled_by_a_person(given, people):
    needing(given, 1)
    overdue(given)
    run = run_by_itself(given)
    dunning.cancel(run, actor=people[0])
    run.refresh_from_db()
    notice = Notice.objects.get()
    assert (run.state, notice.state, notice.cancelled_because) == ("done", "cancelled", "cancelled")
    assert dunning.propose(given.entity(), DAY, actor=SYSTEM).notices_made == 1


def test_what_is_left_out_while_it_waits_closes_the_run(given, people):
    needing(given, 1)
    overdue(given)
    run = run_by_itself(given)
    leaving_out.leave_out(Notice.objects.get(), reason="Talks", actor=people[0])
    run.refresh_from_db()
    assert (run.state, Notice.objects.get().cancelled_because, Message.objects.count()) == ("done", "left_out", 0)


def test_what_falls_below_the_limit_when_an_item_is_left_out_goes_out(given, people):
    limit(given, "150.00")
    customer = given.customer()
    out, kept = overdue(given, customer=customer), overdue(given, customer=customer)
    run = run_by_itself(given)
    leaving_out.leave_out(Notice.objects.get(), item=out, reason="Wrong goods", actor=people[0])
    assert go_on(run).state == "done"
    (message,) = Message.objects.all()
    assert kept.number in message.text
    assert out.number not in message.text


# --- At once, twice, and half-way


def test_approved_while_the_run_is_being_sent_it_goes_out_with_it(given, people):
    needing(given, 1)
    overdue(given)
    run = propose(given)
    dunning.approve(run, actor=SYSTEM)
    dunning.begin_sending(run, actor=SYSTEM)
    approving.approve(run, actor=people[0])
    run = dunning.finish_here(run)
    assert (run.state, Message.objects.count()) == ("done", 1)


def test_a_part_that_breaks_sends_nothing_and_is_done_again_once(given, people, monkeypatch):
    needing(given, 1)
    overdue(given)
    run = run_by_itself(given)
    approving.approve(run, actor=people[0])
    lease = leases.take(dunning.SEND, subject_id=run.pk)
    with monkeypatch.context() as broken:
        broken.setattr(composing.outbox, "emit", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            dunning.do_part(lease)
    assert (Message.objects.count(), Notice.objects.get().state) == (0, "proposed")
    assert (go_on(run).state, Message.objects.count()) == ("done", 1)
    dunning.go_on(run.pk)
    assert (Message.objects.count(), Task.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", [(0, 0), (0, 1)])
def test_approved_twice_at_once_one_wins(given, people, who):
    needing(given, 1)
    overdue(given)
    run = propose(given)
    notice = Notice.objects.get()
    answers = at_once(
        *(lambda person=people[i]: approving.approve(run, notice=notice, actor=person) for i in who),
        refusals=(DunningRefused,),
    )
    assert sorted(map(str, answers)) == ["1", "It waits for nobody any more."]
    notice.refresh_from_db()
    assert (notice.missing, NoticeApproval.objects.count()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_approved_and_cancelled_at_once_one_wins(given, people):
    needing(given, 1)
    item = given.open_item("100.00 EUR", due=dunning.clock.today() - timedelta(days=3))
    run = dunning.propose(item.entity, dunning.clock.today(), actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    run = dunning.send(run, actor=SYSTEM)
    assert run.state == "waiting"
    approved, cancelled = at_once(
        lambda: approving.approve(run, actor=people[0]),
        lambda: dunning.cancel(run, actor=people[1]),
        refusals=(DunningRefused, states.LostRace, states.IllegalMove),
    )
    won = not isinstance(approved, Exception)
    assert won is isinstance(cancelled, Exception)
    run.refresh_from_db()
    if run.state == "sending":
        dunning.finish_here(run)
    assert (Notice.objects.get().state, Message.objects.count()) == (("composed", 1) if won else ("cancelled", 0))


def test_weighing_takes_one_statement_and_writes_nothing_where_nobody_is_needed(given, django_assert_num_queries):
    for _ in range(3):
        overdue(given)
    run = propose(given)
    before = places()
    with django_assert_num_queries(1):
        weighing.weigh(run.pk)
    assert places() == before
    limit(given, "1.00")
    with django_assert_num_queries(1):
        weighing.weigh(run.pk)
    assert not set(places()) & set(before)


def places() -> list[str]:
    """Where each notice's row lies: another place once it is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid::text FROM collections_notice ORDER BY id")
        return [place for (place,) in cursor.fetchall()]


# --- Settings


def test_settings_are_kept_and_limits_replaced(given, people):
    entity = given.entity()
    facts = {
        "proposes_at": time(6, 30), "approves_itself": True, "paused": False, "letters_without_email": True,
        "fees_from_consumers": True, "actor": people[0],
    }  # fmt: skip
    dunning_settings.change(entity, limits=(("EUR", Decimal(100)), ("USD", Decimal(90))), **facts)
    made = dunning_settings.change(entity, limits=(("EUR", Decimal(200)),), **facts)
    assert (made.proposes_at, made.approves_itself, made.paused) == (time(6, 30), True, False)
    assert made.letters_without_email
    assert made.fees_from_consumers
    assert list(NoticeLimit.objects.values_list("currency", "amount")) == [("EUR", Decimal(200))]
    for wrong, why in (
        ((("XXQ", Decimal(1)),), "no currency"),
        ((("EUR", Decimal(0)),), "more than nothing"),
        ((("EUR", Decimal("1.234")),), "EUR"),
        ((("EUR", Decimal(1)), ("EUR", Decimal(2))), "twice"),
    ):
        with pytest.raises(SettingsRefused, match=why):
            dunning_settings.change(entity, limits=wrong, **facts)
    assert NoticeLimit.objects.get().amount == Decimal(200)


def test_the_way_back_is_refused_while_notices_wait(given):
    needing(given, 1)
    overdue(given)
    run = run_by_itself(given)
    migration = import_module("o2c.collections.migrations.0012_approvals")
    with pytest.raises(IrreversibleError, match="1 notices wait"):
        migration.refuse_what_waits(None, SimpleNamespace(connection=connection))
    dunning.cancel(run, actor=SYSTEM)
    migration.refuse_what_waits(None, SimpleNamespace(connection=connection))


# --- Pages and the API


def signed_in(given, *roles: Role, name: str = "boss") -> Client:
    client = Client()
    client.force_login(given.user(name, *roles))
    return client


def test_on_the_pages(given, people):
    needing(given, 2)
    limit(given, "5000.00")
    small, large = overdue(given), overdue(given, money="5000.00 EUR")
    run = run_by_itself(given)
    client, other = signed_in(given, Role.FINANCE_MANAGER), signed_in(given, Role.FINANCE_MANAGER, name="other")
    page = client.get(reverse("run", args=[run.pk])).content.decode()
    every = f"{reverse('approve_notices', args=[run.pk])}?level=1&amp;currency=EUR"
    assert page.count(f'href="{every}"') == 1
    assert "Cancel what waits…" in page
    shown = client.get(reverse("waiting_notices")).content.decode()
    assert small.customer.name in shown
    assert large.customer.name in shown
    assert f"{2}" in client.get(reverse("runs")).content.decode()
    asked = client.get(every.replace("&amp;", "&")).content.decode()
    assert "Approve 1 notice of level 1 in EUR?" in asked
    assert client.post(every.replace("&amp;", "&")).status_code == 302
    notice = Notice.objects.get(customer=small.customer)
    alone = reverse("approve_notice", args=[Notice.objects.get(customer=large.customer).pk])
    assert client.post(alone).status_code == 302
    assert "approved by boss" in client.get(reverse("notice", args=[notice.pk])).content.decode()
    again = client.post(reverse("approve_notice", args=[notice.pk]))
    assert (again.status_code, "You have approved it already" in again.content.decode()) == (422, True)
    assert other.post(reverse("approve_notice", args=[notice.pk])).status_code == 302
    assert other.post(alone).status_code == 302
    assert go_on(run).state == "done"
    assert told() == {key(each) for each in Notice.objects.all()}


def test_settings_on_their_page(given):
    entity = given.entity()
    client = signed_in(given, Role.FINANCE_MANAGER)
    url = reverse("dunning_settings", args=[entity.pk])
    assert f'href="{url}"' in client.get(reverse("policies")).content.decode()
    typed = {"proposes_at": "06:15", "approves_itself": "on", "limits": "10000 EUR, 12000.50 USD"}
    typed |= {"letters_without_email": "on", "fees_from_consumers": "on"}
    assert client.post(url, typed).status_code == 302
    settings = DunningSettings.objects.get()
    assert (settings.proposes_at, settings.approves_itself, settings.paused) == (time(6, 15), True, False)
    assert settings.letters_without_email
    assert settings.fees_from_consumers
    assert "Fees from private persons too" in client.get(reverse("policies")).content.decode()
    assert "Letters where there is no e-mail" in client.get(reverse("policies")).content.decode()
    assert "10000.00 EUR, 12000.50 USD" in client.get(reverse("policies")).content.decode()
    assert 'value="10000.00 EUR, 12000.50 USD"' in client.get(url).content.decode()
    for wrong in ("much", "10 XXQ", "0 EUR"):
        assert client.post(url, typed | {"limits": wrong}).status_code == 422
    assert NoticeLimit.objects.count() == 2


def test_over_the_api(given, people):
    needing(given, 1)
    overdue(given)
    item = overdue(given)
    run = run_by_itself(given)
    client = signed_in(given, Role.FINANCE_MANAGER)
    rows = client.get(f"/api/v1/dunning-notices?run={run.pk}&waiting=true").json()["data"]
    assert [(row["missing"], row["alone"], row["state"]) for row in rows] == [(1, False, "proposed")] * 2
    assert client.get("/api/v1/dunning-notices?waiting=false").json()["data"] == []
    asked = {"content_type": "application/json"}
    left = Notice.objects.get(customer=item.customer)
    answer = client.post(
        f"/api/v1/dunning-notices/{left.pk}/leave-out", {"reason": "x"}, headers={"Idempotency-Key": "a"}, **asked
    )
    assert answer.json()["cancelled_because"] == "left_out"
    url = f"/api/v1/dunning-runs/{run.pk}/approve-notices"
    assert client.post(url, {"level": 1}, headers={"Idempotency-Key": "b"}, **asked).json() == {"approved": 1}
    again = client.post(url, {"level": 1}, headers={"Idempotency-Key": "c"}, **asked)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    assert go_on(run).state == "done"
