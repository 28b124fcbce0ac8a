"""A collector's day from the keyboard, in a real browser."""

from datetime import timedelta

import pytest

from o2c.collections import worklist
from o2c.collections.models import Activity, PromiseToPay, Task
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def collector(shown):
    given = Given()
    collector = given.user("cora", Role.COLLECTOR)
    second = given.customer("Second", entity=shown.entity, name="Second customer")
    given.open_item("200.00 EUR", customer=second, due=shown.today - timedelta(days=9), number="S-1")
    for customer in (shown.customer, second):
        worklist.create(
            entity=shown.entity,
            customer=customer,
            kind=Task.Kind.MANUAL,
            why="Call them",
            due_on=shown.today,
            assignee=collector,
            actor=SYSTEM,
        )
    shown.many.delete()
    shown.task.delete()
    return collector


def test_the_whole_loop_works_from_the_keyboard(shown, collector, visit, shots):
    desk = visit("cora", **DESK)
    page, keys = desk.page, desk.page.keyboard
    dialog = page.locator("dialog#dialog[open]")

    # to the worklist, down the rows and back
    keys.press("g")
    keys.press("w")
    page.wait_for_url("**/worklist/")
    page.screenshot(path=shots / "worklist.png")
    keys.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Shown customer"
    keys.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Second customer"
    keys.press("k")
    assert page.evaluate("document.activeElement.textContent") == "Shown customer"

    # the next task: the one with most at risk
    keys.press("c")
    page.wait_for_url("**/tasks/*/")
    assert page.get_by_role("heading", level=1).inner_text() == "Shown customer"
    assert page.get_by_text("with you").is_visible()
    assert page.locator('.focus a[href^="tel:"]').inner_text() == "+49 30 1"
    page.screenshot(path=shots / "task.png")

    # how the call ended
    keys.press("o")
    dialog.wait_for()
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Tab")
    keys.type("Will pay on Friday, ask again")
    page.screenshot(path=shots / "call.png")
    keys.press("Tab")
    keys.press("Enter")
    page.get_by_text("The call is written down.").wait_for()

    # a promise for what is overdue; a wrong day first, told at its field
    keys.press("p")
    dialog.wait_for()
    page.get_by_label("Pays by").fill("2020-01-01")
    keys.press("Enter")
    page.get_by_text("before the day the promise was given").wait_for()
    assert page.evaluate("document.activeElement.name") == "pay_by"
    page.get_by_label("Pays by").fill((shown.today + timedelta(days=7)).isoformat())
    page.screenshot(path=shots / "promise.png")
    keys.press("Enter")
    page.get_by_text("these items are not chased until then").wait_for()

    # a note
    keys.press("n")
    dialog.wait_for()
    keys.type("Prefers calls before noon. Is c, d and / typed here not a shortcut?")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("The note is written down.").wait_for()

    # help, and away with it
    keys.press("?")
    page.locator("dialog#keys[open]").wait_for()
    keys.press("Escape")
    page.locator("dialog#keys[open]").wait_for(state="hidden")

    # done, and on to the next, which is put away
    keys.press("d")
    dialog.wait_for()
    dialog.get_by_role("button", name="Done, next task").press("Enter")
    page.get_by_text("Shown customer is done.").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "Second customer"
    keys.press("s")
    dialog.wait_for()
    keys.press("Enter")
    page.get_by_text("Nothing is left to claim today.").wait_for()
    page.wait_for_url("**/worklist/")

    # search from anywhere
    keys.press("/")
    keys.type("shown cust")
    keys.press("Enter")
    page.wait_for_url("**/customers/?q=*")
    assert page.get_by_role("link", name="Shown customer").is_visible()

    states = dict(Task.objects.values_list("customer__number", "state"))
    assert states == {"Shown-DE1": "done", "Second": "snoozed"}
    done = set(Activity.objects.filter(actor="cora").values_list("kind", "outcome"))
    assert done == {("call", "reached"), ("promise", "promised"), ("note", ""), ("done", ""), ("snooze", "")}
    assert PromiseToPay.objects.filter(actor="cora").count() == 1
    # the one thing the browser reports is the answer to the wrong day
    assert [text for text in desk.complaints if "422" not in text] == []


def test_a_form_that_somebody_else_made_moot_says_so(shown, collector, visit):
    desk = visit("cora", **DESK)
    task = Task.objects.get(customer=shown.customer)
    desk.page.goto(f"/tasks/{task.pk}/")
    desk.page.keyboard.press("c")
    desk.page.get_by_text("with you").wait_for()
    worklist.done(task, "", actor=worklist.Actor.of(collector))
    desk.page.keyboard.press("d")
    desk.page.locator("dialog#dialog[open]").get_by_role("button", name="Done", exact=True).click()
    desk.page.get_by_text("This task is done already.").wait_for()


def test_everything_works_without_javascript(shown, collector, visit):
    plain = visit("cora", java_script_enabled=False, **DESK)
    page = plain.page
    page.goto("/worklist/")
    page.get_by_role("button", name="Claim the next").click()
    page.wait_for_url("**/tasks/*/")
    page.get_by_role("link", name="Promise", exact=False).first.click()
    page.get_by_role("button", name="Record the promise").click()
    assert page.get_by_text("these items are not chased until then").is_visible()
    page.get_by_role("link", name="Done", exact=False).click()
    page.get_by_role("button", name="Done, next task").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Second customer"
    page.get_by_role("button", name="Theme: system").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.url.endswith(f"/tasks/{Task.objects.get(customer__number='Second').pk}/")


def test_one_key_ends_a_call_and_brings_the_next(shown, collector, visit, shots):
    desk = visit("cora", **DESK)
    page, keys = desk.page, desk.page.keyboard
    page.goto("/worklist/")
    keys.press("c")
    page.wait_for_url("**/tasks/*/")
    assert "I am calling about" in page.locator(".to-say").inner_text()
    assert page.locator(".phone").inner_text().count(" there") == 1
    page.screenshot(path=shots / "call-by-key.png")
    assert desk.axe() == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.screenshot(path=shots / "call-by-key-narrow.png")
    page.set_viewport_size(DESK["viewport"])
    keys.press("2")
    page.get_by_text("Shown customer: no answer, comes back on").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "Second customer"
    keys.press("1")
    page.get_by_text("Second customer: reached.").wait_for()
    page.wait_for_url("**/worklist/")
    assert dict(Task.objects.values_list("customer__number", "state")) == {"Shown-DE1": "snoozed", "Second": "done"}
    assert sorted(Activity.objects.filter(kind="call").values_list("outcome", flat=True)) == ["no_answer", "reached"]
