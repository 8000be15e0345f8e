-- An index that holds only what is looked for costs the rows that are not there nothing: most calls are reads that are written
-- down once, with their answer, and many belong to no case and no run.

-- tools: effects by case and run, where they have one; by state, where they are still of interest; those that were cut off.
DROP INDEX effect_case;
CREATE INDEX effect_case ON effect (client_id, case_id) WHERE case_id IS NOT NULL;
DROP INDEX effect_run;
CREATE INDEX effect_run ON effect (client_id, run_id) WHERE run_id IS NOT NULL;
DROP INDEX effect_state;
CREATE INDEX effect_state ON effect (client_id, state) WHERE state <> 'finished';
DROP INDEX effect_requested;
CREATE INDEX effect_requested ON effect (client_id, requested_ms) WHERE state = 'requested';

-- govern: what is not sealed, in the order in which it is; places in the tree, of what is.
CREATE INDEX ledger_unsealed ON ledger (client_id, entry_id) WHERE leaf_index IS NULL;
DROP INDEX ledger_leaf;
CREATE UNIQUE INDEX ledger_leaf ON ledger (client_id, leaf_index) WHERE leaf_index IS NOT NULL;
