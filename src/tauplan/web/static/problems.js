// What is wrong, where, and what to try; the answer before stays below, faded.

import { button, make } from "./dom.js";
import { t } from "./words.js";

export function showProblems(place, problems, retry) {
  place.querySelector(".problems")?.remove();
  place.classList.toggle("stale", problems.length > 0);
  if (!problems.length) return;
  const items = problems.map((one) => make("li", {},
    make("strong", {}, [one.path, one.message].filter(Boolean).join(": ")),
    ...[[t("found"), one.found], [t("expected"), one.expected], [t("try"), one.hint], [t("at"), one.place]]
      .filter(([, words]) => words)
      .map(([label, words]) => make("div", {}, make("span", { class: "note" }, `${label} `), words))));
  const title = problems.length > 1 ? t("{count} problems", { count: problems.length }) : t("This cannot be answered");
  place.prepend(make("section", { class: "problems", role: "alert" },
    make("h2", {}, title), make("ul", {}, ...items), button(t("Try again"), retry)));
}

export function nothing(place, title, ...words) {
  place.replaceChildren(make("div", { class: "empty" }, make("h1", {}, title), ...words.map((one) => (typeof one === "string" ? make("p", {}, one) : one))));
}

export function loading(place) {
  place.replaceChildren(make("div", { class: "loading", role: "status" },
    make("span", { class: "skip-text" }, t("Loading …")),
    ...[70, 40, 100, 100, 85].map((width) => make("i", { style: `width:${width}%` }))));
}
