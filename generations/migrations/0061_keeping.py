from typing import Any

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import generations.models.key


def say_what_was_held(apps: Any, schema_editor: Any) -> None:
    """So far only pictures were counted."""
    Erasure = apps.get_model("generations", "Erasure")
    for erasure in Erasure.objects.exclude(held=0):
        erasure.held_back = {"pictures": erasure.held}
        erasure.save(update_fields=["held_back"])


def say_what_they_were_called(apps: Any, schema_editor: Any) -> None:
    """Galleries of earlier hand-overs that still have the name of whose work is in them."""
    HandOver = apps.get_model("generations", "HandOver")
    for given in HandOver.objects.exclude(gallery=None).select_related("gallery", "person"):
        person = given.person
        name = f"{person.first_name} {person.last_name}".strip() or person.username
        if given.gallery.title == name[:120]:
            given.title = given.gallery.title
            given.save(update_fields=["title"])


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0060_hand_pause"),
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
        migrations.AddField(
            model_name="handover",
            name="title",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="What the gallery was called by it: the name.",
                max_length=120,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="attempt",
            name="pictures_counted",
            field=models.PositiveIntegerField(
                editable=False,
                help_text="How many of its pictures these have; empty: the call is not in them yet.",
                null=True,
                verbose_name="pictures counted",
            ),
        ),
        migrations.AlterField(
            model_name="retentionrule",
            name="kind",
            field=models.CharField(
                choices=[
                    ("trash", "Trash"),
                    ("pictures", "Pictures and prompts that nobody kept"),
                    ("exchanges", "Requests and responses, word for word"),
                    ("failed", "Requests and responses of what failed"),
                    ("uploads", "Reference pictures that nothing uses"),
                    ("drafts", "Drafts"),
                    ("visits", "Visits of share links"),
                    ("addresses", "Network addresses in the record"),
                    ("record", "The record"),
                ],
                max_length=9,
                verbose_name="what",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="batches",
            field=models.ManyToManyField(
                blank=True, editable=False, related_name="+", to="generations.batch", verbose_name="batches"
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="images",
            field=models.ManyToManyField(
                blank=True, editable=False, related_name="+", to="generations.image", verbose_name="pictures"
            ),
        ),
        migrations.CreateModel(
            name="Reread",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        default=generations.models.key.new_key, editable=False, max_length=12, unique=True
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="asked at"),
                ),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                ("last", models.BigIntegerField(default=0)),
                ("until", models.BigIntegerField(default=0)),
                ("read", models.PositiveIntegerField(default=0, verbose_name="read")),
                ("otherwise", models.PositiveIntegerField(default=0, verbose_name="read otherwise")),
                ("found", models.JSONField(default=list, verbose_name="found")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={"verbose_name": "reading again", "verbose_name_plural": "readings again", "ordering": ["-pk"]},
        ),
        migrations.RunPython(say_what_was_held, migrations.RunPython.noop),
        migrations.RunPython(say_what_they_were_called, migrations.RunPython.noop),
    ]
