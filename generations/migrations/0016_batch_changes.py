from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0015_provider_base_url"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="changes",
            field=models.JSONField(
                editable=False,
                help_text="Characters kept, deleted and inserted since its parent's prompt; null where not worked out.",
                null=True,
            ),
        ),
    ]
