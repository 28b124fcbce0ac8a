"""The demo company: people who can log in, weeks of dunning behind it, work to do today."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import connection

from o2c import wiring
from o2c.analytics.models import BookRollup
from o2c.analytics.serving import reading
from o2c.collections import chores
from o2c.collections.handing_over import recommended
from o2c.collections.incoming.suggesting import About, suggest
from o2c.collections.models import (
    Decision,
    Dispute,
    DunningRun,
    IncomingMail,
    Inquiry,
    InquiryAnswer,
    LatePayer,
    LatePayerConsequence,
    NoticeLine,
    Placement,
    PromiseToPay,
    Task,
)
from o2c.core import clock
from o2c.core.models import DeadAddress, Heartbeat, Message, OutboxEvent, User
from o2c.invoicing.billing import differences
from o2c.invoicing.matching import rates
from o2c.invoicing.models import (
    BankDetailChange,
    BankLine,
    BankStatement,
    BillingRun,
    CreditRequest,
    EarlyOffer,
    Netting,
    RemittanceAdvice,
    WriteOff,
)
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, Delivery, LegalEntity, Order, TrackingEvent
from o2c.web.demo import COLLEAGUES, DEMO_LOGINS
from o2c.web.simulation.living import WEEKS, past_runs


@pytest.mark.django_db(transaction=True)
def test_the_demo_company_has_people_history_and_work_for_today(settings, tmp_path):
    settings.O2C_MAIL_SPOOL = tmp_path / "mail"
    settings.O2C_SMTP = None
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; how well is Django's affair
    today, answer = clock.today(), StringIO()
    call_command(
        "simulate", "--demo-logins", "--customers", "120", "--open-items", "3000", "--months", "12", "--json",
        stdout=answer,
    )  # fmt: skip
    lived = json.loads(answer.getvalue())["lived"]

    # Everybody of the five roles can log in, the colleagues cannot.
    for username, role, _, password in DEMO_LOGINS:
        user = authenticate(username=username, password=password)
        assert user is not None
        assert user.roles == [role]
        assert user.all_entities
    colleagues = User.objects.filter(username__in=[name for name, *_ in COLLEAGUES])
    assert len(colleagues) == len(COLLEAGUES)
    assert not any(colleague.has_usable_password() is True for colleague in colleagues)
    assert set(Account.objects.values_list("collector__username", flat=True)) == {
        "collector", *(name for name, *_ in COLLEAGUES)
    }  # fmt: skip

    # Orders are on every step of their way, and on each page of it there is something to do.
    orders = Order.objects.filter(entity__code="DE")
    assert lived["orders"] == Order.objects.count() == 88
    assert {"draft", "validated", "on_hold", "confirmed", "invoiced"} <= set(orders.values_list("state", flat=True))
    assert {"planned", "delivered", "proved"} <= set(Delivery.objects.values_list("state", flat=True))
    assert set(TrackingEvent.objects.values_list("kind", flat=True)) >= {"shipped", "delivered", "failed"}
    assert not TrackingEvent.objects.odd().exists()
    assert set(BillingRun.objects.values_list("state", flat=True)) == {"done"}
    entities = list(LegalEntity.objects.values_list("pk", flat=True))
    assert [found.kind for found in differences.listed(entities)] == 2 * ["price"]
    for entity in LegalEntity.objects.all():
        served = reading.by_customer(entity.pk, today - timedelta(days=35), today)
        assert sum(each.cost for each in served) > 0

    # Dunning ran every week, and today's waits for approval in one entity and is out in the other.
    states = dict(DunningRun.objects.filter(as_of=today, replay=False).values_list("entity__code", "state"))
    assert states == {"DE": "proposed", "UK": "done"}
    assert DunningRun.objects.filter(replay=True, state="done").count() == 2 * WEEKS
    assert lived["runs"] == 2 * WEEKS + 2
    assert lived["notices"] > 50

    # An agency has what was hopeless weeks ago, with its file; one debt came back, and others are due for it today.
    handed_over = Placement.objects.exclude(document=None)
    assert handed_over.count() == Placement.objects.count()
    assert {"placed", "returned"} <= set(handed_over.values_list("state", flat=True))
    assert recommended(LegalEntity.objects.order_by("pk"))
    assert Decision.objects.filter(as_of=today, reason="handed_over").exists()

    # One customer of each legal entity is its vendor too: of what it is owed a part is netted, and more waits.
    assert sorted(Netting.objects.values_list("entity__code", "state")) == [
        ("DE", "asked"), ("DE", "netted"), ("UK", "asked"), ("UK", "netted"),
    ]  # fmt: skip
    assert not Netting.objects.exclude(asked_by__username="cashier").exists()

    # Nobody was chased for what was not due, nor twice at a level.
    for line in NoticeLine.objects.select_related("item"):
        assert line.item.due_on < line.as_of
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM collections_noticeline GROUP BY item_id, cycle, level HAVING count(*) > 1")
        assert cursor.fetchall() == []

    # Messages are files, and there is as much as is said.
    assert set(Message.objects.values_list("state", flat=True)) == {"spooled"}
    answers = InquiryAnswer.objects.filter(how="mail").count()
    assert answers >= 2
    told = EarlyOffer.objects.exclude(state__in=["proposed", "dropped"])
    offered = told.values("run", "customer").distinct().count()
    assert offered >= 2
    written = len(list(settings.O2C_MAIL_SPOOL.rglob("*.eml")))
    assert written == Message.objects.count() == lived["messages"] + answers + offered

    # Tasks wait, most money first; and some are done.
    live = Task.objects.filter(state="open")
    assert live.count() == lived["tasks"] >= 3
    assert live.filter(at_risk__gt=0).exists()
    assert Task.objects.filter(state="done").exists()
    assert not Task.objects.filter(state="done", done_at=None).exists()

    # The bank has said what came in: most of it found its way, the rest waits for somebody in every way there is.
    week = rates.total(rates.by_week(LegalEntity.objects.values_list("pk", flat=True), today=today, weeks=8))
    assert lived["bank_lines"] == BankLine.objects.count() >= 60
    assert week.counts["itself"] > week.lines / 2
    assert {name for name, count in week.counts.items() if not count} <= {"elsewhere"}
    assert BankStatement.objects.filter(arithmetic_ok=True).count() == BankStatement.objects.count() >= 4
    assert BankLine.objects.filter(batch__isnull=False).count() == 4
    assert set(RemittanceAdvice.objects.values_list("state", flat=True)) == {"joined", "waiting"}
    assert BankLine.objects.get(advice__isnull=False).open_amount == 0
    assert WriteOff.objects.filter(state="asked").exists()
    assert BankDetailChange.objects.filter(state="asked").exists()

    # What is contested is at every point of its way.
    assert set(Dispute.objects.values_list("state", flat=True)) >= {"open", "inside", "asked", "resolved"}
    assert set(Dispute.objects.values_list("resolution", flat=True)) >= {"", "credited", "rejected"}
    assert not Dispute.objects.filter(code=None).exists()
    assert CreditRequest.objects.filter(state="asked").exists()
    assert CreditRequest.objects.filter(state="issued").exists()

    # What is asked too: some wait, one is late and with somebody else, some are answered with what they asked for.
    assert set(Inquiry.objects.values_list("state", flat=True)) == {"open", "answered", "closed"}
    assert Inquiry.objects.filter(escalated_at__isnull=False, state="open").exists()
    assert InquiryAnswer.objects.filter(message__attachments__isnull=False, inquiry__kind="copy").exists()
    assert not Message.objects.filter(key__startswith="inquiry:", state="queued").exists()

    # Who pays late again and again is listed in both, and shorter terms hold for some.
    assert LatePayer.objects.filter(state="listed").values("entity").distinct().count() == 2
    assert set(LatePayerConsequence.objects.values_list("state", flat=True)) == {"proposed", "applied"}

    # Customers have answered, one is away, one cannot be reached, and a stranger tries his luck.
    assert lived["mails"] == IncomingMail.objects.count() == 8
    assert sorted(IncomingMail.objects.values_list("kind", flat=True)) == ["automatic", "bounce", *["letter"] * 6]
    assert not IncomingMail.objects.filter(customer=None).exists()
    assert Task.objects.filter(kind="reply", state="open").count() == 6
    assert Message.objects.filter(fate="failed").count() == DeadAddress.objects.count() == 1
    seen = {
        each.about for mail in IncomingMail.objects.filter(kind="letter")
        for each in suggest(mail.subject, mail.said, on=today)
    }  # fmt: skip
    assert seen == set(About)

    # All is worked out: doing it again changes nothing.
    assert proof() == []
    assert Heartbeat.objects.exclude(last_error="").count() == 0
    assert OutboxEvent.objects.filter(done_at=None).count() == 0
    assert {rollup.as_of for rollup in BookRollup.objects.all()} <= {today, today + timedelta(days=1)}
    assert BookRollup.objects.count() == LegalEntity.objects.count() == 2
    promises = sorted(PromiseToPay.objects.values_list("id", "state", "paid"))
    assert {state for _, state, _ in promises} >= {"kept", "broken"}
    for entity in LegalEntity.objects.all():
        chores.look_again(entity)
    assert sorted(PromiseToPay.objects.values_list("id", "state", "paid")) == promises
    tasks = sorted(Task.objects.values_list("id", "state", "at_risk"))
    wiring.beat()
    assert sorted(Task.objects.values_list("id", "state", "at_risk")) == tasks


def test_past_runs_are_mondays_before_the_day():
    from datetime import date

    for day in (date(2026, 6, 29), date(2026, 6, 30), date(2026, 7, 5)):
        days = past_runs(day)
        assert len(days) == WEEKS
        assert all(past < day and past.weekday() == 0 for past in days)
        assert (day - days[-1]).days <= 7
