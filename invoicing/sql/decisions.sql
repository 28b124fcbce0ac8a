-- Who asked for what stays said: only what became of it changes.
CREATE TRIGGER write_off_stays_asked
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, item_id, kind, currency, amount, asked_by_id, asker, asked_at
    ON invoicing_writeoff EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER refund_stays_asked
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, credit_item_id, currency, amount, asked_by_id, asker, asked_at
    ON invoicing_refund EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER bank_detail_stays_asked
    BEFORE DELETE OR UPDATE OF id, customer_id, asked_by_id, asker, asked_at
    ON invoicing_bankdetailchange EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER deduction_stays
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, item_id, receipt_id, currency, amount
    ON invoicing_deduction EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER refund_export_never_changes BEFORE DELETE OR UPDATE OF id, entity_id, account_id, count, total, currency
    ON invoicing_refundexport EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER concession_stays BEFORE DELETE OR UPDATE OF id, receipt_id, item_id, settles_id
    ON invoicing_concession EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER returned_payment_never_changes BEFORE DELETE OR UPDATE OF id, receipt_id, line_id, returned_on, bank_fee
    ON invoicing_returnedpayment EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER transfer_stays
    BEFORE DELETE OR UPDATE OF id, entity_id, kind, credit_item_id, out_item_id, in_item_id, rate, difference
    ON invoicing_transfer EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER realised_never_changes BEFORE DELETE OR UPDATE ON invoicing_realiseddifference
    EXECUTE FUNCTION invoicing_refuse_change();
-- The account may be erased once nothing is paid to it any more; until then nobody swaps it.
CREATE TRIGGER refund_keeps_its_account BEFORE UPDATE OF iban, holder ON invoicing_refund FOR EACH ROW
    WHEN ((OLD.iban, OLD.holder) IS DISTINCT FROM (NEW.iban, NEW.holder) AND NEW.state IN ('asked', 'approved', 'exported'))
    EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER bank_detail_keeps_its_account BEFORE UPDATE OF iban, bic ON invoicing_bankdetailchange FOR EACH ROW
    WHEN ((OLD.iban, OLD.bic) IS DISTINCT FROM (NEW.iban, NEW.bic) AND NEW.state IN ('asked', 'called'))
    EXECUTE FUNCTION invoicing_refuse_change();

CREATE TRIGGER write_off_stamped BEFORE UPDATE ON invoicing_writeoff FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER refund_stamped BEFORE UPDATE ON invoicing_refund FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER bank_detail_stamped BEFORE UPDATE ON invoicing_bankdetailchange
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER deduction_stamped BEFORE UPDATE ON invoicing_deduction FOR EACH ROW EXECUTE FUNCTION core_stamp();

CREATE TRIGGER write_off_context AFTER INSERT ON invoicing_writeoff
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER refund_context AFTER INSERT ON invoicing_refund FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER bank_detail_context AFTER INSERT ON invoicing_bankdetailchange
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER deduction_context AFTER INSERT ON invoicing_deduction
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER returned_payment_context AFTER INSERT ON invoicing_returnedpayment
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER transfer_context AFTER INSERT ON invoicing_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
-- reverse
DROP TRIGGER transfer_context ON invoicing_transfer;
DROP TRIGGER returned_payment_context ON invoicing_returnedpayment;
DROP TRIGGER deduction_context ON invoicing_deduction;
DROP TRIGGER bank_detail_context ON invoicing_bankdetailchange;
DROP TRIGGER refund_context ON invoicing_refund;
DROP TRIGGER write_off_context ON invoicing_writeoff;
DROP TRIGGER deduction_stamped ON invoicing_deduction;
DROP TRIGGER bank_detail_stamped ON invoicing_bankdetailchange;
DROP TRIGGER refund_stamped ON invoicing_refund;
DROP TRIGGER write_off_stamped ON invoicing_writeoff;
DROP TRIGGER bank_detail_keeps_its_account ON invoicing_bankdetailchange;
DROP TRIGGER refund_keeps_its_account ON invoicing_refund;
DROP TRIGGER realised_never_changes ON invoicing_realiseddifference;
DROP TRIGGER transfer_stays ON invoicing_transfer;
DROP TRIGGER returned_payment_never_changes ON invoicing_returnedpayment;
DROP TRIGGER concession_stays ON invoicing_concession;
DROP TRIGGER refund_export_never_changes ON invoicing_refundexport;
DROP TRIGGER deduction_stays ON invoicing_deduction;
DROP TRIGGER bank_detail_stays_asked ON invoicing_bankdetailchange;
DROP TRIGGER refund_stays_asked ON invoicing_refund;
DROP TRIGGER write_off_stays_asked ON invoicing_writeoff;
