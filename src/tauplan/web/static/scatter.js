// Two objectives against each other: the front, a sample of what it beats, and a rectangle to choose designs with.

import { make, shape } from "./dom.js";
import { scale, shown } from "./units.js";

const HEIGHT = 360, LEFT = 92, BOTTOM = 44, TOP = 12, RIGHT = 30, WIDEST = 900;

export class Scatter {
  constructor(study, onbrush, onopen) {
    Object.assign(this, { study, onbrush, onopen });
    this.element = shape("svg", { class: "plot", role: "img", height: HEIGHT });
    new ResizeObserver(() => this.x && this.width() !== this.wide && this.redraw()).observe(this.element);
    this.element.addEventListener("pointerdown", (event) => this.drag(event));
  }

  width() {
    return Math.min(Math.round(this.element.getBoundingClientRect().width) || WIDEST, WIDEST);
  }

  redraw() {
    this.show(this.x, this.y, this.label);
    this.mark(this.chosen);
  }

  show(x, y, label) {
    Object.assign(this, { x, y, label, wide: this.width() });
    const WIDTH = this.wide;
    this.element.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute("aria-label", label);
    const extent = (figure) => {
      const values = [...this.study.front.map((row) => row.figures[figure]), ...this.study.sample.map((row) => row[figure])].filter(Number.isFinite);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return low > 0 && high > 30 * low ? [low / 1.15, high * 1.15] : [low - 0.04 * (high - low || low), high + 0.04 * (high - low || low)];
    };
    this.across = scale(...extent(x.figure), LEFT, WIDTH - RIGHT, x.unit);
    this.up = scale(...extent(y.figure), HEIGHT - BOTTOM, TOP, y.unit);
    const rest = this.study.sample.map((row) => this.dot(row[x.figure], row[y.figure], 1.8, "rest"));
    this.dots = this.study.front.map((row) => {
      const dot = this.dot(row.figures[x.figure], row.figures[y.figure], 4.5, "front");
      dot.append(shape("title", {}, `${row.design}: ${row.words}\n${x.label} ${row.texts[x.figure]}, ${y.label} ${row.texts[y.figure]}`));
      dot.addEventListener("click", () => this.onopen(row));
      return dot;
    });
    this.window = shape("rect", { class: "window", hidden: "" });
    this.element.replaceChildren(...this.axes(), ...rest, this.window, ...this.dots);
  }

  dot(x, y, r, kind) {
    return shape("circle", { cx: this.across(x).toFixed(1), cy: this.up(y).toFixed(1), r, class: kind });
  }

  axes() {
    const parts = [];
    const WIDTH = this.wide;
    for (const tick of this.across.ticks(WIDTH / 130)) {
      const at = this.across(tick);
      parts.push(shape("line", { x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM, class: "grid" }),
        shape("text", { x: at, y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, shown(tick, this.x.unit)));
    }
    for (const tick of this.up.ticks(5)) {
      const at = this.up(tick);
      parts.push(shape("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at, class: "grid" }),
        shape("text", { x: LEFT - 8, y: at + 4, "text-anchor": "end" }, shown(tick, this.y.unit)));
    }
    parts.push(shape("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 6, "text-anchor": "middle", class: "title" }, this.x.label),
      shape("text", { x: 14, y: (HEIGHT - BOTTOM) / 2, "text-anchor": "middle", class: "title", transform: `rotate(-90 14 ${(HEIGHT - BOTTOM) / 2})` }, this.y.label));
    return parts;
  }

  mark(chosen) {
    this.chosen = chosen;
    this.dots.forEach((dot, place) => dot.classList.toggle("out", !chosen[place]));
  }

  place(event) {
    const box = this.element.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.wide, ((event.clientY - box.top) / box.height) * HEIGHT];
  }

  drag(event) {
    if (event.button) return;
    const [x0, y0] = this.place(event);
    const move = (moved) => {
      const [x1, y1] = this.place(moved);
      if (Math.hypot(x1 - x0, y1 - y0) < 4) return;
      this.window.removeAttribute("hidden");
      const box = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
      for (const [key, value] of Object.entries(box)) this.window.setAttribute(key, value);
    };
    const up = (last) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      const [x1, y1] = this.place(last);
      this.window.setAttribute("hidden", "");
      if (Math.hypot(x1 - x0, y1 - y0) < 4) return;
      const span = (place, a, b) => [place.back(a), place.back(b)].sort((one, other) => one - other);
      this.onbrush({ [this.x.figure]: span(this.across, x0, x1), [this.y.figure]: span(this.up, y0, y1) });
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    event.preventDefault();
  }
}

export const legend = (front, rest) => make("p", { class: "reading legend" },
  make("i", { class: "front" }), front, make("i", { class: "rest" }), rest);
