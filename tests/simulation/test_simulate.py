"""`manage.py simulate`: the same plan makes the same rows, in an empty database only."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from o2c.invoicing.models import Entry, OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import Customer

SMALL = ["--customers", "40", "--open-items", "600", "--months", "12", "--as-of", "2026-06-30", "--json"]
# When a row was written, and by which act, is not part of what it says.
WRITTEN = ["recorded_at", "created_at", "updated_at", "activated_at", "context_id"]


def simulate(*more: str) -> dict:
    answer = StringIO()
    call_command("simulate", *SMALL, *more, stdout=answer)
    return json.loads(answer.getvalue())


def digest() -> dict[str, str]:
    """What every table of the product holds, without the moments at which it was written."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name FROM information_schema.tables
            WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name !~ 'event$|^(django|pg|auth)'
            """
        )
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(r, '\n' ORDER BY r)) FROM"
                f" (SELECT (to_jsonb(t) - %s::text[])::text AS r FROM {table} t) rows",
                [WRITTEN],
            )
            count, md5 = cursor.fetchone()
            if count:
                found[table] = md5
        return found


@pytest.mark.django_db(transaction=True)
def test_the_same_seed_makes_the_same_rows_and_another_seed_others():
    digests = []
    for seed in ("3", "3", "4"):
        call_command("flush", interactive=False, verbosity=0)
        simulate("--seed", seed)
        digests.append(digest())
    first, again, other = digests
    assert first == again
    assert {"invoicing_openitem", "invoicing_allocation", "orders_customer", "core_numberseries"} <= set(first)
    assert first["invoicing_openitem"] != other["invoicing_openitem"]
    assert first["orders_customer"] != other["orders_customer"]


@pytest.mark.django_db
def test_all_open_leaves_every_invoice_item_open():
    answer = simulate("--all-open", "--open-items", "500")
    assert answer["rows"]["openitem"] > 500
    assert OpenItem.objects.filter(kind="invoice").count() == 500
    assert OpenItem.objects.still_open().filter(kind="invoice").count() == 500
    assert proof() == []


@pytest.mark.django_db
def test_it_says_what_it_wrote_and_new_rows_go_on_behind(given):
    answer = simulate()
    assert answer["rows"]["customer"] == 40
    assert answer["as_of"] == "2026-06-30"
    assert answer["rows"]["entry"] == Entry.objects.count() == answer["rows"]["openitem"]
    last = Customer.objects.order_by("-id").first()
    item = given.open_item("10.00 EUR", customer=last, entity=last.accounts.first().entity)
    assert item.pk == answer["rows"]["openitem"] + 1
    given.pay(item)
    assert proof() == []


@pytest.mark.django_db
def test_a_database_with_a_company_is_left_alone(given):
    given.entity()
    with pytest.raises(CommandError, match="legal entities already"):
        simulate()
    assert Customer.objects.count() == 0
    assert Entry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("size", [("1", "1"), ("2", "100"), ("100", "3")])
def test_any_size_works(size):
    customers, items = size
    answer = StringIO()
    call_command("simulate", "--customers", customers, "--open-items", items, "--months", "1", stdout=answer)
    assert Customer.objects.count() == int(customers)
    assert OpenItem.objects.filter(kind="invoice").count() == int(items)
    assert proof() == []


@pytest.mark.django_db
@pytest.mark.parametrize("option", ["--customers", "--open-items", "--months"])
def test_nothing_of_nothing_is_refused(option):
    with pytest.raises(CommandError, match="at least 1"):
        call_command("simulate", option, "0")
