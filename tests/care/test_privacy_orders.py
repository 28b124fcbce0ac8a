"""Erasure of a person in our files for banks and their answers: they go, everybody else and every figure stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from lxml import etree

from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.invoicing.cash import exporting, refunds
from o2c.invoicing.direct_debit import answers
from o2c.invoicing.models import BankAccount, DebitFile, LineUse, PaymentStatus, Receipt, RefundExport
from o2c.invoicing.proof import proof
from o2c.web.privacy import subjects
from tests.given import DAY
from tests.invoicing.direct_debit.given import OTHERS, Debits

# As banks take it, it has no umlauts.
NAME, WRITTEN, IBAN = "Jürgen Müßig-Ungewöhnlich", "Jurgen Mussig-Ungewohnlich", "DE75512108001245126199"
OTHER = "Erika & Söhne"
pytestmark = pytest.mark.django_db


@pytest.fixture
def debits(given) -> Debits:
    return Debits(given)


def content(row) -> str:
    return bytes(row.file.content).decode()


def figures(text: str) -> list[tuple[str, str]]:
    """What a file orders: sums, counts, references, amounts, days and our own side."""
    kept = {"CtrlSum", "NbOfTxs", "EndToEndId", "OrgnlEndToEndId", "InstdAmt", "ReqdExctnDt", "ReqdColltnDt", "MndtId"}
    kept |= {"MsgId", "TxSts", "Cd"}
    root = etree.fromstring(text.encode())
    return [
        (name, each.text)
        for each in root.iter(etree.Element)
        if (name := etree.QName(each).localname) in kept and each.text
    ]


def paid_back(given, debits, customer, iban: str, amount: int = 60) -> None:
    """A credit that was named by what its payer wrote, paid back by a file."""
    line = given.bank_line(f"{amount}.00 EUR", entity=debits.entity, iban=iban, name=customer.name)
    receipt = cash.receive(
        entity=debits.entity, customer=customer, amount=Decimal(amount), currency="EUR", received_on=DAY,
        method=Receipt.Method.TRANSFER, reference=f"rent {customer.name}", actor=SYSTEM,
    )  # fmt: skip
    use = {"amount": amount, "entry": receipt.item.entry, "effective_on": DAY, "actor": "x"}
    LineUse.objects.create(line=line, kind="receipt", receipt=receipt, **use)
    on = DAY + timedelta(days=90)
    asked = refunds.ask(receipt.item, Decimal(amount), iban=iban, reason="Left over", on=on, actor=debits.clerk)
    assert refunds.approve(asked, on=on, actor=debits.boss).state == "approved"


@pytest.fixture
def person(given, debits):
    customer, other = given.customer("K-1", name=NAME), given.customer("K-2", name=OTHER)
    for who, iban in ((customer, IBAN), (other, OTHERS)):
        paid_back(given, debits, who, iban)
    made = exporting.export(debits.account, pay_on=debits.today, today=debits.today, actor=debits.boss)
    for refund in made.refunds.order_by("pk"):
        refunds.pay(refund, given.bank_line("-60.00 EUR", entity=debits.entity), on=debits.today, actor=debits.clerk)
    items = [
        debits.owed(debits.mandate(who, iban=iban), number=f"I-{who.number}")
        for who, iban in ((customer, IBAN), (other, OTHERS))
    ]
    file = debits.exported().files.get()
    told = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{row.reference}</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04"
        f"</Cd></Rsn><AddtlInf>{row.holder} moved</AddtlInf></StsRsnInf><OrgnlTxRef><Dbtr><Nm>{row.holder}</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{row.iban}</IBAN></Id></DbtrAcct></OrgnlTxRef></TxInfAndSts>".replace("&", "&amp;")
        for row in file.collections.order_by("pk")
    )
    report = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt><GrpHdr><MsgId>B-1</MsgId>'
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{file.message_id}</OrgnlMsgId></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts>{told}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    )
    answers.load(report.encode(), name="answer.xml", seen=BankAccount.objects.all(), actor=debits.clerk)
    for item in items:
        given.pay(item)
    return customer


def files() -> list:
    return [RefundExport.objects.get(), DebitFile.objects.get(), PaymentStatus.objects.get()]


def test_the_person_goes_out_of_every_file_and_the_others_and_the_figures_stay(person):
    before = [content(row) for row in files()]
    assert all(IBAN in text and OTHERS in text for text in before)
    assert [NAME in text or WRITTEN in text for text in before] == [True, True, True]
    subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    after = [content(row) for row in files()]
    for text, was in zip(after, before, strict=True):
        for word in (NAME, WRITTEN, IBAN, "Ungew", "rent Jurgen"):
            assert word not in text, word
        assert text.count(OTHERS) == was.count(OTHERS) == 1
        assert "Erika" in text
        assert subjects.ERASED in text
        assert figures(text) == figures(was)
    assert ("CtrlSum", "120.00") in figures(after[0])
    assert ("CtrlSum", "200.00") in figures(after[1])
    export = RefundExport.objects.get()
    assert (export.count, export.total) == (2, 120)
    assert proof() == []


def test_erasing_again_changes_nothing(person):
    subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    once = [content(row) for row in files()]
    subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    assert [content(row) for row in files()] == once


def test_a_refund_that_the_bank_may_still_pay_keeps_its_person(person, given, debits):
    paid_back(given, debits, person, IBAN, 70)
    with pytest.raises(subjects.SubjectRefused, match="is to be paid a refund"):
        subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    assert IBAN in content(RefundExport.objects.get())
