from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a model costs becomes rows, and what a generation cost stands in its own; filled by the next one."""

    dependencies = [
        ("generations", "0022_plain_names"),
    ]

    operations = [
        migrations.AddField(
            "generation",
            "price",
            models.DecimalField(
                blank=True,
                decimal_places=5,
                help_text="US dollars a picture when it was submitted; empty: not known.",
                max_digits=9,
                null=True,
            ),
        ),
        migrations.AddField(
            "generation",
            "cost",
            models.DecimalField(
                blank=True,
                decimal_places=5,
                help_text="US dollars in the end; empty: not known.",
                max_digits=12,
                null=True,
            ),
        ),
        migrations.CreateModel(
            "Price",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="holds from")),
                ("size", models.CharField(blank=True, help_text="As the model takes it; empty: any.", max_length=40)),
                (
                    "quality",
                    models.CharField(blank=True, help_text="As it stands in the request; empty: any.", max_length=40),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=5,
                        help_text="US dollars a picture; empty: not known.",
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        help_text="Empty: it came with the catalogue or by a command.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="generations.providermodel",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_at", "-pk"],
                "indexes": [models.Index(fields=["model", "size", "quality", "starts_at"], name="price_in_force")],
            },
        ),
    ]
