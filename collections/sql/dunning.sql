-- The last level each item was noticed at in each of its cycles, by the day, and when, and whether a later day's run noticed it.
-- The rows promised and the setting (which keeps the function from being put into the caller's plan) are there for the
-- planner: its statistics lag behind what a run has just written, and believing in no lines at all it would compare
-- every item with every line.
CREATE FUNCTION dunning_last_levels(as_of date, scenario bigint, first_payer bigint, last_payer bigint)
    RETURNS TABLE (item_id bigint, cycle smallint, last_level smallint, last_on date, later boolean)
    LANGUAGE sql STABLE ROWS 20000 SET plan_cache_mode = force_custom_plan AS $$
    SELECT l.item_id, l.cycle, max(l.level) FILTER (WHERE l.as_of <= dunning_last_levels.as_of),
           max(l.as_of) FILTER (WHERE l.as_of <= dunning_last_levels.as_of),
           bool_or(l.as_of > dunning_last_levels.as_of)
    FROM collections_noticeline l
    WHERE l.dropped_because = '' AND (l.scenario_id = scenario OR (l.scenario_id IS NULL AND scenario IS NULL))
        AND l.payer_id >= coalesce(first_payer, 0) AND l.payer_id <= coalesce(last_payer, 9223372036854775807)
    GROUP BY l.item_id, l.cycle
$$;

-- What dunning knows on a day about every overdue item: one row an item, with what was known by that day. `entity` NULL
-- is every legal entity, the payers' bounds NULL every payer; `scenario` NULL is the real world, else a simulation with
-- notices of its own. Written as joins of whole sets, never one look-up an item. What is the same for all of a
-- customer's items in a currency is worked out once for the customer.
--
-- Every join keeps all rows of its left side, also where each row is known to find a partner: the planner takes three
-- matching columns for a rare coincidence, expects one row, and would go through the rest in nested loops.
--
-- `blocked` is why the item would not be chased at any level, the most telling reason first:
--   disputed       its source or a collector's dispute says so, on the day
--   promise_open   a promise for it stands: given by the day, not withdrawn, its day and the policy's grace not past
--   hold           a hold on the item, the customer, or the customer with the legal entity is in force
--   direct_debit   it is being collected: from the proposal of its direct debit until that ended
--   no_reminders   the account is to get no reminders
--   net_credit     with its credits the customer owes nothing in this currency
--   no_policy      no policy is named for the account and its legal entity, or none was in force
CREATE FUNCTION dunning_facts(as_of date, scenario bigint, entity bigint, first_payer bigint, last_payer bigint)
    RETURNS TABLE (item_id bigint, entity_id bigint, customer_id bigint, payer_id bigint, currency varchar,
                   balance numeric, days_late integer, cycle smallint, last_level smallint, noticed_later boolean,
                   policy_id bigint, interval_days smallint, net numeric, overdue numeric, last_notice_on date,
                   blocked text)
    LANGUAGE sql STABLE AS $$
    WITH book AS MATERIALIZED (
        SELECT b.item_id, b.entity_id, b.customer_id, b.payer_id, b.currency, b.balance, b.cycle, b.disputed_on,
               CASE WHEN b.balance > 0 THEN dunning_facts.as_of - b.due_on ELSE 0 END AS days_late
        FROM invoicing_balances(dunning_facts.as_of) b
        WHERE (entity IS NULL OR b.entity_id = entity)
            AND b.payer_id >= coalesce(first_payer, 0) AND b.payer_id <= coalesce(last_payer, 9223372036854775807)
    ), version AS (
        SELECT DISTINCT ON (code) code, id, interval_days, promise_grace_days FROM collections_dunningpolicy
        WHERE effective_on <= dunning_facts.as_of ORDER BY code, effective_on DESC
    ), contested AS (
        SELECT item_id FROM collections_contested(dunning_facts.as_of)
    ), promised AS (
        SELECT item_id, pay_by FROM collections_promised(dunning_facts.as_of)
    ), held AS (
        SELECT customer_id, entity_id, item_id FROM collections_held(dunning_facts.as_of)
    ), held_item AS (
        SELECT DISTINCT item_id FROM held WHERE item_id IS NOT NULL
    ), held_customer AS (
        SELECT DISTINCT customer_id, e.id AS entity_id FROM held
        JOIN orders_legalentity e ON held.entity_id IS NULL OR held.entity_id = e.id WHERE held.item_id IS NULL
    ), debited AS (
        SELECT DISTINCT item_id FROM invoicing_collection
        WHERE from_on <= dunning_facts.as_of AND (until IS NULL OR until > dunning_facts.as_of)
    ), debtor AS (
        SELECT d.entity_id, d.customer_id, d.currency, d.net, d.overdue, v.id AS policy_id, v.interval_days,
               v.promise_grace_days, coalesce(a.channel = 'none', false) AS silent,
               h.customer_id IS NOT NULL AS held
        FROM (
            SELECT entity_id, customer_id, currency, sum(balance) AS net,
                   sum(balance) FILTER (WHERE days_late > 0) AS overdue
            FROM book GROUP BY entity_id, customer_id, currency HAVING max(days_late) > 0
        ) d
        LEFT JOIN orders_account a ON a.customer_id = d.customer_id AND a.entity_id = d.entity_id
        LEFT JOIN collections_dunningsettings s ON s.entity_id = d.entity_id
        LEFT JOIN version v ON v.code = coalesce(nullif(a.policy, ''), s.policy)
        LEFT JOIN held_customer h ON h.customer_id = d.customer_id AND h.entity_id = d.entity_id
    )
    SELECT b.item_id, b.entity_id, b.customer_id, b.payer_id, b.currency, b.balance, b.days_late, b.cycle,
           coalesce(n.last_level, 0::smallint), coalesce(n.later, false), d.policy_id, d.interval_days,
           d.net, d.overdue, n.last_on,
           CASE
               WHEN b.disputed_on <= dunning_facts.as_of OR c.item_id IS NOT NULL THEN 'disputed'
               WHEN p.pay_by + coalesce(d.promise_grace_days, 0) >= dunning_facts.as_of THEN 'promise_open'
               WHEN d.held OR hi.item_id IS NOT NULL THEN 'hold'
               WHEN dd.item_id IS NOT NULL THEN 'direct_debit'
               WHEN d.silent THEN 'no_reminders'
               WHEN d.net <= 0 THEN 'net_credit'
               WHEN d.policy_id IS NULL THEN 'no_policy'
           END
    FROM book b
    LEFT JOIN debtor d ON d.customer_id = b.customer_id AND d.entity_id = b.entity_id AND d.currency = b.currency
    LEFT JOIN dunning_last_levels(dunning_facts.as_of, scenario, first_payer, last_payer) n
        ON n.item_id = b.item_id AND n.cycle = b.cycle
    LEFT JOIN contested c ON c.item_id = b.item_id
    LEFT JOIN promised p ON p.item_id = b.item_id
    LEFT JOIN held_item hi ON hi.item_id = b.item_id
    LEFT JOIN debited dd ON dd.item_id = b.item_id
    WHERE b.days_late > 0
$$;

-- The decision on every overdue item of a day: `notice` at `level`, or why not. Items move up one level at a time. After
-- what blocks an item at any level, the reasons are, in this order:
--   noticed_later  a later day's run has already noticed it in this cycle (only where the past is played out of order)
--   last_level     it is at the policy's last level
--   not_yet        it is not late enough for its next level
--   interval       its own last notice was less than the policy's interval ago, or on this very day. (Not the customer's: a
--                  notice about one item must not hold another back, else a day without a run, which puts off the
--                  one, would bring the other forward.)
--   below_minimum  the customer's overdue total in this currency is not worth a notice of that level
CREATE FUNCTION dunning_decisions(as_of date, scenario bigint, entity bigint, first_payer bigint, last_payer bigint)
    RETURNS TABLE (item_id bigint, entity_id bigint, customer_id bigint, payer_id bigint, currency varchar,
                   balance numeric, days_late integer, cycle smallint, last_level smallint, policy_id bigint,
                   level smallint, reason text)
    LANGUAGE sql STABLE AS $$
    SELECT f.item_id, f.entity_id, f.customer_id, f.payer_id, f.currency, f.balance, f.days_late, f.cycle,
           f.last_level, f.policy_id, l.number,
           CASE
               WHEN f.blocked IS NOT NULL THEN f.blocked
               WHEN f.noticed_later THEN 'noticed_later'
               WHEN l.id IS NULL THEN 'last_level'
               WHEN f.days_late < l.days_past_due THEN 'not_yet'
               WHEN f.last_notice_on > dunning_decisions.as_of - greatest(f.interval_days, 1) THEN 'interval'
               WHEN f.overdue < m.amount THEN 'below_minimum'
               ELSE 'notice'
           END
    FROM dunning_facts(dunning_decisions.as_of, scenario, entity, first_payer, last_payer) f
    LEFT JOIN collections_dunninglevel l ON l.policy_id = f.policy_id AND l.number = f.last_level + 1
    LEFT JOIN collections_levelminimum m ON m.level_id = l.id AND m.currency = f.currency
$$;
-- reverse
DROP FUNCTION dunning_decisions(date, bigint, bigint, bigint, bigint);
DROP FUNCTION dunning_facts(date, bigint, bigint, bigint, bigint);
DROP FUNCTION dunning_last_levels(date, bigint, bigint, bigint);
