"""Who may do what, for every address there is: a new one without a line here fails."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern
from pytest_django import DjangoDbBlocker

from generations.models import (
    Batch,
    Comment,
    Gallery,
    Generation,
    GroupRole,
    Hold,
    Invitation,
    Notification,
    Person,
    ShareLink,
    Visitor,
)
from generations.models import Client as Customer
from generations.models.inviting import invite
from generations.models.pasted_addresses import Address
from generations.queries.pulse import generations_to_watch, versions_of
from generations.queries.studio import batches_to_show
from generations.urls import urlpatterns
from generations.viewer import Viewer
from tests.support.cast import (
    Cast,
    make_batch,
    make_cast,
    make_done,
    make_failed,
    make_gallery,
    make_person,
    make_reference,
)
from tests.support.reading import Reader, sign_in

pytestmark = [pytest.mark.exhaustive, pytest.mark.django_db]  # or no database is made where only these run

SignIn = Callable[..., Client]
PEOPLE = ("nobody", "cy", "ben", "lea", "ana", "sam")

# For a batch of Ana's that Design may see: what nobody, a stranger, a teammate, the lead, she and staff get.
SEEN_BY_TEAM = (302, 404, 200, 200, 200, 200)
CHANGED_BY_HER = (302, 404, 404, 404, 302, 302)
CHANGED_BY_HER_ALONE = (302, 404, 404, 404, 302, 404)
# For a gallery of hers for Design.
FILLED_BY_TEAM = (302, 404, 302, 302, 302, 302)
MANAGED_BY_LEAD = (302, 404, 404, 302, 302, 302)
OF_STAFF = (302, 404, 404, 404, 404, 200)
DONE_BY_STAFF = (302, 404, 404, 404, 404, 302)
GETS = {
    "studio": ("/", (302, 200, 200, 200, 200, 200)),
    "prompts": ("/draft/prompts", (302, 200, 200, 200, 200, 200)),
    "composer_galleries": ("/compose/galleries", (302, 200, 200, 200, 200, 200)),
    "pictures_to_refer": ("/references/pictures", (302, 200, 200, 200, 200, 200)),
    "pulse": ("/pulse", (302, 204, 204, 204, 200, 204)),
    "batch": ("/b/{batch}", SEEN_BY_TEAM),
    "exchange": ("/g/{generation}/exchange", SEEN_BY_TEAM),
    "request_body": ("/g/{generation}/exchange/1/request.json", (302, 404, 404, 404, 200, 200)),
    "answer_body": ("/g/{generation}/exchange/1/response", (302, 404, 404, 404, 200, 200)),
    "image": ("/i/{image}", SEEN_BY_TEAM),
    "comments": ("/i/{image}/comments", (302, 404, 302, 302, 302, 302)),
    "people_to_mention": ("/i/{image}/comments/people", SEEN_BY_TEAM),
    "original": ("/i/{image}/original", SEEN_BY_TEAM),
    "explain": ("/i/{image}/explain", (302, 404, 204, 204, 204, 204)),
    "thumbnail": ("/i/{image}/thumbnail/640", SEEN_BY_TEAM),
    "labelled": ("/i/{image}/labelled", SEEN_BY_TEAM),
    "clean": ("/i/{image}/clean", SEEN_BY_TEAM),
    "compare": ("/compare?i={image}", SEEN_BY_TEAM),
    "instruct": ("/i/{image}/instruct", (302, 404, 302, 302, 302, 302)),
    "library": ("/library", (302, 200, 200, 200, 200, 200)),
    "gallery": ("/galleries/{gallery}", SEEN_BY_TEAM),
    "gallery_links": ("/galleries/{gallery}/links", (302, 404, 404, 200, 200, 200)),
    "print_gallery": ("/galleries/{gallery}/print", SEEN_BY_TEAM),
    "gallery_people": ("/galleries/{gallery}/people", (302, 404, 404, 200, 200, 200)),
    "choose_audience": ("/audience?batch={batch}", (302, 404, 404, 200, 200, 200)),
    "feedback": ("/galleries/{gallery}/feedback", SEEN_BY_TEAM),
    "feedback_csv": ("/galleries/{gallery}/feedback.csv", SEEN_BY_TEAM),
    "clients": ("/clients", (302, 200, 200, 200, 200, 200)),
    "client": ("/clients/{client}", SEEN_BY_TEAM),
    "client_logo": ("/clients/{client}/logo", (302, 404, 404, 404, 404, 404)),
    "client_page": ("/c/x", (404,) * 6),
    "client_page_logo": ("/c/x/logo", (404,) * 6),
    "choose_gallery": ("/galleries/choose?pick={image}", (302, 200, 200, 200, 200, 200)),
    "galleries": ("/galleries", (302, 200, 200, 200, 200, 200)),
    "facets": ("/library/facets", (302, 200, 200, 200, 200, 200)),
    "setup": ("/setup", OF_STAFF),
    "setup_provider": ("/setup/{provider}", OF_STAFF),
    "providers": ("/providers", (302, 404, 404, 404, 404, 302)),
    "provider": ("/providers/{provider}", OF_STAFF),
    "drawing": ("/providers/{provider}/drawing", (302, 404, 404, 404, 404, 204)),
    "provider_model": ("/models/{model}", OF_STAFF),
    "status": ("/status", OF_STAFF),
    "queue": ("/queue", (302, 200, 200, 200, 200, 200)),
    "usage": ("/usage", (302, 200, 200, 200, 200, 200)),
    "settings": ("/settings", (302, 200, 200, 200, 200, 200)),
    "review": ("/review", (302, 404, 404, 200, 404, 200)),
    "refused_prompts": ("/review/refused", (302, 404, 404, 200, 404, 200)),
    "team_review": ("/teams/{team}/review", (302, 404, 404, 200, 404, 200)),
    "people": ("/people", (302, 404, 404, 200, 404, 200)),
    "groups": ("/people/groups", OF_STAFF),
    "openid_connect_callback": ("/accounts/oidc/sso/login/callback/", (404,) * 6),
    "person": ("/person/{member}", (302, 404, 404, 404, 404, 200)),
    "join": ("/join/x", (404,) * 6),
    "inbox": ("/inbox", (302, 200, 200, 200, 200, 200)),
    "latest_notifications": ("/inbox/latest", (302, 200, 200, 200, 200, 200)),
    "notification": ("/inbox/{notification}", (302, 404, 404, 404, 302, 404)),
    "unsubscribe": ("/unsubscribe/x", (404,) * 6),
    "shared": ("/s/x", (404,) * 6),
    "sent_shared": ("/s/x/sent", (404,) * 6),
    "shared_logo": ("/s/x/logo", (404,) * 6),
    "shared_image": ("/s/x/{image}", (404,) * 6),
    "shared_download": ("/s/x/{image}/file", (404,) * 6),
    "shared_file": ("/s/x/{image}/320", (404,) * 6),
    "texts": ("/texts/zh-hans/0.js", (404,) * 6),
    "check_record": ("/record/check", OF_STAFF),
    "holds": ("/record/holds", OF_STAFF),
    "rereads": ("/record/reread", OF_STAFF),
    "retention": ("/record/retention", OF_STAFF),
    "responses": ("/record/responses?q=lake", OF_STAFF),
    "erasures": ("/record/erasures", OF_STAFF),
    "erasure": ("/person/{member}/erasure", OF_STAFF),
    "check_evidence": ("/evidence/check", (302, 404, 404, 200, 404, 200)),
    "record": ("/record", (302, 404, 404, 200, 404, 200)),
    "trash": ("/trash", (302, 200, 200, 200, 200, 200)),
    "welcome": ("/welcome/x", (404,) * 6),
    "healthz": ("/healthz", (200,) * 6),
    "ready": ("/healthz/ready", (503,) * 6),
    "metrics": ("/metrics", (200,) * 6),
    "account_login": ("/accounts/login/", (200, 302, 302, 302, 302, 302)),
    "second_factor": ("/settings/second-factor", (302,) * 6),
    # Who signed in some time ago is asked once more who they are before any of these; the rest the tests of it say.
    "add_app": ("/settings/second-factor/app", (302,) * 6),
    "remove_app": ("/settings/second-factor/app/remove", (302, 404, 404, 404, 404, 404)),
    "add_passkey": ("/settings/second-factor/passkey", (302,) * 6),
    "remove_passkey": ("/settings/second-factor/passkey/1/remove", (302,) * 6),
    "new_codes": ("/settings/second-factor/codes", (302,) * 6),
    "mfa_login_webauthn": ("/accounts/passkey/", (302,) * 6),
    "mfa_authenticate": ("/accounts/second-factor/", (302,) * 6),
    "account_reauthenticate": ("/accounts/again/", (302, 200, 200, 200, 200, 200)),
    "mfa_reauthenticate": ("/accounts/again/code/", (302,) * 6),
    "mfa_reauthenticate_webauthn": ("/accounts/again/passkey/", (302,) * 6),
    "account_logout": ("/accounts/logout/", (302, 200, 200, 200, 200, 200)),
    "account_confirm_email": ("/accounts/confirm-email/x/", (302, 404, 404, 404, 404, 404)),
    "account_inactive": ("/accounts/inactive/", (200,) * 6),
    "account_signup": ("/accounts/signup/", (200, 302, 302, 302, 302, 302)),
    "account_change_password": ("/accounts/password/change/", (302, 200, 200, 200, 200, 200)),
    "account_set_password": ("/accounts/password/set/", (302, 302, 302, 302, 302, 302)),
    "account_reset_password": ("/accounts/password/reset/", (200,) * 6),
    "account_reset_password_done": ("/accounts/password/reset/done/", (200,) * 6),
    "account_reset_password_from_key": ("/accounts/password/reset/key/1-set-password/", (200,) * 6),
    "account_reset_password_from_key_done": ("/accounts/password/reset/key/done/", (200,) * 6),
}
POSTS = {
    "compose": ("/compose", (302, 422, 422, 422, 422, 422)),
    "limits": ("/compose/limits", (302, 200, 200, 200, 200, 200)),
    "preview": ("/compose/preview", (302, 422, 422, 422, 422, 422)),
    "draft": ("/draft", (302, 204, 204, 204, 204, 204)),
    "references": ("/references", (302, 422, 422, 422, 422, 422)),
    "cancel_batch": ("/b/{batch}/cancel", (302, 404, 404, 302, 302, 302)),
    "remove_batch": ("/b/{batch}/remove", (302, 404, 404, 404, 302, 404)),
    "put_back_batch": ("/b/{batch}/put-back", (302, 404, 404, 404, 302, 404)),
    "cancel": ("/g/{generation}/cancel", (302, 404, 404, 302, 302, 302)),
    "try_now": ("/g/{generation}/now", (302, 404, 404, 302, 302, 302)),
    "retry": ("/g/{generation}/retry", CHANGED_BY_HER),
    "read": ("/g/{generation}/read", CHANGED_BY_HER),
    "refine": ("/i/{image}/refine", (302, 404, 302, 302, 302, 302)),
    "preview_refine": ("/i/{image}/refine/preview", (302, 404, 422, 422, 422, 422)),
    "vary": ("/i/{image}/vary", (302, 404, 302, 302, 302, 302)),
    "favourite": ("/i/{image}/favourite", (302, 404, 302, 302, 302, 302)),
    "tag": ("/i/{image}/tag", (302, 404, 302, 302, 302, 302)),
    "untag": ("/i/{image}/untag", (302, 404, 302, 302, 302, 302)),
    "write_comment": ("/i/{image}/comments/write", (302, 404, 422, 422, 422, 422)),
    "edit_comment": ("/comments/{comment}/edit", (302, 404, 404, 404, 422, 404)),
    "delete_comment": ("/comments/{comment}/delete", (302, 404, 404, 302, 302, 302)),
    "restore_comment": ("/comments/{deleted_comment}/restore", (302, 404, 404, 404, 302, 404)),
    "resolve_comment": ("/comments/{comment}/resolve", (302, 404, 404, 302, 302, 302)),
    "reopen_comment": ("/comments/{comment}/reopen", (302, 404, 404, 302, 302, 302)),
    "delete": ("/i/{image}/delete", (302, 404, 404, 404, 302, 404)),
    "take_down": ("/i/{image}/take-down", (302, 404, 404, 302, 404, 302)),
    "review_image": ("/i/{image}/review", (302, 404, 404, 302, 404, 302)),
    "mark_refusal": ("/g/{refused}/seen", (302, 404, 404, 302, 404, 302)),
    "pause_sending": ("/teams/{team}/people/ben/pause", (302, 404, 404, 302, 404, 302)),
    "invite_people": ("/people/invite", (302, 404, 404, 422, 404, 422)),
    "check_addresses": ("/people/invite/check", (302, 404, 404, 200, 404, 200)),
    "send_invitation": ("/invitations/{invitation}/send", (302, 404, 404, 302, 404, 302)),
    "end_invitation": ("/invitations/{invitation}/revoke", (302, 404, 404, 302, 404, 302)),
    "new_team": ("/teams/new", DONE_BY_STAFF),
    "name_team": ("/teams/{team}/name", (302, 404, 404, 302, 404, 302)),
    "change_role": ("/teams/{team}/people/{member}/role", (302, 404, 404, 302, 404, 302)),
    "remove_member": ("/teams/{team}/people/{member}/remove", (302, 404, 404, 302, 404, 302)),
    "deactivate_person": ("/person/{member}/deactivate", DONE_BY_STAFF),
    "activate_person": ("/person/{member}/activate", DONE_BY_STAFF),
    "hand_over_work": ("/person/{member}/hand-over", DONE_BY_STAFF),
    "pause_person": ("/person/{member}/pause", DONE_BY_STAFF),
    "add_to_team": ("/person/{member}/teams", DONE_BY_STAFF),
    "administrate": ("/person/{member}/administrator", DONE_BY_STAFF),
    "change_person_email": ("/person/{member}/email", DONE_BY_STAFF),
    "make_password_link": ("/person/{member}/password", (302, 404, 404, 404, 404, 200)),
    "unlink_person": ("/person/{member}/unlink", DONE_BY_STAFF),
    "add_group_role": ("/people/groups/add", (302, 404, 404, 404, 404, 422)),
    "remove_group_role": ("/people/groups/{group_role}/remove", DONE_BY_STAFF),
    "openid_connect_login": ("/accounts/oidc/sso/login/", (404,) * 6),
    "remove_factor": ("/person/{member}/second-factor", DONE_BY_STAFF),
    "sign_out_person": ("/person/{member}/sign-out", DONE_BY_STAFF),
    "write_to_member": ("/teams/{team}/people/ben/write", (302, 404, 404, 302, 404, 302)),
    "look_at_image": ("/i/{image}/look", (302, 404, 404, 200, 404, 200)),
    "review_selection": ("/selection/review", (302,) * 6),
    "withdraw_verdicts": ("/review/withdraw/x", (302,) * 6),
    "withdraw_verdict": ("/i/{image}/withdraw/x", (302, 404, 404, 302, 404, 302)),
    "new_gallery": ("/galleries/new", (302, 422, 422, 422, 422, 422)),
    "change_gallery": ("/galleries/{gallery}/change", (302, 404, 404, 422, 422, 422)),
    "order_gallery": ("/galleries/{gallery}/order", FILLED_BY_TEAM),
    "cover_gallery": ("/galleries/{gallery}/cover", MANAGED_BY_LEAD),
    "archive_gallery": ("/galleries/{gallery}/archive", MANAGED_BY_LEAD),
    "delete_gallery": ("/galleries/{gallery}/delete", MANAGED_BY_LEAD),
    "restore_gallery": ("/galleries/{deleted}/restore", (302, 404, 404, 404, 302, 302)),
    "add_to_new_gallery": ("/galleries/new/add", (302,) * 6),
    "name_in_gallery": ("/galleries/{gallery}/people/add", MANAGED_BY_LEAD),
    "check_guests": ("/galleries/{gallery}/people/invite/check", (302, 404, 404, 200, 200, 200)),
    "invite_guests": ("/galleries/{gallery}/people/invite", (302, 404, 404, 422, 422, 422)),
    "drop_from_gallery": ("/galleries/{gallery}/people/remove", MANAGED_BY_LEAD),
    "show_gallery_to": ("/galleries/{gallery}/people/team", (302, 404, 404, 302, 302, 302)),
    "make_link": ("/galleries/{gallery}/links/new", MANAGED_BY_LEAD),
    "revoke_link": ("/links/{link}/revoke", MANAGED_BY_LEAD),
    "close_round": ("/links/{link}/close", MANAGED_BY_LEAD),
    "open_round": ("/links/{link}/open", MANAGED_BY_LEAD),
    "announce_link": ("/links/{link}/announce", MANAGED_BY_LEAD),
    "thank_for_link": ("/links/{link}/thank", MANAGED_BY_LEAD),
    "delete_visitor": ("/visitors/{visitor}/delete", MANAGED_BY_LEAD),
    "restore_visitor": ("/visitors/{gone}/restore", MANAGED_BY_LEAD),
    "reopen_visitor": ("/visitors/{visitor}/reopen", MANAGED_BY_LEAD),
    "new_client": ("/clients/new", (302, 422, 422, 422, 422, 422)),
    "change_client": ("/clients/{client}/change", (302, 404, 404, 422, 422, 422)),
    "change_logo": ("/clients/logo", (302, 404, 404, 404, 404, 404)),
    "change_client_address": ("/clients/{client}/address", MANAGED_BY_LEAD),
    "give_to_client": ("/clients/{client}/links", FILLED_BY_TEAM),
    "take_from_client": ("/links/{link}/take", MANAGED_BY_LEAD),
    "delete_client": ("/clients/{client}/delete", MANAGED_BY_LEAD),
    "restore_client": ("/clients/{put_away}/restore", MANAGED_BY_LEAD),
    "leave_gallery": ("/galleries/{gallery}/leave", (302, 404, 404, 404, 404, 404)),
    "add_to_gallery": ("/galleries/{gallery}/add", FILLED_BY_TEAM),
    "remove_from_gallery": ("/galleries/{gallery}/remove", FILLED_BY_TEAM),
    "move_in_gallery": ("/galleries/{gallery}/move", FILLED_BY_TEAM),
    "undo_removal": ("/galleries/{gallery}/put-back/x", FILLED_BY_TEAM),
    "undo_addition": ("/galleries/{gallery}/take-out/x", FILLED_BY_TEAM),
    "save_search": ("/library/save", (302,) * 6),
    "forget_search": ("/library/forget/x", (302, 404, 404, 404, 404, 404)),
    "favourite_selection": ("/selection/favourite", (302,) * 6),
    "tag_selection": ("/selection/tag", (302,) * 6),
    "untag_selection": ("/selection/untag", (302,) * 6),
    "change_audience": ("/audience/change", (302,) * 6),
    "undo_audience": ("/audience/undo/x", (302, 404, 404, 404, 404, 404)),
    "compare_selection": ("/selection/compare", (302,) * 6),
    "delete_selection": ("/selection/delete", (302,) * 6),
    "zip_selection": ("/selection/zip", (302,) * 6),
    "restore_selection": ("/trash/restore", (302,) * 6),
    "undo": ("/trash/undo/x", (302,) * 6),
    "retry_today": ("/retry", (302,) * 6),
    "undo_retry": ("/retry/undo", (302,) * 6),
    "describe": ("/i/{image}/describe", (302, 404, 302, 302, 302, 302)),
    "connect": ("/setup/connect", (302, 404, 404, 404, 404, 422)),
    "change_provider": ("/providers/{provider}/change/switch", DONE_BY_STAFF),
    "check_provider": ("/providers/{provider}/check", DONE_BY_STAFF),
    "use_better_address": ("/providers/{provider}/address", DONE_BY_STAFF),
    "pause_provider": ("/providers/{provider}/pause", DONE_BY_STAFF),
    "resume_provider": ("/providers/{provider}/resume", DONE_BY_STAFF),
    "forget_provider": ("/providers/{provider}/remove", DONE_BY_STAFF),
    "draw_test": ("/providers/{provider}/draw", DONE_BY_STAFF),
    "offer_models": ("/providers/{provider}/offer", DONE_BY_STAFF),
    "order_offer": ("/providers/{provider}/order", DONE_BY_STAFF),
    "change_model": ("/models/{model}/change", (302, 404, 404, 404, 404, 422)),
    "add_price": ("/models/{model}/price", DONE_BY_STAFF),
    "pause_model": ("/models/{model}/pause", DONE_BY_STAFF),
    "resume_model": ("/models/{model}/resume", DONE_BY_STAFF),
    "retry_queue": ("/queue/retry", (302, 302, 302, 302, 302, 302)),
    "pause_queue": ("/queue/pause", (302, 404, 404, 302, 404, 302)),
    "resume_queue": ("/queue/resume", (302, 404, 404, 302, 404, 302)),
    "save_settings": ("/settings/save", (302,) * 6),
    "change_email": ("/settings/email", (302, 404, 404, 404, 404, 404)),
    "sign_out_elsewhere": ("/settings/sign-out", (302,) * 6),
    "end_sign_in": ("/settings/sign-out/x", (302, 404, 404, 404, 404, 404)),
    "mark_notification": ("/inbox/{notification}/read", CHANGED_BY_HER_ALONE),
    "mark_all_read": ("/inbox/read", (302,) * 6),
    "save_notifications": ("/inbox/settings", (302,) * 6),
    "make_evidence": ("/evidence", (302, 404, 404, 404, 404, 404)),
    "ask_for_check": ("/record/check/now", DONE_BY_STAFF),
    "download_head": ("/record/check/head", OF_STAFF),
    "compare_head": ("/record/check/compare", DONE_BY_STAFF),
    "place_hold": ("/record/holds/place", (302, 404, 404, 404, 404, 422)),
    "ask_to_reread": ("/record/reread/ask", (302, 404, 404, 404, 404, 422)),
    "hold_selection": ("/record/holds/selection", DONE_BY_STAFF),
    "release_hold": ("/record/holds/{hold}/release", DONE_BY_STAFF),
    "save_retention": ("/record/retention/save", DONE_BY_STAFF),
    "apply_retention": ("/record/retention/apply", DONE_BY_STAFF),
    "erase_person": ("/person/{member}/erase", (302, 404, 404, 404, 404, 422)),
    "export_person": ("/person/ana/export", (302, 404, 404, 404, 200, 200)),
    "export_record": ("/record/export", (302, 404, 404, 200, 404, 200)),
    "theme": ("/theme", (302,) * 6),
}

OF_VISITORS = {"choose_shared": "/s/x/choose"}
WITH_A_FORM = {name for name in GETS if name.startswith(("account_", "mfa_"))} | {
    *("add_app", "add_passkey", "check_evidence", "choose_audience", "choose_gallery", "client_page", "join"),
    *("new_codes", "remove_app", "remove_passkey", "shared", "team_review", "unsubscribe", "welcome"),
}
"""What takes its own form, and the pages of others."""
"""Forms of those who come by a share link, signed in or not; they are known by no session, so no token of it is
asked for. Who may send them the tests of choosing say."""


@dataclass(frozen=True)
class World:
    """Everybody with a batch of Ana's, and the session in which each is signed in."""

    cast: Cast
    done: Batch
    sessions: dict[str, str]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once, for hundreds of tests; what each of them changes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        clients = {name: sign_in(getattr(cast, name)) for name in PEOPLE if name != "nobody"}
        sessions = {name: client.cookies[settings.SESSION_COOKIE_NAME].value for name, client in clients.items()}
        yield World(cast, make_done(cast.ana), sessions)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def taken_back(world: World) -> Iterator[None]:
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


