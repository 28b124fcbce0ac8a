"""What banks answer to our files: single collections, batches or whole files are taken or rejected."""

import hashlib
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

from o2c.core import clock, documents, outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing.bank import sources
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.direct_debit import exporting, settling, status_report
from o2c.invoicing.direct_debit.status_report import Report
from o2c.invoicing.models import Collection, DebitFile, PaymentStatus

FORMAT = "pain.002"
State = Collection.State
REASONLESS = "MS03"  # ISO 20022: reason not specified


@dataclass
class Answered:
    """What came of a file of answers; `unknown` names payments that the file has and we have not."""

    message_id: str
    format: str = FORMAT
    accepted: int = 0
    rejected: int = 0
    unchanged: int = 0
    unknown: list[str] = field(default_factory=list)
    known_before: bool = False

    def as_json(self) -> dict:
        return asdict(self)


def is_answer(source: bytes | Path) -> bool:
    """Whether a file, as its content says, is a bank's answer and no statement. What cannot be read is none."""
    try:
        with sources.opened(source) as files:
            return len(files) == 1 and status_report.is_one(files[0].head())
    except Refused:
        return False


def load(source: bytes | Path, *, name: str, seen, actor: Actor, keep: bool = True) -> Answered:
    """Take over what a bank says of a file of ours; the same file again changes nothing.

    `seen` are the accounts of ours that whoever loads sees. Without `keep` it is only said what would come of it.
    Raises Refused for what is no answer to a file of ours.
    """
    with sources.opened(source) as files:
        if len(files) != 1:
            raise Refused("", "Send each status report by itself.")
        content = files[0].path.read_bytes()
    report = status_report.read(content)
    with acting(actor):
        file = (
            DebitFile.objects.select_for_update(no_key=True, of=("self",))
            .filter(message_id=report.message_id, run__account__in=seen)
            .select_related("run__entity")
            .first()
        )
        if file is None:
            raise Refused("", f"We gave no bank a file {report.message_id}.")
        digest = hashlib.sha256(content).hexdigest()
        if PaymentStatus.objects.filter(debit_file=file, digest=digest).exists():
            return Answered(report.message_id, unchanged=file.count, known_before=True)
        done, rejected, accepted = _judged(file, report)
        if keep:
            _take_over(file, rejected, accepted)
            kept = documents.of(name, "application/xml", content)
            kept.save()
            PaymentStatus.objects.create(
                entity_id=file.entity_id,
                debit_file=file,
                file=kept,
                file_name=name[:255],
                digest=digest,
                bank_id=report.bank_id,
                status=report.whole.status,
                accepted=done.accepted,
                rejected=done.rejected,
                loaded_by=actor.name,
            )
        return done


def reject(collection: Collection, *, reason: str, actor: Actor) -> Collection:
    """Take over from the bank's paper, or by telephone, that it did not collect; `reason` is one of its codes.

    Raises IllegalMove for what is not with the bank.
    """
    with acting(actor):
        row = Collection.objects.select_for_update(no_key=True, of=("self",)).select_related("entity")
        row = row.get(pk=collection.pk)
        states.move(row, State.REJECTED, until=clock.today(row.entity.time_zone), reason=reason)
        outbox.emit("debits.rejected", collections=[row.pk], entity_id=row.entity_id)
        settling.block_bad([row.mandate_id])
        return row


def _judged(file: DebitFile, report: Report) -> tuple[Answered, dict[str, list[int]], list[int]]:
    """What the report says of each collection that stands: those rejected by their reason, and those accepted."""
    done = Answered(report.message_id)
    rejected: dict[str, list[int]] = defaultdict(list)
    accepted: list[int] = []
    rows = list(Collection.objects.select_for_update(no_key=True).filter(file=file).order_by("pk"))
    for row in rows:
        told = report.of(exporting.batch_id(file.message_id, row.sequence), row.reference)
        if told.status == status_report.REJECTED and row.state in (State.EXPORTED, State.ACCEPTED):
            rejected[told.reason or REASONLESS].append(row.pk)
            done.rejected += 1
        elif (
            told.status
            and told.status != status_report.REJECTED
            and told.status not in status_report.PENDING
            and row.state == State.EXPORTED
        ):
            accepted.append(row.pk)
            done.accepted += 1
        else:
            done.unchanged += 1
    done.unknown = sorted(set(report.payments) - {row.reference for row in rows})[:100]
    return done, rejected, accepted


def _take_over(file: DebitFile, rejected: dict[str, list[int]], accepted: list[int]) -> None:
    today = clock.today(file.run.entity.time_zone)
    Collection.objects.filter(pk__in=accepted).update(state=State.ACCEPTED)
    gone = [id for ids in rejected.values() for id in ids]
    for reason, ids in rejected.items():
        Collection.objects.filter(pk__in=ids).update(state=State.REJECTED, until=today, reason=reason)
    if gone:
        outbox.emit("debits.rejected", collections=gone, entity_id=file.entity_id)
    settling.block_bad(sorted(set(Collection.objects.filter(pk__in=gone).values_list("mandate_id", flat=True))))
