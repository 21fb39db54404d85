from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0022_reviewers_are_scored"),
    ]

    operations = [
        migrations.AddField(
            model_name="projectsummary",
            name="probes_fallen_at",
            field=models.DateTimeField(
                help_text="Since when probes are answered worse than before, and not by chance.", null=True
            ),
        ),
        migrations.AddField(
            model_name="projectsummary",
            name="probes_right",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="projectsummary",
            name="probes_seen",
            field=models.PositiveIntegerField(default=0, help_text="Answers to hidden probes."),
        ),
    ]
