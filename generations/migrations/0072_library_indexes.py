"""Have the library counted from indexes alone.

SQLite reads the table unless its index holds every column a query names, even those the index's condition speaks of.
PostgreSQL reads the table because that index is wide: for it there is a narrow one by which most pictures are counted.
SQLite would look up there what it does better to walk, so it has none."""

from django.db import migrations, models

LISTED = models.Q(batch__isnull=False, deleted_at=None, is_surplus=False)
INDEX = "image_counted"
ADD = f"CREATE INDEX {INDEX} ON generations_image (team_id, person_id)"
WHERE = "WHERE batch_id IS NOT NULL AND deleted_at IS NULL AND NOT is_surplus"


def index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"{ADD} {WHERE}")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("generations", "0071_covering_indexes_of_galleries")]

    operations = [
        migrations.RemoveIndex(model_name="image", name="image_library"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=[
                    "id",
                    "person",
                    "team",
                    "batch",
                    "model",
                    "width",
                    "height",
                    "created_at",
                    "deleted_at",
                    "verdict",
                    "is_surplus",
                ],
                condition=LISTED,
                name="image_library",
            ),
        ),
        migrations.RunPython(index, drop),
    ]
