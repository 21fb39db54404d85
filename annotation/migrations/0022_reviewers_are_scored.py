from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0021_comments_on_places")]

    operations = [
        migrations.AddField(
            model_name="goldanswer",
            name="made_at",
            field=models.DateTimeField(
                auto_now_add=True, help_text="A verdict from before was no test of its reviewer.", null=True
            ),
        ),
        migrations.AddField(
            model_name="reviewersummary",
            name="right",
            field=models.PositiveIntegerField(default=0, help_text="Of a year: annotation/queries/reviewer_scores.py."),
        ),
        migrations.AddField(
            model_name="reviewersummary",
            name="wrong",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
