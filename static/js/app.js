// What HTML and CSS cannot carry alone, on every page. Every page works without it; listeners are delegated, so that
// what HTMX swaps in needs no binding. No eval, no style attributes.

const $ = (sel, from = document) => from.querySelector(sel);
const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];
const root = document.documentElement;
const on = (type, sel, fn, opts) =>
  document.addEventListener(type, (e) => { const el = e.target.closest?.(sel); if (el) fn(e, el); }, opts);

/* ── theme: the server keeps it with the person and prints it, so there is no flash; the cookie is for pages that know nobody ── */
const keepTheme = () => { document.cookie = `theme=${root.dataset.theme ?? "auto"};path=/;max-age=31536000;samesite=lax`; };
on("change", 'input[name="theme"]', (_, input) => {
  if (input.value === "auto") delete root.dataset.theme; else root.dataset.theme = input.value;
  for (const other of $$(`input[name="theme"][value="${input.value}"]`)) other.checked = true;
  keepTheme();
});
keepTheme();

/* ── announce and toast; other modules say it with an event ── */
const TOAST_SECONDS = 8; // longer while it has the focus or the pointer
let toastTimer;
function toast(text) {
  const box = $("#toast");
  if (!box) return;
  box.textContent = text;
  fade(box);
}
function fade(box) {
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { if (box.matches(":hover, :focus-within")) fade(box); else box.replaceChildren(); }, TOAST_SECONDS * 1000);
}
document.addEventListener("htmx:oobBeforeSwap", (e) => { if (e.target.id === "toast") fade(e.target); });
document.addEventListener("say", (e) => { const live = $("#live"); if (live) live.textContent = e.detail; });
document.addEventListener("toast", (e) => toast(e.detail));

/* ── dialogs: command/commandfor is native; this covers browsers that lack it ── */
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  on("click", "button[commandfor]", (_, button) => {
    const target = document.getElementById(button.getAttribute("commandfor"));
    if (button.getAttribute("command") === "show-modal") target?.showModal(); else target?.close();
  });
}
// What a button asked for and opens. The button may stand in a menu that closed under it.
document.addEventListener("htmx:afterSwap", (e) => {
  const button = e.detail.requestConfig.elt, dialog = button.dataset.opens && document.getElementById(button.dataset.opens);
  if (!dialog?.contains(e.target)) return;
  const menu = button.closest("[popover]");
  dialog.addEventListener("close", () => (menu ? $(`[popovertarget="${menu.id}"]`) : button).focus(), { once: true });
  dialog.showModal();
});
on("click", "dialog", (e, dialog) => { if (e.target === dialog) dialog.close(); });

/* ── a menu closes when one of its items sends or downloads; only buttons that send nothing can say so in markup ── */
on("click", "a.menu__item", (_, link) => link.closest("[popover]")?.hidePopover());
document.addEventListener("submit", (e) => {
  if (e.submitter?.matches(".menu__item")) e.submitter.closest("[popover]")?.hidePopover();
});

/* ── the second click of a double click sends nothing: what it would send was sent by the first ── */
on("click", 'button:not([type="button"], [aria-pressed]), [data-act="v"]', (e) => {
  if (e.detail < 2) return;
  e.preventDefault();
  e.stopImmediatePropagation();
}, { capture: true });

/* ── copy ── */
async function copy(text, button, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // without https there is no clipboard; what is selected can be copied still
    const field = Object.assign(document.createElement("textarea"), { value: text });
    button.after(field);
    field.select();
    if (!document.execCommand("copy")) said = "This browser does not let pages copy. Select it and copy it by hand.";
    field.remove();
    button.focus();
  }
  toast(said);
}
on("click", "[data-copy]", (_, button) => {
  const source = $(button.dataset.copy);
  copy(source?.value ?? source?.textContent ?? "", button, button.dataset.copied ?? "Copied");
});
on("click", "[data-copy-link]", (_, button) =>
  copy(new URL(button.dataset.copyLink, location.href).href, button, "Link copied. Who may see the picture can open it."));
on("click", "[data-close]", (_, button) => button.closest(button.dataset.close)?.remove());

