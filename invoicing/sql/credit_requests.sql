CREATE TRIGGER credit_request_stamped BEFORE UPDATE ON invoicing_creditrequest
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER credit_request_context AFTER INSERT ON invoicing_creditrequest
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
-- Reasons that a company that is there already lacks; one that has begun with reasons of its own keeps what it calls so.
INSERT INTO invoicing_reasoncode (code, name, in_use)
SELECT v.code, v.name, true FROM (VALUES
    ('late', 'Delivered late'), ('address', 'Wrong address or order number'), ('duplicate', 'Invoiced twice'),
    ('paid', 'Paid already'), ('other', 'Something else')
) AS v (code, name)
WHERE EXISTS (SELECT FROM orders_legalentity) ON CONFLICT (code) DO NOTHING;
-- reverse
DROP TRIGGER credit_request_context ON invoicing_creditrequest;
DROP TRIGGER credit_request_stamped ON invoicing_creditrequest;
