"""Mails become rows once, belong to somebody, and what follows from them happens once."""

import pytest
from django.test import Client

from o2c.collections import drafting, worklist
from o2c.collections.incoming import acts, keeping
from o2c.collections.incoming.models import IncomingMail
from o2c.collections.models import Task
from o2c.core import addresses, messages
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import DeadAddress, Message, Role
from o2c.core.states import IllegalMove
from o2c.invoicing import correspondents
from o2c.web.privacy import subjects
from tests.at_once import at_once
from tests.collections.incoming.samples import complaint, letter, report

pytestmark = pytest.mark.django_db

Found = IncomingMail.Found
BOX = "ar@mail.example/INBOX"


def take(told, raw: bytes) -> IncomingMail | None:
    return keeping.take_in(raw, mailbox=BOX, entity=told.entity)


def test_an_answer_belongs_to_whom_the_message_was_for_and_is_asked_to_be_answered(told):
    mail = take(told, letter("Could you send me a copy of RE-2026-004711?", answers=told.id))
    assert (mail.customer, mail.contact, mail.message, mail.found_by) == (
        told.customer, told.contact, told.message, Found.ANSWER,
    )  # fmt: skip
    assert [named.item for named in mail.items.all()] == [told.item]
    task = Task.objects.get(kind=Task.Kind.REPLY)
    assert (task.customer, task.entity, task.state) == (told.customer, told.entity, "open")
    assert task.why == "Erika Muster wrote: Your reminder"


def test_the_same_mail_is_taken_in_once(told):
    raw = letter(answers=told.id)
    assert take(told, raw) is not None
    assert take(told, raw) is None
    assert IncomingMail.objects.count() == Task.objects.count() == 1


def test_a_contact_is_known_by_its_address_whatever_its_case(told):
    mail = take(told, letter(sender="ERIKA@KUNDE.EXAMPLE"))
    assert (mail.customer, mail.contact, mail.found_by) == (told.customer, told.contact, Found.ADDRESS)


def test_an_unknown_writer_is_found_by_the_number_as_it_is_written(told):
    mail = take(told, letter("About RE-2026-004711", sender="who@else.example"))
    assert (mail.customer, mail.contact, mail.found_by) == (told.customer, None, Found.NUMBER)
    near = take(told, letter("About 2026-004711", sender="who@else.example", id="two@x.example"))
    assert (near.customer, near.found_by) == (None, "")


def test_an_address_of_two_customers_says_nothing_unless_a_document_does(told, given):
    other = given.customer()
    other.contacts.create(name="Erika too", email="erika@kunde.example")
    assert take(told, letter()).customer is None
    named = take(told, letter("About RE-2026-004711", id="two@x.example"))
    assert (named.customer, named.found_by) == (told.customer, Found.NUMBER)


def test_who_writes_for_branches_writes_for_the_one_that_the_document_is_of(told, given):
    branch = given.customer(parent=told.customer)
    branch.contacts.create(name="Erika", email="erika@kunde.example")
    given.open_item("50.00 EUR", customer=branch, number="RE-2026-009999")
    assert take(told, letter()).customer == told.customer
    assert take(told, letter("About RE-2026-009999", id="two@x.example")).customer == branch


def test_a_mail_of_nobody_stays_to_be_seen_and_can_be_laid_to_a_customer(told, given):
    mail = take(told, letter("Hello", sender="who@else.example"))
    assert (mail.customer, mail.state, Task.objects.count()) == (None, "new", 0)
    user = given.user("collector", Role.COLLECTOR)
    mail = acts.lay_to(mail, told.customer, actor=Actor.of(user))
    assert (mail.customer, mail.found_by) == (told.customer, Found.PERSON)
    assert Task.objects.get().customer == told.customer


def test_a_mail_is_not_laid_to_a_customer_of_another_legal_entity(told, given):
    elsewhere = given.customer(entity=given.entity("FR1"))
    mail = take(told, letter("Hello", sender="who@else.example"))
    with pytest.raises(acts.MailRefused, match="has no account with"):
        acts.lay_to(mail, elsewhere, actor=SYSTEM)
    mail.refresh_from_db()
    assert mail.customer is None


def test_a_hundred_mails_of_a_customer_are_one_task_until_it_is_done(told, given):
    for number in range(100):
        take(told, letter(id=f"{number}@kunde.example", answers=told.id))
    (task,) = Task.objects.all()
    user = given.user("collector", Role.COLLECTOR)
    worklist.done(worklist.claim(task, user), outcome="", actor=Actor.of(user))
    take(told, letter(id="later@kunde.example", answers=told.id))
    assert Task.objects.filter(kind=Task.Kind.REPLY).count() == 2


