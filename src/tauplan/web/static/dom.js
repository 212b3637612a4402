// Elements made of text, never of markup.

export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
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
  say(`${what} copied`);
  setTimeout(() => say(""), 2500);
}
