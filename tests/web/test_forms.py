"""What people type: taken where it makes sense, told at its field where it does not, and then nothing has changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.test import Client
from django.urls import reverse

from o2c.collections import teams, worklist
from o2c.collections.models import Activity, Dispute, DunningRun, Hold, PromiseToPay, Queue, Task
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role, User
from o2c.invoicing.models import Allocation, OpenItem, Receipt
from o2c.orders.models import EntityAccess
from o2c.web import jobs
from tests.web.company import company


@pytest.fixture
def shown(given):
    return company(given)


@pytest.fixture
def collector(given, shown):
    """One who works the company's queues: her team serves them."""
    cora = given.user("cora", Role.COLLECTOR)
    queues = Queue.objects.all()
    teams.change(shown.team, name="Shared team", lead=cora, members=[], queues=queues, actor=SYSTEM)
    return cora


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def errors(answer, field: str) -> str:
    """What the page says at the field; the field is marked as wrong and names what is said."""
    assert answer.status_code == 422
    form = answer.context["form"]
    said = " ".join(form.errors.get(field, []) if field != "__all__" else form.non_field_errors())
    page = answer.content.decode()
    if field != "__all__":
        assert f'id="id_{field}_error"' in page
        assert 'aria-invalid="true"' in page
    return said


# --- Working tasks


def test_a_collector_works_a_task_from_claim_to_done(shown, collector):
    client = browser(collector)
    answer = client.post(reverse("claim_next"))
    assert answer.url == reverse("task", args=[shown.task.pk])
    page = client.get(answer.url)
    assert "with you" in page.content.decode()
    about = f"?task={shown.task.pk}"
    call = reverse("log_call", args=[shown.customer.pk]) + about
    client.post(call, {"outcome": "reached", "text": "Pays on Friday", "entity": "DE1"})
    client.post(reverse("add_note", args=[shown.customer.pk]) + about, {"text": "Ask for Mrs Kaya", "entity": "DE1"})
    answer = client.post(
        reverse("finish_task", args=[shown.task.pk]), {"outcome": "reached", "note": "", "and": "next"}
    )
    assert answer.url == reverse("worklist")
    shown.task.refresh_from_db()
    assert (shown.task.state, shown.task.outcome) == ("done", "reached")
    done = Activity.objects.filter(task=shown.task).order_by("id").values_list("kind", "outcome", "text", "actor")
    assert list(done) == [
        ("call", "reached", "Pays on Friday", "cora"),
        ("note", "", "Ask for Mrs Kaya", "cora"),
        ("done", "reached", "", "cora"),
    ]


def test_done_leads_to_the_next_task(given, shown, collector):
    other = given.customer(entity=shown.entity)
    second = worklist.create(
        entity=shown.entity, customer=other, kind=Task.Kind.MANUAL, why="Next", due_on=shown.today, actor=SYSTEM
    )
    client = browser(collector)
    client.post(reverse("claim_next"))
    answer = client.post(reverse("finish_task", args=[shown.task.pk]), {"and": "next"})
    assert answer.url == reverse("task", args=[second.pk])


def test_two_collectors_and_one_task(given, shown, collector):
    quick = browser(given.user("quick", Role.COLLECTOR))
    slow = browser(collector)
    assert quick.post(reverse("claim_task", args=[shown.task.pk])).status_code == 302
    answer = slow.post(reverse("claim_task", args=[shown.task.pk]))
    assert answer.status_code == 409
    assert "quick is working on this task." in answer.content.decode()
    for name in ("finish_task", "release_task"):
        assert slow.post(reverse(name, args=[shown.task.pk]), {}).status_code == 409
    snoozing = {"until": (shown.today + timedelta(days=2)).isoformat()}
    assert slow.post(reverse("snooze_task", args=[shown.task.pk]), snoozing).status_code == 409
    shown.task.refresh_from_db()
    assert (shown.task.state, shown.task.claimed_by.username) == ("claimed", "quick")


@pytest.mark.parametrize("days", [0, -1])
def test_a_task_is_not_snoozed_until_a_day_that_has_come(shown, collector, days):
    client = browser(collector)
    client.post(reverse("claim_task", args=[shown.task.pk]))
    until = (shown.today + timedelta(days=days)).isoformat()
    answer = client.post(reverse("snooze_task", args=[shown.task.pk]), {"until": until})
    assert errors(answer, "until") == "Choose a day to come."
    shown.task.refresh_from_db()
    assert shown.task.state == "claimed"


