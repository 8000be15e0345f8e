-- runs: what people did to runs, and events that came in from outside --------------------------------
-- kind: suspended | resumed | cancel_requested | retried | migrated | event_sent. detail: JSON with the particulars.
CREATE TABLE run_operation (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  detail TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, run_id, operation_id)
);

-- An event is taken once: source and id together name it (CloudEvents 1.0).
CREATE TABLE event_received (
  client_id TEXT NOT NULL,
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  runs BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, source, event_id)
);

CREATE INDEX run_process ON run (client_id, status, process, run_id);
CREATE INDEX effect_run ON effect (client_id, run_id);
