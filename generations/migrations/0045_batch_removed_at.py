from django.db import migrations, models


class Migration(migrations.Migration):
    """When a person took a batch that brought nothing out of the feed."""

    dependencies = [("generations", "0044_review")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="removed_at",
            field=models.DateTimeField(
                editable=False, help_text="When its person took it out of the feed.", null=True, verbose_name="removed at"
            ),
        ),
    ]
