"""Customers, accounts, contacts, terms, tasks and runs by the API."""

from datetime import date, timedelta

from o2c.collections.models import Activity, DunningRun, Queue, Task
from o2c.core import clock
from o2c.core.models import Role
from o2c.orders.models import Account, Contact, Customer, PaymentTerms


def test_a_customer_of_the_erp_is_made_once_and_then_changed(api, given):
    given.entity("DE1")
    body = {"name": "Acme", "country": "DE", "city": "Ulm", "entities": ["DE1"]}
    made = api.put("/customers/external/sap/4711", body)
    assert (made.status_code, made.json()["number"]) == (201, "4711")
    assert made.json()["payer"] == made.json()["id"]
    same = api.put("/customers/external/sap/4711", body)
    assert (same.status_code, same.content, same["ETag"]) == (200, made.content, made["ETag"])
    changed = api.put("/customers/external/sap/4711", {"name": "Acme Ltd"}).json()
    assert (changed["name"], changed["city"], changed["id"]) == ("Acme Ltd", "Ulm", made.json()["id"])
    assert Account.objects.count() == 1


def test_a_peppol_address_is_right_or_refused_at_its_field(api, given):
    given.entity("DE1")
    body = {"name": "Acme", "entities": ["DE1"], "peppol_address": "0088: 7300010000001"}
    assert api.put("/customers/external/sap/1", body).json()["peppol_address"] == "0088:7300010000001"
    wrong = api.put("/customers/external/sap/1", {"name": "Acme", "peppol_address": "0088:7300010000002"})
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["pointer"] == "/peppol_address"
    assert Customer.objects.get().peppol_address == "0088:7300010000001"


