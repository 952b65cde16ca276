from django.db import migrations

NOTES = {
    "The same, larger and slower": "Like nano-banana, larger and slower",
    "Edits one reference; cannot draw without": "Needs one reference picture",
    "From text only; obeys seeds": "From text only; supports seeds",
    "One picture a call; rewrites the prompt": "One picture per call; rewrites the prompt",
}


def reword(apps, schema_editor, notes=NOTES):
    """Give the models of the catalogue its new notes; what an administrator wrote stays."""
    models = apps.get_model("generations", "ProviderModel").objects.using(schema_editor.connection.alias)
    for old, new in notes.items():
        models.filter(about=old).update(about=new)


def reword_back(apps, schema_editor):
    reword(apps, schema_editor, {new: old for old, new in NOTES.items()})


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0034_texts"),
    ]

    operations = [migrations.RunPython(reword, reword_back)]
