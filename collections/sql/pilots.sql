CREATE TRIGGER pilot_stamped BEFORE UPDATE ON collections_pilot FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER pilot_stamped ON collections_pilot;
