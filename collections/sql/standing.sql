-- What stands against collecting an item on a day. Plain queries, so that whoever asks has them planned with its own.

-- Items that a collector's dispute says are contested.
CREATE FUNCTION collections_contested(day date) RETURNS TABLE (item_id bigint) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT d.item_id FROM collections_dispute d
    WHERE d.opened_on <= day AND (d.closed_on IS NULL OR d.closed_on > day)
$$;

-- Items that a promise was given for by the day and not withdrawn, and the last day by which one is to be paid.
CREATE FUNCTION collections_promised(day date) RETURNS TABLE (item_id bigint, pay_by date) LANGUAGE sql STABLE AS $$
    SELECT pi.item_id, max(p.pay_by)
    FROM collections_promisetopay p JOIN collections_promiseditem pi ON pi.promise_id = p.id
    WHERE p.promised_on <= day AND (p.withdrawn_on IS NULL OR p.withdrawn_on > day)
    GROUP BY pi.item_id
$$;

-- Holds in force: on an item, else on a customer, with one legal entity or (NULL) all of them.
CREATE FUNCTION collections_held(day date) RETURNS TABLE (customer_id bigint, entity_id bigint, item_id bigint)
    LANGUAGE sql STABLE AS $$
    SELECT DISTINCT h.customer_id, h.entity_id, h.item_id FROM collections_hold h
    WHERE h.from_on <= day AND (h.until IS NULL OR h.until >= day)
$$;
-- reverse
DROP FUNCTION collections_held(date);
DROP FUNCTION collections_promised(date);
DROP FUNCTION collections_contested(date);
