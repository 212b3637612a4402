// Market: series of figures with their sources and vintages, and the ledger of what adds up.

import * as calls from "../calls.js";
import { button, choice, field, make } from "../dom.js";
import { showPage } from "../page.js";
import { write } from "../state.js";
import { t } from "../words.js";

export function enter(planner) {
  planner.side.replaceChildren();
}

export async function show(planner, asked) {
  const series = await calls.series();
  if (asked !== planner.state) return "";
  sideOf(planner, asked, series);
  const body = { series: asked.series, entity: asked.entity };
  planner.main.setAttribute("aria-busy", "true");
  const made = await calls.page("market", body);
  if (asked !== planner.state) return "";
  planner.main.removeAttribute("aria-busy");
  showPage(planner.main, made, { report: () => calls.report("market", body), above: entities(planner, asked, made) });
  return made.title;
}

function entities(planner, asked, made) {
  if ((made.entities?.length ?? 0) < 2) return [];
  const pick = choice("entity", [["", t("about all")], ...made.entities.map((name) => [name, name])], asked.entity, (entity) => planner.go({ entity }));
  pick.setAttribute("aria-label", t("About"));
  pick.classList.add("narrow");
  return [pick];
}

function sideOf(planner, asked, series) {
  if (!planner.side.querySelector("#q")) {
    const query = make("input", { id: "q", type: "search", autocomplete: "off", placeholder: t("exports, price, share …") });
    query.value = asked.query;
    query.addEventListener("input", () => planner.go({ query: query.value }, false));
    planner.side.replaceChildren(
      button(t("The ledger: what adds up"), () => planner.go({ series: "", entity: "" }), { class: "main", id: "ledger" }),
      field(t("Search"), query), make("p", { id: "count", class: "note", role: "status" }), make("ul", { id: "found", class: "found" }));
  }
  const words = asked.query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = series.filter((one) => words.every((word) => `${one.title} ${t(one.title)} ${one.about.join(" ")}`.toLowerCase().includes(word)));
  planner.side.querySelector("#count").textContent = t("{found} of {all} series", { found: found.length, all: series.length });
  planner.side.querySelector("#found").replaceChildren(...found.map((one) => make("li", {},
    make("a", { href: write({ ...asked, series: one.name, entity: "" }), "aria-current": one.name === asked.series ? "true" : null },
      t(one.title), make("span", { class: "note" }, ` ${one.first === one.last ? t(one.first) : `${one.first} … ${one.last}`}`)))));
}
