-- Legal entities that are there already get the two accounts that month-end revaluation posts to.
INSERT INTO invoicing_ledgeraccount (entity_id, role, code, name)
SELECT e.id, a.role, a.code, a.name FROM orders_legalentity e CROSS JOIN (VALUES
    ('receivables_revaluation', '1405', 'Receivables in foreign currency, revaluation'),
    ('fx_unrealised', '4845', 'Exchange differences not realised')
) AS a (role, code, name)
ON CONFLICT DO NOTHING;
-- reverse
-- Refused by the keys where anything was posted to them: posted rows stay.
DELETE FROM invoicing_ledgeraccount WHERE role IN ('receivables_revaluation', 'fx_unrealised');