def test_the_task_is_done_with_the_last_mail_and_comes_back_with_one_that_is_taken_up_again(told, given):
    user = given.user("collector", Role.COLLECTOR)
    first = take(told, letter(answers=told.id))
    second = take(told, letter(id="2@kunde.example", answers=told.id))
    task = Task.objects.get()
    acts.answer(first, "Thank you.", actor=Actor.of(user))
    task.refresh_from_db()
    assert task.state == "open"
    acts.settle(second, actor=Actor.of(user))
    task.refresh_from_db()
    assert task.state == "done"
    acts.reopen(second, actor=Actor.of(user))
    assert Task.objects.get(state="open").kind == Task.Kind.REPLY


def test_a_task_that_a_colleague_has_claimed_stays_theirs(told, given):
    mail = take(told, letter(answers=told.id))
    colleague, user = given.user("colleague", Role.COLLECTOR), given.user("collector", Role.COLLECTOR)
    worklist.claim(Task.objects.get(), colleague)
    acts.settle(mail, actor=Actor.of(user))
    assert Task.objects.get().state == "claimed"


def test_a_mail_that_is_laid_to_another_customer_takes_its_task_along(told, given):
    other = given.customer()
    mail = take(told, letter())
    acts.lay_to(mail, other, actor=SYSTEM)
    assert sorted(Task.objects.values_list("customer", "state")) == [(told.customer.pk, "done"), (other.pk, "open")]


def test_an_automatic_answer_asks_nobody_for_anything(told):
    mail = take(told, letter(answers=told.id, Auto_Submitted="auto-replied"))
    assert (mail.kind, mail.state, mail.customer) == ("automatic", "done", told.customer)
    assert Task.objects.count() == 0


# --- Reports


def test_a_bounce_puts_the_address_out_of_use_and_somebody_looks_for_another(told):
    take(told, report(about=told.id))
    told.message.refresh_from_db()
    assert (told.message.state, told.message.fate) == ("sent", "failed")
    assert told.message.fate_text == "smtp; 550 5.1.1 no such user"
    dead = DeadAddress.objects.get()
    assert (dead.address, dead.why, dead.lifted_at) == ("erika@kunde.example", "bounced", None)
    task = Task.objects.get()
    assert (task.kind, task.customer) == ("no_contact", told.customer)
    assert "no such user" in task.why
    assert correspondents.of([told.customer.pk])[told.customer.pk].contact is None
    take(told, report(about=told.id, id="again@mx.example"))
    assert DeadAddress.objects.count() == Task.objects.count() == 1


def test_another_address_is_written_to_instead_and_the_first_again_once_it_works(told):
    second = told.customer.contacts.create(name="Second", email="second@kunde.example")
    take(told, report(about=told.id))
    assert correspondents.of([told.customer.pk])[told.customer.pk].contact == second
    assert "NOT EXISTS" in drafting.NOTICES
    assert addresses.use_again("Erika@Kunde.example", actor=SYSTEM) is True
    assert addresses.use_again("Erika@Kunde.example", actor=SYSTEM) is False
    assert correspondents.of([told.customer.pk])[told.customer.pk].contact == told.contact
    take(told, report(about=told.id, id="again@mx.example"))
    assert addresses.dead().count() == 1


@pytest.mark.parametrize(
    ("status", "recipient"),
    [("5.2.2", "erika@kunde.example"), ("5.1.1", "somebody@else.example"), ("4.4.7", "erika@kunde.example")],
)
def test_a_report_about_a_full_box_or_an_address_we_did_not_write_to_puts_nothing_out_of_use(told, status, recipient):
    take(told, report("failed", status, about=told.id, recipient=recipient))
    told.message.refresh_from_db()
    assert told.message.fate == "failed"
    assert not addresses.dead().exists()
    assert not Task.objects.exists()


def test_a_forged_report_of_no_message_of_ours_does_nothing(told):
    mail = take(told, report(about="6b0f7d1e-8c0e-4a58-9a52-0d1b7bb0a001@seller.example"))
    assert (mail.kind, mail.message, mail.customer) == ("bounce", None, None)
    assert not addresses.dead().exists()


