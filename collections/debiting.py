"""Runs of direct debits: choose what is collected, have somebody else approve it, hand it to the bank.

Who may be debited depends on disputes, promises and holds, so it is decided here, by one statement over whole sets
(`JUDGED`), which proposing, approving and handing over read alike.
"""

from collections import defaultdict
from datetime import date

from django.db import connection

from o2c.collections import worklist
from o2c.collections.models import Task
from o2c.core import clock, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.money import plain
from o2c.invoicing import sepa
from o2c.invoicing.cash import foureyes
from o2c.invoicing.direct_debit import days, exporting, mandates, notices, words
from o2c.invoicing.direct_debit.sequences import USED, resequence
from o2c.invoicing.direct_debit.setting import DebitRefused, rules
from o2c.invoicing.models import BankAccount, Collection, DebitFile, DebitRun, DirectDebitRules, Mandate, OpenItem

STATE = DebitRun.State

# Every open invoice of customers with a mandate that is due by the day, and why it is not collected, the most telling
# reason first; empty where it is. `mine`: it is in the run already, which is looked at again.
JUDGED = """
    usual AS (
        SELECT DISTINCT ON (m.customer_id) m.* FROM invoicing_mandate m
        WHERE m.entity_id = %(entity)s AND m.state <> 'cancelled'
        ORDER BY m.customer_id, m.state <> 'active', m.id DESC
    ), candidate AS (
        SELECT i.id AS item_id, i.customer_id, i.currency, i.open_amount, i.due_on, i.disputed_on,
               m.id AS mandate_id, m.state AS mandate_state, m.scheme, m.holder, m.iban, m.bic, m.one_off,
               coalesce(m.used_on, m.signed_on) + make_interval(months => %(months)s) < %(collect_on)s AS too_old,
               EXISTS (
                   SELECT 1 FROM invoicing_collection u
                   WHERE u.mandate_id = m.id AND u.run_id <> %(run)s AND (
                       (m.one_off AND u.state = ANY(%(used)s || ARRAY['proposed']))
                       OR (u.sequence = 'FNAL' AND u.state = ANY(%(used)s)))
               ) AS used_up,
               EXISTS (SELECT 1 FROM invoicing_collection u WHERE u.item_id = i.id AND u.run_id = %(run)s
                       AND u.state = 'proposed') AS mine
        FROM usual m
        JOIN invoicing_openitem i ON i.customer_id = m.customer_id AND i.entity_id = m.entity_id
        WHERE i.kind = 'invoice' AND i.open_amount > 0 AND i.superseded_on IS NULL AND i.due_on <= %(until)s
    ), contested AS (
        SELECT item_id FROM collections_contested(%(today)s)
    ), planned AS (
        SELECT item_id FROM collections_planned(%(today)s)
    ), promised AS (
        SELECT item_id, pay_by FROM collections_promised(%(today)s)
    ), held AS (
        SELECT DISTINCT customer_id, item_id FROM collections_held(%(today)s)
        WHERE entity_id IS NULL OR entity_id = %(entity)s
    ), under_way AS (
        SELECT item_id FROM invoicing_collection
        WHERE entity_id = %(entity)s AND state IN ('proposed', 'exported', 'accepted') AND run_id <> %(run)s
    ), net AS (
        SELECT i.customer_id, i.currency, sum(i.open_amount) AS amount
        FROM invoicing_openitem i JOIN usual m ON m.customer_id = i.customer_id
        WHERE i.entity_id = %(entity)s AND i.open_amount <> 0 AND i.superseded_on IS NULL GROUP BY 1, 2
    ), blocked AS (
        SELECT k.*, CASE
                WHEN k.disputed_on <= %(today)s OR c.item_id IS NOT NULL THEN 'disputed'
                WHEN p.pay_by >= %(today)s THEN 'promise_open'
                WHEN pl.item_id IS NOT NULL THEN 'plan_kept'
                WHEN EXISTS (SELECT 1 FROM held h WHERE h.customer_id = k.customer_id
                             AND (h.item_id IS NULL OR h.item_id = k.item_id)) THEN 'hold'
                WHEN EXISTS (SELECT 1 FROM collections_placeditem x WHERE x.item_id = k.item_id AND x.until IS NULL)
                    THEN 'handed_over'
                WHEN u.item_id IS NOT NULL THEN 'under_way'
                WHEN k.currency <> 'EUR' THEN 'currency'
                WHEN k.mandate_state <> 'active' THEN 'mandate_' || k.mandate_state
                WHEN k.too_old THEN 'mandate_expired'
                WHEN k.used_up THEN 'mandate_used'
                WHEN n.amount <= 0 THEN 'net_credit'
                ELSE ''
            END AS why
        FROM candidate k
        LEFT JOIN contested c ON c.item_id = k.item_id
        LEFT JOIN promised p ON p.item_id = k.item_id
        LEFT JOIN planned pl ON pl.item_id = k.item_id
        LEFT JOIN under_way u ON u.item_id = k.item_id
        LEFT JOIN net n ON n.customer_id = k.customer_id AND n.currency = k.currency
    ), judged AS (
        SELECT b.*, CASE
                WHEN b.why = '' AND b.one_off AND row_number() OVER (
                    PARTITION BY b.mandate_id, b.why ORDER BY b.mine DESC, b.due_on, b.item_id) > 1
                THEN 'mandate_used' ELSE b.why
            END AS reason
        FROM blocked b
    )
"""
PROPOSE = f"""
    WITH {JUDGED}, chosen AS (
        INSERT INTO invoicing_collection (entity_id, customer_id, run_id, item_id, mandate_id, state, currency, amount,
                                          scheme, sequence, holder, iban, bic, from_on, reason)
        SELECT %(entity)s, customer_id, %(run)s, item_id, mandate_id, 'proposed', currency, open_amount,
               scheme, 'RCUR', holder, iban, bic, %(today)s, ''
        FROM judged WHERE reason = '' ORDER BY item_id
        ON CONFLICT DO NOTHING RETURNING item_id, amount
    ), told AS (
        INSERT INTO invoicing_leftout (run_id, item_id, mandate_id, currency, amount, reason)
        SELECT %(run)s, item_id, mandate_id, currency, open_amount,
               CASE WHEN reason = '' THEN 'under_way' ELSE reason END
        FROM judged WHERE item_id NOT IN (SELECT item_id FROM chosen) ORDER BY item_id
        RETURNING 1
    )
    UPDATE invoicing_debitrun SET count = (SELECT count(*) FROM chosen),
        total = (SELECT coalesce(sum(amount), 0) FROM chosen), left_out = (SELECT count(*) FROM told)
    WHERE id = %(run)s
"""  # noqa: S608
RECHECK = f"""
    WITH {JUDGED}, looked AS (
        SELECT c.id, CASE
                WHEN i.open_amount <= 0 THEN 'paid'
                WHEN j.item_id IS NULL AND i.due_on > %(until)s THEN 'not_due'
                WHEN j.item_id IS NULL THEN 'mandate_cancelled'
                WHEN j.reason <> '' THEN j.reason
                WHEN j.open_amount <> c.amount THEN 'changed'
                WHEN j.mandate_id <> c.mandate_id OR j.iban <> c.iban OR j.scheme <> c.scheme THEN 'mandate_changed'
                ELSE ''
            END AS reason
        FROM invoicing_collection c
        JOIN invoicing_openitem i ON i.id = c.item_id
        LEFT JOIN judged j ON j.item_id = c.item_id
        WHERE c.run_id = %(run)s AND c.state = 'proposed'
    )
    UPDATE invoicing_collection c SET state = 'dropped', reason = l.reason, until = %(today)s
    FROM looked l WHERE l.id = c.id AND l.reason <> ''
"""  # noqa: S608


