CREATE TRIGGER late_payer_stamped BEFORE UPDATE ON collections_latepayer
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER late_payer_consequence_stamped BEFORE UPDATE ON collections_latepayerconsequence
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- Who was listed by a version can be told for good.
CREATE FUNCTION collections_late_payer_rule_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of the rule of late payers stays as it is', OLD.version
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER late_payer_rule_stays BEFORE UPDATE OR DELETE ON collections_latepayerrule
    FOR EACH ROW EXECUTE FUNCTION collections_late_payer_rule_stays();
-- reverse
DROP TRIGGER late_payer_rule_stays ON collections_latepayerrule;
DROP FUNCTION collections_late_payer_rule_stays();
DROP TRIGGER late_payer_consequence_stamped ON collections_latepayerconsequence;
DROP TRIGGER late_payer_stamped ON collections_latepayer;
