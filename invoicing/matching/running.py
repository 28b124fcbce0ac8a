"""A round of matching: cut into parts that workers lease, each one transaction, safe to be killed and to run twice.

A second command, or worker, beside the first takes parts of the same round. Lines that somebody holds (a clerk, another
round) are left to him. What is found again the next time stays; what the facts no longer bear is gone.
"""

import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet

from o2c.core import clock, leases
from o2c.core.actors import Actor, acting
from o2c.core.leases import Lease
from o2c.core.models import Partition
from o2c.core.money import minor_unit
from o2c.invoicing import cash
from o2c.invoicing.matching import advised, applying, candidates, proposing, setting
from o2c.invoicing.matching.facts import Answer, Rules
from o2c.invoicing.models import BankLine, BankStatement, MatchingRules, MatchRun
from o2c.invoicing.remittances import joining
from o2c.orders.models import LegalEntity

WORK = "match"
LINES_A_PART = 2000
# Of lines that pay the same item one is applied and the others are looked at again: as duplicates then.
ROUNDS = 3
# A statement with one of these flags is kept, and its lines are only ever proposed.
FLAGS = ["arithmetic", "incomplete"]
COUNTS = ("lines", "applied", "proposed", "left", "quarantined")

MATCHER = Actor("matching")


def waiting(entity: LegalEntity, statement: BankStatement | None = None) -> QuerySet[BankLine]:
    """The lines whose money came in and is not used yet. Money that came back is not a payment (a return is)."""
    lines = BankLine.objects.filter(entity=entity, is_money=True, open_amount__gt=0, is_reversal=False)
    return lines.filter(statement=statement) if statement else lines


def match(entity: LegalEntity, *, statement: BankStatement | None = None, actor: Actor = MATCHER) -> dict[str, int]:
    """Match what waits, here and now, beside whoever else does; what came of it, as counts."""
    totals = dict.fromkeys(COUNTS, 0)
    while True:
        run, ours = begin(entity, statement=statement, actor=actor)
        if run is None:
            return totals
        counts = finish(run)
        for name in COUNTS:
            totals[name] += counts[name]
        if ours or not _came_later(run):
            return totals


def begin(
    entity: LegalEntity, *, statement: BankStatement | None = None, actor: Actor = MATCHER, anew: bool = False
) -> tuple[MatchRun | None, bool]:
    """A round over what waits, cut into parts, and whether it was begun here; None where nothing waits.

    The same round that is not over is taken up instead of another, unless it is begun `anew`: a line may have learnt
    something since its part was done. What has come of remittance advice is joined first.
    """
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        joining.join(entity, actor=actor)
        begun = MatchRun.objects.filter(entity=entity, statement=statement, finished_at=None).order_by("pk").first()
        if begun is not None and not anew:
            return begun, False
        ids = list(waiting(entity, statement).order_by("pk").values_list("pk", flat=True))
        if not ids:
            return None, True
        run = MatchRun.objects.create(entity=entity, statement=statement, actor=actor.name)
        starts = ids[::LINES_A_PART]
        leases.cut(WORK, run.pk, zip(starts, [*(start - 1 for start in starts[1:]), ids[-1]], strict=True))
        return run, True


def _came_later(run: MatchRun) -> bool:
    last = Partition.objects.filter(work=WORK, subject_id=run.pk).order_by("-last").values_list("last", flat=True)[0]
    return waiting(run.entity, run.statement).filter(pk__gt=last).exists()


# --- The parts


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collection of cycles: the items and answers of a part are many, none of them is in one, and to look
    through them again and again took a seventh of the time. What a part holds is gone when it ends."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def do_part(lease: Lease) -> None:
    """Match the lines of one leased part; after an error it is given back. Raises what went wrong."""
    run = MatchRun.objects.select_related("entity", "statement").get(pk=lease.subject_id)
    try:
        with acting(Actor(run.actor)), uncollected():
            leases.hold(lease)
            leases.done(lease, _match(run, lease))
    except leases.LeaseLost:
        return
    except Exception as error:
        leases.failed(lease, error)
        raise


def _match(run: MatchRun, lease: Lease) -> dict[str, int]:
    entity = run.entity
    today = clock.today(entity.time_zone)
    rules = setting.rules(entity)
    lines = waiting(entity, run.statement).filter(pk__gte=lease.first, pk__lte=lease.last)
    ours = {
        line.pk: line
        for line in lines.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .only("id", "currency", "open_amount", "statement_id", "booked_on")
        .order_by("pk")
    }
    proposed_only = set(
        BankStatement.objects.filter(pk__in={line.statement_id for line in ours.values()})
        .filter(Q(arithmetic_ok=False) | Q(flags__overlap=FLAGS))
        .values_list("pk", flat=True)
    )
    may_apply = cash.by_hand(entity)
    counts = dict.fromkeys(COUNTS, 0) | {"lines": len(ours)}
    applied: set[int] = set()
    held: set[int] = set()
    with_proposal: set[int] = set()
    asking = list(ours)
    for _ in range(ROUNDS):
        if not asking:
            break
        answers = _answers(run, asking, ours, rules, today)
        sure = {
            line_id
            for line_id, found in answers.items()
            if may_apply and found and found[0].firm and Decimal(str(found[0].score)) >= rules.apply_from
            and ours[line_id].statement_id not in proposed_only
        }  # fmt: skip
        # What else such a line might have been for would be gone in a moment.
        answers = {line_id: found[:1] if line_id in sure else found for line_id, found in answers.items()}
        first = proposing.keep(entity, answers, ours, run_id=run.pk)
        with_proposal |= set(first)
        wanted = {first[line_id]: line_id for line_id in sure if first.get(line_id)}
        done = applying.apply(list(wanted), actor=Actor(run.actor), on=today)
        applied |= {wanted[id] for id in done.applied}
        held |= {wanted[id] for id in done.held}
        asking = [wanted[id] for id in done.gone]
        with_proposal -= set(asking)
    counts["applied"] = len(applied)
    counts["quarantined"] = len(held)
    counts["proposed"] = len(with_proposal - applied - held)
    counts["left"] = counts["lines"] - counts["applied"] - counts["proposed"] - counts["quarantined"]
    return counts