def propose(account: BankAccount, *, due_until: date, actor: Actor, collect_on: date | None = None) -> DebitRun:
    """Choose what is collected to an account of its legal entity's invoices due by a day.

    Nothing is collected before somebody else has approved it.

    On the TARGET day on or after `collect_on`, the first possible one where none is named. An item is in one run,
    whoever proposes at the same time. Raises DebitRefused where nothing can be collected, or so early.
    """
    entity = account.entity
    today = clock.today(entity.time_zone)
    with acting(actor):
        # one proposal of a legal entity at a time: who comes second sees what the first has chosen
        found = DirectDebitRules.objects.select_for_update(no_key=True).filter(entity=entity).first()
        if found is None:
            raise DebitRefused(f"{entity.code} has no creditor identifier: an administrator enters it under Company.")
        first = _first_day(found, today)
        day = days.settling_day(collect_on or first)
        if day < first:
            raise DebitRefused(
                f"Customers are told {found.notice_days} days before, and the bank needs {found.lead_days} of its days:"
                f" {first.isoformat()} is the first day."
            )
        sepa.check(account, day, today)
        run = DebitRun.objects.create(
            entity=entity,
            account=account,
            proposed_on=today,
            due_until=due_until,
            collect_on=day,
            currency=sepa.CURRENCY,
            **foureyes.asking(actor, f"Invoices due by {due_until.isoformat()}"),
        )
        with connection.cursor() as cursor:
            cursor.execute(PROPOSE, _facts(run, today))
        run.refresh_from_db()
        if not run.count and not run.left_out:
            raise DebitRefused("No customer with a mandate owes an invoice that is due by that day.")
        resequence(run.pk)
        run.base_amount = foureyes.valued(run.total, run.currency, entity, today)
        run.save(update_fields=["base_amount"])
        outbox.emit("approvals.asked", subject="debitrun", id=run.pk, entity_id=entity.pk)
        return run


