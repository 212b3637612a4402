// The catalogue: parts to search by name, kind and maker; one part with every claim, its source and its rivals.

import * as calls from "../calls.js";
import { choice, field, make } from "../dom.js";
import { showPage } from "../page.js";
import { nothing } from "../problems.js";
import { write } from "../state.js";
import { t } from "../words.js";

const plain = (words) => words.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

export function enter(planner) {
  planner.side.replaceChildren();
}

export async function show(planner, asked) {
  const { kinds, parts } = await calls.parts();
  if (asked !== planner.state) return "";
  if (!planner.side.querySelector("#q")) planner.side.replaceChildren(search(planner, kinds));
  const query = planner.side.querySelector("#q");
  if (document.activeElement !== query) query.value = asked.query;
  planner.side.querySelector("#kind").value = asked.kind;
  const words = asked.query.split(/\s+/).map(plain).filter(Boolean);
  const text = (part) => plain([part.name, part.kind, part.vendor, part.country, part.generation, part.description, ...part.aliases].join(" "));
  const found = parts.filter((part) => (!asked.kind || part.kind === asked.kind) && words.every((word) => text(part).includes(word)));
  planner.side.querySelector("#count").textContent = t("{found} of {all} parts", { found: found.length, all: parts.length });
  planner.side.querySelector("#found").replaceChildren(...found.map((part) => make("li", {},
    make("a", { href: write({ ...asked, part: part.name }), "aria-current": part.name === asked.part ? "true" : null },
      part.name, make("span", { class: "note" }, ` ${t(part.kind)}, ${t("{count} claims", { count: part.claims })}`)))));
  if (!asked.part) {
    nothing(planner.main, t("Catalogue"), found.length
      ? t("Choose a part to see every claim about it: the value used, its source and grade, and the rivals it was preferred to.")
      : t("Nothing found. Try fewer words, another kind, or a maker's name."));
    return "";
  }
  const made = await calls.page("part", { part: asked.part });
  if (asked !== planner.state) return "";
  showPage(planner.main, made, { report: () => calls.report("part", { part: asked.part }) });
  return made.title;
}

function search(planner, kinds) {
  const query = make("input", { id: "q", type: "search", placeholder: t("name, maker, generation"), autocomplete: "off" });
  const ask = (push) => planner.go({ query: query.value.trim(), kind: kind.value, part: "" }, push);
  const kind = choice("kind", [["", t("every kind")], ...kinds.map((name) => [name, t(name)])], "", () => ask(true));
  query.addEventListener("input", () => ask(false));
  return make("div", { class: "search" }, field(t("Search"), query), field(t("Kind"), kind),
    make("p", { id: "count", class: "note", role: "status" }), make("ul", { id: "found", class: "found" }));
}
