from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0063_deleted_visitors"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("cleared_at", None)), fields=["generation"], name="attempt_kept"
            ),
        ),
    ]
