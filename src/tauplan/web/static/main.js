// The page: reads its state from the hash, shows the view, and writes every change back into the hash.

import { button, choice, make, say } from "./dom.js";
import { loading, showProblems } from "./problems.js";
import { empty, read, VIEWS, write } from "./state.js";
import { LANGUAGES, language, speak, t, wanted } from "./words.js";

const TITLES = {
  plan: "Evaluate", compare: "Compare", explore: "Explore", supply: "Supply", market: "Market",
  catalogue: "Catalogue", accuracy: "Accuracy", files: "Own files",
};

const side = document.getElementById("side");
const main = document.getElementById("main");
const root = document.documentElement;

const planner = {
  state: read(),
  side,
  main,
  go,
  last: new Map(), // the address that each view was left at
  show,
};
let shown = null; // the view that the page shows, and its module

function go(next, push = true) {
  const changed = { ...planner.state, ...next };
  planner.state = next.view && next.view !== planner.state.view ? { ...empty(next.view), language: planner.state.language, ...next } : changed;
  const hash = write(planner.state);
  if (hash !== location.hash) history[push ? "pushState" : "replaceState"](null, "", hash);
  return show();
}

async function show() {
  const asked = planner.state;
  const chosen = wanted(asked.language);
  try {
    if (chosen !== language || !root.lang) await speak(chosen);
    if (asked !== planner.state) return;
    if (shown?.view !== asked.view || shown.language !== language) await enter(asked);
    if (asked !== planner.state) return;
    planner.last.set(asked.view, write(asked));
    links();
    const title = await shown.module.show(planner, asked);
    if (asked !== planner.state) return;
    planner.last.set(asked.view, write(planner.state));
    links();
    document.title = `${title || t(TITLES[asked.view])} · tauplan`;
    performance.mark("answer");
    root.dataset.ready = location.hash;
  } catch (error) {
    if (error.name === "AbortError" || asked !== planner.state) return;
    const problems = error.problems ?? [{ message: t("a fault in the page: {reason}", { reason: error.message }) }];
    if (!error.problems) console.error(error);
    main.querySelector(":scope > .loading, :scope > .note")?.remove();
    main.removeAttribute("aria-busy");
    showProblems(main, problems, show);
    shown?.module?.refused?.(problems);
    root.dataset.ready = location.hash;
  }
}

async function enter(asked) {
  shown?.module?.leave?.();
  shown = { view: asked.view, language, module: null };
  root.dataset.view = asked.view;
  side.replaceChildren();
  main.className = "";
  loading(main);
  frame();
  const here = shown;
  const module = await import(`./views/${asked.view}.js`);
  here.module = module;
  module.enter?.(planner);
}

// The bar at the top, in the language of the page.
function frame() {
  document.querySelector(".bar nav").setAttribute("aria-label", t("Views"));
  document.querySelector(".bar nav").replaceChildren(
    ...VIEWS.map((view) => make("a", { id: `to-${view}`, href: `#/${view}` }, t(TITLES[view]))));
  document.querySelector("body > .skip").textContent = t("Skip to the answer");
  side.setAttribute("aria-label", t("What is asked"));
  const languages = choice("language", Object.entries(LANGUAGES), language, (tag) => {
    localStorage.setItem("language", tag);
    go({ language: tag });
  });
  languages.setAttribute("aria-label", t("Language"));
  document.getElementById("settings").replaceChildren(languages, colours());
  links();
}

function links() {
  for (const view of VIEWS) {
    const link = document.getElementById(`to-${view}`);
    if (!link) continue;
    link.href = planner.last.get(view) ?? write({ ...empty(view), language: planner.state.language });
    if (view === planner.state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

const THEMES = ["system", "light", "dark"];
let theme = localStorage.getItem("theme") ?? "system";

function colours() {
  const pressed = button("", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    colour(pressed);
  }, { id: "theme" });
  colour(pressed);
  return pressed;
}

function colour(pressed) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  pressed.textContent = `${t("Colours")}: ${t(theme)}`;
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is the state
  main.focus();
});
addEventListener("hashchange", () => {
  planner.state = read();
  say("");
  show();
});
root.removeAttribute("lang");
show();
