// Elements made of text, never of markup.

import { t } from "./words.js";

export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function shape(name, properties = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const button = (words, onclick, properties = {}) => make("button", { type: "button", onclick, ...properties }, words);

export const field = (label, control) => make("div", { class: "field" }, make("label", { for: control.id }, label), control);

export function choice(id, options, value, onchange) {
  const control = make("select", { id, onchange: () => onchange(control.value) },
    ...options.map(([key, words]) => make("option", { value: key }, words)));
  control.value = value;
  return control;
}

export function say(words) {
  document.getElementById("said").textContent = words;
}

export async function copy(words, what) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const area = make("textarea", { class: "skip" });
    area.value = words;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(t("{what} copied", { what }));
  setTimeout(() => say(""), 2500);
}

export function save(name, content, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = make("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

export const fileName = (words) => words.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "tauplan";