def test_a_complaint_puts_the_address_out_of_use(told):
    take(told, complaint(about=told.id))
    told.message.refresh_from_db()
    assert told.message.fate == "complained"
    assert DeadAddress.objects.get().why == "complained"
    assert Task.objects.get().kind == "no_contact"


def test_a_lighter_report_does_not_take_a_heavier_one_back(told):
    for action, status, fate in (
        ("delayed", "4.4.1", "delayed"), ("delivered", "2.0.0", "delivered"), ("failed", "5.1.1", "failed"),
        ("delayed", "4.4.1", "failed"), ("delivered", "2.0.0", "failed"),
    ):  # fmt: skip
        take(told, report(action, status, about=told.id, id=f"{action}{status}{fate}@mx.example"))
        told.message.refresh_from_db()
        assert told.message.fate == fate


# --- Answers


def test_an_answer_goes_to_the_writer_in_the_thread_and_settles_the_mail(told, given, settings, tmp_path):
    settings.O2C_MAIL_SPOOL = tmp_path
    settings.O2C_SMTP = None
    mail = take(told, letter("Where is invoice 4711?", answers=told.id))
    user = given.user("collector", Role.COLLECTOR)
    made = acts.answer(mail, "Here it is.", actor=Actor.of(user))
    mail.refresh_from_db()
    assert (mail.state, mail.done_by) == ("done", user)
    assert made.recipient == "Erika Muster <erika@kunde.example>"
    assert made.subject == "Re: Your reminder"
    assert made.text == "Here it is.\n\nErika Muster:\n> Where is invoice 4711?"
    messages.deliver()
    sent = (tmp_path / f"{made.reference}.eml").read_text()
    assert "In-Reply-To: <one@kunde.example>" in sent
    assert "Auto-Submitted" not in sent
    # and the answer to the answer is that customer's again
    back = take(told, letter("Thanks", sender="other@kunde.example", id="3@k.example", answers=f"{made.reference}@x"))
    assert (back.customer, back.found_by, back.message) == (told.customer, Found.ANSWER, made)


def test_nobody_answers_with_nothing_or_to_an_address_that_does_not_work(told):
    mail = take(told, letter(answers=told.id))
    with pytest.raises(acts.MailRefused, match="Write something"):
        acts.answer(mail, "  ", actor=SYSTEM)
    addresses.put_out_of_use([mail.address], DeadAddress.Why.BOUNCED)
    with pytest.raises(acts.MailRefused, match="does not arrive"):
        acts.answer(mail, "Hello", actor=SYSTEM)
    assert Message.objects.count() == 1
    mail.refresh_from_db()
    assert mail.state == "new"


def test_headers_cannot_be_added_by_what_a_writer_is_called(told, settings, tmp_path):
    settings.O2C_MAIL_SPOOL = tmp_path
    settings.O2C_SMTP = None
    raw = letter("x", answers=told.id).replace(
        b"From: Erika Muster", b"From: =?utf-8?q?Erika=0D=0ABcc=3A_all=40x=2Eexample?="
    )
    made = acts.answer(take(told, raw), "Hello", actor=SYSTEM)
    messages.deliver()
    sent = (tmp_path / f"{made.reference}.eml").read_text()
    assert "\nBcc:" not in sent


def test_moves(told):
    mail = take(told, letter(answers=told.id))
    acts.settle(mail, actor=SYSTEM)
    with pytest.raises(IllegalMove):
        acts.settle(mail, actor=SYSTEM)
    acts.reopen(mail, actor=SYSTEM)
    mail.refresh_from_db()
    assert mail.state == "new"


@pytest.mark.django_db(transaction=True)
def test_eight_who_take_the_same_mail_in_take_it_once(told):
    raw = letter(answers=told.id)
    results = at_once(*[lambda: take(told, raw)] * 8)
    assert sum(each is not None for each in results) == 1
    assert IncomingMail.objects.count() == Task.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_mails_of_a_customer_at_once_are_one_task(told):
    raws = [letter(answers=told.id, id=f"{number}@kunde.example") for number in range(8)]
    at_once(*[lambda raw=raw: take(told, raw) for raw in raws])
    assert (IncomingMail.objects.count(), Task.objects.count()) == (8, 1)


# --- Pages


