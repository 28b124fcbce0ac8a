"""Orders in the browser: entered with what they come to as it is typed, validated, waived and cancelled."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders.credit import limits
from o2c.orders.models import Order
from tests.orders.makers import line, order, price_list, product, ready, say


@pytest.fixture
def shop(given):
    entity = given.entity()
    sold = product("P1", tax_rate=Decimal(19))
    say(price_list(entity, is_default=True), sold, "10", since=date(2026, 1, 1), today=date(2026, 1, 1))
    return entity, ready(given, "C1"), sold


@pytest.fixture
def clerk(client, given):
    client.force_login(given.user("clerk", Role.ORDER_CLERK))
    return client


def typed(*lines: dict, **head) -> dict:
    data = {"customer": "C1", "entity": "DE1", "ordered_on": "2026-03-10", "lines": str(len(lines)), **head}
    for place, each in enumerate(lines):
        data |= {f"line{place}-{name}": value for name, value in each.items()}
    return data


ONE = {"product": "P1", "quantity": "3"}


def test_an_order_is_entered_and_validated(clerk, shop):
    assert clerk.get("/orders/new/").status_code == 200
    answer = clerk.post("/orders/new/", typed(ONE, act="save", customer_reference="PO 1"))
    made = Order.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/orders/{made.pk}/")
    assert (made.state, made.net_total, made.created_by) == ("validated", 30, "clerk")
    page = clerk.get(answer.url).content.decode()
    assert "PO 1" in page
    assert "Validated" in page
    listed = clerk.get("/orders/?q=PO+1").content.decode()
    assert made.number in listed
    assert made.number not in clerk.get("/orders/?wrong=yes").content.decode()


def test_it_is_priced_and_checked_as_it_is_typed_and_nothing_is_kept(clerk, shop):
    live = clerk.post("/orders/new/?live=1", typed(ONE | {"price": "9"}, {"product": "4711", "quantity": "1"}))
    said = live.content.decode()
    assert "9 is not what STD says: 10." in said
    assert "4711" in said
    assert "27.00" in said
    assert not Order.objects.exists()


def test_buttons_add_move_and_remove_lines(clerk, shop):
    again = clerk.post("/orders/new/", typed(ONE, act="next")).content.decode()
    assert 'name="line1-product"' in again
    assert 'name="line1-product"' not in clerk.post("/orders/new/", typed(ONE, ONE, act="drop-line-1")).content.decode()
    up = clerk.post("/orders/new/", typed(ONE, {"product": "XX", "quantity": "1"}, act="up-line-1")).content.decode()
    assert up.index('value="XX"') < up.index('value="P1"')
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("P\x001", 422, "Null characters are not allowed."),
        ("P" * 5000, 422, "Ensure this value has at most"),
        ("%_\\", 302, ""),
    ],
)
def test_any_text_for_a_product_has_an_answer(clerk, shop, text, status, said):
    answer = clerk.post("/orders/new/", typed({"product": text, "quantity": "1"}, act="save"))
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert [each.product for order in Order.objects.all() for each in order.lines.all()] == [None] * (status == 302)


def test_what_cannot_be_saved_stands_at_its_field(clerk, shop):
    answer = clerk.post("/orders/new/", typed(ONE | {"hs_code": "abc"}, act="save"))
    assert answer.status_code == 422
    assert "6 to 12 digits" in answer.content.decode()
    assert not Order.objects.exists()


def test_an_order_is_edited_in_the_version_that_was_seen(clerk, shop):
    entity, customer, sold = shop
    made = order(customer, line(sold), entity=entity)
    page = clerk.get(f"/orders/{made.pk}/edit/")
    assert page.status_code == 200
    ours = typed({"id": str(made.lines.get().pk), "product": "P1", "quantity": "7"}, act="save")
    assert clerk.post(f"/orders/{made.pk}/edit/", ours | {"seen": "2020-01-01T00:00:00+00:00"}).status_code == 422
    done = clerk.post(f"/orders/{made.pk}/edit/", ours | {"seen": made.updated_at.isoformat()})
    assert (done.status_code, Order.objects.get().net_total) == (302, 70)
    Order.objects.update(state="confirmed")
    assert clerk.get(f"/orders/{made.pk}/edit/").status_code == 409


def test_a_clerk_cannot_waive_and_a_manager_can(clerk, client, given, shop):
    entity, customer, sold = shop
    made = order(customer, line(sold, "1", "8"), entity=entity)
    path = f"/order-problems/{made.problems.get().pk}/waive/"
    assert clerk.post(path, {"reason": "so be it"}).status_code == 403
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    assert client.post(path, {"reason": "so be it"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "validated"
    assert "so be it" in client.get(f"/orders/{made.pk}/").content.decode()
    assert client.post(f"/orders/{made.pk}/cancel/", {"reason": "gone"}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.reason) == ("cancelled", "gone")


def test_products_are_looked_up_by_number_and_name(clerk, shop):
    product("XY-1")
    found = clerk.get("/products/choices/?line0-product=uct+XY").content.decode()
    assert 'value="XY-1"' in found
    assert "P1" not in found


def test_an_order_is_confirmed_from_its_page_as_far_as_the_limit_goes(clerk, shop):
    entity, customer, sold = shop
    account = customer.accounts.get()
    limits.set_now(account, Decimal(40), actor=SYSTEM)
    first, second = (order(customer, line(sold, "3"), entity=entity, customer_reference=name) for name in "ab")
    assert "Confirm" in clerk.get(f"/orders/{first.pk}/").content.decode()
    for made, state, shown in ((first, "confirmed", "Deliver…"), (second, "on_hold", "Why it is held")):
        assert clerk.post(f"/orders/{made.pk}/confirm/").status_code == 302
        made.refresh_from_db()
        assert made.state == state
        assert shown in clerk.get(f"/orders/{made.pk}/").content.decode()
    Order.objects.filter(pk=second.pk).update(state="draft")
    said = clerk.post(f"/orders/{second.pk}/confirm/", follow=True).content.decode()
    assert "An order that is draft is not confirmed." in said


def test_all_validated_ones_that_the_list_shows_are_confirmed_as_far_as_the_limit_goes(clerk, given, shop):
    entity, customer, sold = shop
    for other in (customer, ready(given, "C2")):
        limits.set_now(other.accounts.get(), Decimal(40), actor=SYSTEM)
        for name in "ab":
            order(other, line(sold, "3"), entity=entity, customer_reference=name)
    order(other, line(sold, "3", "8"), entity=entity, customer_reference="wrong")
    assert "Confirm all" not in clerk.get("/orders/").content.decode()
    listed = clerk.get("/orders/?state=validated&q=C2").content.decode()
    assert "/orders/confirm/?state=validated&amp;q=C2" in listed
    asked = clerk.get("/orders/confirm/?state=validated&q=C2").content.decode()
    assert "Confirm 2 orders?" in asked
    said = clerk.post("/orders/confirm/?state=validated&q=C2", follow=True).content.decode()
    assert "Confirmed: 1. On credit hold: 1." in said
    states = Order.objects.order_by("pk").values_list("customer__number", "state")
    assert list(states) == [
        ("C1", "validated"), ("C1", "validated"), ("C2", "confirmed"), ("C2", "on_hold"), ("C2", "draft"),
    ]  # fmt: skip
    assert "Confirmed: 0." in clerk.post("/orders/confirm/?state=validated&q=C2", follow=True).content.decode()


def test_an_order_of_many_lines_is_entered_and_looked_up_in_as_many_statements_as_one_of_few(clerk, shop):
    for number in range(6):
        product(f"Q{number}")
    told = []
    for many in (2, 6, 180):  # the first finds nothing remembered
        lines = [
            {"product": f"Q{row % 6}" if row % 2 else f"Product Q{row % 6}", "quantity": "1"} for row in range(many)
        ]
        with CaptureQueriesContext(connection) as queries:
            answer = clerk.post("/orders/new/", typed(*lines, act="save", customer_reference=f"PO {many}"))
        assert answer.status_code == 302
        told.append(len(queries))
    assert told[1] == told[2]
    made = Order.objects.get(customer_reference="PO 180")
    assert made.lines.count() == 180
    assert not made.lines.filter(product=None).exists()


def test_an_order_of_more_lines_than_the_page_holds_is_not_edited_on_it(clerk, shop):
    entity, customer, sold = shop
    made = order(customer, *[line(sold)] * 201, entity=entity)
    assert clerk.get(f"/orders/{made.pk}/edit/").status_code == 409
    assert clerk.post(f"/orders/{made.pk}/edit/", typed(ONE, act="save")).status_code == 409
    assert made.lines.count() == 201
    page = clerk.get(f"/orders/{made.pk}/").content.decode()
    assert f"/orders/{made.pk}/edit/" not in page
