"""Say who paused what is paused now, where the name that was kept is one person's alone. The name stays."""

from collections import defaultdict

from django.db import migrations


def name_people(apps, schema_editor):
    called = defaultdict(list)
    people = apps.get_model("generations", "Person").objects.filter(erased_at=None)
    for pk, first, last, username in people.values_list("pk", "first_name", "last_name", "username"):
        called[(f"{first} {last}".strip() or username)[:80]].append(pk)
    for model, column in (("Membership", "sending"), ("Provider", "hand"), ("ProviderModel", "hand")):
        rows = apps.get_model("generations", model).objects
        for name in set(rows.exclude(**{f"{column}_paused_by": ""}).values_list(f"{column}_paused_by", flat=True)):
            if len(called[name]) == 1:
                rows.filter(**{f"{column}_paused_by": name}).update(**{f"{column}_pauser": called[name][0]})


class Migration(migrations.Migration):
    dependencies = [("generations", "0068_pausers")]

    operations = [migrations.RunPython(name_people, migrations.RunPython.noop)]
