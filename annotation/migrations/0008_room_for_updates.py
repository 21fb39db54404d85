"""Counters of items and annotators change with every answer: free room in their pages keeps such a change within the page,
and an early vacuum keeps the index of free places small."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0007_pay_is_counted"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE annotation_item SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE annotation_item RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
        migrations.RunSQL(
            "ALTER TABLE annotation_annotatorprogress SET (fillfactor = 50)",
            "ALTER TABLE annotation_annotatorprogress RESET (fillfactor)",
        ),
    ]
