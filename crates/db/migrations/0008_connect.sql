-- connectors: actions whose system no longer is what the release pinned -------------------------------
-- pinned, seen: digests of what the system says of the action. A release that pins something else is another matter.
CREATE TABLE connector_drift (
  client_id TEXT NOT NULL,
  action TEXT NOT NULL,
  pinned TEXT NOT NULL,
  connector TEXT NOT NULL,
  seen TEXT NOT NULL,
  why TEXT NOT NULL,
  found_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, action, pinned)
);
