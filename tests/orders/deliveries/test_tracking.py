"""What carriers tell of their parcels, as they send it: signed, late, twice, in any order, of what nobody knows."""

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent, Role
from o2c.core.webhooks import is_signed
from o2c.orders.deliveries import keeping, signing
from o2c.orders.deliveries.keeping import DeliveryRefused
from o2c.orders.models import Carrier, CarrierSecret, Delivery, TrackingEvent
from o2c.orders.views.deliveries import in_lane
from tests.orders.ordered import DAY, order, planned, shipped

NUMBERS = count(1)


@pytest.fixture
def carrier(db) -> Carrier:
    return Carrier.objects.create(code="DHL", name="DHL")


@pytest.fixture
def secret(carrier) -> str:
    return signing.issue(carrier, actor=SYSTEM).text


@pytest.fixture
def sold(given, time_machine):
    time_machine.move_to("2026-03-04 12:00Z", tick=False)
    entity = given.entity(time_zone="Europe/Berlin")
    return order(given.customer("C1"), ("10", "1"), ("4", "1"), entity=entity)


def told(kind="delivered", number="T1", at="2026-03-03T23:30:00Z", **facts) -> dict:
    return {"id": f"e{next(NUMBERS)}", "type": kind, "tracking_number": number, "at": at} | facts


def post(carrier, secret, *events, body=None, age=0, **headers):
    body = json.dumps({"events": list(events)}) if body is None else body
    stamp = str(int(clock.now().timestamp()) - age)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"m1.{stamp}.{body}".encode(), hashlib.sha256).digest()).decode()
    signed = {"webhook-id": "m1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
    return Client(enforce_csrf_checks=True).post(
        reverse("carrier_hook", args=[carrier.pk]), body, content_type="application/json", headers=signed | headers
    )


def standing() -> tuple:
    found = Delivery.objects.get()
    return found.state, found.delivered_on


def test_what_is_delivered_has_arrived_on_the_day_of_where_it_was_sent_from(carrier, secret, sold):
    shipped(sold, carrier=carrier, tracking_number="T1")
    answer = post(carrier, secret, told("in_transit", at="2026-03-03T08:00:00Z"), told())
    assert (answer.status_code, answer.json()) == (200, {"received": 2})
    assert standing() == ("delivered", date(2026, 3, 4))  # half past midnight in Berlin
    kinds = OutboxEvent.objects.filter(kind__startswith="deliveries.").values_list("kind", flat=True)
    assert sorted(kinds) == ["deliveries.delivered", "deliveries.planned", "deliveries.shipped"]
    assert CarrierSecret.objects.get().last_used_at == clock.now()


def test_each_event_is_taken_once(carrier, secret, sold):
    shipped(sold, carrier=carrier, tracking_number="T1")
    event = told()
    for _ in range(2):
        assert post(carrier, secret, event, event).status_code == 200
    assert post(carrier, secret, event | {"type": "returned"}).status_code == 200
    assert [each.kind for each in TrackingEvent.objects.all()] == ["delivered"]
    assert OutboxEvent.objects.filter(kind="deliveries.delivered").count() == 1


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("shipped", "failed", "delivered"), "delivered"),
        (("delivered", "returned"), "shipped"),
        (("returned", "shipped", "delivered"), "delivered"),
        (("shipped", "in_transit", "out_for_delivery", "failed"), "shipped"),
    ],
)
def test_in_whatever_order_they_come_in_one_letter(carrier, secret, sold, kinds, state, turn):
    shipped(sold, carrier=carrier, tracking_number="T1")
    events = [told(kind, at=f"2026-03-03T0{hour}:00:00Z") for hour, kind in enumerate(kinds, start=1)]
    assert post(carrier, secret, *events[::turn]).status_code == 200
    assert standing()[0] == state


def test_a_number_that_is_known_later_brings_what_was_told_of_it(carrier, secret, sold):
    assert post(carrier, secret, told()).status_code == 200
    made = planned(sold, carrier=carrier)
    keeping.change(made, tracking_number="T1", actor=SYSTEM)
    assert standing() == ("planned", None)
    assert keeping.ship(made, on=DAY, actor=SYSTEM).state == "delivered"


def test_a_number_that_is_corrected_under_way(carrier, secret, sold):
    made = shipped(sold, carrier=carrier, tracking_number="T9")
    assert post(carrier, secret, told()).status_code == 200
    assert standing()[0] == "shipped"
    assert keeping.change(made, tracking_number="T1", actor=SYSTEM).state == "delivered"


def test_another_carriers_number_is_another_parcel(carrier, secret, sold):
    other = Carrier.objects.create(code="UPS", name="UPS")
    shipped(sold, carrier=other, tracking_number="T1")
    assert post(carrier, secret, told()).status_code == 200
    assert standing()[0] == "shipped"
    assert [each.tracking_number for each in TrackingEvent.objects.odd()] == ["T1"]