def test_the_pages_show_and_act(told, given):
    mail = take(told, letter("We will pay RE-2026-004711 on 4 December.", answers=told.id))
    browser = Client()
    browser.force_login(given.user("collector", Role.COLLECTOR))
    assert "Your reminder" in browser.get("/mail/").content.decode()
    page = browser.get(f"/mail/{mail.pk}/").content.decode()
    assert "Promises to pay" in page
    assert f"/customers/{told.customer.pk}/promise/?pay_by=" in page
    assert f"&amp;items={told.item.pk}" in page
    assert "RE-2026-004711" in page
    browser.post(f"/mail/{mail.pk}/answer/", {"text": "Thank you.", "settled": "on"})
    mail.refresh_from_db()
    assert mail.state == "done"
    assert Message.objects.filter(key=f"answer:{mail.pk}:1").count() == 1
    browser.post(f"/mail/{mail.pk}/settle/", {"to": "new"})
    mail.refresh_from_db()
    assert mail.state == "new"
    assert browser.post(f"/mail/{mail.pk}/customer/", {"customer": "nobody"}).status_code == 422


def test_the_task_leads_to_the_newest_mail_and_a_wanted_copy_to_an_inquiry(told, given):
    take(told, letter(answers=told.id))
    newest = take(told, letter("Please send us a copy of the invoice.", id="2@kunde.example", answers=told.id))
    browser = Client()
    browser.force_login(given.user("collector", Role.COLLECTOR))
    page = browser.get(f"/tasks/{Task.objects.get().pk}/").content.decode()
    assert f'href="/mail/{newest.pk}/"' in page
    way = f'href="/customers/{told.customer.pk}/inquiry/?mail={newest.pk}&amp;kind=copy"'
    assert way in browser.get(f"/mail/{newest.pk}/").content.decode()
    browser.force_login(given.user("auditor", Role.AUDITOR))
    page = browser.get(f"/mail/{newest.pk}/").content.decode()
    assert f'href="/invoices/?customer={told.customer.number}"' in page, "who opens none is led to the invoices"


def test_a_mail_from_a_stranger_in_a_customers_name_is_marked(told, given):
    mail = take(told, letter("New bank details!", sender="Erika Muster <erika@evil.example>", answers=told.id))
    browser = Client()
    browser.force_login(given.user("collector", Role.COLLECTOR))
    assert "is no contact of" in browser.get(f"/mail/{mail.pk}/").content.decode()


def test_files_are_saved_and_never_shown(told, given):
    raw = (
        b"From: erika@kunde.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n"
        b"Content-Disposition: attachment; filename=evil.html\r\n\r\n<script>1</script>\r\n--b--\r\n"
    )
    mail = take(told, raw)
    browser = Client()
    browser.force_login(given.user("collector", Role.COLLECTOR))
    answer = browser.get(f"/mail/{mail.pk}/files/{mail.files[0]['part']}/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="evil.html"'
    assert answer.content.strip() == b"<script>1</script>"
    assert browser.get(f"/mail/{mail.pk}/files/77/").status_code == 404
    assert browser.get(f"/mail/{mail.pk}/mail.eml").content == raw


def test_the_customers_timeline_has_it_and_its_contact_says_what_does_not_arrive(told, given):
    mail = take(told, letter(answers=told.id))
    take(told, report(about=told.id))
    browser = Client()
    browser.force_login(given.user("manager", Role.FINANCE_MANAGER))
    page = browser.get(f"/customers/{told.customer.pk}/").content.decode()
    assert f"/mail/{mail.pk}/" in browser.get(f"/customers/{told.customer.pk}/timeline/").content.decode()
    assert "Mail does not arrive" in page
    browser.post(f"/contacts/{told.contact.pk}/use-address/")
    assert not addresses.dead().exists()
    assert "Mail does not arrive" not in browser.get(f"/customers/{told.customer.pk}/").content.decode()


def test_erasing_a_person_leaves_nothing_of_what_they_wrote_or_others_wrote_of_them(told, given):
    take(told, letter("Yours, Erika Muster", answers=told.id))
    take(told, letter("Ask Erika Muster.", sender="Otto <otto@kunde.example>", id="2@x.example", answers=told.id))
    take(told, report(about=told.id))
    subjects.erase(subjects.person("erika@kunde.example"), actor=SYSTEM)
    own, other = IncomingMail.objects.filter(kind="letter").order_by("pk")
    assert (own.writer, own.address, own.text, own.said, bytes(own.raw)) == ("(erased)", "", "(erased)", "", b"")
    assert (other.writer, other.said, bytes(other.raw)) == ("Otto", "Ask (erased).", b"")
    assert not DeadAddress.objects.exists()
    assert [place for place in subjects.traces(["Erika", "erika@kunde.example"]) if "mail" in place] == []
