"""Customers from files: their accounts, groups, contacts, and what is odd about them."""

from decimal import Decimal

import pghistory.models
import pytest

from o2c.core.models import OutboxEvent
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, Contact, Customer, CustomerBankAccount, PaymentTerms
from tests.imports.files_given import counts, found

NAMES = {
    "number": "No", "name": "Name", "vat_id": "VAT", "country": "Country", "language": "Lang", "street": "Street",
    "postal_code": "ZIP", "city": "City", "parent": "Group", "iban": "IBAN", "contact_name": "Contact",
    "email": "Mail", "phone": "Phone", "currency": "Cur", "segment": "Segment", "terms": "Terms",
    "credit_limit": "Limit", "collector": "Collector", "channel": "Channel", "policy": "Policy",
    "standing": "On hold", "standing_reason": "Why", "is_consumer": "Private",
}  # fmt: skip
WHOLE = {
    "number": "C1", "name": "Müller & Söhne", "vat_id": "DE136695976", "country": "de", "language": "de",
    "street": "Königsallee 1", "postal_code": "01067", "city": "Dresden", "parent": "", "terms": "NET45",
    "iban": "DE89 3704 0044 0532 0130 00", "contact_name": "Eva Klein", "email": "ap@mueller.example",
    "phone": "+49 351 1", "currency": "USD", "segment": "key", "credit_limit": "50000.00", "collector": "anna",
    "channel": "phone", "policy": "gentle",
    "standing": "X", "standing_reason": "Insolvent", "is_consumer": "x",
}  # fmt: skip
GROUP_MAP = {"columns": {name: NAMES[name] for name in ("number", "name", "parent")}}


def whole(**changes) -> str:
    row = {**WHOLE, **changes}
    return "|".join(NAMES.values()) + "\n" + "|".join(row[name] for name in NAMES) + "\n"


def group(*rows: str) -> str:
    return "No;Name;Group\n" + "".join(f"{row}\n" for row in rows)


def payers() -> dict[str, str]:
    return dict(Customer.objects.order_by("number").values_list("number", "payer__number"))


@pytest.fixture
def entity(given):
    given.user("anna")
    return given.entity()


def test_everything_a_file_can_say(load, entity):
    answer = load("customers", whole(), {"columns": NAMES, "source": "erp"})
    assert counts(answer) == (1, 0, 0, 0)
    assert answer["notes"] == ["Opened the payment terms NET45."]
    assert found(answer) == []
    customer, account = Customer.objects.get(), Account.objects.get()
    kept = {name: getattr(customer, name) for name in ("number", "name", "vat_id", "country", "language", "street")}
    assert kept == {name: WHOLE[name] for name in kept} | {"country": "DE"}
    assert customer.is_consumer
    assert (customer.postal_code, customer.city, customer.source, customer.payer_id) == (
        "01067",
        "Dresden",
        "erp",
        customer.pk,
    )
    assert (account.entity_id, account.currency, account.segment, account.channel) == (entity.pk, "USD", "key", "phone")
    assert (account.terms.days, account.terms.kind, account.policy) == (45, "net", "gentle")
    assert (account.credit_limit, account.collector.username) == (Decimal(50000), "anna")
    assert (account.standing, account.standing_reason) == ("blocked", "Insolvent")
    assert Contact.objects.values_list("name", "email", "phone", "role").get() == (
        "Eva Klein", "ap@mueller.example", "+49 351 1", "billing",
    )  # fmt: skip
    assert CustomerBankAccount.objects.get().iban == "DE89370400440532013000"


def test_the_same_file_twice_changes_nothing(load, entity):
    load("customers", whole(), {"columns": NAMES})
    events = pghistory.models.Events.objects.count()
    assert counts(load("customers", whole(), {"columns": NAMES})) == (0, 0, 1, 0)
    assert pghistory.models.Events.objects.count() == events
    assert OutboxEvent.objects.filter(kind="book.changed").count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Miller"}, {"city": "Bonn"}, {"segment": "small"}, {"credit_limit": "1"}, {"channel": "email"},
        {"email": "new@mueller.example"}, {"phone": "2"}, {"terms": "30"}, {"currency": "EUR"},
        {"iban": "GB33BUKB20201555555555"}, {"vat_id": "DE129273398"}, {"policy": "hard"},
        {"is_consumer": "no"}, {"standing": "no"}, {"standing": "closed"}, {"standing_reason": "Gone"},
    ],
)  # fmt: skip
def test_changed_values_are_updated(load, entity, changes):
    load("customers", whole(), {"columns": NAMES})
    assert counts(load("customers", whole(**changes), {"columns": NAMES})) == (0, 1, 0, 0)
    assert counts(load("customers", whole(**changes), {"columns": NAMES})) == (0, 0, 1, 0)
    assert Customer.objects.count() == Account.objects.count() == Contact.objects.count() == 1


