// The console: keys, completion of tables and columns, and queries that can be cancelled.

import { ask, say } from "./page.js";

const form = document.getElementById("query");
const text = document.getElementById("sql");
const cancel = document.getElementById("cancel");

// Asking. The answer is a page of its own; until it is there, the query can be cancelled.
form.addEventListener("submit", async (event) => {
  if (event.submitter?.formAction?.endsWith("/sql/save")) return;
  event.preventDefault();
  const button = form.querySelector("button.primary");
  button.disabled = true;
  button.textContent = "Asking…";
  try {
    const kept = await ask("/sql/keep.json", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const { query, link, error } = await kept.json();
    if (error) throw new Error(error.message);
    cancel.hidden = false;
    cancel.onclick = () => {
      cancel.disabled = true;
      ask("/sql/cancel", { method: "POST", body: new URLSearchParams({ query }) });
    };
    const page = await ask(link);
    const answer = new DOMParser().parseFromString(await page.text(), "text/html");
    const rows = form.parentElement;
    for (const old of rows.querySelectorAll(":scope > .answer, :scope > .note")) old.remove();
    const found = answer.querySelectorAll(".rows > .answer, .rows > .note");
    form.after(...found);
    history.pushState(null, "", link);
    say(found[0]?.querySelector("h2, strong")?.textContent ?? "");
  } catch (error) {
    say(error.message);
    const note = Object.assign(document.createElement("p"), { className: "note bad", textContent: error.message });
    form.after(note);
  } finally {
    button.disabled = false;
    button.textContent = "Ask";
    cancel.hidden = true;
    cancel.disabled = false;
  }
});
addEventListener("popstate", () => location.reload());

// Names of tables and columns.
const tables = [...document.querySelectorAll(".schema summary")].map((summary) => ({
  name: summary.dataset.name,
  columns: [...summary.parentElement.querySelectorAll("li")].map((column) => column.dataset.name),
}));
const words = "SELECT FROM WHERE GROUP BY ORDER LIMIT JOIN LEFT ON AND OR NOT IN IS NULL LIKE DISTINCT count(*) sum avg min max CASE WHEN THEN ELSE END AS DESC WITH HAVING UNION ALL BETWEEN".split(" ");

function written() {
  const before = text.value.slice(0, text.selectionStart);
  return before.match(/[\p{L}\p{N}_.]*$/u)[0];
}

function proposals(start) {
  const low = start.toLowerCase();
  const dot = start.lastIndexOf(".");
  const owner = tables.find((table) => dot > 0 && table.name === start.slice(0, dot));
  const used = tables.filter((table) => text.value.includes(table.name));
  const columns = (used.length ? used : tables).flatMap((table) => table.columns);
  const names = owner ? owner.columns.map((column) => `${owner.name}.${column}`) : [];
  const all = [...names, ...tables.map((table) => table.name), ...columns, ...words];
  return [...new Set(all)].filter((name) => name.toLowerCase().startsWith(low) && name !== start).slice(0, 10);
}

const list = Object.assign(document.createElement("ul"), { className: "proposals", id: "proposals", hidden: true });
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Names");
text.after(list);
text.setAttribute("aria-controls", "proposals");
text.setAttribute("aria-autocomplete", "list");
let chosen = 0;

function propose() {
  const found = proposals(written());
  chosen = 0;
  list.hidden = found.length === 0;
  list.replaceChildren(...found.map((name, place) => {
    const entry = Object.assign(document.createElement("li"), { textContent: name, id: `proposal-${place}` });
    entry.setAttribute("role", "option");
    entry.addEventListener("mousedown", (event) => {
      event.preventDefault();
      complete(name);
    });
    return entry;
  }));
  mark();
}

function mark() {
  [...list.children].forEach((entry, place) => entry.setAttribute("aria-selected", place === chosen));
  if (list.hidden) text.removeAttribute("aria-activedescendant");
  else text.setAttribute("aria-activedescendant", `proposal-${chosen}`);
}

function close() {
  list.hidden = true;
  mark();
}

// A name that is more than letters and digits needs quotes.
const quoted = (name) => name.split(".").map((part) => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(part) || words.includes(part) ? part : `"${part.replaceAll('"', '""')}"`)).join(".");

function complete(name) {
  const start = text.selectionStart - written().length;
  text.setRangeText(quoted(name), start, text.selectionStart, "end");
  close();
  text.focus();
}

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    close();
    form.requestSubmit(form.querySelector("button.primary"));
  } else if (event.key === " " && event.ctrlKey) {
    event.preventDefault();
    propose();
  } else if (!list.hidden) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      chosen = (chosen + step + list.children.length) % list.children.length;
      mark();
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      complete(list.children[chosen].textContent);
    } else if (event.key === "Escape") close();
  }
});
text.addEventListener("input", () => (written().length >= 2 ? propose() : close()));
text.addEventListener("blur", close);

for (const column of document.querySelectorAll(".schema li")) {
  column.addEventListener("dblclick", () => complete(column.dataset.name));
}