/* ── clocks: the server sends seconds, the page counts on, so that no clocks need agree ── */
const begun = new WeakMap();
const remaining = (s) => s < 60 ? `${s} second${s === 1 ? "" : "s"}` : `${Math.floor(s / 60)} min ${s % 60} s`;
function tick() {
  if (document.hidden) return;
  for (const el of $$("time[data-elapsed], time[data-remaining]")) {
    if (!begun.has(el)) begun.set(el, performance.now());
    const passed = Math.floor((performance.now() - begun.get(el)) / 1000);
    if (el.dataset.remaining) { el.textContent = remaining(Math.max(0, Number(el.dataset.remaining) - passed)); continue; }
    const s = Number(el.dataset.elapsed) + passed;
    el.classList.toggle("is-late", s > Number(el.dataset.usual));
    el.textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  }
}
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);

/* ── polling is slow while nobody looks; a look makes way for what is sent, which is no error, whatever HTMX says of it ── */
const HIDDEN_SECONDS = 15;
let lookedAt = 0;
document.addEventListener("htmx:beforeRequest", (e) => {
  if (!e.target.matches?.("[data-poll]")) return;
  if (document.hidden && Date.now() - lookedAt < HIDDEN_SECONDS * 1000) e.preventDefault(); else lookedAt = Date.now();
});
const { error } = console;
document.addEventListener("htmx:abort", () => { console.error = () => {}; }, { capture: true });
document.addEventListener("htmx:abort", () => { console.error = error; });

/* ── where what had the focus is swapped away, its strip keeps the place of whoever goes by the keyboard ── */
let strip = "";
document.addEventListener("focusin", (e) => { strip = e.target.closest(".strip")?.id ?? ""; });
document.addEventListener("pointerdown", () => { strip = ""; }, { capture: true });
document.addEventListener("htmx:afterSettle", () => { if (strip && document.activeElement === document.body) $(`#${strip} h3 a`)?.focus({ preventScroll: true }); });

/* ── a row that ends without a picture keeps its height, and its strip too, so that what stands below does not jump; a
   notice that needs more is folded into what there is, until somebody wants all of it ── */
const tall = (el) => el.getBoundingClientRect().height;
const heights = new Map(), rows = new Map(); // before what came was swapped in: of strips, and of their rows by id
document.addEventListener("htmx:oobBeforeSwap", (e) => {
  const strip = e.target.closest?.(".strip") ?? e.target.closest?.(".strip__sheet");
  if (!strip || heights.has(strip)) return;
  if (!heights.size) queueMicrotask(hold);
  heights.set(strip, tall(strip));
  for (const row of $$(".strip__row", strip)) rows.set(row.id, { row, height: tall(row) });
});
function hold() {
  for (const [strip, height] of heights) {
    const voids = $$(".strip__row:has(.strip__frames--void)", strip), ended = voids.filter((row) => rows.has(row.id) && rows.get(row.id).row !== row);
    if (ended.length) strip.style.minBlockSize = `${height}px`; else if (!voids.length) strip.style.minBlockSize = "";
    for (const row of ended) row.style.minBlockSize = `${rows.get(row.id).height}px`;
    for (const row of ended) {
      const over = tall(strip) - height;
      if (over < 1) break;
      row.style.blockSize = `${Math.max(rows.get(row.id).height, tall(row) - over)}px`;
      row.dataset.folded = ""; // no class: HTMX gives that of what it swapped in back when it settles
    }
  }
  heights.clear();
  rows.clear();
}
on("click", "[data-unfold]", (_, button) => {
  const row = button.closest(".strip__row");
  delete row.dataset.folded;
  row.style.blockSize = "";
  $(".notice .btn", row)?.focus();
});

