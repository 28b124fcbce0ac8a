"""Making messages and tasks of a run's notices: rechecked, put into words, queued; a chunk of payers at a time.

The number of statements does not depend on the number of notices. Messages and tasks have keys that name the notice,
so doing a part twice makes nothing twice.
"""

from datetime import date

from django.conf import settings
from django.db import connection, transaction

from o2c.collections import blocking, by_post, drafting, stating, worklist
from o2c.collections.drafting import Drafted, Noticed
from o2c.collections.interest import noticing
from o2c.collections.models import DunningRun, Notice, Task
from o2c.collections.rechecking import recheck
from o2c.core import clock, leases, outbox, segments
from o2c.core.leases import EVERY_PAYER, Lease
from o2c.core.mail import MOST_BYTES, MOST_PAPERS, address
from o2c.core.models import Message

WORK = "dunning.send"
NOTICES_IN_A_PART = 500

PARTS = """
    WITH payer AS (
        SELECT payer_id, sum(count(*)) OVER (ORDER BY payer_id) - count(*) AS before
        FROM collections_notice WHERE run_id = %(run)s AND state = 'proposed' AND missing = 0 GROUP BY payer_id
    )
    SELECT min(payer_id) FROM payer GROUP BY floor(before / %(size)s) ORDER BY 1
"""
# The papers of what was issued here, the longest due first: as many as mail servers take.
ATTACH = """
    WITH papers AS (
        SELECT m.id AS message, d.document_id, min(i.due_on) AS due_on
        FROM collections_notice n
        JOIN collections_dunninglevel v ON v.policy_id = n.policy_id AND v.number = n.level AND v.attaches
        JOIN core_message m ON m.key = 'notice:' || n.id AND m.channel = 'email'
        JOIN collections_noticeline l ON l.notice_id = n.id AND l.dropped_because = ''
        JOIN invoicing_openitem i ON i.id = l.item_id
        JOIN invoicing_invoice d ON d.entry_id = i.entry_id AND d.document_id IS NOT NULL
        WHERE n.id = ANY(%(notices)s) GROUP BY m.id, d.document_id
    ), placed AS (
        SELECT message, document_id, row_number() OVER longest AS place,
            sum(octet_length(c.content)) OVER longest AS bytes
        FROM papers JOIN core_document c ON c.id = document_id
        WINDOW longest AS (PARTITION BY message ORDER BY due_on, document_id)
    )
    INSERT INTO core_messageattachment (message_id, document_id, position)
    SELECT message, document_id, place FROM placed WHERE place <= %(most)s AND bytes <= %(bytes)s
    ON CONFLICT DO NOTHING
"""
COMPOSED = """
    UPDATE collections_notice n SET state = 'composed', contact_id = t.contact, message_id = m.id
    FROM unnest(%(notices)s::bigint[], %(contacts)s::bigint[]) AS t(notice, contact)
    LEFT JOIN core_message m ON m.key = 'notice:' || t.notice
    WHERE n.id = t.notice AND n.state = 'proposed'
"""


