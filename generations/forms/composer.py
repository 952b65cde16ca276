"""What the composer sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations import rights
from generations.errors import InvalidRequest
from generations.forms.fields import TextField
from generations.models import Batch, Gallery, ProviderModel, Team
from generations.models.batch import MAX_COUNT, MAX_PROMPT, NO_PROMPT
from generations.protocol.json import parse_json
from generations.translatable import Message
from generations.translation import number_text, translated
from generations.viewer import Viewer

COUNTS = (1, 2, 4, 8)
"""Those that have a button; any from 1 to MAX_COUNT can be typed."""
PRIVATE = "private"
GALLERY = "gallery:"
"""Before a gallery's key: what is made goes there, and its people see it."""
RELOAD = _("Reload the page and send again.")
MAX_ADDED = 200_000
MAX_STOP, MAX_STOPS = 400, 4


def gallery_to_fill(viewer: Viewer, visible: str) -> Gallery | None:
    """The gallery that this value of "Visible to" names, if the viewer may put pictures there; no query for others."""
    if not visible.startswith(GALLERY):
        return None
    return rights.fill_gallery.of(viewer, Gallery.objects.filter(key=visible.removeprefix(GALLERY))).first()


def archived_gallery(viewer: Viewer, visible: str) -> Gallery | None:
    """The gallery that this value of "Visible to" names, if it is archived and the viewer sees it; no query for
    others."""
    if not visible.startswith(GALLERY):
        return None
    archived = Gallery.objects.filter(key=visible.removeprefix(GALLERY), archived_at__isnull=False)
    return rights.see_gallery.of(viewer, archived).first()


