"""The database itself refuses an unbalanced transfer, and any change of what is written.

A set of entries must balance in the statement that adds it, so nothing can be slipped into an old transfer; and at commit
every new transfer must have its entries. Both are needed: the first sees entries, the second a transfer without any.
A row trigger per entry would sum a transfer of ten thousand entries ten thousand times.
"""

from django.db import migrations

BALANCED = """
CREATE FUNCTION rewards_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong record;
BEGIN
    SELECT added.transfer_id, sum(added.amount) AS off, bool_and(account.token_id = transfer.token_id) AS one_asset
      INTO wrong
      FROM added
      JOIN rewards_ledgeraccount account ON account.id = added.account_id
      JOIN rewards_transfer transfer ON transfer.id = added.transfer_id
     GROUP BY added.transfer_id
    HAVING sum(added.amount) <> 0 OR NOT bool_and(account.token_id = transfer.token_id)
     LIMIT 1;
    IF FOUND THEN
        IF wrong.one_asset THEN
            RAISE EXCEPTION 'transfer % is unbalanced by %', wrong.transfer_id, wrong.off
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RAISE EXCEPTION 'transfer % moves more than one asset', wrong.transfer_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entries_balance AFTER INSERT ON rewards_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION rewards_entries_balance();

CREATE FUNCTION rewards_transfer_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found_sum numeric; found_count bigint;
BEGIN
    SELECT sum(amount), count(*) INTO found_sum, found_count FROM rewards_entry WHERE transfer_id = NEW.id;
    IF found_count < 2 OR found_sum <> 0 THEN
        RAISE EXCEPTION 'transfer % is unbalanced: % entries, sum %', NEW.id, found_count, found_sum
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER transfer_balances AFTER INSERT ON rewards_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_transfer_balances();
"""

UNBALANCED = """
DROP TRIGGER transfer_balances ON rewards_transfer;
DROP FUNCTION rewards_transfer_balances();
DROP TRIGGER entries_balance ON rewards_entry;
DROP FUNCTION rewards_entries_balance();
"""

IMMUTABLE = """
CREATE FUNCTION rewards_ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER entry_never_changes BEFORE UPDATE OR DELETE ON rewards_entry
    FOR EACH ROW EXECUTE FUNCTION rewards_ledger_only_grows();
CREATE TRIGGER entry_is_never_truncated BEFORE TRUNCATE ON rewards_entry
    FOR EACH STATEMENT EXECUTE FUNCTION rewards_ledger_only_grows();
CREATE TRIGGER transfer_never_changes BEFORE UPDATE OR DELETE ON rewards_transfer
    FOR EACH ROW EXECUTE FUNCTION rewards_ledger_only_grows();
CREATE TRIGGER transfer_is_never_truncated BEFORE TRUNCATE ON rewards_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION rewards_ledger_only_grows();
"""

MUTABLE = """
DROP TRIGGER transfer_is_never_truncated ON rewards_transfer;
DROP TRIGGER transfer_never_changes ON rewards_transfer;
DROP TRIGGER entry_is_never_truncated ON rewards_entry;
DROP TRIGGER entry_never_changes ON rewards_entry;
DROP FUNCTION rewards_ledger_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("rewards", "0002_claims_and_refusals")]
    operations = [
        migrations.RunSQL(BALANCED, reverse_sql=UNBALANCED),
        migrations.RunSQL(IMMUTABLE, reverse_sql=MUTABLE),
    ]