def test_changes_are_in_the_audit_trail(load, entity):
    load("customers", whole(), {"columns": NAMES})
    load("customers", whole(name="Miller"), {"columns": NAMES})
    event = pghistory.models.Events.objects.tracks(Customer.objects.get()).get(pgh_label="update")
    assert (event.pgh_data["name"], event.pgh_context["actor"]) == ("Miller", "system")


def test_an_empty_cell_and_a_column_not_named_leave_what_stands(load, entity):
    load("customers", whole(), {"columns": NAMES})
    empty = {name: "" for name in NAMES if name not in ("number", "name")}
    assert counts(load("customers", whole(**empty), {"columns": NAMES})) == (0, 0, 1, 0)
    assert (
        counts(load("customers", "No;Name\nC1;Müller & Söhne\n", {"columns": {"number": "No", "name": "Name"}}))[2] == 1
    )
    assert Account.objects.get().segment == "key"


def test_what_is_odd_is_told_and_left_out_or_kept(load, entity):
    odd = {
        "vat_id": "DE123456789", "iban": "DE89370400440532013001", "email": "see website", "terms": "as agreed",
        "collector": "nobody", "language": "german",
    }  # fmt: skip
    answer = load("customers", whole(**odd), {"columns": NAMES})
    assert counts(answer) == (1, 0, 0, 0)
    assert answer["warnings"] == 6
    assert [row[1:] for row in found(answer)] == [
        ("Collector", "nobody", "is not the name of a user; left out", "warning"),
        ("IBAN", "DE89370400440532013001", "is not an IBAN; left out", "warning"),
        ("Lang", "german", "is not a language such as de or pt-BR; left out", "warning"),
        ("Mail", "see website", "is not one e-mail address; left out", "warning"),
        ("Terms", "as agreed", "is not the code of payment terms; left out", "warning"),
        ("VAT", "DE123456789", "is not a VAT id of DE; kept as it is", "warning"),
    ]


def test_bad_rows_are_rejected(load, entity):
    rows = [
        ("C1", "", "1"), ("", "No number", "1"), ("C3", "Minus", "-1"), ("C4", "Much", "lots"), ("C5", "Fine", "0.001"),
        ("C6", "Good", "7"), ("C7", "x" * 201, "1"), ("C8", "One", "1"), ("C8", "Two", "1"),
    ]  # fmt: skip
    file = "No;Name;Limit\n" + "".join(";".join(row) + "\n" for row in rows)
    columns = {"number": "No", "name": "Name", "credit_limit": "Limit"}
    answer = load("customers", file, {"columns": columns, "currency": "EUR"})
    assert counts(answer) == (1, 0, 0, 8)
    assert [(line, column, reason) for line, column, _, reason, _ in found(answer)] == [
        ("2", "Name", "is missing"),
        ("3", "No", "is missing"),
        ("4", "Limit", "is less than nothing"),
        ("5", "Limit", "is not an amount with the decimal point"),
        ("6", "Limit", "is finer than the smallest unit of EUR"),
        ("8", "Name", "is longer than 200 characters"),
        ("9", "No", "is also on line 10 with other content"),
        ("10", "No", "is also on line 9 with other content"),
    ]
    assert Customer.objects.get().number == "C6"


def test_a_customer_of_two_legal_entities_has_two_accounts(load, given, entity):
    given.entity("GB1", "GBP")
    file, mapping = "No;Name\nC1;One\n", {"columns": {"number": "No", "name": "Name"}}
    assert counts(load("customers", file, mapping, entity="DE1")) == (1, 0, 0, 0)
    load("customers", file, mapping, entity="GB1")
    assert sorted(Account.objects.values_list("entity__code", "currency")) == [("DE1", "EUR"), ("GB1", "GBP")]


