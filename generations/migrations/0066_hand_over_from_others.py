
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0065_decided_for"),
    ]

    operations = [
        migrations.AddField(
            model_name="handover",
            name="is_from_others",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Whether it was what they had from others who left, not their own.",
            ),
        ),
    ]
