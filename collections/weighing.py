"""How many people must approve a notice before it goes out, and who has.

Its level says how many; what asks for at least the legal entity's limit in its currency needs one in any case, and is
approved by itself alone. What is missing stands at the notice, so that sending looks at one column.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from o2c.collections.models import DunningRun, Notice, NoticeLine
from o2c.core.actors import Actor

# What stands already is left as it is, so that a run in which nobody is needed writes nothing.
WEIGH = """
    UPDATE collections_notice n SET missing = w.missing, alone = w.alone
    FROM (
        SELECT id, alone, CASE WHEN needed = 0 THEN 0 ELSE greatest(0, needed - (
                   SELECT count(*) FROM collections_noticeapproval a WHERE a.notice_id = t.id)) END AS missing
        FROM (
            SELECT n.id, coalesce(n.total >= m.amount, false) AS alone,
                   greatest(v.approvals, CASE WHEN n.total >= m.amount THEN 1 ELSE 0 END) AS needed
            FROM collections_notice n
            JOIN collections_dunningrun r ON r.id = n.run_id AND NOT r.replay AND r.scenario_id IS NULL
            JOIN collections_dunninglevel v ON v.policy_id = n.policy_id AND v.number = n.level
            LEFT JOIN collections_noticelimit m ON m.entity_id = n.entity_id AND m.currency = n.currency
            WHERE n.run_id = %(run)s AND n.state = 'proposed'
                AND (%(notices)s::bigint[] IS NULL OR n.id = ANY(%(notices)s))
        ) t
    ) w
    WHERE w.id = n.id AND (w.missing, w.alone) IS DISTINCT FROM (n.missing, n.alone)
"""
# Nobody twice, and who proposed the run is never the second: of two people each looks with eyes of their own.
APPROVE = """
    WITH given AS (
        INSERT INTO collections_noticeapproval (notice_id, by_id, approver, at)
        SELECT n.id, %(user)s, %(name)s, %(now)s
        FROM collections_notice n JOIN collections_dunningrun r ON r.id = n.run_id
        WHERE n.run_id = %(run)s AND n.state = 'proposed' AND n.missing > 0
            AND (n.id = %(notice)s OR (%(notice)s::bigint IS NULL AND NOT n.alone))
            AND (n.level = %(level)s OR %(level)s::integer IS NULL)
            AND (n.currency = %(currency)s OR %(currency)s::varchar IS NULL)
            AND NOT EXISTS (
                SELECT 1 FROM collections_noticeapproval a
                WHERE a.notice_id = n.id AND (a.by_id = %(user)s OR r.proposed_by = %(name)s)
            )
        RETURNING notice_id
    )
    UPDATE collections_notice n SET missing = n.missing - 1 FROM given WHERE n.id = given.notice_id
"""


def weigh(run_id: int, notices: Sequence[int] | None = None) -> None:
    """Say of each proposed notice of a run, or of some of them, how many approvals it still needs.

    A replay and a pilot need none: nothing of them goes out.
    """
    with connection.cursor() as cursor:
        cursor.execute(WEIGH, {"run": run_id, "notices": None if notices is None else list(notices)})


def approve(
    run: DunningRun,
    *,
    actor: Actor,
    now: datetime,
    notice: Notice | None = None,
    level: int | None = None,
    currency: str | None = None,
) -> int:
    """Write down a person's approval of one notice, or of all that wait but those which are approved alone.

    Call it under lock of the run. How many notices it was written down for: those that the person may approve.
    """
    facts = {
        "run": run.pk,
        "user": actor.user_id,
        "name": actor.name,
        "now": now,
        "notice": notice.pk if notice else None,
        "level": level,
        "currency": currency,
    }
    with connection.cursor() as cursor:
        cursor.execute(APPROVE, facts)
        return cursor.rowcount


def waiting(run_id: int):
    """The notices of a run that somebody must still approve."""
    return Notice.objects.filter(run=run_id, state=Notice.State.PROPOSED, missing__gt=0)


def ready(run_id: int):
    """The notices of a run that nobody must approve any more, and that are not made yet."""
    return Notice.objects.filter(run=run_id, state=Notice.State.PROPOSED, missing=0)


def drop_waiting(run_id: int, because: str) -> int:
    """Cancel what waits for approval, so that its items may be proposed again; how many notices there were."""
    ids = list(waiting(run_id).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    Notice.objects.filter(pk__in=ids).update(state=Notice.State.CANCELLED, cancelled_because=because)
    NoticeLine.objects.filter(notice__in=ids, dropped_because="").update(dropped_because=because)
    return len(ids)
