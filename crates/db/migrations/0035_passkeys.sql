-- govern: passkeys of members (Web Authentication). credential_id and public_key (COSE): base64url. site: the name that the
-- passkey belongs to, and works at alone. sign_count: the device's counter when it was last used. eligible and synced: whether
-- the key may be kept on several devices, and is. flagged_ms: its counter did not go up; it opens nothing since.
CREATE TABLE passkey (
  client_id TEXT NOT NULL,
  passkey_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  public_key TEXT NOT NULL,
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  transports TEXT NOT NULL,
  sign_count BIGINT NOT NULL,
  eligible BIGINT NOT NULL,
  synced BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  used_ms BIGINT,
  flagged_ms BIGINT,
  PRIMARY KEY (client_id, passkey_id)
);
CREATE UNIQUE INDEX passkey_credential ON passkey (client_id, credential_id);
CREATE INDEX passkey_member ON passkey (client_id, member_id);

-- A challenge that was given out, as digests: what it is for (register, alone, second), and the session or the browser that
-- may answer it, once, until then.
CREATE TABLE passkey_challenge (
  client_id TEXT NOT NULL,
  challenge_digest TEXT NOT NULL,
  purpose TEXT NOT NULL,
  holder_digest TEXT NOT NULL,
  until_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, challenge_digest)
);
