"""Runs of direct debits: what is chosen and why the rest is not, two people, the file, and each item once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from lxml import etree

from o2c.collections import debiting, disputes, holds, placements, promises
from o2c.collections.models import Agency, Task
from o2c.collections.plans import agreeing
from o2c.collections.plans.schedules import Step
from o2c.core import states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, Role
from o2c.invoicing.cash import foureyes
from o2c.invoicing.direct_debit import days, mandates, setting
from o2c.invoicing.direct_debit.setting import DebitRefused
from o2c.invoicing.models import Collection, DebitFile, DebitRun, LeftOut, Mandate
from o2c.invoicing.proof import proof
from tests.at_once import at_once
from tests.invoicing.direct_debit.given import CREDITOR, OTHERS, OURS, THEIRS, Debits


@pytest.fixture
def debits(given) -> Debits:
    return Debits(given)


def chosen(run: DebitRun) -> dict[str, tuple]:
    return {row.item.number: (row.amount, row.sequence) for row in run.collections.select_related("item")}


def left_out(run: DebitRun) -> dict[str, str]:
    return {row.item.number: row.reason for row in run.not_chosen.select_related("item")}


def test_a_run_chooses_what_is_due_and_says_why_the_rest_is_not(given, debits):
    mandate = debits.mandate()
    today, customer = debits.today, mandate.customer
    debits.owed(mandate, "100.00 EUR", number="chosen")
    debits.owed(mandate, "40.00 EUR", days_late=0, number="due today")
    debits.owed(mandate, "60.00 EUR", days_late=-1, number="not due")
    debits.owed(mandate, "-5.00 EUR", number="credit")
    given.rate("USD", "1.25", today - timedelta(days=60))
    debits.owed(mandate, "9.00 USD", number="dollars")
    items = {
        name: debits.owed(mandate, "10.00 EUR", number=name)
        for name in ("contested", "promised", "planned", "held", "placed")
    }
    disputes.open(items["contested"], reason="x", on=today, actor=SYSTEM)
    holds.place(customer=customer, item=items["held"], reason="x", from_on=today, actor=SYSTEM)
    promises.record(
        customer=customer, entity=debits.entity, items=[(items["promised"], Decimal(10))],
        pay_by=today + timedelta(days=2), promised_on=today, actor=SYSTEM,
    )  # fmt: skip
    agency = Agency.objects.create(entity=debits.entity, code="A", name="A")
    placements.place(agency, [items["placed"].pk], reason="x", on=today, actor=SYSTEM)
    agreeing.agree(
        customer=customer, entity=debits.entity, items=[items["planned"]], steps=[Step(today, Decimal(10))],
        agreed_on=today, actor=SYSTEM,
    )  # fmt: skip
    without = given.open_item("33.00 EUR", due=today - timedelta(days=9), number="no mandate")
    draft = debits.mandate(active=False, iban=OTHERS)
    debits.owed(draft, number="draft")
    credited = debits.mandate(iban="AT611904300234573201")
    debits.owed(credited, "50.00 EUR", number="covered")
    debits.owed(credited, "-50.00 EUR", number="their credit")
    old = debits.mandate(signed_on=today - timedelta(days=1090), iban="NL91ABNA0417164300")
    debits.owed(old, number="expires before")

    run = debits.proposed()
    assert chosen(run) == {"chosen": (Decimal(100), "FRST"), "due today": (Decimal(40), "RCUR")}
    assert left_out(run) == {
        "contested": "disputed", "promised": "promise_open", "planned": "plan_kept", "held": "hold",
        "dollars": "currency",
        "placed": "handed_over",
        "draft": "mandate_draft", "covered": "net_credit", "expires before": "mandate_expired",
    }  # fmt: skip
    assert (run.count, run.total, run.left_out, run.state) == (2, Decimal(140), 9, "proposed")
    assert without.number not in chosen(run) | left_out(run)
    again = debits.proposed()
    assert (again.count, left_out(again)["chosen"]) == (0, "under_way")


def test_the_first_possible_day_is_a_day_of_target_after_both_delays():
    wednesday = date(2026, 12, 23)
    assert days.settling_day(date(2026, 12, 25)) == date(2026, 12, 28)
    assert days.settling_day(wednesday, 2) == date(2026, 12, 28)
    assert days.earliest(wednesday, notice_days=14, lead_days=2) == date(2027, 1, 6)
    assert days.earliest(wednesday, notice_days=0, lead_days=3) == date(2026, 12, 29)
    assert days.days_before(date(2026, 12, 28), 2) == wednesday
    assert days.settling_day(date(2026, 4, 3)) == date(2026, 4, 7)  # Good Friday to Tuesday after Easter


def test_nothing_is_collected_sooner_than_customers_are_told(given, debits):
    debits.owed(debits.mandate())
    with pytest.raises(DebitRefused, match="14 days"):
        debits.proposed(collect_on=debits.today + timedelta(days=3))
    assert not DebitRun.objects.exists()
    assert debits.proposed().collect_on == days.earliest(debits.today, notice_days=14, lead_days=2)


def test_without_a_creditor_identifier_or_anything_due_no_run_is_made(given, debits):
    with pytest.raises(DebitRefused, match="No customer"):
        debits.proposed()
    other = given.bank_account(given.entity("AT1"))
    with pytest.raises(DebitRefused, match="creditor identifier"):
        debiting.propose(other, due_until=debits.today, actor=debits.clerk)
    assert not DebitRun.objects.exists()


# --- Two people


def test_who_proposed_does_not_approve_and_nor_does_a_program(given, debits):
    debits.owed(debits.mandate())
    run = debits.proposed()
    for actor in (debits.clerk, SYSTEM):
        with pytest.raises(foureyes.FourEyes):
            debiting.approve(run, actor=actor)
    with pytest.raises(IntegrityError), transaction.atomic():
        DebitRun.objects.update(state="approved", decided_by_id=debits.clerk.user_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        DebitRun.objects.update(state="approved")
    run.refresh_from_db()
    assert run.state == "proposed"
    assert debiting.approve(run, actor=debits.boss).state == "approved"


def test_a_large_run_needs_two_who_did_not_propose_it(given, debits):
    debits.owed(debits.mandate(), "20000.00 EUR")
    run = debits.proposed()
    assert debiting.approve(run, actor=debits.boss).state == "proposed"
    with pytest.raises(foureyes.FourEyes):
        debiting.approve(run, actor=debits.boss)
    third = Actor.of(given.user("third", Role.FINANCE_MANAGER))
    assert debiting.approve(run, actor=third).state == "approved"


def test_what_is_refused_or_withdrawn_may_be_proposed_again(given, debits):
    debits.owed(debits.mandate(), number="again")
    first = debits.proposed()
    debiting.refuse(first, note="Not this month", actor=debits.boss)
    second = debits.proposed()
    with pytest.raises(foureyes.FourEyes):
        debiting.withdraw(second, actor=debits.boss)
    debiting.withdraw(second, actor=debits.clerk)
    third = debits.approved()
    debiting.withdraw(third, actor=debits.boss)
    with pytest.raises(states.IllegalMove):
        debiting.export(third, actor=debits.boss)
    assert chosen(debits.proposed()) == {"again": (Decimal(100), "FRST")}
    assert set(Collection.objects.exclude(state="proposed").values_list("state", "reason")) == {
        ("dropped", "withdrawn")
    }


# --- The file


def parsed(file: DebitFile):
    root = etree.fromstring(bytes(file.file.content))
    return root, {"p": root.nsmap[None]}


@pytest.mark.parametrize("version", ["pain.008.001.02", "pain.008.001.08"])
def test_the_files_say_what_is_collected_of_whom_by_which_mandate(given, debits, version):
    setting.set_rules(debits.entity, creditor_id=CREDITOR, version=version, actor=SYSTEM)
    core = debits.mandate(holder="Müller & Söhne <GmbH>", reference="K-1")
    company = debits.mandate(scheme="B2B", iban=OTHERS, reference="B-1")
    once = debits.mandate(one_off=True, iban="AT611904300234573201", reference="O-1")
    last = debits.mandate(iban="NL91ABNA0417164300", reference="L-1")
    mandates.amend(last, iban=last.iban, holder=last.holder, last=True, actor=debits.clerk)
    debits.owed(core, "10.05 EUR", days_late=3, number="A-1")
    debits.owed(core, "0.07 EUR", days_late=2, number="A-2")
    debits.owed(company, "1234.50 EUR", number="A-3")
    debits.owed(once, "20.00 EUR", days_late=5, number="A-4")
    debits.owed(once, "30.00 EUR", days_late=1, number="A-5")
    debits.owed(last, "40.00 EUR", number="A-6")
    run = debits.exported()
    assert left_out(run) == {"A-5": "mandate_used"}
    files = {file.scheme: file for file in run.files.all()}
    assert {scheme: (file.count, file.total) for scheme, file in files.items()} == {
        "CORE": (4, Decimal("70.12")),
        "B2B": (1, Decimal("1234.50")),
    }
    root, ns = parsed(files["CORE"])
    assert ns["p"].endswith(version)
    assert root.findtext(".//p:GrpHdr/p:MsgId", namespaces=ns) == f"DEBITS-{run.pk}-CORE"
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=ns) == "70.12"
    assert root.findtext(".//p:GrpHdr/p:NbOfTxs", namespaces=ns) == "4"
    batches = {}
    for batch in root.iterfind(".//p:PmtInf", namespaces=ns):
        sequence = batch.findtext("p:PmtTpInf/p:SeqTp", namespaces=ns)
        assert batch.findtext("p:PmtInfId", namespaces=ns) == f"DEBITS-{run.pk}-CORE-{sequence}"
        assert batch.findtext("p:PmtTpInf/p:LclInstrm/p:Cd", namespaces=ns) == "CORE"
        assert batch.findtext("p:ReqdColltnDt", namespaces=ns) == run.collect_on.isoformat()
        assert batch.findtext("p:CdtrAcct/p:Id/p:IBAN", namespaces=ns) == OURS
        assert batch.findtext("p:CdtrSchmeId/p:Id/p:PrvtId/p:Othr/p:Id", namespaces=ns) == CREDITOR
        rows = [
            (
                one.findtext("p:PmtId/p:EndToEndId", namespaces=ns),
                one.findtext("p:InstdAmt", namespaces=ns),
                one.findtext(".//p:MndtId", namespaces=ns),
                one.findtext("p:DbtrAcct/p:Id/p:IBAN", namespaces=ns),
                one.findtext("p:Dbtr/p:Nm", namespaces=ns),
            )
            for one in batch.iterfind("p:DrctDbtTxInf", namespaces=ns)
        ]
        assert sum(Decimal(row[1]) for row in rows) == Decimal(batch.findtext("p:CtrlSum", namespaces=ns))
        batches[sequence] = rows
    known = {row.item.number: row.reference for row in run.collections.select_related("item")}
    name = "Muller & Sohne <GmbH>"
    assert batches == {
        "FRST": [(known["A-1"], "10.05", "K-1", THEIRS, name)],
        "RCUR": [(known["A-2"], "0.07", "K-1", THEIRS, name)],
        "OOFF": [(known["A-4"], "20.00", "O-1", once.iban, once.holder)],
        "FNAL": [(known["A-6"], "40.00", "L-1", last.iban, last.holder)],
    }
    core.refresh_from_db()
    assert core.used_on == run.collect_on
    assert proof() == []


def test_the_next_run_is_recurrent_and_tells_the_bank_of_another_account(given, debits):
    mandate = debits.mandate()
    debits.owed(mandate, number="first")
    debits.exported()
    debits.believe(mandate.customer, OTHERS)
    mandates.amend(Mandate.objects.get(), iban=OTHERS, holder="x", actor=debits.clerk)
    debits.owed(mandate, number="second")
    run = debits.exported()
    assert chosen(run) == {"second": (Decimal(100), "RCUR")}
    root, ns = parsed(run.files.get())
    assert root.findtext(".//p:AmdmntInfDtls/p:OrgnlDbtrAcct/p:Id/p:Othr/p:Id", namespaces=ns) == "SMNDA"
    debits.owed(mandate, number="third")
    root, ns = parsed(debits.exported().files.get())
    assert root.find(".//p:AmdmntInfDtls", namespaces=ns) is None


def test_a_run_is_given_to_the_bank_once(given, debits):
    debits.owed(debits.mandate())
    run = debits.exported()
    with pytest.raises(states.IllegalMove):
        debiting.export(run, actor=debits.boss)
    with pytest.raises(states.IllegalMove):
        debiting.withdraw(run, actor=debits.boss)
    file = DebitFile.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        DebitFile.objects.create(
            entity=run.entity, run=run, scheme="CORE", message_id="x", file=file.file, currency="EUR", count=1,
            total=1, actor="x",
        )  # fmt: skip
    assert Collection.objects.get().state == "exported"


def test_what_changed_since_the_approval_is_left_out_of_the_file(given, debits):
    items = {name: debits.owed(debits.mandate(iban=iban), "50.00 EUR", number=name) for name, iban in IBANS.items()}
    run = debits.approved()
    given.pay(items["paid"])
    given.pay(items["part paid"], "10.00 EUR")
    disputes.open(items["contested"], reason="x", on=debits.today, actor=SYSTEM)
    mandates.cancel(Mandate.objects.get(iban=IBANS["ended"]), reason="x", on=debits.today, actor=debits.clerk)
    (file,) = debiting.export(run, actor=debits.boss)
    assert (file.count, file.total) == (1, Decimal(50))
    assert {row.item.number: (row.state, row.reason) for row in run.collections.select_related("item")} == {
        "stays": ("exported", ""),
        "paid": ("dropped", "paid"),
        "part paid": ("dropped", "changed"),
        "contested": ("dropped", "disputed"),
        "ended": ("dropped", "mandate_cancelled"),
    }


IBANS = {
    "stays": THEIRS,
    "paid": OTHERS,
    "part paid": "AT611904300234573201",
    "contested": "NL91ABNA0417164300",
    "ended": "FR1420041010050500013M02606",
}


def test_a_run_that_waited_too_long_is_collected_later_or_refused(given, debits):
    debits.owed(debits.mandate())
    run = debits.proposed()
    DebitRun.objects.update(collect_on=days.settling_day(debits.today + timedelta(days=1)))
    run = debiting.approve(run, actor=debits.boss)
    assert run.collect_on == days.earliest(debits.today, notice_days=14, lead_days=2)
    DebitRun.objects.update(collect_on=days.settling_day(debits.today, 1))
    with pytest.raises(DebitRefused, match="needed the file"):
        debiting.export(run, actor=debits.boss)
    run.refresh_from_db()
    assert (run.state, Collection.objects.get().state, DebitFile.objects.count()) == ("approved", "proposed", 0)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_choose_an_item_once(given, debits):
    numbers = [f"I-{number}" for number in range(20)]
    mandate = debits.mandate()
    for number in numbers:
        debits.owed(mandate, "1.00 EUR", number=number)
    made = at_once(*[debits.proposed] * 4, refusals=())
    assert sorted(run.count for run in made) == [0, 0, 0, 20]
    assert Collection.objects.count() == 20
    assert LeftOut.objects.filter(reason="under_way").count() == 60


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_give_the_bank_one_file(given, debits):
    debits.owed(debits.mandate())
    run = debits.approved()
    said = at_once(*[lambda: debiting.export(run, actor=debits.boss)] * 3, refusals=(states.IllegalMove,))
    assert sorted(isinstance(each, states.IllegalMove) for each in said) == [False, True, True]
    assert DebitFile.objects.count() == 1


# --- Telling


def test_customers_are_told_once_in_their_language_with_what_when_and_by_which_mandate(given, debits):
    from o2c import wiring

    german = debits.mandate(given.customer("K-1", name="Müller AG", language="de"), reference="K-1")
    english = debits.mandate(given.customer("K-2", language="en"), iban=OTHERS)
    silent = debits.mandate(given.customer("K-3", email=""), iban="AT611904300234573201")
    debits.owed(german, "1234.50 EUR", number="RE-1")
    debits.owed(german, "0.50 EUR", number="RE-2")
    debits.owed(english, "10.00 EUR", number="RE-3")
    debits.owed(silent, "10.00 EUR", number="RE-4")
    run = debits.proposed()
    wiring.handle_events()
    assert not Message.objects.exists()
    run = debiting.approve(run, actor=debits.boss)
    wiring.handle_events()
    debiting.runs_approved([{"run_id": run.pk}])
    first, second = Message.objects.order_by("key")
    day = run.collect_on
    assert first.language == "de"
    assert "1.235,00" in first.subject
    for said in ("RE-1: 1.234,50", "RE-2: 0,50", CREDITOR, "K-1", f"{day.day}.", str(day.year), "DE75 … 6199"):
        assert said in first.text, said
    assert THEIRS not in first.text
    assert (second.language, "RE-3: 10.00 EUR" in second.text) == ("en", True)
    task = Task.objects.get()
    assert (task.customer, task.kind) == (silent.customer, "no_contact")


def test_what_is_collected_is_not_chased_until_it_is_rejected(given, debits):
    from o2c.collections import dunning
    from o2c.collections.models import Decision

    mandate = debits.mandate()
    item = debits.owed(mandate, days_late=40)
    debits.exported()
    run = dunning.propose(debits.entity, debits.today, actor=SYSTEM)
    assert Decision.objects.get(run_id=run.pk, item_id=item.pk).reason == "direct_debit"
    dunning.cancel(run, actor=SYSTEM)
    Collection.objects.update(state="rejected", until=debits.today)
    run = dunning.propose(debits.entity, debits.today, actor=SYSTEM)
    assert Decision.objects.get(run_id=run.pk, item_id=item.pk).reason == "notice"
