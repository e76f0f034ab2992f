/// Creates the table. The README has the same text.
pub(crate) const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS seawall_states (
    key text PRIMARY KEY,
    state bytea NOT NULL,
    keep_until timestamptz NOT NULL
) WITH (fillfactor = 70)";

/// Permits what the store does to the table.
pub(crate) const GRANT: &str = "GRANT SELECT, INSERT, UPDATE, DELETE ON seawall_states TO …";

pub(crate) const EXISTS: &str = "SELECT to_regclass('seawall_states') IS NOT NULL";

/// Looks whether the server is a replica, and what changes when it loses writes: it, its history of
/// promotions, and when it was started. A restart loses nothing if each commit was flushed, but a restored
/// snapshot of the disk cannot be told from it. `pg_control_checkpoint` would tell of a promotion too late.
pub(crate) const SERVER: &str = "\
SELECT pg_is_in_recovery(), current_setting('server_version'),
    md5(concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),
        CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
        extract(epoch FROM pg_postmaster_start_time())))";

/// Notes the time at which an epoch was first seen, and returns it.
pub(crate) const SEE: &str = "\
INSERT INTO seawall_states AS old VALUES ('seawall:1:epoch ' || $1,
    convert_to(round(extract(epoch FROM clock_timestamp()) * 1000000)::text, 'UTF8'),
    clock_timestamp() + interval '100 days')
ON CONFLICT (key) DO UPDATE SET keep_until = excluded.keep_until
RETURNING convert_from(state, 'UTF8')::float8";

/// Reads the server's time, a state, and whether it is past its time.
pub(crate) const READ: &str = "\
SELECT round(extract(epoch FROM clock_timestamp()) * 1000000)::float8, state,
    keep_until < clock_timestamp()
FROM (SELECT) AS one LEFT JOIN seawall_states ON key = $1";

pub(crate) const INSERT: &str = "\
INSERT INTO seawall_states VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
ON CONFLICT (key) DO NOTHING";

/// Replaces a state if it is still the one that was read, in `$4`.
pub(crate) const UPDATE: &str = "\
UPDATE seawall_states
SET state = $2, keep_until = clock_timestamp() + $3 * interval '1 millisecond'
WHERE key = $1 AND state = $4";

/// Removes states that are past their time. Without an index on that, a write changes no index.
pub(crate) const PRUNE: &str = "\
DELETE FROM seawall_states WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM seawall_states WHERE keep_until < clock_timestamp()
    LIMIT 10000 FOR UPDATE SKIP LOCKED))";
