"""What happens when: the one table of event → handlers, and the tick that finds what is due and not yet done."""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, timedelta
from datetime import time as time_of_day

import structlog
from celery import shared_task
from django.utils.module_loading import import_string

from o2c.analytics import rollups
from o2c.analytics.metrics import keeping as month_figures
from o2c.analytics.models import BookRollup, ProofRun, Snapshot
from o2c.analytics.scoring import predicting
from o2c.analytics.snapshots import taking
from o2c.collections import chores, dunning, held_invoices
from o2c.collections import jobs as collections_jobs
from o2c.collections.incoming import fetching, hooks
from o2c.collections.late_payers import listing as late_payers
from o2c.collections.offers import proposing as offers
from o2c.collections.plans import reminding
from o2c.core import clock, heartbeat, leases, messages, outbox
from o2c.core.actors import SYSTEM
from o2c.core.api import idempotency
from o2c.core.care import heartbeat as care
from o2c.core.jobs import HOLDS, deliver_on
from o2c.invoicing import jobs as invoicing_jobs
from o2c.invoicing import proof, rates
from o2c.invoicing.billing import running as billing
from o2c.invoicing.direct_debit import mandates
from o2c.invoicing.statements import runs as statements
from o2c.orders import business_days
from o2c.orders.credit import holding
from o2c.orders.credit import limits as credit_limits
from o2c.web.uploads import acts as uploads
from o2c.web.uploads import keeping, undoing

log = structlog.get_logger()

BOOK_CHANGED = ("o2c.collections.chores.receivables_changed", "o2c.analytics.rollups.mark_changed")
ORDERS_FOLLOW = "o2c.orders.checking.following.contracts_changed"
CONTRACT_OVER = ("o2c.collections.ending_contracts.over", ORDERS_FOLLOW)
HELD_INVOICES = ("o2c.collections.held_invoices.follow",)
OFFERS_FOLLOW = "o2c.collections.offers.deciding.happened"
RECHECK = ("o2c.orders.credit.holding.happened",)
SETTLED = (
    *BOOK_CHANGED,
    *RECHECK,
    "o2c.invoicing.cash.deductions.settled_meanwhile",
    "o2c.invoicing.cash.realising.settled",
    "o2c.invoicing.direct_debit.settling.items_settled",
    OFFERS_FOLLOW,
)
# Event → what handles it. A kind with no handler is kept for those who read the outbox from outside.
HANDLERS: dict[str, tuple[str, ...]] = {
    "items.booked": BOOK_CHANGED,
    "items.settled": SETTLED,
    "items.reopened": SETTLED,
    "book.changed": SETTLED,
    "item.deducted": ("o2c.collections.disputes.deducted",),
    "deduction.ended": ("o2c.collections.disputes.deduction_ended",),
    "payment.returned": (
        "o2c.invoicing.direct_debit.settling.payments_returned",
        "o2c.collections.chores.payments_returned",
    ),
    "bank.loaded": ("o2c.invoicing.cash.outgoing.bank_loaded", "o2c.invoicing.jobs.bank_loaded"),
    "approvals.asked": (),
    "approvals.decided": ("o2c.collections.disputes.decided",),
    "refunds.exported": (),
    "refunds.released": (),
    "debits.approved": ("o2c.collections.debiting.runs_approved",),
    "debits.exported": (),
    "debits.rejected": ("o2c.collections.debiting.collections_rejected",),
    "invoices.issued": ("o2c.invoicing.jobs.invoices_issued",),
    "invoices.sent": (),
    "bank.released": ("o2c.invoicing.jobs.bank_released",),
    "remittances.loaded": ("o2c.invoicing.jobs.remittances_loaded",),
    "remittance.joined": ("o2c.invoicing.jobs.remittances_loaded",),
    "accounts.blocked": (),
    "debts.placed": (),
    "debts.unplaced": (),
    "debts.sent": (),
    "interest.charged": ("o2c.collections.jobs.interest_charged",),
    "interest.sent": (),
    "interest.waived": (),
    "interest.reversed": (),
    "offers.rules_changed": (),
    "offers.proposed": (),
    "offers.approved": (),
    "offers.cancelled": (),
    "offers.withdrawn": (),
    "offers.followed": (),
    "late_payers.changed": ("o2c.collections.late_payers.listing.rules_changed",),
    "late_payers.reviewed": (),
    "late_payers.applied": (),
    "late_payers.ended": (),
    "late_payers.released": (),
    "chronic.rules_changed": (),
    "chronic.decided": (),
    "credit.limits_changed": RECHECK,
    "credit.policy_changed": RECHECK,
    "credit_reviews.asked": (),
    "credit_reviews.first_yes": (),
    "credit_reviews.approved": (),
    "credit_reviews.refused": (),
    "credit_reviews.withdrawn": (),
    "orders.confirmed": (),
    "orders.on_hold": (),
    "orders.first_yes": (),
    "orders.rejected": (),
    "contracts.activated": (ORDERS_FOLLOW,),
    "contracts.renewed": CONTRACT_OVER,
    "contracts.ended": CONTRACT_OVER,
    "orders.partly_delivered": (),
    "orders.delivered": (),
    "orders.invoiced": (),
    "carriers.secret_made": (),
    "carriers.secrets_ended": (),
    "deliveries.planned": (),
    "deliveries.shipped": (),
    "deliveries.delivered": (),
    "deliveries.proved": (),
    "deliveries.cancelled": (),
    "billing.done": HELD_INVOICES,
    "billing.accepted": HELD_INVOICES,
    "customers.changed": ("o2c.orders.checking.following.customers_changed",),
    "products.changed": ("o2c.orders.checking.following.products_changed",),
    "prices.changed": ("o2c.orders.checking.following.prices_changed",),
    "orders.validated": (),
    "orders.reopened": (),
    "orders.cancelled": (),
    "disputes.opened": (OFFERS_FOLLOW,),
    "disputes.resolved": (),
    "disputes.reopened": (),
    "disputes.escalated": (),
    "inquiries.opened": (),
    "inquiries.reopened": (),
    "inquiries.answered": (),
    "inquiries.closed": (),
    "inquiries.escalated": (),
    "dunning.proposed": (),
    "dunning.approved": (),
    "dunning.cancelled": (),
    "dunning.left_out": (),
    "dunning.notices_approved": (),
    "dunning.waiting": (),
    "dunning.sent": (),
    "notices.composed": (),
    "plans.agreed": (),
    "plans.kept": (),
    "plans.broken": (),
    "plans.reopened": (),
    "plans.withdrawn": (),
    "plans.reminded": (),
    "pilot.begun": (),
    "pilot.ended": (),
    "strategy.changed": ("o2c.collections.chores.strategies_changed",),
    "tasks.wait": ("o2c.collections.chores.tasks_wait",),
    "trial.begun": (),
    "trial.ended": (),
    "mail.came": (),
    "mail.answered": (),
    "bank.set_aside": (),
    "payables.changed": (),
    "netting.agreed": (),
    "netting.undone": (),
    "netting.handed_over": (),
    "bank.taken_back": (),
    "statements.made": (),
    "statements.sent": (),
    "statements.cancelled": (),
    "jobs.wanted": ("o2c.web.corrections.acts.queue_jobs",),
}
# The books are proven once a day, at the first tick after this time (UTC).
PROVES_AT = time_of_day(1, 30)
# A tick does not hold a worker for long: jobs hand over what is left.
MESSAGES_AT_ONCE = 2_000
# A file that belongs to no upload is not being sent any more.
HALF_SENT_AFTER = timedelta(days=1)


