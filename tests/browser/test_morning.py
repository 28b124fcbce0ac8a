"""A collector's morning by the keyboard alone: twenty tasks, and one with two collectors at once."""

from datetime import timedelta

import pytest

from o2c.collections import worklist
from o2c.collections.models import Activity, BulkAct, Dispute, PromiseToPay, Task, TeamMember
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}
MANY = 24


@pytest.fixture
def owing(shown):
    """So many customers who owe the less the later they come, each with a task of somebody or of anyone."""
    shown.many.delete()
    shown.task.delete()
    given = Given()

    def make(assignee=None):
        for number in range(MANY):
            customer = given.customer(f"M{number:02}", entity=shown.entity, name=f"Customer {number:02}")
            due = shown.today - timedelta(days=20)
            given.open_item(f"{9000 - 100 * number}.00 EUR", customer=customer, due=due, number=f"M-{number:02}")
            worklist.create(
                entity=shown.entity, customer=customer, kind=Task.Kind.MANUAL, why="Ask when they pay",
                due_on=shown.today, assignee=assignee, actor=SYSTEM,
            )  # fmt: skip

    return make


class Keys:
    """Hands on a keyboard: nothing is clicked."""

    def __init__(self, page):
        self.page = page
        self.dialog = page.locator("dialog#dialog[open]")

    def press(self, *strokes: str) -> None:
        for stroke in strokes:
            self.page.keyboard.press(stroke)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def opens(self, key: str) -> None:
        self.press(key)
        self.dialog.wait_for()

    def tab_to(self, name: str) -> None:
        """Go on by Tab until a button of that name has the focus."""
        for _ in range(15):
            if self.page.evaluate("document.activeElement.textContent.trim()").startswith(name):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {name}")

    def sends(self, button: str) -> None:
        self.tab_to(button)
        self.press("Enter")

    @property
    def customer(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def is_at(self, customer: str) -> None:
        self.page.get_by_role("heading", level=1, name=customer).wait_for()


def test_a_morning_of_twenty_tasks_by_keys_alone(shown, owing, visit, shots):
    cora = Given().user("cora", Role.COLLECTOR)
    owing(cora)
    desk = visit("cora", **DESK)
    page, keys = desk.page, Keys(desk.page)
    keys.press("g", "w")
    page.wait_for_url("**/worklist/")

    # the four smallest are only reminded: chosen from the end, sent, taken back, and sent again
    def choose_the_last_four():
        keys.press("k")
        for row in range(4):
            keys.press("x", *(["k"] if row < 3 else []))
        assert page.locator("[data-count]").inner_text() == "4"

    choose_the_last_four()
    page.screenshot(path=shots / "morning-chosen.png")
    assert desk.axe() == []
    keys.opens("R")
    page.screenshot(path=shots / "morning-remind.png")
    assert desk.axe() == []
    back_on = shown.today + timedelta(days=7)
    keys.type(f"{back_on:%m%d%Y}")
    keys.sends("Send")
    said = page.get_by_text("Reminded and put away until")
    said.wait_for()
    assert "4 tasks" in said.inner_text()
    page.screenshot(path=shots / "morning-reminded.png")
    keys.press("u")
    page.get_by_text("Taken back: 4 tasks as before, 4 mails stopped.").wait_for()
    choose_the_last_four()
    keys.opens("R")
    keys.type(f"{back_on:%m%d%Y}")
    keys.sends("Send")
    said.wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.screenshot(path=shots / "morning-narrow.png")
    assert desk.axe() == []
    page.set_viewport_size(DESK["viewport"])

    # twenty tasks: the first in rank first
    keys.press("c")
    for number in range(20):
        keys.is_at(f"Customer {number:02}")
        page.get_by_text("with you").wait_for()
        if number == 3:
            keys.opens("p")
            keys.sends("Record the promise")
            page.get_by_text("these items are not chased until then").wait_for()
            keys.opens("d")
            keys.sends("Done, next task")
        elif number == 7:
            keys.opens("x")
            keys.press("Tab", "Tab")
            keys.type("Two pallets were broken")
            keys.press("Enter")
            keys.dialog.wait_for(state="hidden")
            page.get_by_text("with you").wait_for()
            keys.opens("d")
            keys.sends("Done, next task")
        elif number == 11:
            keys.opens("s")
            keys.sends("Snooze, next task")
        elif number % 2:
            keys.press("2")  # no answer
        else:
            keys.press("1")  # reached
    page.wait_for_url("**/worklist/")
    assert page.get_by_text("Nothing waits for you").is_visible()
    page.screenshot(path=shots / "morning-done.png")

    states = dict(Task.objects.values_list("customer__number", "state"))
    away = {f"M{number:02}" for number in range(20) if number % 2 and number not in (3, 7)} | {
        "M20",
        "M21",
        "M22",
        "M23",
    }
    assert {number for number, state in states.items() if state == "snoozed"} == away
    assert {number for number, state in states.items() if state == "done"} == set(states) - away
    assert len(states) == MANY
    calls = list(Activity.objects.filter(kind="call", actor="cora").values_list("outcome", flat=True))
    assert (calls.count("reached"), calls.count("no_answer")) == (10, 7)
    promise, dispute = PromiseToPay.objects.get(actor="cora"), Dispute.objects.get(customer__number="M07")
    assert (promise.customer.number, promise.amount) == ("M03", 8700)
    assert dispute.reason == "Two pallets were broken"
    assert [act.undone_by for act in BulkAct.objects.filter(user=cora).order_by("pk")] == ["cora", ""]
    sent = Message.objects.filter(key__startswith="reminder:")
    assert sorted(sent.values_list("state", flat=True)) == ["cancelled"] * 4 + ["queued"] * 4
    assert desk.complaints == []


def test_two_collectors_at_once_share_no_task(shown, owing, visit):
    given = Given()
    for name in ("cora", "dora"):
        TeamMember.objects.create(team=shown.team, user=given.user(name, Role.COLLECTOR))
    owing()
    desks = [visit(name, **DESK) for name in ("cora", "dora")]
    hands = [Keys(desk.page) for desk in desks]
    for keys in hands:
        keys.press("g", "w")
        keys.page.wait_for_url("**/worklist/")
    met: dict[str, list[str]] = {"cora": [], "dora": []}
    for keys in hands:
        keys.press("c")
    for _ in range(MANY // 2):
        for name, keys in zip(met, hands, strict=True):
            keys.page.get_by_text("with you").wait_for()
            met[name].append(keys.customer)
        moved = [keys.page.evaluate("document.body.dataset.before = '1'") for keys in hands]
        assert moved == ["1", "1"]
        for keys in hands:
            keys.press("1")  # both at once: neither waits for the other's answer
        for keys in hands:
            keys.page.locator("body:not([data-before])").wait_for()
    for keys in hands:
        keys.page.wait_for_url("**/worklist/")
    assert len(set(met["cora"]) | set(met["dora"])) == MANY
    assert not set(met["cora"]) & set(met["dora"])
    assert sorted(Activity.objects.filter(kind="call").values_list("actor", flat=True)) == (
        ["cora"] * (MANY // 2) + ["dora"] * (MANY // 2)
    )
    assert set(Task.objects.values_list("state", flat=True)) == {"done"}
    assert [desk.complaints for desk in desks] == [[], []]
