"""What providers tell of our messages, sent as they send it: signed, late, twice, forged, too much."""

import base64
import hashlib
import hmac
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse

from o2c.collections.incoming import hooks
from o2c.collections.models import Task
from o2c.core import addresses, clock
from o2c.core.actors import SYSTEM
from o2c.core.api import rates
from o2c.core.environment import BadEnvironment
from o2c.core.environment import hooks as read_hooks
from o2c.core.models import DeadAddress, DeliveryEvent, Message, Role

SECRET, OLD = b"a secret of the relay's, long", b"the one before, long enough too"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def relay(settings):
    settings.O2C_MAIL_HOOKS = {"relay": (SECRET, OLD)}


def event(told, kind="bounced", **facts) -> dict:
    return {
        "id": f"evt-{uuid.uuid4()}",
        "type": kind,
        "message_id": f"<{told.id}>",
        "recipient": "Erika@Kunde.example",
        "at": "2026-03-04T12:00:00Z",
        "status": "5.1.1" if kind == "bounced" else "",
        "text": "550 no such user" if kind == "bounced" else "",
    } | facts


def post(*events, name="relay", secret=SECRET, body=None, age=0, **headers):
    body = json.dumps({"events": list(events)}).encode() if body is None else body
    stamp = str(int(clock.now().timestamp()) - age)
    signature = base64.b64encode(hmac.new(secret, b"m1." + stamp.encode() + b"." + body, hashlib.sha256).digest())
    signed = {"webhook-id": "m1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature.decode()}"}
    return Client(enforce_csrf_checks=True).post(
        reverse("mail_hook", args=[name]), body, content_type="application/json", headers=signed | headers
    )


def fate(told) -> str:
    told.message.refresh_from_db()
    return told.message.fate


def test_a_bounce_does_what_a_servers_report_does(told):
    answer = post(event(told))
    assert (answer.status_code, answer.json()) == (200, {"received": 1})
    assert (fate(told), told.message.state, told.message.fate_text) == ("failed", "sent", "550 no such user")
    dead = DeadAddress.objects.get()
    assert (dead.address, dead.why) == ("erika@kunde.example", "bounced")
    task = Task.objects.get()
    assert (task.kind, task.customer, task.entity) == ("no_contact", told.customer, told.entity)
    assert "no such user" in task.why


@pytest.mark.parametrize(
    ("kind", "said", "dead"),
    [("delivered", "delivered", 0), ("deferred", "delayed", 0), ("complained", "complained", 1)],
)
def test_each_kind_has_its_fate(told, kind, said, dead):
    post(event(told, kind))
    assert fate(told) == said
    assert DeadAddress.objects.count() == Task.objects.count() == dead


@pytest.mark.parametrize(
    "facts",
    [{"status": "5.2.2"}, {"status": "4.4.7"}, {"status": ""}, {"status": "5.7.1"}, {"recipient": "else@else.example"}],
)
def test_a_full_box_or_an_address_we_did_not_write_to_puts_nothing_out_of_use(told, facts):
    post(event(told, **facts))
    assert fate(told) == "failed"
    assert not addresses.dead().exists()
    assert not Task.objects.exists()


def by(told, channel: str, recipient: str) -> None:
    Message.objects.filter(pk=told.message.pk).update(channel=channel, recipient=recipient)


def test_a_number_that_there_is_not_is_put_out_of_use_and_somebody_looks_for_another(told):
    by(told, "sms", "+4915112345678")
    post(event(told, recipient="+49 151 12345678", text="absent subscriber"))
    assert fate(told) == "failed"
    dead = DeadAddress.objects.get()
    assert (dead.address, dead.why) == ("+4915112345678", "bounced")
    task = Task.objects.get()
    assert (task.kind, task.customer) == ("no_contact", told.customer)
    assert task.why == "+4915112345678: nothing that is sent to it arrives. absent subscriber"


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("bounced", {"recipient": "+4915112345678", "status": "4.4.7"}, "failed"),  # switched off for days
        ("bounced", {"recipient": "+4915199999999"}, "failed"),
        ("delivered", {"recipient": ""}, "delivered"),
    ],
)
def test_what_says_nothing_against_a_number_leaves_it_in_use(told, kind, facts, said):
    by(told, "sms", "+4915112345678")
    post(event(told, kind, **facts))
    assert (fate(told), DeadAddress.objects.count(), Task.objects.count()) == (said, 0, 0)


