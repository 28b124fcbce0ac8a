"""People at customers from files: known again by their key or their address, never at somebody else's customer."""

import pytest

from o2c.orders.models import Contact
from tests.imports.files_given import counts, found

MAP = {
    "columns": {
        "customer": "No",
        "external_id": "Key",
        "name": "Name",
        "role": "Role",
        "email": "Mail",
        "phone": "Tel",
        "language": "Lang",
        "in_use": "Used",
    },
    "source": "crm",
}
HEADER = "No;Key;Name;Role;Mail;Tel;Lang;Used\n"


@pytest.fixture
def customer(given):
    return given.customer("K1", email="ap@k1.example")


def told(*names: str) -> list[tuple]:
    return list(Contact.objects.order_by("name").values_list(*names))


def test_new_people_and_what_is_left_out(load, customer):
    rows = "K1;7;Anna;AP;anna@k1.example;1;de;yes\nK1;8;Bert;buyer;not an address;2;deutsch;no\nK1;9;Carla;;;3;;\n"
    answer = load("contacts", HEADER + rows, MAP)
    assert counts(answer) == (3, 0, 0, 0)
    assert [(row[0], row[1], row[4]) for row in found(answer)] == [("3", "Lang", "warning"), ("3", "Mail", "warning")]
    people = Contact.objects.filter(source="crm").order_by("name")
    names = ("name", "role", "email", "phone", "language", "in_use", "external_id")
    assert list(people.values_list(*names)) == [
        ("Anna", "billing", "anna@k1.example", "1", "de", True, "7"),
        ("Bert", "purchasing", "", "2", "", False, "8"),
        ("Carla", "billing", "", "3", "", True, "9"),
    ]
    assert counts(load("contacts", HEADER + rows, MAP)) == (0, 0, 3, 0)


def test_a_person_is_known_by_the_address_and_takes_the_key(load, customer):
    assert counts(load("contacts", HEADER + "K1;;;;AP@K1.example;99;;\n", MAP)) == (0, 1, 0, 0)
    assert counts(load("contacts", HEADER + "K1;7;Anna;;ap@k1.example;;;\n", MAP)) == (0, 1, 0, 0)
    assert told("name", "phone", "email", "source", "external_id") == [("Anna", "99", "ap@k1.example", "crm", "7")]
    # from now on the key knows the person, whatever the address
    assert counts(load("contacts", HEADER + "K1;7;;;new@k1.example;;;no\n", MAP)) == (0, 1, 0, 0)
    assert told("name", "email", "in_use") == [("Anna", "new@k1.example", False)]


def test_another_sources_person_with_the_same_address_is_another_one(load, customer):
    load("contacts", HEADER + "K1;7;Anna;;ap@k1.example;;;\n", MAP)
    assert counts(load("contacts", HEADER + "K1;7;Anna;;ap@k1.example;;;\n", {**MAP, "source": "erp"})) == (1, 0, 0, 0)


def test_rows_that_name_nobody_are_rejected(load, given, customer):
    given.customer("US", entity=given.entity("US1", "USD"))
    given.customer("K2")
    load("contacts", HEADER + "K1;7;Anna;;;;;\n", MAP, entity="DE1")
    rows = (
        "K1;;Nameless;;;;;\nX;1;Anna;;;;;\nUS;2;Other;;;;;\nK2;7;Anna;;;;;\nK1;3;;;;;;\nK1;4;D;chief;;;;\n"
        "K1;5;E;;same@k1.example;;;\nK1;5;F;;same@k1.example;;;\n"
    )
    answer = load("contacts", HEADER + rows, MAP, entity="DE1")
    assert counts(answer) == (0, 0, 0, 8)
    assert [(row[0], row[1], row[3][:40]) for row in found(answer)] == [
        ("2", "Key", "is missing, and so is an e-mail address:"),
        ("3", "No", "is not the number of a customer of this "),
        ("4", "No", "is not the number of a customer of this "),
        ("5", "No", "is not the customer at whom this person "),
        ("6", "Name", "is missing, and the person is new"),
        ("7", "Role", "is none of billing, management, purchasi"),
        ("8", "No", "is also on line 9 with other content"),
        ("9", "No", "is also on line 8 with other content"),
    ]
