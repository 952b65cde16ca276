"""What a team requires to be approved goes out by no way before: page, address of the file, ZIP or link."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client

from generations import rights
from generations.evidence.check import check_pack
from generations.evidence.pack import write_pack
from generations.models import Attempt, Batch, Image, Membership, Person, ShareLink, Team, Verdict
from generations.models.review_policy import Gate
from generations.protocol.externalize import externalize
from generations.protocol.request import image_request
from generations.viewer import LinkAccess, Scope, TokenAccess, Viewer
from generations.withheld import Withheld
from tests.support.cast import Cast, make_done, make_gallery, make_person, make_reference

SignIn = Callable[..., Client]
REQUIRED = {"review": "required", "review_gates": "ldca"}


@pytest.fixture
def image(cast: Cast) -> Image:
    Team.objects.filter(pk=cast.design.pk).update(**REQUIRED)
    return make_done(cast.ana).images.get()


def approve(cast: Cast, image: Image) -> None:
    Verdict.objects.give(cast.lea, image, Verdict.State.APPROVED)


def media_type(client: Client, path: str) -> str:
    answer = client.get(path)
    return answer["Content-Type"] if answer.status_code == 200 else str(answer.status_code)


def test_a_teammate_waits_and_author_reviewer_and_staff_do_not(cast: Cast, signed_in: SignIn, image: Image) -> None:
    rio = make_person("rio", cast.design, role=Membership.Role.REVIEWER)
    paths = [f"/i/{image.key}/{way}" for way in ("original", "original?download", "clean")]
    for person in (cast.ana, rio, cast.lea, cast.sam):
        assert [media_type(signed_in(person), path) for path in paths] == ["image/png"] * 3, person
    ben = signed_in(cast.ben)
    assert [media_type(ben, path) for path in paths] == ["image/webp", "403", "403"], "a preview to look at, no file"
    assert ben.get(paths[0])["Cache-Control"] == "private, no-cache"
    said = ben.get(paths[1]).content.decode()
    assert "In Design a picture has to be approved before it can be downloaded. Lea, Rio can approve it." in said
    page = ben.get(f"/i/{image.key}").content.decode()
    assert "Lea, Rio can approve it." in page and "?download" not in page and "/clean" not in page
    approve(cast, image)
    assert [media_type(ben, path) for path in paths] == ["image/png"] * 3


def test_a_labelled_copy_waits_for_everybody(cast: Cast, signed_in: SignIn, image: Image) -> None:
    path = f"/i/{image.key}/labelled"
    assert [media_type(signed_in(person), path) for person in (cast.ana, cast.ben, cast.lea)] == ["403"] * 3
    approve(cast, image)
    assert [media_type(signed_in(person), path) for person in (cast.ana, cast.ben, cast.lea)] == ["image/png"] * 3


def test_a_zip_leaves_out_what_waits_and_says_so(cast: Cast, signed_in: SignIn, image: Image) -> None:
    other = make_done(cast.ana).images.get()
    client, picks = signed_in(cast.ben), {"pick": [image.key, other.key]}
    refused = client.post("/selection/zip", picks)
    assert refused.status_code == 403 and "Lea can approve it." in refused.content.decode()
    approve(cast, other)
    for kind in ("", "clean", "labelled", "client"):
        answer = client.post("/selection/zip", {**picks, "kind": kind})
        archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
        pictures = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(pictures) == 1, kind
        if kind == "":
            assert "Left out: it waits for an approval." in archive.read("manifest.csv").decode()


def test_a_link_shows_it_when_it_is_approved(cast: Cast, signed_in: SignIn, client: Client, image: Image) -> None:
    gallery = make_gallery(cast.ana, images=[image])
    link = ShareLink.make(gallery, cast.ana, download=ShareLink.Download.ORIGINAL)
    path = link.get_absolute_url()
    ways = [f"{path}/{image.key}", f"{path}/{image.key}/file", f"{path}/{image.key}/320"]
    assert image.key not in client.get(path).content.decode()
    assert [client.get(way).status_code for way in ways] == [404] * 3
    said = signed_in(cast.ana).get(f"/galleries/{gallery.key}/links").content.decode()
    assert "1 picture is not shown by links before it is approved. Lea can approve it." in said
    approve(cast, image)
    assert image.key in client.get(path).content.decode()
    assert [client.get(way).status_code for way in ways] == [200] * 3
    Verdict.objects.give(cast.lea, image, Verdict.State.CHANGES)
    assert [client.get(way).status_code for way in ways] == [404] * 3


@pytest.mark.parametrize(
    ("gate", "given"),
    [(Gate.DOWNLOADS, []), (Gate.LABELLED, ["web", "original"]), (Gate.API, ["web", "original", "labelled"])],
)
def test_a_link_gives_no_file_that_waits(
    cast: Cast, client: Client, image: Image, gate: Gate, given: list[str]
) -> None:
    Team.objects.filter(pk=cast.design.pk).update(review_gates=gate.value)
    gallery = make_gallery(cast.ana, images=[image])
    links = [
        ShareLink.make(gallery, cast.ana, download=kind, choosing=choosing)
        for kind in ("web", "original", "labelled")
        for choosing in (True, False)
    ]

    def gives(link: ShareLink) -> bool:
        path = f"{link.get_absolute_url()}/{image.key}"
        status, page = client.get(f"{path}/file").status_code, client.get(path).content.decode()
        viewer = Viewer(link=LinkAccess.of(link))
        is_listed = rights.download_shared.of(viewer, Image.objects.all()).exists()
        assert (f"{path}/file" in page) is (status == 200) is is_listed is rights.download_shared.allows(viewer, image)
        assert link.download != "original" or rights.see_original.allows(viewer, image) is is_listed
        return status == 200

    assert [link.download for link in links if gives(link) and link.choosing] == given
    approve(cast, image)
    image.refresh_from_db()
    assert all(map(gives, links))


def test_neither_private_nor_used_as_a_reference_it_gets_out(
    cast: Cast, signed_in: SignIn, client: Client, image: Image
) -> None:
    private = make_done(cast.ana, visibility="private").images.get()
    gallery = make_gallery(cast.ana, images=[private])
    path = ShareLink.make(gallery, cast.ana).get_absolute_url()
    assert private.key not in client.get(path).content.decode()
    make_reference(make_done(cast.ana), private)
    assert media_type(signed_in(cast.ben), f"/i/{private.key}/original") == "image/webp"
    assert media_type(signed_in(cast.ben), f"/i/{private.key}/clean") == "403"


@pytest.mark.parametrize("rules", [{"review": "advisory"}, {"review": "off"}, {"review_gates": ""}])
def test_without_the_rule_nothing_waits(
    cast: Cast, signed_in: SignIn, client: Client, image: Image, rules: dict[str, str]
) -> None:
    Team.objects.filter(pk=cast.design.pk).update(**rules)
    link = ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana)
    ways = ("original?download", "clean", "labelled")
    assert [media_type(signed_in(cast.ben), f"/i/{image.key}/{way}") for way in ways] == ["image/png"] * 3
    assert image.key in client.get(link.get_absolute_url()).content.decode()


def test_one_gate_is_not_another(cast: Cast, signed_in: SignIn, client: Client, image: Image) -> None:
    Team.objects.filter(pk=cast.design.pk).update(review_gates=Gate.LABELLED.value)
    link = ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana)
    ways = ("original?download", "clean", "labelled")
    assert [media_type(signed_in(cast.ben), f"/i/{image.key}/{way}") for way in ways] == ["image/png"] * 2 + ["403"]
    assert image.key in client.get(link.get_absolute_url()).content.decode()


def test_a_token_waits_where_the_api_is_gated_and_nowhere_else(cast: Cast, image: Image) -> None:
    """There is no page for a token yet; its rules are those of a person, and this gate on top."""
    ways = (rights.download_image, rights.see_original, rights.label_image)
    token = TokenAccess(frozenset({Scope.SEE, Scope.DOWNLOAD}))
    people = (cast.ana, cast.lea, cast.sam)

    def allowed(gates: str, access: TokenAccess | None) -> list[list[bool]]:
        Team.objects.filter(pk=cast.design.pk).update(review_gates=gates)
        viewers = [Viewer(person, token=access) for person in people]
        for viewer in viewers:
            for way in ways:
                is_listed = way.of(viewer, Image.objects.all()).filter(pk=image.pk).exists()
                assert is_listed is way.allows(viewer, image)
        return [[way.allows(viewer, image) for way in ways] for viewer in viewers]

    assert allowed(Gate.API.value, token) == [[False, False, False]] * 3
    assert allowed(Gate.API.value, None) == [[True, True, True]] * 3, "a page is no API"
    assert allowed(Gate.LINKS.value + Gate.DOWNLOADS.value, token) == [[True, True, True]] * 3
    assert allowed(Gate.API.value, TokenAccess(frozenset({Scope.SEE}))) == [[False, False, False]] * 3
    approve(cast, image)
    image.refresh_from_db()
    assert allowed(Gate.API.value, token) == [[True, True, True]] * 3
    Team.objects.filter(pk=cast.design.pk).update(review="advisory")
    Verdict.objects.give(cast.lea, image, Verdict.State.REJECTED)
    image.refresh_from_db()
    assert allowed(Gate.API.value, token) == [[True, True, True]] * 3


def uri_of(image: Image) -> str:
    return f"data:image/png;base64,{base64.b64encode(image.file.bytes()).decode()}"


def sent_with(person: Person, *images: Image) -> Attempt:
    """The call of a batch of theirs that took these pictures along."""
    batch, sent = make_done(person), {image.file_id: image.file.bytes() for image in images}
    for image in images:
        make_reference(batch, image)
    uris = [uri_of(image) for image in images]
    request = image_request("gpt-image-1", "At night", references=uris, history=[], stream=False).to_json()
    attempts = Attempt.objects.filter(generation__batch=batch)
    attempts.update(request=externalize(request, sent), request_size=len(request), pictures=[*sent])
    return attempts.get()


def repeated_to(attempt: Attempt, image: Image) -> bytes:
    """The answer to the call, which sends the picture back, as some gateways do; nothing is drawn of that."""
    data = base64.b64encode(image.file.bytes()).decode()
    answer = json.dumps({"sent": f"data:image/png;base64,{data}", "choices": []}).encode()
    kept = externalize(answer, {image.file_id: image.file.bytes()})
    Attempt.objects.filter(pk=attempt.pk).update(answer=kept, answer_size=len(answer), status=200)
    return answer


def test_what_waits_leaves_in_no_request_that_took_it_along(cast: Cast, signed_in: SignIn, image: Image) -> None:
    attempt, ben = sent_with(cast.ben, image), signed_in(cast.ben)
    page = f"/g/{attempt.generation.key}/exchange"
    refused = ben.get(f"{page}/1/request.json")
    assert refused.status_code == 403 and "Lea can approve it." in refused.content.decode()
    assert f"{page}/1/request.json" not in ben.get(page).content.decode()
    assert ben.get(f"{page}/1/response").status_code == 200, "what was drawn is theirs"
    whole = signed_in(cast.sam).get(f"{page}/1/request.json").content
    assert base64.b64encode(image.file.bytes()) in whole == attempt.request_bytes()
    approve(cast, image)
    assert ben.get(f"{page}/1/request.json").content == whole
    assert f"{page}/1/request.json" in ben.get(page).content.decode()


def test_what_waits_leaves_in_no_pack_of_who_leads_another_team(cast: Cast, image: Image) -> None:
    """As a reference, in the request and in an answer that repeats it: also where the request is their own."""
    print_shop = Team.objects.get(name="Print")
    lou = make_person("lou", cast.design)
    Membership.objects.create(person=lou, team=print_shop, role=Membership.Role.LEAD)
    attempt = sent_with(lou, image)
    repeated_to(attempt, image)
    drawn = Image.objects.filter(generation=attempt.generation)
    Batch.objects.filter(pk=attempt.generation.batch_id).update(team=print_shop)
    drawn.update(team=print_shop)

    def holds(viewer: Viewer) -> bool:
        write_pack(out := io.BytesIO(), list(drawn), viewer, "Request by a lawyer", with_names=True)
        assert check_pack(out).is_good
        files = [zipfile.ZipFile(out).read(name) for name in zipfile.ZipFile(out).namelist()]
        original, encoded = image.file.bytes(), base64.b64encode(image.file.bytes())
        found = [original in data or encoded in data for data in files]
        assert sum(found) in (0, 3)
        return any(found)

    assert (holds(Viewer(cast.sam)), holds(Viewer(lou))) == (True, False)
    approve(cast, image)
    assert holds(Viewer(Person.objects.get(pk=lou.pk)))


def test_what_waits_holds_back_no_other_reference(cast: Cast, signed_in: SignIn, image: Image) -> None:
    """An upload of somebody else waits for nothing, alone or beside a picture that waits."""
    upload = make_reference(make_done(cast.ana))
    for images, waiting in (([upload], []), ([upload, image], [image.file_id])):
        attempt = sent_with(cast.ben, *images)
        answer = repeated_to(attempt, upload)
        attempt.refresh_from_db()
        withheld = Withheld(Viewer(cast.ben), attempt.generation)
        assert [left.sha256 for left in withheld.request(attempt).left_out] == waiting
        assert withheld.answer(attempt).data == answer
        assert signed_in(cast.ben).get(f"/g/{attempt.generation.key}/exchange/1/response").content == answer


def test_what_waits_leaves_in_no_answer_that_repeats_it(cast: Cast, signed_in: SignIn, image: Image) -> None:
    attempt, ben = sent_with(cast.ben, image), signed_in(cast.ben)
    answer = repeated_to(attempt, image)
    page = f"/g/{attempt.generation.key}/exchange/1/response"
    refused = ben.get(page)
    assert refused.status_code == 403 and "Lea can approve it." in refused.content.decode()
    assert page not in ben.get(page.removesuffix("/1/response")).content.decode(), "nor is it offered"
    assert signed_in(cast.sam).get(page).content == answer
    approve(cast, image)
    assert page in ben.get(page.removesuffix("/1/response")).content.decode()
    assert ben.get(page).content == answer
