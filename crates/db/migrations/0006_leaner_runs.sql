-- An index that holds only what is looked for costs the rows that are not there nothing.

-- Served by run_ready_client since 0004.
DROP INDEX run_ready;
DROP INDEX run_case;
CREATE INDEX run_case ON run (client_id, case_id) WHERE case_id IS NOT NULL;
DROP INDEX run_parent;
CREATE INDEX run_parent ON run (client_id, parent_run_id) WHERE parent_run_id IS NOT NULL;
DROP INDEX ledger_case;
CREATE INDEX ledger_case ON ledger (client_id, case_id, entry_id) WHERE case_id IS NOT NULL;

