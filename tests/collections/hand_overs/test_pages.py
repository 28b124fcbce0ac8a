"""Hand-overs in the browser: the list, choosing, the case with its file, the agencies, and where else it shows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from o2c.collections import claims, dunning, placements
from o2c.collections.models import Agency, DunningLevel, DunningPolicy, PlacedItem, Placement
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import AccessRecord, Message, Role
from o2c.invoicing.models import OpenItem


@pytest.fixture
def manager(client, given):
    client.force_login(given.user("manager", Role.FINANCE_MANAGER))
    return client


@pytest.fixture
def today(given) -> date:
    return clock.today(given.entity().time_zone)


@pytest.fixture
def due(given, today) -> OpenItem:
    """What has had the only level twenty days ago, and is handed over from the tenth day on."""
    item = given.open_item("1000.00 EUR", due=today - timedelta(days=40), number="LATE-1")
    DunningLevel.objects.filter(number__gt=1).delete()
    DunningPolicy.objects.update(hands_over_after=10)
    dunning.run_day(item.entity, today - timedelta(days=20), actor=SYSTEM, replay=True)
    return item


def said(page) -> str:
    return page.content.decode()


def chosen(due) -> str:
    return reverse("hand_over", args=[due.customer_id, due.entity_id, "EUR"])


def test_what_is_recommended_is_handed_over_and_taken_back(manager, given, agency, due, today):
    other = given.open_item("60.00 EUR", due=today - timedelta(days=2), customer=due.customer, number="NEW-1")
    listed = said(manager.get(reverse("hand_overs")))
    assert due.customer.name in listed
    assert "1,000.00" in listed
    assert chosen(due) in listed
    form = said(manager.get(chosen(due)))
    assert f'value="{due.pk}" aria-label="Choose LATE-1" checked' in form
    assert f'value="{other.pk}" aria-label="Choose NEW-1">' in form
    page = manager.post(chosen(due), {"agency": agency.pk, "reason": "No answer", "item": [due.pk]}, follow=True)
    placement = Placement.objects.get()
    assert f"{due.customer.name} is with Nordinkasso." in said(page)
    assert list(PlacedItem.objects.values_list("item_id", flat=True)) == [due.pk]
    assert "Nobody is due" in said(manager.get(reverse("hand_overs")))
    assert due.customer.name in said(manager.get(reverse("hand_overs"), {"show": "placed"}))
    case = reverse("placement", args=[placement.pk])
    assert "The file is being made" in said(manager.get(case))
    for place in (reverse("customer", args=[due.customer_id]), reverse("item", args=[due.pk])):
        assert case in said(manager.get(place))
        assert "Handed over" in said(manager.get(place))
    assert "1,000.00 EUR handed over to Nordinkasso" in said(manager.get(reverse("timeline", args=[due.customer_id])))
    given.pay(due, "400.00 EUR", on=today)
    shown = said(manager.get(case))
    assert all(text in shown for text in ("400.00", "600.00", "50.00", "12.5"))
    manager.post(reverse("recall_placement", args=[placement.pk]), {"reason": "They pay us"})
    placement.refresh_from_db()
    assert (placement.state, placement.ended_by) == ("recalled", "manager")
    assert "They pay us" in said(manager.get(case))
    assert "Recalled" in said(manager.get(reverse("hand_overs"), {"show": "ended"}))
    assert "Recalled from Nordinkasso" in said(manager.get(reverse("timeline", args=[due.customer_id])))


def test_what_cannot_be_done_is_said_at_the_form_and_nothing_happens(manager, agency, due):
    nothing = manager.post(chosen(due), {"agency": agency.pk, "reason": "x"})
    assert nothing.status_code == 422
    assert "Choose what is to be handed over." in said(nothing)
    without = manager.post(chosen(due), {"agency": agency.pk, "reason": "", "item": [due.pk]})
    assert without.status_code == 422
    assert f'value="{due.pk}" aria-label="Choose LATE-1" checked' in said(without), "what was chosen stays chosen"
    stranger = manager.post(chosen(due), {"agency": agency.pk, "reason": "x", "item": ["99999", "x"]})
    assert stranger.status_code == 422
    placements.place(agency, [due.pk], reason="x", on=clock.today(due.entity.time_zone), actor=SYSTEM)
    late = manager.post(chosen(due), {"agency": agency.pk, "reason": "x", "item": [due.pk]})
    assert "LATE-1 is with Nordinkasso since" in said(late)
    assert Placement.objects.count() == 1
    assert manager.get(reverse("hand_over", args=[due.customer_id, due.entity_id, "XXQ"])).status_code == 404


def test_the_file_is_downloaded_safely_noted_and_sent_once(manager, given, agency, due, today):
    Agency.objects.update(email="claims@nord.example")
    placement = placements.place(agency, [due.pk], reason="x", on=today, actor=SYSTEM)
    assert manager.get(reverse("placement_file", args=[placement.pk])).status_code == 404
    claims.work(placement.pk)
    file = manager.get(reverse("placement_file", args=[placement.pk]))
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/zip", "nosniff")
    assert file["Content-Disposition"] == f'attachment; filename="hand-over-DE1-{today}-{placement.pk}.zip"'
    assert AccessRecord.objects.get(kind="exported").what == "Debts handed over"
    assert "Send it" in said(manager.get(reverse("placement", args=[placement.pk])))
    page = manager.post(reverse("send_placement", args=[placement.pk]), follow=True)
    assert "It goes to Nordinkasso" in said(page)
    assert "Send it" not in said(page)
    again = manager.post(reverse("send_placement", args=[placement.pk]), follow=True)
    assert "sent already" in said(again)
    assert Message.objects.filter(key=f"placement:{placement.pk}").count() == 1


def test_agencies_are_kept_by_managers_and_what_was_placed_stays_as_agreed(manager, given, due, today):
    assert "Nobody collects for us yet" in said(manager.get(reverse("hand_overs")))
    assert "Nobody collects for DE1" in said(manager.get(chosen(due)))
    facts = {
        "entity": "DE1", "code": "NORD", "name": "Nordinkasso", "kind": "lawyer", "format": "xlsx",
        "fee_percent": "10", "with_papers": "on", "in_use": "on", "email": "", "reference": "77",
    }  # fmt: skip
    manager.post(reverse("new_agency"), facts)
    agency = Agency.objects.get()
    assert (agency.kind, agency.format, agency.fee_percent, agency.with_papers) == ("lawyer", "xlsx", 10, True)
    twice = manager.post(reverse("new_agency"), facts)
    assert "DE1 has NORD already." in said(twice)
    placement = placements.place(agency, [due.pk], reason="x", on=today, actor=SYSTEM)
    manager.post(reverse("edit_agency", args=[agency.pk]), facts | {"fee_percent": "20", "in_use": "", "name": "New"})
    agency.refresh_from_db()
    placement.refresh_from_db()
    assert (agency.name, agency.fee_percent, agency.in_use, agency.code) == ("New", 20, False, "NORD")
    assert placement.fee_percent == Decimal(10)
    assert "Not in use" in said(manager.get(reverse("agencies")))


def test_who_may_not_hand_over_sees_it_and_is_offered_nothing(client, given, agency, due, today):
    client.force_login(given.user("collector", Role.COLLECTOR))
    listed = said(client.get(reverse("hand_overs")))
    assert due.customer.name in listed
    assert chosen(due) not in listed
    placement = placements.place(agency, [due.pk], reason="x", on=today, actor=SYSTEM)
    claims.work(placement.pk)
    shown = said(client.get(reverse("placement", args=[placement.pk])))
    for name in ("placement_file", "recall_placement", "give_back_placement", "send_placement"):
        assert reverse(name, args=[placement.pk]) not in shown
    assert client.get(reverse("placement_file", args=[placement.pk])).status_code == 403