def test_a_task_is_snoozed(shown, collector):
    until = shown.today + timedelta(days=3)
    browser(collector).post(reverse("snooze_task", args=[shown.task.pk]), {"until": until.isoformat(), "note": "Away"})
    shown.task.refresh_from_db()
    assert (shown.task.state, shown.task.snoozed_until) == ("snoozed", until)


def test_a_call_needs_an_outcome(shown, collector):
    before = Activity.objects.count()
    answer = browser(collector).post(reverse("log_call", args=[shown.customer.pk]), {"entity": "DE1", "text": "Hello"})
    assert errors(answer, "outcome") == "This field is required."
    assert "Hello" in answer.content.decode()
    assert Activity.objects.count() == before


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_a_note_needs_words_and_not_too_many(shown, collector, text):
    before = Activity.objects.count()
    answer = browser(collector).post(reverse("add_note", args=[shown.customer.pk]), {"entity": "DE1", "text": text})
    assert errors(answer, "text")
    assert Activity.objects.count() == before


def test_a_manager_gives_a_task_to_somebody_else(given, shown, collector):
    client = browser(given.user("maria", Role.FINANCE_MANAGER))
    answer = client.post(reverse("assign_task", args=[shown.task.pk]), {"to": f"user-{collector.pk}"})
    assert answer.url == reverse("tasks")
    shown.task.refresh_from_db()
    assert shown.task.assignee == collector


def test_a_task_is_only_given_to_who_works_tasks_and_sees_the_legal_entity(given, shown):
    elsewhere = given.user("elsewhere", Role.COLLECTOR, entities=[given.entity("UK9")])
    clerk = given.user("clerk", Role.CASH_CLERK)
    client = browser(given.user("maria", Role.FINANCE_MANAGER))
    for user in (elsewhere, clerk):
        answer = client.post(reverse("assign_task", args=[shown.task.pk]), {"to": f"user-{user.pk}"})
        assert "not one of the available choices" in errors(answer, "to")
    shown.task.refresh_from_db()
    assert shown.task.assignee is None


def test_a_new_task_goes_to_the_customers_collector(given, shown, collector):
    facts = {"customer": shown.customer.number, "entity": "DE1", "why": "Call", "due_on": shown.today.isoformat()}
    shown.customer.accounts.update(collector=collector)
    assert browser(collector).post(reverse("new_task"), facts).url == reverse("worklist")
    assert Task.objects.get(why="Call").assignee == collector
    answer = browser(collector).post(reverse("new_task"), {**facts, "customer": "nobody", "why": "Other"})
    assert errors(answer, "customer") == "There is no customer with the number nobody."
    given.entity("UK9")
    answer = browser(collector).post(reverse("new_task"), {**facts, "entity": "UK9", "why": "Other"})
    assert errors(answer, "entity") == "Shown customer has no account with UK9."
    assert not Task.objects.filter(why="Other").exists()


# --- Promises, holds, disputes


def promise_facts(shown, **more) -> dict:
    return {"pay_by": (shown.today + timedelta(days=7)).isoformat(), f"item-{shown.item.pk}": "1000.00", **more}


def test_a_promise_is_recorded_for_what_is_chosen(shown, collector):
    url = reverse("record_promise", args=[shown.customer.pk])
    assert b'value="1000.00"' in browser(collector).get(url).content  # what is overdue is suggested
    answer = browser(collector).post(url, promise_facts(shown))
    assert answer.url == reverse("customer", args=[shown.customer.pk])
    promise = PromiseToPay.objects.exclude(pk=shown.promise.pk).get()
    assert (promise.amount, promise.currency, promise.actor) == (Decimal("1000.00"), "EUR", "cora")


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"pay_by": "2020-01-01"}, "pay_by", "before the day the promise was given"),
        ({"pay_by": "soon"}, "pay_by", "valid date"),
        ({"item": "1000.01"}, "__all__", "only owes"),
        ({"item": "0"}, "__all__", "Choose at least one item."),
        ({"item": ""}, "__all__", "Choose at least one item."),
        ({"item": "-1"}, "item", "greater than or equal to 0"),
        ({"item": "ten"}, "item", "Enter a number."),
        ({"item": "1.001"}, "__all__", "finer than"),
        ({"item": "NaN"}, "item", "Enter a number."),
    ],
)
def test_a_promise_that_cannot_be_is_told_at_its_field(shown, collector, change, field, said):
    name = f"item-{shown.item.pk}"
    facts = promise_facts(shown) | {name if key == "item" else key: value for key, value in change.items()}
    answer = browser(collector).post(reverse("record_promise", args=[shown.customer.pk]), facts)
    assert said in errors(answer, name if field == "item" else field)
    assert PromiseToPay.objects.count() == 1


