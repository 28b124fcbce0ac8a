"""Notices by post: who gets one, what stands on it, and how many become one file to print."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pypdfium2
import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from o2c.collections import dunning, jobs, printing
from o2c.collections.models import (
    DunningLevel,
    DunningPolicy,
    DunningSettings,
    LetterBatch,
    Notice,
    PrintedLetter,
    Task,
)
from o2c.core import clock, messages
from o2c.core.actors import SYSTEM, Actor
from o2c.core.environment import Gateway
from o2c.core.models import Document, Message, Partition, Role
from o2c.core.pdfs import Booklet
from o2c.core.states import IllegalMove
from o2c.invoicing import banks
from o2c.orders.models import Account
from o2c.web.privacy import subjects
from tests.given import Given

ANNA = Actor("anna")
State = Message.State


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    settings.O2C_SMTP, settings.O2C_MAIL_SPOOL = None, tmp_path / "mail"


def late(given: Given, number: str, *, postal_code="10115", country="DE", city="Berlin", money="100.00 EUR", **facts):
    facts = {"name": f"Company {number}", "street": f"Street {number}", "language": "en"} | facts
    customer = given.customer(number, postal_code=postal_code, city=city, country=country, **facts)
    today = clock.today(given.entity().time_zone)
    return given.open_item(money, customer=customer, due=today - timedelta(days=3), number=f"RE-{number}")


def by_post() -> None:
    DunningLevel.objects.filter(number=1).update(channel="letter")


def sent(given: Given):
    entity = given.entity()
    run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    return dunning.send(run, actor=SYSTEM)


def printed(given: Given, **facts) -> LetterBatch:
    batch = printing.begin(given.entity(), actor=ANNA, **facts)
    assert printing.work(batch.pk)
    batch.refresh_from_db()
    return batch


def text(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]


# --- Who gets a letter


@pytest.mark.django_db
def test_a_level_by_post_makes_a_letter_that_waits_and_is_never_mailed(given):
    item = late(given, "C1", language="de", name="Müller & Söhne GmbH")
    entity = given.entity()
    entity.address, entity.phone = "Hauptstr. 1\n20095 Hamburg", "+49 40 5"
    entity.save()
    banks.open_account(entity, name="Main", currency="EUR", iban="DE89370400440532013000", actor=SYSTEM)
    by_post()
    run = sent(given)
    message = Message.objects.get()
    assert (message.channel, message.state, message.owner) == ("letter", State.TO_PRINT, entity.code)
    assert message.recipient == "Müller & Söhne GmbH, Street C1, 10115 Berlin, DE"
    assert Notice.objects.get().message == message
    assert not Task.objects.exists()
    (page,) = text(bytes(message.attachments.get().document.content))
    address = "Müller & Söhne GmbH\nStreet C1\n10115 Berlin"
    for said in (address, item.number, "100,00", "DE89 3704", "Mit freundlichen"):
        assert said in page.replace("\N{NO-BREAK SPACE}", " ")
    assert messages.deliver().total == 0
    assert (run.state, Document.objects.count()) == ("done", 1)


@pytest.mark.django_db
def test_where_a_service_posts_letters_they_are_handed_over_and_nobody_prints_them(given, settings, tmp_path):
    settings.O2C_POST, settings.O2C_POST_SPOOL = Gateway(folder=tmp_path / "post"), tmp_path / "post"
    late(given, "C1", name="Müller GmbH", country="AT", postal_code="1010", city="Wien")
    by_post()
    sent(given)
    message = Message.objects.get()
    assert (message.channel, message.state) == ("letter", State.QUEUED)
    assert message.address == {"lines": ["Müller GmbH", "Street C1", "1010 Wien"], "country": "AT"}
    assert printing.waiting([given.entity()]) == []
    assert messages.deliver().spooled == 1
    paper = (tmp_path / "post" / f"{message.reference}.pdf").read_bytes()
    assert paper == bytes(message.attachments.get().document.content)


@pytest.mark.django_db
def test_what_a_policy_lists_beside_stands_on_the_letter_and_credits_lower_what_is_to_pay(given):
    item = late(given, "C1")
    given.open_item("40.00 EUR", customer=item.customer, due=clock.today() + timedelta(days=20), number="RE-LATER")
    given.receipt("30.00 EUR", customer=item.customer, on=clock.today())
    by_post()
    DunningPolicy.objects.update(lists="open", credits="listed")
    sent(given)
    (page,) = text(bytes(Message.objects.get().attachments.get().document.content))
    assert "Credits in your favour" in page
    assert "To pay after credits 70.00" in page
    assert "Not due yet\nRE-LATER" in page


@pytest.mark.django_db
@pytest.mark.parametrize("instead", [True, False])
def test_who_has_no_address_for_mail_gets_a_letter_where_the_legal_entity_says_so(given, instead):
    late(given, "C1", email="")
    late(given, "C2")
    DunningSettings.objects.update(letters_without_email=instead)
    sent(given)
    letters = Message.objects.filter(channel="letter")
    assert list(letters.values_list("notice__customer__number", flat=True)) == (["C1"] if instead else [])
    assert list(Task.objects.values_list("kind", flat=True)) == ([] if instead else ["no_contact"])
    assert Message.objects.filter(channel="email").count() == 1


@pytest.mark.django_db
def test_without_a_postal_address_somebody_looks_for_one(given):
    late(given, "C1", city="")
    by_post()
    sent(given)
    task = Task.objects.get()
    assert (task.kind, Message.objects.count()) == ("no_contact", 0)
    assert "there is no postal address" in task.why


@pytest.mark.django_db
def test_who_wants_to_be_called_is_called_and_a_level_that_opens_a_task_does_both(given):
    late(given, "C1")
    Account.objects.update(channel="phone")
    late(given, "C2")
    by_post()
    DunningLevel.objects.filter(number=1).update(opens_task=True)
    sent(given)
    assert list(Task.objects.order_by("customer__number").values_list("kind", flat=True)) == ["call", "call"]
    assert Message.objects.get().notice.customer.number == "C2"


@pytest.mark.django_db
def test_a_replay_of_the_past_prints_nothing(given):
    late(given, "C1")
    by_post()
    entity = given.entity()
    run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM, replay=True)
    dunning.approve(run, actor=SYSTEM)
    dunning.send(run, actor=SYSTEM)
    assert Notice.objects.get().state == "composed"
    assert not Message.objects.exists()
    assert not Document.objects.exists()


# --- One file


@pytest.mark.django_db
def test_the_file_is_in_the_order_of_country_and_post_code_and_letters_begin_on_fronts(given):
    given.entity(country="DE")
    late(given, "A", country="FR", postal_code="75001", city="Paris")
    late(given, "B", postal_code="80331", city="München")
    late(given, "C", postal_code="10115")
    late(given, "D", country="AT", postal_code="1010", city="Wien")
    by_post()
    long = given.customer("E", postal_code="20095", city="Hamburg", country="DE", name="Company E", street="Street E")
    for number in range(60):
        given.open_item("1.00 EUR", customer=long, due=clock.today() - timedelta(days=9), number=f"L-{number:03}")
    sent(given)
    batch = printed(given)
    assert (batch.state, batch.count, batch.merged, batch.printed_by) == ("done", 5, 5, "anna")
    numbers = batch.letters.order_by("position").values_list("message__notice__customer__number", flat=True)
    assert list(numbers) == ["C", "E", "B", "D", "A"]
    pages = text(bytes(batch.document.content))
    assert len(pages) == batch.pages
    for letter in batch.letters.select_related("message__notice__customer"):
        assert letter.first_page % 2 == 1
        assert letter.message.notice.customer.name in pages[letter.first_page - 1]
    assert batch.letters.get(position=2).pages == 2 or batch.letters.get(position=2).pages == 3
    assert pages[1].strip() == "", "the back of the first letter"
    assert set(Message.objects.values_list("state", flat=True)) == {State.PRINTED}


@pytest.mark.django_db
def test_on_one_side_no_page_is_empty(given):
    for number in "ABC":
        late(given, number)
    by_post()
    sent(given)
    batch = printed(given, double_sided=False)
    assert (batch.pages, [letter.first_page for letter in batch.letters.all()]) == (3, [1, 2, 3])
    assert all(page.strip() for page in text(bytes(batch.document.content)))


@pytest.mark.django_db
def test_only_the_chosen_run_and_legal_entity_is_printed(given):
    late(given, "A")
    by_post()
    first = sent(given)
    other = given.entity("FR1")
    with pytest.raises(printing.PrintingRefused):
        printing.begin(other, actor=ANNA)
    assert not LetterBatch.objects.exists()
    assert [(row["run_id"], row["count"]) for row in printing.waiting([given.entity(), other])] == [(first.pk, 1)]
    batch = printing.begin(given.entity(), run=first, actor=ANNA)
    assert printing.waiting([given.entity()]) == [], "it is in a file that is being made"
    with pytest.raises(printing.PrintingRefused):
        printing.begin(given.entity(), actor=ANNA)
    assert printing.work(batch.pk) is True
    assert printing.work(batch.pk) is False


# --- Posted


@pytest.mark.django_db
def test_letters_are_sent_when_somebody_says_that_they_were_posted_and_once(given):
    late(given, "A")
    late(given, "B")
    by_post()
    sent(given)
    batch = printed(given)
    unwanted = Message.objects.get(notice__customer__number="B")
    printing.left_out(unwanted, actor=ANNA)
    assert printing.posted(batch, actor=Actor("ben")) == 1
    message = Message.objects.get(notice__customer__number="A")
    assert (message.state, message.server_answer) == (State.SENT, "Posted by ben")
    assert message.finished_at is not None
    unwanted.refresh_from_db()
    assert unwanted.state == State.CANCELLED
    batch.refresh_from_db()
    assert (batch.posted_by, batch.posted_at is not None) == ("ben", True)
    for act in (printing.posted, printing.begin_again):
        with pytest.raises(printing.PrintingRefused):
            act(batch, actor=ANNA)
    with pytest.raises(IllegalMove):
        printing.left_out(message, actor=ANNA)


@pytest.mark.django_db
def test_printing_again_is_a_batch_of_its_own_of_what_was_not_posted(given):
    late(given, "A")
    late(given, "B")
    by_post()
    sent(given)
    batch = printed(given)
    printing.left_out(Message.objects.get(notice__customer__number="B"), actor=ANNA)
    again = printing.begin_again(batch, actor=Actor("ben"))
    with pytest.raises(printing.PrintingRefused):
        printing.posted(again, actor=ANNA)
    assert printing.work(again.pk)
    again.refresh_from_db()
    assert (again.again, again.count, again.printed_by, again.state) == (batch, 1, "ben", "done")
    assert PrintedLetter.objects.filter(message__notice__customer__number="A").count() == 2
    assert printing.posted(again, actor=ANNA) == 1


@pytest.mark.django_db
def test_with_a_person_goes_the_file_in_which_their_letter_was_printed(given):
    gone = late(given, "A")
    late(given, "B")
    by_post()
    sent(given)
    batch = printed(given)
    again = printing.begin_again(batch, actor=ANNA)
    given.pay(gone, on=clock.today())
    subjects.erase(subjects.customer("A"), actor=SYSTEM)
    batch.refresh_from_db()
    assert (batch.document, Document.objects.count()) == (None, 1), "only the other one's letter is kept"
    assert set(Message.objects.values_list("state", flat=True)) == {State.PRINTED, State.CANCELLED}
    assert printing.work(again.pk)
    again.refresh_from_db()
    assert (again.pages, sorted(again.letters.values_list("pages", flat=True))) == (1, [0, 1])


# --- Together, and killed


@pytest.mark.django_db(transaction=True)
def test_who_prints_at_the_same_time_prints_each_letter_once(given):
    for number in range(6):
        late(given, f"C{number}")
    by_post()
    sent(given)
    entity = given.entity()

    def begin(_):
        try:
            return printing.begin(entity, actor=ANNA).count
        except printing.PrintingRefused:
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, range(4))) == [0, 0, 0, 6]
    assert PrintedLetter.objects.count() == 6


@pytest.mark.django_db
def test_what_a_dead_worker_left_is_made_by_the_next(given):
    late(given, "A")
    by_post()
    sent(given)
    batch = printing.begin(given.entity(), actor=ANNA)
    Partition.objects.filter(work=printing.WORK).update(
        state="leased", attempts=1, holder="elsewhere:1:1.0", leased_until=timezone.now() + timedelta(minutes=5)
    )
    assert printing.work(batch.pk) is False, "somebody else is at it"
    Partition.objects.filter(work=printing.WORK).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert printing.unmade() == [batch.pk]
    jobs.print_letters(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.count) == ("done", 1)
    assert printing.unmade() == []


def test_a_booklet_has_each_letter_on_a_front_and_blank_backs_of_its_size():
    content, booklet = one_page(), Booklet()
    assert [booklet.add(content, on_front=True) for _ in range(3)] == [(1, 1), (3, 1), (5, 1)]
    assert booklet.add(content) == (6, 1)
    paper = io.BytesIO()
    booklet.save(paper)
    pages = PdfReader(io.BytesIO(paper.getvalue())).pages
    assert [bool(page.extract_text().strip()) for page in pages] == [True, False, True, False, True, True]
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in pages} == {(595, 842)}


def one_page() -> bytes:
    from datetime import date
    from decimal import Decimal

    from o2c.invoicing.papers.facts import NoticePaper, OwedLine, Party
    from o2c.invoicing.papers.rendering import render

    seller, buyer = Party("Muster GmbH", ("Weg 1",), "DE"), Party("Kunde", ("Weg 2",), "DE")
    line = OwedLine("RE-1", date(2026, 2, 1), 31, Decimal("1.00"))
    facts = {
        "currency": "EUR",
        "subject": "Reminder",
        "opening": "Hello,",
        "closing": "Thanks.",
        "lines": (line,),
        "left_to_pay": Decimal("1.00"),
        "to_pay": Decimal("1.00"),
    }
    return render(NoticePaper(date(2026, 3, 4), seller, buyer, "en", total=Decimal("1.00"), **facts))


# --- In the browser


@pytest.mark.django_db
def test_a_collector_prints_posts_and_sees_what_became_of_them(given, settings):
    late(given, "A")
    late(given, "B")
    by_post()
    run = sent(given)
    client = Client()
    client.force_login(given.user("cora", Role.COLLECTOR))
    assert "2" in client.get(reverse("letters")).content.decode()
    form = client.get(reverse("print_letters"), {"what": f"run-{run.pk}"})
    assert "Printed on both sides" in form.content.decode()
    assert client.post(reverse("print_letters"), {"what": f"run-{run.pk + 1}"}).status_code == 422
    assert client.post(reverse("print_letters"), {"what": f"run-{run.pk}", "double_sided": "on"}).status_code == 302
    batch = LetterBatch.objects.get()
    page = reverse("letter_batch", args=[batch.pk])
    assert "0 of 2 letters are in the file" in client.get(page).content.decode()
    assert client.get(reverse("letter_file", args=[batch.pk])).status_code == 404
    printing.work(batch.pk)
    file = client.get(reverse("letter_file", args=[batch.pk]))
    assert file["Content-Type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(file.content)).pages) == 3
    assert "They are posted" in client.get(page).content.decode()
    message = Message.objects.get(notice__customer__number="B")
    client.post(reverse("leave_out_letter", args=[message.pk]))
    client.post(reverse("post_letters", args=[batch.pk]))
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT, State.CANCELLED}
    assert "They are posted" not in client.get(page).content.decode()
    assert "Letter" in client.get(reverse("message", args=[message.pk])).content.decode()
