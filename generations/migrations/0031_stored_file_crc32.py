from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generations", "0030_draft_names")]

    operations = [
        migrations.AddField(
            "storedfile",
            "crc32",
            models.PositiveBigIntegerField(
                editable=False, help_text="Of its bytes; empty until one looks.", null=True
            ),
        ),
    ]
