import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Columns get the names of what they hold; no row changes."""

    dependencies = [
        ("generations", "0031_stored_file_crc32"),
    ]

    operations = [
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
    ]
