from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0069_pauser_rows"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="gallerymember",
            options={"verbose_name": "gallery member", "verbose_name_plural": "gallery members"},
        ),
        migrations.AlterModelOptions(
            name="sharelink",
            options={"ordering": ["-pk"], "verbose_name": "share link", "verbose_name_plural": "share links"},
        ),
        migrations.AlterModelOptions(
            name="sharevisit",
            options={"ordering": ["-day"], "verbose_name": "visits of a day", "verbose_name_plural": "visits by day"},
        ),
        migrations.AlterField(
            model_name="notification",
            name="actor_name",
            field=models.CharField(
                blank=True,
                help_text="Of a client, or of who declined.",
                max_length=80,
                verbose_name="name of the actor",
            ),
        ),
    ]
