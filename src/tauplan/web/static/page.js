// A page that the server made: its markup, charts, menus, and how to take it along.

import { button, copy, fileName, make, save, say } from "./dom.js";
import { addCharts, drawAll, drawMore, drawn } from "./draw.js";
import { addMenus } from "./tables.js";
import { t } from "./words.js";

// Names of what is taken along; each is copied as text.
const TAKEN = { command: "command", python: "Python", yaml: "YAML", bibtex: "BibTeX" };

export function showPage(place, made, { report = null, above = [], before = [], after = [] } = {}) {
  const open = openIn(place);
  const old = new Map([...place.querySelectorAll(".page figure")].map((one) => [titleOf(one), one.querySelector(".chart")]));
  const kept = [...place.querySelectorAll(".page [data-part]")];
  const page = make("div", { class: "page" });
  page.innerHTML = made.html; // made by the server, every value in it escaped
  for (const part of page.querySelectorAll("[data-part]:empty")) keepPart(part, kept);
  for (const figure of page.querySelectorAll("figure")) keepPicture(figure, old.get(titleOf(figure)));
  dress(page, made.charts, open);
  place.replaceChildren(...[tools(made, report, above), ...before, page, ...after].filter(Boolean));
  place.classList.remove("stale");
  drawAll(page, made.charts, (level) => showLevel(page, level));
  for (const key of page.querySelectorAll(".keys [data-level]")) {
    key.addEventListener("click", () => showLevel(page, key.dataset.level));
  }
}

// What follows on the first part of a page, in the places that were left for it.
export function fillPage(place, made) {
  const page = place.querySelector(".page");
  const open = openIn(place);
  const charts = addCharts(made.charts);
  const first = charts.length - made.charts.length;
  for (const part of page.querySelectorAll("[data-part]")) {
    const old = new Map([...part.querySelectorAll("figure")].map((one) => [titleOf(one), one.querySelector(".chart")]));
    part.innerHTML = made.parts[part.dataset.part] ?? "";
    part.classList.remove("coming");
    part.removeAttribute("inert");
    for (const figure of part.querySelectorAll("figure")) keepPicture(figure, old.get(titleOf(figure)));
    for (const chart of part.querySelectorAll("[data-chart]")) chart.dataset.chart = Number(chart.dataset.chart) + first;
    dress(part, charts, open);
  }
  drawMore(page);
}

const openIn = (place) => new Set([...place.querySelectorAll(".page details[open] > summary")].map(nameOf));
// Its figures change with the answer; what it is about does not.
const nameOf = (summary) => summary.parentElement.dataset.details ?? summary.textContent;

// What was open stays open; charts and tables get their menus.
function dress(root, charts, open) {
  for (const summary of root.querySelectorAll("details > summary")) summary.parentElement.open = open.has(nameOf(summary));
  addMenus(root, charts);
}

const titleOf = (figure) => figure.querySelector("figcaption > :first-child")?.textContent;

// Until a part comes, what it said before stands in its place, faded, so that nothing jumps.
function keepPart(part, kept) {
  const before = kept.find((one) => one.dataset.part === part.dataset.part);
  if (before) part.append(...before.childNodes);
  else if (["headroom", "claims"].includes(part.dataset.part)) part.append(make("p", { class: "note" }, t("Working …")));
  part.classList.add("coming");
  part.setAttribute("inert", "");
}

// Until a chart is drawn anew its last picture stands in its place, so that nothing jumps.
function keepPicture(figure, before) {
  const place = figure.querySelector(".chart");
  const picture = before?.querySelector("svg");
  if (place && picture) place.append(picture.closest(".ground") ?? picture);
}

export function showLevel(page, level) {
  const details = page.querySelector(`[data-details="${CSS.escape(level)}"]`);
  if (!details && document.documentElement.dataset.following) setTimeout(() => showLevel(page, level), 50);
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
  while (document.documentElement.dataset.following) await new Promise((resolve) => setTimeout(resolve, 50));
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
