-- runs: what many runs did is written by a few statements; order of arrival and lost wake-ups are counted, not guessed.

-- How often a run was told of something. A turn that saw fewer than there are leaves the run ready.
ALTER TABLE run ADD COLUMN wakes BIGINT NOT NULL DEFAULT 0;
-- Order of arrival within a run; inputs written before this column came have 0 and keep the order of their ids.
ALTER TABLE run_inbox ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
-- Ready runs by client, so that one client's flood does not hide another's.
CREATE INDEX run_ready_client ON run (client_id, changed_ms) WHERE ready = 1;

-- One turn of a run: the events it took in (the run's journal) and what its tasks did, as JSON arrays.
-- seq is the number of its first event; turns of one run are in order of seq.
CREATE TABLE run_turn (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  events TEXT NOT NULL,
  trace TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, run_id, seq)
);

-- An open listen, found by what an event must agree on: match_key is a digest of the values that its filter
-- correlates by, '' where it takes any event of the type ('' takes every type).
CREATE TABLE run_subscription (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  match_key TEXT NOT NULL,
  PRIMARY KEY (client_id, run_id, call_id, event_type, match_key)
);
CREATE INDEX run_subscription_match ON run_subscription (client_id, event_type, match_key, run_id);

-- The expressions by which listens of a type correlate: what to compute of an event to find them.
CREATE TABLE run_correlation (
  client_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  expressions TEXT NOT NULL,
  PRIMARY KEY (client_id, event_type, expressions)
);