def ranges(run: DunningRun, size: int = NOTICES_IN_A_PART) -> list[tuple[int, int]]:
    """Ranges of payers that cover every payer, each with about `size` of the notices that may go; none without."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"run": run.pk, "size": size})
        starts = [row[0] for row in cursor.fetchall()]
    if not starts:
        return []
    first, last = EVERY_PAYER
    return list(zip([first, *starts[1:]], [*(start - 1 for start in starts[1:]), last], strict=True))


def compose_part(run: DunningRun, lease: Lease, *, on: date) -> None:
    """Recheck the part's notices and make messages and tasks of those that stand, in one transaction.

    A replay's messages are for the spool only; it opens no tasks, as nobody should call about the past, blocks no
    account and charges nothing. A pilot's are only recorded: of them there is nothing but the notices.
    Raises LeaseLost.
    """
    with transaction.atomic():
        leases.hold(lease)
        if run.scenario_id is None and not run.replay:
            noticing.prepare(run, lease)
        standing = recheck(run, lease, on=on)
        made = {"messages": 0, "tasks": 0}
        if standing and run.scenario_id is None:
            made = _compose(run, standing, on)
        elif standing:
            Notice.objects.filter(pk__in=standing).update(state=Notice.State.COMPOSED)
        leases.done(lease, made)


def _compose(run: DunningRun, standing: list[int], on: date) -> dict[str, int]:
    notices = drafting.read(run, standing)
    told = [each for each in notices if each.in_writing and each.has_address and not (run.replay and each.by_post)]
    costs = {} if run.replay else noticing.charge(run, [each.id for each in told], on=on)
    drafted = drafting.write(run, told, costs=costs, on=on)
    messages = Message.objects.bulk_create(
        [_message(run, draft) for draft in drafted if draft.notice.by_mail]
        + [_text_message(run, draft) for draft in drafted if draft.notice.by_sms],
        ignore_conflicts=True,
        batch_size=1000,
    )
    if not run.replay:
        stating.attach(run, [draft for draft in drafted if draft.notice.by_mail], on=on)
    messages += by_post.make(run, [draft for draft in drafted if draft.notice.by_post])
    with connection.cursor() as cursor:
        if not run.replay:
            cursor.execute(ATTACH, {"notices": standing, "most": MOST_PAPERS, "bytes": MOST_BYTES})
        cursor.execute(
            COMPOSED,
            {
                "notices": [notice.id for notice in notices],
                "contacts": [notice.contact_id if notice.by_mail or notice.number else None for notice in notices],
            },
        )
    tasks = [] if run.replay else _open_tasks(run, notices, on)
    if not run.replay:
        blocking.block(run, standing, on=on)
    outbox.emit("notices.composed", run_id=run.pk, notices=len(notices), messages=len(messages), tasks=len(tasks))
    return {"messages": len(messages), "tasks": len(tasks)}


def _message(run: DunningRun, draft: Drafted) -> Message:
    notice, entity, words = draft.notice, run.entity, draft.words
    return Message(
        key=f"notice:{notice.id}",
        owner=entity.code,
        sender=address(entity.name, entity.email or settings.DEFAULT_FROM_EMAIL),
        recipient=address(notice.contact or notice.customer, notice.email),
        subject=words.subject,
        text=words.text,
        html=words.html,
        language=draft.letter.language,
        country=notice.country or entity.country,
        spool_only=run.replay,
        created_at=clock.now(),
        not_before=clock.now(),
    )


def _text_message(run: DunningRun, draft: Drafted) -> Message:
    notice, entity, words = draft.notice, run.entity, draft.words
    return Message(
        key=f"notice:{notice.id}",
        owner=entity.code,
        channel=Message.Channel.SMS,
        sender=entity.name[:320],
        recipient=notice.number,
        subject=words.subject,
        text=segments.fit(words.sms),
        language=draft.letter.language,
        country=notice.country or entity.country,
        spool_only=run.replay,
        created_at=clock.now(),
        not_before=clock.now(),
    )


def _open_tasks(run: DunningRun, notices: list[Noticed], on: date) -> list[Task]:
    wanted = [notice for notice in notices if notice.task]
    if not wanted:
        return []
    queue = worklist.queue_of(run.entity_id)
    tasks = Task.objects.bulk_create(
        [
            Task(
                key=f"notice:{notice.id}",
                entity_id=run.entity_id,
                customer_id=notice.customer_id,
                payer_id=notice.payer_id,
                kind=notice.task,
                why=notice.why[:300],
                assignee_id=notice.collector_id,
                queue=None if notice.collector_id else queue,
                pool=None if notice.collector_id else queue,
                due_on=on,
                notice_id=notice.id,
                created_by=run.approved_by or run.proposed_by,
            )
            for notice in wanted
        ],
        ignore_conflicts=True,
    )
    worklist.opened(run.entity_id, sorted({notice.customer_id for notice in wanted}), as_of=on)
    return tasks
