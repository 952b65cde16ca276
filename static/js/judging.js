// A verdict on one picture that is sent from a page without a form for it, and its undo.

import { $ } from "./dom.js";
import { toast } from "./messages.js";
import { headers } from "./session.js";
import { gettext } from "./text.js";

async function post(address, body) {
  const sent = {
    method: "POST",
    body,
    headers: { ...headers(), "Imageweb-Part": "review" },
  };
  const answer = await fetch(address, sent).catch(() => null);
  if (answer?.status === 404) {
    return void toast(gettext("This picture is not yours to review."));
  }
  const html = new DOMParser().parseFromString(
    (await answer?.text()) ?? "",
    "text/html",
  );
  const said = answer?.ok && html.querySelector("#review-answer");
  if (!said) {
    return void toast(
      gettext("A verdict was not saved. Check the connection and try again."),
    );
  }
  const count = html.querySelector("#review-count");
  if (count) $("#review-count")?.replaceWith(count);
  toast(said.textContent);
  return { mark: said.dataset.mark, undo: said.dataset.undo };
}

// What the picture at this address is marked with then; nothing where the verdict was not taken.
export async function judge(address, state) {
  const given = await post(`${address}/review`, new URLSearchParams({ state }));
  if (!given?.undo) return given;
  const undo = document.createElement("button");
  undo.classList.add("btn");
  undo.type = "button";
  undo.dataset.key = "u";
  undo.textContent = gettext("Undo");
  undo.addEventListener("click", async () => {
    const undone = await post(given.undo, new URLSearchParams());
    const frame = document.getElementById(`i-${address.split("/").at(-1)}`);
    if (!undone || !frame) return;
    frame.classList.remove("is-approved", "is-rejected", "is-changes");
    if (undone.mark) frame.classList.add(undone.mark);
  });
  $("#toast").append(undo);
  return given;
}
