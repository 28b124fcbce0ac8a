-- What counts towards what was agreed about an item on a day: what was settled on it since, up to another day, and not
-- undone by then; what was settled earlier on the day of the agreement itself was no longer part of it. A plain query, so
-- that whoever asks has it planned with its own.
CREATE FUNCTION collections_counting(item bigint, since date, recorded timestamptz, as_of date)
    RETURNS TABLE (amount numeric, counts_from date) LANGUAGE sql STABLE AS $$
    SELECT a.amount, a.counts_from FROM invoicing_allocation a
    WHERE a.debit_item_id = item AND a.amount > 0 AND a.counts_from BETWEEN since AND as_of
        AND (a.counts_from > since OR a.recorded_at >= recorded)
        AND NOT EXISTS (SELECT 1 FROM invoicing_allocation r WHERE r.reverses_id = a.id AND r.counts_from <= as_of)
$$;

-- What became of promises as of a day, worked out from allocations alone. An item's part is what counts (see above) until
-- the last day of grace, at most what was promised. The grace is that of the account's policy in force on the promised
-- day; how much may be short is said by the legal entity, and only counts once that day is past. Withdrawn promises are
-- not judged.
CREATE OR REPLACE FUNCTION collections_judge_promises(as_of date, entities bigint[], customers bigint[])
    RETURNS TABLE (promise_id bigint, state text, paid numeric, last_day date) LANGUAGE sql STABLE AS $$
    WITH promise AS (
        SELECT p.id, p.amount, p.promised_on, p.recorded_at, p.pay_by + coalesce(policy.promise_grace_days, 0) AS last_day,
               coalesce(s.promise_percent, 0) AS tolerance
        FROM collections_promisetopay p
        LEFT JOIN orders_account a ON a.customer_id = p.customer_id AND a.entity_id = p.entity_id
        LEFT JOIN collections_policychoice sc
            ON sc.entity_id = p.entity_id AND sc.segment = a.segment AND sc.item_id IS NULL
        LEFT JOIN collections_dunningsettings s ON s.entity_id = p.entity_id
        LEFT JOIN LATERAL (
            SELECT v.promise_grace_days FROM collections_dunningpolicy v
            WHERE v.code = coalesce(nullif(a.policy, ''), sc.policy, s.policy) AND v.effective_on <= p.pay_by
                AND v.activated_at IS NOT NULL
            ORDER BY v.effective_on DESC LIMIT 1
        ) policy ON true
        WHERE p.state <> 'withdrawn' AND (entities IS NULL OR p.entity_id = ANY(entities))
            AND (customers IS NULL OR p.customer_id = ANY(customers))
    ), part AS (
        SELECT p.id, least(pi.amount, sum(c.amount)) AS paid
        FROM promise p JOIN collections_promiseditem pi ON pi.promise_id = p.id
        CROSS JOIN LATERAL collections_counting(pi.item_id, p.promised_on, p.recorded_at, as_of) c
        WHERE c.counts_from <= p.last_day
        GROUP BY p.id, pi.id, pi.amount
    ), whole AS (
        SELECT p.id, p.amount, p.last_day, p.tolerance, coalesce(sum(part.paid), 0) AS paid
        FROM promise p LEFT JOIN part ON part.id = p.id GROUP BY p.id, p.amount, p.last_day, p.tolerance
    )
    SELECT w.id,
        CASE WHEN w.paid >= w.amount THEN 'kept' WHEN as_of <= w.last_day THEN 'open'
             WHEN w.paid * 100 >= w.amount * (100 - w.tolerance) THEN 'kept'
             WHEN w.paid > 0 THEN 'partly_kept' ELSE 'broken' END,
        w.paid, w.last_day
    FROM whole w
$$;

