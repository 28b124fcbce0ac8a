"""The first person of an installation."""

import pytest
from django.core.management import call_command

from o2c.core.models import Role, User
from o2c.core.rights import may
from o2c.orders.models import LegalEntity


@pytest.mark.django_db
def test_the_first_person_administers_and_sees_every_legal_entity(given, monkeypatch):
    given.entity()
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "long-enough-for-anybody")
    call_command("createsuperuser", interactive=False, username="first", email="first@o2c.example")
    first = User.objects.get()
    assert first.check_password("long-enough-for-anybody")
    assert first.roles == [Role.ADMINISTRATOR]
    assert may(first, "users.manage")
    assert not may(first, "cash.book")
    assert LegalEntity.objects.for_user(first).count() == 1
