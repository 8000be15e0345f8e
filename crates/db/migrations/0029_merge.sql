-- cases: a case that was merged into another. case_id is closed while the row is there, and what its customer writes reaches
-- end_case_id, the last of the chain. from_seq: messages that into_case_id had then. other_customer = 1: the two cases are of
-- two customers, and whoever merged them said that they belong together. stood: how into_case_id stood, for undoing.
CREATE TABLE case_merge (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  into_case_id TEXT NOT NULL,
  end_case_id TEXT NOT NULL,
  from_seq BIGINT NOT NULL,
  other_customer BIGINT NOT NULL,
  merged_by TEXT NOT NULL,
  merged_ms BIGINT NOT NULL,
  stood TEXT NOT NULL,
  PRIMARY KEY (client_id, case_id)
);
CREATE INDEX case_merge_into ON case_merge (client_id, into_case_id);
CREATE INDEX case_merge_end ON case_merge (client_id, end_case_id);

-- cases: a case that began with messages of another.
CREATE TABLE case_split (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  from_case_id TEXT NOT NULL,
  split_by TEXT NOT NULL,
  split_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id)
);
CREATE INDEX case_split_from ON case_split (client_id, from_case_id);

-- cases: via_case: the merged case to which a customer's message was sent. copy_of: the message of the other case that this one
-- says again, in a case that was split off.
ALTER TABLE message ADD COLUMN via_case TEXT;
ALTER TABLE message ADD COLUMN copy_of TEXT;
