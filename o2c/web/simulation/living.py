"""What makes a living demo of a simulated book: people, weeks of dunning, and everything worked out as of its last day.

The dunning is the real engine's, played again week by week; only what collectors did with the tasks of past weeks is
written here, since nobody was there to do it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from o2c import wiring
from o2c.collections import chores, dunning, pools, worklist
from o2c.collections.late_payers import listing as reviewing
from o2c.collections.models import DunningRun, DunningSettings, Notice, Task
from o2c.collections.strategies import rules
from o2c.core import messages, people
from o2c.core.actors import acting
from o2c.core.models import Role
from o2c.orders.models import LegalEntity
from o2c.web.demo import COLLEAGUES, DEMO_LOGINS
from o2c.web.simulation import (
    asking,
    banking,
    billing,
    crediting,
    disputing,
    handing,
    listing,
    mailing,
    netting,
    offering,
    ordering,
    penalising,
    planning,
    pricing,
    trying,
)
from o2c.web.simulation.agreements import Plan
from o2c.web.simulation.making import SIMULATION

WEEKS = 8
# So many weeks ago an agency got the first hopeless debts.
HANDED_OVER = 2
# This legal entity's runs go out by themselves; the other's wait for the finance manager.
APPROVES_ITSELF = "UK"

# A replay opens no tasks, since nobody should call about the past. Here somebody did: the tasks as they would have
# been opened on the day.
PAST_TASKS = """
    INSERT INTO collections_task (key, entity_id, customer_id, payer_id, kind, why, assignee_id, queue_id, pool_id,
                                  state, at_risk, due_on, outcome, notice_id, created_by, created_at)
    SELECT 'notice:' || n.id, n.entity_id, n.customer_id, n.payer_id, 'call',
        concat(l.name, ' (level ', n.level, '): ', CASE n.items WHEN 1 THEN 'an item' ELSE n.items || ' items' END,
               ' overdue, ', round(n.total, core_minor_unit(n.currency)), ' ', n.currency, '.'),
        a.collector_id, CASE WHEN a.collector_id IS NULL THEN q.id END,
        CASE WHEN a.collector_id IS NULL THEN q.id END, 'open', 0, n.as_of, '', n.id, %(actor)s,
        n.as_of + time '07:30'
    FROM collections_notice n
    JOIN collections_dunninglevel l ON l.policy_id = n.policy_id AND l.number = n.level AND l.opens_task
    LEFT JOIN orders_account a ON a.customer_id = n.customer_id AND a.entity_id = n.entity_id
    LEFT JOIN collections_queue q ON q.code = %(queue)s
    WHERE n.state = 'composed' ORDER BY n.id
"""
# Collectors have done what is older than two weeks and most of what is older than one, and all but the last of the
# tasks of a customer: they called, and wrote down what was said.
WORK_PAST_TASKS = """
    WITH worked AS (
        SELECT t.id, t.entity_id, t.customer_id, t.payer_id, u.username,
            least(n.as_of + (1 + t.id %% 3)::int, %(as_of)s - 1) AS day,
            (ARRAY['reached', 'no_answer', 'left_message', 'already_paid'])[1 + t.id %% 4] AS outcome
        FROM collections_task t
        JOIN collections_notice n ON n.id = t.notice_id JOIN core_user u ON u.id = t.assignee_id
        WHERE t.state = 'open' AND (
            n.as_of <= %(as_of)s - 14 OR n.as_of <= %(as_of)s - 7 AND t.id %% 4 <> 0
            OR EXISTS (
                SELECT 1 FROM collections_task l
                WHERE l.customer_id = t.customer_id AND l.entity_id = t.entity_id AND l.notice_id > t.notice_id
            )
        )
    ), written AS (
        INSERT INTO collections_activity (entity_id, customer_id, payer_id, task_id, kind, outcome, text, actor,
                                          happened_at)
        SELECT entity_id, customer_id, payer_id, id, 'call', outcome,
            CASE outcome WHEN 'reached' THEN 'Will be in the next payment run.'
                         WHEN 'left_message' THEN 'Asked to call back.'
                         WHEN 'already_paid' THEN 'Says the transfer is on its way.' ELSE '' END,
            username, day + time '09:00' + (id %% 420) * interval '1 minute'
        FROM worked ORDER BY id
    )
    UPDATE collections_task t SET state = 'done', outcome = worked.outcome,
        done_at = worked.day + time '09:00' + (t.id %% 420) * interval '1 minute'
    FROM worked WHERE worked.id = t.id