@pytest.fixture
def cast(world: World) -> Cast:
    return copy.deepcopy(world.cast)


@pytest.fixture
def done(world: World) -> Batch:
    return copy.deepcopy(world.done)


@pytest.fixture
def signed_in(world: World) -> SignIn:
    """As everywhere, in the session of before."""

    def client_of(person: Person | None, **options: object) -> Client:
        client = Reader(**options) if person else Client()
        if person:
            client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[person.username]
        return client

    return client_of


def test_every_address_has_its_line() -> None:
    names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    assert names == GETS.keys() | POSTS.keys() | OF_VISITORS.keys()


@pytest.mark.parametrize("path", OF_VISITORS.values())
def test_a_visitors_form_is_no_more_for_who_is_signed_in(cast: Cast, done: Batch, signed_in: SignIn, path: str) -> None:
    assert set(statuses(cast, signed_in, done, path, "post").values()) == {404}
    assert set(statuses(cast, signed_in, done, path, "get").values()) == {405}


@pytest.mark.parametrize("name", GETS)
def test_who_may_look(cast: Cast, done: Batch, signed_in: SignIn, name: str) -> None:
    path, expected = GETS[name]
    assert statuses(cast, signed_in, done, path, "get") == dict(zip(PEOPLE, expected, strict=True))


