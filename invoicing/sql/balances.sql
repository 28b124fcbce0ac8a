-- Every item with a balance on a day, with what was known by then. It starts from today's open amounts and takes
-- back the allocations that count only from later, so today costs nothing extra and the past is exact.
--
-- The cycle, too, is the one of that day: every opening again that counts only from later is taken back. An item is
-- opened again by the allocation before which, in the order of recording, nothing was open. Few items ever are, so it
-- begins from those, one by one (a join of sets goes quadratic where statistics lag behind a large load). It returns one
-- row an item, so the planner drops it where nobody asks for the cycle.
--
-- PARALLEL SAFE and NOT MATERIALIZED let a scan of the whole book use several workers, which a CTE that is kept would
-- forbid: an ageing of a million items then takes as long as one over open_amount by hand. What it costs is that the
-- allocations after a past day are summed up once more. Nothing is added where nothing came later, for the same reason.
CREATE FUNCTION invoicing_balances(as_of date)
    RETURNS TABLE (item_id bigint, entity_id bigint, customer_id bigint, payer_id bigint, currency varchar,
                   due_on date, disputed_on date, cycle smallint, amount numeric, balance numeric)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH later AS NOT MATERIALIZED (
        SELECT t.id, sum(t.delta) AS delta FROM (
            SELECT a.debit_item_id AS id, a.amount AS delta FROM invoicing_allocation a WHERE a.counts_from > as_of
            UNION ALL
            SELECT a.credit_item_id, -a.amount FROM invoicing_allocation a WHERE a.counts_from > as_of
        ) AS t GROUP BY t.id
    )
    SELECT b.item_id, b.entity_id, b.customer_id, b.payer_id, b.currency, b.due_on, b.disputed_on,
           (b.cycle - coalesce(r.times, 0))::smallint, b.amount, b.balance
    FROM (
        SELECT i.id AS item_id, i.entity_id, i.customer_id, i.payer_id, i.currency, i.due_on, i.disputed_on, i.cycle,
               i.amount, coalesce(i.open_amount + l.delta, i.open_amount) AS balance
            FROM invoicing_openitem i LEFT JOIN later l ON l.id = i.id
            WHERE i.open_amount <> 0 AND i.counts_from <= as_of AND (l.delta IS NULL OR i.open_amount + l.delta <> 0)
        UNION ALL
        SELECT i.id, i.entity_id, i.customer_id, i.payer_id, i.currency, i.due_on, i.disputed_on, i.cycle, i.amount,
               l.delta
            FROM invoicing_openitem i JOIN later l ON l.id = i.id
            WHERE i.open_amount = 0 AND i.counts_from <= as_of AND l.delta <> 0
    ) AS b
    LEFT JOIN (
        SELECT i.id, sum(opened.times) AS times
        FROM invoicing_openitem i CROSS JOIN LATERAL (
            SELECT count(*) AS times FROM (
                SELECT a.counts_from,
                       abs(i.amount) - coalesce(sum(a.amount) OVER (
                           ORDER BY a.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                       ), 0) AS open_before
                FROM (
                    SELECT id, amount, counts_from FROM invoicing_allocation WHERE debit_item_id = i.id
                    UNION ALL SELECT id, amount, counts_from FROM invoicing_allocation WHERE credit_item_id = i.id
                ) a
            ) before
            WHERE before.open_before = 0 AND before.counts_from > as_of
        ) AS opened
        WHERE i.cycle > 1 GROUP BY i.id
    ) AS r ON r.id = b.item_id
$$;
-- reverse
DROP FUNCTION invoicing_balances(date);
