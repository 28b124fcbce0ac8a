"""The bank's statements: a batch credit pays exactly what was collected, and a return opens exactly that again."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c import wiring
from o2c.collections.models import Task
from o2c.core.actors import SYSTEM
from o2c.invoicing.bank import keeping
from o2c.invoicing.direct_debit import settling
from o2c.invoicing.matching import running
from o2c.invoicing.models import (
    BankAccount,
    BankLine,
    Collection,
    DebitRun,
    Mandate,
    MatchProposal,
    OpenItem,
    Receipt,
    ReturnedPayment,
)
from o2c.invoicing.proof import proof
from tests.invoicing.bank.files_given import balance, camt
from tests.invoicing.direct_debit.given import OTHERS, OURS


def payment(row: Collection, *, way: str = "CRDT", returned: str = "", mandate: bool = True) -> str:
    told = f"<MndtId>{row.mandate.reference}</MndtId>" if mandate else ""
    why = f"<RtrInf><Rsn><Cd>{returned}</Cd></Rsn></RtrInf>" if returned else ""
    return (
        f'<TxDtls><Refs><EndToEndId>{row.reference}</EndToEndId>{told}</Refs><Amt Ccy="EUR">{row.amount}</Amt>'
        f"<CdtDbtInd>{way}</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>{row.holder}</Nm></Pty></Dbtr><DbtrAcct><Id>"
        f"<IBAN>{row.iban}</IBAN></Id></DbtrAcct></RltdPties>{why}</TxDtls>"
    )


def entry(amount: Decimal, day, payments: list[str], way: str = "CRDT") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<NtryDtls>{'<Btch/>' if len(payments) > 1 else ''}{''.join(payments)}</NtryDtls></Ntry>"
    )


def bank_says(*entries: str, day, opening: Decimal, closing: Decimal, number: int) -> None:
    """A statement comes, and everything that happens by itself happens."""
    head = (
        f"<Id>S-{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><Acct><Id><IBAN>{OURS}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        + balance("OPBD", opening, f"{day}", "EUR")
        + balance("CLBD", closing, f"{day}", "EUR")
    )
    loaded = keeping.load(
        camt((head, "".join(entries))), name=f"{number}.xml", seen=BankAccount.objects.all(), actor=SYSTEM
    )
    assert not loaded.refused
    assert loaded.statements[0].arithmetic_ok
    settle()


def settle() -> None:
    wiring.handle_events()
    for entity in {line.entity for line in BankLine.objects.filter(open_amount__gt=0).select_related("entity")}:
        running.match(entity)
    wiring.handle_events()
    wiring.handle_events()
    assert proof() == []


@pytest.fixture
def batch(given, debits):
    """Three collections of equal amounts beside an invoice of the same customer that is not collected."""
    first, second = debits.mandate(), debits.mandate(iban=OTHERS)
    for number, mandate in (("I-1", first), ("I-2", first), ("I-3", second)):
        debits.owed(mandate, "100.00 EUR", number=number)
    run = debits.exported()
    debits.owed(first, "100.00 EUR", days_late=300, number="other")
    return {row.item.number: row for row in run.collections.select_related("item", "mandate")}


def credited(batch, day) -> None:
    bank_says(
        entry(Decimal("300.00"), day, [payment(row) for row in batch.values()]),
        day=day, opening=Decimal(0), closing=Decimal(300), number=1,
    )  # fmt: skip


def left() -> dict[str, Decimal]:
    return dict(OpenItem.objects.filter(kind="invoice").values_list("number", "open_amount"))


def test_a_batch_credit_pays_exactly_what_was_collected(given, debits, batch):
    credited(batch, debits.today)
    assert left() == {"I-1": 0, "I-2": 0, "I-3": 0, "other": 100}
    assert set(Collection.objects.values_list("state", "until")) == {("collected", debits.today)}
    reasons = {reason["code"] for proposal in MatchProposal.objects.all() for reason in proposal.reasons}
    assert {"collection", "mandate", "exact"} <= reasons
    assert Receipt.objects.count() == 3


def test_without_the_mandate_in_the_line_the_end_to_end_id_is_enough(given, debits, batch):
    day = debits.today
    payments = [payment(row, mandate=False) for row in batch.values()]
    bank_says(entry(Decimal("300.00"), day, payments), day=day, opening=Decimal(0), closing=Decimal(300), number=1)
    assert left() == {"I-1": 0, "I-2": 0, "I-3": 0, "other": 100}


def test_a_return_opens_exactly_that_item_again(given, debits, batch):
    day = debits.today
    credited(batch, day)
    back = payment(batch["I-2"], way="DBIT", returned="AC04")
    bank_says(
        entry(Decimal("100.00"), day, [back], "DBIT"),
        day=day, opening=Decimal(300), closing=Decimal(200), number=2,
    )  # fmt: skip
    assert left() == {"I-1": 0, "I-2": 100, "I-3": 0, "other": 100}
    row = Collection.objects.get(pk=batch["I-2"].pk)
    assert (row.state, row.reason, row.returned) == ("returned", "AC04", ReturnedPayment.objects.get())
    assert Collection.objects.filter(state="collected").count() == 2
    assert Task.objects.get().kind == "returned"
    assert Mandate.objects.get(pk=row.mandate_id).state == "active"
    again = debits.proposed()
    assert {each.item.number: each.sequence for each in again.collections.select_related("item")} == {
        "I-2": "RCUR", "other": "RCUR",
    }  # fmt: skip


@pytest.mark.parametrize(("reason", "state"), [("MD01", "blocked"), ("AM04", "active")])
def test_two_returns_for_want_of_a_mandate_block_it(given, debits, batch, reason, state):
    day = debits.today
    credited(batch, day)
    for number, name in ((2, "I-1"), (3, "I-2")):
        back = entry(Decimal("100.00"), day, [payment(batch[name], way="DBIT", returned=reason)], "DBIT")
        opening = Decimal(300 - 100 * (number - 2))
        bank_says(back, day=day, opening=opening, closing=opening - 100, number=number)
    assert left() == {"I-1": 100, "I-2": 100, "I-3": 0, "other": 100}
    mandate = Mandate.objects.get(pk=batch["I-1"].mandate_id)
    assert mandate.state == state
    if state == "blocked":
        assert "no valid mandate" in mandate.reason
        assert set(debits.proposed().not_chosen.values_list("reason", flat=True)) == {"mandate_blocked"}


def test_what_is_settled_otherwise_once_its_day_has_come_is_collected(given, debits, batch):
    for row in batch.values():
        given.pay(row.item, on=debits.today)
    settle()
    assert set(Collection.objects.values_list("state", flat=True)) == {"exported"}
    DebitRun.objects.update(collect_on=debits.today)
    assert settling.collected([debits.entity.pk]) == 3
    assert set(Collection.objects.values_list("state", "until")) == {("collected", debits.today)}


def test_it_is_worked_out_anew_without_harm(given, debits, batch):
    credited(batch, debits.today)
    assert settling.collected([debits.entity.pk]) == 0
    settle()
    assert Receipt.objects.count() == 3


def test_somebody_elses_key_is_no_collection_of_ours(given, debits, batch):
    """A payment that only looks so is not applied by itself to the item."""
    day = debits.today - timedelta(days=1)
    given.bank_line(
        "77.00 EUR", statement=given.bank_statement(), on=day, end_to_end_id="DEBIT-999999", name="Nobody we know"
    )
    settle()
    assert left() == {"I-1": 100, "I-2": 100, "I-3": 100, "other": 100}
    assert set(Collection.objects.values_list("state", flat=True)) == {"exported"}
