"""What is chosen beside the words that change a picture: who draws the change, and how often."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from generations import rights
from generations.models import ProviderModel
from generations.models.batch import MAX_COUNT
from generations.viewer import Viewer

NOT_OFFERED = _("This model is no longer offered, or takes no reference pictures. Choose another one.")


class RefineForm(forms.Form):
    """A model that takes references and a number of pictures. Without a model the picture's own draws the change."""

    model = forms.ModelChoiceField(
        queryset=ProviderModel.objects.none(),
        to_field_name="key",
        required=False,
        error_messages={"invalid_choice": NOT_OFFERED},
    )
    n = forms.IntegerField(label=_("Pictures"), min_value=1, max_value=MAX_COUNT, required=False)

    def __init__(self, viewer: Viewer, data: QueryDict) -> None:
        super().__init__(data)
        model = self.fields["model"]
        assert isinstance(model, forms.ModelChoiceField), "as declared above"
        offered = rights.use_model.of(viewer, ProviderModel.objects.offered())
        model.queryset = offered.filter(max_references__gt=0)

    @property
    def problem(self) -> str:
        """The first reason why it cannot be sent; "" for none."""
        return next((str(errors[0]) for errors in self.errors.values()), "")
