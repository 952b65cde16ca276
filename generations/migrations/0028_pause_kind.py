from django.db import migrations, models

PAUSED = "paused"
KINDS = {
    "The provider asked to wait.": "asked_to_wait",
    "No connection to the provider could be made, so nothing was sent.": "not_connected",
    "The provider answered that there are too many requests.": "rate_limited",
    "The provider asked to be called again later.": "provider_busy",
    "The provider's account has no credit left. An administrator can top it up.": "quota_exhausted",
    "The provider did not accept this installation's key, or blocked its account. Ask an administrator.": "key_refused",
    "The provider's account may not use this model. Choose another model, or ask an administrator to have it enabled.": "model_not_allowed",
    "The provider does not know this model, or does not draw with it. Choose another model.": "model_not_found",
}
"""By the sentences of the releases so far."""


def to_kinds(apps, schema_editor):
    """A sentence of no known kind says that it is paused, and no more."""
    for name in ("Provider", "ProviderModel"):
        paused = apps.get_model("generations", name).objects.exclude(pause_reason="")
        for sentence, kind in KINDS.items():
            paused.filter(pause_reason=sentence).update(pause_kind=kind)
        paused.filter(pause_kind="").update(pause_kind=PAUSED)


def to_sentences(apps, schema_editor):
    for name in ("Provider", "ProviderModel"):
        paused = apps.get_model("generations", name).objects.exclude(pause_kind="")
        for sentence, kind in KINDS.items():
            paused.filter(pause_kind=kind).update(pause_reason=sentence)
        paused.filter(pause_reason="").update(pause_reason="It is paused.")


def field():
    return models.CharField(
        max_length=30, blank=True, editable=False, help_text="Why, as in errors.py; asked_to_wait; or paused."
    )


class Migration(migrations.Migration):
    """Why nothing is sent is kept as a kind; the sentence is worked out when it is shown."""

    dependencies = [
        ("generations", "0027_verdict_indexes"),
    ]

    operations = [
        migrations.AddField("provider", "pause_kind", field()),
        migrations.AddField("providermodel", "pause_kind", field()),
        migrations.RunPython(to_kinds, to_sentences),
        migrations.RemoveField("provider", "pause_reason"),
        migrations.RemoveField("providermodel", "pause_reason"),
    ]
