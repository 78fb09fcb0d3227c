// The rows of a table as one grid over all of them. Only the rows in sight are there; the others are fetched as they come into sight.
//
// The scroll bar stands for all rows, however many there are: where it is, is which row is on top. The keyboard is that of the ARIA grid
// pattern: one cell can be tabbed to, arrows go from cell to cell, and the rows follow.

import { ask, say } from "./page.js";

const ROW = 29; // Height of a row, as the style sheet has it.
const BLOCK = 100; // Rows that are fetched at once.
const BLOCKS = 60; // Blocks that are remembered.
const TALLEST = 8_000_000; // Browsers have a tallest element.
const MOST_COPIED = 20_000;

// A number as the server writes it.
const grouped = (number) => number.toLocaleString("en");

const frame = document.getElementById("grid");
if (frame) new Grid(frame);

function Grid(frame) {
  const table = frame.querySelector("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const classes = heads.map((head) => [...head.classList].filter((name) => name !== "index"));
  const names = heads.map((head) => head.querySelector("a")?.firstChild.textContent.trim() ?? head.firstChild.textContent.trim());
  const total = Number(frame.dataset.total);
  const shown = document.getElementById("cell");
  const pager = frame.parentElement.querySelector(".pager");
  const place = pager.querySelector("span");

  const blocks = new Map();
  let top = Number(frame.dataset.offset);
  let rest = 0; // Of a row, that the wheel has turned.
  let at = { row: top, column: 1 };
  let anchor = null;
  let sight = 0;
  let isMoving = false;
  let soon = 0;
  let later = 0;
  const wanted = new Map();

  // The frame: the rows, and a scroll bar of their own.
  freeze();
  frame.classList.add("live");
  const view = Object.assign(document.createElement("div"), { className: "view" });
  const bar = Object.assign(document.createElement("div"), { className: "scrollbar", tabIndex: -1 });
  bar.setAttribute("aria-hidden", "true");
  const space = bar.appendChild(document.createElement("div"));
  frame.append(view, bar);
  view.append(table);
  for (const link of pager.querySelectorAll("a")) link.remove();
  remember();
  resize();
  new ResizeObserver(() => resize()).observe(frame);

  // Widths stay as the first rows made them.
  function freeze() {
    const widths = heads.map((head) => Math.ceil(head.getBoundingClientRect().width));
    // The scroll bar takes its room from the widest column, so that nothing has to be scrolled sideways for it.
    const sum = widths.reduce((sum, width) => sum + width, 0);
    const over = sum - frame.clientWidth;
    if (over <= widths.length) widths[widths.indexOf(Math.max(...widths))] -= over + 16;
    const columns = document.createElement("colgroup");
    for (const width of widths) {
      const column = columns.appendChild(document.createElement("col"));
      column.style.width = `${width}px`;
    }
    table.prepend(columns);
    table.style.tableLayout = "fixed";
    table.style.width = `${widths.reduce((sum, width) => sum + width, 0)}px`;
  }

  // The rows that came with the page need not be fetched.
  function remember() {
    const rows = [...body.rows].map((row) => [...row.cells].slice(1).map((cell) => (cell.querySelector(".missing") ? null : cell.textContent)));
    if (top % BLOCK === 0) blocks.set(top / BLOCK, rows);
  }

  function resize() {
    const head = table.tHead.getBoundingClientRect().height;
    // A table that fits has no scroll bar, and no more room than it needs.
    const isWhole = total * ROW + head + 18 <= Math.max(innerHeight - 250, 320);
    frame.classList.toggle("whole", isWhole);
    frame.style.height = isWhole ? `${total * ROW + head + 18}px` : "";
    const room = Math.max(frame.clientHeight - head - 16, ROW);
    sight = isWhole ? total : Math.max(1, Math.floor(room / ROW));
    space.style.height = `${Math.min(total * ROW + head + 16, TALLEST)}px`;
    draw();
  }

  function last() {
    return Math.max(0, total - sight);
  }

  function goTo(row, isByBar) {
    top = Math.min(Math.max(0, Math.round(row)), last());
    draw(isByBar);
  }

  function draw(isByBar) {
    top = Math.min(top, last());
    const count = Math.min(sight, total - top);
    while (body.rows.length > count) body.lastChild.remove();
    while (body.rows.length < count) body.append(emptyRow());
    let isWaiting = false;
    for (let line = 0; line < count; line++) {
      const number = top + line;
      const values = blocks.get(Math.floor(number / BLOCK))?.[number % BLOCK];
      if (!values) isWaiting = true;
      fill(body.rows[line], number, values);
    }
    if (!isByBar) follow();
    place.textContent = `Rows ${grouped(top + 1)}–${grouped(top + count)} of ${grouped(total)}`;
    mark();
    if (isWaiting) fetchSight();
    note();
  }

  // The bar goes where the rows are, and is not taken for somebody's hand.
  function follow() {
    const share = last() === 0 ? 0 : top / last();
    const to = Math.round(share * (bar.scrollHeight - bar.clientHeight));
    if (Math.abs(bar.scrollTop - to) < 1) return;
    isMoving = true;
    bar.scrollTop = to;
  }

  function emptyRow() {
    const row = document.createElement("tr");
    heads.forEach((head, column) => {
      const cell = row.appendChild(document.createElement(column === 0 ? "th" : "td"));
      cell.setAttribute("aria-colindex", column + 1);
      if (column === 0) {
        cell.scope = "row";
        cell.className = "index";
      } else cell.classList.add(...classes[column]);
    });
    return row;
  }

  function fill(row, number, values) {
    row.setAttribute("aria-rowindex", number + 2);
    row.classList.toggle("waiting", !values);
    row.cells[0].textContent = grouped(number + 1);
    for (let column = 1; column < row.cells.length; column++) {
      const cell = row.cells[column];
      const value = values ? values[column - 1] : "…";
      if (value === null) {
        const missing = document.createElement("span");
        missing.className = "missing";
        missing.setAttribute("aria-label", "missing");
        missing.textContent = "–";
        cell.replaceChildren(missing);
      } else cell.textContent = value;
    }
  }

  // Fetching.
  async function block(number) {
    if (blocks.has(number)) return blocks.get(number);
    if (!wanted.has(number)) wanted.set(number, rows(number * BLOCK, BLOCK).finally(() => wanted.delete(number)));
    const found = await wanted.get(number);
    blocks.delete(number);
    blocks.set(number, found);
    while (blocks.size > BLOCKS) blocks.delete(blocks.keys().next().value);
    return found;
  }

  async function rows(offset, limit, isWhole) {
    const url = new URL(frame.dataset.rows, location.href);
    url.searchParams.set("offset", offset);
    url.searchParams.set("limit", limit);
    if (isWhole) url.searchParams.set("whole", 1);
    const response = await ask(url);
    const found = await response.json();
    if (!response.ok) throw new Error(found.error?.message ?? response.status);
    return found.rows;
  }

  function fetchSight() {
    // Whoever drags the bar across millions of rows does not wait for those that are passed.
    clearTimeout(soon);
    soon = setTimeout(async () => {
      const first = Math.floor(top / BLOCK);
      const end = Math.floor((top + sight) / BLOCK);
      try {
        for (let number = first; number <= end; number++) await block(number);
        draw();
      } catch (error) {
        say(`The rows could not be fetched: ${error.message}`);
      }
    }, 25);
  }

  // The address says which row is on top, so that it can be passed on.
  function note() {
    clearTimeout(later);
    later = setTimeout(() => {
      const url = new URL(location.href);
      if (top === 0) url.searchParams.delete("offset");
      else url.searchParams.set("offset", top);
      history.replaceState(null, "", url);
    }, 250);
  }

  // Moving.
  bar.addEventListener("scroll", () => {
    if (isMoving) {
      isMoving = false;
      return;
    }
    const room = bar.scrollHeight - bar.clientHeight;
    if (room > 0) goTo((bar.scrollTop / room) * last(), true);
  });
  view.addEventListener("wheel", (event) => {
    if (Math.abs(event.deltaY) <= Math.abs(event.deltaX) || event.ctrlKey) return;
    const by = event.deltaMode === 1 ? event.deltaY : event.deltaY / ROW;
    rest += by;
    const whole = Math.trunc(rest);
    rest -= whole;
    const before = top;
    if (whole !== 0) goTo(top + whole);
    if (top !== before || (top > 0 && top < last())) event.preventDefault();
  }, { passive: false });

  table.addEventListener("keydown", (event) => {
    const jumps = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
      PageUp: [-sight, 0], PageDown: [sight, 0],
    };
    const isFar = event.ctrlKey || event.metaKey;
    let to = null;
    if (event.target.closest("thead")) return;
    if (jumps[event.key] && !isFar) to = { row: at.row + jumps[event.key][0], column: at.column + jumps[event.key][1] };
    else if (event.key === "Home") to = { row: isFar ? 0 : at.row, column: 1 };
    else if (event.key === "End") to = { row: isFar ? total - 1 : at.row, column: heads.length - 1 };
    else if (isFar && event.key === "c") return copy(event);
    if (!to) return;
    event.preventDefault();
    anchor = event.shiftKey ? anchor ?? at : null;
    move(to);
  });

  function move({ row, column }) {
    at = {
      row: Math.min(Math.max(row, 0), total - 1),
      column: Math.min(Math.max(column, 1), heads.length - 1),
    };
    if (at.row < top) goTo(at.row);
    else if (at.row >= top + sight) goTo(at.row - sight + 1);
    else mark();
    focused()?.focus({ preventScroll: true });
    focused()?.scrollIntoView({ block: "nearest", inline: "nearest" });
    tell();
  }

  function focused() {
    return body.rows[at.row - top]?.cells[at.column];
  }

  body.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    const to = { row: top + cell.parentElement.rowIndex - 1, column: cell.cellIndex };
    anchor = event.shiftKey ? anchor ?? at : null;
    if (event.shiftKey) event.preventDefault();
    move(to);
  });

  // One cell can be tabbed to; those between the anchor and it are chosen.
  function mark() {
    const visible = at.row >= top && at.row < top + body.rows.length;
    const rowsOf = anchor ? [anchor.row, at.row].sort((a, b) => a - b) : [-1, -2];
    const columnsOf = anchor ? [anchor.column, at.column].sort((a, b) => a - b) : [-1, -2];
    [...body.rows].forEach((row, line) => {
      const number = top + line;
      [...row.cells].forEach((cell, column) => {
        const isHere = visible ? number === at.row && column === at.column : line === 0 && column === 1;
        cell.tabIndex = isHere ? 0 : -1;
        const isChosen = number >= rowsOf[0] && number <= rowsOf[1] && column >= columnsOf[0] && column <= columnsOf[1];
        cell.classList.toggle("chosen", isChosen);
      });
    });
  }

  // The whole value of the cell that has the focus.
  async function tell() {
    const { row, column } = at;
    const values = (await block(Math.floor(row / BLOCK)))[row % BLOCK];
    let value = values?.[column - 1];
    if (value?.endsWith("…")) value = (await rows(row, 1, true))[0][column - 1];
    if (at.row !== row || at.column !== column) return;
    shown.hidden = false;
    const name = Object.assign(document.createElement("b"), { textContent: names[column] });
    shown.replaceChildren(name, value === null ? "missing" : value);
  }

  // A range as text that spreadsheets take.
  async function copy(event) {
    event.preventDefault();
    const other = anchor ?? at;
    const first = Math.min(other.row, at.row);
    const count = Math.abs(other.row - at.row) + 1;
    const [from, to] = [Math.min(other.column, at.column) - 1, Math.max(other.column, at.column)];
    if (count > MOST_COPIED) return say(`At most ${grouped(MOST_COPIED)} rows are copied; a download has them all.`);
    const lines = [];
    for (let offset = first; offset < first + count; offset += 500) {
      const some = await rows(offset, Math.min(500, first + count - offset), true);
      for (const row of some) lines.push(row.slice(from, to).map((value) => (value ?? "").replace(/[\t\r\n]+/g, " ")).join("\t"));
    }
    await navigator.clipboard.writeText(lines.join("\n"));
    say(`${grouped(count)} ${count === 1 ? "row" : "rows"} copied`);
  }
}
