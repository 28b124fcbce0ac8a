"""Inquiries: opened, routed, answered once, with their documents, and refused where they cannot be."""

import uuid
from datetime import UTC, datetime, time

import pytest

from o2c.collections import wordings
from o2c.collections.incoming import acts
from o2c.collections.inquiries import answering, changing, following, opening, routing, threads
from o2c.collections.inquiries.answering import Desk, Draft
from o2c.collections.inquiries.keeping import InquiryChanged, InquiryRefused
from o2c.collections.models import Dispute, Inquiry, InquiryAnswer, Queue, Task
from o2c.collections.texts import Text
from o2c.collections.wordings import WordingRefused
from o2c.core import addresses
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import DeadAddress, Document, Message, Role
from o2c.invoicing.models import Invoice
from o2c.orders.business_days import close
from o2c.orders.models import Account


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def draft(**more) -> Draft:
    facts = {"how": "mail", "subject": "Copy", "text": "Here it is.", "language": "en", **more}
    return Draft(**facts)


def answer(inquiry: Inquiry, actor, **more) -> InquiryAnswer:
    return answering.answer(inquiry, draft(**more), key=uuid.uuid4(), actor=Actor.of(actor))


# --- Opening


def test_its_kind_says_who_answers_and_by_when(asking, anna, boss, clock_at):
    """Nine to five on business days: asked on Monday at eight, four hours are at one in the afternoon."""
    queue = Queue.objects.create(code="copies", name="Copies")
    routing.set_rule(asking.entity, "copy", target_hours=4, escalate_after=8, to=queue, escalate_to=boss, actor=SYSTEM)
    copy = asking.open(actor=SYSTEM)
    assert (copy.owner, copy.queue, copy.due_at, copy.escalates_at) == (None, queue, at(2, 13), at(3, 13))
    Account.objects.filter(customer=asking.customer).update(collector=anna)
    other = asking.open("other", actor=SYSTEM)
    assert (other.owner, other.queue, other.due_at) == (anna, None, at(3, 17)), "the collector, in the usual hours"
    task = Task.objects.get(key=f"inquiry:{other.pk}:1")
    assert (task.assignee, task.why) == (anna, "Something else: A copy, please")


def test_business_hours_know_weekends_closing_days_and_what_was_asked_at_night(asking, clock_at):
    routing.set_hours(asking.entity, opens=time(8), closes=time(12), actor=SYSTEM)
    close(asking.entity, at(9, 0).date(), "Works outing", actor=SYSTEM)
    clock_at(at(6, 21))
    friday_night = asking.open(actor=SYSTEM)  # eight hours, four a day, Monday is closed
    assert friday_night.due_at == at(11, 12)
    assert routing.minutes(asking.entity, at(6, 11, 30), at(10, 8, 15)) == 45
    assert routing.minutes(asking.entity, at(7, 8), at(8, 12)) == 0, "nobody works on a weekend"


def test_what_cannot_be_opened_is_refused_at_its_field(asking, given, clock_at):
    stranger = given.customer()
    item = given.open_item("5.00 EUR", customer=stranger)
    for field, facts in {
        "subject": {"subject": " "},
        "items": {"items": [item]},
        "contact": {"contact": stranger.contacts.get()},
        "received_at": {"received_at": at(2, 8, 1)},
    }.items():
        with pytest.raises(InquiryRefused) as refused:
            asking.open(actor=SYSTEM, **facts)
        assert refused.value.field == field
    with pytest.raises(InquiryRefused, match="has no account"):
        opening.open(asking.customer, given.entity("FR1"), "copy", subject="x", actor=SYSTEM)
    assert Inquiry.objects.count() == Task.objects.count() == 0


def test_a_mail_is_opened_once_and_is_answered_there(asking, anna, clock_at):
    mail = asking.mail()
    assert Task.objects.get().kind == "reply"
    inquiry = asking.open(mail=mail, actor=Actor.of(anna))
    mail.refresh_from_db()
    assert (mail.state, inquiry.channel, inquiry.contact, inquiry.asked_at) == (
        "done", "mail", asking.contact, mail.came_at,
    )  # fmt: skip
    assert inquiry.text == "Please send us a copy of the invoice."
    assert {(task.kind, task.state) for task in Task.objects.all()} == {("reply", "done"), ("inquiry", "open")}
    with pytest.raises(InquiryRefused, match="opened an inquiry of this mail already"):
        asking.open(mail=mail, actor=SYSTEM)
    with pytest.raises(acts.MailRefused, match="answer it there"):
        acts.answer(mail, "Here it is.", actor=SYSTEM)
    with pytest.raises(acts.MailRefused, match="belongs to an inquiry"):
        acts.lay_to(mail, asking.given.customer(), actor=SYSTEM)


