"""What notices say: the standard wordings, a legal entity's own, and a closed set of fields."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from hypothesis import given as chance
from hypothesis import strategies as st

from o2c.collections import dunning, letters, texts, wordings
from o2c.collections.letters import Cost, Owed
from o2c.collections.models import Notice, Wording
from o2c.collections.texts import FIELDS, Text
from o2c.collections.wordings import WordingRefused
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from o2c.core.states import LostRace
from tests.at_once import at_once
from tests.collections.test_dunning_sending import NOON, letter
from tests.given import DAY

OWN = Text("{entity} misses {total} {currency}", "Hello {customer},\n\n{overdue_invoices}.", "Thanks.")


def save(entity, text=OWN, name="reminder", language="en", **how):
    return wordings.save(entity, name, language, text, actor=SYSTEM, **how)


# --- Texts


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("name", texts.names())
def test_every_standard_wording_is_there_in_every_language_and_without_fault(language, name):
    assert texts.exists(name, language)
    assert texts.standard(language, name).faults() == []


@pytest.mark.parametrize(
    ("part", "text", "wrong"),
    [
        ("subject", "Pay {amount}", "There is no field {amount}."),
        ("opening", "{total.as_tuple} due", "There is no field {total.as_tuple}."),
        ("closing", "{0} {} {total!r}", "There is no field {0}."),
        ("opening", "{{total}}", "A brace that belongs to no field: fields are written {total}."),
        ("closing", "half {total", "A brace that belongs to no field: fields are written {total}."),
        ("subject", " ", "Write something here."),
        ("opening", "", "Write something here."),
        ("subject", "one\nBcc: all@customers.example", "A subject is one line."),
        ("subject", "x" * 201, "It is longer than 200 characters."),
        ("closing", "x" * 4001, "It is longer than 4000 characters."),
    ],
)
def test_what_could_not_be_sent_is_said_at_its_part(part, text, wrong):
    faults = Text(**{"subject": "S", "opening": "O", "closing": "C"} | {part: text}).faults()
    assert (part, wrong) in faults
    assert {name for name, _ in faults} == {part}


def test_a_closing_may_be_empty():
    assert Text("S", "O").faults() == []


def test_a_paragraph_whose_field_has_no_value_is_left_out():
    text = Text("By {pay_by}, please", "Dear {customer},\n\nplease pay by {pay_by}.\n \nThank you.", "{phone}")
    values = dict.fromkeys(FIELDS, "") | {"customer": "Kunde"}
    assert text.filled(values) == Text("By , please", "Dear Kunde,\n\nThank you.", "")
    filled = text.filled(values | {"pay_by": "2 Apr 2026", "phone": "1"})
    assert filled == Text("By 2 Apr 2026, please", "Dear Kunde,\n\nplease pay by 2 Apr 2026.\n\nThank you.", "1")


@chance(st.text(), st.text())
def test_what_a_customer_is_called_fills_one_field_and_no_more(name, word):
    """A value is never read as a text: not its braces, and not as a template."""
    values = dict.fromkeys(FIELDS, "x") | {"customer": f"{{total}} {{% load %}} {name}", "total": "secret"}
    filled = Text("{customer}", "{customer} " + word.replace("{", "").replace("}", "")).filled(values)
    assert "secret" not in filled.subject + filled.opening


def test_every_field_is_filled_in_every_language():
    text = Text("S", " | ".join(f"{field}={{{field}}}" for field in FIELDS))
    for language in texts.LANGUAGES:
        facts = {"entity_phone": "+49 1", "entity_email": "ar@de1.example", "pay_by": DAY}
        facts["costs"] = (Cost(False, "IN-1", Decimal("0.05"), DAY), Cost(True, "IN-2", Decimal(5), DAY, "Branch"))
        words = letters.write(letter(language=language, **facts), text)
        for field in FIELDS:
            assert f"{field}=" in words.text
            assert f"{field}= |" not in words.text
        assert "{" not in words.text


def test_one_invoice_is_named_and_more_are_counted():
    text = Text("{invoices}; {overdue_invoices}", "{oldest} of {oldest_due_on}, {count}")
    items = (Owed("2", DAY - timedelta(days=1), 1, 1, Decimal(5)), Owed("1", DAY - timedelta(days=9), 9, 2, Decimal(6)))
    one, both = letter(language="fr", items=items[:1]), letter(language="fr", items=items)
    assert letters.write(one, text).subject == "facture 2; facture 2 échue"
    words = letters.write(both, text)
    assert words.subject == "2 factures; 2 factures échues"
    assert "1 of 21 févr. 2026, 2" in words.text


def test_what_is_typed_is_text_in_html_too():
    words = letters.write(letter(customer="<b>"), Text("<i>", "<script>alert(1)</script> {customer}"))
    assert "<script>" not in words.html
    assert "<b>" not in words.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;" in words.html


def test_standard_wordings_are_no_templates():
    for language in texts.LANGUAGES:
        for name in texts.names():
            source = get_template(f"{texts.FOLDER}/{language}/{name}.txt").template.source
            assert "{%" not in source
            assert "{{" not in source


# --- A legal entity's own


@pytest.mark.django_db
def test_notices_say_it_in_the_legal_entitys_own_words(given):
    entity, other = given.entity(), given.entity("FR1", country="FR")
    save(entity)
    save(other, Text("Wrong", "Wrong"))
    customer = given.customer(name="Kunde", language="en")
    given.open_item("50.00 EUR", customer=customer, due=DAY - timedelta(days=9))
    with time_machine.travel(NOON, tick=False):
        run = dunning.propose(entity, DAY, actor=SYSTEM)
        dunning.approve(run, actor=SYSTEM)
        dunning.send(run, actor=SYSTEM)
    message = Message.objects.get(pk=Notice.objects.get().message_id)
    assert message.subject == f"{entity.name} misses 50.00 EUR"
    assert message.text.startswith("Hello Kunde,\n\ninvoice ")


@pytest.mark.django_db
def test_the_standard_wording_typed_anew_is_no_own_one(given):
    entity = given.entity()
    save(entity)
    assert Wording.objects.count() == 1
    own = Wording.objects.get()
    standard = texts.standard("en", "reminder")
    assert save(entity, standard, seen=own.updated_at) is None
    assert not Wording.objects.exists()
    assert wordings.text_of(entity, "reminder", "en") == (standard, None)


@pytest.mark.django_db
def test_nobody_overwrites_what_they_have_not_seen(given):
    entity = given.entity()
    first = save(entity)
    with pytest.raises(LostRace):
        save(entity, Text("Other", "Other"))
    again = save(entity, Text("Other", "Other"), seen=first.updated_at)
    assert (again.subject, Wording.objects.count()) == ("Other", 1)
    with pytest.raises(LostRace):
        save(entity, OWN, seen=first.updated_at)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_at_once_one_is_told(given):
    entity = given.entity()

    def write(subject):
        try:
            return save(entity, Text(subject, "x")).subject
        except LostRace:
            return "lost"

    outcomes = at_once(lambda: write("a"), lambda: write("b"))
    assert sorted(outcomes) in (["a", "lost"], ["b", "lost"])
    assert Wording.objects.count() == 1


@pytest.mark.django_db
def test_what_cannot_be_sent_is_not_kept(given):
    with pytest.raises(WordingRefused, match=r"no field \{amount\}"):
        save(given.entity(), Text("{amount}", "x"))
    assert not Wording.objects.exists()


# --- In the browser


@pytest.fixture
def manager(given) -> Client:
    client = Client()
    client.force_login(given.user("manager", Role.FINANCE_MANAGER))
    return client


@pytest.mark.django_db
def test_a_wording_is_written_beside_what_a_customer_would_get(given, manager):
    entity = given.entity()
    given.open_item("50.00 EUR", customer=given.customer("C1", name="Kunde"), due=clock.today() - timedelta(days=9))
    place = [entity.pk, "reminder", "en"]
    page = manager.get(reverse("wording", args=place))
    assert "Payment reminder: invoice" in page.content.decode()
    typed = {"subject": "Now {total}", "opening": "Dear {customer},", "closing": "", "customer": "C1", "version": ""}
    tried = manager.post(reverse("try_wording", args=place), typed).content.decode()
    assert "Now 50.00" in tried
    assert "Dear Kunde," in tried
    assert not Wording.objects.exists()
    tried = manager.post(reverse("try_wording", args=place), typed | {"opening": "{secret}"}).content.decode()
    assert "There is no field {secret}." in tried
    tried = manager.post(reverse("try_wording", args=place), typed | {"customer": "C9"}).content.decode()
    assert "has no customer C9" in tried
    refused = manager.post(reverse("save_wording", args=place), typed | {"opening": "{secret}"})
    assert refused.status_code == 422
    assert refused.context["form"].errors["opening"] == ["There is no field {secret}."]
    assert manager.post(reverse("save_wording", args=place), typed).status_code == 302
    own = Wording.objects.get()
    assert (own.subject, own.opening, own.closing) == ("Now {total}", "Dear {customer},", "")
    lost = manager.post(reverse("save_wording", args=place), typed | {"subject": "Late"})
    assert (lost.status_code, Wording.objects.get().subject) == (422, "Now {total}")
    assert "Somebody else has changed" in lost.content.decode()
    again = typed | {"subject": "Late", "version": lost.context["form"]["version"].value()}
    assert manager.post(reverse("save_wording", args=place), again).status_code == 302
    back = {"act": "standard", "version": Wording.objects.get().updated_at.isoformat()}
    assert manager.post(reverse("save_wording", args=place), back).status_code == 302
    assert not Wording.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("place", [("nowhere", "en"), ("reminder", "xx")])
def test_there_are_no_other_wordings(given, manager, place):
    assert manager.get(reverse("wording", args=[given.entity().pk, *place])).status_code == 404
