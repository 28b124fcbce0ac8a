"""The one table of what can be red: how it is found, what it means, what to do, and who may.

Each query answers `key` (what names the thing), `title`, `detail`, `since`, `entity_id` or NULL, and the page that
opens the row with its id. They read partial indexes or small tables: what is red is little.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from o2c.core.outbox import MOST_ATTEMPTS

# How long something may wait before it counts as stuck.
STUCK_MINUTES, QUEUED_MINUTES = 15, 60


@dataclass(frozen=True)
class Act:
    """A button: its name in the address, what stands on it, and whether it asks for a reason first."""

    name: str
    label: str
    reason: bool = False
    style: str = ""


@dataclass(frozen=True)
class Kind:
    """`right`: who may act. `everywhere`: it concerns the whole installation, and only who sees all of it sees this."""

    name: str
    title: str
    means: str
    todo: str
    right: str
    sql: str
    acts: tuple[Act, ...]
    everywhere: bool = False
    opens: str = ""  # the page of a row, by its name
    open_label: str = "Open"
    since_day: bool = False  # it has been so since a day, not a moment


SET_ASIDE = Act("set_aside", "Set aside", reason=True, style="quiet")

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "proof",
            "The books do not prove",
            "Working everything out again found an entry, an item or a number that is not as it must be.",
            "Run the proof again; if it stays, stop booking, and find the cause before anything is sent or exported.",
            "corrections.run",
            """
            SELECT finding->>'rule' || ': ' || (finding->>'subject') AS key, finding->>'rule' AS title,
                (finding->>'subject') || ': ' || (finding->>'text') AS detail, run.finished_at AS since,
                NULL::bigint AS entity_id, NULL::bigint AS opens
            FROM (SELECT * FROM analytics_proofrun ORDER BY as_of DESC, id DESC LIMIT 1) run
            CROSS JOIN jsonb_array_elements(run.findings) finding
            """,
            (Act("prove", "Prove again"),),
            everywhere=True,
        ),
        Kind(
            "work",
            "Regular work fails",
            "A part of what is done every five minutes failed when it last ran; it is tried again at each tick.",
            "Run it now. If it fails again, its error says what is missing; the log has the rest.",
            "corrections.run",
            """
            SELECT part AS key, part AS title, failures || ' times in a row: ' || last_error AS detail,
                coalesce(succeeded_at, started_at) AS since, NULL::bigint AS entity_id, NULL::bigint AS opens
            FROM core_heartbeat WHERE failures > 0
            """,
            (Act("run", "Run now"),),
            everywhere=True,
        ),
        Kind(
            "parts",
            "Parts of a run have failed or stopped",
            "A part failed five times, or whoever worked on it has died; the run waits for it.",
            "Let the parts be tried again; if they fail again, cancel the run on its page.",
            "corrections.run",
            f"""
            SELECT work || ' ' || subject_id AS key, work || ' ' || subject_id AS title,
                count(*) || ' parts: ' || max(coalesce(nullif(last_error, ''), 'nobody works on it any more'))
                    AS detail,
                min(leased_until) AS since, NULL::bigint AS entity_id,
                CASE WHEN work LIKE 'dunning.%%' THEN subject_id END AS opens
            FROM core_partition
            WHERE state <> 'done' AND (state = 'failed'
                OR state = 'leased' AND leased_until < now() - interval '{STUCK_MINUTES} minutes')
            GROUP BY work, subject_id
            """,
            (Act("retry", "Try again"),),
            everywhere=True,
            opens="run",
        ),
        Kind(
            "jobs",
            "Jobs have failed",
            "A job ended with an error and was not taken again.",
            "Do it again; discard it where what it was to do is done or no longer wanted.",
            "corrections.run",
            """
            SELECT id::text AS key, name AS title, error AS detail, failed_at AS since, NULL::bigint AS entity_id,
                NULL::bigint AS opens
            FROM core_failedjob WHERE state = 'open'
            """,
            (Act("again", "Do it again"), Act("discard", "Discard", reason=True, style="quiet")),
            everywhere=True,
        ),
        Kind(
            "events",
            "Events are not handled",
            "Something happened, and what must follow from it failed: promises, tasks and figures may be out of date.",
            "Try again once the cause is mended; discard only what a new version can no longer handle.",
            "corrections.run",
            f"""
            SELECT id::text AS key, kind AS title, CASE WHEN attempts >= {MOST_ATTEMPTS} THEN 'given up' ELSE
                'tried again at ' || to_char(next_attempt_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' END
                || ' after ' || attempts || ' tries: ' || last_error AS detail, created_at AS since,
                NULL::bigint AS entity_id, NULL::bigint AS opens
            FROM core_outboxevent WHERE done_at IS NULL AND last_error <> ''
            """,
            (Act("retry", "Try again"), Act("discard", "Discard", reason=True, style="quiet")),
            everywhere=True,
        ),
        Kind(
            "messages",
            "Messages have not arrived",
            "A message was refused, nobody knows whether it went out, or it waits too long.",
            "Ask the recipient or put the address right, then send it again or write down what became of it.",
            "messages.resolve",
            f"""
            SELECT m.id::text AS key, m.subject || ' to ' || m.recipient AS title, CASE m.state
                WHEN 'refused' THEN 'refused: ' || m.server_answer WHEN 'unsure' THEN 'may or may not have been sent'
                WHEN 'sending' THEN 'handed over, and no answer came' ELSE 'waits to be sent' END AS detail,
                m.created_at AS since, e.id AS entity_id, m.id AS opens
            FROM core_message m LEFT JOIN orders_legalentity e ON e.code = m.owner
            WHERE m.state IN ('refused', 'unsure')
                OR m.state = 'sending' AND m.claimed_at < now() - interval '{STUCK_MINUTES} minutes'
                OR m.state = 'queued' AND m.not_before < now() - interval '{QUEUED_MINUTES} minutes'
            """,
            (Act("again", "Send again"), Act("give_up", "Leave unsent", reason=True, style="quiet")),
            opens="message",
            open_label="What became of it?",
        ),
        Kind(
            "imports",
            "Rows of files were rejected",
            "These rows are not in the book.",
            "Put the rows right in the errors file and load it again; set aside what is not wanted.",
            "corrections.act",
            """
            SELECT r.id::text AS key, r.file_name AS title,
                r.rejected || ' of ' || r.rows || ' rows of ' || r.kind AS detail,
                r.started_at AS since, e.id AS entity_id, CASE WHEN r.errors_file <> '' THEN r.id END AS opens
            FROM core_importrun r LEFT JOIN orders_legalentity e ON e.code = r.owner
            WHERE r.rejected > 0 AND NOT r.dry_run AND r.undone_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM core_importrun later WHERE later.id > r.id AND later.file_name = r.file_name
                    AND later.kind = r.kind AND later.owner = r.owner AND NOT later.dry_run)
            """,
            (SET_ASIDE,),
            opens="import_errors",
            open_label="Errors",
        ),
        Kind(
            "bank_statements",
            "Bank statements do not add up",
            "A statement is incomplete, or its balances and lines do not fit: nothing of it is applied by itself.",
            "Compare it with the bank’s own page, and load the file again where the bank gives a better one.",
            "bank.load",
            """
            SELECT s.id::text AS key, b.name || coalesce(' ' || nullif(s.number, ''), '') AS title,
                s.file_name || ': ' || array_to_string(s.flags, ', ') AS detail,
                s.loaded_at AS since, s.entity_id, s.id AS opens
            FROM invoicing_bankstatement s JOIN invoicing_bankaccount b ON b.id = s.account_id
            WHERE s.flags && ARRAY['arithmetic', 'incomplete', 'totals', 'accounts', 'trailer']::varchar[]
            """,
            (SET_ASIDE,),
            opens="bank_statement",
            open_label="Look at it",
        ),
        Kind(
            "bank_gaps",
            "Bank statements are missing",
            "A statement opens with a balance with which none before it closed: money has moved that is not here.",
            "Load the statements in between; the bank gives them again.",
            "bank.load",
            """
            SELECT s.id::text AS key, b.name || coalesce(' ' || nullif(s.number, ''), '') AS title,
                'opens with ' || trim_scale(s.opening) || ' ' || s.currency || ' on ' || s.closing_on
                    || ', no statement before closes so' AS detail,
                s.loaded_at AS since, s.entity_id, s.id AS opens
            FROM invoicing_bankstatement s JOIN invoicing_bankaccount b ON b.id = s.account_id
            WHERE s.kind = 'statement' AND s.opening IS NOT NULL AND s.closing IS NOT NULL
                AND s.loaded_at > now() - interval '400 days' AND NOT 'trial' = ANY (s.flags)
                AND EXISTS (
                    SELECT 1 FROM invoicing_bankstatement p WHERE p.account_id = s.account_id AND p.kind = 'statement'
                        AND p.closing IS NOT NULL AND p.closing_on < s.closing_on)
                AND NOT EXISTS (
                    SELECT 1 FROM invoicing_bankstatement p WHERE p.account_id = s.account_id AND p.kind = 'statement'
                        AND p.id <> s.id AND p.closing_on <= s.closing_on AND (p.closing = s.opening
                            OR p.opening = s.opening AND coalesce(s.opening_on, s.from_on)
                                <= coalesce(p.opening_on, p.from_on)))
            """,
            (SET_ASIDE,),
            opens="bank_statement",
            open_label="Look at it",
        ),
        Kind(
            "on_account",
            "Money has been on account for long",
            "A customer paid, and nobody has said for what: their items are chased though the money is here.",
            "Open the receipt and say what it settles; set it aside where it is an advance.",
            "cash.book",
            """
            SELECT r.id::text AS key,
                coalesce(nullif(r.number, ''), 'Payment') || ' of ' || c.number || ' ' || c.name AS title,
                trim_scale(-i.open_amount) || ' ' || r.currency || ' not applied' AS detail,
                r.received_on::timestamptz AS since, r.entity_id, r.id AS opens
            FROM invoicing_openitem i JOIN invoicing_receipt r ON r.item_id = i.id
            JOIN orders_customer c ON c.id = r.customer_id
            WHERE i.open_amount < 0 AND i.kind = 'on_account' AND r.received_on <= current_date - %(days)s::integer
            """,
            (SET_ASIDE,),
            opens="receipt",
            open_label="Say what it settles",
            since_day=True,
        ),
        Kind(
            "no_address",
            "Notices had nowhere to go",
            "A customer is to be reminded, and no contact in use has an e-mail address.",
            "Open the customer and add a contact; it goes from here by itself.",
            "corrections.act",
            """
            SELECT DISTINCT ON (t.customer_id, t.entity_id) t.id::text AS key,
                c.number || ' ' || c.name AS title, t.why AS detail,
                t.created_at AS since, t.entity_id, t.customer_id AS opens
            FROM collections_task t JOIN orders_customer c ON c.id = t.customer_id
            WHERE t.kind = 'no_contact' AND t.state IN ('open', 'claimed', 'snoozed') AND NOT EXISTS (
                SELECT 1 FROM orders_contact k WHERE k.customer_id = t.customer_id AND k.in_use AND k.email <> '')
            ORDER BY t.customer_id, t.entity_id, t.id
            """,
            (SET_ASIDE,),
            opens="customer",
            open_label="Open the customer",
        ),
        Kind(
            "rates",
            "Exchange rates are missing",
            "Items in this currency are in no sum of the legal entity's own currency.",
            "Fetch or load the rates (manage.py load rates FILE); the figures follow by themselves.",
            "corrections.act",
            """
            SELECT e.code || ' ' || u.currency AS key, u.currency || ' of ' || e.code AS title,
                u.items || ' items without a rate' AS detail, b.made_at AS since, e.id AS entity_id,
                NULL::bigint AS opens
            FROM analytics_currencyrollup u JOIN orders_legalentity e ON e.id = u.entity_id
            JOIN analytics_bookrollup b ON b.entity_id = e.id
            WHERE u.base_total IS NULL AND NOT EXISTS (
                SELECT 1 FROM invoicing_exchangerate r WHERE r.currency = u.currency AND r."on" <= current_date)
            """,
            (Act("fetch", "Fetch rates"), SET_ASIDE),
        ),
    )
}


def days_on_account() -> int:
    return settings.O2C_ON_ACCOUNT_DAYS
