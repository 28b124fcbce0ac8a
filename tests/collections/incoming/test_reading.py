"""What a mail says, whatever it is made of."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import example
from hypothesis import given as chance
from hypothesis import strategies as st

from o2c.collections.incoming import reading
from o2c.collections.incoming.reading import Kind, read
from tests.collections.incoming.samples import complaint, letter, report

OURS = "6b0f7d1e-8c0e-4a58-9a52-0d1b7bb0a001@seller.example"


def test_a_letter_is_read_with_its_writer_day_and_what_it_answers():
    said = read(letter("We pay on Friday.", answers=OURS, References=f"<older@x.example> <{OURS}>"))
    assert said.kind == Kind.LETTER
    assert (said.name, said.address) == ("Erika Muster", "erika@kunde.example")
    assert said.subject == "Your reminder"
    assert said.said == "We pay on Friday."
    assert said.references == (OURS, "older@x.example")
    assert said.recipients == ("ar@seller.example",)
    assert said.written_at.astimezone(UTC) == datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "quoted",
    [
        "On Thu, 26 Nov 2026 at 09:00, Seller <ar@seller.example> wrote:\n> Please pay invoice 4711.\n> Regards",
        "Am 26.11.2026 um 09:00 schrieb Seller <ar@seller.example>:\n> Bitte zahlen Sie.\n",
        "Le jeu. 26 nov. 2026 à 09:00, Seller <ar@seller.example> a écrit :\n> Merci de payer.\n",
        "-----Original Message-----\nFrom: Seller <ar@seller.example>\nSent: Thursday\nTo: Erika\nSubject: x\n\nPay.",
    ],
)
def test_what_a_mail_quotes_is_not_what_it_says(quoted):
    said = read(letter(f"We have paid.\n\n{quoted}"))
    assert said.said == "We have paid."
    assert quoted.splitlines()[-1] in said.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"subject": "Automatische Antwort: Ihre Mahnung"},
        {"subject": "Réponse automatique : absence"},
        {"subject": "Out of Office: back on Monday"},
        {"X_Auto_Response_Suppress": "All", "subject": "Abwesenheitsnotiz"},
    ],
)
def test_an_automatic_answer_is_no_letter(headers):
    assert read(letter("I am away.", **headers)).kind == Kind.AUTOMATIC


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "no"}, {"X_Auto_Response_Suppress": "OOF"}, {"subject": "Re: absent goods? no: invoice 12"}],
)
def test_what_a_person_writes_is_a_letter(headers):
    if "subject" in headers:
        headers = {"subject": "Re: invoice 12"}
    assert read(letter(**headers)).kind == Kind.LETTER


@pytest.mark.parametrize(
    ("action", "status", "kind", "failed"),
    [
        ("failed", "5.1.1", Kind.BOUNCE, ("erika@kunde.example",)),
        ("failed", "5.1.10", Kind.BOUNCE, ("erika@kunde.example",)),
        ("failed", "5.2.2", Kind.BOUNCE, ()),  # the mailbox is full
        ("failed", "5.7.1", Kind.BOUNCE, ()),  # refused for what it is, not for whom
        ("failed", "4.4.7", Kind.BOUNCE, ()),  # given up after a while
        ("delayed", "4.4.1", Kind.DELAYED, ()),
        ("delivered", "2.0.0", Kind.DELIVERED, ()),
    ],
)
def test_a_report_of_delivery(action, status, kind, failed):
    said = read(report(action, status, about=OURS))
    assert (said.kind, said.failed) == (kind, failed)
    assert said.references == (OURS,)
    assert said.report == "smtp; 550 5.1.1 no such user"


@pytest.mark.parametrize("action", ["relayed", "expanded"])
def test_a_server_that_hands_on_does_not_say_that_it_was_delivered(action):
    said = read(report(action, "2.1.5", about=OURS))
    assert (said.kind, said.failed, said.report, said.references) == (Kind.AUTOMATIC, (), "", (OURS,))


def test_a_report_that_returns_nothing_of_the_mail_names_its_envelope():
    reference = OURS.partition("@")[0]
    raw = report("delivered", "2.0.0").replace(
        b"Reporting-MTA:", b"Original-Envelope-Id: %b\nReporting-MTA:" % reference.encode()
    )
    said = read(raw)
    assert (said.kind, said.references) == (Kind.DELIVERED, (f"{reference}@",))


def test_a_complaint():
    said = read(complaint(about=OURS))
    assert (said.kind, said.failed, said.report) == (Kind.COMPLAINT, ("erika@kunde.example",), "abuse")
    assert said.references == (OURS,)


def test_a_bounce_in_no_standard_form_is_recognised():
    """As qmail writes them."""
    raw = letter(
        "Hi. This is the qmail-send program at mx.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<erika@kunde.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
        sender="MAILER-DAEMON@mx.example",
        subject="failure notice",
    )
    said = read(raw)
    assert (said.kind, said.failed) == (Kind.BOUNCE, ("erika@kunde.example",))


def test_html_alone_becomes_text_and_none_of_it_runs():
    raw = (
        b"From: a@b.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n<html><head><style>p{}</style>"
        b"<script>alert(1)</script></head><body><p>Gr\xfc\xdfe</p><p>aus K\xf6ln<br>heute</p>"
    )
    said = read(raw)
    assert said.subject == "Grüße"
    assert [line for line in said.text.splitlines() if line] == ["Grüße", "aus Köln", "heute"]
    assert "alert" not in said.text
    assert "{" not in said.text


def test_files_are_listed_and_given_out_by_their_place():
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "With files"
    mail.set_content("See the files.")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Rechnung Köln.pdf")
    mail.add_attachment(b"a;b", maintype="text", subtype="csv", filename="../../etc/passwd")
    raw = mail.as_bytes()
    said = read(raw)
    assert [(file.name, file.size) for file in said.files] == [("Rechnung Köln.pdf", 8), ("../../etc/passwd", 3)]
    assert reading.part(raw, said.files[0].part) == b"%PDF-1.7"
    assert reading.part(raw, 99) is None
    assert said.text.strip() == "See the files."


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: x\r\n",
        b"Subject: =?utf-8?b?////?= =?no-such?q?x?=\r\nContent-Type: text/plain; charset=no-such\r\n\r\n\xff\xfe",
        b"From: a@b.example\r\nDate: Thu, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 3_000,
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\nnothing of the kind",
        b"From: " + b"a" * 100_000 + b"@b.example\r\nReferences: " + b"<a@b> " * 10_000 + b"\r\n\r\nx",
    ],
)
def test_whatever_comes_is_read(raw):
    said = read(raw)
    assert len(said.subject) <= 400
    assert len(said.references) <= 50
    assert "\x00" not in said.text + said.subject + said.name


def test_a_mail_in_a_mail_in_a_mail_is_read_in_time():
    deep = b"x"
    for number in range(2_000):
        edge = b"b%d" % number
        deep = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n%s\r\n--%s--\r\n' % (
            edge,
            edge,
            deep,
            edge,
        )
    began = time.process_time()
    assert read(b"From: a@b.example\r\nSubject: deep\r\n" + deep).subject == "deep"
    assert time.process_time() - began < 10


def test_a_long_text_is_cut_and_read_in_time():
    began = time.process_time()
    said = read(letter("> quoted\n" * 1_000_000))
    assert len(said.text) == reading.MOST_TEXT
    for hostile in (
        "-" * 50_000,
        "_ \n" * 20_000,
        "On " * 20_000,
        "From: \n" * 20_000,
        "Am " + "1" * 30_000 + " schrieb",
    ):
        read(letter(hostile))
    assert time.process_time() - began < 20


@chance(st.binary(max_size=2_000))
@example(b"Content-Type: multipart/report; report-type=feedback-report; boundary=\r\n\r\n--")
def test_no_bytes_are_too_odd(raw):
    said = read(raw)
    assert isinstance(said.kind, Kind)
    said.text.encode()
