-- desk: people at work -------------------------------------------------------------------------------
-- Who is there. Members belong to the house, and so does where they are: client_id is 'house'.
-- state: available | busy | break | training | off. seen_ms: the last sign of life.
CREATE TABLE presence (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  state TEXT NOT NULL,
  note TEXT NOT NULL,
  since_ms BIGINT NOT NULL,
  seen_ms BIGINT NOT NULL,
  -- Time of the present day, which began at day_ms, that the member was available or busy before since_ms.
  day_ms BIGINT NOT NULL,
  there_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, member_id)
);
CREATE INDEX presence_there ON presence (client_id, seen_ms) WHERE state <> 'off';

-- How much a member takes at once, where they may work, when: JSON. client_id is 'house'.
CREATE TABLE desk_profile (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  profile TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  changed_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, member_id)
);

-- channel: whose places an item takes. queued_ms: since when it waits in the queue where it is.
-- sticky_member, sticky_until_ms: whoever had the case before, and until when it is kept for them.
-- given_by: who gave it to the member that has it; null where they took it. released_by: who put it back; it is not given
-- to them again.
ALTER TABLE work_item ADD COLUMN channel TEXT NOT NULL DEFAULT 'task';
ALTER TABLE work_item ADD COLUMN queued_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE work_item ADD COLUMN sticky_member TEXT;
ALTER TABLE work_item ADD COLUMN sticky_until_ms BIGINT;
ALTER TABLE work_item ADD COLUMN given_by TEXT;
ALTER TABLE work_item ADD COLUMN released_by TEXT;
UPDATE work_item SET queued_ms = opened_ms;
CREATE INDEX work_item_ended ON work_item (client_id, ended_ms) WHERE state = 'done';
CREATE INDEX work_item_queued ON work_item (client_id, queued_ms) WHERE state = 'waiting';
CREATE INDEX work_item_opened ON work_item (client_id, opened_ms);

-- How good a handoff was. reasked: JSON list of fields asked for again; member_turns: the person's messages looked at.
-- rating: good | lacking.
ALTER TABLE packet ADD COLUMN intent TEXT;
ALTER TABLE packet ADD COLUMN release_id TEXT;
ALTER TABLE packet ADD COLUMN validity DOUBLE PRECISION NOT NULL DEFAULT 1;
ALTER TABLE packet ADD COLUMN gate BIGINT NOT NULL DEFAULT 1;
ALTER TABLE packet ADD COLUMN excuse TEXT;
ALTER TABLE packet ADD COLUMN required BIGINT NOT NULL DEFAULT 0;
ALTER TABLE packet ADD COLUMN reasked TEXT NOT NULL DEFAULT '[]';
ALTER TABLE packet ADD COLUMN member_turns BIGINT NOT NULL DEFAULT 0;
ALTER TABLE packet ADD COLUMN rating TEXT;
ALTER TABLE packet ADD COLUMN rated_by TEXT;
CREATE INDEX packet_created ON packet (client_id, created_ms);

-- desk: why something failed, and what removes the cause ----------------------------------------------------
-- source: escalation | override | failed. fix_type: knowledge | conversation | automation | policy | model | routing.
-- minutes: what a person spent on it.
CREATE TABLE tag (
  client_id TEXT NOT NULL,
  tag_id TEXT NOT NULL,
  fix_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  source TEXT NOT NULL,
  intent TEXT NOT NULL,
  cause TEXT NOT NULL,
  fix_type TEXT NOT NULL,
  suggested TEXT NOT NULL,
  note TEXT NOT NULL,
  minutes DOUBLE PRECISION NOT NULL,
  tagged_by TEXT NOT NULL,
  tagged_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, tag_id)
);
CREATE UNIQUE INDEX tag_case ON tag (client_id, case_id, source, cause);
CREATE INDEX tag_fix ON tag (client_id, fix_id, tagged_ms);
CREATE INDEX tag_time ON tag (client_id, tagged_ms);

-- One cause of one intent. state: open | doing | testing | released | kept | dropped.
CREATE TABLE fix (
  client_id TEXT NOT NULL,
  fix_id TEXT NOT NULL,
  intent TEXT NOT NULL,
  cause TEXT NOT NULL,
  fix_type TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  owner TEXT,
  test TEXT,
  release_id TEXT,
  note TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  changed_ms BIGINT NOT NULL,
  released_ms BIGINT,
  PRIMARY KEY (client_id, fix_id)
);
CREATE UNIQUE INDEX fix_cause ON fix (client_id, intent, cause, fix_type);

-- Clocks of service levels -------------------------------------------------------------------------------
-- paused_ms: how long the case's resolution clock stood still, before paused_since_ms (null while it runs).
-- unanswered_ms: since when the customer waits for an answer.
ALTER TABLE case_file ADD COLUMN paused_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_file ADD COLUMN paused_since_ms BIGINT;
ALTER TABLE case_file ADD COLUMN unanswered_ms BIGINT;
CREATE INDEX case_unanswered ON case_file (client_id, unanswered_ms) WHERE unanswered_ms IS NOT NULL;

-- What was said once about a clock. subject: a case or a work item. clock: first_response | next_response | resolution |
-- decision. since_ms: when it began. level: warning | breach.
CREATE TABLE sla_mark (
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  clock TEXT NOT NULL,
  since_ms BIGINT NOT NULL,
  level TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, subject, clock, since_ms, level)
);
CREATE INDEX sla_mark_time ON sla_mark (client_id, level, at_ms);