# --- Groups


def test_parents_may_stand_in_any_order(load, entity):
    rows = ["C;Leaf;B", "B;Branch;A", "A;Root;", "D;Leaf too;B", "E;Alone;"]
    for order in (rows, rows[::-1]):
        assert counts(load("customers", group(*order), GROUP_MAP)) in [(5, 0, 0, 0), (0, 0, 5, 0)]
    assert payers() == {"A": "A", "B": "A", "C": "A", "D": "A", "E": "E"}
    assert Customer.objects.get(number="C").parent.number == "B"


def test_moving_a_branch_moves_what_it_owes(load, given, entity):
    load("customers", group("A;A;", "B;B;A", "C;C;B", "Z;Z;"), GROUP_MAP)
    item = given.open_item(customer=Customer.objects.get(number="C"))
    assert counts(load("customers", group("B;B;Z"), GROUP_MAP)) == (0, 1, 0, 0)
    assert payers() == {"A": "A", "B": "Z", "C": "Z", "Z": "Z"}
    item.refresh_from_db()
    assert item.payer.number == "Z"
    assert proof() == []


def test_cycles_are_rejected(load, entity):
    answer = load("customers", group("A;A;C", "B;B;A", "C;C;B", "D;D;D", "E;E;", "F;F;E"), GROUP_MAP)
    assert counts(answer) == (2, 0, 0, 4)
    assert {(row[0], row[3]) for row in found(answer)} == {
        (line, "leads back to the customer itself") for line in "2345"
    }
    assert payers() == {"E": "E", "F": "E"}


def test_a_cycle_through_what_is_known_is_rejected(load, entity):
    load("customers", group("A;A;", "B;B;A", "C;C;B"), GROUP_MAP)
    answer = load("customers", group("A;New name;C", "B;B;"), GROUP_MAP)
    assert counts(answer) == (0, 0, 1, 1)
    assert Customer.objects.get(number="A").name == "A"
    assert payers() == {"A": "A", "B": "A", "C": "A"}


def test_a_rejected_parent_takes_its_new_branches_with_it(load, entity):
    answer = load("customers", group("A;;", "B;B;A", "C;C;B", "D;D;nowhere", "E;E;"), GROUP_MAP)
    assert counts(answer) == (1, 0, 0, 4)
    assert [(row[0], row[1]) for row in found(answer)] == [
        ("2", "Name"),
        ("3", "Group"),
        ("4", "Group"),
        ("5", "Group"),
    ]
    assert payers() == {"E": "E"}


def test_a_row_rejected_for_its_parent_does_not_close_a_circle(load, entity):
    """B's row would have freed it from A; as it is rejected, A under B would be a circle."""
    load("customers", group("A;A;", "B;B;A"), GROUP_MAP)
    answer = load("customers", group("A;A;B", "B;B;nowhere"), GROUP_MAP)
    assert counts(answer) == (0, 0, 0, 2)
    assert payers() == {"A": "A", "B": "A"}


def test_terms_that_are_there_are_used(load, given, entity):
    PaymentTerms.objects.create(code="ZB30", name="", days=30)
    columns = {"number": "No", "name": "Name", "terms": "Terms"}
    answer = load("customers", "No;Name;Terms\nA;A;ZB30\nB;B;n 14\nC;C;net14\n", {"columns": columns})
    assert answer["notes"] == ["Opened the payment terms NET14."]
    assert dict(Account.objects.values_list("customer__number", "terms__code")) == {
        "A": "ZB30",
        "B": "NET14",
        "C": "NET14",
    }


def test_numbers_of_customs_are_taken_and_what_is_none_is_left_out(load, given):
    given.entity()
    columns = {"number": "No", "name": "Name", "eori": "EORI"}
    answer = load("customers", "No;Name;EORI\nK1;One;gb 123456789000\nK2;Two;12345\n", {"columns": columns})
    assert (counts(answer), answer["warnings"]) == ((2, 0, 0, 0), 1)
    assert dict(Customer.objects.values_list("number", "eori")) == {"K1": "GB123456789000", "K2": ""}
    assert counts(load("customers", "No;Name;EORI\nK1;One;XI1\nK2;Two;\n", {"columns": columns})) == (0, 1, 1, 0)
    assert Customer.objects.get(number="K1").eori == "XI1"
