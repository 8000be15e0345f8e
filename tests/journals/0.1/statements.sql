-- What a node of this release sends to the database on behalf of runs, kept so that later migrations leave it working
-- while nodes are replaced one by one. Under a line `-- name: [values]` stands one statement. At `-- then` the later
-- node works.

-- insert run: ["acme", "run_by_the_earlier_node", "data-flow", "{{digest:data-flow}}", "rel_1", null, null, null, "{\"engine\":null,\"journal\":0,\"trace\":0,\"depth\":0}", 1799999999000]
INSERT INTO run (client_id, run_id, process, process_digest, release_id, case_id, parent_run_id, parent_call_id, status, ready, lease_until_ms, state, started_ms, changed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 1, 0, $9, $10, $10)

-- insert input: ["acme", "run_by_the_earlier_node", "in_1", "{\"kind\":\"started\",\"input\":{\"order\":{\"lines\":[{\"sku\":\"a\"}]}}}", 1799999999000]
INSERT INTO run_inbox (client_id, run_id, inbox_id, input, at_ms) VALUES ($1, $2, $3, $4, $5)

-- insert a run that waits: ["acme", "run_that_waits", "one-letter", "{{digest:one-letter}}", "rel_1", "case_1", null, null, "{\"engine\":null,\"journal\":0,\"trace\":0,\"depth\":0}", 1799999999000]
INSERT INTO run (client_id, run_id, process, process_digest, release_id, case_id, parent_run_id, parent_call_id, status, ready, lease_until_ms, state, started_ms, changed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 1, 0, $9, $10, $10)

-- begin it: ["acme", "run_that_waits", "in_1", "{\"kind\":\"started\",\"input\":{}}", 1799999999000]
INSERT INTO run_inbox (client_id, run_id, inbox_id, input, at_ms) VALUES ($1, $2, $3, $4, $5)

