from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0012_tokens_say_whether_they_take_permits"),
    ]

    operations = [
        migrations.AddField(
            model_name="token",
            name="payment_gas",
            field=models.PositiveIntegerField(
                default=32000,
                help_text="Gas that each payment of it in a run is given: measured, and learned from runs.",
            ),
        ),
    ]
