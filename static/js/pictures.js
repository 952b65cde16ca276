// Pictures of the page: those that fail to load are marked, and the one that is clicked grows into the next page's.

import { $, $$, on } from "./dom.js";

for (const type of ["error", "load"]) {
  document.addEventListener(type, (e) => {
    if (e.target.matches?.("main img")) e.target.classList.toggle("is-lost", type === "error");
  }, { capture: true });
}
for (const picture of $$("main img")) { // some failed before this listens
  if (picture.complete && !picture.naturalWidth) picture.classList.add("is-lost");
}

let opened;
on("click", "a.frame__box", (_, link) => {
  opened = $(".frame__img", link);
});
addEventListener("pageswap", (e) => {
  if (e.viewTransition && opened) opened.style.viewTransitionName = "hero";
});
