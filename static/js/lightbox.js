// The lightbox: the pictures of the page one after the other, over everything, and on into the page's next part. Each
// has its address while it is shown; Back closes it and returns to where one was.

const $ = (sel, from = document) => from.querySelector(sel);
const box = $("#lightbox");
const frame = $("figure", box);
const shots = () => [...document.querySelectorAll("[data-lightbox]")];
const problem = $("p", frame);
const SWIPE = 48;
let link; // the picture that is shown
const home = location.pathname;
let isPushed = false, isReturning = false, next = "", zoom = 1;

/* ── showing ── */
function show(shot) {
  link = shot;
  const picture = $("img", frame), source = $(".frame__img", link), list = shots();
  picture.src = link.dataset.lightbox;
  picture.alt = source.alt;
  picture.width = source.getAttribute("width");
  picture.height = source.getAttribute("height");
  scale(1);
  problem.textContent = "";
  $("[data-caption]", box).textContent = link.dataset.caption ?? $(".words", link.closest(".strip, .spread") ?? document)?.textContent ?? "";
  const { shown = list.length, all = `${list.length}${more() ? "+" : ""}` } = $("#pager")?.dataset ?? {};
  $("[data-place]", box).textContent = `${Number(shown) - list.length + list.indexOf(link) + 1} / ${all}`;
  for (const button of box.querySelectorAll("[data-step]")) button.hidden = list.length === 1 && !more();
  $("a[download]", box).href = `${link.dataset.lightbox}?download`;
  $("[data-detail]", box).href = link.href;
  $("[data-detail]", box).hidden = new URL(link.href).pathname === home;
  mirror();
  if (!box.open) {
    box.append($("#toast"), $("#live")); // what lies under a modal dialog is neither seen nor read out
    box.showModal();
  }
  for (const near of [neighbour(1), neighbour(-1)]) if (near) new Image().src = near.dataset.lightbox;
}
const neighbour = (by) => shots()[shots().indexOf(link) + by];
const more = () => $("#show-more, a[hx-get*='before=']");

async function step(by) {
  const near = neighbour(by), further = by > 0 ? more() : $("#show-before");
  if (near) return go(near);
  if (further) {
    const last = link;
    further.click();
    const isWaiting = () => box.open && link === last; // other answers may come before
    while (isWaiting() && !neighbour(by)) await new Promise((done) => document.addEventListener("htmx:afterSettle", done, { once: true }));
    if (isWaiting()) go(neighbour(by));
    return;
  }
  go(by > 0 ? shots()[0] : shots().at(-1));
}
function go(shot) {
  show(shot);
  history.replaceState({ lightbox: true }, "", shot.href);
}

/* ── a picture that does not come, here or on its page: the server knows why ── */
async function explain(shot) {
  const answer = await fetch(`${shot.href}/explain`, { headers: { "Imageweb-Person": document.documentElement.dataset.person } }).catch(() => null);
  return (answer?.ok && await answer.text()) || "This picture could not be loaded. Try again in a while.";
}
$("img", frame)?.addEventListener("error", async () => {
  const shot = link, sentence = await explain(shot);
  if (link === shot) problem.textContent = sentence;
});
const hero = $(".hero .frame__img");
const explainHero = async () => { $(".hero .frame__lost").textContent = await explain(hero.parentElement); };
hero?.addEventListener("error", explainHero);
if (hero?.matches(".is-lost")) explainHero();

/* ── what can be done with it is done by its own buttons on the page, and shown here as it is there ── */
const own = (key) => $(`[data-key="${key}"]`, link.closest(".frame") ?? $("main"));
const isTile = () => Boolean(link.closest(".frame") && $("#act")); // a picture in a list that can be gone on from
let mirrored; // the picture whose state is shown
function mirror() {
  if (!link) return;
  for (const button of box.querySelectorAll("[data-act]")) {
    const act = button.dataset.act, target = own(act);
    button.hidden = !target && !(isTile() && (act === "e" || act === "v"));
    if (!button.ariaPressed) continue;
    const is = String(target?.checked ?? target?.ariaPressed === "true");
    if (mirrored === link && button.ariaPressed !== is) document.dispatchEvent(new CustomEvent("say", { detail: `${button.ariaLabel}: ${is === "true" ? "yes" : "no"}` }));
    button.ariaPressed = is;
  }
  mirrored = link;
}
const acts = {
  f: () => own("f").click(),
  x: () => own("x").click(),
  v() {
    if (own("v")) return own("v").click();
    const form = $("#act");
    form.action = `${link.href}/vary`;
    form.requestSubmit();
  },
  // Refining is written below the picture's strip, or on its page.
  e() {
    const target = own("e");
    if (!target) return leave(`${link.href}#refine`);
    box.close();
    setTimeout(() => (target.matches("input") ? target.focus() : target.click()));
  },
};
document.addEventListener("htmx:afterSettle", mirror);
document.addEventListener("change", mirror);

/* ── its address, and that of the list with all that was shown of it ── */
function settle() {
  const here = $("#pager")?.dataset.here;
  if (here && here !== location.pathname + location.search) history.replaceState(history.state, "", here);
}
document.addEventListener("htmx:afterSettle", () => { if (!box?.open) settle(); });
function open(shot) {
  show(shot);
  history.pushState({ lightbox: true }, "", shot.href);
  isPushed = true;
}
// Registered before htmx's own, which would fetch the page anew.
addEventListener("popstate", (e) => {
  if (box.open || isReturning) {
    e.stopImmediatePropagation();
    if (isReturning) {
      isReturning = false;
      settle();
      if (!next) return;
      location.assign(next);
      next = "";
      box.close();
      return;
    }
    isPushed = false;
    settle();
    box.close();
    return;
  }
  const again = e.state?.lightbox && shots().find((shot) => shot.href === location.href);
  if (again) {
    show(again);
    isPushed = true;
  } else if (location.pathname !== home) {
    location.reload(); // a page that was loaded at a picture's address, going back to the list
  }
});
// From the list's own place in the history, so that Back leads there.
function leave(address) {
  if (!isPushed) return location.assign(address);
  [isPushed, isReturning, next] = [false, true, address];
  history.back();
}
box?.addEventListener("close", () => {
  document.body.append($("#toast"), $("#live"));
  const back = link;
  link = undefined;
  if (isPushed) { isPushed = false; isReturning = true; history.back(); }
  back?.focus({ preventScroll: true });
  back?.scrollIntoView({ block: "nearest" });
});

