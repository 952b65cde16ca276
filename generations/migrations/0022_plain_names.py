from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns get the names of what they hold; no row changes."""

    dependencies = [
        ("generations", "0021_image_deleted_by"),
    ]

    operations = [
        migrations.RenameField("generation", "ring_at", "notify_at"),
        migrations.RenameField("generation", "rings", "notify_count"),
        migrations.RemoveIndex("worker", "generations_beat_at_6c279a_idx"),
        migrations.RenameField("worker", "beat_at", "heartbeat_at"),
        migrations.AddIndex(
            "worker", models.Index(fields=["heartbeat_at"], name="generations_heartbe_b82612_idx")
        ),
        migrations.AlterField(
            "generation",
            "notify_at",
            models.DateTimeField(null=True, help_text="When a worker is notified again."),
        ),
    ]
