"""`manage.py remove_second_factor`: the way in when the only administrator lost the telephone."""

import io

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from generations.models import AuditEntry
from tests.support.cast import Cast
from tests.support.factors import make_app


def test_it_removes_what_there_is_and_says_so(cast: Cast) -> None:
    make_app(cast.sam)
    make_app(cast.ana)
    out = io.StringIO()
    call_command("remove_second_factor", "SAM@design.example", stdout=out)
    assert out.getvalue() == "Sam signs in with the password alone now.\n"
    assert {factor.user for factor in Authenticator.objects.all()} == {cast.ana}
    entry = AuditEntry.objects.get(verb="removed_second_factor")
    assert (entry.object_key, entry.actor_id) == (str(cast.sam.pk), None)
    with pytest.raises(CommandError, match="Sam has no second factor"):
        call_command("remove_second_factor", "sam")
    with pytest.raises(CommandError, match="Nobody is called x"):
        call_command("remove_second_factor", "x")