class ComposerForm(forms.Form):
    """A prompt with its models, shape, number, options and who may see what comes of it. `parent` is the picture it
    comes from, `derivation` how."""

    prompt = TextField(max_length=MAX_PROMPT, what=Message("prompt"), error_messages={"required": _(NO_PROMPT)})
    model = forms.ModelMultipleChoiceField(
        queryset=ProviderModel.objects.offered(),
        to_field_name="key",
        error_messages={
            "required": _("Choose a model."),
            "invalid_choice": _("One of these models is no longer offered."),
        },
    )
    size = TextField(max_length=40, what=Message("size"), required=False)
    n = forms.TypedChoiceField(
        choices=[(count, count) for count in range(1, MAX_COUNT + 1)],
        coerce=int,
        empty_value=1,  # type: ignore[arg-type]  # The stubs know only text; Django gives back whatever stands here.
        required=False,
    )
    other_n = forms.IntegerField(label=_("Pictures"), min_value=1, max_value=MAX_COUNT, required=False)
    """A number that has no button; it counts before `n`."""
    visible = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": _("You are not in that team. Choose again who may see the pictures.")},
    )
    submission = TextField(max_length=64, what=Message("form’s key"), error_messages={"required": RELOAD})
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**32 - 1, required=False)
    temperature = forms.FloatField(label=_("Temperature"), min_value=0, max_value=2, required=False)
    top_p = forms.FloatField(label=_("Top p"), min_value=0, max_value=1, required=False)
    max_tokens = forms.IntegerField(label=_("Max tokens"), min_value=1, max_value=1_000_000, required=False)
    presence_penalty = forms.FloatField(label=_("Presence penalty"), min_value=-2, max_value=2, required=False)
    frequency_penalty = forms.FloatField(label=_("Frequency penalty"), min_value=-2, max_value=2, required=False)
    stop = TextField(
        label=_("Stop sequences"),
        what=Message("list of stop sequences"),
        help_text=_("One per line, up to 4"),
        max_length=MAX_STOP,
        required=False,
        strip=False,
    )
    added = TextField(
        label=_("Extra request fields (JSON)"),
        what=Message("text of the extra request fields"),
        max_length=MAX_ADDED,
        required=False,
        strip=False,
    )
    parent = TextField(max_length=12, what=Message("picture’s key"), required=False)
    derivation = forms.ChoiceField(choices=Batch.Derivation.choices, required=False)

    NUMBERS = ("seed", "temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty")
    OPTIONS = (*NUMBERS, "stop", "added")
    SET_ABOVE = ("model", "messages", "stream", "n")
    """Body fields that the composer itself sets."""

    data: QueryDict
    files: MultiValueDict

    def __init__(self, viewer: Viewer, data: QueryDict, files: MultiValueDict) -> None:
        super().__init__(data, files)
        self.viewer, self.person = viewer, viewer.user
        self.teams = {team.key: team for team in self.person.teams.order_by("membership__pk")}
        visible = self.fields["visible"]
        assert isinstance(visible, forms.ChoiceField), "as declared above"
        visible.choices = [(PRIVATE, gettext("Only me")), *((key, team.name) for key, team in self.teams.items())]
        models = self.fields["model"]
        assert isinstance(models, forms.ModelMultipleChoiceField), "as declared above"
        models.queryset = rights.use_model.of(viewer, ProviderModel.objects.offered())
        self.gallery = gallery_to_fill(viewer, data.get("visible", ""))
        if self.gallery:
            visible.choices += [(f"{GALLERY}{self.gallery.key}", self.gallery.title)]
        elif archived := archived_gallery(viewer, data.get("visible", "")):
            visible.error_messages["invalid_choice"] = translated(archived.not_filled)

    @classmethod
    def options_in(cls, said: Mapping[str, object]) -> dict[str, object]:
        """Those of these options that somebody could have set here themselves; of what a file says of itself the rest
        is left out."""
        taken: dict[str, object] = {}
        for name in cls.NUMBERS:
            value = said.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                with suppress(ValidationError):
                    taken[name] = cls.base_fields[name].clean(value)
        stop = said.get("stop")
        if isinstance(stop, list) and stop and all(isinstance(line, str) and line for line in stop):
            lines = "\n".join(stop).splitlines()
            if len(lines) == len(stop) <= MAX_STOPS and len("\n".join(lines)) <= MAX_STOP:
                taken["stop"] = lines
        return taken

    def clean_stop(self) -> list[str] | None:
        """One sequence a line."""
        lines = [line for line in self.cleaned_data["stop"].splitlines() if line]
        if len(lines) > MAX_STOPS:
            raise ValidationError(gettext("Enter up to 4 stop sequences, one per line."))
        return lines or None

    def clean_added(self) -> dict[str, object] | None:
        """What staff add to the body by hand; nobody else's is read."""
        text = self.cleaned_data["added"].strip() if self.viewer.is_staff else ""
        try:
            added = parse_json(text) if text else {}
        except InvalidRequest as error:
            problem = {"problem": translated(error.detail)}
            raise ValidationError(gettext("Extra request fields: %(problem)s") % problem) from error
        if not isinstance(added, dict):
            example = {"example": '{"style": "vivid"}'}
            raise ValidationError(
                gettext("Extra request fields must be one JSON object, such as %(example)s.") % example
            )
        if taken := [name for name in self.SET_ABOVE if name in added]:
            names = {"names": get_text_list(taken, gettext("and"))}
            raise ValidationError(
                gettext("Remove %(names)s from the extra request fields: the composer sets them.") % names
            )
        return added or None

    def sentences(self) -> list[str]:
        """Why it cannot be sent."""
        return [sentence for name, said in self.errors.items() for sentence in self._sentences_of(name, said)]

    def _sentences_of(self, name: str, said: Iterable[object]) -> list[str]:
        if name in (*self.NUMBERS, "other_n"):
            return [self._range(name)]
        gone = self._no_longer_offered() if name == "model" else []
        form = gettext("%(model)s is no longer offered. Choose another model.")
        return [form % {"model": model} for model in gone] or [*map(str, said)]

    def _no_longer_offered(self) -> list[str]:
        """The names of the chosen models that are known, but not on offer."""
        known = ProviderModel.objects.filter(key__in=self.data.getlist("model"))
        offered = rights.use_model.of(self.viewer, ProviderModel.objects.offered())
        return list(known.exclude(pk__in=offered.values("pk")).values_list("name", flat=True))

    def _range(self, name: str) -> str:
        """What a number may be."""
        field = self.fields[name]
        assert isinstance(field, forms.IntegerField), "as declared above; a FloatField is one too"
        form = (
            gettext("%(field)s must be a number from %(min)s to %(max)s.")
            if isinstance(field, forms.FloatField)
            else gettext("%(field)s must be a whole number from %(min)s to %(max)s.")
        )
        return form % {
            "field": field.label,
            "min": number_text(str(field.min_value)),
            "max": number_text(str(field.max_value)),
        }

    def count(self) -> int:
        """How many pictures are asked of each model."""
        return self.cleaned_data["other_n"] or self.cleaned_data["n"]

    def team(self) -> Team | None:
        """The chosen team, else the person's first: also a private batch belongs to one."""
        first = next(iter(self.teams.values()), None)
        return self.teams.get(self.cleaned_data["visible"], first)

    def options(self) -> Mapping[str, object]:
        """The options that were set."""
        return {name: self.cleaned_data[name] for name in self.OPTIONS if self.cleaned_data[name] is not None}