# --- Answering


def test_an_answer_goes_out_in_the_thread_with_invoice_and_statement(asking, anna, clock_at):
    inquiry = asking.open(mail=asking.mail(subject="Copy?"), items=[asking.item], actor=Actor.of(anna))
    assert Desk.of(inquiry).offered == [asking.invoice]
    name, language, text = answering.template(Desk.of(inquiry))
    assert (name, language, text.subject) == ("answer_copy", "en", "Re: Copy?")
    clock_at(at(2, 11, 30))
    done = answer(
        inquiry, anna, subject=text.subject, text=text.opening, invoices=(asking.invoice,), statement=True
    )  # fmt: skip
    message = Message.objects.get()
    assert (message.key, message.in_reply_to) == (f"inquiry:{inquiry.pk}:1", "one@kunde.example")
    assert message.recipient == "Erika Muster <erika@kunde.example>"
    number = asking.invoice.number
    assert message.text == (
        f"Dear Erika Muster,\n\nYou asked us on 2 Mar 2026: A copy, please.\n\n"
        f"Please find attached invoice {number}.\n\n"
        "For all we can still do for you, just answer this message.\n\n"
        "Kind regards\nanna\nCompany DE1\n\nErika Muster:\n> Please send us a copy of the invoice."
    )
    papers = [file.document for file in message.attachments.order_by("position").select_related("document")]
    assert papers[0].pk == asking.invoice.document_id
    assert papers[1].name == f"Statement {asking.customer.number} 2026-03-02.pdf"
    assert bytes(papers[1].content).startswith(b"%PDF")
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.answered_by, done.minutes, done.in_time) == ("answered", "anna", 150, True)
    task = Task.objects.get(kind="inquiry")
    assert (task.state, task.outcome) == ("done", "answered")


def test_the_same_form_sent_twice_answers_once_and_another_is_told(asking, anna, boss, clock_at):
    inquiry = asking.open(actor=SYSTEM)
    key = uuid.uuid4()
    first = answering.answer(inquiry, draft(), key=key, actor=Actor.of(anna))
    again = answering.answer(inquiry, draft(text="Other words"), key=key, actor=Actor.of(anna))
    assert (again, Message.objects.count()) == (first, 1)
    with pytest.raises(InquiryChanged, match="anna has answered it already"):
        answer(inquiry, boss)
    with pytest.raises(InquiryRefused, match="has answered another"):
        answering.answer(asking.open(actor=SYSTEM), draft(), key=key, actor=Actor.of(anna))
    assert (Message.objects.count(), InquiryAnswer.objects.count()) == (1, 1)


def test_whoever_looks_at_an_old_page_is_told_what_changed(asking, anna, boss, clock_at):
    inquiry = asking.open(actor=SYSTEM)
    changing.change(inquiry, kind="payment", to=boss, actor=Actor.of(boss))
    with pytest.raises(InquiryChanged, match="boss: Now: Where a payment went"):
        answering.answer(inquiry, draft(), key=uuid.uuid4(), seen=inquiry.updated_at, actor=Actor.of(anna))
    assert Task.objects.get().assignee == boss, "the task goes along"
    assert Message.objects.count() == 0


