"""The smaller copy of a picture that is sent as a reference where a model or its provider takes no larger one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.image import Image
from generations.models.stored_file import StoredFile


class ReducedCopy(models.Model):
    """Made when it is first sent, and kept for as long as its picture: the kept request refers to its bytes.

    `longest` and `most` are the limits it was made for: pixels of its longer side and bytes, 0 for any. `width` and
    `height` are its own, in pixels."""

    image = models.ForeignKey(Image, verbose_name=_("image"), on_delete=models.CASCADE, related_name="reduced_copies")
    file = models.ForeignKey(StoredFile, verbose_name=_("file"), on_delete=models.PROTECT, related_name="+")
    longest = models.PositiveIntegerField(_("longest side"))
    most = models.PositiveBigIntegerField(_("most bytes"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))

    class Meta:
        verbose_name = _("reduced copy")
        verbose_name_plural = _("reduced copies")
        constraints = [models.UniqueConstraint(fields=["image", "longest", "most"], name="one_copy_for_limits")]

    def __str__(self) -> str:
        return gettext("%(width)s × %(height)s") % {"width": self.width, "height": self.height}
