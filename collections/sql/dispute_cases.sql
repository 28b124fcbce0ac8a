CREATE TRIGGER dispute_stamped BEFORE UPDATE ON collections_dispute FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER dispute_stamped ON collections_dispute;
