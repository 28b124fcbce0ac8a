"""Mailboxes of a real IMAP server are read from where they were left off, and nothing in them is changed."""

import dataclasses

import pytest

from o2c.collections.incoming import boxes, fetching, keeping
from o2c.collections.incoming.boxes import NoMailbox
from o2c.collections.incoming.models import IncomingMail, MailboxPlace
from o2c.collections.models import Task
from o2c.core.environment import BadEnvironment, mailboxes
from tests.collections.incoming.samples import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(request) -> str:
    """A mailbox of this test's own."""
    return request.node.name.replace("[", "-").replace("]", "")[-60:]


def subjects() -> list[str]:
    return list(IncomingMail.objects.order_by("id").values_list("subject", flat=True))


def test_new_mails_are_taken_in_once_and_stay_unread(dovecot, told, settings, user):
    settings.O2C_MAILBOXES = [dovecot.box(user)]
    dovecot.deliver(user, letter(subject="one", id="1@x.example"), letter(subject="two", id="2@x.example"))
    name = settings.O2C_MAILBOXES[0].name
    assert fetching.fetch() == {name: 2}
    assert fetching.fetch() == {name: 0}
    dovecot.deliver(user, letter(subject="three", id="3@x.example"))
    assert fetching.fetch() == {name: 1}
    assert subjects() == ["one", "two", "three"]
    assert dovecot.seen(user) == []
    assert "secret" not in str(MailboxPlace.objects.values())


def test_a_mailbox_that_is_made_anew_is_read_again_and_nothing_comes_twice(dovecot, told, settings, user):
    settings.O2C_MAILBOXES = [dovecot.box(user)]
    dovecot.deliver(user, letter(subject="one", id="1@x.example"))
    fetching.fetch()
    MailboxPlace.objects.update(validity=1, uid=10_000)  # as the server would have it under its new numbers
    dovecot.deliver(user, letter(subject="two", id="2@x.example"))
    assert fetching.fetch() == {settings.O2C_MAILBOXES[0].name: 1}
    assert subjects() == ["one", "two"]


def test_what_fails_in_the_middle_goes_on_from_there(dovecot, told, settings, user, monkeypatch):
    settings.O2C_MAILBOXES = [dovecot.box(user)]
    dovecot.deliver(user, *[letter(subject=str(number), id=f"{number}@x.example") for number in range(5)])
    real, taken = keeping.take_in, []

    def power_fails(raw, **facts):
        if len(taken) == 3:
            raise KeyboardInterrupt
        taken.append(raw)
        return real(raw, **facts)

    monkeypatch.setattr(keeping, "take_in", power_fails)
    with pytest.raises(KeyboardInterrupt):
        fetching.fetch()
    assert subjects() == ["0", "1", "2"]
    monkeypatch.setattr(keeping, "take_in", real)
    fetching.fetch()
    assert subjects() == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_over_tls_the_servers_certificate_is_checked(dovecot, told, settings, user, monkeypatch, how):
    settings.O2C_MAILBOXES = [dovecot.box(user, **{how: True})]
    dovecot.deliver(user, letter(subject="one"))
    with pytest.raises(NoMailbox, match="certificate"):
        fetching.fetch()
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.folder / "server.pem"))
    fetching.fetch()
    assert subjects() == ["one"]
    assert MailboxPlace.objects.get().error == ""


def test_a_mailbox_that_cannot_be_read_holds_up_no_other_and_tells_no_password(dovecot, told, settings, user):
    wrong = dovecot.box(f"{user}-x", password="not+it")
    settings.O2C_MAILBOXES = [wrong, dovecot.box(user)]
    dovecot.deliver(user, letter(subject="one"))
    with pytest.raises(NoMailbox) as error:
        fetching.fetch()
    assert "not+it" not in str(error.value)
    assert subjects() == ["one"]
    place = MailboxPlace.objects.get(name=wrong.name)
    assert place.error
    assert "not+it" not in place.error


def test_a_mail_that_is_too_large_is_taken_in_by_its_beginning(dovecot, told, settings, user, monkeypatch):
    settings.O2C_MAILBOXES = [dovecot.box(user)]
    monkeypatch.setattr(boxes, "MOST_BYTES", 100_000)
    monkeypatch.setattr(boxes, "OF_TOO_LARGE", 2_000)
    large = letter("See the scan.\n" + "x" * 70 + "\n" * 10 + ("y" * 70 + "\n") * 3_000, subject="large")
    dovecot.deliver(user, large)
    fetching.fetch()
    mail = IncomingMail.objects.get()
    assert (mail.subject, mail.is_cut, len(mail.raw)) == ("large", True, 2_000)
    assert mail.size > 200_000
    assert mail.said.startswith("See the scan.")
    assert Task.objects.count() == 1


def test_whose_mail_it_is_must_be_said_where_there_are_several(dovecot, told, given, settings, user):
    other = given.entity("FR1")
    dovecot.deliver(user, letter("Bonjour", sender="who@else.example"))
    settings.O2C_MAILBOXES = [dovecot.box(user)]
    with pytest.raises(NoMailbox, match="whose mail it is"):
        fetching.fetch()
    settings.O2C_MAILBOXES = [dovecot.box(user, entity="XX9")]
    with pytest.raises(NoMailbox, match="no legal entity XX9"):
        fetching.fetch()
    settings.O2C_MAILBOXES = [dovecot.box(user, entity="FR1")]
    fetching.fetch()
    assert IncomingMail.objects.get().entity == other


def test_addresses_of_mailboxes():
    (box,) = mailboxes("IMAP_URL", ["imaps://ar%40x.example:p%2Fw@mail.example/Inbox#DE1"])
    assert dataclasses.asdict(box) == {
        "host": "mail.example", "port": 993, "user": "ar@x.example", "password": "p/w", "starttls": False, "tls": True,
        "folder": "Inbox", "entity": "DE1",
    }  # fmt: skip
    assert box.name == "ar@x.example@mail.example/Inbox"
    for wrong in ("pop3://a:b@host/", "imaps://host/INBOX", "imap://"):
        with pytest.raises(BadEnvironment, match="IMAP_URL"):
            mailboxes("IMAP_URL", [wrong])