-- What became of the instalments of payment plans as of a day, worked out from allocations alone: of plans agreed by the
-- day, and not withdrawn or superseded by then; `running` looks only at those whose last instalment is not past. What
-- counts (see above) goes to the instalments in their order, of each item at most what the plan has of it. The states:
--   paid      what is due by this instalment was paid by its last day (with the plan's tolerance in days); once that day
--             is past, also what is short by no more than the plan's tolerance in percent
--   missed    it was not, and the day is past
--   late      its own day is past, its last day is not
--   partly    it is not due yet and has got something
--   open      it has got nothing
-- `due` is what is due by then, `paid_in_time` what of it counted by the last day, `paid` what the instalment has by now.
CREATE FUNCTION collections_judge_instalments(as_of date, entities bigint[], customers bigint[], running boolean)
    RETURNS TABLE (plan_id bigint, instalment_id bigint, number smallint, due_on date, last_day date, amount numeric,
                   due numeric, paid_in_time numeric, paid numeric, plan_paid numeric, state text)
    LANGUAGE sql STABLE AS $$
    WITH plan AS (
        SELECT p.id, p.amount, p.agreed_on, p.recorded_at, p.tolerance_days, p.tolerance_percent
        FROM collections_paymentplan p
        WHERE p.agreed_on <= as_of AND (p.withdrawn_on IS NULL OR p.withdrawn_on > as_of)
            AND (p.superseded_on IS NULL OR p.superseded_on > as_of)
            AND (NOT running OR p.ends_on + p.tolerance_days >= as_of)
            AND (entities IS NULL OR p.entity_id = ANY(entities))
            AND (customers IS NULL OR p.customer_id = ANY(customers))
    ), payment AS MATERIALIZED (
        SELECT p.id AS plan_id, pi.id AS part_id, pi.amount AS most, c.amount, c.counts_from
        FROM plan p JOIN collections_planitem pi ON pi.plan_id = p.id
        CROSS JOIN LATERAL collections_counting(pi.item_id, p.agreed_on, p.recorded_at, as_of) c
    ), whole AS (
        SELECT p.id, least(p.amount, coalesce(sum(by_item.paid), 0)) AS paid
        FROM plan p LEFT JOIN (
            SELECT y.plan_id, least(y.most, sum(y.amount)) AS paid FROM payment y GROUP BY y.plan_id, y.part_id, y.most
        ) by_item ON by_item.plan_id = p.id
        GROUP BY p.id, p.amount
    ), step AS (
        SELECT i.id, i.plan_id, i.number, i.due_on, i.amount, i.due_on + p.tolerance_days AS last_day,
               p.tolerance_percent, w.paid AS plan_paid,
               sum(i.amount) OVER (PARTITION BY i.plan_id ORDER BY i.number) AS due
        FROM plan p JOIN whole w ON w.id = p.id JOIN collections_planinstalment i ON i.plan_id = p.id
    ), in_time AS (
        SELECT id, sum(paid) AS paid FROM (
            SELECT s.id, least(y.most, sum(y.amount)) AS paid
            FROM step s JOIN payment y ON y.plan_id = s.plan_id AND y.counts_from <= s.last_day
            GROUP BY s.id, y.part_id, y.most
        ) by_item GROUP BY id
    )
    SELECT s.plan_id, s.id, s.number, s.due_on, s.last_day, s.amount, s.due, least(s.due, coalesce(t.paid, 0)),
           greatest(0, least(s.amount, s.plan_paid - (s.due - s.amount))), s.plan_paid,
           CASE WHEN coalesce(t.paid, 0) >= s.due THEN 'paid'
                WHEN as_of > s.last_day THEN CASE
                    WHEN coalesce(t.paid, 0) * 100 >= s.due * (100 - s.tolerance_percent) THEN 'paid' ELSE 'missed' END
                WHEN as_of > s.due_on THEN 'late'
                WHEN s.plan_paid > s.due - s.amount THEN 'partly'
                ELSE 'open' END
    FROM step s LEFT JOIN in_time t ON t.id = s.id
$$;

-- What became of whole plans: broken where an instalment was missed (`missed` is the first), kept where all are paid.
CREATE FUNCTION collections_judge_plans(as_of date, entities bigint[], customers bigint[], running boolean)
    RETURNS TABLE (plan_id bigint, state text, paid numeric, missed smallint, last_day date) LANGUAGE sql STABLE AS $$
    SELECT j.plan_id,
           CASE WHEN bool_or(j.state = 'missed') THEN 'broken' WHEN bool_and(j.state = 'paid') THEN 'kept'
                ELSE 'active' END,
           max(j.plan_paid), min(j.number) FILTER (WHERE j.state = 'missed'), max(j.last_day)
    FROM collections_judge_instalments(as_of, entities, customers, running) j GROUP BY j.plan_id
$$;

-- Items that a plan holds on a day, and until when: it is not broken by then, and the last instalment is not past.
CREATE FUNCTION collections_planned(day date) RETURNS TABLE (item_id bigint, until date) LANGUAGE sql STABLE AS $$
    SELECT pi.item_id, max(j.last_day)
    FROM collections_judge_plans(day, NULL, NULL, true) j JOIN collections_planitem pi ON pi.plan_id = j.plan_id
    WHERE j.state <> 'broken' GROUP BY pi.item_id
$$;

-- What was agreed is whole when it is written down, and stays so.
CREATE FUNCTION collections_check_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plan collections_paymentplan%ROWTYPE;
    wrong text;
BEGIN
    IF TG_TABLE_NAME = 'collections_paymentplan' THEN
        SELECT * INTO plan FROM collections_paymentplan WHERE id = NEW.id;
    ELSE
        SELECT * INTO plan FROM collections_paymentplan WHERE id = coalesce(NEW.plan_id, OLD.plan_id);
    END IF;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT CASE
        WHEN count(*) = 0 OR sum(i.amount) <> plan.amount THEN 'the instalments are not the amount of the plan'
        WHEN min(i.number) <> 1 OR max(i.number) <> count(*) THEN 'the instalments are not numbered from one on'
        WHEN bool_or(i.due_on <= i.before) THEN 'the instalments are not in the order of their days'
        WHEN min(i.due_on) < plan.agreed_on THEN 'an instalment is due before the plan was agreed'
        WHEN max(i.due_on) <> plan.ends_on THEN 'the plan does not end with its last instalment'
    END INTO wrong
    FROM (
        SELECT number, due_on, amount, lag(due_on) OVER (ORDER BY number) AS before
        FROM collections_planinstalment WHERE plan_id = plan.id
    ) i;
    IF wrong IS NULL THEN
        SELECT CASE
            WHEN count(*) = 0 OR sum(pi.amount) < plan.amount THEN 'the items owe less than the plan'
            WHEN bool_or(i.entity_id <> plan.entity_id OR i.currency <> plan.currency)
                THEN 'an item is of another legal entity or in another currency'
        END INTO wrong
        FROM collections_planitem pi JOIN invoicing_openitem i ON i.id = pi.item_id WHERE pi.plan_id = plan.id;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'payment plan %: %', plan.id, wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER plan_is_whole AFTER INSERT ON collections_paymentplan
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION collections_check_plan();
CREATE CONSTRAINT TRIGGER plan_instalments_are_whole AFTER INSERT OR DELETE ON collections_planinstalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION collections_check_plan();
CREATE CONSTRAINT TRIGGER plan_items_are_whole AFTER INSERT OR DELETE ON collections_planitem
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION collections_check_plan();

CREATE FUNCTION collections_keep_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a payment plan has agreed stays as it is: withdraw it and agree another'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER agreed_plan_stays BEFORE UPDATE ON collections_paymentplan FOR EACH ROW
    WHEN ((OLD.entity_id, OLD.currency, OLD.amount, OLD.agreed_on, OLD.ends_on, OLD.tolerance_days, OLD.tolerance_percent)
        IS DISTINCT FROM
        (NEW.entity_id, NEW.currency, NEW.amount, NEW.agreed_on, NEW.ends_on, NEW.tolerance_days, NEW.tolerance_percent))
    EXECUTE FUNCTION collections_keep_agreed();
CREATE TRIGGER agreed_instalments_stay BEFORE UPDATE ON collections_planinstalment
    FOR EACH ROW EXECUTE FUNCTION collections_keep_agreed();
CREATE TRIGGER agreed_items_stay BEFORE UPDATE ON collections_planitem FOR EACH ROW
    WHEN ((OLD.plan_id, OLD.item_id, OLD.amount) IS DISTINCT FROM (NEW.plan_id, NEW.item_id, NEW.amount))
    EXECUTE FUNCTION collections_keep_agreed();
CREATE TRIGGER plan_stamped BEFORE UPDATE ON collections_paymentplan FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER plan_stamped ON collections_paymentplan;
DROP TRIGGER agreed_items_stay ON collections_planitem;
DROP TRIGGER agreed_instalments_stay ON collections_planinstalment;
DROP TRIGGER agreed_plan_stays ON collections_paymentplan;
DROP FUNCTION collections_keep_agreed();
DROP TRIGGER plan_items_are_whole ON collections_planitem;
DROP TRIGGER plan_instalments_are_whole ON collections_planinstalment;
DROP TRIGGER plan_is_whole ON collections_paymentplan;
DROP FUNCTION collections_check_plan();
DROP FUNCTION collections_planned(date);
DROP FUNCTION collections_judge_plans(date, bigint[], bigint[], boolean);
DROP FUNCTION collections_judge_instalments(date, bigint[], bigint[], boolean);
-- What became of promises as of a day, worked out from allocations alone. An item's part is what was settled on it
-- from the day the promise was given until the last day of grace, at most what was promised; what was undone since does
-- not count, and what was settled earlier on the day of the promise itself was no longer promised. The grace is that of
-- the account's policy in force on the promised day. Withdrawn promises are not judged.
CREATE OR REPLACE FUNCTION collections_judge_promises(as_of date, entities bigint[], customers bigint[])
    RETURNS TABLE (promise_id bigint, state text, paid numeric, last_day date) LANGUAGE sql STABLE AS $$
    WITH promise AS (
        SELECT p.id, p.amount, p.promised_on, p.recorded_at, p.pay_by + coalesce(policy.promise_grace_days, 0) AS last_day
        FROM collections_promisetopay p
        LEFT JOIN orders_account a ON a.customer_id = p.customer_id AND a.entity_id = p.entity_id
        LEFT JOIN collections_policychoice sc
            ON sc.entity_id = p.entity_id AND sc.segment = a.segment AND sc.item_id IS NULL
        LEFT JOIN collections_dunningsettings s ON s.entity_id = p.entity_id
        LEFT JOIN LATERAL (
            SELECT v.promise_grace_days FROM collections_dunningpolicy v
            WHERE v.code = coalesce(nullif(a.policy, ''), sc.policy, s.policy) AND v.effective_on <= p.pay_by
                AND v.activated_at IS NOT NULL
            ORDER BY v.effective_on DESC LIMIT 1
        ) policy ON true
        WHERE p.state <> 'withdrawn' AND (entities IS NULL OR p.entity_id = ANY(entities))
            AND (customers IS NULL OR p.customer_id = ANY(customers))
    ), part AS (
        SELECT p.id, least(pi.amount, sum(a.amount)) AS paid
        FROM promise p JOIN collections_promiseditem pi ON pi.promise_id = p.id
        JOIN invoicing_allocation a ON a.debit_item_id = pi.item_id AND a.amount > 0
            AND a.counts_from BETWEEN p.promised_on AND least(as_of, p.last_day)
            AND (a.counts_from > p.promised_on OR a.recorded_at >= p.recorded_at)
            AND NOT EXISTS (
                SELECT 1 FROM invoicing_allocation r WHERE r.reverses_id = a.id AND r.counts_from <= as_of
            )
        GROUP BY p.id, pi.id, pi.amount
    ), whole AS (
        SELECT p.id, p.amount, p.last_day, coalesce(sum(part.paid), 0) AS paid
        FROM promise p LEFT JOIN part ON part.id = p.id GROUP BY p.id, p.amount, p.last_day
    )
    SELECT w.id,
        CASE WHEN w.paid >= w.amount THEN 'kept' WHEN as_of <= w.last_day THEN 'open'
             WHEN w.paid > 0 THEN 'partly_kept' ELSE 'broken' END,
        w.paid, w.last_day
    FROM whole w
$$;
DROP FUNCTION collections_counting(bigint, date, timestamptz, date);
