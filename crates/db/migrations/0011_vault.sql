-- db: keys of what is encrypted at rest. A data key is wrapped by the master key, which is not in the database.
-- swept_ms: since when all that the class holds is known to be under this version.
CREATE TABLE data_key (
  client_id TEXT NOT NULL,
  class TEXT NOT NULL,
  version BIGINT NOT NULL,
  wrapped TEXT NOT NULL,
  master_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  swept_ms BIGINT,
  PRIMARY KEY (client_id, class, version)
);

-- govern: secrets of clients and of the installation, each encrypted.
CREATE TABLE secret (
  client_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  changed_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, name)
);

-- cases: an address is kept encrypted, and found by its digest, which stands in `address`.
ALTER TABLE customer_identity ADD COLUMN sealed TEXT;
