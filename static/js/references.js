// References: files that are chosen, dropped anywhere or pasted, and pictures of this site by their address. Without
// this module the file field is sent with the form.

import { $, on, root } from "./dom.js";
import { hint, most, tiles } from "./limits.js";
import { gettext, interpolate, number } from "./text.js";
import { refuse, upload } from "./uploads.js";
import "./reference_tiles.js";

const form = $("#composer");
const room = () => Math.max(0, most() - tiles().length);

const READ_SECONDS = 8;
let said;

// Why something was refused goes once one works on.
form.addEventListener("input", () => {
  if ($("[data-refs-problem]").hidden || $(".ref.is-failed", form)) return;
  clearTimeout(said);
  said = setTimeout(() => refuse(""), READ_SECONDS * 1000);
});

/* ── taking ── */
function problemOf(file) {
  const largest = Number($("#refs").dataset.largest);
  const types = $('input[type="file"]', form).accept.split(",");
  const { name } = file;
  if (!types.includes(file.type)) {
    return interpolate(gettext("%(name)s isn’t a supported image (PNG, JPEG, WebP, GIF, AVIF)."), { name });
  }
  if (file.size <= largest) return "";
  const values = { name, size: number(file.size / 2 ** 20, 1), limit: number(Math.floor(largest / 2 ** 20)) };
  return interpolate(gettext("%(name)s has %(size)s MB; at most %(limit)s MB are allowed."), values);
}

const MAX_NAMED = 5;

function list(files) {
  const names = files.slice(0, MAX_NAMED).map((file) => file.name);
  if (files.length > MAX_NAMED) names.push(`+${files.length - MAX_NAMED}`);
  return new Intl.ListFormat(root.lang, { style: "narrow" }).format(names);
}

function take(files) {
  const problems = files.map(problemOf).filter(Boolean).slice(0, MAX_NAMED);
  const good = files.filter((file) => !problemOf(file));
  const taken = good.slice(0, room());
  const left = good.slice(taken.length);
  if (left.length) problems.push(hint(), interpolate(gettext("Not added: %(names)s."), { names: list(left) }));
  refuse(problems.join(" "));
  for (const file of taken) upload({ file }, URL.createObjectURL(file), file.name);
}

function takeAddress(address) {
  refuse(room() ? "" : [hint(), gettext("This one was not added.")].join(" "));
  const key = keyIn(address);
  if (room()) upload({ address }, key ? `/i/${key}/thumbnail/320` : "", gettext("Reference"));
}

// The key in the address of a picture of this site.
function keyIn(text) {
  try {
    const url = new URL(text.trim(), location.href);
    return url.origin === location.origin ? url.pathname.match(/^\/i\/([a-z0-9]{12})(\/|$)/)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

/* ── from the library: what is picked there stays marked until the list is another ── */
on("click", "[data-refer]", (_, button) => {
  takeAddress(button.dataset.refer);
  button.ariaPressed = "true";
  if (!room()) $("#from-library").close();
});

form.addEventListener("change", (e) => {
  if (e.target.type !== "file") return;
  const files = [...e.target.files];
  e.target.value = "";
  take(files);
});

/* ── the whole window takes a drop ── */
let depth = 0;
function carries(e) {
  const types = e.dataTransfer?.types ?? [];
  return !types.includes("application/x-reference") && (types.includes("Files") || types.includes("text/uri-list"));
}
function showDropping(is) {
  depth = is ? depth : 0;
  document.body.classList.toggle("is-dropping", is);
}
addEventListener("dragenter", (e) => {
  if (!carries(e)) return;
  depth += 1;
  showDropping(true);
});
addEventListener("dragleave", (e) => {
  if (carries(e) && (depth -= 1) <= 0) showDropping(false);
});
addEventListener("dragover", (e) => {
  if (carries(e)) e.preventDefault();
});
addEventListener("drop", (e) => {
  if (!carries(e)) return;
  e.preventDefault();
  showDropping(false);
  const address = e.dataTransfer.getData("text/uri-list").split("\n")[0];
  if (address && (keyIn(address) || !e.dataTransfer.files.length)) takeAddress(address);
  else take([...e.dataTransfer.files]);
});
addEventListener("dragend", () => showDropping(false));

/* ── pasting: a document's text comes with a picture of itself, which is not meant ── */
document.addEventListener("paste", (e) => {
  if (e.target.closest?.("input, textarea:not(.composer__prompt)")) return;
  const text = e.clipboardData.getData("text/plain");
  const files = [...e.clipboardData.files];
  const isDocument = text && e.clipboardData.types.includes("text/html");
  if (files.length && !isDocument) {
    e.preventDefault();
    take(files);
  } else if (keyIn(text) && /^\S+$/.test(text.trim())) {
    e.preventDefault();
    takeAddress(text);
  }
});
