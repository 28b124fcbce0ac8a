CREATE TRIGGER statement_stamped BEFORE UPDATE ON invoicing_statement FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER statement_run_stamped BEFORE UPDATE ON invoicing_statementrun FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER statement_schedule_stamped BEFORE UPDATE ON invoicing_statementschedule
    FOR EACH ROW EXECUTE FUNCTION core_stamp();

CREATE FUNCTION invoicing_statements_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_statement s SET payer_id = n.payer_id FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE s.customer_id = n.id AND n.payer_id IS DISTINCT FROM o.payer_id AND s.payer_id <> n.payer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER statements_follow_payer AFTER UPDATE ON orders_customer
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_statements_follow_payer();
-- reverse
DROP TRIGGER statements_follow_payer ON orders_customer;
DROP FUNCTION invoicing_statements_follow_payer();
DROP TRIGGER statement_schedule_stamped ON invoicing_statementschedule;
DROP TRIGGER statement_run_stamped ON invoicing_statementrun;
DROP TRIGGER statement_stamped ON invoicing_statement;
