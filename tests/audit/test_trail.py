"""The audit trail: what is recorded of each kind of act, who, from where, before and after; and that it stays so."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from pghistory.models import Context, Event

from o2c.collections import disputes, dunning, holds
from o2c.collections.models import DunningRun
from o2c.core import clock, messages, people
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.api import keys
from o2c.core.audit import records, whence
from o2c.core.models import AccessRecord, Message, Role, User
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation, Entry, OpenItem
from o2c.orders import access, customers
from o2c.orders.models import Account, Customer, LegalEntity, PaymentTerms
from o2c.web.audit import trail
from o2c.web.audit.parts import KINDS, parts
from o2c.web.audit.telling import tell
from tests.given import DAY
from tests.web.company import company

PASSWORD = "secret-for-tests"
FROM = {
    "REMOTE_ADDR": "203.0.113.9",
    "HTTP_USER_AGENT": "Mozilla/5.0 Firefox/140.0",
    "HTTP_X_REQUEST_ID": "request-0001",
}


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()  # nobody is locked out


@pytest.fixture
def auditor(given) -> User:
    return given.user("auditor", Role.AUDITOR)


def lines(reader: User, limit: int = 200, **asked) -> list:
    ids = list(LegalEntity.objects.for_user(reader).values_list("pk", flat=True))
    rows = trail.read(reader, trail.Asked(**asked), entity_ids=ids, limit=limit)
    return tell(rows, None if reader.all_entities else ids)


def told(reader: User, **asked) -> list[tuple]:
    return [(line.part.name, line.verb, line.subject) for line in lines(reader, **asked)]


def changes(line) -> dict[str, tuple]:
    return {change.name: (change.before, change.after) for change in line.changes}


def a_client(user: User | None = None) -> Client:
    client = Client(**FROM)
    if user:
        client.force_login(user)
    return client


# --- What is recorded


def test_a_change_of_master_data_says_who_from_where_and_each_field_before_and_after(given, auditor):
    anna = given.user("anna", Role.ADMINISTRATOR)
    customer = given.customer("K-1", name="Old name", city="Ulm")
    account = Account.objects.get(customer=customer)
    token = whence.enter({"address": "203.0.113.9", "request": "request-0001"})
    try:
        customers.change(customer, name="New name", city="", actor=Actor.of(anna))
        customers.change_account(account, credit_limit=Decimal("5000"), actor=Actor.of(anna))
    finally:
        whence.leave(token)
    by_part = {line.part.name: line for line in lines(auditor, who="anna")}
    renamed, limit, said = (by_part[name] for name in ("customer", "account", "creditlimit"))
    assert said.subject == "DE1, K-1 New name, anna"
    assert (renamed.who, renamed.verb, renamed.subject) == ("anna", "changed", "K-1 New name")
    assert changes(renamed) == {"name": ("Old name", "New name"), "city": ("Ulm", "–")}
    assert renamed.href == reverse("customer", args=[customer.pk])
    assert changes(limit) == {"credit_limit": ("–", "5000.00")}
    assert limit.subject == "K-1 New name, DE1"
    for line in (limit, renamed, said):
        assert line.whence == {
            "actor": "anna", "user": anna.pk, "address": "203.0.113.9", "request": "request-0001",
        }  # fmt: skip
    assert len(lines(auditor, address="203.0.113.9")) == len(lines(auditor, request="request-0001")) == 3
    assert lines(auditor, address="203.0.113.10") == []
    assert [line.row for line in lines(auditor, act=renamed.act)] == [renamed.row]


def test_a_change_by_sql_is_recorded_too(given, auditor):
    customer = given.customer("K-1", name="Old name")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_customer SET name = 'By hand' WHERE id = %s", [customer.pk])
    newest = lines(auditor, of="customer")[0]
    assert changes(newest) == {"name": ("Old name", "By hand")}


def test_money_says_what_was_booked_applied_undone_and_reversed(given, auditor):
    clerk = Actor.of(given.user("clerk", Role.CASH_CLERK))
    customer = given.customer("K-1")
    item = given.open_item("100.00 EUR", customer=customer, number="INV-1")
    receipt = cash.receive(
        entity=given.entity(), customer=customer, amount=Decimal(60), currency="EUR", received_on=DAY,
        method="transfer", reference="=cmd()", actor=clerk,
    )  # fmt: skip
    (allocation,) = cash.apply(receipt.item, [cash.Split(item, Decimal("59.5"))], on=DAY, actor=clerk)
    cash.unapply(allocation, on=DAY, actor=clerk)
    cash.reverse(receipt, on=DAY, actor=clerk)
    found = told(auditor, kind="money")
    assert ("entry", "booked", "Invoice INV-1: 100.00 EUR, K-1, DE1") in found
    assert ("entry", "booked", f"Receipt {receipt.number}: 60.00 EUR, K-1, DE1") in found
    assert ("allocation", "applied", f"59.50 EUR of {receipt.number} to INV-1, K-1, DE1") in found
    assert ("allocation", "undone", f"59.50 EUR of {receipt.number} from INV-1, K-1, DE1") in found
    assert [verb for part, verb, _ in found if part == "entry"].count("reversed") == 1
    assert {line.who for line in lines(auditor, kind="money", who="clerk")} == {"clerk"}
    assert len(lines(auditor, kind="money", who="clerk")) == len(found) - 1
    assert len(lines(auditor, customer=customer, kind="money")) == len(found)
    assert Entry.objects.filter(context_id=None).count() == Allocation.objects.filter(context_id=None).count() == 0
    assert Context.objects.filter(pk__in=Entry.objects.values("context_id")).exists()


def test_approvals_holds_disputes_and_messages_say_who_decided(given, auditor):
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    item = given.open_item("100.00 EUR", due=DAY - timedelta(days=20))
    hold = holds.place(customer=item.customer, reason="private", from_on=DAY, actor=boss)
    run = dunning.propose(given.entity(), DAY, actor=SYSTEM)
    dunning.cancel(run, actor=boss)
    disputes.open(item, reason="private", on=DAY, actor=boss)
    holds.lift(hold, on=DAY, actor=boss)
    message = Message.objects.create(
        key="k", owner="DE1", sender="a@b.example", recipient="c@d.example", subject="Reminder", text="", language="en",
        state=Message.State.UNSURE,
    )  # fmt: skip
    messages.settle_as_sent(message, actor=boss)
    found = lines(auditor, kind="approval", who="boss")
    assert {(line.part.name, line.verb) for line in found} == {
        ("message", "settled"), ("hold", "added"), ("hold", "removed"), ("dispute", "added"),
        ("dunningrun", "cancelled"),
    }  # fmt: skip
    by_part = {line.part.name: line for line in found if line.verb != "added"}
    assert changes(by_part["message"]) == {
        "state": ("May or may not have been sent", "Accepted by the mail server or the provider, or posted")
    }
    assert changes(by_part["dunningrun"])["state"] == ("Waiting for approval", "Cancelled")
    assert "private" not in str([line.changes for line in found])


def test_people_their_roles_entities_and_keys(given, auditor):
    boss = given.user("boss", Role.ADMINISTRATOR)
    entity = given.entity()
    anna = people.create(username="anna", email="anna@o2c.example", roles=[Role.COLLECTOR], actor=Actor.of(boss))
    people.change(anna, roles=[Role.CASH_CLERK, Role.COLLECTOR], actor=Actor.of(boss))
    access.grant(anna, [entity], everything=False, actor=Actor.of(boss))
    key = keys.create(name="erp", scopes=["customers:read"], all_entities=True, actor=Actor.of(boss)).key
    issued = keys.rotate(key, actor=Actor.of(boss))
    keys.revoke(key, actor=Actor.of(boss))
    people.deactivate(anna, actor=Actor.of(boss))
    found = lines(auditor, who="boss", kind="access")
    steps = [(line.part.name, line.verb) for line in found]
    assert steps.count(("apisecret", "added")) == 2
    assert ("apisecret", "changed") in steps
    assert ("entityaccess", "added") in steps
    (roles,) = [line for line in found if "roles" in changes(line) and line.verb == "changed"]
    assert changes(roles)["roles"] == ("collector", "cash_clerk, collector")
    (gone,) = [
        line for line in found if line.part.name == "user" and "is_active" in changes(line) and line.verb == "changed"
    ]
    assert changes(gone) == {"is_active": ("yes", "no")}
    assert all(issued.text.split(".")[1] not in str(line.changes) for line in found)
    assert len(told(auditor, of="user", object_id=anna.pk)) == 3 + (1 if anna.all_entities else 0)


def test_coming_in_failing_being_locked_out_and_going(given, auditor):
    given.user("anna", Role.COLLECTOR)
    client = a_client()
    client.post("/login/", {"username": "ANNA", "password": "wrong"})
    client.post("/login/", {"username": "my secret typed in the wrong field", "password": "x"})
    client.post("/login/", {"username": "anna", "password": PASSWORD})
    client.post("/logout/")
    found = lines(auditor, kind="access", of="access_record")
    assert [(line.who, line.verb, line.subject) for line in found] == [
        ("anna", "signed out", "anna"),
        ("anna", "signed in", "anna"),
        ("unknown", "sign-in failed", "a name that nobody has"),
        ("unknown", "sign-in failed", "anna"),
    ]
    assert {line.whence["address"] for line in found} == {"203.0.113.9"}
    assert {line.whence["agent"] for line in found} == {FROM["HTTP_USER_AGENT"]}
    assert "secret typed" not in str(list(AccessRecord.objects.values())) + str(list(Context.objects.values()))
    # the failed try stands in the person's own history too
    assert len(lines(auditor, who="anna", of="access_record")) == 3
    for _ in range(10):
        client.post("/login/", {"username": "anna", "password": "wrong"})
    client.post("/login/", {"username": "anna", "password": PASSWORD})
    assert lines(auditor, of="access_record")[0].verb == "locked out"


def test_taking_data_out_is_recorded_before_the_first_byte(given, auditor, tmp_path, settings):
    settings.O2C_RUN_DIR = tmp_path
    shown = company(given, folder=tmp_path)
    client = a_client(auditor)
    client.get(reverse("statement", args=[shown.customer.pk]))
    client.get(reverse("import_errors", args=[shown.loaded.pk]))
    client.get(reverse("audit_export") + f"?what=money&customer={shown.customer.number}")
    found = lines(auditor, of="access_record", who="auditor")
    assert [line.subject.split(",")[0] for line in found if line.verb == "export taken"] == [
        "Audit trail", "Rejected rows of an import", "Statement of account",
    ]  # fmt: skip
    assert found[0].row.object_id == auditor.pk
    # a customer's own history shows who took their statement
    assert ("access_record", "export taken") in {row[:2] for row in told(auditor, customer=shown.customer)}


def test_the_way_through_proxies_is_believed_only_as_far_as_they_are_ours(settings):
    from o2c.core.environment import networks

    def address(peer: str, forwarded: str = "") -> str:
        return whence.client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded})

    settings.O2C_PROXIES = []
    assert address("203.0.113.9", "198.51.100.1") == "203.0.113.9"
    settings.O2C_PROXIES = networks("O2C_PROXIES", ["10.0.0.0/8", "::1"])
    assert address("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.7") == "203.0.113.9"
    assert address("10.0.0.1", "10.0.0.7") == "10.0.0.7"
    assert address("203.0.113.9", "198.51.100.1") == "203.0.113.9"
    assert address("::1", "2001:db8::7") == "2001:db8::7"
    assert address("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.7") == ""
    assert address("10.0.0.1", "198.51.100.1, nonsense") == ""
    assert address("", "198.51.100.1") == "198.51.100.1"


def test_a_program_is_named_by_its_key(given, auditor):
    issued = keys.create(name="erp", scopes=["customers:write"], all_entities=True, actor=SYSTEM)
    answer = Client(**FROM).post(
        "/api/v1/customers", {"number": "K-9", "name": "From the ERP"}, content_type="application/json",
        headers={"Authorization": f"Api-Key {issued.text}", "Idempotency-Key": "1"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    newest = lines(auditor, of="customer")[0]
    assert (newest.who, newest.whence["key"], newest.whence["address"]) == ("api key erp", issued.key.pk, "203.0.113.9")


# --- Who sees what


def test_an_auditor_of_one_legal_entity_sees_nothing_of_another(given):
    shown, hidden = company(given, "DE1", "Shown"), company(given, "UK9", "Hidden")
    theirs = given.user("hermit", Role.COLLECTOR, entities=[hidden.entity])
    keys.create(name="hidden key", scopes=["customers:read"], all_entities=False, actor=SYSTEM)
    a_client(theirs)
    Client().post("/login/", {"username": "nobody at all", "password": "x"})
    limited = given.user("limited", Role.AUDITOR, entities=[shown.entity])
    a_client(limited)
    found = lines(limited, limit=2000)
    everything = str([(line.subject, line.who, line.changes) for line in found])
    assert not [word for word in ("Hidden", "UK9", "hermit", "hidden key", "nobody has") if word in everything]
    assert {part.kind for line in found for part in [line.part]} == set(KINDS)
    assert {line.part.name for line in found} >= {
        "customer", "account", "contact", "legalentity", "entry", "allocation", "hold", "dispute", "dunningrun",
        "promisetopay", "user", "entityaccess", "import_run", "access_record",
    }  # fmt: skip
    whole = lines(given.user("every", Role.AUDITOR), limit=2000)
    assert len(whole) > len(found) + 20


def test_every_tracked_model_has_a_part_and_a_rule_who_sees_it():
    events = [model for model in apps.get_models() if issubclass(model, Event) and not model._meta.abstract]
    assert {part.events for part in parts().values() if part.events} == set(events)
    for part in parts().values():
        assert part.kind in KINDS
        assert part.visible != "false", f"say in VISIBLE who sees {part.name}"


def test_the_page_is_the_home_of_auditors_only(given, auditor):
    assert a_client(auditor).get("/home/").url == "/audit/"
    assert a_client(given.user("boss", Role.AUDITOR, Role.FINANCE_MANAGER)).get("/home/").url == "/"
    client = Client()
    answer = client.post("/login/", {"username": "auditor", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/audit/"


# --- It stays as it was written


def guarded() -> list[str]:
    return sorted({part.table for part in parts().values() if part.events} | {"core_accessrecord"})


@pytest.mark.parametrize("table", ["orders_customerevent", "core_accessrecord", "pghistory_context"])
def test_nothing_in_the_trail_is_changed_or_removed(given, table):
    given.customer()
    records.record(records.Kind.SIGNED_IN, actor=SYSTEM)
    column = {"orders_customerevent": "name", "core_accessrecord": "what", "pghistory_context": "metadata"}[table]
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_every_history_is_guarded_and_indexed_by_time(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'core_history_stays'::regproc")
        assert sorted({row[0] for row in cursor.fetchall()}) == guarded(), "see o2c.core.audit.guard"
        cursor.execute(
            "SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%%(pgh_created_at, pgh_id)'"
            " OR indexname = 'access_record_when'"
        )
        assert sorted(row[0] for row in cursor.fetchall()) == guarded()


def test_erasure_may_change_history_and_the_trail_says_so(given, auditor):
    from o2c.web.privacy import subjects

    customer = given.customer("K-1", name="Rosalinde Kurz")
    records.record(
        records.Kind.CORRECTED, "x", actor=SYSTEM, customer_id=customer.pk, reason="Rosalinde asked", kept="yes"
    )
    subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    assert subjects.traces(["rosalinde"]) == []
    shown = {
        line.subject: changes(line) for line in lines(auditor, of="access_record") if line.verb == "audit trail changed"
    }
    assert set(shown) == {"orders_customerevent", "orders_contactevent", "core_accessrecord"}
    assert shown["orders_customerevent"] == {
        "for": (None, "erasure"), "rows": (None, "3"), "operation": (None, "update"),
    }  # fmt: skip
    # outside of it nothing may, in the same transaction neither
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_customerevent")


def test_a_context_is_completed_only_by_its_own_act(given):
    given.customer()
    old = Context.objects.order_by("created_at").first()
    with connection.cursor() as cursor:
        # what pghistory would do if somebody named an older context as the present one
        cursor.execute("ALTER TABLE pghistory_context DISABLE TRIGGER context_stays")
        cursor.execute(
            "UPDATE pghistory_context SET created_at = created_at - interval '1 day' WHERE id = %s", [old.pk]
        )
        cursor.execute("ALTER TABLE pghistory_context ENABLE TRIGGER context_stays")
        cursor.execute("SELECT set_config('pghistory.context_id', %s, true)", [str(old.pk)])
        cursor.execute("SELECT set_config('pghistory.context_metadata', %s, true)", ['{"actor": "somebody else"}'])
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
            cursor.execute("UPDATE orders_customer SET city = 'Rome'")


# --- Reading on, filters, and the file


def test_pages_go_on_without_a_gap_or_a_repetition_while_more_happens(given, auditor):
    shown = company(given)
    ids = [shown.entity.pk]
    whole = [row.place for row in trail.read(auditor, trail.Asked(), entity_ids=ids, limit=5000)]
    assert len(whole) > 20
    read, before = [], trail.END
    while rows := trail.read(auditor, trail.Asked(), entity_ids=ids, limit=7, before=before):
        read += [row.place for row in rows]
        before = trail.place(read[-1])
        given.customer()  # something new at the front moves nothing behind
    assert [place for place in read if place in set(whole)] == whole
    assert len(set(read)) == len(read)
    assert whole == [place for page in trail.everything(auditor, trail.Asked(), entity_ids=ids, at_once=9)
                     for place in (row.place for row in page) if place in set(whole)]  # fmt: skip
    for wrong in ("x", "2026-01-01~customer~1", "2026-01-01T00:00:00+00:00~nothing~1"):
        with pytest.raises(trail.BadPlace):
            trail.place(wrong)
        assert a_client(auditor).get(f"/audit/?before={wrong}").status_code == 404


def test_filters_by_day_object_and_what_cannot_be_asked(given, auditor):
    customer = given.customer("K-1")
    today = clock.today()
    assert lines(auditor, since=today + timedelta(days=1)) == []
    assert lines(auditor, until=today - timedelta(days=1)) == []
    assert len(lines(auditor, since=today, until=today)) == len(lines(auditor)) == len(lines(auditor, until=date.max))
    assert {line.part.name for line in lines(auditor, of="customer", object_id=customer.pk)} == {"customer"}
    client = a_client(auditor)
    for query in (
        "address=nonsense",
        "customer=unknown",
        "what=unknown",
        "since=2026-13-01",
        "entity=XX",
        "act=1",
        "id=x",
    ):
        assert client.get(f"/audit/?{query}").status_code == 422, query
        assert client.get(f"/audit/export.csv?{query}").status_code == 404, query
    page = client.get("/audit/?customer=K-1").content.decode()
    assert reverse("customer", args=[customer.pk]) in page


def test_the_file_holds_what_the_page_shows_and_runs_nothing(given, auditor):
    given.customer("K-1", name="=HYPERLINK(1)")
    given.open_item("100.00 EUR", customer=Customer.objects.get(number="K-1"), number="@SUM(1)")
    client = a_client(auditor)
    answer = client.get(reverse("audit_export"))
    assert answer.streaming
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
    content = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    # the export itself is in it
    (taken,) = [row for row in rows if row["done"] == "export taken"]
    assert (taken["address"], taken["who"], taken["kind"]) == ("203.0.113.9", "auditor", "access")
    assert len(rows) == len(lines(auditor, limit=10_000))
    assert [cell for row in rows for cell in row.values() if cell[:1] in "=+-@\t\r" and cell] == []
    booked = next(row for row in rows if row["object"] == "entry")
    assert booked["subject"] == "Invoice @SUM(1): 100.00 EUR, K-1, DE1"
    assert OpenItem.objects.count() == 1
    money = b"".join(client.get(reverse("audit_export") + "?what=money").streaming_content).decode()
    assert {row["kind"] for row in csv.DictReader(io.StringIO(money))} == {"money"}


def test_who_may_not_read_it_does_not(given):
    for role in (Role.COLLECTOR, Role.CASH_CLERK):
        client = a_client(given.user(role, role))
        assert client.get("/audit/").status_code == client.get("/audit/export.csv").status_code == 403


def test_terms_are_policies_and_shared(given, auditor):
    PaymentTerms.objects.create(code="NET7", name="7 days", days=7)
    assert ("paymentterms", "added", "NET7") in told(auditor, kind="policy")
    assert DunningRun.objects.count() == 0


@pytest.mark.django_db
def test_what_an_act_brings_about_by_itself_is_recorded_as_its_actors(given):
    """A part that acts as the system inside a person's act does not put its name on what the person did."""
    given.user("anna", Role.FINANCE_MANAGER)
    customer = given.customer()
    with acting(Actor("anna", user_id=User.objects.get(username="anna").pk)):
        customers.change(customer, name="Before the part", actor=SYSTEM)
        with acting(SYSTEM, part="inner"):
            customers.change(customer, name="In the part", actor=SYSTEM)
    context = Context.objects.get(metadata__part="inner")
    assert context.metadata["actor"] == "anna"
    assert apps.get_model("orders", "CustomerEvent").objects.filter(pgh_context=context).count() == 2
