// Compare: up to four scenarios side by side; the first is the baseline.

import * as calls from "../calls.js";
import { button, choice, field, make } from "../dom.js";
import { showPage } from "../page.js";
import { nothing, showProblems } from "../problems.js";
import { compact, MOST_COMPARED, question } from "../state.js";
import { t } from "../words.js";
import { summaryOf } from "./plan.js";

export async function show(planner, asked) {
  const examples = await calls.examples("scenario");
  if (asked !== planner.state) return "";
  cards(planner, asked, examples, []);
  if (asked.designs.length < 2) {
    nothing(planner.main, t("Compare"), asked.designs.length
      ? t("Add one more scenario at the side, or open one and choose “Add to comparison”.")
      : t("Add two to four scenarios at the side, or open one and choose “Add to comparison”."));
    return "";
  }
  planner.main.setAttribute("aria-busy", "true");
  const body = { designs: asked.designs.map(question) };
  const made = await calls.page("compare", body);
  if (asked !== planner.state) return "";
  planner.main.removeAttribute("aria-busy");
  cards(planner, asked, examples, made.said);
  showProblems(planner.main, [], planner.show);
  showPage(planner.main, made, { report: () => calls.report("compare", body) });
  return made.title;
}

function cards(planner, asked, examples, said) {
  const set = (designs) => planner.go({ designs });
  const items = asked.designs.map((design, place) => {
    const swap = (other) => set(asked.designs.map((one, at) => (at === place ? asked.designs[other] : at === other ? design : one)));
    const [name, ...made] = summaryOf(design);
    return make("li", {},
      make("div", { class: "card" },
        make("strong", {}, said[place]?.name ?? examples.find((one) => one.name === name)?.title ?? name),
        place === 0 ? make("span", { class: "mark quiet" }, t("baseline")) : null,
        made.length ? make("ul", { class: "changes" }, ...made.map((change) => make("li", {}, make("code", {}, change)))) : null,
        make("div", { class: "row" },
          make("a", { href: `#/plan?${compact(design)}` }, t("Open")),
          place ? button(t("Make baseline"), () => swap(0)) : null,
          button(t("Remove"), () => set(asked.designs.filter((_, at) => at !== place))))));
  });
  const add = choice("add", [["", t("choose a scenario")], ...examples.map((one) => [one.name, one.title])], "", (name) => {
    if (name) set([...asked.designs, { example: name, yaml: "", design: "", changes: new Map() }]);
  });
  add.disabled = asked.designs.length >= MOST_COMPARED;
  planner.side.replaceChildren(
    make("ol", { class: "cards" }, ...items),
    field(t("Add"), add),
    make("p", { class: "note" }, t("{count} of at most {most}", { count: asked.designs.length, most: MOST_COMPARED })));
}