def test_a_number_that_the_carrier_gives_again_is_not_that_of_long_ago(carrier, secret, sold):
    assert post(carrier, secret, told()).status_code == 200
    TrackingEvent.objects.update(came_at=datetime(2020, 1, 1, tzinfo=UTC))
    made = shipped(sold, carrier=carrier, tracking_number="T1")
    assert (made.state, list(TrackingEvent.objects.of(made))) == ("shipped", [])


def test_it_does_not_arrive_before_it_left_nor_on_a_day_to_come(carrier, secret, sold):
    shipped(sold, "6", carrier=carrier, tracking_number="T1")
    shipped(sold, "4", carrier=carrier, tracking_number="T2", on=date(2026, 3, 4))
    post(carrier, secret, told(at="2026-03-05T08:00:00Z"), told(number="T2", at="2026-03-03T08:00:00Z"))
    assert set(Delivery.objects.values_list("state", "delivered_on")) == {("delivered", date(2026, 3, 4))}


def test_what_nobody_knows_is_kept_and_shown(carrier, secret, sold, client, given):
    shipped(sold, carrier=carrier, tracking_number="T1")
    strange = told("held_by_customs", text="Papers\x00 missing", place="Basel")
    assert post(carrier, secret, strange, told(number="X9", at="2026-03-03T01:00:00Z")).status_code == 200
    assert standing()[0] == "shipped"
    boss = given.user("boss", Role.FINANCE_MANAGER)
    client.force_login(boss)
    page = client.get(f"/deliveries/{Delivery.objects.get().pk}/").content.decode()
    assert "“held_by_customs”" in page
    assert "Basel: Papers missing" in page
    page = client.get(f"/carriers/{carrier.pk}/").content.decode()
    assert "X9" in page
    assert "no delivery" in page
    assert "not known" in page
    clerk = given.user("part", Role.ORDER_CLERK, entities=[given.entity()])
    client.force_login(clerk)
    assert "X9" not in client.get(f"/carriers/{carrier.pk}/").content.decode()
    assert [each.tracking_number for each in TrackingEvent.objects.for_user(clerk)] == ["T1"]


def test_what_is_in_trouble_has_a_lane_until_it_goes_on(carrier, secret, sold, client, given):
    made = shipped(sold, carrier=carrier, tracking_number="T1")
    rows = Delivery.objects.all()
    post(carrier, secret, told("failed", at="2026-03-03T08:00:00Z", text="nobody at home"))
    assert list(in_lane(rows, "trouble")) == [made]
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    for page in (f"/deliveries/{made.pk}/", "/deliveries/?lane=trouble"):
        assert "nobody at home" in client.get(page).content.decode()
    assert TrackingEvent.objects.trouble_of([made])[made.pk].kind == "failed"
    post(carrier, secret, told("out_for_delivery", at="2026-03-03T09:00:00Z"))
    assert list(in_lane(rows, "trouble")) == []
    assert TrackingEvent.objects.trouble_of([made]) == {}
    post(carrier, secret, told("returned", at="2026-03-03T10:00:00Z"))
    assert list(in_lane(rows, "trouble")) == [made]
    keeping.cancel(made, reason="came back", actor=SYSTEM)
    assert list(in_lane(rows, "trouble")) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"}, {"webhook-id": "m2"}, {"webhook-signature": ""}, {"webhook-timestamp": "x"},
        {"webhook-timestamp": "0"},
    ],
)  # fmt: skip
def test_what_is_not_signed_so_is_not_there(carrier, secret, headers):
    assert post(carrier, secret, told(), **headers).status_code == 404
    assert not TrackingEvent.objects.exists()


