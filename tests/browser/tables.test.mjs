// The rows of a table: sorted, filtered, counted, scrolled, passed on and downloaded.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { browser, project, run, serve, visit } from "./onefold.mjs";

const PEOPLE = 20_000;
const CITIES = ["Oslo", "Rome", "Lima"];

let chromium, place, server;
before(async () => {
  chromium = await browser();
  place = project();
  const rows = Array.from({ length: PEOPLE }, (_, at) => `p${at},name${at}@example.org,${CITIES[at % 3]},${at % 7 === 0 ? "=1+2" : at}`);
  writeFileSync(`${place.folder}/people.csv`, ["id,email,city,note", ...rows, ""].join("\n"));
  const pipeline = `pipeline: people
sources:
  people: {path: people.csv, key: id, fields: {id: {required: true}, email: email, city: text, note: text}}
outputs:
  - {table: people, path: people_out.csv}
`;
  writeFileSync(`${place.folder}/onefold.yaml`, pipeline);
  run("run", place.folder, "--out", `${place.folder}/out`, "--keep", "all", "--quiet");
  server = await serve(place.folder);
});
after(async () => {
  await server?.stop();
  await chromium?.close();
  place?.done();
});

test("a value is chosen, the others are counted anew, and the address shows the same to a fresh profile", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/tables/people");
  const city = page.locator("details.facet", { has: page.locator("summary", { hasText: /^city$/ }) });
  await city.getByRole("button", { name: /Oslo/ }).click();
  await page.locator("#count", { hasText: "of 20,000 rows" }).waitFor();
  const count = Math.ceil(PEOPLE / 3).toLocaleString("en");
  assert.match(await page.locator("#count").textContent(), new RegExp(`^${count} of 20,000`));
  // Its own column still shows what another choice would give.
  assert.match(await city.getByRole("button", { name: /Rome/ }).textContent(), new RegExp(count));
  const address = page.url();
  assert.ok(!address.includes("Oslo"), address);
  const other = await visit(t, chromium, server);
  await other.page.goto(address);
  assert.match(await other.page.locator("#count").textContent(), new RegExp(`^${count} of 20,000`));
  assert.equal(await other.page.locator(".chip").textContent(), await page.locator(".chip").textContent());
  assert.deepEqual([...wrong, ...other.wrong], []);
});

test("downloads are the bytes of the command", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/tables/people");
  const download = async (name) => {
    await page.locator("details.download summary").click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
    await page.keyboard.press("Escape");
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const query = (form, where = "") => {
    const file = `${place.folder}/asked.${form}`;
    run("query", `SELECT * FROM people${where}`, "--out", `${place.folder}/out`, "--rows", "100000", "--to", file);
    return readFileSync(file);
  };
  for (const [name, form] of [["CSV, raw", "csv"], ["Parquet", "parquet"], ["JSON Lines", "jsonl"]]) {
    const file = await download(name);
    assert.match(file.name, /^people_.*20000rows\./);
    assert.ok(file.bytes.equals(query(form)), `${name} differs from \`onefold query --to asked.${form}\``);
  }
  const safe = (await download("CSV for spreadsheets")).bytes.toString();
  assert.ok(safe.includes(",'=1+2\n") && !safe.includes(",=1+2\n"), safe.slice(0, 200));

  await page.locator("#search").fill("name1999");
  await page.keyboard.press("Enter");
  await page.locator(".chip").waitFor();
  const file = await download("CSV, raw");
  assert.match(file.name, /filtered_11rows\.csv$/);
  assert.ok(file.bytes.equals(query("csv", " WHERE email LIKE '%name1999%'")));
  assert.deepEqual(wrong, []);
});

test("the grid is walked, sorted and copied by the keyboard alone", async (t) => {
  const { context, page, wrong, go } = await visit(t, chromium, server);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
  await go("/tables/people");
  const here = () => page.evaluate(() => ({ row: document.activeElement.parentElement.getAttribute("aria-rowindex"), text: document.activeElement.textContent }));
  // From the top of the page to the first cell, by Tab alone.
  for (let steps = 0; steps < 200; steps++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.closest("tbody") !== null)) break;
  }
  assert.deepEqual(await here(), { row: "2", text: "p0" });
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await here(), { row: "3", text: "name1@example.org" });
  await page.keyboard.press("Control+End");
  await page.locator("tbody tr", { hasText: `p${PEOPLE - 1}` }).waitFor();
  assert.equal((await here()).row, String(PEOPLE + 1));
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Control+c");
  await page.locator("#said", { hasText: "copied" }).waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "p0\tname0@example.org\np1\tname1@example.org");
  // The head of a column sorts, and says how.
  await page.getByRole("link", { name: "email", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.locator("th[aria-sort=ascending]", { hasText: "email" }).waitFor();
  assert.equal(await page.locator("tbody tr td").first().textContent(), "p0");
  await page.getByRole("link", { name: /^email/ }).focus();
  await page.keyboard.press("Enter");
  await page.locator("th[aria-sort=descending]", { hasText: "email" }).waitFor();
  assert.equal(await page.locator("tbody tr td").first().textContent(), "p9");
  assert.deepEqual(wrong, []);
});

test("without scripts there are pages of rows, filters and downloads", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server, { javaScriptEnabled: false });
  await go("/tables/people");
  await page.getByRole("link", { name: "Last", exact: true }).click();
  assert.match(await page.locator("tbody").textContent(), new RegExp(`p${PEOPLE - 1}`));
  await page.locator("details.menu summary", { hasText: "Add a filter" }).click();
  await page.locator("select[name=name]").selectOption("id");
  await page.locator("details.menu input[name=text]").fill("p7");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  assert.match(await page.locator("#count").textContent(), /^1 of 20,000/);
  assert.deepEqual(wrong, []);
});
