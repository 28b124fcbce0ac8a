CREATE TRIGGER inquiry_stamped BEFORE UPDATE ON collections_inquiry FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER inquiry_stamped ON collections_inquiry;
