-- govern: failed sign-ins per e-mail (its digest), so that guessing meets a limit on every node.
CREATE TABLE signin_failure (
  client_id TEXT NOT NULL,
  email_digest TEXT NOT NULL,
  failures BIGINT NOT NULL,
  since_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, email_digest)
);
CREATE INDEX signin_failure_since ON signin_failure (client_id, since_ms);
CREATE INDEX session_expiry ON session (client_id, expires_ms);
CREATE INDEX session_member ON session (client_id, member_id);
