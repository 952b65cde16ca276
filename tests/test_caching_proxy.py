"""Behind a real caching proxy: what a client sees ends at the very next request, and nothing private is kept there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.test import Client

from generations.models import Client as Customer
from generations.models import Gallery, Image, Person, ShareLink, Verdict
from generations.models.key import now
from tests.support.cast import Cast, make_cast, make_done, make_gallery, make_image
from tests.support.proxy import CachingProxy, caching_proxy
from tests.support.services import require
from tests.support.worker import wait_for

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class World:
    cast: Cast
    gallery: Gallery
    image: Image
    link: ShareLink
    customer: Customer


@pytest.fixture
def proxy(live_server: object) -> Iterator[CachingProxy]:
    require("nginx")
    with caching_proxy(live_server.url) as proxy:
        yield proxy


@pytest.fixture
def world(transactional_db: None) -> World:
    """A link that shows one approved picture and gives its original, for a client with a logo."""
    cache.clear()
    cast = make_cast()
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.lea, image, "approved")
    gallery = make_gallery(cast.ana, images=[image])
    link = ShareLink.make(gallery, cast.ana, approved_only=True, choosing=True, download="original")
    customer = Customer.make(cast.design, cast.ana, "Aldea", logo=make_image(person=cast.ana).file)
    link.give_to(customer)
    return World(cast, gallery, image, link, customer)


def of_the_picture(world: World) -> list[str]:
    page = f"{world.link.get_absolute_url()}/{world.image.key}"
    return [page, f"{page}/320", f"{page}/file"]


def of_the_link(world: World) -> list[str]:
    page = world.link.get_absolute_url()
    return [page, f"{page}/logo", *of_the_picture(world)]


def of_the_client(world: World) -> list[str]:
    return [world.customer.page, f"{world.customer.page}/logo"]


def take_out(world: World) -> None:
    world.gallery.remove(Image.objects.filter(pk=world.image.pk))


def give_a_password(world: World) -> None:
    world.customer.set_password("open sesame")


ENDINGS: dict[str, tuple[Callable[[World], object], Callable[[World], list[str]]]] = {
    "revoked": (lambda world: world.link.end(), of_the_link),
    "expired": (lambda world: ShareLink.objects.update(expires_at=now(seconds=-1)), of_the_link),
    "of a deleted gallery": (lambda world: world.gallery.delete_by(world.cast.ana), of_the_link),
    "not approved": (lambda world: Verdict.objects.give(world.cast.lea, world.image, "rejected"), of_the_picture),
    "taken out": (take_out, of_the_picture),
    "deleted": (lambda world: Image.objects.filter(pk=world.image.pk).delete_by(world.cast.ana), of_the_picture),
    "locked": (give_a_password, lambda world: of_the_link(world)[1:]),
    "of a client put away": (lambda world: world.customer.put_away(), of_the_client),
    "of a client with another address": (lambda world: world.customer.change_address(), of_the_client),
}


@pytest.mark.parametrize(("end", "addresses"), ENDINGS.values(), ids=ENDINGS)
def test_what_ended_is_404_at_the_next_request_through_the_proxy(
    proxy: CachingProxy, world: World, end: Callable[[World], object], addresses: Callable[[World], list[str]]
) -> None:
    paths = addresses(world)
    with httpx.Client(base_url=proxy.url, trust_env=False) as browser:
        etags = {}
        for path in paths * 2:
            answer = browser.get(path)
            assert answer.status_code == 200 and answer.content
            etags[path] = answer.headers.get("ETag", "")
        end(world)
        for path in paths:
            known = {"If-None-Match": etags[path]} if etags[path] else {}
            assert browser.get(path, headers=known).status_code == 404, path
            assert browser.get(path).status_code == 404, path
    assert proxy.kept() == 0 and "HIT" not in proxy.statuses()


def test_the_proxy_keeps_what_is_for_everybody_and_nothing_of_a_person(proxy: CachingProxy, world: World) -> None:
    image = world.image
    private = ["/", "/library", image.get_absolute_url(), f"/i/{image.key}/original", f"/i/{image.key}/thumbnail/320"]
    private += [f"/i/{image.key}/labelled", world.gallery.get_absolute_url(), "/inbox", "/inbox/latest"]
    private += [f"{world.gallery.get_absolute_url()}/feedback.csv", f"/clients/{world.customer.key}/logo"]
    with signed_in(proxy, world.cast.ana) as ana:
        for path in private * 2:
            assert ana.get(path).status_code == 200, path
        chosen = {"pick": image.key, "kind": "original", "csrfmiddlewaretoken": token_of(ana)}
        assert ana.post("/selection/zip", data=chosen).headers["Content-Type"] == "application/zip"
    with httpx.Client(base_url=proxy.url, trust_env=False) as nobody:
        for path in private:
            answer = nobody.get(path)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/login/"), path
        assert proxy.kept() == 0 and "HIT" not in proxy.statuses()
        assert [nobody.get("/static/css/tokens.css").status_code for _ in range(2)] == [200, 200]
    assert proxy.kept() == 1
    assert wait_for(lambda: proxy.statuses()[-1] == "HIT", seconds=5)  # its log is written after the answer


def signed_in(proxy: CachingProxy, person: Person) -> httpx.Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    cookies = {project.SESSION_COOKIE_NAME: client.cookies[project.SESSION_COOKIE_NAME].value}
    return httpx.Client(base_url=proxy.url, trust_env=False, cookies=cookies)


def token_of(browser: httpx.Client) -> str:
    """The token of the forms on its pages."""
    return browser.get("/library").text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
