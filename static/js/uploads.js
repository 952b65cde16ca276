// References on their way to the server: each is uploaded at once, in its tile, and sending waits for it.

import { $, delay } from "./dom.js";
import { tiles } from "./limits.js";
import { say, toast } from "./messages.js";
import { headers } from "./session.js";
import { useLabel } from "./labels.js";
import { gettext, interpolate, ngettext } from "./text.js";

const TRIES = 12;
const MOST_WAIT_SECONDS = 30;
const ENDED = {
  401: gettext("You are signed out. Reload the page to sign in; your text is still here."),
  412: gettext(
    "Somebody else signed in here meanwhile. Sign in again in another tab to continue here; your text is still here.",
  ),
};
const form = $("#composer");
const running = new Map(); // tile -> its upload
let queue = Promise.resolve();

export const changed = () => form.dispatchEvent(new CustomEvent("references", { bubbles: true }));

export function refuse(sentence) {
  const line = $("[data-refs-problem]");
  line.textContent = sentence;
  line.hidden = !sentence;
}

export function upload(fields, preview, name) {
  const tile = newTile(preview, name);
  running.set(tile, finish(tile, fields, name));
  changed();
}

export function cancel(tile) {
  tile.dispatchEvent(new Event("removed"));
  running.delete(tile);
  tile.remove();
}

function newTile(preview, name) {
  const tile = $("template", form).content.firstElementChild.cloneNode(true);
  const img = $("img", tile);
  img.alt = name;
  if (preview) img.src = preview;
  if (preview.startsWith("blob:")) img.onload = img.onerror = () => URL.revokeObjectURL(preview);
  $(".ref--add").before(tile);
  return tile;
}

async function finish(tile, fields, name) {
  const request = await (fields.file ? inTurn(tile, fields) : send(tile, fields));
  if (tile.isConnected && request.status === 200) await settle(tile, request.responseText, name);
  else if (tile.isConnected) fail(tile, request, name);
  running.delete(tile);
  changed();
}

async function settle(tile, html, name) {
  const key = html.match(/name="ref" value="(\w+)"/)?.[1];
  const isTwice = Boolean($(`input[name="ref"][value="${key}"]`));
  if (isTwice) tile.remove();
  else tile.outerHTML = html;
  if (isTwice) refuse(interpolate(gettext("%(name)s is already a reference."), { name }));
  else await useLabel($(`.ref:has(input[value="${key}"])`), name);
  const count = tiles().length;
  say(interpolate(ngettext("%(count)s reference picture", "%(count)s reference pictures", count), { count }));
}

function fail(tile, request, name) {
  const isSentence = request.responseText && request.getResponseHeader("Content-Type")?.startsWith("text/plain");
  const sentence = isSentence ? request.responseText : ENDED[request.status];
  tile.classList.add("is-failed");
  $("progress", tile)?.remove();
  const unknown = gettext("%(name)s could not be uploaded. Remove it and add it again.");
  refuse(sentence ?? interpolate(unknown, { name }));
}

// The server works on one file at a time for a person. Where another page of theirs, or others, keep it busy, it says
// when to try again.
function inTurn(tile, fields) {
  queue = queue.then(() => sendUntilTaken(tile, fields));
  return queue;
}
async function sendUntilTaken(tile, fields) {
  let request = { status: 0 };
  for (let tries = 0; tries < TRIES && tile.isConnected; tries += 1) {
    request = await send(tile, fields);
    const seconds = Number(request.getResponseHeader("Retry-After"));
    if (![429, 503].includes(request.status) || !seconds || seconds > MOST_WAIT_SECONDS) break;
    await delay(seconds * 1000);
  }
  return request;
}

function send(tile, fields) {
  const request = new XMLHttpRequest(); // fetch tells nothing of its progress
  const body = new FormData();
  const bar = $("progress", tile);
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  request.open("POST", $("#refs").dataset.address);
  for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
  request.upload.onprogress = (e) => {
    if (e.lengthComputable) bar.value = (100 * e.loaded) / e.total;
  };
  tile.addEventListener("removed", () => request.abort());
  return new Promise((done) => {
    request.onloadend = () => done(request);
    request.send(body);
  });
}

/* ── sending and leaving ── */
addEventListener("beforeunload", (e) => {
  if (running.size) e.preventDefault();
});
form.addEventListener("htmx:confirm", (e) => {
  if (e.target !== form && !e.target.matches("[data-opens]")) return;
  if ($(".ref.is-failed", form)) {
    e.preventDefault();
    refuse(gettext("A reference could not be uploaded. Remove it, or add it again, then send."));
  } else if (running.size) {
    e.preventDefault();
    sendAfterUploads(e);
  }
});

const waiting = new Set();
async function sendAfterUploads({ target, detail }) {
  if (waiting.has(target)) return;
  waiting.add(target);
  const button = target === form ? $(".btn--expose") : target;
  const label = button.innerHTML;
  button.disabled = true;
  button.textContent = gettext("Waiting for the upload");
  if (target === form) toast(gettext("The prompt is sent when its references are uploaded."));
  while (running.size) await Promise.all(running.values()); // also for those added meanwhile
  waiting.delete(target);
  button.innerHTML = label;
  button.disabled = false;
  if (!$(".ref.is-failed", form)) detail.issueRequest(true);
}
