"""Which of the messages that are due may go to the mail server now: not too many to one domain, and at hours of day.

What may not go stays queued and gets its next time, so that nobody sleeps and nobody asks for it again before. What
was handed over to a domain of late stands in one row of the domain's, so it holds for all workers together.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from o2c.core.models import DomainOf, Message

MINUTE = timedelta(minutes=1)
DOMAIN = DomainOf.template % {"expressions": "recipient"}


# The newest moments of a domain, as many as may go in a minute: the oldest of them says whether one more may go.
TAKE = """
    INSERT INTO core_domainpace AS p (domain, handed_over) VALUES (%(domain)s, ARRAY[%(now)s]::timestamptz[])
    ON CONFLICT (domain) DO UPDATE
        SET handed_over = p.handed_over[greatest(cardinality(p.handed_over) - %(most)s + 2, 1):] || %(now)s::timestamptz
        WHERE cardinality(p.handed_over) < %(most)s
           OR p.handed_over[cardinality(p.handed_over) - %(most)s + 1] <= %(now)s::timestamptz - interval '1 minute'
    RETURNING 1
"""
# The first ones wait for the moments of the last minute to pass one by one, the others for as many minutes more. What
# another sender is just claiming is left to it.
POSTPONE = f"""
    WITH pace AS (
        SELECT handed_over AS moments, cardinality(handed_over) - %(most)s + 1 AS first
        FROM core_domainpace WHERE domain = %(domain)s FOR UPDATE
    ), waiting AS (
        SELECT id, not_before FROM core_message
        WHERE state = 'queued' AND {DOMAIN} = %(domain)s AND not_before <= %(now)s AND NOT spool_only
        FOR UPDATE SKIP LOCKED
    ), placed AS (
        SELECT id, (row_number() OVER (ORDER BY not_before, id) - 1)::integer AS place FROM waiting
    )
    UPDATE core_message m
    SET not_before = pace.moments[pace.first + placed.place %% %(most)s]
                     + interval '1 minute' * (1 + placed.place / %(most)s),
        server_answer = CASE WHEN m.attempts = 0 THEN %(why)s ELSE m.server_answer END
    FROM placed, pace WHERE m.id = placed.id
"""  # noqa: S608 made of our own words
HOLD = """
    UPDATE core_message m
    SET not_before = t.opens, server_answer = CASE WHEN m.attempts = 0 THEN %(why)s ELSE m.server_answer END
    FROM unnest(%(countries)s::text[], %(openings)s::timestamptz[]) AS t(country, opens)
    WHERE m.id IN (
        SELECT id FROM core_message WHERE state = 'queued' AND not_before <= %(now)s AND NOT spool_only
            AND country = ANY(%(countries)s) FOR UPDATE SKIP LOCKED
    ) AND m.country = t.country
"""


def first(due: QuerySet[Message], now: datetime) -> int | None:
    """The first of the due messages that may go now, which counts as handed over; what is before it gets its time.

    In the transaction that claims it. Each turn gives a time to all that waits for the same reason, so the number of
    statements does not depend on how many messages wait.
    """
    hours, most = settings.O2C_MAIL_HOURS, settings.O2C_MAIL_PER_DOMAIN
    while True:
        found = due.annotate(domain=DomainOf("recipient")).values_list("pk", "domain", "country").first()
        if found is None:
            return None
        pk, domain, country = found
        if hours and country and hours.goes_at(now, country) > now:
            _hold(now)
        elif most and not _take(domain, now, most):
            _postpone(domain, now, most)
        else:
            return pk


def _take(domain: str, now: datetime, most: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"domain": domain, "now": now, "most": most})
        return cursor.fetchone() is not None


def _postpone(domain: str, now: datetime, most: int) -> None:
    why = f"Waits: no more than {most} a minute go to {domain}."
    with connection.cursor() as cursor:
        cursor.execute(POSTPONE, {"domain": domain, "now": now, "most": most, "why": why})


def _hold(now: datetime) -> None:
    """Give all that is due in countries where it is not the hour the time of their next opening."""
    hours = settings.O2C_MAIL_HOURS
    due = Message.objects.filter(state=Message.State.QUEUED, not_before__lte=now, spool_only=False)
    countries = due.exclude(country="").values_list("country", flat=True).distinct()
    openings = {country: hours.goes_at(now, country) for country in countries}
    closed = {country: opens for country, opens in openings.items() if opens > now}
    why = f"Waits: mail goes out {hours} where it is read."
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"countries": list(closed), "openings": list(closed.values()), "now": now, "why": why})
