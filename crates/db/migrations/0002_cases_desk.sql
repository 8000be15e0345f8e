-- cases --------------------------------------------------------------------
-- The last case number given out, per client.
CREATE TABLE case_counter (
  client_id TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);

-- person_touched = 1: a person has worked on this case. held_from_seq: messages from this one on were kept from
-- the run while a person had the case.
ALTER TABLE case_file ADD COLUMN person_touched BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_file ADD COLUMN held_from_seq BIGINT;
CREATE UNIQUE INDEX case_number ON case_file (client_id, number);
CREATE INDEX case_closed ON case_file (client_id, closed_ms);
CREATE UNIQUE INDEX message_by_id ON message (client_id, message_id);

-- desk ---------------------------------------------------------------------
-- on_done, what a decision does: finish_call | finish_approval | approval | case (no run waits for it).
ALTER TABLE work_item ADD COLUMN on_done TEXT NOT NULL DEFAULT 'finish_call';
CREATE INDEX work_item_call ON work_item (client_id, run_id, call_id);
