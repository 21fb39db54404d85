from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0013_a_token_says_what_its_payments_cost"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("credit_batch__isnull", False)),
                fields=["token", "address"],
                name="payouts_credited_by_address",
            ),
        ),
    ]
