from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns get the names of what they hold; no row changes."""

    dependencies = [
        ("generations", "0029_attempt_answer"),
    ]

    operations = [
        migrations.RenameField("draft", "said", "fields"),
        migrations.RenameField("draft", "by", "client_id"),
        migrations.RenameField("draft", "aside", "stashed"),
        migrations.AlterField(
            "draft",
            "client_id",
            models.CharField(max_length=20, blank=True, help_text="The id that the page which kept it made."),
        ),
    ]
