// The lightbox in the browser's history: an opened picture is one entry above the list, and closing it goes back to it.

import { $ } from "./dom.js";

const home = location.pathname;
let isOnTop = false; // the entry of an opened picture is the current one
let isReturning = false; // from it, by script
let next = ""; // where to go once it is left

export const isPushed = () => isOnTop;
export const isHome = (address) => new URL(address).pathname === home;

export function push(address) {
  history.pushState({ lightbox: true }, "", address);
  isOnTop = true;
}

export function replace(address) {
  history.replaceState({ lightbox: true }, "", address);
}

// Goes on from the list's own entry, so that Back leads there.
export function leave(address) {
  if (!isOnTop) return location.assign(address);
  [isOnTop, isReturning, next] = [false, true, address];
  history.back();
}

// The lightbox was closed without Back.
export function closed() {
  if (!isOnTop) return;
  [isOnTop, isReturning] = [false, true];
  history.back();
}

// The list's address names all of its pages that are shown.
export function settle() {
  const here = $("#pager")?.dataset.here;
  if (here && here !== location.pathname + location.search) history.replaceState(history.state, "", here);
}

// `lightbox` is what Back and Forward act on. Registered before HTMX's own listener, which would fetch the page anew.
export function whenReturned(lightbox) {
  document.addEventListener("htmx:afterSettle", () => {
    if (!lightbox.isOpen()) settle();
  });
  addEventListener("popstate", (e) => {
    if (isReturning) return arrive(e, lightbox);
    if (lightbox.isOpen()) {
      e.stopImmediatePropagation();
      isOnTop = false;
      settle();
      return lightbox.close();
    }
    if (e.state?.lightbox && lightbox.show(location.href)) isOnTop = true;
    else if (location.pathname !== home) location.reload(); // it was loaded at a picture's address
  });
}

function arrive(e, lightbox) {
  e.stopImmediatePropagation();
  isReturning = false;
  settle();
  if (!next) return;
  location.assign(next);
  next = "";
  lightbox.close();
}
