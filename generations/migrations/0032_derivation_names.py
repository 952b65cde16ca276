from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


follow = import_module("generations.migrations.0011_batch_words").follow


class Migration(migrations.Migration):
    """Columns get the names of what they hold; no row changes. SQLite makes the table of the batches anew, so that the
    triggers of its index of prompts are made again, in either direction at the end."""

    dependencies = [
        ("generations", "0031_stored_file_crc32"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, follow),
        migrations.RemoveIndex("batch", "batch_line"),
        migrations.RenameField("batch", "turn", "derivation"),
        migrations.RenameField("batch", "root", "lineage_root"),
        migrations.AddIndex(
            "batch",
            models.Index(fields=["lineage_root"], condition=Q(lineage_root__isnull=False), name="batch_lineage"),
        ),
        migrations.AlterField(
            "batch",
            "lineage_root",
            models.ForeignKey(
                to="generations.batch",
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="lineage",
                db_index=False,
                help_text="Where its line began.",
            ),
        ),
        migrations.RenameField("generation", "line", "progress_text"),
        migrations.RenameField("generation", "again_of", "retry_of"),
        migrations.AlterField(
            "generation",
            "retry_of",
            models.ForeignKey(
                to="generations.generation",
                null=True,
                blank=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="retries",
            ),
        ),
        migrations.RunPython(follow, migrations.RunPython.noop),
    ]
