-- Items that a collector's dispute says are contested, and how much of each; NULL: all of it.
DROP FUNCTION collections_contested(date);
CREATE FUNCTION collections_contested(day date) RETURNS TABLE (item_id bigint, amount numeric) LANGUAGE sql STABLE AS $$
    SELECT d.item_id, CASE WHEN bool_and(d.amount IS NOT NULL) THEN sum(d.amount) END FROM collections_dispute d
    WHERE d.opened_on <= day AND (d.closed_on IS NULL OR d.closed_on > day)
    GROUP BY d.item_id
$$;

-- The last day by which somebody spoke with a customer of a legal entity, or was promised something: calls that were
-- answered, and promises. Nothing is asked before `since`.
CREATE FUNCTION collections_contacted(day date, since date)
    RETURNS TABLE (customer_id bigint, entity_id bigint, last_on date) LANGUAGE sql STABLE AS $$
    SELECT t.customer_id, t.entity_id, max(t.spoke_on) FROM (
        SELECT a.customer_id, a.entity_id, (a.happened_at AT TIME ZONE e.time_zone)::date AS spoke_on
        FROM collections_activity a JOIN orders_legalentity e ON e.id = a.entity_id
        WHERE a.happened_at >= since - 1 AND a.kind = 'call'
            AND a.outcome IN ('reached', 'promised', 'disputes', 'already_paid')
        UNION ALL
        SELECT p.customer_id, p.entity_id, p.promised_on FROM collections_promisetopay p
        WHERE p.promised_on BETWEEN since AND day
    ) t WHERE t.spoke_on BETWEEN since AND day
    GROUP BY t.customer_id, t.entity_id
$$;

-- Items that a proposal for a line of the bank pays, by the day and not decided yet by then, and how much of each.
CREATE FUNCTION collections_paying(day date) RETURNS TABLE (item_id bigint, amount numeric) LANGUAGE sql STABLE AS $$
    SELECT s.item_id, max(s.amount + s.discount + s.charge + s.difference + s.deduction)
    FROM invoicing_matchproposal p JOIN invoicing_matchsplit s ON s.proposal_id = p.id
    WHERE p.made_at < day + 1 AND (p.state = 'open' OR p.decided_at >= day + 1)
    GROUP BY s.item_id
$$;
-- reverse
DROP FUNCTION collections_paying(date);
DROP FUNCTION collections_contacted(date, date);
DROP FUNCTION collections_contested(date);
-- Items that a collector's dispute says are contested.
CREATE FUNCTION collections_contested(day date) RETURNS TABLE (item_id bigint) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT d.item_id FROM collections_dispute d
    WHERE d.opened_on <= day AND (d.closed_on IS NULL OR d.closed_on > day)
$$;
