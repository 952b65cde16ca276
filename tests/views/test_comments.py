"""The threads of a picture: what its page shows, what can be done to a comment, and who is offered to be mentioned."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from generations.models import (
    AuditEntry,
    Comment,
    GalleryMember,
    Image,
    Membership,
    Person,
    ShareLink,
    Visitor,
)
from generations.models.comment import MAX_COMMENT
from generations.models.key import new_key, now
from generations.models.region import Region
from generations.queries import comments
from generations.viewer import Viewer
from tests.support.cast import Cast, make_done, make_gallery, make_person, make_reference, make_team

SignIn = Callable[..., Client]


@pytest.fixture
def image(cast: Cast) -> Image:
    return make_done(cast.ana, prompt="A red bicycle").images.get()


def said(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode())


def write(client: Client, image: Image, text: str = "Too dark.", **fields: str) -> HttpResponse:
    """As the form on the picture's page sends it."""
    address = f"http://testserver{image.get_absolute_url()}"
    sent = {"text": text, "key": new_key(), **fields}
    return client.post(f"/i/{image.key}/comments/write", sent, headers={"HX-Current-URL": address})


def act(client: Client, comment: Comment, verb: str, **fields: str) -> HttpResponse:
    address = f"http://testserver{comment.image.get_absolute_url()}"
    return client.post(f"/comments/{comment.key}/{verb}", fields, headers={"HX-Current-URL": address})


def offered(client: Client, image: Image, words: str = "") -> set[str]:
    return {each["name"] for each in client.get(f"/i/{image.key}/comments/people", {"q": words}).json()["people"]}


def test_undo_says_so_where_the_visit_was_deleted_meanwhile(cast: Cast, signed_in: SignIn, image: Image) -> None:
    visitor = Visitor.come(ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana), "Marisol")[0]
    remark, client = visitor.remark(image, "Darker, please"), signed_in(cast.ana)
    act(client, remark, "delete")
    visitor.delete_by(cast.ana)
    undo = f"/comments/{remark.key}/restore"
    page = said(client.post(undo, follow=True))
    assert "Restored." not in page and "The visit of Marisol was deleted. Restore it on the “Feedback” page" in page
    assert not Comment.objects.kept().exists()
    visitor.restore()
    assert "Restored." in said(client.post(undo, follow=True)) and Comment.objects.kept().get() == remark


def test_an_answer_that_a_client_reads_says_so(cast: Cast, signed_in: SignIn, image: Image) -> None:
    link = ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana)
    remark = Visitor.come(link, "Marisol")[0].remark(image, "Darker, please")
    own, _mentioned = Comment.write(image, cast.ben, "I like it")
    client = signed_in(cast.ana)
    page = said(client.get(image.get_absolute_url()))
    assert page.count("Answer the client") == 1 and "The client reads your answer" not in page
    page = said(client.get(image.get_absolute_url(), {"answer": remark.key}))
    assert page.count("Answer the client") == 2 and "The client reads your answer" in page
    page = said(client.get(image.get_absolute_url(), {"answer": own.key}))
    assert page.count("Answer the client") == 1 and "The client reads your answer" not in page


def test_a_clients_comment_is_for_who_manages_its_own_gallery(cast: Cast, signed_in: SignIn, image: Image) -> None:
    """Somebody of the team may put the picture into a gallery of theirs as well."""
    eve, mio = make_person("eve", cast.design), make_person("mio", cast.design)
    gallery = make_gallery(cast.ben, images=[image])
    gallery.members.create(person=mio, role=GalleryMember.Role.MANAGE)
    remark = Visitor.come(ShareLink.make(gallery, cast.ben), "Marisol")[0].remark(image, "Darker, please")
    make_gallery(eve, images=[image])
    verbs = ("resolve", "reopen", "delete", "restore")

    def statuses(person: Person) -> list[int]:
        return [act(signed_in(person), remark, verb).status_code for verb in verbs]

    assert statuses(eve) == [404] * 4
    for person in (cast.ben, mio, cast.lea, cast.sam):
        assert statuses(person) == [302] * 4, person
    act(signed_in(cast.ben), remark, "delete")
    assert act(signed_in(eve), remark, "restore").status_code == 404
    assert act(signed_in(mio), remark, "restore").status_code == 302