def test_a_promise_is_withdrawn_once(shown, collector):
    client = browser(collector)
    url = reverse("withdraw_promise", args=[shown.promise.pk])
    assert "Withdraw the promise?" in client.get(url).content.decode()
    client.post(url)
    shown.promise.refresh_from_db()
    assert shown.promise.state == "withdrawn"
    assert "This promise is withdrawn." in client.post(url, follow=True).content.decode()


def test_a_hold_is_placed_and_lifted(shown, collector):
    client = browser(collector)
    client.post(reverse("place_hold", args=[shown.customer.pk]), {"entity": "DE1", "reason": "New contact"})
    hold = Hold.objects.get(reason="New contact")
    assert (hold.item, hold.entity, hold.until) == (None, shown.entity, None)
    assert "New contact" in client.get(reverse("customer", args=[shown.customer.pk])).content.decode()
    client.post(reverse("lift_hold", args=[hold.pk]))
    assert not Hold.objects.filter(reason="New contact").exists()


@pytest.mark.parametrize(
    ("facts", "field"), [({"reason": ""}, "reason"), ({"reason": "Why", "until": "2020-01-01"}, "until")]
)
def test_a_hold_that_cannot_be_is_told_at_its_field(shown, collector, facts, field):
    answer = browser(collector).post(reverse("place_hold", args=[shown.customer.pk]), {"entity": "DE1", **facts})
    assert errors(answer, field)
    assert Hold.objects.count() == 1


def test_a_dispute_is_opened_once_and_closed(shown, collector):
    client = browser(collector)
    url = reverse("open_dispute", args=[shown.item.pk])
    assert errors(client.post(url, {"reason": " "}), "reason")
    client.post(url, {"reason": "Wrong price"})
    dispute = Dispute.objects.get(item=shown.item)
    assert (dispute.reason, dispute.opened_on) == ("Wrong price", shown.today)
    assert "in dispute already" in errors(client.post(url, {"reason": "Again"}), "reason")
    client.post(reverse("close_dispute", args=[dispute.pk]), {"note": "Credited"})
    dispute.refresh_from_db()
    assert dispute.closed_on == shown.today


# --- Runs and messages


@pytest.fixture
def manager(given):
    return given.user("maria", Role.FINANCE_MANAGER)


def test_a_run_is_approved_by_a_person_and_only_once(shown, manager):
    client = browser(manager)
    url = reverse("approve_run", args=[shown.run.pk])
    assert "Approve 1 notice?" in client.get(url).content.decode()
    assert client.post(url).url == reverse("run", args=[shown.run.pk])
    shown.run.refresh_from_db()
    assert (shown.run.state, shown.run.approved_by) == ("approved", "maria")
    answer = client.post(url)
    assert answer.status_code == 409
    assert "Somebody else was quicker" in answer.content.decode()


def test_a_cancelled_run_sends_nothing(shown, manager):
    browser(manager).post(reverse("cancel_run", args=[shown.run.pk]))
    shown.run.refresh_from_db()
    shown.notice.refresh_from_db()
    assert (shown.run.state, shown.notice.state) == ("cancelled", "cancelled")


def test_a_run_that_is_not_approved_is_not_sent(shown, manager):
    answer = browser(manager).post(reverse("send_run", args=[shown.run.pk]), follow=True)
    assert "only an approved run is sent" in answer.content.decode()
    shown.run.refresh_from_db()
    assert shown.run.state == "proposed"


