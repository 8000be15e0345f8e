-- Reports read cases by the time of opening, and what models were asked for each.
CREATE INDEX case_opened ON case_file (client_id, opened_ms, case_id);
CREATE INDEX model_exchange_case ON model_exchange (client_id, case_id) WHERE case_id IS NOT NULL;
