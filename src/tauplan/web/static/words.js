// The language of the page: what is written here in English is told in the language that was chosen.

export const LANGUAGES = { en: "English", "zh-CN": "简体中文", "zh-TW": "繁體中文" };

let words = {};
export let language = "en";

// The language of the address, else the one chosen before, else the first of the browser's that there is.
export function wanted(given) {
  const wishes = [given, localStorage.getItem("language"), ...navigator.languages];
  for (const wish of wishes) {
    if (!wish) continue;
    if (wish in LANGUAGES) return wish;
    if (/^zh\b/i.test(wish)) return /tw|hk|mo|hant/i.test(wish) ? "zh-TW" : "zh-CN";
    if (/^en\b/i.test(wish)) return "en";
  }
  return "en";
}

export async function speak(chosen) {
  if (chosen !== "en") {
    const answer = await fetch(`/static/words.${chosen}.json`);
    words = answer.ok ? await answer.json() : {};
  } else words = {};
  language = chosen;
  document.documentElement.lang = chosen;
}

export function t(text, values = {}) {
  const told = words[text] ?? text;
  return told.replace(/\{(\w+)\}/g, (field, name) => (name in values ? values[name] : field));
}

export const number = (value) => Number(value).toLocaleString(language);
