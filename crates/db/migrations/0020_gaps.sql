-- knowledge: the case in which a question was asked first, whose customer's words it holds. It goes with that customer.
-- Of older questions the case in which it was asked last is taken: the first was not kept.
ALTER TABLE knowledge_gap ADD COLUMN first_case_id TEXT;
UPDATE knowledge_gap SET first_case_id = case_id;

-- cases: when a customer was erased. Of those erased before, the end of their last case is taken.
ALTER TABLE customer ADD COLUMN erased_ms BIGINT;
UPDATE customer SET erased_ms = (SELECT MAX(COALESCE(c.closed_ms, c.changed_ms)) FROM case_file c
  WHERE c.client_id = customer.client_id AND c.customer_id = customer.customer_id)
  WHERE name = '' AND NOT EXISTS (SELECT 1 FROM customer_identity i
    WHERE i.client_id = customer.client_id AND i.customer_id = customer.customer_id)
  AND NOT EXISTS (SELECT 1 FROM case_file c
    WHERE c.client_id = customer.client_id AND c.customer_id = customer.customer_id AND c.subject <> '(erased)');
