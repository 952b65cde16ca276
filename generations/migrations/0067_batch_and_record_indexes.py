from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0066_hand_over_from_others"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["created_at"], name="batch_created"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["team_id", "actor_id", "number"], name="record_team_actor"),
        ),
    ]
