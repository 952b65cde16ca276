import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import generations.models.key


class Migration(migrations.Migration):
    """Each verdict gets a row of its own, and a picture names the one that counts; filled by the next one."""

    dependencies = [
        ("generations", "0024_price_rows"),
    ]

    operations = [
        migrations.CreateModel(
            "Verdict",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        default=generations.models.key.new_key,
                        editable=False,
                        help_text="What withdraws this verdict.",
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("approved", "Approved"), ("rejected", "Rejected"), ("withdrawn", "Withdrawn")],
                        max_length=9,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("decided_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="verdicts",
                        to="generations.image",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdraws",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="withdrawal",
                        to="generations.verdict",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["state", "id"], name="verdict_state")],
            },
        ),
        migrations.AddField(
            "image",
            "verdict",
            models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                help_text="The one that counts; empty: it awaits review.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="generations.verdict",
            ),
        ),
    ]
