"""Mailboxes of a real server, and a message of ours that mails may answer."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from o2c.core.models import Message
from tests.collections.incoming.dovecot import PROGRAM, Dovecot
from tests.core.test_messages import certificate
from tests.given import Given


@pytest.fixture(scope="session")
def dovecot():
    if PROGRAM is None:
        pytest.skip("no dovecot on this machine (scripts/test-packages.sh installs it)")
    # A short path: Dovecot's sockets are in it. Not pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="o2c-imap-"))
    os.chmod(folder, 0o755)
    server = Dovecot(folder, certificate(folder))
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def told(given: Given):
    """A customer with a contact, and a message about an invoice of theirs that was sent."""

    class Told:
        entity = given.entity(email="ar@seller.example")
        customer = given.customer()
        customer.contacts.all().delete()
        contact = customer.contacts.create(name="Erika Muster", email="Erika@Kunde.example")
        item = given.open_item("100.00 EUR", customer=customer, number="RE-2026-004711")
        message = Message.objects.create(
            key=f"statement:1:{customer.pk}", owner=entity.code, sender="ar@seller.example",
            recipient="Erika Muster <Erika@Kunde.example>", subject="Reminder", text="Pay.", language="en",
            state=Message.State.SENT,
        )  # fmt: skip

        @property
        def id(self) -> str:
            return f"{self.message.reference}@seller.example"

    return Told()