"""


@dataclass(frozen=True)
class Lived:
    """What there is to see."""

    documents: int
    orders: int
    runs: int
    notices: int
    messages: int
    tasks: int
    bank_lines: int
    mails: int


def hire() -> dict[int, str]:
    """The demo logins, and colleagues whom nobody can log in as; the collectors among them, name by id."""
    collectors = {}
    for username, role, name, password in [*DEMO_LOGINS, *COLLEAGUES]:
        first, _, last = name.partition(" ")
        user = people.create(
            username=username,
            email=f"{username}@lindenwerk.example",
            roles=[role],
            password=password,
            first_name=first,
            last_name=last,
            all_entities=True,
            actor=SIMULATION,
        )
        if role == Role.COLLECTOR:
            collectors[user.pk] = username
    return collectors


def live(plan: Plan) -> Lived:
    """Invoice the last weeks, play eight weeks of dunning and today's, send what waits, take in what customers answer,
    load and match what the bank says, and work out the figures."""
    entities = list(LegalEntity.objects.order_by("pk"))
    documents = billing.bill(plan.as_of, plan.seed, actor=SIMULATION)
    penalising.charge(plan.as_of, entities, actor=SIMULATION)
    handing.prepare(entities, actor=SIMULATION)
    past = past_runs(plan.as_of)
    trying.begin(entities[0], past[0], plan.as_of, actor=SIMULATION)
    for day in past:
        if day == past[-HANDED_OVER]:
            handing.hand_over(day, entities, actor=SIMULATION)
        for entity in entities:
            dunning.run_day(entity, day, actor=SIMULATION, replay=True)
    handing.take_back(past[-1], entities, actor=SIMULATION)
    with acting(SIMULATION), connection.cursor() as cursor:
        cursor.execute(PAST_TASKS, {"actor": SIMULATION.name, "queue": worklist.DEFAULT_QUEUE})
        pools.place()
        cursor.execute(WORK_PAST_TASKS, {"as_of": plan.as_of})
    disputing.dispute(plan.as_of, entities, actor=SIMULATION)
    planning.agree(plan.as_of, entities, actor=SIMULATION)
    DunningSettings.objects.filter(entity__code=APPROVES_ITSELF).update(approves_itself=True)
    for entity in entities:
        dunning.run_day(entity, plan.as_of, actor=SIMULATION)
    messages.deliver()
    for entity in entities:
        rules.change(entity, rules.USUAL, actor=SIMULATION)
    listing.list_late_payers(plan.as_of, entities, actor=SIMULATION)
    mails = mailing.mail(plan.as_of, plan.seed, actor=SIMULATION)
    lines = banking.bank(plan.as_of, plan.seed, actor=SIMULATION)
    netting.net(plan.as_of, entities, actor=SIMULATION)
    offering.offer(plan.as_of, entities, actor=SIMULATION)
    pricing.price(plan.as_of, entities, actor=SIMULATION)
    crediting.lend(plan.as_of, entities, actor=SIMULATION)
    orders = ordering.order(plan.as_of, plan.seed, entities, actor=SIMULATION)
    for entity in entities:
        chores.look_again(entity)
    asking.ask(plan.as_of, entities, actor=SIMULATION)
    # so that the tick hands on what they tell, also of a day that has turned somewhere already
    chores.turn_the_day()
    reviewing.review_due()
    wiring.beat()
    return Lived(
        documents=documents,
        orders=orders,
        runs=DunningRun.objects.count(),
        notices=Notice.objects.count(),
        messages=Notice.objects.exclude(message=None).count(),
        tasks=Task.objects.filter(state__in=worklist.LIVE).count(),
        bank_lines=lines,
        mails=mails,
    )


def past_runs(as_of: date) -> list[date]:
    """The Mondays on which dunning ran, the oldest first."""
    last_monday = as_of - timedelta(days=as_of.weekday() or 7)
    return [last_monday - timedelta(weeks=week) for week in reversed(range(WEEKS))]
