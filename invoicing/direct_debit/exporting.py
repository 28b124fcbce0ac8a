"""Handing an approved run to our bank: direct debits in ISO 20022 pain.008, one file a scheme, kept as it was made."""

from collections import defaultdict
from datetime import date

from lxml import etree

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing import sepa
from o2c.invoicing.direct_debit import days
from o2c.invoicing.direct_debit.setting import DebitRefused, rules
from o2c.invoicing.models import BankAccount, Collection, DebitFile, DebitRun, DirectDebitRules, Mandate


def check(run: DebitRun, found: DirectDebitRules, today: date) -> None:
    """Raises DebitRefused where the bank would not have the file in time, or cannot read it of this account."""
    sepa.check(run.account, run.collect_on, today)
    by = days.days_before(run.collect_on, found.lead_days)
    if today > by:
        raise DebitRefused(
            f"The bank needed the file by {by.isoformat()}. Withdraw the run and propose it again for a later day."
        )
    if found.version == DirectDebitRules.Version.V2 and not run.account.bic:
        raise DebitRefused(f"{found.version} needs the BIC of {run.account.name}. Add it to the bank account.")


def hand_over(run: DebitRun, *, today: date, actor: Actor) -> list[DebitFile]:
    """Make the files of a run and take its collections as with the bank; once, whoever asks at the same time.

    The caller has locked the run, its mandates and items, and looked at everything again. Raises DebitRefused,
    IllegalMove for a run that is not approved.
    """
    found = rules(run.entity)
    if found is None:
        raise DebitRefused(f"{run.entity.code} has no creditor identifier.")
    check(run, found, today)
    with acting(actor):
        rows: dict[str, list[Collection]] = defaultdict(list)
        standing = Collection.objects.filter(run=run, state=Collection.State.PROPOSED)
        for row in standing.select_related("item", "mandate").order_by("pk"):
            rows[row.scheme].append(row)
        if not rows:
            raise DebitRefused("Nothing of it is left to be collected. Withdraw it.")
        states.move(run, DebitRun.State.EXPORTED)
        made = [_file(run, found, scheme, rows[scheme], actor) for scheme in sorted(rows)]
        ids = {row.mandate_id for each in rows.values() for row in each}
        Mandate.objects.filter(pk__in=ids).update(used_on=run.collect_on, amended=False)
        outbox.emit("debits.exported", run_id=run.pk, entity_id=run.entity_id)
        return made


def _file(run: DebitRun, found: DirectDebitRules, scheme: str, rows: list[Collection], actor: Actor) -> DebitFile:
    name = f"DEBITS-{run.pk}-{scheme}"
    content = written(run.account, found, rows, scheme=scheme, collect_on=run.collect_on, message_id=name)
    made = DebitFile.objects.create(
        entity_id=run.entity_id,
        run=run,
        scheme=scheme,
        message_id=name,
        file=sepa.keep(f"debits-{run.entity.code}-{run.pk}-{scheme.lower()}.xml", content),
        currency=run.currency,
        count=len(rows),
        total=sum(row.amount for row in rows),
        actor=actor.name,
    )
    moved = Collection.objects.filter(pk__in=[row.pk for row in rows], state=Collection.State.PROPOSED)
    if moved.update(state=Collection.State.EXPORTED, file=made) != len(rows):
        raise states.LostRace("A collection of the run changed meanwhile.")
    return made


def batch_id(message_id: str, sequence: str) -> str:
    """What the bank calls the batch of one sequence type within a file."""
    return f"{message_id}-{sequence}"


def written(
    account: BankAccount,
    found: DirectDebitRules,
    rows: list[Collection],
    *,
    scheme: str,
    collect_on: date,
    message_id: str,
) -> bytes:
    """The file's content, checked against the standard's schema."""
    from sepaxml import SepaDD  # the schema's engine takes half a second to load
    from sepaxml.validation import try_valid_xml

    config = sepa.config(account, creditor_id=found.creditor_id, instrument=scheme)
    debit = SepaDD(config, schema=found.version, clean=True)
    for row in rows:
        debit.add_payment(
            {
                "name": row.holder,
                "IBAN": row.iban,
                "amount": sepa.minor(row.amount, row.currency),
                "type": row.sequence,
                "collection_date": collect_on,
                "mandate_id": row.mandate.reference,
                "mandate_date": row.mandate.signed_on,
                "description": row.item.number[:140],
                "endtoend_id": row.reference,
                **({"BIC": row.bic} if row.bic else {}),
            }
        )
    amended = {row.reference for row in rows if row.mandate.amended}
    content = _named(debit.export(validate=False), message_id, amended)
    try_valid_xml(content, found.version)
    return content


def _named(content: bytes, message_id: str, amended: set[str]) -> bytes:
    """With names of ours instead of random ones, and with what was amended.

    Of another account the bank is told that the same debtor has it (SMNDA, EPC130-08, AT-24).
    """
    root = etree.fromstring(content)
    space = f"{{{root.nsmap[None]}}}"
    root.find(f".//{space}GrpHdr/{space}MsgId").text = message_id
    for batch in root.iter(f"{space}PmtInf"):
        sequence = batch.findtext(f"{space}PmtTpInf/{space}SeqTp")
        batch.find(f"{space}PmtInfId").text = batch_id(message_id, sequence)
    for one in root.iter(f"{space}DrctDbtTxInf"):
        if one.findtext(f"{space}PmtId/{space}EndToEndId") in amended:
            told = one.find(f"{space}DrctDbtTx/{space}MndtRltdInf")
            etree.SubElement(told, f"{space}AmdmntInd").text = "true"
            place = etree.SubElement(told, f"{space}AmdmntInfDtls")
            for name in ("OrgnlDbtrAcct", "Id", "Othr", "Id"):
                place = etree.SubElement(place, f"{space}{name}")
            place.text = "SMNDA"
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
