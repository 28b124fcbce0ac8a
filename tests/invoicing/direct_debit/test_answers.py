"""What banks answer: single payments, batches and whole files taken or rejected, whatever the version; once."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from o2c import wiring
from o2c.collections.models import Task
from o2c.core import states
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.direct_debit import answers, exporting, status_report
from o2c.invoicing.direct_debit.words import BANK, of_bank
from o2c.invoicing.models import BankAccount, Collection, Mandate, PaymentStatus
from tests.invoicing.direct_debit.given import OTHERS

VERSIONS = [
    'xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"',
    'xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"',
    "",
]


def one(reference: str, status: str, reason: str = "") -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}</TxInfAndSts>"


def batch(name: str, inside: str, status: str = "", reason: str = "") -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    told = f"<PmtInfSts>{status}</PmtInfSts>{why}" if status else ""
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{name}</OrgnlPmtInfId>{told}{inside}</OrgnlPmtInfAndSts>"


def report(message_id: str, batches: str = "", *, group: str = "", reason: str = "", space: str = VERSIONS[0]) -> bytes:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    status = f"<GrpSts>{group}</GrpSts>{why}" if group else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document {space}><CstmrPmtStsRpt><GrpHdr><MsgId>B-1</MsgId>'
        f"<CreDtTm>2026-11-26T08:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>{status}</OrgnlGrpInfAndSts>{batches}</CstmrPmtStsRpt></Document>"
    ).encode()


@pytest.fixture
def exported(debits):
    """Three collections of two mandates: FRST and RCUR of the one, FRST of the other."""
    first, second = debits.mandate(), debits.mandate(iban=OTHERS)
    debits.owed(first, "10.00 EUR", days_late=9, number="I-1")
    debits.owed(first, "20.00 EUR", days_late=5, number="I-2")
    debits.owed(second, "30.00 EUR", number="I-3")
    run = debits.exported()
    return {row.item.number: row for row in run.collections.select_related("item")}, run.files.get()


def load(content: bytes, debits, **facts):
    return answers.load(content, name="answer.xml", seen=BankAccount.objects.all(), actor=debits.clerk, **facts)


def now() -> dict[str, tuple]:
    return {row.item.number: (row.state, row.reason) for row in Collection.objects.select_related("item")}


@pytest.mark.parametrize("space", VERSIONS, ids=["03", "10", "none"])
def test_single_payments_are_rejected_and_the_others_stand(debits, exported, space):
    rows, file = exported
    said = batch(
        exporting.batch_id(file.message_id, "FRST"),
        one(rows["I-1"].reference, "RJCT", "AC01") + one(rows["I-3"].reference, "ACSP"),
    )
    done = load(report(file.message_id, said, group="PART", space=space), debits)
    assert (done.accepted, done.rejected, done.unchanged) == (1, 1, 1)
    assert now() == {"I-1": ("rejected", "AC01"), "I-2": ("exported", ""), "I-3": ("accepted", "")}
    wiring.handle_events()
    task = Task.objects.get()
    assert (task.kind, task.customer) == ("rejected", rows["I-1"].customer)
    assert "I-1" in task.why
    assert "account number is wrong" in task.why


def test_the_same_file_again_changes_nothing(debits, exported):
    rows, file = exported
    said = report(file.message_id, batch("x", one(rows["I-1"].reference, "RJCT", "AM04")), group="PART")
    load(said, debits)
    before = list(Collection.objects.order_by("pk").values_list("pk", "updated_at"))
    again = load(said, debits)
    assert (again.known_before, again.accepted, again.rejected) == (True, 0, 0)
    assert list(Collection.objects.order_by("pk").values_list("pk", "updated_at")) == before
    assert PaymentStatus.objects.count() == 1
    wiring.handle_events()
    assert Task.objects.count() == 1


def test_a_batch_is_rejected_as_a_whole(debits, exported):
    _, file = exported
    said = batch(exporting.batch_id(file.message_id, "FRST"), "", "RJCT", "DT01")
    done = load(report(file.message_id, said, group="PART"), debits)
    assert done.rejected == 2
    assert now() == {"I-1": ("rejected", "DT01"), "I-2": ("exported", ""), "I-3": ("rejected", "DT01")}


@pytest.mark.parametrize(("status", "state"), [("RJCT", "rejected"), ("ACCP", "accepted"), ("PDNG", "exported")])
def test_a_file_is_answered_as_a_whole(debits, exported, status, state):
    _, file = exported
    load(report(file.message_id, group=status, reason="FF01" if status == "RJCT" else ""), debits)
    assert {found for found, _ in now().values()} == {state}


def test_a_rejected_item_is_free_and_its_next_collection_is_the_first_again(debits, exported):
    _, file = exported
    load(report(file.message_id, group="RJCT", reason="FF01"), debits)
    run = debits.proposed()
    assert {row.item.number: row.sequence for row in run.collections.select_related("item")} == {
        "I-1": "FRST", "I-2": "RCUR", "I-3": "FRST",
    }  # fmt: skip


def test_what_was_accepted_may_be_rejected_later_and_what_was_rejected_stays_so(debits, exported):
    rows, file = exported
    load(report(file.message_id, group="ACCP"), debits)
    load(report(file.message_id, batch("x", one(rows["I-2"].reference, "RJCT", "MS03"))), debits)
    load(report(file.message_id, group="ACSC"), debits)
    assert now() == {"I-1": ("accepted", ""), "I-2": ("rejected", "MS03"), "I-3": ("accepted", "")}


def test_two_rejections_for_want_of_a_mandate_block_it(debits, exported):
    rows, file = exported
    said = "".join(one(rows[name].reference, "RJCT", "MD01") for name in ("I-1", "I-2"))
    load(report(file.message_id, batch("x", said + one(rows["I-3"].reference, "RJCT", "MD01"))), debits)
    first, second = Mandate.objects.order_by("pk")
    assert (first.state, second.state) == ("blocked", "active")
    assert "no valid mandate" in first.reason


def test_what_a_bank_says_by_telephone_is_taken_over_once(debits, exported):
    rows, _ = exported
    answers.reject(rows["I-1"], reason="MS03", actor=debits.boss)
    assert now()["I-1"] == ("rejected", "MS03")
    with pytest.raises(states.IllegalMove):
        answers.reject(rows["I-1"], reason="MS03", actor=debits.boss)
    wiring.handle_events()
    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [
        b"<Document><CstmrPmtStsRpt>",
        b"<Document><Else/></Document>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document><CstmrPmtStsRpt>&e;</CstmrPmtStsRpt></Document>',
        b"<Document><CstmrPmtStsRpt><GrpHdr/></CstmrPmtStsRpt></Document>",
        report("DEBITS-4711-CORE", group="RJCT"),
        b"no xml",
    ],
    ids=["cut off", "something else", "document type", "of no file", "not ours", "no xml"],
)
def test_what_is_no_answer_to_a_file_of_ours_is_refused_and_changes_nothing(debits, exported, content):
    with pytest.raises(Refused):
        load(content, debits)
    assert {state for state, _ in now().values()} == {"exported"}
    assert not PaymentStatus.objects.exists()


def test_an_answer_to_a_file_of_a_hidden_legal_entity_is_refused(given, debits, exported):
    _, file = exported
    with pytest.raises(Refused, match="gave no bank"):
        answers.load(
            report(file.message_id, group="RJCT"), name="x", seen=BankAccount.objects.none(), actor=debits.clerk
        )
    assert {state for state, _ in now().values()} == {"exported"}


def test_a_payment_that_is_not_in_the_file_is_named(debits, exported):
    _, file = exported
    done = load(report(file.message_id, batch("x", one("DEBIT-999999", "RJCT", "AC01"))), debits)
    assert (done.unknown, done.rejected) == (["DEBIT-999999"], 0)


def test_the_command_loads_an_answer_and_says_what_came_of_it(debits, exported, tmp_path):
    rows, file = exported
    path = tmp_path / "answer.xml"
    path.write_bytes(report(file.message_id, batch("x", one(rows["I-1"].reference, "RJCT", "AC04"))))

    def run(*words: str) -> dict:
        out = StringIO()
        call_command("load", "payment-status", str(path), "--json", *words, stdout=out)
        return json.loads(out.getvalue())

    assert run("--dry-run")["rejected"] == 1
    assert now()["I-1"] == ("exported", "")
    assert run() == {
        "format": "pain.002", "message_id": file.message_id, "accepted": 0, "rejected": 1, "unchanged": 2,
        "unknown": [], "known_before": False,
    }  # fmt: skip
    assert run()["known_before"] is True
    path.write_text("<x/>")
    with pytest.raises(CommandError):
        run()


def test_a_file_that_a_person_sends_is_known_by_its_content(given, debits, exported, settings, tmp_path):
    import uuid

    from o2c.core.models import User
    from o2c.invoicing.bank import arriving

    settings.MEDIA_ROOT = tmp_path
    rows, file = exported
    key = uuid.uuid4()
    arriving.path(key).parent.mkdir(parents=True)
    content = report(file.message_id, batch("x", one(rows["I-1"].reference, "RJCT", "AC04")))
    arriving.path(key).write_bytes(content)
    by = User.objects.get(pk=debits.clerk.user_id)
    load = arriving.work(arriving.receive(key, name="a.xml", size=len(content), entity=None, by=by).pk)
    assert (load.state, load.format, load.created, load.unchanged) == ("loaded", "pain.002", 1, 2)
    assert now()["I-1"] == ("rejected", "AC04")


def test_statements_are_no_answers():
    assert not status_report.is_one(b"<Document><BkToCstmrStmt>")
    assert of_bank("AC04") == "AC04: the account is closed"
    assert of_bank("ZZ99") == "ZZ99"
    assert all(len(code) == 4 and words for code, words in BANK.items())
