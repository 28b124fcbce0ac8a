CREATE TRIGGER mandate_stamped BEFORE UPDATE ON invoicing_mandate FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER debit_run_stamped BEFORE UPDATE ON invoicing_debitrun FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER collection_stamped BEFORE UPDATE ON invoicing_collection FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- Whose a mandate is, and when it was signed, is on the paper; what changes of it is amended.
CREATE TRIGGER mandate_stays BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, reference, signed_on, one_off
    ON invoicing_mandate EXECUTE FUNCTION invoicing_refuse_change();
-- Who proposed what stays said: only what became of it changes.
CREATE TRIGGER debit_run_stays_asked
    BEFORE DELETE OR UPDATE OF id, entity_id, account_id, due_until, currency, asked_by_id, asker, asked_at
    ON invoicing_debitrun EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER collection_stays
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, run_id, item_id, mandate_id, currency, amount
    ON invoicing_collection EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER debit_file_never_changes BEFORE DELETE OR UPDATE OF id, entity_id, run_id, scheme, message_id, count, total
    ON invoicing_debitfile EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER left_out_never_changes BEFORE DELETE OR UPDATE ON invoicing_leftout
    EXECUTE FUNCTION invoicing_refuse_change();
-- reverse
DROP TRIGGER left_out_never_changes ON invoicing_leftout;
DROP TRIGGER debit_file_never_changes ON invoicing_debitfile;
DROP TRIGGER collection_stays ON invoicing_collection;
DROP TRIGGER debit_run_stays_asked ON invoicing_debitrun;
DROP TRIGGER mandate_stays ON invoicing_mandate;
DROP TRIGGER collection_stamped ON invoicing_collection;
DROP TRIGGER debit_run_stamped ON invoicing_debitrun;
DROP TRIGGER mandate_stamped ON invoicing_mandate;