@pytest.mark.parametrize("name", POSTS)
def test_who_may_change(cast: Cast, done: Batch, signed_in: SignIn, name: str) -> None:
    path, expected = POSTS[name]
    assert statuses(cast, signed_in, done, path, "post") == dict(zip(PEOPLE, expected, strict=True))


@pytest.mark.parametrize("name", ["batch", "exchange", "image", "original", "thumbnail"])
def test_what_is_private_is_seen_by_its_person_and_staff(cast: Cast, signed_in: SignIn, name: str) -> None:
    found = statuses(cast, signed_in, make_done(cast.ana, visibility="private"), GETS[name][0], "get")
    assert found == dict(zip(PEOPLE, (302, 404, 404, 404, 200, 200), strict=True))


PICTURE_ALONE = {"original": 200, "thumbnail": 200, "clean": 200, "explain": 204}
WITH_ITS_WORDS = dict.fromkeys(
    ("image", "labelled", "compare", "instruct", "refine", "preview_refine", "vary", "describe"), 404
)


@pytest.mark.parametrize(("name", "status"), (PICTURE_ALONE | WITH_ITS_WORDS).items())
def test_a_private_picture_used_as_a_reference_is_seen_without_its_words(
    cast: Cast, signed_in: SignIn, name: str, status: int
) -> None:
    batch = make_done(cast.ana, prompt="Zeppelin", visibility="private")
    make_reference(make_done(cast.ana), batch.generations.get().images.get())
    path, _ = GETS.get(name) or POSTS[name]
    client = signed_in(cast.ben)
    answer = getattr(client, "get" if name in GETS else "post")(filled(path, batch))
    assert answer.status_code == status
    assert "zeppelin" not in str(answer.headers).lower()
    assert signed_in(cast.cy).get(filled(path, batch)).status_code in (404, 405)


