"""Turn the table of filed figures into one partitioned by month, with the columns and keys it has by then."""

from django.db import migrations

TABLE = "reports_dailyfigure"
# Django's foreign keys do not travel with LIKE: they are read from the plain table and made again.
PARTITION = f"""
DO $$
DECLARE foreign_key record;
BEGIN
    CREATE TABLE {TABLE}_by_month (LIKE {TABLE} INCLUDING ALL) PARTITION BY RANGE (date);
    FOR foreign_key IN
        SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
         WHERE conrelid = '{TABLE}'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE {TABLE}_by_month ADD CONSTRAINT %I %s',
                       foreign_key.conname, foreign_key.definition);
    END LOOP;
    DROP TABLE {TABLE};
    ALTER TABLE {TABLE}_by_month RENAME TO {TABLE};
END $$;
"""
UNPARTITION = f"""
DO $$
DECLARE foreign_key record;
BEGIN
    CREATE TABLE {TABLE}_plain (LIKE {TABLE} INCLUDING ALL);
    INSERT INTO {TABLE}_plain SELECT * FROM {TABLE};
    FOR foreign_key IN
        SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
         WHERE conrelid = '{TABLE}'::regclass AND contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE {TABLE}_plain ADD CONSTRAINT %I %s',
                       foreign_key.conname, foreign_key.definition);
    END LOOP;
    DROP TABLE {TABLE};
    ALTER TABLE {TABLE}_plain RENAME TO {TABLE};
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunSQL(PARTITION, UNPARTITION)]
