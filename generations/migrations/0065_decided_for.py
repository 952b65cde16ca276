import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Exists, OuterRef, Subquery


def name_teams(apps, schema_editor):
    """Say of each decision for which team it was made: the one its batch belonged to before it was first shown to
    others since, else the one it belongs to."""
    Verdict, Batch, AudienceChange = (
        apps.get_model("generations", name) for name in ("Verdict", "Batch", "AudienceChange")
    )
    of_batch = Batch.objects.filter(images=OuterRef("image")).values("team")
    Verdict.objects.update(team=Subquery(of_batch[:1]))
    later = AudienceChange.objects.filter(batch__images=OuterRef("image"), changed_at__gt=OuterRef("decided_at"))
    moved = Verdict.objects.annotate(is_moved=Exists(later)).filter(is_moved=True)
    moved.update(team=Subquery(later.order_by("pk").values("team")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0064_attempt_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name="verdict",
            name="team",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                help_text="The one it was decided for: an approval passes the gates of no other.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="generations.team",
                verbose_name="team",
            ),
        ),
        migrations.RunPython(name_teams, migrations.RunPython.noop, elidable=True),
    ]