def test_an_eori_number_is_right_or_refused_at_its_field(api, given):
    given.entity("DE1", eori="DE7654321")
    body = {"name": "Acme", "entities": ["DE1"], "eori": "gb 123456789000"}
    assert api.put("/customers/external/sap/1", body).json()["eori"] == "GB123456789000"
    wrong = api.put("/customers/external/sap/1", {"name": "Acme", "eori": "1234"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/eori")
    assert Customer.objects.get().eori == "GB123456789000"
    assert api.get("/legal-entities").json()["data"][0]["eori"] == "DE7654321"


def test_a_customer_known_by_number_gets_the_key_elsewhere(api, given):
    customer = given.customer("4711")
    adopted = api.put("/customers/external/sap/4711", {"name": "Acme"})
    assert (adopted.status_code, adopted.json()["id"]) == (200, customer.pk)
    other = api.put("/customers/external/other/4711", {"name": "Acme"})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/conflict")
    assert Customer.objects.get().source == "sap"


def test_a_customer_moves_within_its_group_and_never_under_itself(api, given):
    root, branch = given.customer("ROOT"), given.customer("BRANCH")
    moved = api.put(f"/customers/{branch.pk}", {"parent": {"number": "ROOT"}}).json()
    assert (moved["parent"], moved["payer"]) == (root.pk, root.pk)
    assert api.put(f"/customers/{root.pk}", {"parent": {"id": branch.pk}}).status_code == 409
    alone = api.put(f"/customers/{branch.pk}", {"parent": None}).json()
    assert (alone["parent"], alone["payer"]) == (None, branch.pk)


def test_a_customer_is_named_in_one_way(api, given):
    customer = given.customer("C1")
    for named in ({}, {"id": customer.pk, "number": "C1"}, {"source": "sap"}, {"external_id": "1"}):
        assert api.post("/contacts", {"customer": named, "name": "x"}).status_code == 400
    for unknown in ({"id": customer.pk + 1}, {"number": "C2"}, {"source": "sap", "external_id": "1"}):
        refused = api.post("/contacts", {"customer": unknown, "name": "x"}).json()
        assert refused["errors"] == [
            {"pointer": "/customer", "code": "unknown", "detail": "There is no such customer."}
        ]


def test_a_number_that_is_taken_is_a_conflict(api, given):
    given.customer("C1")
    other = given.customer("C2")
    assert api.post("/customers", {"number": "C1", "name": "x", "entities": ["DE1"]}).status_code == 409
    assert api.put(f"/customers/{other.pk}", {"number": "C1"}).status_code == 409
    assert Customer.objects.count() == 2


def test_an_account_says_what_is_agreed(api, given):
    customer, collector = given.customer("C1"), given.user("anna", Role.COLLECTOR)
    PaymentTerms.objects.create(code="N14", name="14 days", days=14)
    account = Account.objects.get()
    body = {
        "terms": "N14",
        "collector": "anna",
        "credit_limit": {"amount": "5000.00", "currency": "EUR"},
        "channel": "phone",
        "standing": "blocked",
        "standing_reason": "Insolvent",
    }
    told = api.put(f"/accounts/{account.pk}", body).json()
    assert {name: told[name] for name in body} == body
    assert (told["customer"], told["entity"]) == (customer.pk, "DE1")
    account.refresh_from_db()
    assert account.collector == collector
    for wrong, pointer in (
        ({"terms": "N99"}, "/terms"),
        ({"collector": "nobody"}, "/collector"),
        ({"credit_limit": {"amount": "1.00", "currency": "USD"}}, "/credit_limit/currency"),
        ({"credit_limit": {"amount": "-1.00", "currency": "EUR"}}, "/credit_limit/amount"),
        ({"currency": "USD"}, "/credit_limit"),
    ):
        refused = api.put(f"/accounts/{account.pk}", wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    cleared = api.put(f"/accounts/{account.pk}", {"terms": None, "collector": None, "credit_limit": None}).json()
    assert (cleared["terms"], cleared["collector"], cleared["credit_limit"]) == (None, None, None)
    assert (cleared["standing"], cleared["standing_reason"]) == ("blocked", "Insolvent")
    opened = api.put(f"/accounts/{account.pk}", {"standing": "open"}).json()
    assert (opened["standing"], opened["standing_reason"]) == ("open", "")


def test_an_account_by_its_key_elsewhere(api, given):
    given.customer("C1")
    body = {"customer": {"number": "C1"}, "entity": "DE1", "segment": "large"}
    adopted = api.put("/accounts/external/sap/C1-DE1", body)
    assert (adopted.status_code, adopted.json()["external_id"]) == (200, "C1-DE1")
    assert api.put("/accounts/external/sap/other", body).status_code == 409
    given.entity("GB1", "GBP")
    made = api.put("/accounts/external/sap/C1-GB1", {**body, "entity": "GB1"})
    assert (made.status_code, made.json()["currency"]) == (201, "GBP")
    assert api.put("/accounts/external/sap/C1-GB1", body).status_code == 409
    assert api.post("/accounts", body).status_code == 409


def test_a_contact_is_added_changed_and_taken_out_of_use(api, given):
    given.customer("C1", email="")
    body = {"customer": {"number": "C1"}, "name": "Ann", "email": "ann@c1.example", "role": "purchasing"}
    made = api.put("/contacts/external/crm/9", body)
    assert made.status_code == 201
    gone = api.put(f"/contacts/{made.json()['id']}", {"in_use": False}).json()
    assert (gone["in_use"], gone["email"]) == (False, "ann@c1.example")
    assert api.put("/contacts/external/crm/9", {**body, "in_use": True}).json()["in_use"] is True
    assert Contact.objects.count() == 1
    given.customer("C2")
    assert api.put("/contacts/external/crm/9", {**body, "customer": {"number": "C2"}}).status_code == 409


def test_terms_that_contradict_themselves_are_refused(api):
    body = {"code": "X", "name": "X", "kind": "net", "days": 30}
    for wrong in (
        {"kind": "day_of_month"},
        {"day_of_month": 5},
        {"discounts": [{"days": 10, "percent": "2"}, {"days": 10, "percent": "3"}]},
        {"discounts": [{"days": 10, "percent": "100"}]},
        {"instalments": [{"percent": "50"}, {"percent": "49.9"}]},
    ):
        assert api.post("/payment-terms", {**body, **wrong}).status_code == 409, wrong
    assert api.post("/payment-terms", {**body, "discounts": [{"days": 1, "percent": "-2"}]}).status_code == 400
    assert PaymentTerms.objects.filter(code="X").count() == 0
    good = {**body, "instalments": [{"percent": "50"}, {"percent": "50", "extra_days": 30}]}
    made = api.post("/payment-terms", good)
    assert [part["extra_days"] for part in made.json()["instalments"]] == [0, 30]
    assert api.post("/payment-terms", good).status_code == 409


def test_a_task_is_given_put_off_noted_and_done(api, given):
    customer, anna = given.customer("C1"), given.user("anna", Role.COLLECTOR)
    Queue.objects.get_or_create(code="legal", defaults={"name": "Legal"})
    body = {"entity": "DE1", "customer": {"number": "C1"}, "why": "Call about the delivery"}
    made = api.post("/tasks", {**body, "assignee": "anna"}, Idempotency_Key="t")
    assert made.status_code == 201, made.content
    assert (made.json()["assignee"], made.json()["at_risk"]) == ("anna", {"amount": "0.00", "currency": "EUR"})
    assert api.post("/tasks", {**body, "queue": "legal"}).json()["queue"] == "legal"
    for wrong in ({"assignee": "nobody"}, {"queue": "none"}, {"assignee": "anna", "queue": "legal"}):
        assert api.post("/tasks", {**body, **wrong}).status_code == 400
    path = f"/tasks/{made.json()['id']}"
    today = clock.today("UTC")
    assert api.post(f"{path}/snooze", {"until": str(today - timedelta(days=2))}).status_code == 409
    until = str(today + timedelta(days=9))
    assert api.post(f"{path}/snooze", {"until": until}).json()["snoozed_until"] == until
    assert api.post(f"{path}/notes", {"text": "Rang twice"}).status_code == 200
    assert api.post(f"{path}/done", {"outcome": "reached"}).json()["state"] == "done"
    assert api.post(f"{path}/done", {}).status_code == 409
    assert {each.kind for each in Activity.objects.filter(customer=customer)} == {"snooze", "note", "done"}
    assert {each.actor for each in Activity.objects.all()} == {"api key key 1"}
    task = Task.objects.create(
        key="k", entity=given.entity(), customer=customer, payer=customer, kind="manual", why="x", state="claimed",
        claimed_by=anna, due_on=today, created_by="x",
    )  # fmt: skip
    assert api.post(f"/tasks/{task.pk}/done", {}).status_code == 409


def test_runs_are_read(api, given):
    run = DunningRun.objects.create(
        entity=given.entity(), as_of=date(2026, 3, 2), proposed_by="x", considered=7, skipped={"disputed": 2}
    )
    DunningRun.objects.create(entity=given.entity(), as_of=date(2026, 3, 2), proposed_by="x", scenario_id=1)
    listed = api.get("/dunning-runs?entity=DE1&state=proposing").json()["data"]
    assert [row["id"] for row in listed] == [run.pk]
    assert api.get(f"/dunning-runs/{run.pk}").json()["skipped"] == {"disputed": 2}
