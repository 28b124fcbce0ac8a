CREATE TRIGGER chronic_rules_stamped BEFORE UPDATE ON collections_chronicrules
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER chronic_decision_stamped BEFORE UPDATE ON collections_chronicdecision
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER chronic_decision_stamped ON collections_chronicdecision;
DROP TRIGGER chronic_rules_stamped ON collections_chronicrules;
