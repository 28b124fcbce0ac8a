"""Notices as text messages: to whose number they go, what they say, and who is looked after by a person instead."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections import dunning, letters, policy_rules, texts, wordings
from o2c.collections.letters import Cost, Owed
from o2c.collections.models import DunningLevel, DunningSettings, Notice, Task, Wording
from o2c.collections.policy_rules import Rules, Step
from o2c.collections.texts import Text
from o2c.collections.wordings import WordingRefused
from o2c.core import addresses, clock, messages, segments
from o2c.core.actors import SYSTEM
from o2c.core.models import DeadAddress, Message, Role
from o2c.orders.models import Account, Contact
from o2c.web.setup import checklist
from tests.collections.test_dunning_sending import letter
from tests.given import DAY, Given

MOBILE = "0151 12345678"


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    settings.O2C_SMTP, settings.O2C_SMS, settings.O2C_SMS_SPOOL = None, None, tmp_path / "sms"
    return settings.O2C_SMS_SPOOL


def late(given: Given, number: str, phone: str = MOBILE, *, language="en", **facts):
    customer = given.customer(number, language=language, **facts)
    Contact.objects.filter(customer=customer).update(phone=phone)
    today = clock.today(given.entity().time_zone)
    return given.open_item("1234.50 EUR", customer=customer, due=today - timedelta(days=3), number=f"RE-{number}")


def by_sms(**facts) -> None:
    DunningLevel.objects.filter(number=1).update(channel="sms", **facts)


def sent(given: Given):
    entity = given.entity()
    run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    return dunning.send(run, actor=SYSTEM)


# --- To whom


@pytest.mark.django_db
def test_a_level_by_sms_tells_a_mobile_what_is_owed_until_when_and_whom_to_call(given, spool):
    item = late(given, "C1", language="de")
    entity = given.entity()
    entity.phone = "+49 40 5"
    entity.save()
    by_sms(days_to_pay=7)
    run = sent(given)
    message = Message.objects.get()
    assert (run.state, message.channel, message.state, message.country) == ("done", "sms", "queued", "DE")
    assert (message.recipient, message.sender, message.html) == ("+4915112345678", entity.name, "")
    notice = Notice.objects.get()
    assert (notice.message, notice.contact) == (message, item.customer.contacts.get())
    first, by, call = message.text.split("\n")
    assert first == f"{entity.name}: Rechnung RE-C1 überfällig, 1.234,50 EUR offen."
    assert by == f"Bitte zahlen Sie bis {notice.pay_by:%d.%m.%Y}."
    assert call == "Fragen? Tel. +49 40 5"
    assert not Task.objects.exists()
    assert messages.deliver().spooled == 1
    (path,) = spool.iterdir()
    assert json.loads(path.read_bytes())["text"] == message.text


@pytest.mark.django_db
def test_who_pays_the_bills_is_told_by_a_number_that_works_and_in_their_language(given):
    item = late(given, "C1", "030 123456")
    buyer = Contact.objects.create(customer=item.customer, name="Buyer", role="purchasing", phone="0151 11111111")
    payer = Contact.objects.create(customer=item.customer, name="Payer", phone="+33 6 12 34 56 78", language="fr")
    Contact.objects.create(customer=item.customer, name="Gone", phone="0151 22222222", in_use=False)
    by_sms()
    sent(given)
    message = Message.objects.get()
    assert (message.recipient, message.language) == ("+33612345678", "fr")
    assert Notice.objects.get().contact == payer
    # By then that number does not work any more.
    addresses.put_out_of_use(["+33612345678"], DeadAddress.Why.BOUNCED)
    other = given.open_item("10.00 EUR", customer=item.customer, due=clock.today() - timedelta(days=3))
    sent(given)
    assert Message.objects.get(notice__lines__item_id=other.pk).recipient == "+4915111111111"
    assert Notice.objects.get(lines__item_id=other.pk).contact == buyer


@pytest.mark.django_db
@pytest.mark.parametrize("phone", ["", "030 123456", "ask Rosa", "0151 99999999"])
def test_without_a_number_that_takes_texts_somebody_looks_for_one(given, phone):
    addresses.put_out_of_use(["+4915199999999"], DeadAddress.Why.BOUNCED)
    late(given, "C1", phone)
    DunningSettings.objects.update(letters_without_email=True)
    by_sms()
    sent(given)
    task = Task.objects.get()
    assert (task.kind, Message.objects.count(), Notice.objects.get().contact) == ("no_contact", 0, None)
    assert "there is no contact with a mobile number" in task.why


@pytest.mark.django_db
def test_who_wants_no_reminders_or_a_call_gets_no_text(given):
    late(given, "C1")
    late(given, "C2")
    Account.objects.filter(customer__number="C1").update(channel="none")
    Account.objects.filter(customer__number="C2").update(channel="phone")
    by_sms()
    sent(given)
    assert Message.objects.count() == 0
    assert list(Task.objects.values_list("kind", "customer__number")) == [("call", "C2")]


@pytest.mark.django_db
def test_many_are_told_in_as_many_statements_as_few(given, django_assert_max_num_queries):
    late(given, "C1")
    by_sms()
    entity = given.entity()
    run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    with django_assert_max_num_queries(1000) as few:
        dunning.send(run, actor=SYSTEM)
    for number in range(2, 12):
        late(given, f"C{number}")
    run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    with django_assert_max_num_queries(len(few)):
        dunning.send(run, actor=SYSTEM)
    assert Message.objects.filter(channel="sms").count() == 11


@pytest.mark.django_db
def test_a_customer_s_page_says_that_texts_do_not_arrive_until_somebody_says_they_do(given):
    item = late(given, "C1")
    addresses.put_out_of_use(["+4915112345678"], DeadAddress.Why.BOUNCED)
    client = Client()
    client.force_login(given.user("fin", Role.FINANCE_MANAGER))
    page = reverse("customer", args=[item.customer_id])
    assert "Text messages do not arrive" in client.get(page).content.decode()
    client.post(reverse("use_address", args=[item.customer.contacts.get().pk]))
    assert "do not arrive" not in client.get(page).content.decode()
    assert not addresses.dead().exists()


# --- What it says


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("name", texts.names())
def test_every_standard_text_is_short_in_the_basic_alphabet_and_asks_whom_to_call(language, name):
    facts = {"entity_phone": "+49 40 5", "pay_by": DAY, "total": Decimal("1234567.89"), "entity": "Müller & Söhne GmbH"}
    items = tuple(Owed(f"RE-{number}", DAY, 9, 1, Decimal(1)) for number in range(12))
    costs = (Cost(True, "IN-1", Decimal(40), DAY),)
    words = letters.write(letter(language=language, template=name, items=items, costs=costs, **facts))
    assert segments.is_basic(words.sms), words.sms
    assert segments.count(words.sms) == 1, words.sms
    said = words.sms.split("\n")
    assert said[-1].endswith("+49 40 5")
    assert len(said) == (2 if name == "upcoming" else 3)
    bare = letters.write(letter(language=language, template=name))
    assert len(bare.sms.split("\n")) == 1, "lines about what there is not are left out"


def test_standard_texts_differ_by_language():
    assert len({texts.standard(language, "reminder").sms for language in texts.LANGUAGES}) == 3
    assert texts.standard("en", "no-such-wording").sms == texts.standard("en", "reminder").sms


@pytest.mark.django_db
def test_a_text_that_grew_too_long_is_cut_and_still_sent(given):
    item = late(given, "C1")
    entity = given.entity()
    entity.name = "Gesellschaft Łódź " * 11
    entity.save()
    by_sms()
    sent(given)
    text = Message.objects.get().text
    assert segments.count(text) == 3
    assert text.endswith("...")
    assert item.number not in text


# --- Written by the legal entity


def own(sms: str) -> Text:
    usual = texts.standard("en", "reminder")
    return Text(usual.subject, usual.opening, usual.closing, sms)


@pytest.mark.django_db
def test_a_legal_entity_says_it_in_its_own_words(given):
    late(given, "C1")
    entity = given.entity()
    row = wordings.save(entity, "reminder", "en", own("Pay {to_pay} {currency}!"), actor=SYSTEM)
    assert row.sms == "Pay {to_pay} {currency}!"
    by_sms()
    sent(given)
    assert Message.objects.get().text == "Pay 1,234.50 EUR!"
    assert wordings.save(entity, "reminder", "en", own(""), actor=SYSTEM, seen=row.updated_at) is None
    assert not Wording.objects.exists(), "nothing said is what is said as a rule"


@pytest.mark.django_db
def test_a_wording_of_before_says_as_a_text_what_is_said_as_a_rule(given):
    entity = given.entity()
    wordings.save(entity, "reminder", "en", Text("Ours", "Hello.", "Bye."), actor=SYSTEM)
    assert Wording.objects.get().sms == ""
    assert wordings.text_of(entity, "reminder", "en")[0].sms == texts.standard("en", "reminder").sms


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sms", "wrong"),
    [
        ("Pay {amount}", "There is no field {amount}."),
        ("x" * 460, "It would be 4 text messages; at most 3 are sent at once."),
        ("ł" * 202, "It would be 4 text messages; at most 3 are sent at once. A sign in it"),
        ("{customer} " * 17, "It would be 4 text messages"),
        ("x" * 601, "It is longer than 600 characters."),
    ],
)
def test_what_could_not_be_texted_is_refused_on_saving(given, sms, wrong):
    with pytest.raises(WordingRefused, match=r"text messages|field|longer") as refused:
        wordings.save(given.entity(), "reminder", "en", own(sms), actor=SYSTEM)
    assert [part for part, _ in refused.value.faults] == ["sms"]
    assert wrong in str(refused.value)
    assert not Wording.objects.exists()


@pytest.mark.django_db
def test_the_editor_counts_and_refuses_what_is_too_long_for_the_customer_shown(given):
    customer = late(given, "C1", name="Łódź " * 30).customer
    entity = given.entity()
    client = Client()
    client.force_login(given.user("fin", Role.FINANCE_MANAGER))
    page = client.get(reverse("wording", args=[entity.pk, "reminder", "en"])).content.decode()
    assert "1 message of at most 3" in page
    assert f"{entity.name}: invoice RE-C1 overdue, 1,234.50 EUR open." in page
    typed = {"subject": "S", "opening": "O", "sms": "{customer} {customer}", "customer": customer.number, "version": ""}
    shown = client.post(reverse("try_wording", args=[entity.pk, "reminder", "en"]), typed).content.decode()
    assert "It would be 5 text messages" in shown
    refused = client.post(reverse("save_wording", args=[entity.pk, "reminder", "en"]), typed)
    assert (refused.status_code, Wording.objects.count()) == (422, 0)
    assert "It would be 5 text messages" in refused.content.decode()
    saved = client.post(reverse("save_wording", args=[entity.pk, "reminder", "en"]), typed | {"sms": "Pay, {customer}"})
    assert saved.status_code == 302
    assert Wording.objects.get().sms == "Pay, {customer}"


# --- Policies, and what is missing


def test_a_level_by_sms_needs_a_wording_and_may_cost():
    def faults(**facts):
        return policy_rules.faults_of(Rules("Ours", (Step("First", 1, **{"template": "reminder"} | facts),)))

    assert faults(channel="sms", fees=(("EUR", Decimal(5)),), charges_interest=True) == []
    assert [fault.field for fault in faults(channel="sms", template="none")] == ["template"]
    assert [fault.field for fault in faults(channel="fax")] == ["channel"]


@pytest.mark.django_db
def test_the_checklist_says_that_nobody_sends_text_messages(given):
    given.entity()
    assert "sms_provider" not in {line.key for line in checklist.lines()}
    by_sms()
    assert "sms_provider" in {line.key for line in checklist.lines()}
