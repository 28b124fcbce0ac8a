"""The first person of an installation."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from o2c.core import firstperson
from o2c.core.firstperson import TakeoverRefused
from o2c.core.models import Role, SetupToken, User
from o2c.core.rights import may
from o2c.orders.models import LegalEntity

GOOD = "long-enough-for-anybody"


@pytest.mark.django_db
def test_the_first_person_administers_and_sees_every_legal_entity(given, monkeypatch):
    given.entity()
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", GOOD)
    call_command("createsuperuser", interactive=False, username="first", email="first@o2c.example")
    first = User.objects.get()
    assert first.check_password(GOOD)
    assert first.roles == [Role.ADMINISTRATOR]
    assert may(first, "users.manage")
    assert not may(first, "cash.book")
    assert LegalEntity.objects.for_user(first).count() == 1


# --- By the token that is printed


@pytest.mark.django_db
def test_whoever_has_the_token_becomes_administrator_once():
    token = firstperson.new_token()
    assert firstperson.fits(token)
    assert token not in SetupToken.objects.get().digest
    user = firstperson.take_over(token, username="first", email="f@o2c.example", password=GOOD)
    assert (user.roles, user.all_entities, user.check_password(GOOD)) == ([Role.ADMINISTRATOR], True, True)
    assert not SetupToken.objects.exists()
    assert firstperson.new_token() is None
    with pytest.raises(TakeoverRefused, match="There is an administrator already"):
        firstperson.take_over(token, username="second", email="s@o2c.example", password=GOOD)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_only_the_token_that_was_printed_last_is_good():
    old, new = firstperson.new_token(), firstperson.new_token()
    for wrong in (old, "", "guessed"):
        assert not firstperson.fits(wrong)
        with pytest.raises(TakeoverRefused, match="not the token that was printed last"):
            firstperson.take_over(wrong, username="first", email="f@o2c.example", password=GOOD)
    with pytest.raises(ValidationError):
        firstperson.take_over(new, username="first", email="f@o2c.example", password="short")
    assert not User.objects.exists()
    firstperson.take_over(new, username="first", email="f@o2c.example", password=GOOD)


@pytest.mark.django_db
def test_without_a_token_nobody_takes_over():
    with pytest.raises(TakeoverRefused):
        firstperson.take_over("", username="first", email="f@o2c.example", password=GOOD)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_becomes_the_first_administrator():
    token = firstperson.new_token()
    start, made, refused = threading.Barrier(6), [], []

    def work(number: int) -> None:
        try:
            start.wait(timeout=30)
            made.append(
                firstperson.take_over(token, username=f"p{number}", email="p@o2c.example", password=GOOD).username
            )
        except TakeoverRefused:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (len(made), len(refused)) == (1, 5)
    assert list(User.objects.values_list("username", flat=True)) == made


@pytest.mark.django_db
def test_the_command_prints_the_address_while_nobody_can_sign_in(given, capsys):
    call_command("setup", "--token")
    token = capsys.readouterr().out.strip().partition("/setup/first/?token=")[2]
    assert firstperson.fits(token)
    given.user("first", Role.ADMINISTRATOR)
    with pytest.raises(CommandError, match="There is somebody already"):
        call_command("setup", "--token")
