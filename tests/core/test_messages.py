"""Messages handed over to a real mail server, and to the spool."""

import email
import email.policy
import socket
import ssl
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given as chance
from hypothesis import settings as effort
from hypothesis import strategies as st

from o2c.core import clock, mail, messages
from o2c.core.actors import Actor
from o2c.core.environment import Smtp
from o2c.core.models import Document, Message, MessageAttachment
from o2c.core.states import IllegalMove

State = Message.State


def certificate(folder: Path) -> Path:
    """A server's own certificate for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(timezone.utc)  # noqa: UP017
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Inbox:
    """A mail server's handler. What it does with a message is written in the recipient's name."""

    def __init__(self):
        self.received = []
        self.encrypted = set()

    def of(self, recipient: str) -> list:
        return [message for to, message in self.received if to == recipient]

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.encrypted.add(session.ssl is not None)
        kind = address.partition("@")[0]
        if kind == "later-rcpt":
            return "450 4.2.0 greylisted, come back"
        if kind == "never":
            return "550 5.1.1 no such mailbox"
        if kind == "gone-before":
            server.transport.abort()
            return "250 nobody hears this"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        (to,) = envelope.rcpt_tos
        kind = to.partition("@")[0]
        if kind == "later":
            return "451 4.3.0 out of room"
        if kind == "spam":
            return "554 5.7.1 looks like spam"
        content = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.received.append((to, content))
        if kind == "gone":
            server.transport.abort()
        return f"250 queued as {len(self.received)}"


class Reporting(SMTP):
    """A server that reports what becomes of a message (RFC 3461), and writes down what it was asked to report."""

    def __init__(self, *args, asked: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = asked

    def _getparams(self, params):
        self.asked += [each for each in params if each.startswith(("ENVID", "RET", "NOTIFY", "ORCPT"))]
        return super()._getparams([each for each in params if each not in self.asked])


class ReportingInbox(Inbox):
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [responses[0], "250-DSN", *responses[1:]]


class ReportingController(Controller):
    asked: list[str]

    def factory(self):
        return Reporting(self.handler, asked=self.asked)


def letters_in(user, password):
    return AuthResult(success=password == b"secret" and user == b"o2c")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def inbox(tmp_path, settings, monkeypatch):
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    handler = Inbox()
    port = free_port()
    server = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=lambda server, session, envelope, mechanism, data: (
            letters_in(data.login, data.password) if isinstance(data, LoginPassword) else AuthResult(success=False)
        ),
    )
    server.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    settings.O2C_SMTP = Smtp("127.0.0.1", port, "o2c", "secret", starttls=True, tls=False)
    settings.O2C_MAIL_SPOOL = tmp_path / "mail"
    yield handler
    server.stop(no_assert=True)


@pytest.fixture
def spool(tmp_path, settings):
    settings.O2C_SMTP = None
    settings.O2C_MAIL_SPOOL = tmp_path / "mail"
    return settings.O2C_MAIL_SPOOL


def queued(recipient="ap@customer.example", **details) -> Message:
    facts = {
        "key": f"test:{uuid.uuid4()}",
        "owner": "DE1",
        "sender": "Company DE1 <ar@de1.example>",
        "recipient": recipient,
        "subject": "Zahlungserinnerung: Rechnung 1 überfällig",
        "text": "Sehr geehrte Damen und Herren,\n\n.ein Punkt am Anfang\nGrüße\n",
        "language": "de",
        "not_before": clock.now() - timedelta(seconds=1),
        "created_at": clock.now(),
    }
    return Message.objects.create(**{**facts, **details})


def state(message: Message) -> str:
    message.refresh_from_db()
    return message.state


@pytest.mark.django_db
def test_a_message_is_sent_encrypted_and_the_servers_answer_kept(inbox):
    message = queued(
        mail.address("Müller, Einkauf", "ap@customer.example"), html="<p>Grüße</p>", reply_to="answers@de1.example"
    )
    assert messages.deliver().sent == 1
    assert state(message) == State.SENT
    assert message.server_answer == "250 queued as 1"
    assert inbox.encrypted == {True}
    (received,) = inbox.of("ap@customer.example")
    assert received["Message-ID"] == f"<{message.reference}@de1.example>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Subject"] == message.subject
    assert received["To"].addresses[0].display_name == "Müller, Einkauf"
    assert received["Reply-To"] == "answers@de1.example"
    assert received["Content-Language"] == "de"
    text = received.get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n") == message.text
    assert received.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"
    assert messages.deliver().total == 0


@pytest.mark.django_db
@pytest.mark.parametrize("mailboxes", [(), (object(),)])
def test_reports_are_asked_for_where_somebody_reads_them(settings, mailboxes):
    handler = ReportingInbox()
    server = ReportingController(handler, hostname="127.0.0.1", port=free_port())
    server.asked = []
    server.start()
    settings.O2C_SMTP = Smtp("127.0.0.1", server.port, "", "", starttls=False, tls=False)
    settings.O2C_MAILBOXES = mailboxes
    message = queued("a+b=c@customer.example")
    try:
        assert messages.deliver().sent == 1
    finally:
        server.stop(no_assert=True)
    assert len(handler.of("a+b=c@customer.example")) == 1
    asked = [
        f"ENVID={message.reference}", "RET=HDRS", "NOTIFY=SUCCESS,FAILURE,DELAY",
        "ORCPT=rfc822;a+2Bb+3Dc@customer.example",
    ]  # fmt: skip
    assert server.asked == ([each.upper() for each in asked] if mailboxes else [])


@pytest.mark.django_db
@pytest.mark.parametrize("recipient", ["later@customer.example", "later-rcpt@customer.example"])
def test_a_server_that_says_later_is_asked_again_later(inbox, recipient):
    message = queued(recipient)
    assert messages.deliver().later == 1
    assert state(message) == State.QUEUED
    assert message.attempts == 1
    assert message.server_answer.startswith("45")
    assert message.not_before > clock.now() + timedelta(seconds=50)
    assert messages.deliver().total == 0, "not before its time"


@pytest.mark.django_db
def test_a_server_that_says_later_for_two_days_has_refused(inbox):
    message = queued("later@customer.example", attempts=messages.MOST_ATTEMPTS - 1)
    assert messages.deliver().refused == 1
    assert state(message) == State.REFUSED
    assert "Given up after 16 attempts: 451" in message.server_answer


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("never@customer.example", "550 5.1.1 no such mailbox"),
        ("spam@customer.example", "554 5.7.1 looks like spam"),
    ],
)
def test_a_refusal_is_final_and_the_next_message_goes_out(inbox, recipient, answer):
    message, next_one = queued(recipient), queued()
    delivered = messages.deliver()
    assert (delivered.refused, delivered.sent) == (1, 1)
    assert (state(message), state(next_one)) == (State.REFUSED, State.SENT)
    assert message.server_answer == answer
    assert message.finished_at is not None


@pytest.mark.django_db
def test_a_connection_lost_while_the_server_took_the_message_leaves_it_to_a_person(inbox):
    message, next_one = queued("gone@customer.example"), queued()
    delivered = messages.deliver()
    assert (delivered.unsure, delivered.sent) == (1, 1)
    assert state(message) == State.UNSURE
    assert len(inbox.of("gone@customer.example")) == 1
    assert messages.deliver().total == 0, "nothing sends it again by itself"
    messages.settle_as_sent(message, actor=Actor("anna"))
    assert state(message) == State.SENT
    assert state(next_one) == State.SENT
    with pytest.raises(IllegalMove):
        messages.send_again(message, actor=Actor("anna"))


@pytest.mark.django_db
def test_a_connection_lost_before_the_message_only_delays_it(inbox):
    message, next_one = queued("gone-before@customer.example"), queued()
    delivered = messages.deliver()
    assert (delivered.later, delivered.sent) == (1, 1)
    assert state(message) == State.QUEUED
    assert state(next_one) == State.SENT


@pytest.mark.django_db
def test_without_an_answering_server_everything_waits_unclaimed(inbox, settings):
    settings.O2C_SMTP = Smtp("127.0.0.1", 1, "", "", starttls=False, tls=False)
    message = queued()
    assert messages.deliver().total == 0
    assert (state(message), message.attempts, message.claimed_by) == (State.QUEUED, 0, "")


@pytest.mark.django_db
def test_a_server_with_an_unknown_certificate_gets_nothing(inbox, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    message = queued()
    assert messages.deliver().total == 0
    assert state(message) == State.QUEUED
    assert inbox.received == []


@pytest.mark.django_db
def test_what_is_for_the_spool_only_is_never_sent(inbox, settings):
    message = queued(spool_only=True)
    assert messages.deliver().spooled == 1
    assert state(message) == State.SPOOLED
    assert inbox.received == []
    assert [path.name for path in settings.O2C_MAIL_SPOOL.iterdir()] == [f"{message.reference}.eml"]


@pytest.mark.django_db
def test_without_a_server_messages_become_files(spool):
    message = queued()
    assert messages.deliver().spooled == 1
    (path,) = spool.iterdir()
    written = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert written["To"] == "ap@customer.example"
    assert written.get_content().replace("\r\n", "\n") == message.text
    Message.objects.update(state=State.QUEUED)
    before = path.read_bytes()
    messages.deliver()
    assert [p.read_bytes() for p in spool.iterdir()] == [before], "the same file, not another"


@pytest.mark.django_db
def test_line_breaks_in_names_add_no_header(spool):
    name = "a\r\nBcc: <everyone@evil.example>"
    queued(mail.address(name, "ap@customer.example"), subject="x\r\nBcc: all@evil.example\n\nbody")
    queued("ap@customer.example\r\nBcc: all@evil.example")
    messages.deliver()
    for path in spool.iterdir():
        written = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert written["Bcc"] is None
        assert [a.addr_spec for a in written["To"].addresses] == ["ap@customer.example"]
    assert Message.objects.filter(state=State.REFUSED).count() + len(list(spool.iterdir())) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("recipient", ["", "nobody", "ä@customer.example", "a@b@c", "a b@customer.example"])
def test_an_address_that_cannot_be_used_is_refused_and_says_so(spool, recipient):
    message = queued(recipient)
    assert messages.deliver().refused == 1
    assert state(message) == State.REFUSED
    assert "not an address" in message.server_answer
    assert not spool.exists() or not list(spool.iterdir())


@effort(max_examples=150, deadline=None, derandomize=True)
@chance(st.text(max_size=200), st.sampled_from(["ap@customer.example", "a+b@x-y.example"]))
def test_any_name_makes_an_address_that_reads_back(name, at):
    written = mail.compose(
        reference=uuid.UUID(int=1),
        sender=mail.address(name, "ar@de1.example"),
        recipient=mail.address(name, at),
        subject=name,
        text=name,
        dated=datetime(2026, 3, 2, tzinfo=timezone.utc),  # noqa: UP017
    )
    assert written.recipient == at
    read = email.message_from_bytes(written.content, policy=email.policy.default)
    assert [address.addr_spec for address in read["To"].addresses] == [at]
    assert read["Subject"] == mail.one_line(name)
    assert read.get_content().splitlines() == [line.decode() for line in name.encode().splitlines()] or [""]
    assert set(read.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip


@pytest.mark.django_db
def test_what_a_dead_sender_was_handing_over_goes_to_a_person(inbox):
    died = {"state": State.SENDING, "claim_key": uuid.uuid4(), "claimed_at": clock.now()}
    name = messages.leases.holder()
    machine = name.split(":")[0]
    dead = queued(claimed_by=f"smtp@{machine}:1:0.00", **died)
    alive = queued(claimed_by=f"smtp@{name}", **died)
    elsewhere = queued(claimed_by="smtp@other:1:0.00", **died)
    spooling = queued(claimed_by=f"spool@{machine}:1:0.00", spool_only=True, **died)
    assert messages.sweep() == {"queued": 1, "unsure": 1}
    assert [state(m) for m in (dead, alive, elsewhere, spooling)] == ["unsure", "sending", "sending", "queued"]
    assert messages.sweep(clock.now() + timedelta(minutes=11)) == {"queued": 0, "unsure": 2}


@pytest.mark.django_db
def test_a_person_decides_about_what_was_refused(inbox):
    message = queued("never@customer.example")
    messages.deliver()
    Message.objects.filter(pk=message.pk).update(recipient="ap@customer.example")
    message.refresh_from_db()
    messages.send_again(message, actor=Actor("anna"))
    assert messages.deliver().sent == 1
    other = queued("never@customer.example")
    messages.deliver()
    other.refresh_from_db()
    messages.give_up(other, actor=Actor("anna"))
    assert messages.deliver().total == 0


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_every_message_once(inbox):
    recipients = [f"ap{number}@customer.example" for number in range(60)]
    for recipient in recipients:
        queued(recipient)

    def sender(_):
        try:
            return messages.deliver().sent
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(sender, range(4)))
    assert sum(sent) == 60
    assert sorted(to for to, _ in inbox.received) == sorted(recipients)
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(inbox):
    from django.db import transaction

    message = queued()
    with pytest.raises(RuntimeError), transaction.atomic():
        messages.deliver()
    assert state(message) == State.QUEUED
    assert inbox.received == []


# --- Files


def attach(message: Message, *files: tuple[str, str, bytes]) -> None:
    for position, (name, media_type, content) in enumerate(files, start=1):
        document = Document.objects.create(name=name, media_type=media_type, content=content, sha256="0" * 64)
        MessageAttachment.objects.create(message=message, document=document, position=position)


PDF = b"%PDF-1.7\r\n.\r\n" + bytes(range(256)) * 40 + b"\n.\n%%EOF"


@pytest.mark.django_db
def test_files_arrive_byte_for_byte_under_their_names(inbox):
    message = queued(html="<p>Grüße</p>")
    attach(
        message,
        ("Kontoauszug Müller & Söhne 2026-03-31.pdf", "application/pdf", PDF),
        ("b.csv", "text/csv", b"a,b\r\n"),
    )
    plain = queued("plain@customer.example")
    attach(plain, ("Счёт.xml", "application/xml", b"<a/>"))
    assert messages.deliver().sent == 2
    (received,) = inbox.of("ap@customer.example")
    files = [(part.get_filename(), part.get_content_type()) for part in received.iter_attachments()]
    assert files == [("Kontoauszug Müller & Söhne 2026-03-31.pdf", "application/pdf"), ("b.csv", "text/csv")]
    assert [part.get_payload(decode=True) for part in received.iter_attachments()] == [PDF, b"a,b\r\n"]
    assert received.get_body(("plain",)).get_content().replace("\r\n", "\n") == message.text
    assert received.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"
    assert received["Content-Language"] == "de"
    (other,) = inbox.of("plain@customer.example")
    assert [part.get_filename() for part in other.iter_attachments()] == ["Счёт.xml"]
    assert other.get_body(("plain",)).get_content().replace("\r\n", "\n") == plain.text


@pytest.mark.django_db
def test_a_spooled_message_has_its_files_and_is_the_same_file_again(spool):
    message = queued()
    attach(message, ("statement.pdf", "application/pdf", PDF))
    messages.deliver()
    (path,) = spool.iterdir()
    before = path.read_bytes()
    read = email.message_from_bytes(before, policy=email.policy.default)
    assert [part.get_payload(decode=True) for part in read.iter_attachments()] == [PDF]
    Message.objects.update(state=State.QUEUED)
    messages.deliver()
    assert path.read_bytes() == before


@pytest.mark.django_db
def test_files_are_read_in_one_query_for_all_and_in_none_where_there_are_none(spool):
    for _ in range(5):
        queued()
    with CaptureQueriesContext(connection) as without:
        assert messages.deliver().spooled == 5
    assert not [query for query in without if 'JOIN "core_document"' in query["sql"]]
    for number in range(5):
        attach(queued(), (f"{number}.pdf", "application/pdf", PDF), ("b.txt", "text/plain", b"x"))
    with CaptureQueriesContext(connection) as many:
        assert messages.deliver().spooled == 5
    assert len(many) == len(without) + 1


@effort(max_examples=200, deadline=None, derandomize=True)
@chance(st.text(max_size=180), st.text(max_size=30))
def test_any_file_name_is_safe_and_reads_back(name, media_type):
    safe = mail.file_name(name)
    assert 0 < len(safe) <= mail.LONGEST_FILE_NAME + 1
    assert not safe.startswith(".")
    assert not set(safe) & set('/\\:*?"<>|\r\n\0')
    assert mail.file_name(safe) == safe
    written = mail.compose(
        reference=uuid.UUID(int=1),
        sender="ar@de1.example",
        recipient="ap@customer.example",
        subject="x",
        text="x",
        dated=datetime(2026, 3, 2, tzinfo=timezone.utc),  # noqa: UP017
        attachments=[mail.Attachment(name, media_type, b"\x00\r\n.\r\n")],
    )
    read = email.message_from_bytes(written.content, policy=email.policy.default)
    (part,) = read.iter_attachments()
    assert part.get_filename() == safe
    assert part.get_payload(decode=True) == b"\x00\r\n.\r\n"
    assert part["Content-Disposition"].content_disposition == "attachment"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("C:\\temp\\a.pdf", "C temp a.pdf"),
        (".htaccess", "htaccess"),
        ("a\r\nX: y.pdf", "a X y.pdf"),
        ("", "document"),
        ("rechnung\u202efdp.exe", "rechnung fdp.exe"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_a_file_name_leads_nowhere_else(name, safe):
    assert mail.file_name(name) == safe