def test_a_letter_that_came_back_is_told_once_and_somebody_looks_for_an_address(told):
    by(told, "letter", "Kunde, Street 1, 10115 Berlin, DE")
    for _ in range(2):
        post(event(told, recipient="", text="moved away"))
    assert (fate(told), DeadAddress.objects.count()) == ("failed", 0)
    assert Task.objects.get().why == "The letter to Kunde, Street 1, 10115 Berlin, DE came back. moved away"


def test_the_same_event_again_changes_nothing_also_after_somebody_said_that_the_address_works(told):
    bounced = event(told)
    post(bounced, bounced)
    addresses.use_again("erika@kunde.example", actor=SYSTEM)
    assert post(bounced).status_code == 200
    assert post(bounced | {"at": "2026-03-05T12:00:00Z"}).status_code == 200
    assert not addresses.dead().exists()
    assert (DeliveryEvent.objects.count(), Task.objects.count()) == (1, 1)


def test_what_comes_in_the_wrong_order_ends_the_same(told):
    post(event(told, "delivered", at="2026-03-04T12:00:09Z"), event(told, "deferred", at="2026-03-04T12:00:01Z"))
    assert fate(told) == "delivered"
    post(event(told, "deferred"))
    assert fate(told) == "delivered"
    assert DeliveryEvent.objects.filter(message=told.message).count() == 3


@pytest.mark.parametrize(
    "named",
    ["<2f8a4c1e-0b7d-4f63-9a55-6c1d2e3f4a5b@seller.example>", "<somebody@else.example>", "", "not one"],
)
def test_of_no_message_of_ours_it_is_counted_and_answered_like_any_other(told, named):
    answer = post(event(told, message_id=named))
    assert (answer.status_code, answer.json()) == (200, {"received": 1})
    assert DeliveryEvent.objects.get().message is None
    assert not addresses.dead().exists()
    assert fate(told) == ""
    shown = Client().get("/metrics").content.decode()
    assert 'o2c_delivery_events_last_hour{kind="unknown"} 1.0' in shown
    assert 'o2c_delivery_events_last_hour{kind="bounced"} 0.0' in shown


def test_the_message_is_known_by_its_bare_reference_too(told):
    post(event(told, message_id=str(told.message.reference)))
    assert fate(told) == "failed"


def test_other_kinds_of_events_are_left(told):
    assert post(event(told, "opened"), event(told, "clicked")).json() == {"received": 0}
    assert not DeliveryEvent.objects.exists()


# --- Who may


def test_what_is_not_signed_rightly_is_not_there_whatever_is_wrong(told):
    body = json.dumps({"events": [event(told)]}).encode()
    answers = [
        post(event(told), secret=b"another secret, also long enough"),
        post(event(told), name="nobody"),
        post(event(told), age=301),
        post(event(told), age=-301),
        post(event(told), **{"webhook-id": ""}),
        post(event(told), **{"webhook-id": "m2"}),
        post(event(told), **{"webhook-timestamp": "now"}),
        post(event(told), **{"webhook-signature": ""}),
        post(event(told), **{"webhook-signature": "v1,§§§"}),
        Client().post(reverse("mail_hook", args=["relay"]), body, content_type="application/json"),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, b'{"error": "not found"}')}
    assert fate(told) == ""
    assert not DeliveryEvent.objects.exists()


def test_no_hook_is_signed_with_what_stands_in_for_an_unknown_one(told):
    assert post(event(told), name="nobody", secret=b"\0" * 32).status_code == 404


def test_a_secret_is_changed_without_losing_an_event(told):
    assert post(event(told, "deferred"), secret=OLD).status_code == 200
    assert post(event(told, "delivered"), secret=SECRET).status_code == 200
    assert fate(told) == "delivered"


