-- A price as people read it: with at least two places, and what it is for where that is not one.
CREATE FUNCTION invoicing_price(price numeric, per numeric) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN scale(trim_scale(price)) < 2 THEN round(price, 2) ELSE trim_scale(price) END
        || CASE WHEN per <> 1 THEN ' for ' || trim_scale(per) ELSE '' END
$$;
-- How the lines of an invoice differ from the lines of orders that they are of: by the price, the tax, and by what
-- stands on invoices beyond what was ordered. Amounts are net, in the invoice's currency: what the invoice has more.
CREATE OR REPLACE FUNCTION invoicing_differences(invoices bigint[])
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
    SELECT l.invoice_id, l.id, l.order_line_id, 'price'::varchar, invoicing_price(l.o_price, l.o_per),
        invoicing_price(round(l.net * l.price_per / nullif(l.quantity, 0), 6), l.price_per),
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
-- reverse
-- How the lines of an invoice differ from the lines of orders that they are of: by the price, the tax, and by what
-- stands on invoices beyond what was ordered. Amounts are net, in the invoice's currency: what the invoice has more.
CREATE OR REPLACE FUNCTION invoicing_differences(invoices bigint[])
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
DROP FUNCTION invoicing_price(numeric, numeric);
