"""What a customer asks, from day to day: answered in time with the paper, asked again, and escalated when nobody is."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from o2c.collections import chores
from o2c.collections.incoming import keeping
from o2c.collections.inquiries import answering, figures, opening, routing
from o2c.collections.inquiries.answering import Desk, Draft
from o2c.collections.models import Task
from o2c.core import clock, messages
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.papers.keeping import document_of
from o2c.orders.models import Account
from tests.collections.incoming.samples import letter
from tests.core.test_messages import inbox  # noqa: F401  a real mail server

pytestmark = pytest.mark.django_db


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def counted(entity, by: str = "") -> list[tuple]:
    rows = figures.figures(by, at(1, 0), at(31, 0), [entity.pk], now=clock.now())
    return [(row.subject, row.asked, row.answered, row.in_time, row.hours, row.median) for row in rows]


def test_a_copy_is_asked_for_answered_asked_for_again_and_escalated(given, inbox):  # noqa: F811
    """Mail on Monday 2 March at 10:00, due by 14:00 within four of the office's hours from nine to five; answered at
    12:30 with the paper, in the same thread. The customer writes again on Friday at 16:00: due on Monday at 12:00 and
    nobody is there. Four hours later, at 16:00, the manager has it, once; and answers on Tuesday at 9:30, late."""
    anna, boss = given.user("anna", Role.COLLECTOR), given.user("boss", Role.FINANCE_MANAGER)
    entity = given.entity(email="ar@seller.example")
    customer = given.customer(email="erika@kunde.example")
    Account.objects.filter(customer=customer).update(collector=anna)
    invoice = given.invoice("100.00 EUR", customer=customer, on=date(2026, 2, 2))
    paper = document_of(invoice)
    invoice.refresh_from_db()
    routing.set_rule(entity, "copy", target_hours=4, escalate_after=4, to=None, escalate_to=boss, actor=SYSTEM)

    with time_machine.travel(at(2, 10), tick=False) as travel:
        mail = keeping.take_in(letter(subject="Copy?", id="1@kunde.example"), mailbox="box", entity=entity)
        inquiry = opening.open(customer, entity, "copy", subject="A copy", mail=mail, actor=Actor.of(anna))
        assert (inquiry.owner, inquiry.due_at) == (anna, at(2, 14))

        travel.move_to(at(2, 12, 30))
        _, language, text = answering.template(Desk.of(inquiry))
        draft = Draft("mail", text.subject, text.opening, language, invoices=(invoice,))
        done = answering.answer(inquiry, draft, key=uuid.uuid4(), actor=Actor.of(anna))
        assert messages.deliver().sent == 1
        (received,) = inbox.of("erika@kunde.example")
        assert (received["Subject"], received["In-Reply-To"], received["References"]) == (
            "Re: Copy?", "<1@kunde.example>", "<1@kunde.example>",
        )  # fmt: skip
        (attached,) = received.iter_attachments()
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_content() == bytes(paper.content)
        assert messages.deliver().sent == 0, "once"

        travel.move_to(at(6, 16))
        again = letter("The second page is missing.", id="2@kunde.example", answers=received["Message-ID"].strip("<>"))
        keeping.take_in(again, mailbox="box", entity=entity)
        inquiry.refresh_from_db()
        assert (inquiry.state, inquiry.round, inquiry.due_at, inquiry.owner) == ("open", 2, at(9, 12), anna)

        travel.move_to(at(9, 15, 59))
        assert chores.turn_the_day()["escalated"] == 0, "late, but not yet so late"
        assert counted(entity) == [("", 2, 1, 1, Decimal("2.5"), Decimal("2.5"))]
        travel.move_to(at(9, 16, 5))
        assert [chores.turn_the_day()["escalated"] for _ in range(2)] == [1, 0]
        inquiry.refresh_from_db()
        assert inquiry.owner == boss
        assert Task.objects.get(kind="inquiry", state="open").assignee == boss

        travel.move_to(at(10, 9, 30))
        late = answering.answer(inquiry, draft, key=uuid.uuid4(), actor=Actor.of(boss))
        assert (done.in_time, late.in_time, late.minutes) == (True, False, 60 + 8 * 60 + 30)
        assert messages.deliver().sent == 1
        assert inbox.of("erika@kunde.example")[1]["In-Reply-To"] == "<2@kunde.example>"
        assert Task.objects.filter(state__in=["open", "claimed", "snoozed"]).count() == 0
    assert counted(entity) == [("", 2, 2, 1, Decimal("2.5"), Decimal("2.5"))], "hours are to the first answer"
    assert counted(entity, "owner") == [
        ("anna", 1, 1, 1, Decimal("2.5"), Decimal("2.5")),
        ("boss", 1, 1, 0, None, None),
    ]
    assert counted(entity, "month") == [("2026-03", 2, 2, 1, Decimal("2.5"), Decimal("2.5"))]
    assert counted(entity, "kind") == [("copy", 2, 2, 1, Decimal("2.5"), Decimal("2.5"))]
