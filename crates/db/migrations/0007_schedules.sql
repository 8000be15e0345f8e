-- runs: runs that begin by themselves, and who hears of the lives of runs ------------------------------

-- What of a process's schedule begins runs. part: every | cron | after | on. status: active | paused.
-- due_ms: when the next run begins; NULL while that depends on the end of last_run_id (after), on events (on), or
-- nothing begins (paused). rule: as people read it; another rule is another plan. missed: times that passed while
-- nobody could begin a run. state (on): the events that have come so far, as the engine keeps them.
CREATE TABLE run_schedule (
  client_id TEXT NOT NULL,
  process TEXT NOT NULL,
  part TEXT NOT NULL,
  release_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  rule TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  due_ms BIGINT,
  last_run_id TEXT,
  last_ms BIGINT,
  runs BIGINT NOT NULL,
  missed BIGINT NOT NULL,
  state TEXT,
  error TEXT,
  PRIMARY KEY (client_id, process, part)
);
CREATE INDEX run_schedule_due ON run_schedule (due_ms) WHERE status = 'active';

-- Events that a schedule has not yet taken in, in order of at_ms and event_id. They are found as those for runs are: a
-- schedule's rows in run_subscription have 'schedule:' and the process's name as run_id.
CREATE TABLE run_schedule_event (
  client_id TEXT NOT NULL,
  process TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, process, event_id)
);

-- Types of events about runs themselves that somebody of a client has listened for: rows of run_correlation that
-- correlate by nothing.
CREATE INDEX run_correlation_plain ON run_correlation (client_id, event_type) WHERE expressions = '[]';
