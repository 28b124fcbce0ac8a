CREATE TRIGGER bank_account_stamped BEFORE UPDATE ON invoicing_bankaccount FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();

-- The one account that a legal entity had stood on all its notices, so it becomes the main one of its own currency.
INSERT INTO invoicing_bankaccount (entity_id, name, currency, iban, bic, account_number, bank, is_main, in_use)
SELECT id, 'Main account', base_currency, iban, bic, '', '', true, true FROM orders_legalentity WHERE iban <> '';
-- reverse
UPDATE orders_legalentity e SET iban = b.iban, bic = b.bic FROM invoicing_bankaccount b
WHERE b.entity_id = e.id AND b.currency = e.base_currency AND b.is_main AND b.iban <> '';
DROP TRIGGER bank_account_stamped ON invoicing_bankaccount;
