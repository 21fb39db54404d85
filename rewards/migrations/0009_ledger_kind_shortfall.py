"""What a client took back on chain although it had been earned: owed by the platform, so it may be below zero."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0008_escrow_release_refused")]

    operations = [
        migrations.RemoveConstraint(model_name="ledgeraccount", name="ledger_account_is_never_overdrawn"),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="kind",
            field=models.CharField(
                choices=[
                    ("deposits", "Deposited from outside"),
                    ("escrow", "In a project's escrow, free"),
                    ("committed", "In a project's escrow, reserved for its work"),
                    ("earned", "Earned, not yet settled"),
                    ("unclaimed", "Settled, not yet delivered"),
                    ("claimed", "Delivered to a wallet"),
                    ("fees", "Platform fees"),
                    ("refunds", "Refunded to clients"),
                    ("shortfall", "Earned, and taken back by its client first"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance__lte", 0), ("kind__in", ["deposits", "shortfall"]))
                | models.Q(
                    models.Q(("kind__in", ["deposits", "shortfall"]), _negated=True),
                    ("balance__gte", 0),
                ),
                name="ledger_account_is_never_overdrawn",
            ),
        ),
    ]
