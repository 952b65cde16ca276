// What happened while the page was hidden: batches that ended are counted in its title, and with all else that somebody
// is told they are shown by the system to whoever asked for it. Both say a batch under the same tag, so it is shown once.

import { on, root } from "./dom.js";
import { toast } from "./messages.js";
import { gettext, interpolate } from "./text.js";

const ANSWER_MS = 300;
const title = document.title;
const front = new BroadcastChannel("front");
let count = 0;

front.addEventListener("message", (e) => {
  if (e.data === "who" && !document.hidden) front.postMessage("me");
});
function isAnotherInFront() {
  return new Promise((resolve) => {
    const listener = (e) => {
      if (e.data === "me") resolve(true);
    };
    front.addEventListener("message", listener);
    front.postMessage("who");
    setTimeout(() => {
      front.removeEventListener("message", listener);
      resolve(false);
    }, ANSWER_MS);
  });
}
const isWanted = () =>
  root.dataset.notify === "on" &&
  globalThis.Notification?.permission === "granted";

function show(heading, body, tag, address) {
  const notification = new Notification(heading, { body, tag });
  notification.onclick = () => {
    focus();
    location.assign(address);
  };
}

document.addEventListener("batches-over", async (e) => {
  if (!document.hidden) return;
  count += e.detail.batches.length;
  document.title = `(${count}) ${title}`;
  if (!isWanted() || await isAnotherInFront()) return;
  for (const batch of e.detail.batches) {
    const heading = interpolate(gettext("%(name)s: %(news)s"), {
      name: batch.name,
      news: batch.said,
    });
    show(heading, batch.words, batch.address, batch.address);
  }
});
document.addEventListener("told", async (e) => {
  if (!document.hidden || !isWanted() || await isAnotherInFront()) return;
  for (const one of e.detail.news) {
    show(one.title, one.body, one.tag, one.address);
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  count = 0;
  document.title = title;
});

on("change", "[data-notify-switch]", async (_, input) => {
  if (
    !input.checked ||
    await globalThis.Notification?.requestPermission() === "granted"
  ) return;
  input.checked = false;
  toast(
    gettext(
      "This browser does not allow notifications. Allow them in its settings for this site.",
    ),
  );
});
