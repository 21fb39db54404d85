import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0014_credited_payouts_are_found_by_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="chainevent",
            name="transfer",
            field=models.OneToOneField(
                blank=True,
                help_text="Which it made.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="event",
                to="rewards.transfer",
            ),
        ),
    ]
