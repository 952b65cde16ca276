from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0018_model_pause'),
    ]

    operations = [
        migrations.AddField(
            model_name='image',
            name='labelled_file',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='generations.storedfile'),
        ),
    ]
