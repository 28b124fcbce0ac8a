-- What an update has changed is told by EXCEPT and not by a join of its two tables of rows: PostgreSQL plans that once in
-- a connection, for as few rows as the first update had, and then compares each row of a large one with each.
CREATE OR REPLACE FUNCTION invoicing_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moved bigint[] := ARRAY(
    SELECT id FROM (SELECT id, payer_id FROM new_rows EXCEPT SELECT id, payer_id FROM old_rows) m
);
BEGIN
    IF moved = '{}' THEN
        RETURN NULL;
    END IF;
    UPDATE invoicing_entry e SET payer_id = c.payer_id FROM invoicing_openitem i, orders_customer c
        WHERE i.entry_id = e.id AND i.customer_id = c.id AND c.id = ANY (moved);
    UPDATE invoicing_allocation a SET payer_id = c.payer_id FROM invoicing_openitem i, orders_customer c
        WHERE i.id = a.debit_item_id AND i.customer_id = c.id AND c.id = ANY (moved);
    UPDATE invoicing_receipt r SET payer_id = c.payer_id FROM orders_customer c
        WHERE r.customer_id = c.id AND c.id = ANY (moved);
    UPDATE invoicing_openitem i SET payer_id = c.payer_id FROM orders_customer c
        WHERE i.customer_id = c.id AND c.id = ANY (moved);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION invoicing_invoices_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_invoice i SET payer_id = n.payer_id
        FROM (SELECT id, payer_id FROM new_rows EXCEPT SELECT id, payer_id FROM old_rows) n
        WHERE i.customer_id = n.id AND i.payer_id <> n.payer_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION invoicing_early_offers_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_earlyoffer o SET payer_id = n.payer_id
        FROM (SELECT id, payer_id FROM new_rows EXCEPT SELECT id, payer_id FROM old_rows) n
        WHERE o.customer_id = n.id AND o.payer_id IS DISTINCT FROM n.payer_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION invoicing_statements_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_statement s SET payer_id = n.payer_id
        FROM (SELECT id, payer_id FROM new_rows EXCEPT SELECT id, payer_id FROM old_rows) n
        WHERE s.customer_id = n.id AND s.payer_id <> n.payer_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION invoicing_bank_follows_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_bankline l SET payer_id = c.payer_id
        FROM (SELECT id, payer_id FROM old_rows EXCEPT SELECT id, payer_id FROM new_rows) was
        JOIN orders_customer c ON c.id = was.id
        WHERE l.payer_id = was.payer_id
            AND EXISTS (SELECT 1 FROM invoicing_matchproposal p WHERE p.line_id = l.id AND p.customer_id = c.id);
    UPDATE invoicing_matchproposal p SET payer_id = n.payer_id
        FROM (SELECT id, payer_id FROM new_rows EXCEPT SELECT id, payer_id FROM old_rows) n
        WHERE p.customer_id = n.id AND p.payer_id <> n.payer_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION invoicing_lines_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM invoicing_bill(array_agg(c.delivery_line_id), array_agg(c.delta)) FROM (
        SELECT delivery_line_id, quantity AS delta, invoice_id FROM (
            SELECT id, delivery_line_id, quantity, invoice_id FROM new_rows
            EXCEPT SELECT id, delivery_line_id, quantity, invoice_id FROM old_rows) n
        UNION ALL
        SELECT delivery_line_id, -quantity, invoice_id FROM (
            SELECT id, delivery_line_id, quantity, invoice_id FROM old_rows
            EXCEPT SELECT id, delivery_line_id, quantity, invoice_id FROM new_rows) o
    ) c JOIN invoicing_invoice i ON i.id = c.invoice_id AND i.kind = 'invoice' WHERE c.delivery_line_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION invoicing_orders_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint[];
    deltas numeric[];
BEGIN
    IF NOT EXISTS (SELECT id, state FROM new_rows EXCEPT SELECT id, state FROM old_rows) THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(l.order_line_id), array_agg(CASE n.state WHEN 'issued' THEN l.quantity ELSE -l.quantity END)
        INTO lines, deltas
        FROM (SELECT id, state FROM new_rows WHERE kind = 'invoice' EXCEPT SELECT id, state FROM old_rows) n
        JOIN invoicing_invoiceline l ON l.invoice_id = n.id
        WHERE n.state IN ('issued', 'cancelled') AND l.order_line_id IS NOT NULL;
    IF lines IS NOT NULL THEN
        PERFORM 1 FROM orders_orderline WHERE id = ANY (lines) ORDER BY id FOR NO KEY UPDATE;
        UPDATE orders_orderline l SET invoiced = l.invoiced + t.delta
            FROM (SELECT id, sum(delta) AS delta FROM unnest(lines, deltas) AS d (id, delta) GROUP BY id
                  HAVING sum(delta) <> 0) AS t
            WHERE t.id = l.id;
    END IF;
    PERFORM invoicing_bill(array_agg(l.delivery_line_id), array_agg(-l.quantity))
        FROM (SELECT id, state FROM new_rows WHERE kind = 'invoice' EXCEPT SELECT id, state FROM old_rows) n
        JOIN invoicing_invoiceline l ON l.invoice_id = n.id
        WHERE n.state = 'cancelled' AND l.delivery_line_id IS NOT NULL;
    RETURN NULL;
END $$;
-- reverse
-- They do what those before do.
SELECT 1;