def test_a_flood_takes_no_answer_from_its_thread(cast: Cast, image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "MAX_THREADS", 2)
    asked, quiet = (Comment.write(image, cast.ana, text)[0] for text in ("Asked", "Quiet"))
    flood = [Comment.write(image, cast.ben, f"Flood {n}")[0] for n in range(4)]
    answers = [Comment.write(image, cast.ben, f"Answer {n}", parent=asked)[0] for n in range(3)]
    shown = comments.comments_on(Viewer(cast.cy), image)
    assert shown == [asked, flood[-1], *answers] and quiet not in shown


def test_nobody_brings_back_what_its_author_took_back(cast: Cast, signed_in: SignIn, image: Image) -> None:
    said = [Comment.write(image, cast.ben, text)[0] for text in ("Too dark", "Too flat", "Erased")]
    said[0].delete_by(cast.ben)
    said[1].delete_by(cast.lea)
    said[2].delete_by(cast.lea)
    Comment.objects.filter(pk=said[2].pk).update(text="")
    statuses = [signed_in(cast.sam).post(f"/comments/{each.key}/restore").status_code for each in said]
    assert statuses[:2] == [404, 302]
    assert [*Comment.objects.kept()] == [said[1]]


# ── without script ──


def test_a_thread_is_written_answered_edited_and_resolved_without_script(
    cast: Cast, signed_in: SignIn, image: Image
) -> None:
    ana, ben, page = signed_in(cast.ana), signed_in(cast.ben), image.get_absolute_url()
    answer = write(ben, image, "@ana too dark & <b>flat</b>", where="167,167")
    comment = Comment.objects.get()
    assert answer.url == f"{page}#c-{comment.key}"
    assert (comment.author, comment.region, list(comment.mentions.all())) == (cast.ben, Region(167, 167), [cast.ana])
    shown = ana.get(page).content.decode()
    assert "&lt;b&gt;flat&lt;/b&gt;" in shown and 'title="Ana"' in shown and f'id="p-{comment.key}"' in shown
    assert f'name="answer" value="{comment.key}"' in ana.get(f"{page}?answer={comment.key}").content.decode()
    write(ana, image, "Here is another.", answer=comment.key)
    reply = Comment.objects.get(parent=comment)
    assert "Edit comment" not in said(ana.get(f"{page}?edit={comment.key}")), "it is somebody else's"
    assert "Edit comment" in said(ana.get(f"{page}?edit={reply.key}"))
    act(ana, reply, "edit", text="Here is a brighter one.")
    shown = said(ben.get(page))
    assert "Here is a brighter one." in shown and "edited today" in shown and "2 comments" in shown
    assert "Resolved." in said(ben.post(f"/comments/{comment.key}/resolve", follow=True))
    shown = said(ben.get(page))
    assert "1 resolved comment" in shown and "Resolved by <bdi>Ben</bdi>" in shown and "2 comments" not in shown
    act(ben, comment, "reopen")
    assert "1 resolved comment" not in said(ben.get(page))


def test_deleting_is_undone_and_what_has_answers_leaves_its_place(cast: Cast, signed_in: SignIn, image: Image) -> None:
    client, page = signed_in(cast.ana), image.get_absolute_url()
    write(client, image, "Zeppelin")
    comment = Comment.objects.get()
    undo = f'action="/comments/{comment.key}/restore"'
    assert undo in client.post(f"/comments/{comment.key}/delete", follow=True).content.decode()
    assert "Zeppelin" not in said(client.get(page)) and "Deleted comment" not in said(client.get(page))
    client.post(f"/comments/{comment.key}/restore")
    write(client, image, "Answered", answer=comment.key)
    act(client, comment, "delete")
    shown = said(client.get(page))
    assert "Zeppelin" not in shown and "Deleted comment" in shown and "Answered" in shown
    assert write(client, image, "Late", answer=comment.key).status_code == 404
    assert act(client, comment, "edit", text="x").status_code == 404


