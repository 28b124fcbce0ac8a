-- From where entries and allocations come: the context's row, once a statement.
CREATE TRIGGER entry_context AFTER INSERT ON invoicing_entry FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER allocation_context AFTER INSERT ON invoicing_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
-- reverse
DROP TRIGGER allocation_context ON invoicing_allocation;
DROP TRIGGER entry_context ON invoicing_entry;
