// When the page polls: slowly while it is hidden, once when somebody comes back to a page where nothing runs, and again
// until it is answered. The poller itself is #pulse; where nothing runs it asks once a minute for what is told, and not
// while the page is hidden, unless the system is to show it.

import { $$, root } from "./dom.js";

const HIDDEN_SECONDS = 15;
const IDLE_SECONDS = 15;
const isPoll = (e) => e.target.matches?.("[data-poll]");
let polledAt = 0;
let activeAt = Date.now();
let unanswered = 0;
let timer;

const poll = () => {
  if (!document.hidden) document.body.dispatchEvent(new Event("pulse:start"));
};

document.addEventListener("htmx:beforeRequest", (e) => {
  if (!isPoll(e)) return;
  const isSilent = "idle" in e.target.dataset && root.dataset.notify !== "on";
  if (
    document.hidden &&
    (isSilent || Date.now() - polledAt < HIDDEN_SECONDS * 1000)
  ) e.preventDefault();
  else polledAt = Date.now();
});

document.addEventListener("htmx:configRequest", (e) => {
  if (isPoll(e) && document.hidden) e.detail.parameters.hidden = "1";
});

// A form that is sent aborts the poll. HTMX would report that as an error; it ends like a poll without news.
document.addEventListener("htmx:beforeSend", (e) => {
  if (isPoll(e)) e.detail.xhr.onabort = e.detail.xhr.onload;
});

/* ── somebody comes back or stirs, or another tab has sent something ── */
for (const type of ["focus", "online"]) addEventListener(type, poll);
document.addEventListener("visibilitychange", poll);
function stir() {
  if (Date.now() - activeAt <= IDLE_SECONDS * 1000) return;
  activeAt = Date.now();
  poll();
}
for (const type of ["pointermove", "pointerdown", "keydown", "scroll"]) {
  addEventListener(type, stir, { capture: true, passive: true });
}
const tabs = new BroadcastChannel("sent");
tabs.onmessage = poll;
document.addEventListener("htmx:afterRequest", (e) => {
  if (e.detail.successful && e.detail.requestConfig.verb === "post") {
    tabs.postMessage("");
  }
});

/* ── the connection: offline when the browser says so, or when two polls in a row had no answer ── */
function showOffline(is) {
  const wasOffline = document.body.classList.contains("is-offline");
  document.body.classList.toggle("is-offline", is);
  if (is || !wasOffline) return;
  for (const picture of $$("img.is-lost")) {
    picture.setAttribute("src", picture.getAttribute("src"));
  }
}
function missed() {
  unanswered += 1;
  if (unanswered > 1) showOffline(true);
  clearTimeout(timer);
  timer = setTimeout(poll, 2000); // also on a page where nothing runs
}
document.addEventListener("htmx:responseError", (e) => {
  if (isPoll(e) && e.detail.xhr.status >= 500) missed();
});
document.addEventListener("htmx:sendError", (e) => {
  if (isPoll(e)) missed();
});
document.addEventListener("htmx:afterOnLoad", (e) => {
  if (!e.detail.successful || !e.detail.xhr.status) return; // an aborted one has no status
  unanswered = 0;
  showOffline(false);
});
addEventListener("offline", () => showOffline(true));
addEventListener("online", () => showOffline(false));
