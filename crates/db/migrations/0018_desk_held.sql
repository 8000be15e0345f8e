-- desk: what an item asks for by itself, JSON, beside what the queue asks for where it waits: it moves to another queue with
-- these. null: written by an older version, and needs is all that is known of it.
ALTER TABLE work_item ADD COLUMN own_needs TEXT;
UPDATE work_item SET own_needs = needs;

-- desk: what members have now, without everything they ever had.
CREATE INDEX work_item_held ON work_item (claimed_by, channel) WHERE state = 'claimed';
