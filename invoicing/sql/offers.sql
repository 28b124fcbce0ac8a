CREATE TRIGGER early_offer_stamped BEFORE UPDATE ON invoicing_earlyoffer FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER early_offer_run_stamped BEFORE UPDATE ON invoicing_earlyofferrun
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- What was offered by a version can be told for good.
CREATE FUNCTION invoicing_early_offer_rule_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of the rule of early-payment offers stays as it is', OLD.version
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER early_offer_rule_stays BEFORE UPDATE OR DELETE ON invoicing_earlyofferrule
    FOR EACH ROW EXECUTE FUNCTION invoicing_early_offer_rule_stays();
-- An offer follows its customer to another payer, as its item does.
CREATE FUNCTION invoicing_early_offers_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_earlyoffer o SET payer_id = n.payer_id FROM new_rows n JOIN old_rows b ON b.id = n.id
    WHERE o.customer_id = n.id AND n.payer_id IS DISTINCT FROM b.payer_id AND o.payer_id IS DISTINCT FROM n.payer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER early_offers_follow_payer AFTER UPDATE ON orders_customer
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_early_offers_follow_payer();
-- reverse
DROP TRIGGER early_offers_follow_payer ON orders_customer;
DROP FUNCTION invoicing_early_offers_follow_payer();
DROP TRIGGER early_offer_rule_stays ON invoicing_earlyofferrule;
DROP FUNCTION invoicing_early_offer_rule_stays();
DROP TRIGGER early_offer_run_stamped ON invoicing_earlyofferrun;
DROP TRIGGER early_offer_stamped ON invoicing_earlyoffer;