def approve(run: DebitRun, *, actor: Actor, note: str = "") -> DebitRun:
    """Approve what somebody else proposed; once everybody who must has, customers are told and the bank may have it.

    Everything is looked at again. Where so much time has passed that customers would not be told long enough before,
    it is collected later. Raises FourEyes, IllegalMove, DebitRefused where nothing is left.
    """
    with acting(actor):
        run = _locked(run)
        if run.state != STATE.PROPOSED:
            raise states.IllegalMove(f"This run is {run.get_state_display().lower()} already.")
        today = clock.today(run.entity.time_zone)
        found = rules(run.entity)
        foureyes.refuse_own(run, actor, run.first_by_id)
        if not _recheck(run, today):
            raise DebitRefused("Nothing of it is left to be collected. Refuse it.")
        if foureyes.is_final(run, actor, two=foureyes.needs_two(run.entity, run.base_amount)):
            day = max(run.collect_on, _first_day(found, today))
            states.move(run, STATE.APPROVED, collect_on=day, **foureyes.decided(actor, note))
            outbox.emit("approvals.decided", subject="debitrun", id=run.pk, state=run.state)
            outbox.emit("debits.approved", run_id=run.pk, entity_id=run.entity_id)
        return run


def refuse(run: DebitRun, *, note: str, actor: Actor) -> None:
    """Say no to what somebody else proposed; its items may be proposed again."""
    with acting(actor):
        run = _locked(run)
        foureyes.refuse(run, note=note, actor=actor)
        _let_go(run)


def withdraw(run: DebitRun, *, actor: Actor) -> None:
    """Take a run back that the bank does not have: who proposed it before it is approved, whoever may approve after.

    Raises FourEyes, IllegalMove.
    """
    with acting(actor):
        run = _locked(run)
        if run.state == STATE.APPROVED:
            states.move(run, STATE.WITHDRAWN)
            outbox.emit("approvals.decided", subject="debitrun", id=run.pk, state=run.state)
        elif run.state == STATE.PROPOSED:
            foureyes.withdraw(run, actor=actor)
        else:
            raise states.IllegalMove(f"This run is {run.get_state_display().lower()} already.")
        _let_go(run)


