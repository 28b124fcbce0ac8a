CREATE TRIGGER incoming_mail_stamped BEFORE UPDATE ON collections_incomingmail FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER incoming_mail_stamped ON collections_incomingmail;
