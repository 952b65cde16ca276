from django.db import migrations, models


class Migration(migrations.Migration):
    """Names an endpoint lists that are no known image models."""

    dependencies = [("generations", "0045_batch_removed_at")]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="other_models",
            field=models.JSONField(
                blank=True,
                default=list,
                editable=False,
                help_text="Names the endpoint lists that are no known image models. Add those that draw by hand.",
                verbose_name="other names",
            ),
        ),
    ]