def test_a_run_is_proposed_for_today_and_shows_its_progress(shown, manager, queue):
    answer = browser(manager).post(reverse("propose_run"), {"entity": "DE1"})
    run = DunningRun.objects.order_by("-pk").first()
    assert answer.url == reverse("run", args=[run.pk])
    assert (run.as_of, run.proposed_by, run.state) == (shown.today, "maria", "proposing")
    page = browser(manager).get(answer.url).content.decode()
    assert "0 of 1 parts done" in page
    assert 'hx-trigger="every 2s"' in page


@pytest.mark.parametrize(("verdict", "state"), [("sent", "sent"), ("queued", "queued"), ("cancelled", "cancelled")])
def test_a_person_says_what_became_of_a_message(shown, manager, verdict, state):
    client = browser(manager)
    url = reverse("resolve_message", args=[shown.message.pk])
    assert errors(client.post(url, {"verdict": "perhaps"}), "verdict")
    client.post(url, {"verdict": verdict})
    shown.message.refresh_from_db()
    assert shown.message.state == state
    assert client.post(url, {"verdict": "sent" if state != "sent" else "queued"}).status_code == 409


def test_a_refused_message_is_sent_again(shown, manager):
    Message.objects.filter(pk=shown.message.pk).update(state="refused")
    browser(manager).post(reverse("retry_message", args=[shown.message.pk]))
    shown.message.refresh_from_db()
    assert shown.message.state == "queued"


def test_only_files_of_ours_are_handed_out_as_errors(shown, manager, tmp_path, settings):
    settings.O2C_RUN_DIR = settings.MEDIA_ROOT = tmp_path / "run"
    (tmp_path / "run").mkdir()
    outside, inside = tmp_path / "secret.csv", tmp_path / "run" / "errors.csv"
    outside.write_text("secret")
    inside.write_text("line,column\n")
    client = browser(manager)
    url = reverse("import_errors", args=[shown.loaded.pk])
    for path, status in ((outside, 404), (tmp_path / "run" / ".." / "secret.csv", 404), (inside, 200), ("", 404)):
        type(shown.loaded).objects.filter(pk=shown.loaded.pk).update(errors_file=str(path))
        assert client.get(url).status_code == status


# --- Cash


@pytest.fixture
def clerk(given):
    return given.user("aisha", Role.CASH_CLERK)


def receipt_facts(shown, **more) -> dict:
    return {
        "customer": shown.customer.number,
        "entity": "DE1",
        "amount": "300.00",
        "currency": "eur",
        "received_on": shown.today.isoformat(),
        "method": "transfer",
        "reference": "RE 1",
        **more,
    }


def test_a_clerk_records_money_and_says_what_it_settles(shown, clerk):
    client = browser(clerk)
    answer = client.post(reverse("new_receipt"), receipt_facts(shown))
    receipt = Receipt.objects.latest("id")
    assert answer.url == reverse("receipt", args=[receipt.pk]) + "?fill=oldest"
    assert (receipt.amount, receipt.currency, receipt.number) == (
        Decimal("300.00"),
        "EUR",
        f"R{shown.today.year}-000004",
    )
    page = client.get(answer.url).content.decode()
    assert f'name="item-{shown.item.pk}" value="300.00"' in page
    client.post(reverse("apply_receipt", args=[receipt.pk]), {f"item-{shown.item.pk}": "300.00"})
    shown.item.refresh_from_db()
    assert shown.item.open_amount == Decimal("700.00")
    undo = Allocation.objects.get(credit_item=receipt.item)
    client.post(reverse("undo_allocation", args=[undo.pk]))
    shown.item.refresh_from_db()
    assert shown.item.open_amount == Decimal("1000.00")


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"customer": "nobody"}, "customer", "There is no customer with the number nobody."),
        ({"amount": ""}, "amount", "required"),
        ({"amount": "0"}, "amount", "greater than"),
        ({"amount": "-5"}, "amount", "greater than"),
        ({"amount": "1,50"}, "amount", "Enter a number."),
        ({"amount": "1.001"}, "amount", "finer than"),
        ({"amount": "1e30"}, "amount", "no more than"),
        ({"currency": "XXQ"}, "currency", "XXQ is not a currency of ISO 4217."),
        ({"currency": ""}, "currency", "required"),
        ({"received_on": "31.12.2025"}, "received_on", "valid date"),
        ({"received_on": "0026-01-01"}, "received_on", "look at the year"),
        ({"method": "history"}, "method", "not one of the available choices"),
        ({"entity": "UK9"}, "entity", "not one of the available choices"),
    ],
)
def test_a_receipt_that_cannot_be_is_told_at_its_field(shown, clerk, change, field, said):
    before = Receipt.objects.count(), OpenItem.objects.count()
    answer = browser(clerk).post(reverse("new_receipt"), receipt_facts(shown, **change))
    assert said in errors(answer, field)
    assert (Receipt.objects.count(), OpenItem.objects.count()) == before


