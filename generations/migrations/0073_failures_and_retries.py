"""Find today's failures, and what was tried again.

Most generations are no retry: an index of all of them looks to SQLite as if it found nothing quickly."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0072_library_indexes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='generation',
            name='retry_of',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='retries', to='generations.generation', verbose_name='retry of'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['finished_at'], name='generation_failed'),
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(condition=models.Q(('retry_of__isnull', False)), fields=['retry_of'], name='generation_retried'),
        ),
    ]
