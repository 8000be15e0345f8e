-- A mail's number is its mailbox's, and only for as long as that numbers its mails so: the same one may come again, by another folder,
-- another server, or one that was put back. place: user, server and folder that the numbers are of. seen_ms: up to when all that came there
-- was seen to.
DROP INDEX mail_uid;
ALTER TABLE mailbox ADD COLUMN place TEXT;
ALTER TABLE mailbox ADD COLUMN seen_ms BIGINT;

-- Lists and counts that grow with what came in and went out.
CREATE INDEX mail_listed ON mail (client_id, mailbox, received_ms, mail_id);
CREATE INDEX mail_of_fate ON mail (client_id, mailbox, fate, received_ms, mail_id);
CREATE INDEX delivery_listed ON delivery (client_id, state, created_ms, message_id);

-- What is due is looked for by subscription, of those that are on.
DROP INDEX hook_delivery_due;
CREATE INDEX hook_on ON hook (state, client_id, hook_id);
CREATE INDEX hook_delivery_state ON hook_delivery (client_id, hook_id, state, due_ms, delivery_id);
CREATE INDEX hook_delivery_age ON hook_delivery (client_id, created_ms);

-- From now on sealed: mail.why, attachment.name, delivery.error. What stands in clear is sealed by the next sweep.
UPDATE data_key SET swept_ms = NULL WHERE class = 'message';
