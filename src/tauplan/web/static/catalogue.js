// The catalogue: parts to search by name, kind and maker; one part with every claim, its source and its rivals.

import * as calls from "./calls.js";
import { make } from "./dom.js";
import { write } from "./state.js";

const plain = (words) => words.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

export async function showCatalogue(side, place, state, go) {
  const { kinds, parts } = await calls.parts();
  if (!side.querySelector("#q")) side.replaceChildren(search(kinds, go));
  const query = side.querySelector("#q");
  const kind = side.querySelector("#kind");
  if (document.activeElement !== query) query.value = state.query;
  kind.value = state.kind;
  const words = state.query.split(/\s+/).map(plain).filter(Boolean);
  const fits = (part) => {
    const text = plain([part.name, part.kind, part.vendor, part.country, part.generation, part.description, ...part.aliases].join(" "));
    return (!state.kind || part.kind === state.kind) && words.every((word) => text.includes(word));
  };
  const found = parts.filter(fits);
  side.querySelector("#count").textContent = `${found.length} of ${parts.length} parts`;
  const rows = found.map((part) => {
    const current = part.name === state.part;
    return make("li", {}, make("a", { href: write({ ...state, part: part.name }), "aria-current": current ? "true" : null },
      part.name, make("span", { class: "note" }, ` ${part.kind}, ${part.claims} claims`)));
  });
  side.querySelector("#found").replaceChildren(...rows);
  if (state.part) place.replaceChildren(shown(await calls.part(state.part)));
  else {
    place.replaceChildren(make("h1", {}, "Catalogue"), make("p", { class: "note" }, found.length
      ? "Choose a part to see every claim about it: the value used, its source and grade, and the rivals it was preferred to."
      : "Nothing found. Try fewer words, another kind, or a maker's name."));
  }
}

function search(kinds, go) {
  const query = make("input", { id: "q", type: "search", placeholder: "name, maker, generation", autocomplete: "off" });
  const kind = make("select", { id: "kind" }, make("option", { value: "" }, "every kind"),
    ...kinds.map((name) => make("option", { value: name }, name)));
  const ask = (push) => go({ view: "catalogue", query: query.value.trim(), kind: kind.value, part: "" }, push);
  query.addEventListener("input", () => ask(false));
  kind.addEventListener("change", () => ask(true));
  return make("div", { class: "search" },
    make("div", { class: "field" }, make("label", { for: "q" }, "Search"), query),
    make("div", { class: "field" }, make("label", { for: "kind" }, "Kind"), kind),
    make("p", { id: "count", class: "note", role: "status" }),
    make("ul", { id: "found", class: "found" }));
}

function shown(part) {
  const origin = [part.kind, part.vendor, part.country, part.generation].filter(Boolean).join(", ");
  const rows = part.fields.flatMap((field) => field.claims.map((claim, rank) => row(field, claim, rank)));
  const head = ["field", "value", "band", "grade", "date", "source"];
  return make("article", {},
    make("h1", {}, part.name),
    make("p", { class: "summary" }, [origin, part.description].filter(Boolean).join(". ")),
    part.aliases.length ? make("p", { class: "note" }, `also: ${part.aliases.join(", ")}`) : null,
    rows.length
      ? make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Claims" },
        make("table", { class: "wide" },
          make("caption", {}, "The first claim of a field is the one used; those below it are its rivals."),
          make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
          make("tbody", {}, ...rows)))
      : make("p", { class: "note" }, "No claims of its own: it takes those of its generation."));
}

function row(field, claim, rank) {
  const { source } = claim;
  const title = source.title || source.name;
  const web = /^https?:\/\//.test(source.url ?? "");
  const cited = web ? make("a", { href: source.url, rel: "noreferrer" }, title) : title;
  const more = [claim.locator, claim.note].filter(Boolean).join("; ");
  const name = rank ? make("span", { class: "note" }, "rival") : field.name.replaceAll("_", " ");
  return make("tr", { class: rank ? "rival" : null },
    make("th", { scope: "row", title: field.description }, name),
    make("td", { class: "whole" }, claim.text), make("td", { class: "whole" }, claim.band),
    make("td", {}, claim.grade), make("td", { class: "whole" }, claim.date),
    make("td", {}, cited, more ? make("div", { class: "note" }, more) : null));
}