def test_what_cannot_be_sent_is_refused_at_its_field(asking, anna, clock_at):
    inquiry = asking.open(actor=SYSTEM)
    for field, facts in {
        "text": {"text": "Dear {nobody},"},
        "subject": {"subject": ""},
        "language": {"language": "xx"},
        "to": {"to": "999999"},
        "how": {"how": "phone", "statement": True},
    }.items():
        with pytest.raises(InquiryRefused) as refused:
            answer(inquiry, anna, **facts)
        assert refused.value.field == field, facts
    with pytest.raises(InquiryRefused, match="Nothing is left of it"):
        answer(inquiry, anna, text="You paid {payment}.")
    large = Document.objects.create(
        name="large.pdf", media_type="application/pdf", content=b"%PDF-" + bytes(9 << 20), sha256="0" * 64
    )
    thick = asking.given.invoice(customer=asking.customer)
    Invoice.objects.filter(pk=thick.pk).update(document=large)
    thick.refresh_from_db()
    with pytest.raises(InquiryRefused, match="MB together; at most 8 MB") as refused:
        answer(inquiry, anna, invoices=(asking.invoice, thick))
    assert refused.value.field == "invoices"
    inquiry.refresh_from_db()
    assert (inquiry.state, Message.objects.count(), InquiryAnswer.objects.count()) == ("open", 0, 0)


def test_nothing_open_has_no_statement(asking, anna, clock_at):
    asking.given.pay(asking.item)
    with pytest.raises(InquiryRefused, match="nothing is open") as refused:
        answer(asking.open("statement", actor=SYSTEM), anna, statement=True)
    assert refused.value.field == "statement"


def test_without_an_address_it_is_answered_by_telephone(asking, anna, clock_at):
    mail = asking.mail()
    inquiry = asking.open(mail=mail, actor=SYSTEM)
    addresses.put_out_of_use([mail.address], DeadAddress.Why.BOUNCED)
    assert Desk.of(inquiry).readers == []
    with pytest.raises(InquiryRefused, match="by telephone or letter") as refused:
        answer(inquiry, anna)
    assert refused.value.field == "how"
    done = answer(inquiry, anna, how="phone", text="Read them the numbers.")
    inquiry.refresh_from_db()
    assert (done.how, done.message, inquiry.state, Message.objects.count()) == ("phone", None, "answered", 0)
    assert inquiry.activities.latest("id").text == "Answered by telephone: Copy"


# --- Again, closed, contested


def test_a_mail_in_its_thread_opens_it_again_whichever_it_refers_to(asking, anna, clock_at):
    inquiry = asking.open(mail=asking.mail(), actor=SYSTEM)
    early = asking.mail("Also of January, please", id="two@kunde.example", answers="one@kunde.example")
    inquiry.refresh_from_db()
    assert (early.inquiry.inquiry, inquiry.state, inquiry.round) == (inquiry, "open", 1)
    done = answer(inquiry, anna)
    assert done.message.in_reply_to == "two@kunde.example", "it answers what came last"
    clock_at(at(4, 10))
    asking.mail("It is torn", id="three@kunde.example", answers=f"{done.message.reference}@seller.example")
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.round, inquiry.asked_at, inquiry.due_at) == ("open", 2, at(4, 10), at(5, 10))
    assert Task.objects.get(key=f"inquiry:{inquiry.pk}:2").state == "open"
    assert Task.objects.filter(kind="reply", state="open").count() == 0, "its task is the inquiry's"
    assert answer(inquiry, anna).round == 2


def test_a_stranger_who_knows_the_thread_changes_nothing(asking, given, clock_at):
    inquiry = asking.open(mail=asking.mail(), actor=SYSTEM)
    given.customer(email="eve@evil.example")
    mail = asking.mail("And now?", sender="eve@evil.example", id="4@evil.example", answers="one@kunde.example")
    assert mail.customer != asking.customer
    assert inquiry.mails.count() == 1
    assert not hasattr(mail, "inquiry")


def test_closing_needs_a_reason_where_nobody_has_answered(asking, anna, clock_at):
    inquiry = asking.open(actor=SYSTEM)
    with pytest.raises(InquiryRefused) as refused:
        changing.close(inquiry, actor=Actor.of(anna))
    assert refused.value.field == "note"
    changing.close(inquiry, note="Asked twice", actor=Actor.of(anna))
    assert Task.objects.get().state == "done"
    with pytest.raises(InquiryRefused, match="closed already"):
        changing.close(inquiry, note="x", actor=SYSTEM)
    with pytest.raises(InquiryRefused, match="Open it again to answer it"):
        answer(inquiry, anna)
    with pytest.raises(InquiryRefused, match="Open it again to change it"):
        changing.change(inquiry, kind="other", actor=SYSTEM)
    again = threads.reopen(inquiry, actor=Actor.of(anna))
    assert (again.state, again.round, again.closed_at) == ("open", 2, None)
    with pytest.raises(InquiryRefused, match="It is open"):
        threads.reopen(inquiry, actor=SYSTEM)


