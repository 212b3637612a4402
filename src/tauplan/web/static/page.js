// A page that the server made: its markup, charts, menus, and how to take it along.

import { button, copy, fileName, make, save, say } from "./dom.js";
import { drawAll, drawn } from "./draw.js";
import { addMenus } from "./tables.js";
import { t } from "./words.js";

// Names of what is taken along; each is copied as text.
const TAKEN = { command: "command", python: "Python", yaml: "YAML", bibtex: "BibTeX" };

export function showPage(place, made, { report = null, above = [], before = [], after = [] } = {}) {
  const open = new Set([...place.querySelectorAll(".page details[open] > summary")].map((one) => one.textContent));
  const old = new Map([...place.querySelectorAll(".page figure")].map((one) => [titleOf(one), one.querySelector(".chart")]));
  const page = make("div", { class: "page" });
  page.innerHTML = made.html; // made by the server, every value in it escaped
  for (const summary of page.querySelectorAll("details > summary")) {
    summary.parentElement.open = open.has(summary.textContent);
  }
  for (const figure of page.querySelectorAll("figure")) keepPicture(figure, old.get(titleOf(figure)));
  addMenus(page, made.charts);
  place.replaceChildren(...[tools(made, report, above), ...before, page, ...after].filter(Boolean));
  place.classList.remove("stale");
  drawAll(page, made.charts, (level) => showLevel(page, level));
  for (const key of page.querySelectorAll(".keys [data-level]")) {
    key.addEventListener("click", () => showLevel(page, key.dataset.level));
  }
}

const titleOf = (figure) => figure.querySelector("figcaption > :first-child")?.textContent;

// Until a chart is drawn anew its last picture stands in its place, so that nothing jumps.
function keepPicture(figure, before) {
  const place = figure.querySelector(".chart");
  const picture = before?.querySelector("svg");
  if (place && picture) place.append(picture.closest(".ground") ?? picture);
}

export function showLevel(page, level) {
  const details = page.querySelector(`[data-details="${CSS.escape(level)}"]`);
  if (!details) return;
  details.open = true;
  details.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  details.querySelector("summary").focus({ preventScroll: true });
}

function tools(made, report, above) {
  const taken = Object.entries(TAKEN).filter(([key]) => made.take?.[key])
    .map(([key, label]) => copier(key, t(label), () => made.take[key]));
  const whole = report && button(t("Save report"), async (event) => {
    const pressed = event.currentTarget;
    pressed.disabled = true;
    try {
      save(`${fileName(made.title)}.html`, await report());
    } catch (error) {
      say(error.message);
    } finally {
      pressed.disabled = false;
    }
  }, { "data-take": "report" });
  return make("div", { class: "tools", role: "group", "aria-label": t("Take it with you") }, ...above,
    make("span", { class: "copies" }, make("span", { "aria-hidden": "true" }, t("Copy")), ...taken, copier("link", t("URL"), () => location.href)),
    whole, button(t("Print"), printPage, { "data-take": "print" }));
}

function copier(key, label, words) {
  return button(label, () => copy(words(), label), { "data-take": key, "aria-label": t("Copy {what}", { what: label }) });
}

async function printPage() {
  await drawn();
  print();
}

// On paper everything that is folded is open.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll(".page details:not([open])")];
  folded.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
