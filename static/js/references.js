// References: chosen, dropped anywhere, pasted, or pictures of this site by their address. Each is uploaded at once and
// shown with its progress; sending waits for it. Without this module the file field is sent with the form.

const form = document.querySelector("#composer");
const $ = (sel, from = form) => from.querySelector(sel);
const $$ = (sel, from = form) => [...from.querySelectorAll(sel)];
const tell = (type, detail) => document.dispatchEvent(new CustomEvent(type, { detail }));
const tiles = () => $$(".ref:not(.ref--add)");
const running = new Map(); // tile -> promise
const GONE = {
  401: "You are signed out. Reload the page to sign in; what you wrote stays.",
  412: "Somebody else signed in here meanwhile. Sign in again in another tab to go on here; what you wrote stays.",
};
const isSentence = (request) => Boolean(request.responseText) && request.getResponseHeader("Content-Type")?.startsWith("text/plain");
const changed = () => form.dispatchEvent(new CustomEvent("references", { bubbles: true }));

function refuse(sentence) {
  const line = $("[data-refs-problem]");
  line.textContent = sentence;
  line.hidden = !sentence;
}

/* ── taking ── */
function room() {
  const models = $$('input[name="model"]:checked');
  const least = models.reduce((a, b) => (Number(b.dataset.refs) < Number(a.dataset.refs) ? b : a), models[0]);
  const most = Number(least?.dataset.refs ?? 20);
  return { left: Math.max(0, most - tiles().length), said: `${least?.dataset.name} takes ${most || "no"} reference picture${most === 1 ? "" : "s"}` };
}

function fault(file) {
  const largest = Number($("#refs").dataset.largest);
  if (!$('input[type="file"]').accept.split(",").includes(file.type)) return `${file.name} is no PNG, JPEG, WebP, GIF or AVIF picture.`;
  if (file.size > largest) return `${file.name} is ${(file.size / 2 ** 20).toFixed(1)} MB; at most ${Math.floor(largest / 2 ** 20)} MB are taken.`;
  return "";
}

function take(files) {
  const faults = files.map(fault).filter(Boolean), good = files.filter((file) => !fault(file)), { left, said } = room();
  if (good.length > left) faults.push(`${said}, so ${good.slice(left).map((file) => file.name).join(", ")} ${good.length - left > 1 ? "were" : "was"} not added.`);
  refuse(faults.join(" "));
  for (const file of good.slice(0, left)) upload({ file }, URL.createObjectURL(file), file.name);
}

function takeAddress(address) {
  const { left, said } = room();
  refuse(left ? "" : `${said}, so this one was not added.`);
  const key = ours(address);
  if (left) upload({ address }, key ? `/i/${key}/thumbnail/320` : "", "Reference");
}

function ours(text) {
  try {
    const url = new URL(text.trim(), location.href);
    return url.origin === location.origin ? url.pathname.match(/^\/i\/([a-z0-9]{12})(\/|$)/)?.[1] : undefined;
  } catch { return undefined; }
}

/* ── uploading ── */
function upload(fields, picture, name) {
  const tile = $("template").content.firstElementChild.cloneNode(true);
  const img = $("img", tile);
  img.alt = name;
  if (picture) img.src = picture;
  if (picture.startsWith("blob:")) img.onload = img.onerror = () => URL.revokeObjectURL(picture);
  $(".ref--add").before(tile);
  const sending = inTurn(tile, fields).then((request) => {
    running.delete(tile);
    if (!tile.isConnected) return;
    if (request.status === 200) {
      const key = request.responseText.match(/name="ref" value="(\w+)"/)?.[1];
      if ($(`input[name="ref"][value="${key}"]`)) { tile.remove(); refuse(`${name} is among them already.`); }
      else {
        tile.outerHTML = request.responseText;
        told($(`.ref:has(input[value="${key}"])`), name);
      }
      tell("say", `${tiles().length} reference pictures`);
    } else {
      tile.classList.add("is-failed");
      $("progress", tile)?.remove();
      refuse(isSentence(request) ? request.responseText : GONE[request.status] ?? `${name} could not be uploaded. Remove it and add it again.`);
    }
    changed();
  });
  running.set(tile, sending);
  changed();
}

