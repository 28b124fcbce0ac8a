"""A synthetic bank: what the customers of a book pay, with all that goes wrong on the way, and the truth about it.

Deterministic: the same book and seed make the same lines. The truth says of each line which items it pays with how
much, or that it pays none, and by which `kind` of trouble it was made.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import TextIO
from xml.sax.saxutils import escape

from django.db import connection

# Of a hundred lines so many are of a kind.
SHARES = {
    "plain": 35, "no account": 7, "no prefix": 6, "misread": 4, "typo": 2, "reference": 7, "several": 11,
    "several unnamed": 2, "statement": 2, "amount only": 6, "discount": 4, "small difference": 2, "charge": 1,
    "deduction": 3, "part": 1, "parent": 3, "duplicate": 1, "stranger": 2, "same amount": 1,
}  # fmt: skip
MISREAD = str.maketrans("01582", "OISBZ")
WORDS = (
    "Rechnung",
    "Invoice",
    "Re.-Nr.",
    "INVOICE NO",
    "facture",
    "RG",
    "Zahlung",
    "payment of",
    "Ihre Rechnung vom 03.02.",
)


@dataclass
class Owed:
    id: int
    customer: int
    payer: int
    number: str
    cents: int
    due: date
    issued: date
    terms: int | None


@dataclass
class Paid:
    """A line to be, and the truth: item id → cents of the money, empty where it pays none.

    `alike` are items that what is written does not tell from the true one: instalments of one amount that a reference
    names together, or two items of one amount that no word tells apart (`guessed`). While both of these are open, the
    line can only be guessed.
    """

    entity: int
    kind: str
    cents: int
    text: str
    name: str
    iban: str
    truth: dict[int, int] = field(default_factory=dict)
    reference: str = ""
    alike: frozenset[int] = frozenset()
    guessed: bool = False
    bank_reference: str = ""
    id: int = 0


class Bank:
    def __init__(self, *, lines: int, on: date, seed: int = 7):
        self.count, self.on, self.dice = lines, on, Random(seed)
        self.lines: list[Paid] = []
        self.used: set[int] = set()

    def make(self) -> list[Paid]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM orders_legalentity ORDER BY id")
            entities = [row[0] for row in cursor.fetchall()]
            cursor.execute("SELECT terms_id, days, percent FROM orders_earlypaymentdiscount ORDER BY days")
            self.tiers = defaultdict(list)
            for terms, days, percent in cursor.fetchall():
                self.tiers[terms].append((days, percent))
            shares = self._shares(cursor, entities)
        for entity, count in shares.items():
            self._of_entity(entity, count)
        self.dice.shuffle(self.lines)
        return self.lines

    def _shares(self, cursor, entities: list[int]) -> dict[int, int]:
        cursor.execute(
            "SELECT entity_id, count(*) FROM invoicing_openitem i JOIN orders_legalentity e ON e.id = i.entity_id"
            " WHERE i.currency = e.base_currency AND i.amount > 0 GROUP BY 1"
        )
        items = dict(cursor.fetchall())
        total = sum(items.values())
        return {entity: self.count * items.get(entity, 0) // total for entity in entities}

    def _of_entity(self, entity: int, count: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.id, i.customer_id, i.payer_id, i.number, (i.amount * 100)::bigint, i.due_on, i.issued_on,"
                " a.terms_id FROM invoicing_openitem i JOIN orders_legalentity e ON e.id = i.entity_id"
                " JOIN orders_account a ON a.customer_id = i.customer_id AND a.entity_id = i.entity_id"
                " WHERE i.entity_id = %s AND i.currency = e.base_currency AND i.amount > 0 AND i.payer_id %% 5 < 3"
                " ORDER BY i.payer_id, i.due_on, i.id",
                [entity],
            )
            owed: dict[int, list[Owed]] = defaultdict(list)
            self.invoices: dict[str, list[Owed]] = defaultdict(list)
            for row in cursor:
                owed[row[2]].append(item := Owed(*row))
                self.invoices[item.number.partition("/")[0]].append(item)
            cursor.execute(
                "SELECT c.id, c.name, coalesce(b.iban, '') FROM orders_customer c"
                " LEFT JOIN orders_customerbankaccount b ON b.customer_id = c.id"
            )
            self.parties = {id: (name, iban) for id, name, iban in cursor.fetchall()}
        payers = list(owed)
        self.dice.shuffle(payers)
        kinds = [kind for kind, share in SHARES.items() for _ in range(round(count * share / 100))]
        self.dice.shuffle(kinds)
        whole = [kind for kind in kinds if kind == "statement"]
        rest = [kind for kind in kinds if kind not in ("statement", "stranger", "duplicate")]
        at = 0
        # Who pays all of a statement pays nothing else.
        for kind in whole:
            while at < len(payers) and not 2 <= len(owed[payers[at]]) <= 25:
                at += 1
            if at == len(payers):
                break
            self._pay(entity, kind, owed[payers[at]])
            at += 1
        payers = payers[at:]
        free = {payer: list(owed[payer]) for payer in payers}
        before = len(self.lines)
        for nth, kind in enumerate(rest):
            for try_ in range(40):
                payer = payers[(nth + try_ * 7919) % len(payers)]
                if self._pay(entity, kind, free[payer]):
                    break
        mine = self.lines[before:]
        for kind in kinds:
            if kind == "stranger":
                self._stranger(entity)
            elif kind == "duplicate":
                first = self.dice.choice([line for line in mine[:500] if line.kind == "plain"] or mine)
                if first.kind == "plain":
                    again = self.dice.choice(mine)
                    while again.kind != "plain":
                        again = self.dice.choice(mine)
                    self._add(entity, "duplicate", again.cents, again.text, again.name, again.iban, again.truth)

    def _add(self, entity, kind, cents, text, name, iban, truth, reference="") -> bool:
        self.lines.append(Paid(entity, kind, cents, text, name, iban, dict(truth), reference))
        return True

    def _text(self, number: str) -> str:
        dice = self.dice
        written = dice.choice((number, number, number.replace("-", " "), number.replace("-", ""), number.lower()))
        return f"{dice.choice(WORDS)} {written}" + dice.choice(("", "", " danke", f" Kd {dice.randrange(100, 999)}"))

    def _pay(self, entity: int, kind: str, free: list[Owed]) -> bool:
        """Pay something of what is free of a payer; False where it has nothing that the kind needs."""
        dice = self.dice
        wanted = {"several": dice.randint(2, 6), "several unnamed": dice.randint(2, 3)}.get(kind, 1)
        if kind == "statement":
            wanted = len(free)
        if len(free) < wanted:
            return False
        if kind == "same amount":
            seen: dict[int, Owed] = {}
            pair = next(
                ((seen[o.cents], o) for o in free if o.cents in seen or seen.setdefault(o.cents, o) is None), None
            )
            if pair is None:
                return False
            items = [pair[0]]
        elif kind == "parent":
            items = [item for item in free if item.customer != item.payer][:1]
        elif kind == "discount":
            items = [item for item in free if self._off(item)][:1]
        else:
            start = dice.randrange(len(free) - wanted + 1)
            items = free[start : start + wanted]
        if not items:
            return False
        payer = items[0].payer if kind in ("parent", "statement", "several", "several unnamed") else items[0].customer
        name, iban = self.parties[payer]
        if kind in ("several unnamed", "statement", "amount only", "same amount", "parent", "typo") and not iban:
            return False
        if kind in ("several", "several unnamed"):
            items = [item for item in items if item.customer == items[0].customer or True]
        total = sum(item.cents for item in items)
        truth = {item.id: item.cents for item in items}
        text, reference = ", ".join(self._text(item.number) for item in items), ""
        number = items[0].number
        if kind == "no account":
            iban = ""
        elif kind == "no prefix":
            text = dice.choice((number.partition("-")[2], number.replace("-", "")[3:], number.rpartition("-")[2]))
        elif kind == "misread":
            head, _, tail = number.partition("-")
            place = dice.randrange(len(tail))
            text = f"{head}-{tail[:place]}{tail[place].translate(MISREAD)}{tail[place + 1 :]}"
        elif kind == "typo":
            place = number.rindex("-") + 1 + dice.randrange(6)
            text = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        elif kind == "reference":
            from o2c.invoicing.papers.references import creditor_reference

            invoice = number.partition("/")[0]
            text, reference = "", creditor_reference(invoice)
            instalments = [each.id for each in self.invoices[invoice] if each.cents == total]
        elif kind == "several":
            text = self._list([item.number for item in items])
        elif kind in ("several unnamed", "amount only", "same amount"):
            text = dice.choice(("", "Zahlung", "payment", "diverse Rechnungen"))
        elif kind == "statement":
            text = dice.choice(("laut Kontoauszug", "as per your statement", "alle offenen Posten"))
        elif kind == "discount":
            total -= self._off(items[0])
            truth = {items[0].id: total}
        elif kind == "small difference":
            total -= dice.randint(1, 90)
        elif kind == "charge":
            total -= dice.choice((500, 750, 1200, 1500))
        elif kind == "deduction":
            total -= max(2600, total * dice.randint(5, 30) // 100)
        elif kind == "part":
            total = total // 2
        if total <= 0:
            return False
        if kind in ("small difference", "charge", "deduction", "part"):
            truth = {items[0].id: total}
        for item in items:
            free.remove(item)
        if dice.random() < 0.3:
            name = name.upper()[:27]
        self._add(entity, kind, total, text, name, iban, truth, reference)
        if kind == "same amount":
            self.lines[-1].alike, self.lines[-1].guessed = frozenset(each.id for each in pair), True
        elif kind == "reference":
            self.lines[-1].alike = frozenset(instalments)
        return True

    def _list(self, numbers: list[str]) -> str:
        """Numbers as payers list them: whole, shortened after the first, or cut by the bank after 140 characters."""
        style = self.dice.randrange(4)
        if style == 0:
            return " ".join(numbers)
        if style == 1:
            return ", ".join([numbers[0], *(number.rpartition("-")[2] for number in numbers[1:])])
        if style == 2:
            return "RG " + "/".join(number.partition("-")[2] for number in numbers if "/" not in number)
        return "; ".join(numbers)

    def _off(self, item: Owed) -> int:
        for days, percent in self.tiers.get(item.terms, ()):
            if item.issued + timedelta(days=days) >= self.on:
                return int((Decimal(item.cents) * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))
        return 0

    def _stranger(self, entity: int) -> None:
        dice = self.dice
        number = dice.randrange(10**9)
        text = dice.choice((f"Miete {number}", "Erstattung Finanzamt", f"Gutschrift {number}", "Versicherung 2026", ""))
        self._add(entity, "stranger", dice.randint(1000, 500_000), text, f"Fremder {number % 9973} e.V.", "", {})

    # --- As the bank tells of it

    def write(self, path: Path) -> None:
        """Write the lines as a camt.053 file, with a statement for each legal entity's account."""
        with path.open("w", encoding="utf-8") as file:
            file.write(HEAD.format(on=self.on))
            for account in _accounts({line.entity for line in self.lines}):
                _statement(file, account, [line for line in self.lines if line.entity == account.entity_id], self.on)
            file.write("</BkToCstmrStmt></Document>\n")

    def found(self) -> None:
        """Learn which lines of the database ours have become, once the file is loaded."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT bank_reference, id FROM invoicing_bankline WHERE bank_reference LIKE %s", ["BANK%"])
            ids = dict(cursor.fetchall())
        for line in self.lines:
            line.id = ids[line.bank_reference]


def _accounts(entities: set[int]) -> list:
    """The main account of each legal entity in its own currency, opened where there is none."""
    from o2c.core.actors import SYSTEM
    from o2c.invoicing import banks
    from o2c.orders.models import LegalEntity

    return [
        banks.pay_to(entity, [entity.base_currency])[entity.base_currency]
        or banks.open_account(
            entity, name="Giro", currency=entity.base_currency, account_number=f"{entity.pk:010}", actor=SYSTEM
        )
        for entity in LegalEntity.objects.filter(pk__in=entities).order_by("pk")
    ]


def _statement(file: TextIO, account, lines: list[Paid], on: date) -> None:
    own = f"<IBAN>{account.iban}</IBAN>" if account.iban else f"<Othr><Id>{account.account_number}</Id></Othr>"
    total = sum(line.cents for line in lines)
    facts = {"on": on, "currency": account.currency, "own": own}
    file.write(STATEMENT.format(**facts, number=account.entity_id))
    for kind, cents in (("OPBD", 0), ("CLBD", total)):
        file.write(BALANCE.format(**facts, kind=kind, amount=_amount(cents)))
    for number, line in enumerate(lines):
        line.bank_reference = f"BANK{account.entity_id}{number:012}"
        payer = f"<Dbtr><Pty><Nm>{escape(line.name)}</Nm>{ADDRESS}</Pty></Dbtr>" if line.name else ""
        payer += f"<DbtrAcct><Id><IBAN>{line.iban}</IBAN></Id></DbtrAcct>" if line.iban else ""
        about = f"<Ustrd>{escape(line.text)}</Ustrd>" if line.text else ""
        about += STRUCTURED.format(reference=line.reference) if line.reference else ""
        file.write(
            ENTRY.format(
                **facts, number=number, amount=_amount(line.cents), reference=line.bank_reference, payer=payer,
                about=f"<RmtInf>{about}</RmtInf>" if about else "",
            )
        )  # fmt: skip
    file.write("</Stmt>")


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


# What German and British banks write of a credit transfer, but for nothing.
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>BENCH</MsgId>\
<CreDtTm>{on}T20:15:00</CreDtTm></GrpHdr>
"""
STATEMENT = """<Stmt><Id>{on}-{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{on}T20:15:00</CreDtTm>\
<Acct><Id>{own}</Id><Ccy>{currency}</Ccy></Acct>
"""
BALANCE = """<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>\
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>
"""
ADDRESS = "<PstlAdr><Ctry>DE</Ctry><AdrLine>Weg 1</AdrLine><AdrLine>10115 Berlin</AdrLine></PstlAdr>"
STRUCTURED = """<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr></Tp><Ref>{reference}</Ref>\
</CdtrRefInf></Strd>"""
ENTRY = """<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>\
<AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>\
</Domn><Prtry><Cd>NTRF+166</Cd><Issr>DK</Issr></Prtry></BkTxCd><NtryDtls><TxDtls>\
<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
<RltdPties>{payer}<Cdtr><Pty><Nm>We</Nm></Pty></Cdtr><CdtrAcct><Id>{own}</Id></CdtrAcct></RltdPties>\
<RltdAgts><DbtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></DbtrAgt></RltdAgts>{about}</TxDtls></NtryDtls>\
<AddtlNtryInf>Credit transfer</AddtlNtryInf></Ntry>
"""
