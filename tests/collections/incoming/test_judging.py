"""What a mail seems to say is judged on its page: once, and a promise by the form that records it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections.incoming import acts, keeping
from o2c.collections.incoming.models import IncomingMail
from o2c.collections.incoming.suggesting import About
from o2c.collections.models import Dispute, PromiseToPay
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.models import Role
from tests.at_once import at_once
from tests.collections.incoming.samples import letter

pytestmark = pytest.mark.django_db


def take(told, text: str) -> IncomingMail:
    return keeping.take_in(letter(text, answers=told.id), mailbox="box", entity=told.entity)


@pytest.fixture
def browser(given) -> Client:
    client = Client()
    client.force_login(given.user("collector", Role.COLLECTOR))
    return client


def page(browser, mail) -> str:
    return browser.get(reverse("mail", args=[mail.pk])).content.decode()


def test_a_suggestion_is_dismissed_and_asks_for_nothing_any_more(told, browser):
    mail = take(told, "We will pay RE-2026-004711 tomorrow.")
    assert "Record the promise" in page(browser, mail)
    browser.post(reverse("judge_mail", args=[mail.pk]), {"about": "promise", "verdict": "dismissed"})
    mail.refresh_from_db()
    assert (mail.verdicts["promise"]["verdict"], mail.verdicts["promise"]["by"]) == ("dismissed", "collector")
    shown = page(browser, mail)
    assert "It is not so" in shown
    assert "said by collector" in shown
    assert "Record the promise" not in shown


def test_the_form_that_a_mail_leads_to_notes_with_it_that_it_is_so(told, browser):
    mail = take(told, "We will pay RE-2026-004711 tomorrow, but the parts are damaged.")
    day = clock.today("UTC") + timedelta(days=2)
    way = f"{reverse('record_promise', args=[told.customer.pk])}?mail={mail.pk}&items={told.item.pk}"
    form = browser.get(way).context["form"]
    fields = {name: form[name].value() for name in form.fields} | {"pay_by": day.isoformat()}
    assert browser.post(way, {name: value for name, value in fields.items() if value}).status_code == 302
    assert PromiseToPay.objects.count() == 1
    way = f"{reverse('open_dispute', args=[told.item.pk])}?mail={mail.pk}"
    assert browser.post(way, {"reason": "Damaged"}).status_code == 302
    assert Dispute.objects.count() == 1
    mail.refresh_from_db()
    assert {about: said["verdict"] for about, said in mail.verdicts.items()} == {
        "promise": "accepted", "dispute": "accepted",
    }  # fmt: skip


def test_a_click_alone_never_says_that_something_was_promised(told, browser):
    mail = take(told, "We will pay RE-2026-004711 tomorrow.")
    path = reverse("judge_mail", args=[mail.pk])
    for about, verdict in (("promise", "accepted"), ("nonsense", "dismissed"), ("promise", "")):
        assert browser.post(path, {"about": about, "verdict": verdict}).status_code == 302
    mail.refresh_from_db()
    assert mail.verdicts == {}


def test_what_a_mail_does_not_seem_to_say_is_not_judged(told, browser):
    mail = take(told, "Hello.")
    browser.post(reverse("judge_mail", args=[mail.pk]), {"about": "paid", "verdict": "accepted"})
    mail.refresh_from_db()
    assert mail.verdicts == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_records_the_promise(told, given):
    mail = take(told, "We will pay RE-2026-004711 tomorrow.")
    actor = Actor.of(given.user("collector", Role.COLLECTOR))

    def accept() -> None:
        acts.accept(IncomingMail.objects.select_related("entity").get(pk=mail.pk), About.PROMISE, actor=actor)

    became = at_once(*[accept] * 4, refusals=(acts.MailRefused,))
    assert became.count(None) == 1
    assert {str(refused) for refused in became if refused} == {"Somebody has judged that before."}
    assert PromiseToPay.objects.count() == 1