// One file at a time is worked on for a person, so the next is sent when the one before is done. Where another page of
// theirs, or others, have too much going on, the server says when to come again.
const TRIES = 12;
let last = Promise.resolve();
function inTurn(tile, fields) {
  if (!fields.file) return send(tile, fields);
  return (last = last.then(() => patiently(tile, fields)));
}
async function patiently(tile, fields) {
  let request = { status: 0 };
  for (let tries = 0; tries < TRIES && tile.isConnected; tries += 1) {
    request = await send(tile, fields);
    const later = Number(request.getResponseHeader("Retry-After"));
    if (![429, 503].includes(request.status) || !later || later > 30) break;
    await new Promise((done) => { setTimeout(done, later * 1000); });
  }
  return request;
}

function send(tile, fields) {
  const request = new XMLHttpRequest(), body = new FormData(), bar = $("progress", tile);
  for (const [key, value] of Object.entries(fields)) body.append(key, value);
  request.open("POST", $("#refs").dataset.address);
  request.setRequestHeader("X-CSRFToken", document.cookie.match(/(?:^|; )imageweb_csrf=([^;]+)/)?.[1] ?? "");
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("Imageweb-Person", document.documentElement.dataset.person);
  request.upload.onprogress = (e) => { if (e.lengthComputable) bar.value = (100 * e.loaded) / e.total; };
  tile.addEventListener("removed", () => request.abort());
  return new Promise((done) => { request.onloadend = () => done(request); request.send(body); });
}

addEventListener("beforeunload", (e) => { if (running.size) e.preventDefault(); });
form.addEventListener("htmx:confirm", (e) => {
  if (e.target !== form && !e.target.matches("[data-opens]")) return;
  if ($(".ref.is-failed")) {
    e.preventDefault();
    refuse("A reference could not be uploaded. Remove it, or add it again, then send.");
  } else if (running.size) {
    e.preventDefault();
    afterUploads(e);
  }
});
// Those that are added while it waits are waited for too. The button says so for as long as it does.
const waiting = new Set();
async function afterUploads({ target, detail }) {
  if (waiting.has(target)) return;
  waiting.add(target);
  const button = target === form ? $(".btn--expose") : target, label = button.innerHTML;
  button.disabled = true;
  button.textContent = "Waits for the upload";
  if (target === form) tell("toast", "Sent as soon as the references are here.");
  while (running.size) await Promise.all(running.values());
  waiting.delete(target);
  button.innerHTML = label;
  button.disabled = false;
  if (!$(".ref.is-failed")) detail.issueRequest(true);
}