-- append to the ledger: ["acme", "entry_1", 1799999999000, "system", "process:data-flow", null, null, "run.started", "run_by_the_earlier_node", null, "run_by_the_earlier_node", "{}", "00"]
INSERT INTO ledger (client_id, entry_id, at_ms, actor_kind, actor, actor_version, on_behalf_of, kind, subject, case_id, run_id, data, leaf_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- insert a run of its own: ["acme", "run_own", "years", "{{digest:years}}", "rel_1", null, "run_by_the_earlier_node", "call_1", "{\"engine\":null,\"journal\":0,\"trace\":0,\"depth\":1}", 1799999999000]
INSERT INTO run (client_id, run_id, process, process_digest, release_id, case_id, parent_run_id, parent_call_id, status, ready, lease_until_ms, state, started_ms, changed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 1, 0, $9, $10, $10)

-- insert its input: ["acme", "run_own", "in_1", "{\"kind\":\"started\",\"input\":{}}", 1799999999000]
INSERT INTO run_inbox (client_id, run_id, inbox_id, input, at_ms) VALUES ($1, $2, $3, $4, $5)

-- mark ready: ["acme", "run_own"]
UPDATE run SET ready = 1 WHERE client_id = $1 AND run_id = $2 AND status IN ('running', 'waiting')

-- take ready: [64]
SELECT client_id, run_id, process, release_id, case_id, parent_run_id, parent_call_id, status, state FROM run WHERE ready = 1 ORDER BY lease_until_ms, changed_ms LIMIT $1 /*skip locked*/

-- take one: ["acme", "run_own"]
SELECT client_id, run_id, process, release_id, case_id, parent_run_id, parent_call_id, status, state FROM run WHERE client_id = $1 AND run_id = $2 /*lock*/

-- inbox: ["acme", "run_own", 256]
SELECT inbox_id, input, at_ms FROM run_inbox WHERE client_id = $1 AND run_id = $2 ORDER BY inbox_id LIMIT $3

-- delete input: ["acme", "run_own", "in_1"]
DELETE FROM run_inbox WHERE client_id = $1 AND run_id = $2 AND inbox_id = $3

-- insert journal: ["acme", "run_own", 1, "{\"event\":\"started\",\"input\":{},\"run_id\":\"run_own\"}", 1799999999000]
INSERT INTO run_journal (client_id, run_id, seq, input, at_ms) VALUES ($1, $2, $3, $4, $5)

-- insert trace: ["acme", "run_own", 1, "/do/0/sleep", "sleep", "wait", "started", "{\"input\":{}}", 1799999999000]
INSERT INTO run_trace (client_id, run_id, seq, task, name, kind, phase, detail, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- put call: ["acme", "run_own", "call_1", "/do/0/sleep", "fetch", "{}", "requested", null, "null", "worker_1", 1799999999000, 1, 1799999999000]
INSERT INTO run_call (client_id, run_id, call_id, task, function, args, state, wake_on, memo, worker, lease_until_ms, attempts, opened_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (client_id, run_id, call_id) DO UPDATE SET state = excluded.state, wake_on = excluded.wake_on, memo = excluded.memo, worker = excluded.worker, lease_until_ms = excluded.lease_until_ms, attempts = excluded.attempts, opened_ms = excluded.opened_ms

-- calls: ["acme", "run_own"]
SELECT call_id, task, function, args, state, wake_on, memo FROM run_call WHERE client_id = $1 AND run_id = $2 ORDER BY call_id

-- call: ["acme", "run_own", "call_1"]
SELECT call_id, task, function, args, state, wake_on, memo FROM run_call WHERE client_id = $1 AND run_id = $2 AND call_id = $3

-- lease calls: ["worker_2", 1800000010000, 1800000000000, 256]
UPDATE run_call SET worker = $1, lease_until_ms = $2, attempts = attempts + 1 WHERE (client_id, run_id, call_id) IN (SELECT client_id, run_id, call_id FROM run_call WHERE state = 'requested' AND lease_until_ms < $3 ORDER BY lease_until_ms, opened_ms LIMIT $4 /*skip locked*/) AND state = 'requested' AND lease_until_ms < $3 RETURNING client_id, run_id, call_id, attempts, opened_ms

-- renew leases: ["worker_2", 1800000010000]
UPDATE run_call SET lease_until_ms = $2 WHERE worker = $1 AND state = 'requested'

-- free leases: []
UPDATE run_call SET lease_until_ms = 0 WHERE state = 'requested'

-- holds: ["acme", "run_own", "call_1", "worker_2", 2, 1799999999000]
SELECT 1 FROM run_call WHERE client_id = $1 AND run_id = $2 AND call_id = $3 AND worker = $4 AND attempts = $5 AND opened_ms = $6 AND state = 'requested'

-- give back: ["acme", "run_own", "call_1", 2, 1800000020000, 1799999999000]
UPDATE run_call SET worker = NULL, lease_until_ms = $5 WHERE client_id = $1 AND run_id = $2 AND call_id = $3 AND attempts = $4 AND opened_ms = $6

-- delete call: ["acme", "run_own", "call_1"]
DELETE FROM run_call WHERE client_id = $1 AND run_id = $2 AND call_id = $3

-- set timer: ["acme", "run_own", "call_2", 1700000000000]
INSERT INTO run_timer (client_id, run_id, call_id, due_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (client_id, run_id, call_id) DO UPDATE SET due_ms = excluded.due_ms

-- take due timers: [1700000000000, 256]
DELETE FROM run_timer WHERE (client_id, run_id, call_id) IN (SELECT client_id, run_id, call_id FROM run_timer WHERE due_ms <= $1 ORDER BY due_ms LIMIT $2 /*skip locked*/) AND due_ms <= $1 RETURNING client_id, run_id, call_id

-- cancel timer: ["acme", "run_own", "call_2"]
DELETE FROM run_timer WHERE client_id = $1 AND run_id = $2 AND call_id = $3

-- next timer: []
SELECT due_ms FROM run_timer ORDER BY due_ms LIMIT 1

-- put listen: ["acme", "run_own", "call_3", "a", "{\"with\":{\"type\":\"a\"}}"]
INSERT INTO run_listen (client_id, run_id, call_id, event_type, filter) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id, run_id, call_id, event_type) DO NOTHING

-- listeners: ["acme", "a"]
SELECT DISTINCT run_id FROM run_listen WHERE client_id = $1 AND event_type IN ($2, '')

-- delete listen: ["acme", "run_own", "call_3"]
DELETE FROM run_listen WHERE client_id = $1 AND run_id = $2 AND call_id = $3

-- open children: ["acme", "run_by_the_earlier_node"]
SELECT run_id FROM run WHERE client_id = $1 AND parent_run_id = $2 AND status IN ('running', 'waiting')

-- save: ["acme", "run_own", "cancelled", 0, "{\"engine\":null,\"journal\":1,\"trace\":1,\"depth\":1}", null, null, 1799999999500, 1799999999500]
UPDATE run SET status = $3, ready = $4, state = $5, output = $6, error = $7, ended_ms = $8, changed_ms = $9 WHERE client_id = $1 AND run_id = $2

-- clear calls: ["acme", "run_own"]
DELETE FROM run_call WHERE client_id = $1 AND run_id = $2

-- clear timers: ["acme", "run_own"]
DELETE FROM run_timer WHERE client_id = $1 AND run_id = $2

-- clear listens: ["acme", "run_own"]
DELETE FROM run_listen WHERE client_id = $1 AND run_id = $2

-- clear inbox: ["acme", "run_own"]
DELETE FROM run_inbox WHERE client_id = $1 AND run_id = $2

-- list runs: ["acme", "years", "cancelled", 50]
SELECT client_id, run_id, process, process_digest, status, case_id, started_ms, ended_ms, error FROM run WHERE client_id IN ($1) AND process = $2 AND status = $3 ORDER BY run_id DESC LIMIT $4

-- one run: ["acme", "run_own"]
SELECT client_id, run_id, process, process_digest, status, case_id, started_ms, ended_ms, error, output FROM run WHERE client_id = $1 AND run_id = $2

-- trace: ["acme", "run_own"]
SELECT seq, task, name, kind, phase, detail, at_ms FROM run_trace WHERE client_id = $1 AND run_id = $2 ORDER BY seq LIMIT 1000

-- trace of a case: ["acme", "case_1"]
SELECT t.seq, t.task, t.name, t.kind, t.phase, t.detail, t.at_ms, t.run_id FROM run r CROSS JOIN run_trace t WHERE t.client_id = r.client_id AND t.run_id = r.run_id AND r.client_id = $1 AND r.case_id = $2 ORDER BY t.at_ms, t.run_id, t.seq LIMIT 1000

-- waits for calls: ["acme", "run_own"]
SELECT call_id, task, function, state FROM run_call WHERE client_id = $1 AND run_id = $2 ORDER BY call_id

-- waits for timers: ["acme", "run_own"]
SELECT call_id, due_ms FROM run_timer WHERE client_id = $1 AND run_id = $2 ORDER BY due_ms

-- releases in use: ["acme"]
SELECT DISTINCT release_id FROM run WHERE client_id = $1 AND status IN ('running', 'waiting', 'suspended')

-- then

-- post, as any room of the earlier node does: ["acme", "run_that_waits"]
UPDATE run SET ready = 1 WHERE client_id = $1 AND run_id = $2 AND status IN ('running', 'waiting')

-- post its input: ["acme", "run_that_waits", "in_2", "{\"kind\":\"message\",\"event\":{\"type\":\"message\",\"text\":\"a letter\"}}", 1800000000500]
INSERT INTO run_inbox (client_id, run_id, inbox_id, input, at_ms) VALUES ($1, $2, $3, $4, $5)