def test_it_becomes_a_dispute_once(asking, anna, given, clock_at):
    inquiry = asking.open("dispute", mail=asking.mail("The parts are damaged."), actor=SYSTEM)
    day = at(2, 0).date()
    other = given.open_item("5.00 EUR")
    with pytest.raises(InquiryRefused) as refused:
        changing.dispute(inquiry, other, reason="x", on=day, actor=SYSTEM)
    assert refused.value.field == "item"
    made = changing.dispute(inquiry, asking.item, reason="Damaged", on=day, actor=Actor.of(anna))
    inquiry.refresh_from_db()
    assert (inquiry.dispute, inquiry.state, made.mail, made.item) == (
        made,
        "closed",
        inquiry.mails.get().mail,
        asking.item,
    )
    with pytest.raises(InquiryRefused, match="become a dispute already"):
        changing.dispute(inquiry, asking.item, reason="x", on=day, actor=SYSTEM)
    assert Dispute.objects.count() == 1


def test_a_person_who_does_not_see_the_entity_gets_nothing(asking, given, clock_at):
    stranger = given.user("stranger", Role.COLLECTOR, entities=[given.entity("FR1")])
    with pytest.raises(InquiryRefused, match="does not see DE1"):
        routing.set_rule(
            asking.entity, "copy", target_hours=1, escalate_after=1, to=stranger, escalate_to=None, actor=SYSTEM
        )
    with pytest.raises(InquiryRefused) as refused:
        changing.change(asking.open(actor=SYSTEM), to=stranger, actor=SYSTEM)
    assert refused.value.field == "to"
    with pytest.raises(InquiryRefused, match="does not see DE1"):
        asking.open(to=stranger, actor=SYSTEM)


def test_what_is_asked_again_of_somebody_who_has_left_goes_to_another(asking, anna, boss, clock_at):
    inquiry = asking.open(to=anna, actor=SYSTEM)
    changing.close(inquiry, note="x", actor=SYSTEM)
    type(anna).objects.filter(pk=anna.pk).update(is_active=False)
    again = threads.reopen(inquiry, actor=Actor.of(boss))
    assert (again.owner, again.queue.code) == (None, "collections")
    assert Task.objects.get(state="open").queue == again.queue


def test_late_ones_are_escalated_once_and_their_task_goes_along(asking, anna, boss, clock_at):
    routing.set_rule(asking.entity, "copy", target_hours=1, escalate_after=1, to=anna, escalate_to=boss, actor=SYSTEM)
    inquiry = asking.open(actor=SYSTEM)
    clock_at(at(2, 10, 59))
    assert following.escalate(asking.entity) == 0
    clock_at(at(2, 11))
    assert [following.escalate(asking.entity) for _ in range(2)] == [1, 0]
    inquiry.refresh_from_db()
    assert (inquiry.owner, inquiry.escalated_at) == (boss, at(2, 11))
    assert list(Task.objects.order_by("id").values_list("assignee__username", "state")) == [
        ("anna", "cancelled"),
        ("boss", "open"),
    ]
    assert inquiry.activities.latest("id").text == "Not answered by 2026-03-02: escalated to boss."
    answer(inquiry, boss)
    assert Task.objects.latest("id").state == "done"


# --- Wordings


def test_a_wording_of_an_answer_is_its_own_and_names_only_its_fields(asking, anna, clock_at):
    text = Text("About {subject}", "Dear {contact}, you owe {balance}.")
    wordings.save(asking.entity, "answer_copy", "en", text, actor=SYSTEM)
    inquiry = asking.open(actor=SYSTEM)
    begun = answering.template(Desk.of(inquiry))[2]
    done = answer(inquiry, anna, subject=begun.subject, text=begun.opening)
    assert (done.subject, done.text) == ("About A copy, please", "Dear Erika Muster, you owe 119.00 EUR.")
    with pytest.raises(WordingRefused, match=r"There is no field \{total"):
        wordings.save(asking.entity, "answer_copy", "en", Text("S", "{total}"), actor=SYSTEM)
    with pytest.raises(WordingRefused, match=r"There is no field \{balance"):
        wordings.save(asking.entity, "reminder", "en", Text("S", "{balance}"), actor=SYSTEM)
