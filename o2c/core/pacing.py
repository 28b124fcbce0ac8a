"""Which of the messages that are due may be handed over now: not too many to one domain, and at hours of day.

What may not go stays queued and gets its next time, so that nobody sleeps and nobody asks for it again before. What
was handed over to a domain of late stands in one row of the domain's, so it holds for all workers together.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from o2c.core.hours import Hours
from o2c.core.models import DomainOf, Message

Channel = Message.Channel
DOMAIN = DomainOf.template % {"expressions": "recipient"}
# All text messages go one way, which is called by a name that no domain has.
ALL_SMS = "+sms"

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
POSTPONE = """
    WITH pace AS (
        SELECT handed_over AS moments, cardinality(handed_over) - %(most)s + 1 AS first
        FROM core_domainpace WHERE domain = %(domain)s FOR UPDATE
    ), waiting AS (
        SELECT id, not_before FROM core_message
        WHERE state = 'queued' AND {which} AND not_before <= %(now)s AND NOT spool_only
        FOR UPDATE SKIP LOCKED
    ), placed AS (
        SELECT id, (row_number() OVER (ORDER BY not_before, id) - 1)::integer AS place FROM waiting
    )
    UPDATE core_message m
    SET not_before = pace.moments[pace.first + placed.place %% %(most)s]
                     + interval '1 minute' * (1 + placed.place / %(most)s),
        server_answer = CASE WHEN m.attempts = 0 THEN %(why)s ELSE m.server_answer END
    FROM placed, pace WHERE m.id = placed.id
"""
WHICH = {Channel.EMAIL: f"channel = 'email' AND {DOMAIN} = %(domain)s", Channel.SMS: "channel = 'sms'"}
HOLD = """
    UPDATE core_message m
    SET not_before = t.opens, server_answer = CASE WHEN m.attempts = 0 THEN %(why)s ELSE m.server_answer END
    FROM unnest(%(countries)s::text[], %(openings)s::timestamptz[]) AS t(country, opens)
    WHERE m.id IN (
        SELECT id FROM core_message WHERE state = 'queued' AND channel = %(channel)s AND not_before <= %(now)s
            AND NOT spool_only AND country = ANY(%(countries)s) FOR UPDATE SKIP LOCKED
    ) AND m.country = t.country
"""


@dataclass(frozen=True)
class Pace:
    """When and how fast the messages of a channel go; `called` in a sentence."""

    called: str
    hours: Hours | None = None
    most: int = 0

    @property
    def holds_back(self) -> bool:
        """Whether a message that is due may have to wait."""
        return bool(self.hours or self.most)


def of(channel: str) -> Pace:
    """What the settings say; letters are posted at any hour and in any number."""
    if channel == Channel.EMAIL:
        return Pace("mail goes", settings.O2C_MAIL_HOURS, settings.O2C_MAIL_PER_DOMAIN)
    if channel == Channel.SMS:
        return Pace("text messages go", settings.O2C_SMS_HOURS, settings.O2C_SMS_PER_MINUTE)
    return Pace("letters go")


def first(due: QuerySet[Message], now: datetime, channel: str) -> int | None:
    """The first of the channel's due messages that may go now, which counts as handed over; what is before it gets its
    time.

    In the transaction that claims it. Each turn gives a time to all that waits for the same reason, so the number of
    statements does not depend on how many messages wait.
    """
    pace = of(channel)
    while True:
        found = due.annotate(domain=DomainOf("recipient")).values_list("pk", "domain", "country").first()
        if found is None:
            return None
        pk, domain, country = found
        if channel == Channel.SMS:
            domain = ALL_SMS
        if pace.hours and country and pace.hours.goes_at(now, country) > now:
            _hold(now, channel, pace)
        elif pace.most and not _take(domain, now, pace.most):
            _postpone(domain, now, channel, pace)
        else:
            return pk


def _take(domain: str, now: datetime, most: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"domain": domain, "now": now, "most": most})
        return cursor.fetchone() is not None


def _postpone(domain: str, now: datetime, channel: str, pace: Pace) -> None:
    to = f" to {domain}" if channel == Channel.EMAIL else ""
    why = f"Waits: no more than {pace.most} a minute go{to}."
    with connection.cursor() as cursor:
        told = {"domain": domain, "now": now, "most": pace.most, "why": why}
        cursor.execute(POSTPONE.format(which=WHICH[channel]), told)


def _hold(now: datetime, channel: str, pace: Pace) -> None:
    """Give all that is due in countries where it is not the hour the time of their next opening."""
    due = Message.objects.filter(state=Message.State.QUEUED, channel=channel, not_before__lte=now, spool_only=False)
    countries = due.exclude(country="").values_list("country", flat=True).distinct()
    openings = {country: pace.hours.goes_at(now, country) for country in countries}
    closed = {country: opens for country, opens in openings.items() if opens > now}
    told = {"countries": list(closed), "openings": list(closed.values()), "now": now, "channel": channel}
    with connection.cursor() as cursor:
        cursor.execute(HOLD, told | {"why": f"Waits: {pace.called} out {pace.hours} where it is read."})
