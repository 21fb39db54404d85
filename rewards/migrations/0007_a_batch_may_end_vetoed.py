from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0006_incidents_and_checkpoints")]

    operations = [
        migrations.RemoveConstraint(model_name="settlementbatch", name="one_unfinished_batch_per_chain"),
        migrations.AlterField(
            model_name="settlementbatch",
            name="state",
            field=models.CharField(
                choices=[
                    ("frozen", "Frozen"),
                    ("releasing", "Releasing escrows"),
                    ("proposed", "Root proposed"),
                    ("paying", "Paying"),
                    ("final", "Final"),
                    ("vetoed", "Vetoed"),
                    ("held", "Held"),
                ],
                default="frozen",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementbatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["final", "vetoed"]), _negated=True),
                fields=("chain",),
                name="one_unfinished_batch_per_chain",
            ),
        ),
    ]
