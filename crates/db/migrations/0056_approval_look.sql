-- desk: which approvals a member was shown, and when last: whoever decides sees what is different since. Kept a while, and no
-- longer than the item has its arguments.
CREATE TABLE approval_look (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  seen_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, member_id, work_item_id)
);
CREATE INDEX approval_look_item ON approval_look (client_id, work_item_id);
CREATE INDEX approval_look_time ON approval_look (client_id, member_id, seen_ms);