def _answers(
    run: MatchRun, line_ids: list[int], held: dict[int, BankLine], rules: MatchingRules, today: date
) -> dict[int, list[Answer]]:
    """The answers that are worth showing, line by line. The rules' amounts are in base currency: for other currencies
    nothing is let go of by itself."""
    by_currency: dict[str, list[int]] = {}
    for id in line_ids:
        by_currency.setdefault(held[id].currency, []).append(id)
    least = float(rules.propose_from)
    answers: dict[int, list[Answer]] = {}
    for currency, ids in sorted(by_currency.items()):
        unit = minor_unit(currency)
        ours = currency == run.entity.base_currency
        let_go = Rules(
            difference=int(Decimal(rules.small_difference).scaleb(unit)) if ours else 0,
            charge=int(Decimal(rules.bank_charge).scaleb(unit)) if ours else 0,
            grace_days=rules.discount_grace_days,
        )
        found = candidates.answers(run.entity, ids, let_go, today=today)
        for id, (_, own) in advised.answers(run.entity, ids, let_go, today=today).items():
            found[id] = advised.put_first(found[id], own)
        for id, each in found.items():
            answers[id] = [answer for answer in each if answer.score >= least]
    return dict(sorted(answers.items()))


# --- The round as a whole


def step(run_id: int) -> bool:
    """Close the round if all its parts are done; whether it is over."""
    with transaction.atomic():
        run = MatchRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.finished_at is None and not leases.unfinished(WORK, run_id):
            counts = told(run)
            counts["unmatched"] = counts.pop("left")
            MatchRun.objects.filter(pk=run_id).update(finished_at=clock.now(), **counts)
            return True
        return run.finished_at is not None


def told(run: MatchRun) -> dict[str, int]:
    """What has come of the parts that are done."""
    totals = dict.fromkeys(COUNTS, 0)
    for result in Partition.objects.filter(work=WORK, subject_id=run.pk, state="done").values_list("result", flat=True):
        for name in COUNTS:
            totals[name] += result[name]
    return totals


class MatchingFailed(Exception):
    """A part failed again and again; the text is its last error."""


def finish(run: MatchRun) -> dict[str, int]:
    """Do the parts that nobody else does, and wait for the others. Raises MatchingFailed."""
    leases.sweep()
    looked = 0
    while True:
        lease = leases.take(WORK, subject_id=run.pk)
        if lease is not None:
            with suppress(OperationalError):  # given back, to be tried again
                do_part(lease)
            continue
        unfinished = leases.unfinished(WORK, run.pk)
        if not unfinished:
            step(run.pk)
            return told(run)
        if set(unfinished) == {"failed"}:
            raise MatchingFailed(f"Round {run.pk}: " + "; ".join(leases.errors(WORK, run.pk)))
        looked += 1
        if looked % 20 == 0:
            leases.sweep()
        time.sleep(0.05)


def begin_loaded(payloads: Iterable[dict]) -> list[MatchRun]:
    """Begin rounds over statements that were loaded."""
    runs = []
    for id in sorted({id for payload in payloads for id in payload["statements"]}):
        statement = BankStatement.objects.select_related("entity").filter(pk=id).first()
        if statement is not None:
            run, _ = begin(statement.entity, statement=statement)
            runs += [run] if run else []
    return runs


def begin_released(payloads: Iterable[dict]) -> list[MatchRun]:
    """Begin rounds over the statements of lines that were let out of quarantine."""
    lines = {payload["line_id"] for payload in payloads}
    statements = BankLine.objects.filter(pk__in=lines).values_list("statement_id", flat=True)
    return begin_loaded([{"statements": list(statements)}])


def begin_advised(payloads: Iterable[dict]) -> list[MatchRun]:
    """Join advice that came in, and begin rounds over the statements of the lines that have found theirs."""
    lines = {payload["line_id"] for payload in payloads if "line_id" in payload}
    entities = {payload["entity_id"] for payload in payloads if "advices" in payload}
    for entity in LegalEntity.objects.filter(pk__in=entities).order_by("pk"):
        lines |= set(joining.join(entity, actor=MATCHER))
    waiting_lines = BankLine.objects.filter(pk__in=lines, is_money=True, open_amount__gt=0)
    runs = []
    for statement in BankStatement.objects.select_related("entity").filter(lines__in=waiting_lines).distinct():
        run, _ = begin(statement.entity, statement=statement, anew=True)
        runs += [run] if run else []
    return runs


def unfinished() -> QuerySet[MatchRun]:
    return MatchRun.objects.filter(finished_at=None).order_by("pk")
