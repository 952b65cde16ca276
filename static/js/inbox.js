// The short list of the inbox is fetched each time it is opened.

import { $, on } from "./dom.js";

on("toggle", "#news", (e) => {
  if (e.newState === "open") {
    $("#news-list").dispatchEvent(new Event("news:open"));
  }
}, { capture: true });
