-- desk: what one person writes to another with an offer of work is sealed as messages are; what stands in clear is brought over
-- by the next sweep. every client: each has a key of its own.
UPDATE data_key SET swept_ms = NULL WHERE class = 'message';
