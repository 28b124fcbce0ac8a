-- A line that is used for a receipt has the receipt's payer from then on. It is written together with what is open of the
-- line: a line stands in sixteen indexes, and to write it twice costs twice as much.
CREATE OR REPLACE FUNCTION invoicing_use_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    PERFORM 1 FROM invoicing_bankline WHERE id IN (SELECT line_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;

    SELECT u.id INTO wrong FROM new_rows u JOIN invoicing_bankline l ON l.id = u.line_id
        LEFT JOIN invoicing_lineuse r ON r.id = u.reverses_id
        WHERE CASE WHEN u.reverses_id IS NULL THEN sign(u.amount) <> sign(l.amount) OR NOT l.is_money
                   ELSE u.amount <> -r.amount OR u.line_id <> r.line_id OR u.kind <> r.kind
                       OR r.reverses_id IS NOT NULL END
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'use % of a bank line is not on its side of zero, or does not undo exactly what it reverses', wrong
            USING ERRCODE = 'check_violation';
    END IF;

    UPDATE invoicing_bankline l SET open_amount = l.open_amount - t.used, payer_id = coalesce(t.payer_id, l.payer_id)
        FROM (
            SELECT u.line_id, sum(u.amount) AS used, max(r.payer_id) AS payer_id
            FROM new_rows u LEFT JOIN invoicing_receipt r
                ON r.id = u.receipt_id AND u.kind = 'receipt' AND u.reverses_id IS NULL
            GROUP BY u.line_id HAVING sum(u.amount) <> 0
        ) AS t
        WHERE t.line_id = l.id;
    RETURN NULL;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION invoicing_use_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    PERFORM 1 FROM invoicing_bankline WHERE id IN (SELECT line_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;

    SELECT u.id INTO wrong FROM new_rows u JOIN invoicing_bankline l ON l.id = u.line_id
        LEFT JOIN invoicing_lineuse r ON r.id = u.reverses_id
        WHERE CASE WHEN u.reverses_id IS NULL THEN sign(u.amount) <> sign(l.amount) OR NOT l.is_money
                   ELSE u.amount <> -r.amount OR u.line_id <> r.line_id OR u.kind <> r.kind
                       OR r.reverses_id IS NOT NULL END
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'use % of a bank line is not on its side of zero, or does not undo exactly what it reverses', wrong
            USING ERRCODE = 'check_violation';
    END IF;

    UPDATE invoicing_bankline l SET open_amount = l.open_amount - t.used
        FROM (SELECT line_id, sum(amount) AS used FROM new_rows GROUP BY line_id HAVING sum(amount) <> 0) AS t
        WHERE t.line_id = l.id;
    RETURN NULL;
END $$;
