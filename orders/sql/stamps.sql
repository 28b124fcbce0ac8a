CREATE TRIGGER legal_entity_stamped BEFORE UPDATE ON orders_legalentity FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER terms_stamped BEFORE UPDATE ON orders_paymentterms FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER customer_stamped BEFORE UPDATE ON orders_customer FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER account_stamped BEFORE UPDATE ON orders_account FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER contact_stamped BEFORE UPDATE ON orders_contact FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();

-- Tiers and instalments are read as a part of their terms, so their change is the terms'.
CREATE FUNCTION orders_stamp_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_paymentterms SET updated_at = clock_timestamp()
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.terms_id ELSE NEW.terms_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER discount_stamps_terms AFTER INSERT OR UPDATE OR DELETE ON orders_earlypaymentdiscount
    FOR EACH ROW EXECUTE FUNCTION orders_stamp_terms();
CREATE TRIGGER instalment_stamps_terms AFTER INSERT OR UPDATE OR DELETE ON orders_instalment
    FOR EACH ROW EXECUTE FUNCTION orders_stamp_terms();
-- reverse
DROP TRIGGER instalment_stamps_terms ON orders_instalment;
DROP TRIGGER discount_stamps_terms ON orders_earlypaymentdiscount;
DROP FUNCTION orders_stamp_terms();
DROP TRIGGER contact_stamped ON orders_contact;
DROP TRIGGER account_stamped ON orders_account;
DROP TRIGGER customer_stamped ON orders_customer;
DROP TRIGGER terms_stamped ON orders_paymentterms;
DROP TRIGGER legal_entity_stamped ON orders_legalentity;
