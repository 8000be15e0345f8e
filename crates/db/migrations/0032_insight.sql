-- Reports read cases by the time of opening, the cases of a customer near in time, and what models were asked for a case.
CREATE INDEX case_opened ON case_file (client_id, opened_ms, case_id);
DROP INDEX case_customer;
CREATE INDEX case_customer ON case_file (client_id, customer_id, opened_ms);
CREATE INDEX model_exchange_case ON model_exchange (client_id, case_id) WHERE case_id IS NOT NULL;
