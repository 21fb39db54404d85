from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0015_an_event_keeps_its_transfer"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="claimbalance",
            name="user",
        ),
    ]