/* ── zoom: the picture at a multiple of its fit, moved by scrolling or dragging ── */
function scale(factor) {
  zoom = factor < 1.05 ? 1 : Math.min(8, factor);
  const picture = $("img", frame);
  frame.classList.toggle("is-zoomed", zoom > 1);
  picture.style.inlineSize = picture.style.maxInlineSize = picture.style.maxBlockSize = "";
  if (zoom === 1) return;
  const width = picture.getBoundingClientRect().width;
  picture.style.maxInlineSize = picture.style.maxBlockSize = "none";
  picture.style.inlineSize = `${width * zoom}px`;
}
function zoomAt(e, factor) {
  const before = $("img", frame).getBoundingClientRect();
  const x = ((e?.clientX ?? innerWidth / 2) - before.left) / before.width, y = ((e?.clientY ?? innerHeight / 2) - before.top) / before.height;
  scale(factor);
  if (zoom === 1) return;
  const after = $("img", frame).getBoundingClientRect();
  frame.scrollBy(after.left + x * after.width - (e?.clientX ?? innerWidth / 2), after.top + y * after.height - (e?.clientY ?? innerHeight / 2));
}

frame?.addEventListener("wheel", (e) => {
  e.preventDefault();
  zoomAt(e, zoom * Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.002))); // Ctrl is how a touchpad says that it is pinched
}, { passive: false });
let grip, isDragged = false;
frame?.addEventListener("pointerdown", (e) => {
  const isHeld = zoom > 1 && e.pointerType === "mouse" && !e.button;
  grip = isHeld ? { x: e.clientX + frame.scrollLeft, y: e.clientY + frame.scrollTop } : undefined;
  isDragged = false;
});
frame?.addEventListener("pointermove", (e) => {
  if (!grip || !(e.buttons & 1)) return;
  const left = grip.x - e.clientX, top = grip.y - e.clientY;
  isDragged ||= Math.hypot(left - frame.scrollLeft, top - frame.scrollTop) > 4;
  if (isDragged) frame.scrollTo(left, top);
});
frame?.addEventListener("dragstart", (e) => e.preventDefault());

/* ── click, keys, swipe ── */
document.addEventListener("click", (e) => {
  const at = e.target.closest?.("[data-lightbox]"), button = e.target.closest?.("[data-step]");
  if (button) return step(Number(button.dataset.step));
  const act = e.target.closest?.("[data-act]");
  if (act) return acts[act.dataset.act]();
  const detail = e.target.closest?.("[data-detail]");
  if (detail && isPushed && !e.metaKey && !e.ctrlKey && !e.shiftKey && !e.button) {
    e.preventDefault();
    return leave(detail.href);
  }
  const by = e.target.closest?.("[data-zoom]")?.dataset.zoom;
  if (by) return zoomAt(null, zoom * by);
  if (e.target === $("img", frame)) return isDragged || zoomAt(e, zoom > 1 ? 1 : 2.5);
  if (!at || e.defaultPrevented || e.metaKey || e.ctrlKey || e.shiftKey || e.button) return;
  e.preventDefault();
  open(at);
});
box?.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const isArrow = e.key === "ArrowRight" || e.key === "ArrowLeft";
  if (isArrow && zoom === 1) {
    e.preventDefault();
    step((e.key === "ArrowRight") === (getComputedStyle(box).direction === "ltr") ? 1 : -1);
  } else if (isArrow || (zoom > 1 && e.key.startsWith("Arrow"))) {
    e.preventDefault();
    frame.scrollBy({ left: e.key === "ArrowRight" ? 120 : e.key === "ArrowLeft" ? -120 : 0, top: e.key === "ArrowDown" ? 120 : e.key === "ArrowUp" ? -120 : 0 });
  } else if (document.documentElement.dataset.shortcuts !== "off" && (e.key === "+" || e.key === "=" || e.key === "-")) {
    e.preventDefault();
    zoomAt(null, zoom * (e.key === "-" ? 1 / 1.5 : 1.5));
  }
});
let start, pinch;
const spread = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
frame?.addEventListener("touchstart", (e) => {
  start = e.touches.length === 1 && zoom === 1 ? e.touches[0] : null;
  pinch = e.touches.length === 2 ? { zoom, spread: spread(e.touches) } : null;
}, { passive: true });
frame?.addEventListener("touchmove", (e) => {
  if (!pinch || e.touches.length !== 2) return;
  if (e.cancelable) e.preventDefault();
  const [a, b] = e.touches, middle = { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
  zoomAt(middle, (pinch.zoom * spread(e.touches)) / pinch.spread);
}, { passive: false });
frame?.addEventListener("touchend", (e) => {
  const end = e.changedTouches[0], x = start && end.clientX - start.clientX, y = start && end.clientY - start.clientY;
  if (start && Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) step(x < 0 ? 1 : -1);
  else if (start && y > 2 * SWIPE && y > 2 * Math.abs(x)) box.close();
  start = null;
});
