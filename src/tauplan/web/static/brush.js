// Designs of a study chosen together: what is brushed in one view is chosen in all, and kept in the address.

import { button, choice, make } from "./dom.js";
import { pictureOf } from "./draw.js";
import { dimensionsOf, Parallel } from "./parallel.js";
import { legend, Scatter } from "./scatter.js";
import { compact } from "./state.js";
import { menu } from "./tables.js";
import { number, t } from "./words.js";
import { shown } from "./units.js";

const MOST_ROWS = 60;
const STEPS = 200;

export class Brush {
  constructor(study, { source, onbrush }) {
    Object.assign(this, { study, source, onbrush, ranges: {} });
    this.dimensions = dimensionsOf(study);
    const [first, second] = [study.objectives[0], study.objectives[1] ?? study.objectives[0]];
    this.scatter = new Scatter(study, (spans) => this.narrow(spans), (row) => this.open(row));
    this.parallel = new Parallel(study, this.dimensions, (spans) => this.narrow(spans));
    this.axes = [first, second];
    this.count = make("p", { class: "count", role: "status" });
    this.clear = button(t("Choose all again"), () => this.change({}));
    this.rows = make("tbody");
    this.element = make("section", { class: "brush", "aria-label": t("The front") },
      make("h2", { class: "section" }, t("The front")),
      make("p", { class: "reading" }, t("Drag over the chart or along an axis to choose designs; all views follow. A dot or a row opens its design.")),
      this.pickers(),
      menu(t("The front"), null, () => pictureOf(this.scatter.element)),
      make("div", { class: "figure" }, this.scatter.element),
      legend(t("designs that nothing beats"), t("some of the others")),
      menu(t("Parallel axes of the front"), null, () => pictureOf(this.parallel.element)),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("Parallel axes of the front") }, this.parallel.element),
      this.sliders(),
      make("div", { class: "row" }, this.count, this.clear),
      this.table());
    this.draw();
  }

  pickers() {
    if (this.study.objectives.length < 3) return null;
    const options = this.study.objectives.map((one) => [one.figure, one.label]);
    const pick = (id, place) => make("label", {}, `${place ? t("vertical axis") : t("horizontal axis")} `, choice(id, options, this.axes[place].figure, (figure) => {
      this.axes[place] = this.study.objectives.find((one) => one.figure === figure);
      this.draw();
      this.mark();
    }));
    return make("div", { class: "row picks" }, pick("across", 0), pick("up", 1));
  }

  // A bound for each objective, by keyboard too.
  sliders() {
    this.bounds = this.dimensions.filter((one) => !one.labels).map((one) => {
      const better = this.study.objectives.find((objective) => objective.figure === one.key)?.better ?? "less";
      const input = make("input", { type: "range", id: `bound-${one.key}`, min: 0, max: STEPS, value: better === "less" ? STEPS : 0 });
      const words = make("output", { for: input.id });
      input.addEventListener("input", () => {
        const bound = one.low + ((one.high - one.low) * input.value) / STEPS;
        const free = Number(input.value) === (better === "less" ? STEPS : 0);
        this.narrow({ [one.key]: free ? null : better === "less" ? [one.low, bound] : [bound, one.high] });
      });
      return { one, better, input, words };
    });
    return make("div", { class: "bounds" }, ...this.bounds.map(({ one, better, input, words }) => make("div", { class: "bound" },
      make("label", { for: input.id }, better === "less" ? t("{what} at most", { what: one.label }) : t("{what} at least", { what: one.label })), input, words)));
  }

  table() {
    const head = [t("design"), t("made of"), ...this.study.objectives.map((one) => one.label)];
    const table = make("table", { class: "wide" }, make("thead", {}, make("tr", {}, ...head.map((name, place) => make("th", { scope: "col", class: place > 1 ? "number" : null }, name)))), this.rows);
    return [menu(t("Designs"), table, null), make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("Designs") }, table)];
  }

  draw() {
    const [x, y] = this.axes;
    this.scatter.show(x, y, `${x.label}, ${y.label}`);
  }

  link(row) {
    return `#/plan?${compact({ ...this.source, design: String(row.design), changes: new Map() })}`;
  }

  open(row) {
    if (this.source) location.hash = this.link(row);
  }

  narrow(spans) {
    const ranges = { ...this.ranges, ...spans };
    for (const [key, range] of Object.entries(ranges)) if (!range) delete ranges[key];
    this.change(ranges);
  }

  change(ranges) {
    this.ranges = ranges;
    this.mark();
    this.onbrush(Object.entries(ranges).map(([key, [low, high]]) => `${key}:${low.toPrecision(5)}:${high.toPrecision(5)}`).join(";"));
  }

  // Take the brush of an address.
  select(text) {
    this.ranges = {};
    for (const part of text.split(";")) {
      const [key, low, high] = part.split(":");
      if (this.dimensions.some((one) => one.key === key) && Number.isFinite(Number(low)) && Number.isFinite(Number(high))) this.ranges[key] = [Number(low), Number(high)];
    }
    this.mark();
  }

  mark() {
    const fits = (row) => this.dimensions.every((one) => {
      const range = this.ranges[one.key];
      return !range || (one.value(row) >= range[0] * (1 - 1e-6) && one.value(row) <= range[1] * (1 + 1e-6));
    });
    const chosen = this.study.front.map(fits);
    this.scatter.mark(chosen);
    this.parallel.mark(chosen, this.ranges);
    for (const { one, better, input, words } of this.bounds) {
      const range = this.ranges[one.key];
      const bound = range ? (better === "less" ? range[1] : range[0]) : better === "less" ? one.high : one.low;
      input.value = Math.round((STEPS * (Math.min(Math.max(bound, one.low), one.high) - one.low)) / (one.high - one.low));
      words.textContent = shown(bound, one.unit);
    }
    const few = this.study.front.filter((_, place) => chosen[place]);
    this.count.textContent = few.length > MOST_ROWS
      ? t("{chosen} of {all} designs chosen; the first {most} are listed", { chosen: number(few.length), all: number(chosen.length), most: MOST_ROWS })
      : t("{chosen} of {all} designs chosen", { chosen: number(few.length), all: number(chosen.length) });
    this.clear.disabled = !Object.keys(this.ranges).length;
    this.rows.replaceChildren(...few.slice(0, MOST_ROWS).map((row) => make("tr", {},
      make("th", { scope: "row" }, this.source ? make("a", { href: this.link(row) }, String(row.design)) : String(row.design)),
      make("td", {}, row.words, row.alike ? make("span", { class: "note" }, ` ${t("(and {count} alike)", { count: number(row.alike) })}`) : null), ...this.study.objectives.map((one) => make("td", { class: "number" }, row.texts[one.figure])))));
  }
}