@pytest.mark.parametrize("name", ["cancel_batch", "cancel", "try_now", "review_image", "withdraw_verdict", "take_down"])
def test_a_lead_changes_nothing_that_is_private(cast: Cast, signed_in: SignIn, name: str) -> None:
    found = statuses(cast, signed_in, make_done(cast.ana, visibility="private"), POSTS[name][0], "post")
    assert found["lea"] == 404


@pytest.mark.parametrize("name", POSTS)
def test_no_change_without_the_token_of_the_page(cast: Cast, done: Batch, signed_in: SignIn, name: str) -> None:
    path = filled(POSTS[name][0], done)
    assert signed_in(cast.ana, enforce_csrf_checks=True).post(path).status_code == 403


@pytest.mark.parametrize("name", sorted(GETS.keys() - WITH_A_FORM))
def test_what_is_only_read_is_read_by_no_other_method(cast: Cast, done: Batch, signed_in: SignIn, name: str) -> None:
    client, path = signed_in(cast.sam, enforce_csrf_checks=True), filled(GETS[name][0], done)
    answers = [client.generic(method, path) for method in ("POST", "PUT", "PATCH", "DELETE")]
    assert {(answer.status_code, answer.get("Allow")) for answer in answers} <= {(405, "GET"), (405, "GET, HEAD")}


