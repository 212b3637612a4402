// The answer: what moved since the last one, the page the server made, its charts, and how to get it again.

import { copy, make } from "./dom.js";
import { drawAll } from "./draw.js";

let before = null;

export function showAnswer(place, made) {
  const open = new Set([...place.querySelectorAll("article details[open] > summary")].map((one) => one.textContent));
  const page = make("div");
  page.innerHTML = made.html; // made by the server, every value in it escaped
  for (const summary of page.querySelectorAll("details > summary")) {
    summary.parentElement.open = open.has(summary.textContent);
  }
  place.replaceChildren(...[tools(made), moved(before, made.said), page].filter(Boolean));
  before = made.said;
  drawAll(page, made.charts);
}

export function forget() {
  before = null;
}

function tools(made) {
  const button = (label, words) => make("button", { type: "button", onclick: () => copy(words(), label) }, `Copy ${label}`);
  return make("div", { class: "tools", role: "group", "aria-label": "Take it with you" },
    button("command", () => made.command),
    button("YAML", () => made.yaml),
    button("link", () => location.href),
    make("button", { type: "button", onclick: () => print() }, "Print"));
}

// Two bars on one scale: the interval of the claims, and the answer in it, before and now.
function moved(old, now) {
  if (!old || !now.seconds || !old.seconds || old.seconds === now.seconds) return null;
  const low = Math.min(old.low_s ?? old.seconds, now.low_s ?? now.seconds);
  const high = Math.max(old.high_s ?? old.seconds, now.high_s ?? now.seconds);
  const change = now.seconds / old.seconds - 1;
  const words = `${now.time}, ${Math.abs(100 * change).toFixed(1)} % ${change < 0 ? "sooner" : "later"} than ${old.time}`;
  const bar = (name, one) => {
    const spread = (x) => `${(100 * (x - low)) / (high - low || 1)}%`;
    const band = make("span", { class: "band" });
    band.style.left = spread(one.low_s ?? one.seconds);
    band.style.right = `calc(100% - ${spread(one.high_s ?? one.seconds)})`;
    const point = make("span", { class: "point" });
    point.style.left = spread(one.seconds);
    const range = one.low ? `${one.low} to ${one.high}` : one.time;
    return make("div", { class: "move" }, make("span", {}, name), make("span", { class: "track" }, band, point), make("span", {}, range));
  };
  return make("section", { class: "moved", "aria-label": "What the change did" },
    make("p", { class: change < 0 ? "sooner" : "later" }, words),
    bar("before", old), bar("now", now));
}

export function showProblems(place, problems, retry) {
  place.querySelector(".problems")?.remove();
  place.classList.toggle("stale", problems.length > 0);
  if (!problems.length) return;
  const items = problems.map((one) => make("li", {},
    make("strong", {}, [one.path, one.message].filter(Boolean).join(": ")),
    ...[["found", one.found], ["expected", one.expected], ["try", one.hint], ["at", one.place]]
      .filter(([, words]) => words)
      .map(([label, words]) => make("div", {}, make("span", { class: "note" }, `${label} `), words))));
  place.prepend(make("section", { class: "problems", role: "alert" },
    make("h2", {}, problems.length > 1 ? `${problems.length} problems` : "This cannot be answered"),
    make("ul", {}, ...items),
    make("button", { type: "button", onclick: retry }, "Try again")));
}