def export(run: DebitRun, *, actor: Actor) -> list[DebitFile]:
    """Make the files of an approved run for the bank, once. What no longer holds is left out of them.

    Raises DebitRefused where nothing is left or the bank would have it too late, IllegalMove for a run that is not
    approved.
    """
    with acting(actor):
        run = _locked(run)
        if run.state != STATE.APPROVED:
            raise states.IllegalMove(f"This run is not to be given to the bank: {run.get_state_display().lower()}.")
        today = clock.today(run.entity.time_zone)
        _recheck(run, today)
        resequence(run.pk)
        return exporting.hand_over(run, today=today, actor=actor)


def runs_approved(payloads: list[dict]) -> None:
    """Handle events of approved runs: customers are told; for one who has no address somebody finds a contact.

    A run that was withdrawn meanwhile has nothing that stands, and nobody is told.
    """
    ids = sorted({payload["run_id"] for payload in payloads})
    for run in DebitRun.objects.filter(pk__in=ids).select_related("entity").order_by("pk"):
        why = f"Nobody could be told of the direct debit on {run.collect_on.isoformat()}: find a contact, call."
        today = clock.today(run.entity.time_zone)
        causes = [
            worklist.Cause(customer.pk, why, today, f"debits:{run.pk}:{customer.pk}") for customer in notices.tell(run)
        ]
        worklist.create_many(run.entity_id, Task.Kind.NO_CONTACT, causes, actor=SYSTEM)


def collections_rejected(payloads: list[dict]) -> None:
    """Handle events of direct debits that the bank rejected: whoever looks after the account is told, once for each."""
    ids = {id for payload in payloads for id in payload["collections"]}
    causes: dict[int, list[worklist.Cause]] = defaultdict(list)
    for row in Collection.objects.filter(pk__in=ids).select_related("item").order_by("pk"):
        why = f"Direct debit of {plain(row.amount, row.currency)} {row.currency} for {row.item.number} was rejected"
        causes[row.entity_id].append(
            worklist.Cause(
                row.customer_id, f"{why}. {words.of_bank(row.reason)}", row.until, f"debit-rejected:{row.pk}"
            )
        )
    for entity_id in sorted(causes):
        worklist.create_many(entity_id, Task.Kind.REJECTED, causes[entity_id], actor=SYSTEM)


# --- Parts


def _first_day(found: DirectDebitRules, today: date) -> date:
    return days.earliest(today, notice_days=found.notice_days, lead_days=found.lead_days)


def _locked(run: DebitRun) -> DebitRun:
    rows = DebitRun.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "account")
    return rows.get(pk=run.pk)


def _recheck(run: DebitRun, today: date) -> int:
    """Lock the run's mandates and items, drop what no longer holds; how many stand."""
    standing = Collection.objects.filter(run=run, state=Collection.State.PROPOSED)
    ids = list(standing.values_list("mandate_id", "item_id"))
    for model, wanted in ((Mandate, {id for id, _ in ids}), (OpenItem, {id for _, id in ids})):
        list(model.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(RECHECK, _facts(run, today))
    return standing.count()


def _let_go(run: DebitRun) -> None:
    today = clock.today(run.entity.time_zone)
    standing = Collection.objects.filter(run=run, state=Collection.State.PROPOSED)
    standing.update(state=Collection.State.DROPPED, until=today, reason="withdrawn")


def _facts(run: DebitRun, today: date) -> dict:
    return {
        "run": run.pk,
        "entity": run.entity_id,
        "today": today,
        "until": run.due_until,
        "collect_on": run.collect_on,
        "months": mandates.EXPIRES_AFTER_MONTHS,
        "used": USED,
    }