def test_a_second_click_on_delete_and_on_undo_finds_it_done(cast: Cast, signed_in: SignIn, image: Image) -> None:
    comment, _mentioned = Comment.write(image, cast.ben, "Too dark")
    paths = [f"/comments/{comment.key}/{verb}" for verb in ("delete", "restore")]
    for person in (cast.ben, cast.lea):
        for path, sentence in zip(paths, ("Comment deleted.", "Restored."), strict=True):
            for client in (signed_in(person), signed_in(person), signed_in(person, htmx=True)):
                assert sentence in said(client.post(path, follow=True))
        assert Comment.objects.kept().get() == comment
    Comment.objects.update(text="", deleted_at=now(), deleted_by=cast.ben)
    assert "There was nothing to restore." in said(signed_in(cast.ben).post(paths[1], follow=True))
    assert [signed_in(cast.cy).post(path).status_code for path in paths] == [404, 404]
    verbs = AuditEntry.objects.filter(verb__in=("deleted_comment", "restored_comment"))
    assert verbs.count() == 4, "the record says each once"


def test_what_is_refused_stays_in_its_field(cast: Cast, signed_in: SignIn, image: Image) -> None:
    client = signed_in(cast.ana)
    answer = write(client, image, "y" * (MAX_COMMENT + 1), where="500,500")
    assert answer.status_code == 422 and "at most" in said(answer) and "y" * (MAX_COMMENT + 1) in said(answer)
    assert 'value="500,500" selected' in said(answer)
    assert "Choose a place" in said(write(client, image, "Kept", where="left")) and not Comment.objects.exists()
    write(client, image)
    comment = Comment.objects.get()
    answer = act(client, comment, "edit", text="z\0z")
    assert answer.status_code == 422 and "NUL" in said(answer) and "Edit comment" in said(answer)
    assert "Answer to Ana" in said(write(client, image, " ", answer=comment.key))


@pytest.mark.parametrize(
    "text",
    ["💡" * 4000, "‮evil⁦", "e" + "\u0301" * 30, "{{ 7|add:7 }} %s %(x)s", "<script>alert(1)</script>", "@" * 4000],
)
def test_a_hostile_text_is_shown_as_text(cast: Cast, signed_in: SignIn, image: Image, text: str) -> None:
    client = signed_in(cast.ana)
    assert write(client, image, text).status_code == 302
    shown = client.get(image.get_absolute_url())
    assert shown.status_code == 200 and Comment.objects.get().text in said(shown)
    assert "<script>alert" not in shown.content.decode()


# ── with htmx ──


def test_the_threads_are_renewed_where_they_are_shown(cast: Cast, signed_in: SignIn, image: Image) -> None:
    client = signed_in(cast.ana, htmx=True)
    shown = said(write(client, image, "Zeppelin", where="10,10,500,500"))
    comment = Comment.objects.get()
    assert 'id="comments"' in shown and 'id="pins"' in shown and "Zeppelin" in shown and "pins__box" in shown
    gone = client.post(f"/comments/{comment.key}/delete")
    assert "Comment deleted." in said(gone) and f"/comments/{comment.key}/restore" in said(gone)
    assert 'id="comments"' not in said(gone), "the page one is on has no such place"
    problem = write(client, image, " ")
    assert problem.status_code == 200 and "Write a comment first." in said(problem)
    write(client, image, "Beside")
    part = client.get(f"/i/{image.key}/comments?edit={Comment.objects.last().key}")
    assert "Edit comment" in said(part) and "<html" not in said(part)


def test_a_form_that_is_sent_twice_writes_one_comment(cast: Cast, signed_in: SignIn, image: Image) -> None:
    client, key = signed_in(cast.ana), new_key()
    for _ in range(2):
        assert write(client, image, key=key).url.endswith(f"#c-{key}")
    assert Comment.objects.count() == 1


def test_who_resolves_second_hears_who_was_first(cast: Cast, signed_in: SignIn, image: Image) -> None:
    comment = Comment.write(image, cast.ana, "Too dark.")[0]
    act(signed_in(cast.lea), comment, "resolve")
    assert "Lea has resolved this already." in said(act(signed_in(cast.ana, htmx=True), comment, "resolve"))


# ── who ──


