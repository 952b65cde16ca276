from typing import Any

from django.db import migrations, models


def say_what_was_held(apps: Any, schema_editor: Any) -> None:
    """So far only pictures were counted."""
    Erasure = apps.get_model("generations", "Erasure")
    for erasure in Erasure.objects.exclude(held=0):
        erasure.held_back = {"pictures": erasure.held}
        erasure.save(update_fields=["held_back"])


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0057_audit_pages"),
    ]

    operations = [
        migrations.AlterField(
            model_name="erasure",
            name="held",
            field=models.PositiveIntegerField(
                default=0, help_text="How many things a legal hold kept.", verbose_name="held"
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="held_back",
            field=models.JSONField(default=dict, help_text="How many of each kind.", verbose_name="held back"),
        ),
        migrations.RunPython(say_what_was_held, migrations.RunPython.noop),
    ]