@pytest.mark.parametrize("name", POSTS)
def test_a_change_is_not_made_by_looking(cast: Cast, done: Batch, signed_in: SignIn, name: str) -> None:
    path = filled(POSTS[name][0], done)
    answer = signed_in(cast.ana).get(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This address only accepts forms." in answer.content.decode()


def test_looking_at_everything_changes_no_row(cast: Cast, done: Batch, signed_in: SignIn) -> None:
    make_failed(cast.ana)
    make_batch(cast.ana)
    before = list(Generation.objects.order_by("pk").values()), Batch.objects.count()
    client = signed_in(cast.ana)
    for path, _ in GETS.values():
        client.get(filled(path, done))
    assert (list(Generation.objects.order_by("pk").values()), Batch.objects.count()) == before


def test_what_a_page_polls_for_is_judged_wherever_it_is_asked(cast: Cast) -> None:
    batch = make_done(cast.ana)
    keys = [batch.generations.get().key]
    assert versions_of(Viewer(cast.ben), keys) and not versions_of(Viewer(cast.cy), keys)
    assert generations_to_watch(Viewer(cast.ben), keys) and not generations_to_watch(Viewer(cast.cy), keys)
    assert batches_to_show(Viewer(cast.ben), [batch.pk]) and not batches_to_show(Viewer(cast.cy), [batch.pk])


def statuses(cast: Cast, signed_in: SignIn, batch: Batch, path: str, method: str) -> dict[str, int]:
    """What each of the cast gets at an address."""
    clients = {name: signed_in(getattr(cast, name, None)) for name in PEOPLE}
    return {name: getattr(client, method)(filled(path, batch)).status_code for name, client in clients.items()}


def filled(path: str, batch: Batch) -> str:
    generation = batch.generations.get()
    fields = {"batch": batch.key, "generation": generation.key, "image": generation.images.first().key}
    model = generation.model
    fields |= {"model": model.key, "provider": model.provider.key}
    fields["team"] = batch.team.key if batch.team else ""
    if "{gallery}" in path or "{deleted}" in path:
        fields |= {"gallery": a_gallery(batch, is_deleted=False), "deleted": a_gallery(batch, is_deleted=True)}
    if "{notification}" in path:
        Notification.tell([batch.person], "finished", batch=batch)
        fields["notification"] = batch.person.notifications.latest("pk").key
    if "{member}" in path:
        fields["member"] = make_person(f"new{Person.objects.count()}", batch.team).username
    if "{group_role}" in path:
        fields["group_role"] = GroupRole.objects.get_or_create(group="judges", team=batch.team)[0].key
    if "{hold}" in path:
        hold = Hold(name=f"Aldea {Hold.objects.count()}", reason="File 25/114", batch=batch)
        hold.place(batch.person)
        fields["hold"] = hold.key
    if "{invitation}" in path:
        address = Address(f"new{Invitation.objects.count()}@design.example")
        [found] = invite(batch.team, [address], batch.person, role="member")
        fields["invitation"] = found.invitation.key
    if "{link}" in path or "{visitor}" in path or "{gone}" in path:
        gallery = Gallery.objects.get(key=a_gallery(batch, is_deleted=False))
        link = ShareLink.make(gallery, batch.person)
        visitor, gone = Visitor.come(link, "Marisol")[0], Visitor.come(link, "Eve")[0]
        gone.delete_by(batch.person)
        fields |= {"link": link.key, "visitor": visitor.key, "gone": gone.key}
    if "{client}" in path or "{put_away}" in path:
        fields |= {"client": a_client(batch).key, "put_away": a_client(batch, is_deleted=True).key}
    if "{refused}" in path:
        fields["refused"] = make_failed(batch.person, kind="declined").generations.get().key
    if "comment}" in path:
        fields |= {"comment": a_comment(batch).key, "deleted_comment": a_comment(batch, is_deleted=True).key}
    return path.format(**fields)


def a_comment(batch: Batch, *, is_deleted: bool = False) -> Comment:
    """A comment of a batch's person on its first picture, which is there, or which they deleted."""
    image = batch.images.get()
    there = image.comments.filter(deleted_at__isnull=not is_deleted).first()
    comment = there or Comment.write(image, batch.person, "Too dark.")[0]
    if is_deleted:
        comment.delete_by(batch.person)
    return comment


def a_client(batch: Batch, *, is_deleted: bool = False) -> Customer:
    """A new client of the person's team, kept or put away."""
    team = batch.person.default_team()
    assert team is not None
    client = Customer.make(team, batch.person, "Aldea")
    if is_deleted:
        client.put_away()
    return client


def a_gallery(batch: Batch, *, is_deleted: bool) -> str:
    """The key of the first gallery of a batch's person that is there, or that lies in their trash."""
    galleries = Gallery.objects.filter(person=batch.person, deleted_at__isnull=not is_deleted)
    gallery = galleries.first() or make_gallery(batch.person, images=batch.images.all())
    if is_deleted:
        gallery.delete_by(batch.person)
    return gallery.key
