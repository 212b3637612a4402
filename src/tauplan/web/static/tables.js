// Tables of the page as CSV and as spreadsheets; charts as SVG and PNG: a small menu at each.

import * as calls from "./calls.js";
import { button, fileName, make, save, say } from "./dom.js";
import { picture, WAITING } from "./draw.js";
import { t } from "./words.js";

const words = (cell) => cell.textContent.trim().replace(/\s+/g, " ");

export function contents(table) {
  const [head, ...rows] = [...table.rows].map((row) => [...row.cells].map(words));
  return { columns: head ?? [], rows };
}

// A cell that a spreadsheet would take for a formula is kept as text.
const cell = (text) => {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const csv = ({ columns, rows }) => `${[columns, ...rows].map((row) => row.map(cell).join(",")).join("\n")}\n`;

async function png(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = make("canvas", { width: 2 * image.width, height: 2 * image.height });
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.drawImage(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

async function tried(work) {
  try {
    await work();
  } catch (error) {
    say(error.problems?.[0]?.message ?? error.message);
    setTimeout(() => say(""), 4000);
  }
}

// What a menu saves: a picture where ``draw`` gives one as SVG, and a table.
export function menu(title, table, draw) {
  const name = fileName(title);
  const items = [];
  if (draw) {
    items.push(
      button("SVG", () => tried(async () => save(`${name}.svg`, await draw(), "image/svg+xml"))),
      button("PNG", () => tried(async () => save(`${name}.png`, await png(await draw())))),
    );
  }
  if (table) {
    items.push(
      button("CSV", () => save(`${name}.csv`, csv(contents(table)), "text/csv")),
      button("XLSX", () => tried(async () => save(`${name}.xlsx`, await calls.sheet({ title: title.slice(0, 200), ...contents(table) })))),
    );
  }
  return make("div", { class: "take", role: "group", "aria-label": t("Save {what}", { what: title }) }, ...items);
}

const headingBefore = (element, root) => {
  for (let here = element; here && here !== root; here = here.parentElement) {
    for (let past = here.previousElementSibling; past; past = past.previousElementSibling) {
      if (/^H[1-4]$/.test(past.tagName)) return past.textContent;
    }
  }
  return t("table");
};

export function addMenus(root, specs) {
  for (const figure of root.querySelectorAll("figure")) {
    if (figure.closest(WAITING)) continue;
    const place = figure.querySelector(".chart[data-chart]");
    const title = figure.querySelector("figcaption :is(h2, h3, h4)")?.textContent ?? t("table");
    if (place) figure.querySelector("figcaption").append(menu(title, figure.querySelector("table"), () => picture(specs[place.dataset.chart])));
  }
  for (const table of root.querySelectorAll("table")) {
    if (table.closest(`figure, ${WAITING}`) || table.rows.length < 3) continue;
    const block = table.closest(".scroll") ?? table;
    block.before(menu(table.caption?.textContent || headingBefore(block, root), table, null));
  }
}
