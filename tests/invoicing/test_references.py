"""What postings and items refer to is there and stays there, though no foreign key of the database says so."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from o2c.invoicing.models import LedgerAccount, OpenItem, Posting

NOWHERE = 10**15
COLUMNS = "entry_id, account_id, item_id, currency, amount, base_amount"


def book_again(**changed) -> None:
    """Write an entry's postings a second time, with other keys."""
    values = ", ".join(str(changed.get(name, name)) for name in COLUMNS.split(", "))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO invoicing_posting ({COLUMNS}) SELECT {values} FROM invoicing_posting")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["entry_id", "account_id", "item_id"])
def test_a_posting_refers_to_what_is_there(given, key):
    given.open_item("100.00 EUR")
    before = Posting.objects.count()
    with pytest.raises(IntegrityError, match=f"{key[:-3]} {NOWHERE}, which is not there") as refused:
        book_again(**{key: NOWHERE})
    assert refused.value.__cause__.pgcode == "23503"
    assert Posting.objects.count() == before
    book_again()
    assert Posting.objects.count() == 2 * before


@pytest.mark.django_db
def test_one_that_is_wrong_among_many_is_found(given):
    for _ in range(20):
        given.open_item("100.00 EUR")
    last = Posting.objects.order_by("-id").first().entry_id
    with pytest.raises(IntegrityError, match="which is not there"):
        book_again(entry_id=f"CASE entry_id WHEN {last} THEN {NOWHERE} ELSE entry_id END")
    assert Posting.objects.count() == 40


@pytest.mark.django_db
def test_an_item_refers_to_an_entry_that_is_there(given):
    item = given.open_item("100.00 EUR")
    item.pk, item.external_id, item.entry_id = None, "another", NOWHERE
    with pytest.raises(IntegrityError, match=f"entry {NOWHERE}, which is not there"), transaction.atomic():
        item.save(force_insert=True)
    assert OpenItem.objects.count() == 1


@pytest.mark.django_db
def test_an_account_goes_only_while_nothing_was_posted_to_it(given):
    given.open_item("100.00 EUR")
    used = LedgerAccount.objects.filter(posting__isnull=False).first()
    unused = LedgerAccount.objects.filter(posting__isnull=True).first()
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match=f"account {used.pk} is posted to"), transaction.atomic():
            cursor.execute("DELETE FROM invoicing_ledgeraccount")
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            cursor.execute("UPDATE invoicing_ledgeraccount SET id = id + 1000")
        cursor.execute("DELETE FROM invoicing_ledgeraccount WHERE id = %s", [unused.pk])
    assert LedgerAccount.objects.filter(pk=used.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["entry", "openitem", "ledgeraccount"])
def test_what_is_referred_to_is_not_emptied_alone(given, table):
    given.open_item("100.00 EUR")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="others refer to its rows"), transaction.atomic():
            cursor.execute(f"TRUNCATE invoicing_{table} CASCADE")
    assert Posting.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_account_does_not_go_while_somebody_posts_to_it(given):
    """Whoever deletes it has to wait for the one who posts, and is then refused."""
    item = given.open_item("100.00 EUR")
    spare = LedgerAccount.objects.filter(entity=item.entity, posting__isnull=True).first()
    told = []

    def delete() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
                cursor.execute("DELETE FROM invoicing_ledgeraccount WHERE id = %s", [spare.pk])
        except DatabaseError as error:
            told.append(error.__cause__.pgcode)
        finally:
            connection.close()

    def delete_elsewhere() -> None:
        thread = threading.Thread(target=delete)
        thread.start()
        thread.join(30)

    with transaction.atomic():
        book_again(account_id=spare.pk)
        delete_elsewhere()
    delete_elsewhere()
    assert told == ["55P03", "23503"]  # not while it was locked, and not afterwards
    assert LedgerAccount.objects.filter(pk=spare.pk).exists()