/* ── a copy of ours says how it was made: its words fill an empty prompt, else they are offered ── */
function told(tile, name) {
  const line = $("[data-refs-label]");
  if (!tile.dataset.label) return;
  const label = JSON.parse(tile.dataset.label), button = $("button", line), isEmpty = !$(".composer__prompt").value.trim();
  $("span", line).textContent = isEmpty ? `${name} says how it was made: its prompt and options are back.${isOffered(label) ? "" : ` ${label.model} is not offered here.`}` : `${name} says how it was made.`;
  line.hidden = false;
  button.hidden = isEmpty;
  button.onclick = () => { fill(label, tile); line.hidden = true; };
  if (isEmpty) fill(label, tile);
}
const isOffered = ({ model }) => !model || $$('input[name="model"]').some((one) => one.dataset.name === model);
function fill({ prompt, model, size, options }, tile) {
  $(".composer__prompt").value = prompt;
  const models = $$('input[name="model"]'), named = models.find((one) => one.dataset.name === model);
  if (named) for (const one of models) one.checked = one === named;
  if (named && !Number(named.dataset.refs)) tile.remove(); // it was made without one
  const shape = $$('input[name="size"]').find((one) => one.value === size);
  if (shape) shape.checked = true;
  for (const field of $$("[data-option]")) {
    const value = options[field.name] ?? "";
    field.value = Array.isArray(value) ? value.join("\n") : value;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

/* ── removing and moving ── */
function move(tile, by) {
  const list = tiles(), to = list[list.indexOf(tile) + by];
  if (!to) return;
  if (by < 0) to.before(tile); else to.after(tile);
  tell("say", `Reference ${tiles().indexOf(tile) + 1} of ${list.length}`);
  changed();
}
form.addEventListener("click", (e) => {
  const button = e.target.closest(".ref button"), tile = button?.closest(".ref");
  if (!tile) return;
  if (button.dataset.move) { move(tile, Number(button.dataset.move)); button.focus(); return; }
  const next = tile.nextElementSibling;
  tile.dispatchEvent(new Event("removed"));
  running.delete(tile);
  tile.remove();
  refuse("");
  $("[data-refs-label]").hidden = true;
  ($("[data-remove]", next) ?? $('input[type="file"]')).focus();
  changed();
});
// These pictures, in this order, are what the tab remembers.
form.addEventListener("refer", ({ detail: keys }) => {
  const tile = (key) => $(`.ref:has(input[name="ref"][value="${key}"])`);
  for (const one of tiles()) if (!keys.includes($("input[name=ref]", one)?.value)) one.remove();
  for (const key of keys) {
    if (tile(key)) $(".ref--add").before(tile(key));
    else upload({ address: `/i/${key}` }, `/i/${key}/thumbnail/320`, "Reference");
  }
});
let dragged;
form.addEventListener("dragstart", (e) => {
  dragged = e.target.closest?.(".ref[draggable]");
  if (!dragged) return;
  e.dataTransfer.setData("application/x-reference", "");
  dragged.classList.add("is-dragged");
});
form.addEventListener("dragend", () => { dragged?.classList.remove("is-dragged"); dragged = undefined; });
form.addEventListener("dragover", (e) => {
  const over = dragged && e.target.closest?.(".ref[draggable]");
  if (!over || over === dragged) return;
  e.preventDefault();
  const list = tiles();
  if (list.indexOf(over) < list.indexOf(dragged)) over.before(dragged); else over.after(dragged);
  changed();
});

/* ── from anywhere: the whole window takes a drop ── */
let depth = 0;
const carries = (e) => !dragged && e.dataTransfer?.types.some((type) => type === "Files" || type === "text/uri-list");
const light = (is) => { depth = is ? depth : 0; document.body.classList.toggle("is-dropping", is); };
addEventListener("dragenter", (e) => { if (carries(e)) { depth += 1; light(true); } });
addEventListener("dragleave", (e) => { if (carries(e) && (depth -= 1) <= 0) light(false); });
addEventListener("dragover", (e) => { if (carries(e)) e.preventDefault(); });
addEventListener("drop", (e) => {
  if (!carries(e)) return;
  e.preventDefault();
  light(false);
  const address = e.dataTransfer.getData("text/uri-list").split("\n")[0];
  if (address && (ours(address) || !e.dataTransfer.files.length)) takeAddress(address);
  else take([...e.dataTransfer.files]);
});
addEventListener("dragend", () => light(false));
document.addEventListener("paste", (e) => {
  if (e.target.closest?.("input, textarea:not(.composer__prompt)")) return;
  const text = e.clipboardData.getData("text/plain"), files = [...e.clipboardData.files];
  const areWords = text && e.clipboardData.types.includes("text/html"); // a document's come with a picture of themselves
  if (files.length && !areWords) { e.preventDefault(); take(files); }
  else if (ours(text) && /^\S+$/.test(text.trim())) { e.preventDefault(); takeAddress(text); }
});
form.addEventListener("change", (e) => {
  if (e.target.type !== "file") return;
  const files = [...e.target.files];
  e.target.value = "";
  take(files);
});
