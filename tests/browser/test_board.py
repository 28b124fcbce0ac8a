"""The manager's board: a card is dragged to somebody else, all of a person's is, and keys do the same."""

import pytest

from o2c.collections import worklist
from o2c.collections.models import BulkAct, Task
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders.models import Account
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(shown):
    given = Given()
    given.user("maria", Role.FINANCE_MANAGER)
    shown.anna, shown.ben = given.user("anna", Role.COLLECTOR), given.user("ben", Role.COLLECTOR)
    shown.tasks = []
    for number in range(3):
        customer = given.customer(f"B{number}", entity=shown.entity, name=f"Board {number}", collector=shown.anna)
        given.open_item(f"{900 - 100 * number}.00 EUR", customer=customer, due=shown.today.replace(year=2020))
        shown.tasks.append(
            worklist.create(
                entity=shown.entity, customer=customer, kind=Task.Kind.CALL, why="x", due_on=shown.today, actor=SYSTEM
            )
        )
    return shown


def who(office) -> list[str]:
    found = dict(Task.objects.values_list("pk", "assignee__username"))
    return [found[task.pk] for task in office.tasks]


def test_cards_and_whole_columns_are_dragged_and_taken_back(office, visit, shots):
    desk = visit("maria", viewport={"width": 1440, "height": 900})
    page = desk.page
    page.goto("/tasks/board/")
    page.screenshot(path=shots / "board.png", full_page=True)
    assert desk.axe() == []
    bens = page.locator(f'[data-drop="user-{office.ben.pk}"]')
    page.locator(f'[data-task="{office.tasks[1].pk}"]').drag_to(bens)
    page.get_by_text("Given to ben: 1 task").wait_for()
    assert who(office) == ["anna", "ben", "anna"]
    assert bens.get_by_text("Board 1").is_visible()
    page.keyboard.press("u")
    page.get_by_text("Taken back: 1 task as before").wait_for()
    page.wait_for_url("**/tasks/board/")
    assert who(office) == ["anna", "anna", "anna"]
    page.locator(f'[data-all-of="user-{office.anna.pk}"]').drag_to(bens, source_position={"x": 150, "y": 8})
    page.get_by_text("Given to ben: 3 tasks").wait_for()
    assert who(office) == ["ben", "ben", "ben"]
    assert desk.complaints == []


def test_keys_choose_and_give_and_the_accounts_follow(office, visit, shots):
    desk = visit("maria", viewport={"width": 1440, "height": 900})
    page = desk.page
    page.goto("/tasks/board/")
    page.locator(f'[data-task="{office.tasks[0].pk}"] a').focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-count]").inner_text() == "2"
    page.keyboard.press("G")
    dialog = page.locator("dialog#dialog[open]")
    dialog.wait_for()
    assert desk.axe() == []
    page.keyboard.type("ben")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.screenshot(path=shots / "board-give.png")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Given to ben, with the accounts: 2 tasks").wait_for()
    assert who(office) == ["ben", "ben", "anna"]
    collectors = Account.objects.filter(customer__number__startswith="B").order_by("customer__number")
    assert [account.collector.username for account in collectors] == ["ben", "ben", "anna"]
    assert BulkAct.objects.get(user__username="maria").accounts is True
    assert desk.complaints == []


def test_on_a_phone_figures_are_read_and_all_of_somebody_is_given_by_a_form(office, visit, shots):
    desk = visit("maria", viewport={"width": 390, "height": 844})
    page = desk.page
    page.goto("/tasks/board/")
    page.screenshot(path=shots / "board-narrow.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert desk.axe() == []
    page.get_by_role("link", name="Give all of anna").click()
    dialog = page.locator("dialog#dialog[open]")
    dialog.get_by_label("Who takes them").select_option(f"user-{office.ben.pk}")
    dialog.get_by_role("button", name="Give").click()
    page.get_by_text("Given to ben: 3 tasks").wait_for()
    assert who(office) == ["ben", "ben", "ben"]
