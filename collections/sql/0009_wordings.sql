CREATE TRIGGER wording_stamped BEFORE UPDATE ON collections_wording
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER wording_stamped ON collections_wording;
