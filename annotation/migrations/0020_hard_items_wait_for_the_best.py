from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0019_exams"),
    ]

    operations = [
        migrations.AddField(
            model_name="annotatorprogress",
            name="is_doubtful",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="By the last batch fit: hard items are first offered to those whose answers tell more.",
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="asked_at",
            field=models.DateTimeField(
                help_text="When its item last got a place beyond the least: for a while that is kept for the best.",
                null=True,
            ),
        ),
    ]
