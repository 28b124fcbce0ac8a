"""Senders of a run's e-mails are killed with -9 in front of a server that also refuses, defers and hangs up."""

import email
import email.policy
import random
import ssl
import subprocess
import sys
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from django.db.models import Value
from django.db.models.functions import Concat

from o2c.collections import dunning
from o2c.collections.models import Notice
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.orders.models import Contact
from tests import bulk
from tests.core.test_messages import certificate, free_port, letters_in
from tests.killing import ROOT, environment, kill_when

State = Message.State
SENDER = "import django; django.setup(); from o2c.core import messages; messages.deliver()"
# Of forty addresses so many: refused, deferred once, out of room once, taken for spam, hung up on before the message
# and after it. The others are taken at once.
KINDS = ["never", "later", "full", "spam", "before", "after"]


class Peer:
    """A mail server. What it does with a message is written in the recipient's name; what it took is kept."""

    def __init__(self):
        self.took: list[str] = []
        self.deferred: set[str] = set()

    def _defers(self, address: str) -> bool:
        if address in self.deferred:
            return False
        self.deferred.add(address)
        return True

    async def handle_RCPT(self, server, session, envelope, address, options):
        kind = address.partition("-")[0]
        if kind == "never":
            return "550 5.1.1 no such mailbox"
        if kind == "later" and self._defers(address):
            return "450 4.2.0 greylisted, come back"
        if kind == "before" and self._defers(address):
            server.transport.abort()
            return "250 nobody hears this"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        (address,) = envelope.rcpt_tos
        kind = address.partition("-")[0]
        if kind == "full" and self._defers(address):
            return "451 4.3.0 out of room"
        if kind == "spam":
            return "554 5.7.1 looks like spam"
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.took.append(read["Message-ID"].strip("<>").partition("@")[0])
        if kind == "after":
            server.transport.abort()
        return "250 taken"


@pytest.fixture
def peer(tmp_path):
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    handler, port = Peer(), free_port()
    server = Controller(
        handler, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True, auth_required=True,
        authenticator=lambda server, session, envelope, mechanism, data: letters_in(data.login, data.password),
    )  # fmt: skip
    server.start()
    handler.environment = environment(tmp_path) | {
        "SMTP_URL": f"smtp+tls://o2c:secret@127.0.0.1:{port}",
        "SSL_CERT_FILE": str(pem),
    }
    yield handler
    server.stop(no_assert=True)


def start(peer: Peer) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", SENDER], cwd=ROOT, env=peer.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def told(given, customers: int) -> None:
    """A run's notices to so many customers, made and not sent; every fortieth address of each kind."""
    entity = given.entity()
    today = clock.today(entity.time_zone)
    bulk.owing(entity, customers=customers, items=customers * 2, as_of=today)
    contacts = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    for place, kind in enumerate(KINDS):
        Contact.objects.filter(pk__in=contacts[place::40]).update(email=Concat(Value(f"{kind}-"), "email"))
    run = dunning.propose(entity, today, actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    dunning.send(run, actor=SYSTEM)


def survive(given, peer: Peer, *, customers: int, kills: int) -> None:
    told(given, customers)
    count = Message.objects.count()
    assert count == Notice.objects.filter(state="composed").count() > customers // 2
    chance = random.Random(4)
    killed = 0
    for moment in sorted(chance.uniform(0.02, 0.85) * count for _ in range(kills)):
        beside, dying = start(peer), start(peer)
        killed += kill_when(lambda moment=moment: len(peer.took) >= moment, dying)
        killed += kill_when(lambda: True, beside)
    assert killed == 2 * kills
    while Message.objects.filter(state=State.QUEUED).exists():
        Message.objects.filter(state=State.QUEUED).update(not_before=clock.now())  # their time has come
        process = start(peer)
        _, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
    took = Counter(peer.took)
    assert set(took.values()) == {1}, "nobody got a notice twice"
    by_state = {
        state: {str(reference) for reference in Message.objects.filter(state=state).values_list("reference", flat=True)}
        for state in State.values
    }
    assert {state for state, found in by_state.items() if found} == {State.SENT, State.REFUSED, State.UNSURE}
    assert sum(map(len, by_state.values())) == count, "none is missing"
    assert by_state[State.SENT] <= set(took), "what counts as sent was taken"
    assert not by_state[State.REFUSED] & set(took)
    assert set(took) <= by_state[State.SENT] | by_state[State.UNSURE], "what may have been taken waits for a person"
    refused = Message.objects.filter(state=State.REFUSED).values_list("recipient", flat=True)
    assert {address.partition("<")[2].partition("-")[0] for address in refused} == {"never", "spam"}
    hung_up = Message.objects.filter(recipient__contains="<after-").count()
    assert hung_up <= len(by_state[State.UNSURE]) <= hung_up + 2 * kills


@pytest.mark.django_db(transaction=True)
def test_senders_killed_three_times_tell_nobody_twice_and_forget_none(given, peer):
    survive(given, peer, customers=300, kills=3)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_five_thousand_emails_by_senders_killed_twenty_times(given, peer):
    survive(given, peer, customers=6_000, kills=20)