def test_a_signature_that_others_have_published_is_one():
    """The example by which makers of senders try theirs."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }  # fmt: skip
    now = datetime.fromtimestamp(1614265330, UTC)
    assert is_signed([key], headers, b'{"test": 2432232314}', now=now)
    assert not is_signed([key], headers, b'{"test": 2432232315}', now=now)
    assert not is_signed([], headers, b'{"test": 2432232314}', now=now)


def test_what_was_signed_too_long_ago_or_by_another_is_not_there(carrier, secret):
    other = Carrier.objects.create(code="UPS", name="UPS")
    theirs = signing.issue(other, actor=SYSTEM).text
    zeros = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    assert post(carrier, secret, told(), age=301).status_code == 404
    assert post(carrier, secret, told(), age=-301).status_code == 404
    assert post(carrier, theirs, told()).status_code == 404
    assert post(Carrier(pk=999_999), zeros, told()).status_code == 404
    assert post(Carrier.objects.create(code="X", name="x"), zeros, told()).status_code == 404
    assert not TrackingEvent.objects.exists()


def test_a_secret_is_rotated_with_overlap_and_ended(carrier, secret, time_machine):
    time_machine.move_to("2026-03-04 12:00Z", tick=False)
    new = signing.issue(carrier, overlap=timedelta(hours=1), actor=SYSTEM).text
    assert [post(carrier, each).status_code for each in (secret, new)] == [200, 200]
    time_machine.move_to("2026-03-04 13:00:01Z", tick=False)
    assert [post(carrier, each).status_code for each in (secret, new)] == [404, 200]
    signing.end(carrier, actor=SYSTEM)
    assert post(carrier, new).status_code == 404
    Carrier.objects.update(in_use=False)
    with pytest.raises(DeliveryRefused, match="not in use"):
        signing.issue(carrier, actor=SYSTEM)


def test_a_secret_is_kept_encrypted_and_its_history_says_who(carrier, secret, settings):
    kept = CarrierSecret.objects.get()
    assert secret.removeprefix("whsec_") not in kept.sealed
    assert CarrierSecret.pgh_event_models
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, as long as it must be"
    assert post(carrier, secret).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert post(carrier, secret).status_code == 404


def test_the_page_shows_a_secret_once(carrier, client, given):
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    made = client.post(f"/carriers/{carrier.pk}/secret/")
    text = made.content.decode().split('value="whsec_')[1].split('"')[0]
    assert (made["Cache-Control"], post(carrier, f"whsec_{text}").status_code) == ("no-store", 200)
    assert text not in client.get(f"/carriers/{carrier.pk}/").content.decode()
    again = client.post(f"/carriers/{carrier.pk}/secret/", {"overlap": "0"})
    assert "whsec_" in again.content.decode()
    assert post(carrier, f"whsec_{text}").status_code == 404
    client.post(f"/carriers/{carrier.pk}/secrets/end/")
    assert not signing.valid(carrier).exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "This is not JSON."),
        ("[]", "events: a list is missing."),
        (json.dumps({"events": [{}] * 501}), "events: no more than 500 at once."),
        ('{"events": [1]}', "events[0]: an object is missing."),
        (json.dumps({"events": [told() | {"tracking_number": ""}]}), "events[0].tracking_number: a text of 1 to 100"),
        (json.dumps({"events": [told(), told() | {"id": "x" * 201}]}), "events[1].id: a text of 1 to 200"),
        (json.dumps({"events": [told() | {"type": 5}]}), "events[0].type"),
        (json.dumps({"events": [told(at="2026-03-03")]}), "events[0].at: a moment"),
        (json.dumps({"events": [told(at="2026-03-03T10:00:00")]}), "events[0].at: a moment"),
        (json.dumps({"events": [told(at="2199-03-03T10:00:00Z")]}), "events[0].at: that cannot"),
    ],
)
def test_what_cannot_be_read_says_where_and_keeps_nothing(carrier, secret, body, said):
    answer = post(carrier, secret, body=body)
    assert (answer.status_code, answer.json()["error"].startswith(said)) == (400, True), answer.content
    assert not TrackingEvent.objects.exists()


def test_a_body_that_is_too_large_is_refused(carrier, secret):
    assert post(carrier, secret, body=" " * 1_000_001).status_code == 413


def test_who_asks_too_often_waits(carrier, secret, monkeypatch):
    monkeypatch.setattr("o2c.orders.views.hooks.SIGNED_A_MINUTE", 1)
    answers = [post(carrier, secret) for _ in range(3)]
    assert answers[0].status_code == 200
    assert (answers[-1].status_code, int(answers[-1]["Retry-After"]) > 0) == (429, True)


def test_five_hundred_take_as_many_statements_as_one(carrier, secret, sold, django_assert_max_num_queries):
    shipped(sold, carrier=carrier, tracking_number="T1")
    with django_assert_max_num_queries(30) as one:
        post(carrier, secret, told(number="T2"))
    with django_assert_max_num_queries(len(one) + 2):
        post(carrier, secret, told(), *(told(number=f"N{number}") for number in range(499)))
    assert (TrackingEvent.objects.count(), standing()[0]) == (501, "delivered")


@pytest.mark.django_db(transaction=True)
def test_told_while_it_is_shipped_it_arrives_whoever_was_first(carrier, secret, sold):
    made = [planned(sold, "1", "0", carrier=carrier) for _ in range(6)]

    def ship(place):
        keeping.ship(made[place], on=DAY, tracking_number=f"N{place}", actor=SYSTEM)
        connections.close_all()

    def tell(place):
        post(carrier, secret, *(told(number=f"N{each}", at="2026-03-03T10:00:00Z") for each in range(place, 6)))
        connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        done = [pool.submit(act, place) for place in range(6) for act in (ship, tell)]
        for each in done:
            each.result()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert OutboxEvent.objects.filter(kind="deliveries.delivered").count() == 6
