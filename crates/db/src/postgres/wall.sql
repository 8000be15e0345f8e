-- Builds the second wall between clients, as far as the role that runs it may: again at every start, and only what is
-- missing. A policy on every table with a client_id, from the catalogue, so that no table is forgotten.
--
-- Where baton.client is not set, every row is there: workers serve all clients. Where it is, the client's rows and the
-- house's. Owners and superusers are not under policies: work within a wall runs under the role baton_client. Whoever may
-- not make or become it is put under the policies itself, if it owns the tables.
DO $wall$
DECLARE
    rule CONSTANT text := $rule$
        client_id = 'house' OR (SELECT COALESCE(current_setting('baton.client', true), '')) IN ('', client_id)
    $rule$;
    above boolean := (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user);
    apart boolean := true;
    held record;
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'baton_client') THEN
            CREATE ROLE baton_client NOLOGIN;
        END IF;
    EXCEPTION
        -- Roles belong to the whole server: another database's node may make it at the same time.
        WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
        BEGIN
            SET LOCAL ROLE baton_client;
            RESET ROLE;
        EXCEPTION WHEN insufficient_privilege THEN
            EXECUTE format('GRANT baton_client TO %I', current_user);
            SET LOCAL ROLE baton_client;
            RESET ROLE;
        END;
    EXCEPTION WHEN insufficient_privilege OR invalid_parameter_value OR undefined_object OR unique_violation THEN
        apart := false;
    END;
    IF apart AND NOT has_schema_privilege('baton_client', current_schema()::text, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO baton_client', current_schema());
    END IF;
    FOR held IN
        SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity,
            EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'baton_wall') AS has_policy
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p')
        ORDER BY c.relname
    LOOP
        BEGIN
            IF NOT held.has_policy THEN
                EXECUTE format('CREATE POLICY baton_wall ON %I USING (%s)', held.relname, rule);
            END IF;
            IF NOT held.relrowsecurity THEN
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', held.relname);
            END IF;
            IF NOT apart AND NOT above AND NOT held.relforcerowsecurity THEN
                EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', held.relname);
            END IF;
            IF apart AND NOT (has_table_privilege('baton_client', held.oid, 'SELECT')
                AND has_table_privilege('baton_client', held.oid, 'INSERT')
                AND has_table_privilege('baton_client', held.oid, 'UPDATE')
                AND has_table_privilege('baton_client', held.oid, 'DELETE')) THEN
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO baton_client', held.relname);
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN
            -- A table of somebody else's: what stands is looked at after.
            NULL;
        END;
    END LOOP;
END
$wall$
