// The draft: kept on the server a second after the last change, and in this tab, so that neither a reload nor a session
// that ended loses anything.

import { $, $$, on } from "./dom.js";
import { headers, person, token } from "./session.js";

const TAB = "composer-draft";
const KEEP_MS = 1000;
const MOST_KEPT_ALIVE = 60_000; // what a browser still sends for a page that is left
const form = $("#composer");
const field = form.elements.prompt;
const query = new URLSearchParams(location.search);
const at = ["from", "again", "prompt", "draft"].some((name) => query.has(name)) ? location.search : "";
const gallery = query.get("gallery") ?? ""; // who sees what is made there is remembered for each
const newName = () => Math.random().toString(36).slice(2);
let timer;
let isChanged = false;

field.autocomplete = "off"; // the draft brings back what was written; a browser brings back what was sent, too

function fields() {
  const data = new FormData(form);
  for (const name of ["files", "csrfmiddlewaretoken", "submission", "client_id", "base_client_id"]) data.delete(name);
  return new URLSearchParams(data);
}

/* ── in this tab ── */
function store(memory) {
  try {
    if (memory) sessionStorage.setItem(TAB, JSON.stringify(memory));
    else sessionStorage.removeItem(TAB);
  } catch { /* private mode */ }
}
function remember(isKept) {
  store({ whose: person, at, gallery, isKept, clientId: form.elements.client_id.value, fields: String(fields()) });
}
function remembered() {
  try {
    const memory = JSON.parse(sessionStorage.getItem(TAB));
    if (memory?.whose === person) return memory;
    sessionStorage.removeItem(TAB); // somebody else wrote here before
  } catch { /* private mode */ }
  return null;
}

/* ── on the server ── */
const post = (body, keepalive) =>
  fetch(form.dataset.draft, { method: "POST", body, keepalive, headers: headers() }).catch(() => null);

async function keep() {
  clearTimeout(timer);
  if (!isChanged || !token()) return; // without a session the tab remembers
  isChanged = false;
  const body = fields();
  for (const name of ["submission", "client_id", "base_client_id"]) body.set(name, form.elements[name].value);
  const answer = await post(body, String(body).length < MOST_KEPT_ALIVE);
  if (!answer?.ok) isChanged = true;
  else if (!isChanged && body.get("client_id") === form.elements.client_id.value) remember(true);
  if (answer?.status === 200) $("#stashed").innerHTML = await answer.text();
}

// A person's change says "input"; a browser says "change" once more when the field is left, sent or not.
function touched(e) {
  if (e?.target?.type === "file" || (e?.type === "change" && e.target !== form)) return;
  isChanged = true;
  remember(false);
  clearTimeout(timer);
  timer = setTimeout(keep, KEEP_MS);
}

/* ── what was written in this tab stays in it, whatever another tab has kept since. An address that brings a prompt
   comes first, unless it was changed since it was opened ── */
function restore({ clientId, fields: written, gallery: before }) {
  const kept = new URLSearchParams(written);
  if (before !== gallery) kept.set("visible", $('input[name="visible"]:checked', form)?.value ?? "");
  const stashed = $("#stashed bdi")?.textContent.replace(/…$/, "");
  const isOwn = $(`#stashed [data-client-id="${clientId}"]`) || (stashed && kept.get("prompt").startsWith(stashed));
  form.elements.client_id.value = clientId;
  if (isOwn) $("#stashed").replaceChildren();
  if (String(kept) === String(fields())) return;
  for (const input of $$("[name]:not([type=hidden], [type=file])", form)) setField(input, kept.getAll(input.name));
  form.elements.base_client_id.value = "";
  form.dispatchEvent(new CustomEvent("refer", { detail: kept.getAll("ref") }));
  form.dispatchEvent(new Event("change"));
}
function setField(input, values) {
  if (!input.matches("select, [type=checkbox], [type=radio]")) {
    input.value = values[0] ?? "";
    return;
  }
  const choices = [...(input.options ?? $$(`[name="${input.name}"]`, form))].map(({ value }) => value);
  if (!choices.some((value) => values.includes(value))) return; // gone since: the page's own choice stands
  if (input.options) input.value = values[0];
  else input.checked = values.includes(input.value);
}

form.elements.client_id.value = newName();
for (const type of ["input", "change", "references"]) form.addEventListener(type, touched);
const memory = remembered();
const [navigation] = performance.getEntriesByType("navigation");
if (memory?.at === at && (!at || !memory.isKept || navigation?.type !== "navigate")) restore(memory);
form.addEventListener("focusout", keep);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) keep();
});
addEventListener("pagehide", keep);

/* ── sent: the server keeps the choices alone, and nothing still on its way may bring the prompt back ── */
let sent = "";
form.addEventListener("htmx:beforeRequest", (e) => {
  if (e.target === form) sent = field.value;
});
document.addEventListener("htmx:oobAfterSwap", (e) => {
  if (e.target.id !== "problem" || $(".problem", e.target)) return;
  clearTimeout(timer);
  isChanged = false;
  form.elements.client_id.value = newName();
  store(null);
  $("#lost")?.remove();
  form.dispatchEvent(new Event("sent"));
  if (field.value !== sent) touched(); // written on meanwhile
});

on("click", "[data-forget]", (_, button) => {
  button.closest("#stashed").replaceChildren();
  post(new URLSearchParams({ forget: "stashed" }), true);
});
on("click", "[data-fill]", (_, button) => { // an example to try
  field.value = $(button.dataset.fill, button).textContent.trim();
  touched();
  field.focus();
});
