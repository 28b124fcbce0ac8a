CREATE TRIGGER message_stamped BEFORE UPDATE ON core_message FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER message_stamped ON core_message;
