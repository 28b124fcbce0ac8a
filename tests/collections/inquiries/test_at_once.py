"""Several people at one inquiry at once: one answer goes out, one task is opened, one mail belongs to one case."""

import uuid
from functools import partial

import pytest

from o2c.collections.inquiries import answering, changing, following, opening
from o2c.collections.inquiries.answering import Draft
from o2c.collections.inquiries.keeping import InquiryRefused
from o2c.collections.models import Inquiry, InquiryAnswer, Task
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, Role
from tests.at_once import at_once
from tests.collections.inquiries.conftest import Asking
from tests.given import Given

pytestmark = pytest.mark.django_db(transaction=True)
DRAFT = Draft(how="mail", subject="Copy", text="Here it is.", language="en")


def test_answered_by_eight_at_once_one_answer_goes_out():
    given = Given()
    inquiry = Asking(given).open(actor=SYSTEM)
    people = [Actor.of(given.user(f"anna{place}", Role.COLLECTOR)) for place in range(8)]
    works = [partial(answering.answer, inquiry, DRAFT, key=uuid.uuid4(), actor=person) for person in people]
    said = at_once(*works, refusals=(InquiryRefused,))
    (done,) = [each for each in said if isinstance(each, InquiryAnswer)]
    told = {str(each) for each in said if isinstance(each, InquiryRefused)}
    assert told == {f"{done.actor} has answered it already. Open it again to write more."}
    assert (Message.objects.count(), InquiryAnswer.objects.count()) == (1, 1)


def test_one_form_sent_eight_times_at_once_answers_once():
    given = Given()
    inquiry = Asking(given).open(actor=SYSTEM)
    send = partial(answering.answer, inquiry, DRAFT, key=uuid.uuid4(), actor=SYSTEM)
    assert len({each.pk for each in at_once(*[send] * 8, refusals=())}) == 1
    assert Message.objects.count() == 1


def test_one_mail_opened_eight_times_at_once_is_one_inquiry():
    asking = Asking(Given())
    mail = asking.mail()
    works = [partial(opening.open, asking.customer, asking.entity, "copy", subject="x", mail=mail, actor=SYSTEM)] * 8
    said = at_once(*works, refusals=(InquiryRefused,))
    assert sum(isinstance(each, Inquiry) for each in said) == 1
    assert (Inquiry.objects.count(), Task.objects.filter(kind="inquiry").count()) == (1, 1)


def test_escalated_eight_times_at_once_there_is_one_task():
    asking = Asking(Given())
    inquiry = asking.open(actor=SYSTEM)
    Inquiry.objects.update(escalates_at=inquiry.asked_at)
    assert sum(at_once(*[partial(following.escalate, asking.entity)] * 8)) == 1
    assert Task.objects.filter(key__contains=":escalated:").count() == 1


def test_closed_while_it_is_answered_it_is_one_of_both_first():
    asking = Asking(Given())
    inquiry = asking.open(actor=SYSTEM)
    said = at_once(
        partial(answering.answer, inquiry, DRAFT, key=uuid.uuid4(), actor=SYSTEM),
        partial(changing.close, inquiry, note="Twice", actor=SYSTEM),
        refusals=(InquiryRefused,),
    )
    inquiry.refresh_from_db()
    assert inquiry.state == "closed"
    assert Message.objects.count() == isinstance(said[0], InquiryAnswer)
