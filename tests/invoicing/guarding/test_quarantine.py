"""Nobody releases what they asked for: not by the act, not by a page, not in the database, whatever roles they have."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import OutboxEvent, Role
from o2c.invoicing.guarding import checks, quarantine
from o2c.invoicing.guarding.quarantine import QuarantineRefused
from o2c.invoicing.models import Quarantine


@pytest.fixture
def held(given) -> Quarantine:
    line = given.bank_line(iban="DE00")
    with transaction.atomic():
        checks.look([(line.pk, given.customer().pk)])
    return Quarantine.objects.get()


def by(user) -> Actor:
    return Actor.of(user)


@pytest.mark.django_db
def test_one_asks_another_releases_and_the_line_is_held_no_more(given, held):
    clerk, manager = given.user("clerk", Role.CASH_CLERK), given.user("manager", Role.FINANCE_MANAGER)
    quarantine.ask(held, why="Called them: new bank", actor=by(clerk))
    quarantine.release(held, decision="Letter of the bank seen", actor=by(manager))
    held.refresh_from_db()
    assert (held.state, held.asked_by, held.decided_by) == ("released", clerk, manager)
    assert checks.look([(held.line_id, held.customer_id)]) == set()
    assert OutboxEvent.objects.get(kind="bank.released").payload["line_id"] == held.line_id


@pytest.mark.django_db
def test_released_for_one_customer_it_is_held_for_another(given, held):
    quarantine.ask(held, why="ok", actor=by(given.user("a")))
    quarantine.release(held, decision="ok", actor=by(given.user("b")))
    assert checks.look([(held.line_id, given.customer().pk)]) == {held.line_id}


@pytest.mark.django_db
def test_nobody_releases_what_they_asked_for_whatever_their_roles(given, held):
    everything = given.user("boss", *Role)
    quarantine.ask(held, why="ok", actor=by(everything))
    with pytest.raises(QuarantineRefused, match="somebody else"):
        quarantine.release(held, decision="ok", actor=by(everything))
    held.refresh_from_db()
    assert held.state == "asked"
    with pytest.raises(IntegrityError, match="quarantine_released_by_a_second"), transaction.atomic():
        Quarantine.objects.update(state="released", decided_by=everything, decided_at=clock.now(), decision="ok")


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*Role, "all"])
def test_no_page_releases_ones_own(given, held, role):
    user = given.user("one", *(Role if role == "all" else [role]))
    quarantine.ask(held, why="ok", actor=by(user))
    browser = Client()
    browser.force_login(user)
    answer = browser.post(reverse("release_quarantine", args=[held.pk]), {"why": "mine"})
    assert answer.status_code in (403, 422)
    held.refresh_from_db()
    assert held.state == "asked"


@pytest.mark.django_db
def test_a_system_or_a_reasonless_word_decides_nothing(given, held):
    with pytest.raises(QuarantineRefused, match="person"):
        quarantine.ask(held, why="ok", actor=SYSTEM)
    with pytest.raises(QuarantineRefused, match="Say why"):
        quarantine.ask(held, why="  ", actor=by(given.user("a")))
    with pytest.raises(QuarantineRefused, match="Nobody has asked"):
        quarantine.release(held, decision="ok", actor=by(given.user("b")))
    with pytest.raises(IntegrityError, match="quarantine_asked_with_reason"), transaction.atomic():
        Quarantine.objects.update(state="asked")


@pytest.mark.django_db
def test_what_is_refused_can_be_asked_for_again(given, held):
    a, b = given.user("a"), given.user("b")
    quarantine.ask(held, why="ok", actor=by(a))
    quarantine.refuse(held, decision="no letter", actor=by(b))
    held.refresh_from_db()
    assert (held.state, held.decision) == ("held", "no letter")
    quarantine.ask(held, why="here is the letter", actor=by(b))
    quarantine.release(held, decision="seen", actor=by(a))


@pytest.mark.django_db(transaction=True)
def test_two_who_release_at_once_release_once(given, held):
    a, b, c = (given.user(name) for name in "abc")
    quarantine.ask(held, why="ok", actor=by(a))

    def release(user):
        try:
            quarantine.release(held, decision=user.username, actor=by(user))
            return "released"
        except QuarantineRefused:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(release, [b, c])) == ["released", "told"]


@pytest.mark.django_db
def test_the_page_shows_what_speaks_against_it_and_leads_to_the_release(given, held):
    clerk, manager = given.user("clerk", Role.CASH_CLERK), given.user("manager", Role.FINANCE_MANAGER)
    browser, second = Client(), Client()
    browser.force_login(clerk)
    second.force_login(manager)
    assert "DE00 is no IBAN" in browser.get(reverse("quarantines")).content.decode()
    browser.post(reverse("ask_release", args=[held.pk]), {"why": "typing error of the bank"})
    page = second.get(reverse("quarantines") + "?which=asked").content.decode()
    assert "typing error of the bank" in page
    assert reverse("release_quarantine", args=[held.pk]) in page
    assert reverse("release_quarantine", args=[held.pk]) not in browser.get(reverse("quarantines")).content.decode()
    assert second.post(reverse("release_quarantine", args=[held.pk]), {"why": "agreed"}).status_code == 302
    assert "agreed" in second.get(reverse("quarantines") + "?which=released").content.decode()


@pytest.mark.django_db
def test_rules_are_set_on_their_page(given):
    entity = given.entity()
    browser = Client()
    browser.force_login(given.user("manager", Role.FINANCE_MANAGER))
    address = reverse("check_rules", args=[entity.pk])
    standard = {check.value: rule.level.value for check, rule in checks.STANDARD.items()}
    limits = {f"{c.value}-limit": str(r.limit) for c, r in checks.STANDARD.items() if r.limit is not None}
    answer = browser.post(address, standard | limits | {"new_account": "quarantine", "like_another-limit": "7"})
    assert answer.status_code == 302
    rules = checks.rules_of(entity)
    assert rules["new_account"].level == "quarantine"
    assert rules["like_another"].limit == 7
    assert browser.post(address, standard | limits | {"like_another-limit": "-1"}).status_code == 422