def test_who_asks_too_often_is_told_to_wait(told, monkeypatch, settings, queue):
    monkeypatch.setattr("o2c.collections.views.hooks.UNSIGNED_A_MINUTE", 2)
    monkeypatch.setattr("o2c.collections.views.hooks.SIGNED_A_MINUTE", 2)
    rates._client.cache_clear()
    rates._client().flushdb()
    with time_machine.travel("2026-03-04T12:00:30Z", tick=False):
        assert [post(secret=b"no").status_code for _ in range(3)] == [404, 404, 429]
        answers = [post() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429], "whoever signs is counted apart"
        assert answers[-1]["Retry-After"] == "30"


# --- What is sent


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'{"events": 7}', b'{"events": [7]}', b'{"events": [{"id": "1"}]}', b"\xff\xfe",
        b"[" * 100_000,
        b'{"events": [{"id": "1", "type": "bounced", "at": "yesterday"}]}',
        b'{"events": [{"id": "1", "type": "bounced", "at": "2026-03-04T12:00:00"}]}',
        b'{"events": [{"id": "1", "type": "bounced", "at": "2026-99-99T12:00:00Z"}]}',
        b'{"events": [{"id": {}, "type": "bounced", "at": "2026-03-04T12:00:00Z"}]}',
    ],
)  # fmt: skip
def test_what_is_no_list_of_events_is_refused_whole(told, body):
    assert post(body=body).status_code == 400
    assert not DeliveryEvent.objects.exists()


def test_one_bad_event_refuses_all_of_them(told):
    answer = post(event(told), {"id": "x"})
    assert (answer.status_code, answer.json()["error"].startswith("events[1].at")) == (400, True)
    assert fate(told) == ""


def test_too_much_at_once_is_refused_unread(told):
    assert post(body=b" " * 1_000_001).status_code == 413
    assert post(*[event(told) for _ in range(501)]).status_code == 400
    assert not DeliveryEvent.objects.exists()


def test_control_signs_and_long_texts_fit(told):
    post(event(told, text="a\x00b\ud800" + "x" * 900, id="i\x00d"))
    assert fate(told) == "failed"
    assert told.message.fate_text == "ab" + "x" * 398


@pytest.mark.parametrize("said", ["relay", "relay=short", "=" + "x" * 30, "Re lay=" + "x" * 30, "relay=whsec_%%%"])
def test_a_hook_that_is_half_said_is_refused_by_name(said):
    with pytest.raises(BadEnvironment, match="O2C_MAIL_HOOKS"):
        read_hooks("O2C_MAIL_HOOKS", [said])


def test_secrets_are_read_as_standard_webhooks_writes_them():
    encoded = "whsec_" + base64.b64encode(SECRET).decode()
    assert read_hooks("O2C_MAIL_HOOKS", [f"relay={encoded}", f"relay={OLD.decode().replace(' ', '-')}"]) == {
        "relay": (SECRET, OLD.replace(b" ", b"-"))
    }


# --- Together, and afterwards


@pytest.mark.django_db(transaction=True)
def test_the_same_events_at_once_are_taken_once(told):
    events = [event(told, kind) for kind in ("deferred", "delivered", "bounced", "complained") * 5]

    def send(_):
        try:
            return post(*events).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [200] * 4
    assert (DeliveryEvent.objects.count(), Task.objects.count(), addresses.dead().count()) == (20, 1, 1)
    assert fate(told) == "complained"


def test_the_messages_page_says_what_was_told(told, given):
    post(event(told, "deferred"), event(told))
    client = Client()
    client.force_login(given.user("cora", Role.COLLECTOR))
    page = client.get(reverse("message", args=[told.message.pk])).content.decode()
    assert "Told by the provider" in page
    assert "Deferred" in page
    assert "Bounced" in page


def test_what_no_provider_tells_again_is_let_go_of(told):
    post(event(told), event(told, "delivered"))
    DeliveryEvent.objects.filter(kind="delivered").update(came_at=clock.now() - timedelta(days=61))
    assert hooks.forget() == 1
    assert DeliveryEvent.objects.get().kind == "bounced"
