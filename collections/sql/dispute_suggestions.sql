CREATE TRIGGER dispute_suggestion_stamped BEFORE UPDATE ON collections_disputesuggestion
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER dispute_suggestion_stamped ON collections_disputesuggestion;
