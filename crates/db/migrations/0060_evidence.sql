-- agents: what stands behind a reading. evidence: other needs, articles that were looked at, and fields with the words that they
-- were read from, as JSON, sealed, since it holds words of the message. guidelines: those that held of the message, as JSON, or
-- NULL where none was looked at. failures: failed calls that the process had reported, or NULL in readings from before it was kept.
ALTER TABLE reading ADD COLUMN evidence TEXT;
ALTER TABLE reading ADD COLUMN guidelines TEXT;
ALTER TABLE reading ADD COLUMN failures BIGINT;
