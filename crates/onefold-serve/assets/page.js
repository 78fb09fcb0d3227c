// What every page does beside being read: menus that close, values that are counted when they are asked for, charts, live work.

import "./chart.js";

// One menu is open at a time; Escape and a click elsewhere close it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Says something to whoever does not see the page.
export function say(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}

// Tells that the server does not answer, until it does again.
export function offline(isOffline) {
  const shown = document.querySelector(".offline");
  if (isOffline && !shown) {
    const note = document.createElement("p");
    note.className = "offline";
    note.setAttribute("role", "alert");
    note.textContent = "The server does not answer. Is onefold serve still running?";
    document.body.append(note);
  } else if (!isOffline && shown) {
    shown.remove();
  }
}

// Asks the server for something; tells where it does not answer.
export async function ask(url, options) {
  try {
    const response = await fetch(url, options);
    offline(false);
    return response;
  } catch (error) {
    if (error.name !== "AbortError") offline(true);
    throw error;
  }
}

// Values of a column are counted when somebody opens them.
async function count(facet) {
  const url = facet.dataset.values;
  if (!url || !facet.open) return;
  delete facet.dataset.values;
  const waiting = facet.querySelector(".loading");
  try {
    const response = await ask(url);
    if (!response.ok) throw new Error(String(response.status));
    const piece = new DOMParser().parseFromString(await response.text(), "text/html");
    waiting.replaceWith(...piece.body.childNodes);
  } catch {
    facet.dataset.values = url;
    waiting.textContent = "They could not be counted.";
  }
}
for (const facet of document.querySelectorAll("details[data-values]")) {
  facet.addEventListener("toggle", () => count(facet));
}

// A search is one key away, and a list of keys another.
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    const search = document.getElementById("search");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// The text of a rejected record comes when somebody asks for it, in its place.
for (const form of document.querySelectorAll("form.masked")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    fields.set("piece", "1");
    const response = await ask(form.action, { method: "POST", body: fields });
    if (!response.ok) return form.submit();
    const piece = new DOMParser().parseFromString(await response.text(), "text/html");
    const text = piece.querySelector(".text");
    form.replaceWith(text);
    text.querySelector("pre").focus();
  });
}

// An order of millions of rows takes its time: the page says that it is at work.
for (const link of document.querySelectorAll(".grid thead a")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    link.closest(".grid-frame").classList.add("busy");
    say("Sorting");
  });
}
