from django.db import migrations, models


class Migration(migrations.Migration):
    """What a provider says of its answer gets columns; the answers so far say nothing there."""

    dependencies = [
        ("generations", "0028_pause_kind"),
    ]

    operations = [
        migrations.AddField(
            "attempt",
            "finish_reason",
            models.CharField(
                help_text="Why the model stopped, of each choice that stopped otherwise.", max_length=200, null=True
            ),
        ),
        migrations.AddField(
            "attempt",
            "response_id",
            models.CharField(help_text="The provider's own name for the answer.", max_length=200, null=True),
        ),
    ]
