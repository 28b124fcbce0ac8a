CREATE TRIGGER billing_run_stamped BEFORE UPDATE ON invoicing_billingrun FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER billing_tolerance_stamped BEFORE UPDATE ON invoicing_billingtolerance FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();

-- What stands on invoices of the lines of deliveries, drafts among them, is changed by the difference, once they are
-- locked in the order of their ids. A CHECK holds it to what was delivered, so that nothing is billed twice.
CREATE FUNCTION invoicing_bill(lines bigint[], deltas numeric[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(lines) IS NULL OR cardinality(lines) = 0 THEN
        RETURN;
    END IF;
    PERFORM 1 FROM orders_deliveryline WHERE id = ANY (lines) ORDER BY id FOR NO KEY UPDATE;
    UPDATE orders_deliveryline l SET billed = l.billed + t.delta
        FROM (SELECT id, sum(delta) AS delta FROM unnest(lines, deltas) AS d (id, delta) GROUP BY id
              HAVING sum(delta) <> 0) AS t
        WHERE t.id = l.id;
END $$;

CREATE FUNCTION invoicing_lines_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM invoicing_bill(array_agg(n.delivery_line_id), array_agg(n.quantity)) FROM new_rows n
        JOIN invoicing_invoice i ON i.id = n.invoice_id AND i.kind = 'invoice' AND i.state <> 'cancelled'
        WHERE n.delivery_line_id IS NOT NULL;
    RETURN NULL;
END $$;
-- Only drafts lose lines; a draft that is thrown away may be gone before them.
CREATE FUNCTION invoicing_lines_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM invoicing_bill(array_agg(o.delivery_line_id), array_agg(-o.quantity)) FROM old_rows o
        WHERE o.delivery_line_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = o.invoice_id AND i.kind <> 'invoice');
    RETURN NULL;
END $$;
CREATE FUNCTION invoicing_lines_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM invoicing_bill(array_agg(c.id), array_agg(c.delta)) FROM (
        SELECT n.delivery_line_id AS id, n.quantity AS delta, n.invoice_id FROM new_rows n JOIN old_rows o USING (id)
            WHERE (n.delivery_line_id, n.quantity) IS DISTINCT FROM (o.delivery_line_id, o.quantity)
        UNION ALL
        SELECT o.delivery_line_id, -o.quantity, o.invoice_id FROM new_rows n JOIN old_rows o USING (id)
            WHERE (n.delivery_line_id, n.quantity) IS DISTINCT FROM (o.delivery_line_id, o.quantity)
    ) c JOIN invoicing_invoice i ON i.id = c.invoice_id AND i.kind = 'invoice' WHERE c.id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_lines_bill AFTER INSERT ON invoicing_invoiceline
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_lines_added();
CREATE TRIGGER invoice_lines_free AFTER DELETE ON invoicing_invoiceline
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_lines_gone();
CREATE TRIGGER invoice_lines_rebill AFTER UPDATE ON invoicing_invoiceline
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_lines_changed();

-- What is invoiced of the lines of orders follows the invoices that are issued, and those that are cancelled, which
-- frees the lines of deliveries too.
CREATE FUNCTION invoicing_orders_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint[];
    deltas numeric[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.state <> o.state) THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(l.order_line_id), array_agg(CASE n.state WHEN 'issued' THEN l.quantity ELSE -l.quantity END)
        INTO lines, deltas
        FROM new_rows n JOIN old_rows o ON o.id = n.id JOIN invoicing_invoiceline l ON l.invoice_id = n.id
        WHERE n.state <> o.state AND n.kind = 'invoice' AND n.state IN ('issued', 'cancelled')
            AND l.order_line_id IS NOT NULL;
    IF lines IS NOT NULL THEN
        PERFORM 1 FROM orders_orderline WHERE id = ANY (lines) ORDER BY id FOR NO KEY UPDATE;
        UPDATE orders_orderline l SET invoiced = l.invoiced + t.delta
            FROM (SELECT id, sum(delta) AS delta FROM unnest(lines, deltas) AS d (id, delta) GROUP BY id
                  HAVING sum(delta) <> 0) AS t
            WHERE t.id = l.id;
    END IF;
    PERFORM invoicing_bill(array_agg(l.delivery_line_id), array_agg(-l.quantity))
        FROM new_rows n JOIN old_rows o ON o.id = n.id JOIN invoicing_invoiceline l ON l.invoice_id = n.id
        WHERE n.state = 'cancelled' AND o.state <> 'cancelled' AND n.kind = 'invoice'
            AND l.delivery_line_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_moves_orders AFTER UPDATE ON invoicing_invoice
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_orders_follow();

-- What is to be invoiced of a legal entity by a day, line by line, by what its accounts agreed: of orders that are
-- confirmed, of deliveries that were shipped, or of those that are proved. What was invoiced of an order's line without
-- a delivery covers what was delivered of it first. `period_from` and `period_until`: what one invoice goes over, where
-- it is a collective one; it is due once its period is over. `customers`: of these only; NULL is all.
CREATE FUNCTION invoicing_billable(entity bigint, as_of date, customers bigint[])
    RETURNS TABLE (customer_id bigint, order_id bigint, order_line_id bigint, delivery_id bigint,
        delivery_line_id bigint, quantity numeric, done_on date, period_from date, period_until date)
    LANGUAGE sql STABLE AS $$
    WITH accounts AS (
        SELECT k.customer_id, k.invoice_on, k.collective FROM orders_account k
        WHERE k.entity_id = invoicing_billable.entity
            AND (invoicing_billable.customers IS NULL OR k.customer_id = ANY (invoicing_billable.customers))
    ), open_lines AS (
        SELECT d.customer_id, l.order_line_id, d.id AS delivery_id, l.id AS delivery_line_id, l.quantity - l.billed AS open,
            sum(l.quantity - l.billed) OVER (PARTITION BY l.order_line_id ORDER BY l.id) AS so_far,
            coalesce(d.delivered_on, d.shipped_on) AS done_on, d.state, k.invoice_on, k.collective
        FROM accounts k
        JOIN orders_delivery d ON d.entity_id = invoicing_billable.entity AND d.customer_id = k.customer_id
            AND d.state IN ('shipped', 'delivered', 'proved')
        JOIN orders_deliveryline l ON l.delivery_id = d.id AND l.billed < l.quantity
        WHERE k.invoice_on <> 'order'
    ), ahead AS (
        SELECT l.order_line_id, sum(l.quantity) AS quantity
        FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
        WHERE l.order_line_id IS NOT NULL AND l.delivery_line_id IS NULL AND i.kind = 'invoice'
            AND i.state <> 'cancelled' AND i.entity_id = invoicing_billable.entity
            AND (invoicing_billable.customers IS NULL OR i.customer_id = ANY (invoicing_billable.customers))
        GROUP BY 1
    ), of_deliveries AS (
        SELECT o.customer_id, o.order_line_id, o.delivery_id, o.delivery_line_id,
            least(o.open, o.so_far - coalesce(a.quantity, 0)) AS quantity, o.done_on, o.collective
        FROM open_lines o LEFT JOIN ahead a USING (order_line_id)
        WHERE (o.invoice_on = 'delivery' OR o.state = 'proved') AND o.so_far > coalesce(a.quantity, 0)
            AND o.done_on <= invoicing_billable.as_of
    ), of_orders AS (
        SELECT o.customer_id, l.id AS order_line_id,
            l.quantity - l.closed - coalesce(a.quantity, 0) - coalesce(b.quantity, 0) AS quantity,
            o.ordered_on AS done_on, k.collective
        FROM accounts k
        JOIN orders_order o ON o.entity_id = invoicing_billable.entity AND o.customer_id = k.customer_id
            AND o.state IN ('confirmed', 'partly_delivered', 'delivered') AND o.ordered_on <= invoicing_billable.as_of
        JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN ahead a ON a.order_line_id = l.id
        LEFT JOIN LATERAL (
            SELECT sum(d.billed) AS quantity FROM orders_deliveryline d WHERE d.order_line_id = l.id
        ) b ON true
        WHERE k.invoice_on = 'order'
    ), found AS (
        SELECT f.customer_id, f.order_line_id, f.delivery_id, f.delivery_line_id, f.quantity, f.done_on, f.collective
            FROM of_deliveries f
        UNION ALL
        SELECT f.customer_id, f.order_line_id, NULL, NULL, f.quantity, f.done_on, f.collective
            FROM of_orders f WHERE f.quantity > 0
    )
    SELECT f.customer_id, l.order_id, f.order_line_id, f.delivery_id, f.delivery_line_id, f.quantity, f.done_on,
        p.period_from, p.period_until
    FROM found f JOIN orders_orderline l ON l.id = f.order_line_id
    CROSS JOIN LATERAL (SELECT
        CASE f.collective WHEN 'daily' THEN f.done_on WHEN 'weekly' THEN date_trunc('week', f.done_on)::date
            WHEN 'monthly' THEN date_trunc('month', f.done_on)::date END AS period_from,
        CASE f.collective WHEN 'daily' THEN f.done_on WHEN 'weekly' THEN date_trunc('week', f.done_on)::date + 6
            WHEN 'monthly' THEN (date_trunc('month', f.done_on) + interval '1 month - 1 day')::date END AS period_until
    ) p
    WHERE p.period_until IS NULL OR p.period_until < invoicing_billable.as_of
$$;

-- How the lines of an invoice differ from the lines of orders that they are of: by the price, the tax, and by what
-- stands on invoices beyond what was ordered. Amounts are net, in the invoice's currency: what the invoice has more.
CREATE FUNCTION invoicing_differences(invoices bigint[])
    RETURNS TABLE (invoice_id bigint, line_id bigint, order_line_id bigint, kind varchar, ordered varchar,
        invoiced varchar, amount numeric, agreed numeric) LANGUAGE sql STABLE AS $$
    WITH lines AS (
        SELECT l.*, o.price AS o_price, o.price_per AS o_per, o.tax_category AS o_category, o.tax_rate AS o_rate,
            o.quantity - o.closed AS o_quantity, core_minor_unit(i.currency) AS places, i.currency,
            r.terms_id AS o_terms, i.terms_id AS i_terms, i.kind AS i_kind,
            round(l.quantity * o.price / o.price_per, core_minor_unit(i.currency)) AS at_order
        FROM unnest(invoicing_differences.invoices) AS w (id)
        JOIN invoicing_invoice i ON i.id = w.id AND i.kind = 'invoice'
        JOIN invoicing_invoiceline l ON l.invoice_id = i.id AND l.order_line_id IS NOT NULL
        JOIN orders_orderline o ON o.id = l.order_line_id JOIN orders_order r ON r.id = o.order_id
    ), sums AS (
        SELECT l.order_line_id, sum(l.quantity) AS quantity
        FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
        WHERE l.order_line_id IN (SELECT order_line_id FROM lines) AND i.kind = 'invoice' AND i.state <> 'cancelled'
        GROUP BY 1
    )
    SELECT l.invoice_id, l.id, l.order_line_id, 'price'::varchar, trim_scale(l.o_price) || '/' || trim_scale(l.o_per),
        trim_scale(round(l.net * l.price_per / nullif(l.quantity, 0), 6)) || '/' || trim_scale(l.price_per),
        l.net - l.at_order, abs(l.at_order)
    FROM lines l WHERE l.net <> l.at_order
    UNION ALL
    SELECT l.invoice_id, l.id, l.order_line_id, 'tax', l.o_category || ' ' || trim_scale(l.o_rate),
        l.category || ' ' || trim_scale(l.rate), round(l.net * (l.rate - l.o_rate) / 100, l.places), abs(l.at_order)
    FROM lines l WHERE (l.category, l.rate) <> (l.o_category, l.o_rate)
    UNION ALL
    SELECT l.invoice_id, l.id, l.order_line_id, 'quantity', trim_scale(l.o_quantity)::varchar,
        trim_scale(s.quantity)::varchar,
        round(least(l.quantity, s.quantity - l.o_quantity) * l.o_price / l.o_per, l.places),
        round(l.o_quantity * l.o_price / l.o_per, l.places)
    FROM lines l JOIN sums s ON s.order_line_id = l.order_line_id WHERE s.quantity > l.o_quantity
    UNION ALL
    SELECT l.invoice_id, min(l.id), min(l.order_line_id), 'terms', min(o.code), min(n.code), 0, 0
    FROM lines l LEFT JOIN orders_paymentterms o ON o.id = l.o_terms LEFT JOIN orders_paymentterms n ON n.id = l.i_terms
    WHERE l.o_terms IS NOT NULL AND l.i_terms IS NOT NULL AND l.i_terms <> l.o_terms
    GROUP BY l.invoice_id
$$;

-- What an invoice said when it was accepted: changed afterwards, it is judged anew.
CREATE FUNCTION invoicing_lines_digest(invoice bigint) RETURNS varchar LANGUAGE sql STABLE AS $$
    SELECT md5(coalesce(string_agg(concat_ws('|', l.position, l.order_line_id, l.quantity, l.price, l.price_per,
        l.category, l.rate, l.net), ';' ORDER BY l.position), '') || (SELECT coalesce(i.terms_id::text, '')
        FROM invoicing_invoice i WHERE i.id = invoicing_lines_digest.invoice))
    FROM invoicing_invoiceline l WHERE l.invoice_id = invoicing_lines_digest.invoice
$$;

-- Of these, what is beyond the tolerance of its account and was not accepted. Other terms are never tolerated; the
-- tolerance is the larger of the amount and the percentage of what was agreed.
CREATE FUNCTION invoicing_beyond_tolerance(invoices bigint[])
    RETURNS TABLE (invoice_id bigint, line_id bigint, order_line_id bigint, kind varchar, ordered varchar,
        invoiced varchar, amount numeric, agreed numeric) LANGUAGE sql STABLE AS $$
    SELECT d.* FROM invoicing_differences(invoicing_beyond_tolerance.invoices) d
    JOIN invoicing_invoice i ON i.id = d.invoice_id
    LEFT JOIN orders_account k ON k.entity_id = i.entity_id AND k.customer_id = i.customer_id
    LEFT JOIN invoicing_billingtolerance t ON t.account_id = k.id
    LEFT JOIN invoicing_accepteddifference a ON a.invoice_id = d.invoice_id
    WHERE (d.kind IN ('terms', 'tax')
            OR abs(d.amount) > greatest(coalesce(t.amount, 0), coalesce(t.percent, 0) * d.agreed / 100))
        AND (a.id IS NULL OR a.digest <> invoicing_lines_digest(d.invoice_id))
$$;
-- reverse
DROP FUNCTION invoicing_beyond_tolerance(bigint[]);
DROP FUNCTION invoicing_lines_digest(bigint);
DROP FUNCTION invoicing_differences(bigint[]);
DROP FUNCTION invoicing_billable(bigint, date, bigint[]);
DROP TRIGGER invoice_moves_orders ON invoicing_invoice;
DROP FUNCTION invoicing_orders_follow();
DROP TRIGGER invoice_lines_rebill ON invoicing_invoiceline;
DROP TRIGGER invoice_lines_free ON invoicing_invoiceline;
DROP TRIGGER invoice_lines_bill ON invoicing_invoiceline;
DROP FUNCTION invoicing_lines_changed();
DROP FUNCTION invoicing_lines_gone();
DROP FUNCTION invoicing_lines_added();
DROP FUNCTION invoicing_bill(bigint[], numeric[]);
DROP TRIGGER billing_tolerance_stamped ON invoicing_billingtolerance;
DROP TRIGGER billing_run_stamped ON invoicing_billingrun;
