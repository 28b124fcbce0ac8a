"""camt.052, .053 and .054: signs, batches, who is on the other side, charges and rates, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Flag, Kind, Refused, Status

OURS = "DE02120300000000202051"
OPENING = (
    "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>100</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
    "<Dt><Dt>2026-03-01</Dt></Dt></Bal>"
)


def closing(amount: str) -> str:
    return OPENING.replace("OPBD", "CLBD").replace(">100<", f">{amount}<").replace("03-01", "03-02")


def file(*parts: str, name: str = "BkToCstmrStmt", part: str = "Stmt", space: str = "camt.053.001.08") -> bytes:
    return (
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:{space}'><{name}><GrpHdr><MsgId>M</MsgId></GrpHdr><{part}>"
        f"<Id>S</Id><ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><IBAN>{OURS}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{''.join(parts)}</{part}></{name}></Document>"
    ).encode()


def entry(amount: str = "12.50", way: str = "CRDT", details: str = "", status: str = "BOOK", **parts: str) -> str:
    day = parts.get("day", "<BookgDt><Dt>2026-03-02</Dt></BookgDt>")
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{parts.get('before', '')}"
        f"<Sts><Cd>{status}</Cd></Sts>{day}<AcctSvcrRef>0001</AcctSvcrRef>"
        f"{f'<NtryDtls>{details}</NtryDtls>' if details else ''}</Ntry>"
    )


def one(*parts: str, **facts):
    (statement,) = read(file(*parts, **facts)).statements
    (line,) = statement.lines
    return line


PARTIES = (
    "<TxDtls><RltdPties><Dbtr><Pty><Nm>Ada</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>FR7630006000011234567890189</IBAN></Id>"
    "</DbtrAcct><Cdtr><Pty><Nm>We</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>" + OURS + "</IBAN></Id></CdtrAcct></RltdPties>"
    "{}</TxDtls>"
)


def test_a_statement_reckons():
    (statement,) = read(file(OPENING, closing("105"), entry("12.50"), entry("7.50", "DBIT"))).statements
    assert [line.amount for line in statement.lines] == [Decimal("12.50"), Decimal("-7.50")]
    assert statement.arithmetic_ok is True
    assert (statement.number, statement.bank_id, statement.message_id) == ("7", "S", "M")
    assert statement.opening.on == date(2026, 3, 1)


def test_a_statement_that_does_not_reckon_is_kept_and_flagged():
    (statement,) = read(file(OPENING, closing("105"), entry("12.50"))).statements
    assert statement.arithmetic_ok is False
    assert statement.flags == {Flag.ARITHMETIC}


def test_without_a_balance_nobody_knows():
    (statement,) = read(file(OPENING, entry())).statements
    assert statement.arithmetic_ok is None


def test_pending_entries_are_apart_and_not_reckoned_with():
    (statement,) = read(file(OPENING, closing("112.50"), entry("12.50"), entry("99", status="PDNG"))).statements
    assert [line.status for line in statement.lines] == [Status.BOOKED, Status.PENDING]
    assert statement.arithmetic_ok is True
    assert (statement.booked_count, statement.pending_count) == (1, 1)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (entry("12,50"), "'12,50' is no amount"),
        (entry(""), "the amount is missing"),
        (entry("-12.50"), "is no amount"),
        (entry("1.123456"), "more digits"),
        (entry(way="CREDIT"), "credit or debit"),
        (entry(status="XXXX"), "booked or pending"),
        (entry(day="<BookgDt><Dt>2026-02-30</Dt></BookgDt>"), "is no day"),
        (entry(day=""), "day of booking is missing"),
        (entry().replace("Ccy='EUR'", "Ccy='euro'"), "is no currency"),
        (entry().replace(" Ccy='EUR'", ""), "is no currency"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place_and_never_zero(broken, reason):
    found = read(file(OPENING, closing("112.50"), entry(), broken))
    (statement,) = found.statements
    assert len(statement.lines) == 1
    assert {Flag.INCOMPLETE, Flag.ARITHMETIC} <= statement.flags
    (refusal,) = found.refused
    assert reason in refusal.reason
    assert refusal.where.startswith("Stmt[1] (line 1) Ntry[2]")


@pytest.mark.parametrize("space", [f"camt.053.001.{version:02}" for version in range(2, 14)])
def test_all_versions_are_read(space):
    (statement,) = (found := read(file(entry(), space=space))).statements
    assert (found.format, found.version) == ("camt.053", space[-6:])
    assert statement.lines[0].amount == Decimal("12.50")


def test_the_three_messages_have_their_kinds():
    kinds = {
        read(file(entry(), name=name, part=part, space=space)).statements[0].kind
        for name, part, space in [
            ("BkToCstmrAcctRpt", "Rpt", "camt.052.001.08"),
            ("BkToCstmrStmt", "Stmt", "camt.053.001.08"),
            ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "camt.054.001.08"),
        ]
    }
    assert kinds == set(Kind)


def test_namespaces_prefixes_and_envelopes_do_not_matter():
    inner = file(entry()).decode()
    prefixed = "<e:Envelope xmlns:e='urn:swift:saa'><e:Body>" + inner + "</e:Body></e:Envelope>"
    bare = inner.replace(" xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'", "")
    for text in (prefixed, bare):
        assert len(read(text.encode()).statements[0].lines) == 1


def test_who_pays_in_is_the_debtor():
    line = one(entry(details=PARTIES.format("<RmtInf><Ustrd>INV 0042</Ustrd><Ustrd>INV 0043</Ustrd></RmtInf>")))
    assert line.counterparty.name == "Ada"
    assert line.counterparty.iban == "FR7630006000011234567890189"
    assert line.remittance == "INV 0042\nINV 0043"


def test_a_returned_direct_debit_names_whose_it_was_and_why():
    returned = "<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf><Refs><EndToEndId>E1</EndToEndId><MndtId>00M1</MndtId></Refs>"
    line = one(entry(way="DBIT", details=PARTIES.format(returned)))
    assert (line.counterparty.name, line.return_reason) == ("Ada", "MS03")
    assert (line.end_to_end_id, line.mandate_id) == ("E1", "00M1")


def test_the_other_side_is_the_creditor_of_what_we_pay_and_never_ourselves():
    theirs = PARTIES.replace(OURS, "NL91ABNA0417164300").replace("We", "Carl").format("")
    assert one(entry(way="DBIT", details=theirs)).counterparty.name == "Carl"
    assert one(entry(way="DBIT", details=PARTIES.format(""))).counterparty.name == ""
    reversal = one(entry(way="CRDT", before="<RvslInd>true</RvslInd>", details=PARTIES.format("")))
    assert reversal.reversal
    assert reversal.counterparty.name == "Ada"


def test_a_batch_has_its_payments_each_with_its_own_facts():
    paid = (
        "<TxDtls><Refs><EndToEndId>{0}</EndToEndId></Refs><Amt Ccy='EUR'>{1}</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
    )
    batch = "<Btch><PmtInfId>B1</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>"
    details = batch + paid.format("A", "5.00") + paid.format("B", "7.50")
    line = one(entry(details=details))
    assert (line.batch_id, line.batch_count) == ("B1", 2)
    assert [(each.end_to_end_id, each.amount) for each in line.members] == [
        ("A", Decimal("5.00")),
        ("B", Decimal("7.50")),
    ]
    (statement,) = read(file(entry(details=details.replace("7.50", "7.40")))).statements
    assert Flag.MEMBERS in statement.flags


def test_original_amount_rate_charges_and_references():
    details = (
        "<TxDtls><AmtDtls><InstdAmt><Amt Ccy='USD'>20.00</Amt></InstdAmt><CntrValAmt><Amt Ccy='EUR'>12.50</Amt>"
        "<CcyXchg><SrcCcy>USD</SrcCcy><XchgRate>0.925</XchgRate></CcyXchg></CntrValAmt></AmtDtls><Chrgs><Rcrd>"
        "<Amt Ccy='EUR'>1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>"
        "<RmtInf><Strd><RfrdDocInf><Nb>0042</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
    )
    line = one(entry(details=details))
    assert (line.original_amount, line.original_currency, line.rate) == (Decimal("20.00"), "USD", Decimal("0.925"))
    assert [(each.amount, each.included) for each in line.charges] == [(Decimal("-1.00"), True)]
    assert line.creditor_reference == "RF18539007547034"
    assert line.documents == ("0042",)


def test_words_for_nothing_are_nothing_and_unknown_codes_are_kept():
    code = "<BkTxCd><Domn><Cd>ZZZZ</Cd><Fmly><Cd>YYYY</Cd><SubFmlyCd>XXXX</SubFmlyCd></Fmly></Domn></BkTxCd>"
    text = entry(details="<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls>", before=code)
    line = one(text.replace(">0001<", ">NONREF<"))
    assert (line.end_to_end_id, line.bank_reference) == ("", "")
    assert (line.code.domain, line.code.family, line.code.subfamily) == ("ZZZZ", "YYYY", "XXXX")


def test_the_banks_own_sums_are_compared():
    told = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
    (statement,) = read(file(told, entry())).statements
    assert Flag.TOTALS in statement.flags


def test_two_equal_entries_stay_two():
    (statement,) = read(file(OPENING, closing("125"), entry(), entry())).statements
    assert len(statement.lines) == 2
    assert statement.arithmetic_ok is True


def test_a_statement_without_an_account_is_refused():
    text = file(entry()).decode().replace(f"<IBAN>{OURS}</IBAN>", "")
    with pytest.raises(Refused, match="names no account"):
        read(text.encode())
