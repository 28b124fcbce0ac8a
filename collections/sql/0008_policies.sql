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

-- A version that a run has decided by stays as it was, with its levels and minimums: whoever asks later why something was
-- chased finds the rules of that day.
CREATE FUNCTION collections_keep_used_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.used THEN
        RAISE EXCEPTION 'policy % v% is in use and stays as it is', OLD.code, OLD.version USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION collections_keep_used_level() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept text;
BEGIN
    IF TG_TABLE_NAME = 'collections_dunninglevel' THEN
        SELECT v.code || ' v' || v.version INTO kept FROM collections_dunningpolicy v
        WHERE v.id IN (OLD.policy_id, NEW.policy_id) AND v.used;
    ELSE
        SELECT v.code || ' v' || v.version INTO kept
        FROM collections_dunningpolicy v JOIN collections_dunninglevel l ON l.policy_id = v.id
        WHERE l.id IN (OLD.level_id, NEW.level_id) AND v.used;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'policy % is in use and its levels stay as they are', kept USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER policy_stamped BEFORE UPDATE ON collections_dunningpolicy
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER used_policy_stays BEFORE UPDATE OR DELETE ON collections_dunningpolicy
    FOR EACH ROW EXECUTE FUNCTION collections_keep_used_policy();
CREATE TRIGGER used_levels_stay BEFORE INSERT OR UPDATE OR DELETE ON collections_dunninglevel
    FOR EACH ROW EXECUTE FUNCTION collections_keep_used_level();
CREATE TRIGGER used_minimums_stay BEFORE INSERT OR UPDATE OR DELETE ON collections_levelminimum
    FOR EACH ROW EXECUTE FUNCTION collections_keep_used_level();

UPDATE collections_dunningpolicy v SET used = true
WHERE EXISTS (SELECT 1 FROM collections_notice n WHERE n.policy_id = v.id);
-- reverse
DROP TRIGGER used_minimums_stay ON collections_levelminimum;
DROP TRIGGER used_levels_stay ON collections_dunninglevel;
DROP TRIGGER used_policy_stays ON collections_dunningpolicy;
DROP TRIGGER policy_stamped ON collections_dunningpolicy;
DROP FUNCTION collections_keep_used_level();
DROP FUNCTION collections_keep_used_policy();
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
        LEFT JOIN collections_dunningsettings s ON s.entity_id = p.entity_id
        LEFT JOIN LATERAL (
            SELECT v.promise_grace_days FROM collections_dunningpolicy v
            WHERE v.code = coalesce(nullif(a.policy, ''), s.policy) AND v.effective_on <= p.pay_by
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
