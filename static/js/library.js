// The library: how many pictures were found, and how many each filter would show.

import { $, $$ } from "./dom.js";
import { say } from "./messages.js";
import { gettext, interpolate } from "./text.js";

document.addEventListener("htmx:afterRequest", (e) => {
  if (e.target.id === "search" && e.detail.successful) say($("#found").textContent.replace(/\s+/g, " ").trim());
  if (e.target.id === "found") showCounts(e.detail.successful ? e.detail.xhr.responseText : "");
});

const counted = (name, count) => interpolate(gettext("%(name)s (%(count)s)"), { name, count });

// Asked for by the number found, which is replaced with its search, so that no late answer is shown.
function showCounts(answer) {
  const counts = new DOMParser().parseFromString(answer, "text/html");
  for (const place of $$('#facets [id^="n-"]')) {
    const count = counts.getElementById(place.id);
    if (place.matches("option")) place.label = count ? counted(place.text, count.textContent.trim()) : "";
    else place.replaceChildren(...(count?.childNodes ?? []));
  }
}