@pytest.mark.parametrize(
    ("amount", "said"),
    [("50.01", "Only 50"), ("", "Give at least one item an amount."), ("0.001", "finer than")],
)
def test_money_is_not_applied_beyond_what_there_is(shown, clerk, amount, said):
    url = reverse("apply_receipt", args=[shown.receipt.pk])
    before = Allocation.objects.count()
    answer = browser(clerk).post(url, {f"item-{shown.item.pk}": amount})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Allocation.objects.count() == before


def test_an_undone_allocation_is_not_undone_again(shown, clerk):
    client = browser(clerk)
    url = reverse("undo_allocation", args=[shown.allocation.pk])
    before = Allocation.objects.count()
    client.post(url)
    assert "undone already" in client.post(url, follow=True).content.decode()
    assert Allocation.objects.count() == before + 1


def test_a_reversed_receipt_opens_what_it_settled(shown, clerk):
    client = browser(clerk)
    url = reverse("reverse_receipt", args=[shown.receipt.pk])
    client.post(url, {"on": shown.today.isoformat()})
    shown.receipt.refresh_from_db()
    assert shown.receipt.reversed_on == shown.today
    answer = client.post(url, {"on": shown.today.isoformat()})
    assert "reversed already" in errors(answer, "__all__")


# --- People


@pytest.fixture
def boss(given):
    return given.user("jana", Role.ADMINISTRATOR)


def person_facts(**more) -> dict:
    return {"username": "new", "email": "new@o2c.example", "roles": ["collector"], "all_entities": "on", **more}


def test_somebody_new_sets_a_password_by_the_link_they_are_sent(given, boss, settings):
    entity = given.entity()
    facts = person_facts(all_entities="", entities=[entity.pk])
    assert browser(boss).post(reverse("new_person"), facts).url == reverse("people")
    user = User.objects.get(username="new")
    assert (user.roles, user.all_entities, user.has_usable_password()) == (["collector"], False, False)
    assert EntityAccess.objects.get(user=user).entity == entity
    (sent,) = mail.outbox
    assert sent.to == ["new@o2c.example"]
    link = next(line for line in sent.body.splitlines() if line.startswith(settings.O2C_URL))
    visitor = Client()
    page = visitor.get(link.removeprefix(settings.O2C_URL), follow=True)
    password = "a long enough one 7"
    answer = visitor.post(page.request["PATH_INFO"], {"password1": password, "password2": password})
    assert answer.url == reverse("password_reset_complete")
    assert authenticate(username="new", password=password) == user
    again = Client().get(link.removeprefix(settings.O2C_URL), follow=True)
    assert "This link is used up" in again.content.decode()


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"username": "JANA"}, "username", "There is somebody of this name already."),
        ({"username": "a b"}, "username", "valid username"),
        ({"email": "nowhere"}, "email", "valid email"),
        ({"roles": []}, "roles", "required"),
        ({"roles": ["king"]}, "roles", "not one of the available choices"),
        ({"all_entities": ""}, "entities", "Choose at least one"),
    ],
)
def test_a_person_that_cannot_be_is_told_at_its_field(boss, change, field, said):
    answer = browser(boss).post(reverse("new_person"), person_facts(**change))
    assert answer.status_code == 422
    assert said in " ".join(answer.context["form"].errors[field])
    assert User.objects.count() == 1
    assert mail.outbox == []