def test_who_sees_the_picture_in_a_gallery_alone_talks_along(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana, visibility="private").images.get()
    gallery = make_gallery(cast.ana, team=None, images=[image])
    client = signed_in(cast.cy)
    assert write(client, image).status_code == 404
    gallery.set_member(cast.cy, GalleryMember.Role.VIEW, cast.ana)
    write(client, image, "Seen by Cy")
    assert "Seen by Cy" in said(client.get(image.get_absolute_url()))
    assert write(signed_in(cast.ben), image).status_code == 404
    gallery.members.all().delete()
    comment = Comment.objects.get()
    assert [act(client, comment, verb, text="x").status_code for verb in ("edit", "delete", "resolve")] == [404] * 3


def test_a_picture_that_is_only_used_as_a_reference_is_not_discussed(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana, visibility="private").images.get()
    make_reference(make_done(cast.ana), image)
    Comment.write(image, cast.ana, "Zeppelin")
    client = signed_in(cast.ben)
    assert write(client, image).status_code == 404
    assert client.get(f"/i/{image.key}/comments", headers={"HX-Request": "true"}).status_code == 404


def test_an_answer_to_another_picture_is_a_comment_of_its_own(cast: Cast, signed_in: SignIn, image: Image) -> None:
    other = Comment.write(make_done(cast.ana).images.get(), cast.ana, "Elsewhere")[0]
    write(signed_in(cast.ben), image, answer=other.key)
    assert image.comments.get().parent is None
    hidden = Comment.write(make_done(cast.cy).images.get(), cast.cy, "Elsewhere")[0]
    assert write(signed_in(cast.ben), image, answer=hidden.key).status_code == 404


# ── mentions ──


def test_only_who_sees_the_picture_and_is_known_is_offered(cast: Cast, signed_in: SignIn, image: Image) -> None:
    """Cy and Dee are guests of two galleries with the same picture, Eve of one with another; Gus has left."""
    dee, eve = make_person("dee"), make_person("eve")
    gus = make_person("gus", cast.design)
    Person.objects.filter(pk=gus.pk).update(is_active=False)
    for guest, pictures in ((cast.cy, [image]), (dee, [image]), (eve, [make_done(cast.ana).images.get()])):
        make_gallery(cast.ana, team=None, images=pictures).set_member(guest, "view", cast.ana)
    assert offered(signed_in(cast.ben), image) == {"Ana", "Lea"}
    assert offered(signed_in(cast.ana), image) == {"Ben", "Lea", "Cy", "Dee"}
    assert offered(signed_in(cast.cy), image) == {"Ana"} and offered(signed_in(dee), image) == {"Ana"}
    assert offered(signed_in(cast.sam), image) == {"Ana", "Ben", "Lea", "Cy", "Dee"}
    Comment.write(image, cast.ben, "Hello")
    assert offered(signed_in(cast.cy), image) == {"Ana", "Ben"}, "who wrote is known to who reads"
    assert signed_in(eve).get(f"/i/{image.key}/comments/people").status_code == 404
    text = "@ana @ben @lea @cy @dee @eve @gus @sam"
    write(signed_in(cast.cy), image, text)
    assert set(Comment.objects.latest("pk").mentions.all()) == {cast.ana, cast.ben, cast.cy}


def test_a_private_picture_offers_nobody_who_cannot_see_it(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana, visibility="private").images.get()
    assert offered(signed_in(cast.ana), image) == set()
    write(signed_in(cast.ana), image, "@ben @lea")
    assert not Comment.objects.get().mentions.exists()
    assert "@ben @lea" in said(signed_in(cast.ana).get(image.get_absolute_url()))


def test_names_are_offered_by_their_beginning_at_most_eight_and_no_address(
    cast: Cast, signed_in: SignIn, image: Image
) -> None:
    crowd = [make_person(f"kim{n}", cast.design) for n in range(12)]
    Person.objects.filter(pk__in=[crowd[0].pk, crowd[1].pk]).update(first_name="Priya", last_name="Nair")
    client = signed_in(cast.ana)
    assert len(offered(client, image, "k")) == 8 and offered(client, image, "im1") == set()
    assert (
        offered(client, image, "pri")
        == offered(client, image, "Nai")
        == offered(client, image, "priya na")
        == {"Priya Nair"}
    )
    answer = client.get(f"/i/{image.key}/comments/people", {"q": "priya"})
    assert {each["write"] for each in answer.json()["people"]} == {"kim0", "kim1"}
    assert "@" not in client.get(f"/i/{image.key}/comments/people", {"q": "k"}).content.decode()
    for hostile in ("%", "_", "\\", "x" * 1_000_000, "e" + "\u0301" * 5000, "@design.example"):
        assert offered(client, image, hostile) == set(), hostile[:20]
    assert len(offered(client, image, "\0")) == 8


