// Parallel axes: one line per design of the front across its choices and figures; a span of an axis chooses designs.

import { shape } from "./dom.js";
import { scale, shown } from "./units.js";
import { t } from "./words.js";

const HEIGHT = 320, TOP = 46, BOTTOM = 28, STEP = 128, SIDE = 74;

export class Parallel {
  constructor(study, dimensions, onbrush) {
    Object.assign(this, { study, dimensions, onbrush });
    this.width = Math.max(2 * SIDE + STEP * (dimensions.length - 1), 360);
    this.element = shape("svg", { viewBox: `0 0 ${this.width} ${HEIGHT}`, class: "plot parallel", role: "img", "aria-label": t("Parallel axes of the front") });
    this.element.style.minWidth = `${this.width}px`;
    this.places = dimensions.map((one) => scale(one.low, one.high, HEIGHT - BOTTOM, TOP));
    this.lines = study.front.map((row) => shape("path", { d: this.path(row), class: "line" }));
    this.element.append(...this.lines);
    dimensions.forEach((one, place) => this.axis(one, place));
  }

  x(place) {
    return SIDE + place * STEP;
  }

  path(row) {
    return this.dimensions.map((one, place) => `${place ? "L" : "M"}${this.x(place)} ${this.places[place](one.value(row)).toFixed(1)}`).join("");
  }

  axis(one, place) {
    const x = this.x(place);
    const span = shape("rect", { x: x - 7, width: 14, class: "window", hidden: "" });
    const ends = one.labels ? one.labels.map((label, at) => [at, label]) : [[one.low, shown(one.low, one.unit)], [one.high, shown(one.high, one.unit)]];
    const room = (HEIGHT - TOP - BOTTOM) / 13;
    const every = Math.ceil(ends.length / room);
    const labels = ends.filter((_, at) => at % every === 0).map(([value, label]) =>
      shape("text", { x: x + 8, y: this.places[place](value) + 4, class: "rim" }, cut(label)));
    const hold = shape("rect", { x: x - 16, y: TOP, width: 32, height: HEIGHT - TOP - BOTTOM, class: "hold" });
    hold.addEventListener("pointerdown", (event) => this.drag(event, one, place));
    this.element.append(shape("line", { x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM, class: "axis" }),
      shape("text", { x, y: place % 2 ? 30 : 14, "text-anchor": "middle", class: "title" }, one.label), span, ...labels, hold);
    one.span = span;
  }

  mark(chosen, brush) {
    this.lines.forEach((line, place) => {
      line.classList.toggle("out", !chosen[place]);
      if (chosen[place]) line.parentNode.insertBefore(line, this.element.querySelector(".axis"));
    });
    this.dimensions.forEach((one, place) => {
      const range = brush[one.key];
      one.span.toggleAttribute("hidden", !range);
      if (!range) return;
      const [top, bottom] = [this.places[place](Math.min(range[1], one.high)), this.places[place](Math.max(range[0], one.low))];
      one.span.setAttribute("y", Math.min(top, bottom) - 2);
      one.span.setAttribute("height", Math.abs(bottom - top) + 4);
    });
  }

  drag(event, one, place) {
    const y = (at) => {
      const box = this.element.getBoundingClientRect();
      return Math.min(Math.max(((at.clientY - box.top) / box.height) * HEIGHT, TOP - 4), HEIGHT - BOTTOM + 4);
    };
    const from = y(event);
    const up = (last) => {
      removeEventListener("pointerup", up);
      const to = y(last);
      if (Math.abs(to - from) < 4) this.onbrush({ [one.key]: null });
      else this.onbrush({ [one.key]: [this.places[place].back(Math.max(from, to)), this.places[place].back(Math.min(from, to))] });
    };
    addEventListener("pointerup", up);
    event.preventDefault();
  }
}

const cut = (label) => (label.length > 15 ? `${label.slice(0, 14)}…` : label);

// The axes that vary and the objectives, each with how a design is placed on it.
export function dimensionsOf(study) {
  const axes = study.axes.filter((axis) => axis.values.length > 1 && new Set(study.front.map((row) => row.choices[axis.name])).size > 1);
  const chosen = axes.map((axis) => ({
    key: axis.name, label: t(axis.name.split(".").pop().replaceAll("_", " ")), labels: axis.values, low: -0.3, high: axis.values.length - 0.7,
    value: (row) => axis.values.indexOf(row.choices[axis.name]),
  }));
  const figures = study.objectives.map((one) => {
    const values = study.front.map((row) => row.figures[one.figure]).filter(Number.isFinite);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { key: one.figure, label: one.label, unit: one.unit, low, high: high > low ? high : low + Math.abs(low) * 0.01 + 1e-12, value: (row) => row.figures[one.figure] };
  });
  return [...chosen, ...figures];
}
