"""Files of a bank, written as a test needs them."""

from __future__ import annotations

from decimal import Decimal

IBAN = "DE02120300000000202051"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.{}.001.08"


def entry(amount: str, day: str = "2026-03-02", *, reference: str = "", text: str = "", name: str = "", **more) -> str:
    """An entry; `status`, `members` (amount and text each), `batch` and `currency` where they are not the usual."""
    currency, status = more.get("currency", "EUR"), more.get("status", "BOOK")

    def details(amount: str, text: str, name: str) -> str:
        sign = "DBIT" if amount.startswith("-") else "CRDT"
        party = f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>" if name else ""
        said = f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>" if text else ""
        number = amount.lstrip("-")
        return f'<TxDtls><Amt Ccy="{currency}">{number}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{party}{said}</TxDtls>'

    told = [details(*each, "") for each in more.get("members", [])] or [details(amount, text, name)]
    batch = f"<Btch><PmtInfId>{more['batch']}</PmtInfId></Btch>" if "batch" in more else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount.startswith('-') else 'CRDT'}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}"
        f"<NtryDtls>{batch}{''.join(told) if not more.get('bare') else ''}</NtryDtls></Ntry>"
    )


def balance(kind: str, amount: Decimal | str, day: str, currency: str) -> str:
    amount = Decimal(amount)
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(amount)}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def statement(
    *entries: str,
    opening: str | None = "0.00",
    closing: str | None = None,
    day: str = "2026-03-02",
    number: int = 1,
    iban: str = IBAN,
    currency: str = "EUR",
) -> tuple[str, str]:
    return (
        f"<Id>{iban}-{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{day}T18:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{balance('OPBD', opening, day, currency) if opening is not None else ''}"
        f"{balance('CLBD', closing, day, currency) if closing is not None else ''}",
        "".join(entries),
    )


def camt(*statements: tuple[str, str], kind: str = "053") -> bytes:
    root, one = {
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "053": ("BkToCstmrStmt", "Stmt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[kind]
    inside = "".join(f"<{one}>{head}{entries}</{one}>" for head, entries in statements)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE.format(kind)}"><{root}>'
        f"<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-02T18:00:00</CreDtTm></GrpHdr>{inside}</{root}></Document>"
    ).encode()
