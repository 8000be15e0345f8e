-- clients: what steers AI and processes changes by proposals ----------------------------------------------

-- kind: release | autonomy. state: open | approved | published | rejected | rolled_back. content: what it would make so
-- (release: overlay, version, bundle; autonomy: intent, action, level). checks: what was run on it, by name. ready: whether
-- all of them passed. base: the release that was live when it was made. approvals: how many people have to say yes.
-- publish_ms: not before.
CREATE TABLE proposal (
  client_id TEXT NOT NULL,
  proposal_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  title TEXT NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  base TEXT,
  before TEXT NOT NULL,
  content TEXT NOT NULL,
  checks TEXT NOT NULL,
  ready BIGINT NOT NULL,
  approvals BIGINT NOT NULL,
  publish_ms BIGINT,
  created_ms BIGINT NOT NULL,
  published_ms BIGINT,
  PRIMARY KEY (client_id, proposal_id)
);
CREATE INDEX proposal_due ON proposal (publish_ms) WHERE state = 'approved';

-- Who said what of a proposal. verdict: approve | reject.
CREATE TABLE proposal_vote (
  client_id TEXT NOT NULL,
  proposal_id TEXT NOT NULL,
  voter TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, proposal_id, voter)
);
