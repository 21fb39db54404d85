from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0007_a_batch_may_end_vetoed")]

    operations = [
        migrations.AddField(
            model_name="escrow",
            name="release_refused",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Why the chain would not release what was earned from it: these earnings wait, no others.",
            ),
            preserve_default=False,
        ),
    ]
