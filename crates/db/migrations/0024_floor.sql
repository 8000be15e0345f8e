-- desk: cases whose runs stand still while people have them ------------------------------------------------
-- why: stopped | taken. stop_client, scope, target: the stop that holds it ('' where a person took it).
-- actor_kind, actor, state: who had the case, and how it stood. runs: JSON list of the runs that stand still.
-- kept = 1: somebody has it now, and it goes back only by their decision. told = 1: the customer was told.
CREATE TABLE case_hold (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  why TEXT NOT NULL,
  stop_client TEXT NOT NULL,
  scope TEXT NOT NULL,
  target TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL,
  runs TEXT NOT NULL,
  seq BIGINT NOT NULL,
  told BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  held_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id)
);
CREATE INDEX case_hold_stop ON case_hold (client_id, kept, case_id);

-- runs: calls that wait until AI may go on.
CREATE INDEX run_call_parked ON run_call (client_id, run_id) WHERE wake_on = 'stop.released';

-- cases: what people write about a case, never seen by the customer -----------------------------------------
-- kind: note | whisper. to_kind, to_name: for whom a whisper is: member | agent. taken_ms: when an agent read it.
CREATE TABLE case_note (
  client_id TEXT NOT NULL,
  note_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  mentions TEXT NOT NULL,
  to_kind TEXT,
  to_name TEXT,
  at_ms BIGINT NOT NULL,
  taken_ms BIGINT,
  PRIMARY KEY (client_id, note_id)
);
CREATE INDEX case_note_case ON case_note (client_id, case_id, note_id);

-- Who is named in a note, until they have seen it.
CREATE TABLE mention (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  note_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  seen_ms BIGINT,
  PRIMARY KEY (client_id, member_id, note_id)
);
CREATE INDEX mention_unseen ON mention (member_id, at_ms) WHERE seen_ms IS NULL;

-- desk: work that one person offers another. state: offered | accepted | declined | withdrawn.
CREATE TABLE transfer (
  client_id TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  from_member TEXT NOT NULL,
  to_member TEXT NOT NULL,
  note TEXT NOT NULL,
  state TEXT NOT NULL,
  answer TEXT NOT NULL,
  offered_ms BIGINT NOT NULL,
  answered_ms BIGINT,
  PRIMARY KEY (client_id, work_item_id)
);
CREATE INDEX transfer_open ON transfer (to_member, offered_ms) WHERE state = 'offered';

-- govern: filters that a member has given a name. Members belong to the house: client_id is 'house'.
CREATE TABLE saved_view (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  screen TEXT NOT NULL,
  name TEXT NOT NULL,
  filter TEXT NOT NULL,
  saved_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, member_id, screen, name)
);
