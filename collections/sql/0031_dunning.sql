DROP FUNCTION dunning_decisions(date, bigint, bigint, bigint, bigint);
DROP FUNCTION dunning_facts(date, bigint, bigint, bigint, bigint);
DROP FUNCTION dunning_last_levels(date, bigint, bigint, bigint);

-- The last level each item was noticed at in each of its cycles, by the day: when, how often again, until when it may
-- be paid, by which version, and whether a later day's run noticed it; and when it was noticed first.
-- The rows promised and the setting (which keeps the function from being put into the caller's plan) are there for the
-- planner: its statistics lag behind what a run has just written, and believing in no lines at all it would compare
-- every item with every line.
CREATE FUNCTION dunning_last_levels(as_of date, scenario bigint, first_payer bigint, last_payer bigint)
    RETURNS TABLE (item_id bigint, cycle smallint, last_level smallint, last_repeat smallint, last_on date,
                   pay_by date, policy_id bigint, later boolean, first_on date)
    LANGUAGE sql STABLE ROWS 20000 SET plan_cache_mode = force_custom_plan AS $$
    SELECT l.item_id, l.cycle, max(l.level) FILTER (WHERE l.as_of <= dunning_last_levels.as_of),
           max(l.repeat) FILTER (WHERE l.as_of <= dunning_last_levels.as_of),
           max(l.as_of) FILTER (WHERE l.as_of <= dunning_last_levels.as_of),
           max(l.pay_by) FILTER (WHERE l.as_of <= dunning_last_levels.as_of),
           (max(ARRAY[l.as_of - date '1970-01-01', l.policy_id]) FILTER (
               WHERE l.as_of <= dunning_last_levels.as_of AND l.policy_id IS NOT NULL))[2],
           bool_or(l.as_of > dunning_last_levels.as_of), min(l.as_of)
    FROM collections_noticeline l
    WHERE l.dropped_because = '' AND (l.scenario_id = scenario OR (l.scenario_id IS NULL AND scenario IS NULL))
        AND l.payer_id >= coalesce(first_payer, 0) AND l.payer_id <= coalesce(last_payer, 9223372036854775807)
    GROUP BY l.item_id, l.cycle
$$;

-- What dunning knows on a day about every item that is overdue, or that its policy looks at before: one row an item, with
-- what was known by that day. `entity` NULL is every legal entity, the payers' bounds NULL every payer; `scenario` NULL
-- is the real world, else a simulation with notices of its own. Written as joins of whole sets, never one look-up an
-- item. What is the same for all of a customer's items in a currency is worked out once for the customer.
--
-- Every join keeps all rows of its left side, also where each row is known to find a partner: the planner takes three
-- matching columns for a rare coincidence, expects one row, and would go through the rest in nested loops. What few
-- policies ask for (contacts, payments found) is not looked up where none does.
--
-- The policy is the most specific one named: the item's, the account's, its segment's, the legal entity's. A cycle is
-- finished by the version that it began with, as long as the same policy is named.
--
-- Where a trial lasts on the day, what its champion's policy would chase by an account's, its segment's or the legal
-- entity's word is split between the champion and the challenger: items that came due while it lasts, whose cycle was
-- not begun before. `trial_id` says that an item takes part. What is played over the past knows no trials.
--
-- `chased` is the balance without what is contested of it. `told_id` is who is told: the customer, or the payer where the
-- policy says so and it has an account there; `net` and `overdue` are of whom that is.
--
-- `blocked` is why the item would not be chased at any level, the most telling reason first:
--   handed_over    it is placed with an agency or a lawyer: from its placement until that ended
--   disputed       its source or a collector's dispute says so, on the day, of all that is open
--   promise_open   a promise for it stands: given by the day, not withdrawn, its day and the policy's grace not past
--   plan_kept      a payment plan has it that is neither broken nor withdrawn, and its last instalment is not past
--   hold           a hold on the item, the customer, or the customer with the legal entity is in force
--   direct_debit   it is being collected: from the proposal of its direct debit until that ended
--   no_reminders   the account (of who is told) is to get no reminders
--   net_credit     with its credits nothing is owed in this currency
--   no_policy      no policy is named, or none of its versions was in force
--   payment_found  money on account, the oldest items first, or a payment proposed for it covers it, and the policy heeds that
--   in_contact     somebody spoke with the customer within the policy's days of contact
CREATE FUNCTION dunning_facts(as_of date, scenario bigint, entity bigint, first_payer bigint, last_payer bigint)
    RETURNS TABLE (item_id bigint, entity_id bigint, customer_id bigint, payer_id bigint, told_id bigint,
                   currency varchar, balance numeric, chased numeric, days_late integer, cycle smallint,
                   last_level smallint, last_repeat smallint, last_notice_on date, pay_by date, noticed_later boolean,
                   policy_id bigint, trial_id bigint, notice_for varchar, interval_days smallint, bank_days smallint,
                   severe boolean, repeats_after smallint, levels smallint, steps integer[], net numeric,
                   overdue numeric, promised_until date, planned_until date, contact_on date, blocked text)
    LANGUAGE sql STABLE AS $$
    WITH rule AS MATERIALIZED (
        SELECT * FROM dunning_rules()
    ), asked AS MATERIALIZED (
        SELECT coalesce(max(contact_days), 0)::integer AS contact_days,
               coalesce(bool_or(heeds_payments), false) AS payments,
               coalesce(bool_or(notice_for = 'payer'), false) AS houses
        FROM rule
    ), version AS MATERIALIZED (
        SELECT DISTINCT ON (code) code, policy_id FROM rule
        WHERE effective_on <= dunning_facts.as_of ORDER BY code, effective_on DESC
    ), trial AS MATERIALIZED (
        SELECT id, entity_id, champion, challenger, share, salt, first_on, until FROM collections_trial t
        WHERE scenario IS NULL AND dunning_facts.as_of BETWEEN first_on AND until
            AND (ended_on IS NULL OR ended_on > dunning_facts.as_of)
    ), book AS MATERIALIZED (
        SELECT b.item_id, b.entity_id, b.customer_id, b.payer_id, b.currency, b.balance, b.cycle, b.disputed_on,
               CASE WHEN b.balance > 0 THEN dunning_facts.as_of - b.due_on ELSE 0 END AS days_late
        FROM invoicing_balances(dunning_facts.as_of) b
        WHERE (entity IS NULL OR b.entity_id = entity)
            AND b.payer_id >= coalesce(first_payer, 0) AND b.payer_id <= coalesce(last_payer, 9223372036854775807)
    ), held AS (
        SELECT customer_id, entity_id, item_id FROM collections_held(dunning_facts.as_of)
    ), held_customer AS (
        SELECT DISTINCT customer_id, e.id AS entity_id FROM held
        JOIN orders_legalentity e ON held.entity_id IS NULL OR held.entity_id = e.id WHERE held.item_id IS NULL
    ), money AS (
        SELECT b.entity_id, b.payer_id, b.currency, -sum(b.balance) AS amount
        FROM book b JOIN invoicing_openitem i ON i.id = b.item_id
        WHERE (SELECT payments FROM asked) AND b.balance < 0 AND i.kind = 'on_account'
        GROUP BY b.entity_id, b.payer_id, b.currency
    ), covered AS (
        SELECT item_id FROM (
            SELECT b.item_id, b.balance, m.amount,
                   sum(b.balance) OVER (
                       PARTITION BY b.entity_id, b.payer_id, b.currency ORDER BY b.days_late DESC, b.item_id
                   ) AS so_far
            FROM book b
            LEFT JOIN money m ON m.entity_id = b.entity_id AND m.payer_id = b.payer_id AND m.currency = b.currency
            WHERE b.balance > 0 AND (SELECT payments FROM asked)
        ) t WHERE so_far <= amount OR balance = amount
    ), remark AS MATERIALIZED (
        -- What is said of few items, together: one join for all of it. Contested without an amount is contested whole.
        SELECT item_id, max(contested) AS contested, max(until) FILTER (WHERE what IS NULL) AS promised,
               max(until) FILTER (WHERE what = 'planned') AS planned, bool_or(what = 'held') AS held,
               bool_or(what = 'debited') AS debited, bool_or(what = 'covered') AS covered,
               bool_or(what = 'placed') AS placed, max(paying) AS paying,
               max(policy) AS policy, max(version) AS version
        FROM (
            SELECT item_id, NULL AS what, coalesce(amount, 'Infinity') AS contested, NULL::date AS until,
                   NULL::numeric AS paying, NULL::varchar AS policy, NULL::bigint AS version
            FROM collections_contested(dunning_facts.as_of)
            UNION ALL
            SELECT item_id, NULL, NULL, pay_by, NULL, NULL, NULL FROM collections_promised(dunning_facts.as_of)
            UNION ALL
            SELECT item_id, 'planned', NULL, until, NULL, NULL, NULL FROM collections_planned(dunning_facts.as_of)
            UNION ALL
            SELECT item_id, 'held', NULL, NULL, NULL, NULL, NULL FROM held WHERE item_id IS NOT NULL
            UNION ALL
            SELECT item_id, 'debited', NULL, NULL, NULL, NULL, NULL FROM invoicing_collection
            WHERE from_on <= dunning_facts.as_of AND (until IS NULL OR until > dunning_facts.as_of)
            UNION ALL
            SELECT item_id, 'placed', NULL, NULL, NULL, NULL, NULL FROM collections_placeditem
            WHERE from_on <= dunning_facts.as_of AND (until IS NULL OR until > dunning_facts.as_of)
            UNION ALL
            SELECT item_id, 'covered', NULL, NULL, NULL, NULL, NULL FROM covered
            UNION ALL
            SELECT item_id, NULL, NULL, NULL, amount, NULL, NULL FROM collections_paying(dunning_facts.as_of)
            WHERE (SELECT payments FROM asked)
            UNION ALL
            SELECT c.item_id, NULL, NULL, NULL, NULL, c.policy, v.policy_id
            FROM collections_policychoice c LEFT JOIN version v ON v.code = c.policy WHERE c.item_id IS NOT NULL
        ) said GROUP BY item_id
    ), contacted AS MATERIALIZED (
        SELECT customer_id, entity_id, last_on
        FROM collections_contacted(dunning_facts.as_of,
                                   dunning_facts.as_of + 1 - (SELECT contact_days FROM asked))
        WHERE (SELECT contact_days FROM asked) > 0
    ), debtor AS MATERIALIZED (
        SELECT entity_id, customer_id, payer_id, currency, sum(balance) AS net,
               sum(balance) FILTER (WHERE days_late > 0) AS overdue
        FROM book GROUP BY entity_id, customer_id, payer_id, currency
    ), house AS (
        SELECT d.*, a.channel, k.last_on AS contact_on
        FROM (
            SELECT entity_id, payer_id, currency, sum(net) AS net, sum(overdue) AS overdue
            FROM debtor WHERE (SELECT houses FROM asked) GROUP BY entity_id, payer_id, currency
        ) d
        JOIN orders_account a ON a.customer_id = d.payer_id AND a.entity_id = d.entity_id
        LEFT JOIN contacted k ON k.customer_id = d.payer_id AND k.entity_id = d.entity_id
    ), party AS (
        SELECT d.entity_id, d.customer_id, d.currency, d.net, d.overdue, named.policy, v.policy_id AS version, a.channel,
               h.customer_id IS NOT NULL AS held, k.last_on AS contact_on,
               hs.payer_id IS NOT NULL AS has_house, hs.net AS house_net, hs.overdue AS house_overdue,
               hs.channel AS house_channel, greatest(k.last_on, hs.contact_on) AS house_contact_on,
               t.id AS trial_id, t.first_on AS trial_from, t.until AS trial_until, arm.policy AS arm_policy,
               av.policy_id AS arm_version
        FROM debtor d
        LEFT JOIN orders_account a ON a.customer_id = d.customer_id AND a.entity_id = d.entity_id
        LEFT JOIN collections_policychoice sc
            ON sc.entity_id = d.entity_id AND sc.segment = a.segment AND sc.item_id IS NULL
        LEFT JOIN collections_dunningsettings s ON s.entity_id = d.entity_id
        CROSS JOIN LATERAL (SELECT coalesce(nullif(a.policy, ''), sc.policy, s.policy) AS policy) named
        LEFT JOIN version v ON v.code = named.policy
        LEFT JOIN trial t ON t.entity_id = d.entity_id AND t.champion = named.policy
        CROSS JOIN LATERAL (
            SELECT CASE WHEN t.id IS NULL THEN NULL
                        WHEN dunning_challenged(t.salt, d.payer_id, t.share) THEN t.challenger
                        ELSE t.champion END AS policy
        ) arm
        LEFT JOIN version av ON av.code = arm.policy
        LEFT JOIN held_customer h ON h.customer_id = d.customer_id AND h.entity_id = d.entity_id
        LEFT JOIN house hs ON hs.payer_id = d.payer_id AND hs.entity_id = d.entity_id AND hs.currency = d.currency
        LEFT JOIN contacted k ON k.customer_id = d.customer_id AND k.entity_id = d.entity_id
    ), owed AS (
        SELECT b.item_id, b.entity_id, b.customer_id, b.payer_id, b.currency, b.balance, b.days_late, b.cycle,
               b.disputed_on, n.last_level, n.last_repeat, n.last_on, n.pay_by, n.later,
               x.contested, x.promised, x.planned, x.held AS item_held, x.debited, x.covered, x.placed, x.paying,
               d.net, d.overdue, d.channel, d.held, d.contact_on, d.has_house, d.house_net, d.house_overdue,
               d.house_channel, d.house_contact_on, CASE WHEN tried.takes_part THEN d.trial_id END AS trial_id,
               CASE WHEN n.policy_id IS NOT NULL AND began.code =
                        CASE WHEN x.policy IS NOT NULL THEN x.policy
                             WHEN tried.takes_part THEN d.arm_policy ELSE d.policy END THEN n.policy_id
                    WHEN x.policy IS NOT NULL THEN x.version
                    WHEN tried.takes_part THEN d.arm_version ELSE d.version END AS policy_id
        FROM book b
        LEFT JOIN party d ON d.customer_id = b.customer_id AND d.entity_id = b.entity_id AND d.currency = b.currency
        LEFT JOIN dunning_last_levels(dunning_facts.as_of, scenario, first_payer, last_payer) n
            ON n.item_id = b.item_id AND n.cycle = b.cycle
        LEFT JOIN remark x ON x.item_id = b.item_id
        LEFT JOIN rule began ON began.policy_id = n.policy_id
        CROSS JOIN LATERAL (
            SELECT x.policy IS NULL AND dunning_facts.as_of - b.days_late BETWEEN d.trial_from AND d.trial_until
                AND (n.first_on IS NULL OR n.first_on >= d.trial_from) AS takes_part
        ) tried
        WHERE b.balance > 0
        OFFSET 0  -- so that each item's version is worked out once, not in every join by it
    )
    SELECT o.item_id, o.entity_id, o.customer_id, o.payer_id, t.told_id, o.currency, o.balance,
           o.balance - coalesce(nullif(o.contested, 'Infinity'), 0), o.days_late,
           o.cycle, coalesce(o.last_level, 0::smallint), coalesce(o.last_repeat, 0::smallint), o.last_on, o.pay_by,
           coalesce(o.later, false), o.policy_id, o.trial_id, r.notice_for, r.interval_days, r.bank_days, r.severe,
           r.repeats_after, r.levels, r.steps, t.net, t.overdue, o.promised + coalesce(r.promise_grace_days, 0), o.planned,
           t.contact_on,
           CASE
               WHEN o.placed THEN 'handed_over'
               WHEN o.disputed_on <= dunning_facts.as_of OR o.contested >= o.balance THEN 'disputed'
               WHEN o.promised + coalesce(r.promise_grace_days, 0) >= dunning_facts.as_of THEN 'promise_open'
               WHEN o.planned >= dunning_facts.as_of THEN 'plan_kept'
               WHEN o.held OR o.item_held THEN 'hold'
               WHEN o.debited THEN 'direct_debit'
               WHEN t.channel = 'none' THEN 'no_reminders'
               WHEN t.net <= 0 THEN 'net_credit'
               WHEN o.policy_id IS NULL THEN 'no_policy'
               WHEN r.heeds_payments AND (o.covered OR o.paying >= o.balance) THEN 'payment_found'
               WHEN t.contact_on > dunning_facts.as_of - r.contact_days THEN 'in_contact'
           END
    FROM owed o
    LEFT JOIN rule r ON r.policy_id = o.policy_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN house THEN o.payer_id ELSE o.customer_id END AS told_id,
               CASE WHEN house THEN o.house_net ELSE o.net END AS net,
               CASE WHEN house THEN o.house_overdue ELSE o.overdue END AS overdue,
               CASE WHEN house THEN o.house_channel ELSE o.channel END AS channel,
               CASE WHEN house THEN o.house_contact_on ELSE o.contact_on END AS contact_on
        FROM (SELECT coalesce(r.notice_for = 'payer' AND o.has_house, false) AS house) h
    ) t
    WHERE o.days_late > 0 OR o.days_late >= r.first_day