def handle_events() -> dict:
    """Hand committed events to their handlers."""
    handlers = {kind: tuple(import_string(name) for name in names) for kind, names in HANDLERS.items()}
    dispatched = outbox.dispatch(handlers)
    return {"done": dispatched.done, "failed": dispatched.failed, "dead": outbox.dead().count()}


def propose() -> dict:
    """Propose the dunning runs that are due by each legal entity's own clock, and take begun ones further."""
    return {"runs": [run.pk for run in dunning.propose_due()]}


def make_statements() -> dict:
    """Begin the statements whose hour has come by each legal entity's own clock, and take begun runs further."""
    return {"runs": [run.pk for run in statements.make_due()]}


def deliver() -> dict:
    """Send what waits to be sent; what is left, jobs do, at once or at its time."""
    delivered = messages.deliver(limit=MESSAGES_AT_ONCE, seconds=HOLDS)
    deliver_on(delivered)
    return asdict(delivered)


def refresh_figures() -> dict:
    """Work out the figures of the legal entities whose book has changed or whose day has turned.

    When the day has turned, every promise and task of the entity is looked at once; a change of the book brings its own
    event for those it concerns.
    """
    seconds = {}
    for entity, today in rollups.due():
        if not BookRollup.objects.filter(entity=entity, as_of=today).exists():
            chores.look_again(entity)
        seconds[entity.code] = rollups.refresh(entity.pk, today)
    return {"seconds": seconds}


def prove() -> dict:
    """Prove the books once a night and keep the result, so that red is seen on the first page."""
    now = clock.now().astimezone(UTC)
    if now.time() < PROVES_AT or ProofRun.objects.filter(as_of=now.date()).exists():
        return {}
    return prove_the_books()


