from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """The table of the verdicts that counted goes, and the library's index holds what names them now."""

    dependencies = [
        ("generations", "0026_verdict_rows"),
    ]

    operations = [
        migrations.DeleteModel("Review"),
        migrations.RemoveIndex("image", "image_library"),
        migrations.AddIndex(
            "image",
            models.Index(
                condition=Q(("batch__isnull", False), ("deleted_at", None)),
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
                ],
                name="image_library",
            ),
        ),
        migrations.AddIndex(
            "image",
            models.Index(condition=Q(("verdict__isnull", False)), fields=["verdict"], name="image_verdict"),
        ),
    ]