def test_roles_and_legal_entities_are_changed(given, boss):
    one, other = given.entity("DE1"), given.entity("UK9")
    user = given.user("cora", Role.COLLECTOR, entities=[one])
    facts = {"email": "c@o2c.example", "roles": ["auditor", "cash_clerk"], "entities": [other.pk]}
    browser(boss).post(reverse("person", args=[user.pk]), facts)
    user.refresh_from_db()
    assert (user.roles, user.email) == (["auditor", "cash_clerk"], "c@o2c.example")
    assert [access.entity for access in user.entity_access.all()] == [other]


def test_the_last_administrator_stays(boss):
    client = browser(boss)
    facts = {"email": boss.email, "roles": ["auditor"], "all_entities": "on"}
    answer = client.post(reverse("person", args=[boss.pk]), facts)
    assert errors(answer, "roles") == "At least one person must stay administrator."
    answer = client.post(reverse("deactivate_person", args=[boss.pk]), follow=True)
    assert "You cannot deactivate yourself." in answer.content.decode()
    boss.refresh_from_db()
    assert (boss.roles, boss.is_active) == (["administrator"], True)


def test_somebody_is_deactivated_and_let_in_again(given, boss):
    user = given.user("cora", Role.COLLECTOR)
    browser(boss).post(reverse("deactivate_person", args=[user.pk]))
    assert authenticate(username="cora", password="secret-for-tests") is None
    browser(boss).post(reverse("activate_person", args=[user.pk]))
    assert authenticate(username="cora", password="secret-for-tests") == user


# --- Signing in


def test_signing_in_leads_to_where_one_was_going(given):
    given.user("cora", Role.COLLECTOR)
    client = Client()
    door = client.get("/items/?overdue=on")
    assert door.url == "/login/?next=/items/%3Foverdue%3Don"
    answer = client.post(door.url, {"username": "cora", "password": "secret-for-tests", "next": "/items/?overdue=on"})
    assert answer.url == "/items/?overdue=on"
    answer = Client().post(
        "/login/?next=https://elsewhere.example/", {"username": "cora", "password": "secret-for-tests"}
    )
    assert answer.url == reverse("home")


def test_asking_for_a_new_password_tells_nobody_who_there_is(given):
    given.user("cora", Role.COLLECTOR)
    known = Client().post("/password-reset/", {"email": "cora@o2c.example"})
    unknown = Client().post("/password-reset/", {"email": "nobody@o2c.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_the_job_mails_the_link_to_who_is_there(given):
    cora = given.user("cora", Role.COLLECTOR)
    gone = given.user("gone", Role.COLLECTOR)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for pk in (cora.pk, cora.pk, gone.pk, 0):  # a job may run twice
        jobs.mail_password_link(pk)
    assert [sent.to for sent in mail.outbox] == [["cora@o2c.example"]] * 2
    assert "/password-reset/" in mail.outbox[0].body


def test_the_profile_changes_how_numbers_are_written(given, shown):
    client = browser(given.user("cora", Role.COLLECTOR))
    assert "1,560.00" in client.get("/").content.decode()
    client.post("/profile/", {"language": "de", "first_name": "Cora", "last_name": "Kern"})
    page = client.get("/").content.decode()
    assert "1.560,00" in page
    assert "Cora Kern" in page
    assert errors(client.post("/profile/", {"language": "xx"}), "language")


def test_a_changed_password_keeps_one_signed_in(given):
    user = given.user("cora", Role.COLLECTOR)
    client = browser(user)
    new = {"oldpassword": "secret-for-tests", "password1": "quite another 99", "password2": "quite another 99"}
    wrong = client.post("/profile/password/", {**new, "oldpassword": "no"})
    assert wrong.status_code == 422
    assert client.post("/profile/password/", new).url == "/profile/"
    assert client.get("/").status_code == 200
    assert authenticate(username="cora", password="quite another 99") == user


def test_mail_to_people_is_kept_as_files_where_there_is_no_mail_server(given, settings, tmp_path):
    from o2c.web import staff

    settings.EMAIL_BACKEND, settings.O2C_MAIL_SPOOL = "o2c.web.mail.SpoolBackend", tmp_path
    staff.send_password_link(given.user("cora", Role.COLLECTOR))
    (path,) = tmp_path.glob("*.eml")
    assert path.stat().st_mode & 0o077 == 0
    assert b"To: cora@o2c.example\r\n" in path.read_bytes()
