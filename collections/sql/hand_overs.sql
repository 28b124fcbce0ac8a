-- What an agency or a lawyer should have by a day, by what the policies say: items that nothing holds back, that have had
-- the last level, so many days after its last notice, the deadline that it set (with the days of the bank), or the end
-- of a placement before; where the customer's add up to what the policy asks for in the currency.
CREATE FUNCTION dunning_hand_overs(as_of date, entity bigint, first_payer bigint, last_payer bigint)
    RETURNS TABLE (item_id bigint, entity_id bigint, customer_id bigint, payer_id bigint, currency varchar,
                   balance numeric, chased numeric, days_late integer, last_notice_on date, since date)
    LANGUAGE sql STABLE AS $$
    WITH due AS MATERIALIZED (
        SELECT f.*, greatest(f.last_notice_on, f.pay_by + f.bank_days, p.until) + v.hands_over_after AS since
        FROM dunning_facts(dunning_hand_overs.as_of, NULL, entity, first_payer, last_payer) f
        LEFT JOIN collections_dunningpolicy v ON v.id = f.policy_id
        LEFT JOIN (
            SELECT item_id, max(until) AS until FROM collections_placeditem
            WHERE until <= dunning_hand_overs.as_of GROUP BY item_id
        ) p ON p.item_id = f.item_id
        WHERE EXISTS (
                SELECT 1 FROM collections_dunningpolicy WHERE hands_over_after IS NOT NULL AND activated_at IS NOT NULL
            )
            AND f.blocked IS NULL AND f.days_late > 0 AND f.last_level >= f.levels AND NOT f.noticed_later
            AND greatest(f.last_notice_on, f.pay_by + f.bank_days, p.until) + v.hands_over_after
                <= dunning_hand_overs.as_of
    ), worth AS (
        SELECT d.entity_id, d.customer_id, d.currency FROM due d
        LEFT JOIN collections_handoverminimum m ON m.policy_id = d.policy_id AND m.currency = d.currency
        GROUP BY d.entity_id, d.customer_id, d.currency HAVING sum(d.chased) >= coalesce(max(m.amount), 0)
    )
    SELECT d.item_id, d.entity_id, d.customer_id, d.payer_id, d.currency, d.balance, d.chased, d.days_late,
           d.last_notice_on, d.since
    FROM due d
    JOIN worth w ON w.entity_id = d.entity_id AND w.customer_id = d.customer_id AND w.currency = d.currency
$$;

-- What was handed over by a version that a run has decided by stays explainable, too.
CREATE FUNCTION collections_keep_used_hand_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept text;
BEGIN
    SELECT v.code || ' v' || v.version INTO kept FROM collections_dunningpolicy v
    WHERE v.id IN (OLD.policy_id, NEW.policy_id) AND v.used;
    IF FOUND THEN
        RAISE EXCEPTION 'policy % is in use and its minimums stay as they are', kept
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER used_hand_overs_stay BEFORE INSERT OR UPDATE OR DELETE ON collections_handoverminimum
    FOR EACH ROW EXECUTE FUNCTION collections_keep_used_hand_over();
CREATE TRIGGER agency_stamped BEFORE UPDATE ON collections_agency FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER placement_stamped BEFORE UPDATE ON collections_placement FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER placement_stamped ON collections_placement;
DROP TRIGGER agency_stamped ON collections_agency;
DROP TRIGGER used_hand_overs_stay ON collections_handoverminimum;
DROP FUNCTION collections_keep_used_hand_over();
DROP FUNCTION dunning_hand_overs(date, bigint, bigint, bigint);
