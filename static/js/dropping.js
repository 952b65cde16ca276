// Pictures that are dropped on a gallery are put into it: from another window, one or all that are selected there. Only
// what was made here can lie in a gallery, so a file says where it belongs.

import { $$ } from "./dom.js";
import { toast } from "./messages.js";
import { gettext } from "./text.js";

const LIST = "text/uri-list";
const PICTURE = /^\/i\/(\w+)$/;
const targetOf = (e) => e.target.closest?.("[data-drop]");
let isOwn = false; // what is dragged on this page is moved, see gallery.js

document.addEventListener("dragstart", (e) => {
  isOwn = Boolean(e.target.closest?.("[data-drop]"));
  const frame = e.target.closest?.("#selection .frame:has([name=pick]:checked)");
  if (!frame) return;
  const links = $$("#selection .frame:has([name=pick]:checked) .frame__box");
  e.dataTransfer.setData(LIST, links.map((link) => link.href).join("\r\n"));
});
document.addEventListener("dragend", () => {
  isOwn = false;
});
document.addEventListener("dragover", (e) => {
  const target = !isOwn && targetOf(e);
  unmark();
  if (!target || ![LIST, "Files"].some((type) => e.dataTransfer.types.includes(type))) return;
  e.preventDefault();
  e.dataTransfer.dropEffect = "copy";
  target.classList.add("is-dropping");
});
document.addEventListener("dragleave", unmark);
function unmark() {
  for (const target of $$(".is-dropping")) target.classList.remove("is-dropping");
}

document.addEventListener("drop", (e) => {
  const target = !isOwn && targetOf(e);
  unmark();
  if (!target) return;
  e.preventDefault();
  const keys = keysIn(e.dataTransfer.getData(LIST));
  if (keys.length) put(target.dataset.drop, keys);
  else toast(gettext("Only pictures that were made here can lie in a gallery. Drop a file into the studio to use it."));
});
function keysIn(list) {
  const addresses = list.split(/\r?\n/).filter((line) => URL.canParse(line)).map((line) => new URL(line));
  const here = addresses.filter((address) => address.origin === location.origin);
  return here.map((address) => PICTURE.exec(address.pathname)?.[1]).filter(Boolean);
}

// By HTMX, so that its answer is what a button's would be: a toast that can be undone, and a sentence where it fails.
async function put(address, keys) {
  await globalThis.htmx.ajax("POST", address, { values: { pick: keys }, swap: "none" }).catch(() => null);
  document.body.dispatchEvent(new CustomEvent("library-changed"));
}
