from django.db import migrations

NAMES = {"again": "parent", "turn": "derivation"}


def rename(apps, schema_editor, names=NAMES):
    """Give the fields of kept drafts the names that the composer's form has now."""
    for draft in apps.get_model("generations", "Draft").objects.using(schema_editor.connection.alias).iterator():
        for column in ("fields", "stashed"):
            kept = getattr(draft, column)
            setattr(draft, column, {names.get(name, name): value for name, value in kept.items()})
        draft.save(update_fields=["fields", "stashed"])


def rename_back(apps, schema_editor):
    rename(apps, schema_editor, {new: old for old, new in NAMES.items()})


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0035_model_notes"),
    ]

    operations = [migrations.RunPython(rename, rename_back)]
