-- runs: no index holds what an ordinary turn changes, so that PostgreSQL writes the new version of a run beside the old one
-- and leaves the indexes alone.

-- Since when a run has been ready, unix ms: written when it becomes ready or is left so. A node of the version before does not
-- write it; its runs then come earlier, never later.
ALTER TABLE run ADD COLUMN ready_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX run_ready_since ON run (client_id, ready_ms) WHERE ready = 1;
UPDATE run SET ready_ms = changed_ms WHERE ready = 1;
DROP INDEX run_ready_client;

-- Room for the next versions of a run on its page, which is cleared of the old ones as it is read.
-- PostgreSQL only:
ALTER TABLE run SET (fillfactor = 60);

-- These are empty now and full in a moment. A plan that is made while a table has no pages would read all of it each time, once
-- it is full: the pages stay.
-- PostgreSQL only:
ALTER TABLE run_inbox SET (vacuum_truncate = off);
-- PostgreSQL only:
ALTER TABLE run_call SET (vacuum_truncate = off);
-- PostgreSQL only:
ALTER TABLE run_timer SET (vacuum_truncate = off);