$$;

-- The decision on every item of a day that is looked at: `notice` at `level`, or why not. Items move up one level at a
-- time, or to the one that their lateness says; after the last one they are noticed at it again where the policy says
-- after how many days. After what blocks an item at any level, the reasons are, in this order:
--   noticed_later     a later day's run has already noticed it in this cycle (only where the past is played out of order)
--   last_level        it is at the policy's last level, which comes once
--   not_yet           it is not late enough for its next level
--   grace             it is, but money sent on the last day may still be on its way
--   deadline_running  its last notice gave it until a day, which (with the bank's days) is not past
--   interval          its own last notice was less than the level's or the policy's interval ago, or on this very day. (Not
--                     the customer's: a notice about one item must not hold another back, else a day without a run,
--                     which puts off the one, would bring the other forward.)
--   below_minimum     what is overdue in this currency (and the item, where it is not yet) is not worth a notice of that level
CREATE FUNCTION dunning_decisions(as_of date, scenario bigint, entity bigint, first_payer bigint, last_payer bigint)
    RETURNS TABLE (item_id bigint, entity_id bigint, customer_id bigint, payer_id bigint, told_id bigint,
                   alone_id bigint, currency varchar, balance numeric, chased numeric, days_late integer,
                   cycle smallint, last_level smallint, policy_id bigint, trial_id bigint, level smallint,
                   repeat smallint, days_to_pay smallint, reason text)
    LANGUAGE sql STABLE AS $$
    SELECT f.item_id, f.entity_id, f.customer_id, f.payer_id, f.told_id,
           CASE WHEN f.notice_for = 'item' THEN f.item_id END, f.currency, f.balance, f.chased, f.days_late, f.cycle,
           f.last_level, f.policy_id, f.trial_id, l.number,
           CASE WHEN f.last_level >= f.levels THEN f.last_repeat + 1 ELSE 0 END::smallint, l.days_to_pay,
           CASE
               WHEN f.blocked IS NOT NULL THEN f.blocked
               WHEN f.noticed_later THEN 'noticed_later'
               WHEN l.id IS NULL THEN 'last_level'
               WHEN f.days_late < l.days_past_due THEN 'not_yet'
               WHEN l.days_past_due > 0 AND f.days_late < l.days_past_due + f.bank_days THEN 'grace'
               WHEN f.pay_by + f.bank_days >= dunning_decisions.as_of THEN 'deadline_running'
               WHEN f.last_notice_on > dunning_decisions.as_of - greatest(1, CASE
                   WHEN f.last_level >= f.levels THEN f.repeats_after ELSE coalesce(l.wait_days, f.interval_days) END)
                   THEN 'interval'
               WHEN coalesce(f.overdue, 0) + CASE WHEN f.days_late > 0 THEN 0 ELSE f.balance END < m.amount
                   THEN 'below_minimum'
               ELSE 'notice'
           END
    FROM dunning_facts(dunning_decisions.as_of, scenario, entity, first_payer, last_payer) f
    LEFT JOIN collections_dunninglevel l ON l.policy_id = f.policy_id AND l.number = CASE
        WHEN f.last_level >= f.levels THEN CASE WHEN f.repeats_after IS NOT NULL THEN f.levels END
        WHEN f.severe THEN greatest(f.last_level + 1, width_bucket(f.days_late, f.steps))
        ELSE f.last_level + 1
    END
    LEFT JOIN collections_levelminimum m ON m.level_id = l.id AND m.currency = f.currency
$$;
-- reverse
DROP FUNCTION dunning_rules();