def _snapshots_hold() -> list[proof.Finding]:
    """The latest day that is kept of each legal entity, worked out again."""
    latest = Snapshot.objects.order_by("entity", "-day").distinct("entity")
    return [
        proof.Finding(
            "snapshots are what was owed",
            f"legal entity {each.entity_id} on {each.day}",
            f"customer {each.customer_id} from day {each.bucket}: kept {each.kept} {each.currency}, owed"
            f" {each.worked_out}",
        )
        for each in taking.differences(latest)
    ]


def prove_the_books() -> dict:
    """Prove the books and keep the result as the day's."""
    now = clock.now().astimezone(UTC)
    began = time.monotonic()
    findings = [vars(finding) for finding in (*proof.proof(), *_snapshots_hold())]
    ProofRun.objects.update_or_create(
        as_of=now.date(),
        defaults={
            "finished_at": clock.now(),
            "seconds": round(time.monotonic() - began, 3),
            "rules": len(proof.RULES) + 1,
            "findings": findings,
        },
    )
    if findings:
        log.error("books.not_proven", findings=len(findings), first=findings[0])
    return {"findings": len(findings)}


def fetch_rates() -> dict:
    """Fetch the exchange rates where an address is set and new ones are due."""
    loaded = rates.fetch_due(today=clock.today(), actor=SYSTEM)
    return {"created": loaded.created, "updated": loaded.updated} if loaded else {}


def forget() -> dict:
    """Let go of events handled long ago, of answers nobody asks for again, and of files whose sending broke off."""
    half_sent = keeping.remove_orphans(clock.now() - HALF_SENT_AFTER)
    return {
        "events": outbox.forget(),
        "answers": idempotency.forget(),
        "told": hooks.forget(),
        "half_sent_files": half_sent,
    }


# In this order, so that one tick carries a payment through to the figures.
PARTS: dict[str, Callable[[], dict]] = {
    "events": handle_events,
    "calendars": lambda: business_days.fill(clock.today()),
    "day": chores.turn_the_day,
    "credit_limits": credit_limits.turn_the_day,
    "credit_holds": holding.recheck_all,
    "late_payers": late_payers.review_due,
    "offers": offers.propose_due,
    "billing": lambda: {"runs": [run.pk for run in billing.run_due()]},
    "held_invoices": held_invoices.follow,
    "mandates": lambda: {"expired": mandates.expire(clock.today(), actor=SYSTEM)},
    "sweep": lambda: {"freed": leases.sweep()},
    "imports": lambda: {"taken_up": uploads.take_up() + undoing.take_up()},
    "bank_files": lambda: {"taken_up": invoicing_jobs.take_up_bank_files()},
    "papers": lambda: {"taken_up": invoicing_jobs.take_up()},
    "matching": lambda: {"taken_up": invoicing_jobs.take_up_matching()},
    "propose": propose,
    "backtests": lambda: {"taken_up": collections_jobs.take_up_backtests()},
    "claims": lambda: {"taken_up": collections_jobs.take_up_claims()},
    "interest_notes": lambda: {"taken_up": collections_jobs.take_up_interest_notes()},
    "letters": lambda: {"taken_up": collections_jobs.take_up_letters()},
    "statements": make_statements,
    "reminders": reminding.remind_due,
    "mailboxes": fetching.fetch,
    "deliver": deliver,
    "figures": refresh_figures,
    "scores": predicting.predict_due,
    "snapshots": taking.take_due,
    "month_figures": month_figures.refresh_due,
    "rates": fetch_rates,
    "prove": prove,
    "forget": forget,
}


def beat() -> dict[str, dict]:
    """Do everything that is due: each part alone across all machines, none stopped by another's failure."""
    return {name: heartbeat.run(f"tick.{name}", part) for name, part in PARTS.items()}


@shared_task(name="o2c.wiring.tick")
def tick() -> None:
    care.tick()
    beat()


@shared_task(name="o2c.wiring.prove_now")
def prove_now() -> None:
    """Prove the books because somebody asks, whatever the night has found."""
    heartbeat.run("tick.prove", prove_the_books)


@shared_task(name="o2c.wiring.run_part")
def run_part(name: str) -> None:
    """One part of the tick because somebody asks. Raises KeyError for one that there is not."""
    heartbeat.run(f"tick.{name}", prove_the_books if name == "prove" else PARTS[name])


@shared_task(name="o2c.wiring.dispatch")
def dispatch() -> None:
    heartbeat.run("tick.events", handle_events)
