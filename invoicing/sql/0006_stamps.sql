-- Allocations move open amounts by the million; a row trigger without a condition is the cheapest that forgets no way in.
CREATE TRIGGER item_stamped BEFORE UPDATE ON invoicing_openitem FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER receipt_stamped BEFORE UPDATE ON invoicing_receipt FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER receipt_stamped ON invoicing_receipt;
DROP TRIGGER item_stamped ON invoicing_openitem;
