// The way to review leads back to where one left it: its filters and its picture.

import { $$ } from "./dom.js";

const PLACE = "review";
const read = () => {
  try {
    return sessionStorage.getItem(PLACE);
  } catch {
    return null;
  }
};
const path = () => location.pathname + location.search;
const isReview = location.pathname === "/review";

if (!isReview && read()?.startsWith("/review")) {
  for (const link of $$("[data-review-link]")) link.href = read();
}
if (isReview) {
  addEventListener("pagehide", () => {
    try {
      sessionStorage.setItem(PLACE, path());
    } catch { /* private mode */ }
  });
}