/* ── what ended while nobody looked: counted in the title, and said by the system to whoever asked for it ── */
const title = document.title;
let missed = 0;
const front = new BroadcastChannel("front");
front.addEventListener("message", (e) => { if (e.data === "who" && !document.hidden) front.postMessage("me"); });
const isAnotherInFront = () => new Promise((tell) => {
  const heard = (e) => { if (e.data === "me") tell(true); };
  front.addEventListener("message", heard);
  front.postMessage("who");
  setTimeout(() => { front.removeEventListener("message", heard); tell(false); }, 300);
});
document.addEventListener("batches-over", async (e) => {
  if (!document.hidden) return;
  missed += e.detail.batches.length;
  document.title = `(${missed}) ${title}`;
  if (root.dataset.notify !== "on" || globalThis.Notification?.permission !== "granted" || await isAnotherInFront()) return;
  for (const batch of e.detail.batches) {
    const notification = new Notification(`${batch.name}: ${batch.said}`, { body: batch.words, tag: batch.address });
    notification.onclick = () => { focus(); location.assign(batch.address); };
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  document.title = title;
  look();
});

/* ── a page where nothing runs does not poll: it looks once when somebody comes back to it or stirs, or another tab sends ── */
const IDLE_SECONDS = 15;
let stirredAt = Date.now();
const look = () => { if (!document.hidden) document.body.dispatchEvent(new Event("pulse:start")); };
for (const type of ["focus", "online"]) addEventListener(type, look);
for (const type of ["pointermove", "pointerdown", "keydown", "scroll"])
  addEventListener(type, () => { if (Date.now() - stirredAt > IDLE_SECONDS * 1000) { stirredAt = Date.now(); look(); } }, { capture: true, passive: true });
const tabs = new BroadcastChannel("sent");
tabs.onmessage = look;
document.addEventListener("htmx:afterRequest", (e) => { if (e.detail.successful && e.detail.requestConfig.verb === "post") tabs.postMessage(""); });
on("change", "[data-notify-switch]", async (_, input) => {
  if (input.checked && (await globalThis.Notification?.requestPermission()) !== "granted") {
    input.checked = false;
    toast("This browser does not allow it. Its own settings for this site can.");
  }
});

/* ── no connection is said when the browser knows, and when two looks in a row had no answer ── */
let unheard = 0, lookAgain;
function offline(is) {
  if (!is && document.body.classList.contains("is-offline")) for (const picture of $$("img.is-lost")) picture.src = picture.src;
  document.body.classList.toggle("is-offline", is);
}
function unanswered() {
  unheard += 1;
  if (unheard > 1) offline(true);
  clearTimeout(lookAgain);
  lookAgain = setTimeout(look, 2000); // a page where nothing runs looks until it is answered
}
document.addEventListener("htmx:afterOnLoad", (e) => { if (e.detail.successful) { unheard = 0; offline(false); } });
addEventListener("offline", () => offline(true));
addEventListener("online", () => offline(false));

/* ── requests: the token of the session that is now, whose page it is, and a word when one fails; what was typed stays ── */
const token = () => document.cookie.match(/(?:^|; )imageweb_csrf=([^;]+)/)?.[1];
document.addEventListener("htmx:configRequest", (e) => {
  if (e.detail.verb !== "get" && token()) e.detail.parameters.csrfmiddlewaretoken = token();
  if (root.dataset.person) e.detail.headers["Imageweb-Person"] = root.dataset.person;
});
const WORDS = {
  403: "This page is out of date. Reload it and send again; what you wrote stays.",
  404: "That is no longer there. Reload the page.",
  409: "This form was already sent with other content. Reload the page to send a new one.",
  412: "Somebody else signed in here meanwhile, so nothing was done. Sign in again in another tab to go on here; what you wrote stays.",
  413: "That is more than we take in one go. Choose smaller files.",
};
document.addEventListener("htmx:responseError", (e) => {
  if (e.target.matches?.("[data-quiet]")) return;
  if (e.target.matches?.("[data-poll]")) return e.detail.xhr.status < 500 ? undefined : unanswered();
  toast(WORDS[e.detail.xhr.status] ?? "Something broke on our side. What you wrote is still here; try again.");
});
document.addEventListener("htmx:sendError", (e) => {
  if (e.target.matches?.("[data-quiet]")) return;
  if (e.target.matches?.("[data-poll]")) unanswered(); else toast("It could not be sent. What you wrote is still here; try again.");
});

/* ── a picture that does not come is marked, and what the connection lost is asked for again; some failed before this listens ── */
for (const type of ["error", "load"])
  document.addEventListener(type, (e) => { if (e.target.matches?.("main img")) e.target.classList.toggle("is-lost", type === "error"); }, { capture: true });
for (const picture of $$("main img")) if (picture.complete && !picture.naturalWidth) picture.classList.add("is-lost");

/* ── the clicked picture grows into the next page's hero ── */
let opened;
on("click", "a.frame__box", (_, a) => { opened = $(".frame__img", a); });
addEventListener("pageswap", (e) => { if (e.viewTransition && opened) opened.style.viewTransitionName = "hero"; });
