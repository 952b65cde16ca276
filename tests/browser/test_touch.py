"""Where a finger goes on a phone: what is pressed in galleries, feedback, comments and a client's pages is large enough
for it, or stands in a line of text."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from playwright.sync_api import Page

from generations.models import Client as Customer
from generations.models import Comment, GalleryMember, Notification, ShareLink, Visitor
from tests.support.cast import Cast, make_done, make_gallery

Open = Callable[..., Page]

TOO_SMALL = """
() => {
  const reaches = (one, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return !!hit && (one.contains(hit) || hit.contains(one) && hit.matches("label, summary, a, button") ||
      hit.closest("label")?.control === one);
  };
  const isInText = (one) => {
    if (getComputedStyle(one).display !== "inline") return false;
    const block = one.closest("p, li, dd, td, th, small, blockquote, h1, h2, h3, span:not(.bar *), div");
    return !!block && block.textContent.trim().length > one.textContent.trim().length + 3;
  };
  const small = [];
  for (const one of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || one.closest(".vh, [inert]")) continue;
    if (one.matches(".skip, .vh, :disabled, [aria-hidden=true]") || isInText(one)) continue;
    const target = one.matches("input[type=checkbox], input[type=radio]") ? one.closest("label") ?? one : one;
    target.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = target.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const wide = box.width >= 43.5 || reaches(target, x - 21, y) && reaches(target, x + 21, y);
    const tall = box.height >= 43.5 || reaches(target, x, y - 21) && reaches(target, x, y + 21);
    if (!wide || !tall) {
      const name = one.ariaLabel || one.textContent.trim().replace(/\\s+/g, " ").slice(0, 30) || one.name || "";
      const near = `${one.parentElement.tagName.toLowerCase()}.${one.parentElement.className}`;
      const size = `${Math.round(box.width)}x${Math.round(box.height)}`;
      small.push(`${near} > ${one.tagName.toLowerCase()}.${one.className} "${name}" ${size}`);
    }
  }
  return [...new Set(small)];
}
"""


def test_what_is_pressed_is_as_large_as_a_finger(cast: Cast, open_page: Open) -> None:
    cache.clear()
    batch = make_done(cast.ana, pictures=3)
    images = list(batch.images.all())
    gallery = make_gallery(cast.ana, images=images)
    gallery.set_member(cast.ben, GalleryMember.Role.CONTRIBUTE, cast.ana)
    customer = Customer.make(cast.design, cast.ana, "Aldea Skincare", contacts=["marisol@aldea.example"])
    link = ShareLink.make(gallery, cast.ana, choosing=True, commenting=True, shows_comments=True, download="original")
    link.give_to(customer)
    visitor, token = Visitor.come(link, "Marisol")
    visitor.remark(images[0], "Darker, please")
    visitor.choose(images[0], "heart", gallery.in_order(type(images[0]).objects.all()))
    other, _token = Visitor.come(link, "Ben")
    other.finish("Thank you")
    Comment.write(images[0], cast.ben, "I agree", among=type(cast.ana).objects.all())
    locked = ShareLink.make(gallery, cast.ana, password="open sesame")
    path, shared = gallery.get_absolute_url(), link.get_absolute_url()
    page = open_page(cast.ana, path, width=390)
    inside = [
        "/galleries", path, f"{path}?chosen=any", f"{path}/people", f"{path}/links", f"{path}/feedback",
        f"{path}/feedback?show=remarked", "/clients", f"/clients/{customer.key}", "/inbox", "/inbox?show=unread",
        images[0].get_absolute_url(), batch.get_absolute_url(), "/", f"/galleries/choose?pick={images[0].key}",
        f"/audience?batch={batch.key}", "/trash",
    ]  # fmt: skip
    found: dict[str, list[str]] = {}
    for address in inside:
        assert page.goto(address).ok, address
        found[address] = page.evaluate(TOO_SMALL)
    visit = open_page(None, shared, width=390)
    visit.context.add_cookies([{"name": "imageweb_visitor", "value": token, "url": visit.url}])
    outside = [shared, f"{shared}/{images[0].key}", f"{shared}?show=chosen", customer.page, locked.get_absolute_url()]
    for address in outside:
        assert visit.goto(address).ok, address
        found[address] = visit.evaluate(TOO_SMALL)
    assert Notification.objects.exists()
    assert [f"{address}: {each}" for address, small in found.items() for each in small] == []