# ── what else shows and carries it ──


def test_a_comment_is_carried_into_the_field_that_refines(cast: Cast, signed_in: SignIn, image: Image) -> None:
    client, everybody = signed_in(cast.ben), Person.objects.all()
    text = '@ana, the moon\nis too "close"'
    comment = Comment.write(image, cast.ana, text, region=Region(700, 100, 100, 100), among=everybody)[0]
    page = client.get(f"{image.get_absolute_url()}?instruct={comment.key}")
    [field] = re.findall(r'<input\s+id="change-[^>]*>', page.content.decode())
    assert 'value="Upper right of the picture: the moon is too &quot;close&quot;"' in field
    elsewhere = Comment.write(make_done(cast.cy).images.get(), cast.cy, "Zeppelin")[0]
    for key in (elsewhere.key, "x", "\0"):
        assert "Zeppelin" not in said(client.get(image.get_absolute_url(), {"instruct": key}))


def test_in_the_trash_nothing_is_said_and_all_comes_back(cast: Cast, signed_in: SignIn, image: Image) -> None:
    client = signed_in(cast.ana)
    write(client, image, "Zeppelin")
    client.post(f"/i/{image.key}/delete")
    page = said(client.get(image.get_absolute_url()))
    assert "Zeppelin" not in page and write(client, image).status_code == 404
    client.post("/trash/restore", {"pick": image.key})
    assert "Zeppelin" in said(client.get(image.get_absolute_url()))


@pytest.mark.exhaustive
def test_more_comments_take_no_more_queries(
    cast: Cast, signed_in: SignIn, image: Image, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    def say(times: int) -> None:
        for n in range(times):
            author = [cast.ana, cast.ben, cast.lea][n % 3]
            first = Comment.write(image, author, "@ana", among=Person.objects.all(), region=Region(n, n))[0]
            Comment.write(image, cast.ben, "Yes", parent=first)
            if n % 2:
                first.resolve(cast.ana)

    for person in (cast.ben, cast.lea, cast.sam):
        client = signed_in(person)
        say(2)
        few = queries_of(lambda client=client: client.get(image.get_absolute_url()))
        say(12)
        assert queries_of(lambda client=client: client.get(image.get_absolute_url())) == few


def test_another_teams_lead_deletes_nothing(cast: Cast, signed_in: SignIn, image: Image) -> None:
    comment = Comment.write(image, cast.ben, "Too dark.")[0]
    lead = make_person("ida", make_team("Other"), role=Membership.Role.LEAD)
    Membership.objects.create(person=lead, team=cast.design)
    assert act(signed_in(lead), comment, "delete").status_code == 404
    assert act(signed_in(cast.lea), comment, "delete").status_code == 302


def test_tiles_and_strips_say_how_many_comments_are_open(
    cast: Cast, signed_in: SignIn, image: Image, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    gallery, client = make_gallery(cast.ana, images=[image]), signed_in(cast.ben)
    pages = ("/library", gallery.get_absolute_url(), "/?whose=team", image.batch.get_absolute_url())
    before = [queries_of(lambda page=page: client.get(page)) for page in pages]
    assert not any("comment</span>" in said(client.get(page)) for page in pages)
    for n in range(4):
        first = Comment.write(image, cast.ana, "Too dark.")[0]
        Comment.write(image, cast.ben, "Yes", parent=first)
        if n == 0:
            first.resolve(cast.ana)
        if n == 1:
            first.delete_by(cast.ana)
    assert [page for page in pages if "5 comments</span>" not in said(client.get(page))] == []
    assert [queries_of(lambda page=page: client.get(page)) for page in pages] == before
