"""Text messages and letters handed over to a provider on the web, a real one, and written into folders."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import uuid
from base64 import b64decode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from email.message import Message as Headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import time_machine
from django.db import connections

from o2c.core import clock, documents, messages, providers
from o2c.core.actors import Actor
from o2c.core.environment import BadEnvironment, Environment, Gateway, gateway
from o2c.core.hours import Hours
from o2c.core.models import Document, Message, MessageAttachment
from o2c.core.providers import Outcome, http
from tests.core.test_messages import certificate, queued, state
from tests.killing import ROOT, environment, kill_when

State = Message.State
TOKEN = "a-token-of-the-providers"
NOON = "2026-03-04T12:00:00Z"  # a Wednesday
ANNA = Actor("anna")


class Peer:
    """A provider. How it answers a number, one time after the other, is said before; a key that it has taken is taken
    no second time, whatever it was told."""

    def __init__(self):
        self.asked: list[tuple[dict, dict]] = []
        self.took: dict[str, dict] = {}
        self.answers: dict[str, list] = {}
        self.lock = threading.Lock()

    def keys(self) -> Counter:
        return Counter(headers["Idempotency-Key"] for headers, _ in self.asked)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        said = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        key = handler.headers["Idempotency-Key"]
        with self.lock:
            self.asked.append((dict(handler.headers), said))
            waiting = self.answers.get(said.get("number") or said["address"][0], [])
            how = waiting.pop(0) if waiting else 202
            if how in (202, "lost"):
                self.took.setdefault(key, said)
        if how in ("lost", "gone"):
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        status, headers = how if isinstance(how, tuple) else (how, {})
        body = json.dumps({"id": f"p-{key[:8]}"} if status == 202 else {"error": "so it is"}).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def serve(peer: Peer, tls: Path | None = None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            peer.answer(self)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def peer(settings, tmp_path):
    found = Peer()
    server = serve(found)
    found.url = f"http://127.0.0.1:{server.server_port}/v1/messages?via=o2c"
    settings.O2C_SMS = settings.O2C_POST = Gateway(found.url, TOKEN)
    settings.O2C_SMS_HOURS = None
    settings.O2C_SMTP, settings.O2C_MAIL_SPOOL = None, tmp_path / "mail"
    settings.O2C_SMS_SPOOL, settings.O2C_POST_SPOOL = tmp_path / "sms", tmp_path / "post"
    yield found
    server.shutdown()
    server.server_close()


def sms(number="+4915112345678", **details) -> Message:
    facts = {
        "channel": "sms",
        "sender": "Company DE1",
        "subject": "Reminder",
        "text": "Größe 1 €",
        "country": "DE",
    }
    return queued(number, **facts | details)


PDF = b"%PDF-1.7\r\n" + bytes(range(256)) + b"\n%%EOF"


def letter(name="Müller GmbH", **details) -> Message:
    address = {"lines": [name, "Street 1", "10115 Berlin"], "country": "DE"}
    facts = {"channel": "letter", "sender": "Company DE1", "address": address}
    message = queued(f"{name}, Street 1, 10115 Berlin, DE", **facts | details)
    paper = documents.of("Reminder.pdf", documents.PDF, PDF)
    paper.save()
    MessageAttachment.objects.create(message=message, document=paper, position=1)
    return message


# --- What is handed over


@pytest.mark.django_db
def test_a_text_message_is_handed_over_with_its_key_and_the_providers_name_for_it_kept(peer):
    message = sms()
    assert messages.deliver().sent == 1
    assert state(message) == State.SENT
    assert (message.server_answer, message.provider_id) == ("202 Accepted", f"p-{str(message.reference)[:8]}")
    ((headers, said),) = peer.asked
    assert (headers["Authorization"], headers["Idempotency-Key"]) == (f"Bearer {TOKEN}", str(message.reference))
    assert said == {
        "reference": str(message.reference), "from": "Company DE1", "language": "de", "number": "+4915112345678",
        "text": "Größe 1 €",
    }  # fmt: skip
    assert messages.deliver().total == 0


@pytest.mark.django_db
def test_a_letter_is_handed_over_with_its_paper(peer, settings):
    settings.O2C_POST_COLOUR, settings.O2C_POST_DUPLEX = True, False
    message = letter()
    assert messages.deliver().sent == 1
    ((_, said),) = peer.asked
    assert b64decode(said.pop("pdf")) == PDF
    assert said == {
        "reference": str(message.reference), "from": "Company DE1", "language": "de",
        "address": ["Müller GmbH", "Street 1", "10115 Berlin"], "country": "DE", "colour": True, "duplex": False,
    }  # fmt: skip
    assert state(message) == State.SENT


@pytest.mark.django_db
def test_one_connection_serves_many_messages_and_one_that_was_closed_is_opened_anew(peer):
    told = [sms() for _ in range(5)]
    peer.answers["+4915112345678"] = [202, (202, {"Connection": "close"})]
    assert messages.deliver().sent == 5
    assert peer.keys() == Counter(str(message.reference) for message in told)


@pytest.mark.django_db
def test_a_provider_is_spoken_to_encrypted_where_its_certificate_is_known(peer, tmp_path, settings, monkeypatch):
    pem = certificate(tmp_path)
    server = serve(peer, pem)
    settings.O2C_SMS = Gateway(f"https://127.0.0.1:{server.server_port}/", TOKEN)
    message = sms()
    try:
        assert messages.deliver().total == 0
        assert (state(message), message.attempts, message.claimed_by, peer.asked) == (State.QUEUED, 0, "", [])
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert messages.deliver().sent == 1
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["", "015112345678", "+49 151 1", "+0151", "+49151123456789012", "a\r\nb"])
def test_what_is_no_number_is_refused_unsent(peer, number):
    message = sms(number)
    assert messages.deliver().refused == 1
    assert (state(message), peer.asked) == (State.REFUSED, [])
    assert "is no telephone number" in message.server_answer


@pytest.mark.django_db
def test_a_letter_without_address_or_paper_is_refused_unsent(peer):
    nowhere, empty = letter(address=None), letter("Empty")
    MessageAttachment.objects.filter(message=empty).delete()
    assert messages.deliver().refused == 2
    assert (state(nowhere), nowhere.server_answer) == (State.REFUSED, "It has no postal address")
    assert (state(empty), empty.server_answer) == (State.REFUSED, "The letter has no paper")
    assert peer.asked == []


# --- What it answers


@pytest.mark.django_db
def test_a_refusal_is_final_with_what_was_said_and_the_next_one_goes(peer):
    peer.answers["+4915100000000"] = [422]
    message, other = sms("+4915100000000"), sms()
    delivered = messages.deliver()
    assert (delivered.refused, delivered.sent) == (1, 1)
    assert (state(message), state(other)) == (State.REFUSED, State.SENT)
    assert message.server_answer == '422 Unprocessable Entity {"error": "so it is"}'
    messages.send_again(message, actor=ANNA)
    assert messages.deliver().sent == 1
    assert peer.keys()[str(message.reference)] == 2, "under the same key"


@pytest.mark.django_db
@pytest.mark.parametrize("status", [500, 502, 504, 408, 409])
def test_what_went_wrong_over_there_is_tried_again_ever_later(peer, status):
    peer.answers["+4915100000000"] = [status, status]
    with time_machine.travel(NOON, tick=False) as at:
        message = sms("+4915100000000")
        other = sms()
        delivered = messages.deliver()
        assert (delivered.later, delivered.sent, state(other)) == (1, 1, State.SENT)
        assert (state(message), message.attempts) == (State.QUEUED, 1)
        assert message.not_before == clock.now() + timedelta(minutes=1)
        at.shift(timedelta(minutes=1))
        messages.deliver()
        assert (state(message), message.attempts) == (State.QUEUED, 2)
        assert message.not_before == clock.now() + timedelta(minutes=2)
        at.shift(timedelta(minutes=2))
        assert messages.deliver().sent == 1


@pytest.mark.django_db
def test_what_goes_wrong_for_two_days_is_refused(peer):
    peer.answers["+4915112345678"] = [500]
    message = sms(attempts=messages.MOST_ATTEMPTS - 1)
    assert messages.deliver().refused == 1
    assert state(message) == State.REFUSED
    assert message.server_answer.startswith("Given up after 16 attempts: 500")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("how", "wait"),
    [
        ((429, {"Retry-After": "90"}), timedelta(seconds=90)),
        ((503, {"Retry-After": "Wed, 04 Mar 2026 12:30:00 GMT"}), timedelta(minutes=30)),
        ((429, {"Retry-After": "86400"}), timedelta(hours=4)),
        ((429, {"Retry-After": "0"}), timedelta(minutes=1)),
        ((503, {"Retry-After": "soon"}), timedelta(minutes=1)),
        (429, timedelta(minutes=1)),
        (401, timedelta(minutes=5)),
        (403, timedelta(minutes=5)),
        ((302, {"Location": "http://127.0.0.1:1/"}), timedelta(minutes=5)),
    ],
)
def test_a_provider_that_takes_nothing_is_asked_once_and_everything_waits(peer, how, wait):
    peer.answers["+4915100000000"] = [how]
    with time_machine.travel(NOON, tick=False) as at:
        message, other = sms("+4915100000000"), sms()
        assert messages.deliver().total == 1
        assert (state(message), message.attempts) == (State.QUEUED, 0), "it is no fault of the message"
        assert message.not_before == clock.now() + wait
        assert (state(other), other.claimed_by, len(peer.asked)) == (State.QUEUED, "", 1)
        at.shift(wait)
        assert messages.deliver().sent == 2


@pytest.mark.django_db
def test_without_an_answering_provider_everything_waits_unclaimed(peer, settings):
    settings.O2C_SMS = Gateway("http://127.0.0.1:1/", TOKEN)
    message = sms()
    assert messages.deliver().total == 0
    assert (state(message), message.attempts, message.claimed_by) == (State.QUEUED, 0, "")


@pytest.mark.django_db
@pytest.mark.parametrize(("how", "taken"), [("lost", 1), ("gone", 0)])
def test_a_message_whose_answer_is_lost_is_handed_over_again_under_its_key_and_taken_once(peer, how, taken):
    peer.answers["+4915100000000"] = [how]
    with time_machine.travel(NOON, tick=False) as at:
        message, other = sms("+4915100000000"), sms()
        delivered = messages.deliver()
        assert (delivered.later, delivered.sent, state(other)) == (1, 1, State.SENT)
        assert (state(message), message.attempts) == (State.QUEUED, 1)
        assert "connection was lost while the provider took" in message.server_answer
        assert (str(message.reference) in peer.took) == bool(taken)
        at.shift(timedelta(minutes=1))
        assert messages.deliver().sent == 1
    assert peer.keys()[str(message.reference)] == 2
    assert len(peer.took) == 2


@pytest.mark.django_db
def test_a_message_whose_answer_was_lost_to_the_last_goes_to_a_person(peer):
    peer.answers["+4915112345678"] = ["lost"]
    message = sms(attempts=messages.MOST_ATTEMPTS - 1)
    assert messages.deliver().unsure == 1
    assert state(message) == State.UNSURE


def test_an_answer_without_a_name_of_its_own_or_with_too_much_is_read_as_far_as_it_goes():
    def judged(status: int, said: bytes):
        return http.judge(status, "OK", Headers(), said, now=datetime(2026, 3, 4, tzinfo=UTC))

    assert judged(200, b'{"id": 17}').provider_id == "17"
    for said in (b"", b"[1]", b"{", b"\xff\xfe", b'{"id": {"a": 1}}', b"[" * 60_000):
        assert (judged(201, said).outcome, judged(201, said).provider_id) == (Outcome.SENT, "")
    assert len(judged(200, json.dumps({"id": "x" * 300}).encode()).provider_id) == 100
    told = judged(400, b"a\r\nb\x00" + b"c" * 9_000)
    assert (told.outcome, told.text[:12], len(told.text)) == (Outcome.REFUSED, "400 OK a b c", http.LONGEST_TEXT)


# --- Those who die, and who work beside each other


@pytest.mark.django_db
def test_what_a_dead_sender_was_handing_over_is_handed_over_again(peer):
    machine = messages.leases.holder().split(":")[0]
    died = {"state": State.SENDING, "claim_key": uuid.uuid4(), "claimed_at": clock.now()}
    message = sms(claimed_by=f"http@{machine}:1:0.00", **died)
    alive = sms(claimed_by=f"http@{messages.leases.holder()}", **died)
    assert messages.deliver().sent == 1
    assert (state(message), state(alive)) == (State.SENT, State.SENDING)


SENDER = "import django; django.setup(); from o2c.core import messages; messages.deliver()"


@pytest.mark.django_db(transaction=True)
def test_senders_killed_in_front_of_a_provider_tell_nobody_twice_and_forget_none(peer, tmp_path):
    numbers = [f"+49151{number:08}" for number in range(150)]
    for place, number in enumerate(numbers):
        peer.answers[number] = {0: ["lost"], 1: [500], 2: ["gone"], 3: [422]}.get(place % 25, [])
        sms(number)
    own = environment(tmp_path) | {"O2C_SMS_URL": peer.url, "O2C_SMS_TOKEN": TOKEN, "O2C_SMS_HOURS": "00:00-23:59"}

    def start() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", SENDER], cwd=ROOT, env=own, stderr=subprocess.PIPE, text=True)

    killed = 0
    for moment in (15, 60, 110):
        beside, dying = start(), start()
        killed += kill_when(lambda moment=moment: len(peer.took) >= moment, dying)
        killed += kill_when(lambda: True, beside)
    assert killed == 6
    while Message.objects.filter(state__in=[State.QUEUED, State.SENDING]).exists():
        Message.objects.filter(state=State.QUEUED).update(not_before=clock.now())  # their time has come
        process = start()
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    states = dict(Message.objects.values_list("recipient", "state"))
    assert {number for number, found in states.items() if found == State.REFUSED} == set(numbers[3::25])
    assert set(states.values()) == {State.SENT, State.REFUSED}, "none is missing, and none waits for a person"
    assert Counter(said["number"] for said in peer.took.values()) == Counter(set(numbers) - set(numbers[3::25]))
    faults = len(numbers[0::25]) + len(numbers[1::25]) + len(numbers[2::25])
    assert len(peer.asked) <= len(numbers) + faults + killed


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_hand_over_every_message_once(peer):
    numbers = [f"+49151{number:08}" for number in range(60)]
    for number in numbers:
        sms(number)

    def sender(_):
        try:
            return messages.deliver().sent
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sender, range(4))) == 60
    assert sorted(said["number"] for _, said in peer.asked) == numbers


# --- When, and how fast


@pytest.mark.django_db
def test_nobody_is_woken_by_a_text_message(peer, settings):
    settings.O2C_SMS_HOURS, settings.O2C_MAIL_HOURS = Hours(time(8), time(20)), None
    with time_machine.travel("2026-03-04T20:30:00Z", tick=False):
        berlin, york, paper = sms(country="DE"), sms(country="US"), letter(country="DE")
        assert messages.deliver().sent == 2
        assert [state(each) for each in (berlin, york, paper)] == [State.QUEUED, State.SENT, State.SENT]
        assert berlin.server_answer == "Waits: text messages go out 08:00–20:00 where it is read."
        assert messages.next_due() == datetime(2026, 3, 5, 7, tzinfo=UTC)
    with time_machine.travel("2026-03-05T07:00:00Z", tick=False):
        assert messages.deliver().sent == 1


@pytest.mark.django_db
def test_so_many_text_messages_a_minute_and_as_many_letters_and_mails_as_there_are(peer, settings):
    settings.O2C_SMS_PER_MINUTE, settings.O2C_MAIL_PER_DOMAIN = 2, 1
    with time_machine.travel(NOON, tick=False) as at:
        told, papers = [sms() for _ in range(5)], [letter(f"No {number}") for number in range(3)]
        assert messages.deliver().sent == 5
        assert sorted(state(each) for each in told) == [State.QUEUED] * 3 + [State.SENT] * 2
        assert {state(each) for each in papers} == {State.SENT}
        assert told[4].server_answer == "Waits: no more than 2 a minute go."
        at.shift(timedelta(minutes=1))
        assert messages.deliver().sent == 2
        at.shift(timedelta(minutes=1))
        assert messages.deliver().sent == 1


# --- Folders


@pytest.mark.django_db
def test_what_nobody_takes_becomes_files_that_are_the_same_when_written_again(peer, settings):
    settings.O2C_SMS = None
    message, replay = sms(), letter(spool_only=True)
    assert messages.deliver().spooled == 2
    (written,) = settings.O2C_SMS_SPOOL.iterdir()
    assert written.name == f"{message.reference}.json"
    assert json.loads(written.read_bytes())["text"] == "Größe 1 €"
    paper, said = (settings.O2C_POST_SPOOL / f"{replay.reference}{ending}" for ending in (".pdf", ".json"))
    assert sorted(settings.O2C_POST_SPOOL.iterdir()) == sorted([paper, said])
    assert paper.read_bytes() == PDF
    assert json.loads(said.read_bytes()) == {
        "reference": str(replay.reference), "from": "Company DE1", "language": "de",
        "address": ["Müller GmbH", "Street 1", "10115 Berlin"], "country": "DE", "colour": False, "duplex": True,
        "pdf": paper.name,
    }  # fmt: skip
    before = {path: path.read_bytes() for path in (written, paper, said)}
    Message.objects.update(state=State.QUEUED)
    assert messages.deliver().spooled == 2
    assert {path: path.read_bytes() for path in (written, paper, said)} == before
    assert (peer.asked, Document.objects.count()) == ([], 1)


@pytest.mark.django_db
def test_a_folder_may_be_the_provider_of_letters(peer, settings, tmp_path):
    settings.O2C_POST, settings.O2C_POST_SPOOL = Gateway(folder=tmp_path / "out"), tmp_path / "out"
    message = letter()
    assert providers.posts_letters()
    assert messages.deliver().spooled == 1
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".pdf", ".json"}
    assert state(message) == State.SPOOLED


@pytest.mark.django_db
def test_letters_that_nobody_posts_any_more_are_printed(peer, settings):
    settings.O2C_POST = None
    message = letter()
    assert messages.deliver().total == 0
    assert state(message) == State.TO_PRINT


# --- Settings


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("http://provider.example/", TOKEN), ("https:///x", TOKEN), ("https://user:pw@provider.example/", TOKEN),
        ("https://provider.example/", ""), ("https://provider.example/", "two words"),
        ("https://provider.example/", "ключ"), ("file://host/folder", ""), ("file:///", ""), ("sms:1", TOKEN),
    ],
)  # fmt: skip
def test_an_address_over_which_a_token_must_not_travel_is_refused_by_name(url, token):
    with pytest.raises(BadEnvironment, match="O2C_SMS_"):
        gateway(Environment({"O2C_SMS_URL": url, "O2C_SMS_TOKEN": token}), "O2C_SMS")


def test_an_address_and_a_folder_are_read_and_the_token_is_not_shown():
    def read(**said):
        return gateway(Environment(said), "O2C_POST")

    found = read(O2C_POST_URL="https://provider.example/v1", O2C_POST_TOKEN=TOKEN)
    assert (found.url, found.token, TOKEN in repr(found)) == ("https://provider.example/v1", TOKEN, False)
    assert read(O2C_POST_URL="http://127.0.0.1:8080/", O2C_POST_TOKEN=TOKEN).url == "http://127.0.0.1:8080/"
    assert read(O2C_POST_URL="file:///srv/out%20box").folder == Path("/srv/out box")
    assert read(O2C_POST_TOKEN=TOKEN) is None
