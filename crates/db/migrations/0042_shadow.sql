-- agents: a reading with the goal 'shadow' was made while a person had the case, and is for comparison alone. draft: what the
-- agent would have done, as JSON.
ALTER TABLE reading ADD COLUMN draft TEXT;
