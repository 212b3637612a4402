// Draws Vega-Lite specifications that the server made: what can be seen at once, the rest when there is time.

import { t } from "./words.js";

const narrow = matchMedia("(max-width: 40rem)");
// expressions are interpreted, not compiled: the page's policy forbids scripts made of text
const OPTIONS = { actions: false, renderer: "svg", ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
const NEAR_PX = 300;
export const WAITING = "[data-part].coming"; // a part of the page that still shows what it said before

let library = null;
let round = null; // the charts of the page that is shown

export function loaded() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/static/vega.js";
    script.onload = () => resolve(window.vegaEmbed);
    script.onerror = () => reject(new Error("the chart library did not load"));
    document.head.append(script);
  });
  return library;
}

function fitted(spec) {
  const copy = structuredClone(spec);
  delete copy.title; // the page has it as a heading
  if (narrow.matches) { // labels stand above their marks, where there is room for them
    copy.height += 16 * copy.usermeta.lines;
    const above = { labelAlign: "left", labelPadding: -2, labelOffset: -9 - copy.usermeta.bar / 2, labelLimit: 340 };
    Object.assign(copy.config.axisYBand, above);
    Object.assign(copy.config.axisYPoint, above);
    copy.config.legend.columns = 3;
    if (copy.usermeta.span) copy.layer[0].encoding.x.scale.domain = copy.usermeta.span;
  }
  return copy;
}

function failed(place, error) {
  place.textContent = t("This chart could not be drawn: {reason}. Its data is in the table below.", { reason: error.message });
  place.classList.add("failed");
  const table = place.parentElement.querySelector("details");
  if (table) table.open = true;
}

class Round {
  constructor(specs, onlevel) {
    this.specs = specs;
    this.onlevel = onlevel;
    this.views = new Map(); // of each chart that is drawn: its place, what it was drawn from
    this.left = [];
    this.taken = new Set();
    this.running = null;
    this.drawn = 0;
    this.over = false;
    this.done = null;
  }

  // Take charts to draw; one whose picture stands there already, drawn from the same data, is done.
  take(root, before) {
    const fresh = (place) => !this.taken.has(place) && !place.closest(WAITING);
    for (const place of [...root.querySelectorAll(".chart[data-chart]")].filter(fresh)) {
      this.taken.add(place);
      const ground = place.querySelector(":scope > .ground");
      const known = before?.views.get(ground);
      if (known && known.from === this.from(place)) {
        before.views.delete(ground);
        this.views.set(ground, known);
        this.drawn += 1;
      } else this.left.push(place);
    }
    this.done = this.run();
  }

  from(place) {
    return JSON.stringify([narrow.matches, place.clientWidth, this.specs[place.dataset.chart]]);
  }

  // What is on the screen comes first; between two charts the page may answer the reader.
  next() {
    const seen = this.left.findIndex((place) => {
      const box = place.getBoundingClientRect();
      return box.bottom > -NEAR_PX && box.top < innerHeight + NEAR_PX;
    });
    return this.left.splice(Math.max(seen, 0), 1)[0];
  }

  run() {
    this.running ??= this.drawLeft().finally(() => {
      this.running = null;
      if (this.left.length && !this.over) this.done = this.run();
    });
    return this.running;
  }

  async drawLeft() {
    try {
      const embed = await loaded();
      await new Promise((resolve) => setTimeout(resolve)); // the page itself is shown first
      while (this.left.length && !this.over) {
        await this.draw(embed, this.next());
        await new Promise((resolve) => setTimeout(resolve));
      }
    } catch (error) {
      this.left.splice(0).forEach((place) => failed(place, error));
    }
    if (!this.over) document.documentElement.dataset.charts = `${this.drawn}/${this.taken.size}`;
  }

  async draw(embed, place) {
    const ground = document.createElement("div");
    ground.className = place.firstChild ? "ground coming" : "ground";
    place.append(ground);
    try {
      const made = await embed(ground, fitted(this.specs[place.dataset.chart]), OPTIONS);
      this.views.set(ground, { view: made, from: this.from(place) });
      const drawing = ground.querySelector("svg"); // one picture; its table is below it
      for (const mark of drawing.querySelectorAll("[role], [aria-label], [aria-roledescription]")) {
        ["role", "aria-label", "aria-roledescription"].forEach((name) => mark.removeAttribute(name));
      }
      drawing.setAttribute("role", "img");
      drawing.setAttribute("aria-label", this.specs[place.dataset.chart].description);
      if (this.onlevel) {
        made.view.addEventListener("click", (_, item) => item?.datum?.level && this.onlevel(item.datum.level));
      }
      [...place.childNodes].filter((node) => node !== ground).forEach((node) => node.remove());
      ground.classList.remove("coming");
      this.drawn += 1;
    } catch (error) {
      failed(place, error);
    }
  }

  end() {
    this.over = true;
    this.views.forEach(({ view }) => view.finalize());
  }
}

export function drawAll(root, specs, onlevel = null) {
  const before = round;
  round = new Round([...specs], onlevel);
  round.root = root;
  round.take(root, before);
  before?.end();
}

// Charts that come later: their data first, then, when their places are there, their pictures.
export function addCharts(specs) {
  round.specs.push(...specs);
  return round.specs;
}

export const drawMore = (root) => round.take(root);

export const drawn = () => round?.done ?? Promise.resolve();

const STYLED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "text-anchor", "paint-order"];

// A drawing of the page as a picture of its own: what its style sheets say is written into it.
export function pictureOf(drawing) {
  const copy = drawing.cloneNode(true);
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--c-ground").trim();
  const [copies, originals] = [copy, drawing].map((root) => [root, ...root.querySelectorAll("*")]);
  originals.forEach((one, place) => {
    const style = getComputedStyle(one);
    for (const name of STYLED) copies[place].setAttribute(name, style.getPropertyValue(name));
    if (one !== drawing && style.display === "none") copies[place].setAttribute("display", "none");
  });
  const [, , width, height] = copy.getAttribute("viewBox").split(" ");
  for (const [name, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height, fill: "none" })) copy.setAttribute(name, value);
  copy.insertAdjacentHTML("afterbegin", `<rect width="100%" height="100%" fill="${ground}"/>`);
  return new XMLSerializer().serializeToString(copy);
}

// A chart as a picture of its own, with its title, in the colours of the page.
export async function picture(spec) {
  const embed = await loaded();
  const ground = document.createElement("div");
  ground.className = "picture";
  document.body.append(ground);
  try {
    const made = await embed(ground, { ...structuredClone(spec), width: 860, autosize: { type: "pad", contains: "padding" } }, OPTIONS);
    const text = await made.view.toSVG();
    made.finalize();
    const colours = getComputedStyle(document.documentElement);
    const plain = text.replace(/var\((--c-[a-z-]+)\)/g, (_, name) => colours.getPropertyValue(name).trim());
    return plain.replace(/<svg ([^>]*)>/, (whole) => `${whole}<rect width="100%" height="100%" fill="${colours.getPropertyValue("--c-ground").trim()}"/>`);
  } finally {
    ground.remove();
  }
}

narrow.addEventListener("change", () => round && drawAll(round.root, round.specs, round.onlevel));
