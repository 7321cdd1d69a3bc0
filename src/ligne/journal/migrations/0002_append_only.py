"""What makes the journal append-only, in the database itself, and fills in which transaction wrote an entry."""

from django.db import migrations

ORIGIN = """
-- Transaction numbers count within one cluster; its identifier says which. (A default may not hold a subquery.)
CREATE FUNCTION journal_cluster() RETURNS bigint LANGUAGE sql STABLE AS
    'SELECT system_identifier FROM pg_control_system()';

ALTER TABLE journal_entry
    ALTER COLUMN cluster SET DEFAULT journal_cluster(),
    ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
"""

GUARDS = """
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal only grows: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal_seal
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON journal_seal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER append_only BEFORE UPDATE ON journal_entrypersonal
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER append_only_delete BEFORE DELETE ON journal_entrypersonal
    FOR EACH ROW WHEN (current_setting('ligne.erasing', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON journal_entrypersonal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""

ERASURE = """
-- The one way personal fields leave the journal. Returns the entries that lost theirs, as ranges.
CREATE FUNCTION journal_erase(entries bigint[]) RETURNS int8multirange LANGUAGE plpgsql AS $$
DECLARE
    gone int8multirange;
BEGIN
    PERFORM set_config('ligne.erasing', 'on', true);
    WITH removed AS (
        DELETE FROM journal_entrypersonal WHERE entry_id = ANY (entries) RETURNING entry_id
    )
    SELECT range_agg(int8range(entry_id, entry_id, '[]')) INTO gone FROM removed;
    PERFORM set_config('ligne.erasing', '', true);
    RETURN coalesce(gone, '{}');
END $$;
"""

UNDO = """
DROP TRIGGER append_only ON journal_entry;
DROP TRIGGER append_only_truncate ON journal_entry;
DROP TRIGGER append_only ON journal_seal;
DROP TRIGGER append_only_truncate ON journal_seal;
DROP TRIGGER append_only ON journal_entrypersonal;
DROP TRIGGER append_only_delete ON journal_entrypersonal;
DROP TRIGGER append_only_truncate ON journal_entrypersonal;
DROP FUNCTION journal_refuse();
DROP FUNCTION journal_erase(bigint[]);
ALTER TABLE journal_entry ALTER COLUMN cluster DROP DEFAULT, ALTER COLUMN xid DROP DEFAULT;
DROP FUNCTION journal_cluster();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(ORIGIN + GUARDS + ERASURE, UNDO)]
