-- An index that holds only what is looked for costs the rows that are not there nothing: most calls are reads that are written
-- down once, with their answer, and many belong to no case and no run.

-- tools: effects by case and run, where they have one; by state, where they are still of interest; those that were cut off.
-- They are listed in the order of their ids: an index without these is passed over by SQLite for the primary key, from end to end.
DROP INDEX effect_case;
CREATE INDEX effect_case ON effect (client_id, case_id, effect_id) WHERE case_id IS NOT NULL;
DROP INDEX effect_run;
CREATE INDEX effect_run ON effect (client_id, run_id, effect_id) WHERE run_id IS NOT NULL;
DROP INDEX effect_state;
CREATE INDEX effect_state ON effect (client_id, state, effect_id) WHERE state <> 'finished';
DROP INDEX effect_requested;
CREATE INDEX effect_requested ON effect (client_id, requested_ms) WHERE state = 'requested';

-- govern: what is not sealed, in the order in which it is; places in the tree, of what is.
CREATE INDEX ledger_unsealed ON ledger (client_id, entry_id) WHERE leaf_index IS NULL;
DROP INDEX ledger_leaf;
CREATE UNIQUE INDEX ledger_leaf ON ledger (client_id, leaf_index) WHERE leaf_index IS NOT NULL;

-- What belongs to one case and is read in an order has that order in its index, for the same reason as effects.
-- runs, desk, agents, cases: runs, packets, work items (of a run, too), readings, exchanges with models, tasks of outside agents,
-- addresses of customers.
DROP INDEX run_case;
CREATE INDEX run_case ON run (client_id, case_id, run_id) WHERE case_id IS NOT NULL;
DROP INDEX packet_case;
CREATE INDEX packet_case ON packet (client_id, case_id, packet_id);
DROP INDEX work_item_case;
CREATE INDEX work_item_case ON work_item (client_id, case_id, work_item_id);
DROP INDEX work_item_call;
CREATE INDEX work_item_call ON work_item (client_id, run_id, work_item_id);
DROP INDEX reading_case;
CREATE INDEX reading_case ON reading (client_id, case_id, at_ms, reading_id);
DROP INDEX model_exchange_case;
CREATE INDEX model_exchange_case ON model_exchange (client_id, case_id, at_ms, exchange_id) WHERE case_id IS NOT NULL;
DROP INDEX outside_task_of;
CREATE INDEX outside_task_of ON outside_task (client_id, caller, context, case_id);
DROP INDEX customer_identity_of;
CREATE INDEX customer_identity_of ON customer_identity (client_id, customer_id, channel, address);
