// Why a picture cannot be shown, here or on its own page: the server knows.

import { $ } from "./dom.js";
import { headers } from "./session.js";
import { gettext } from "./text.js";

export async function explain(link) {
  const answer = await fetch(`${link.href}/explain`, { headers: headers() }).catch(() => null);
  return (answer?.ok && await answer.text()) || gettext("This picture could not be loaded. Try again in a while.");
}

const hero = $(".hero .frame__img");
async function explainHero() {
  $(".hero .frame__lost").textContent = await explain(hero.parentElement);
}
hero?.addEventListener("error", explainHero);
if (hero?.matches(".is-lost")) explainHero();
