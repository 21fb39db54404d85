from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="idempotencyrecord",
            name="is_written",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Set in the transaction that writes: once it is committed, the call never runs again.",
            ),
        ),
    ]
