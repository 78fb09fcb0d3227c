// Dropped files become customers, and events become sessions, without a line of YAML.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { audit, browser, picture, root, served, visit } from "./onefold.mjs";

let chromium;
before(async () => (chromium = await browser()));
after(() => chromium?.close());

const person = (n) => ({ name: `Person ${String.fromCharCode(65 + (n % 26))}${n} Lee`, email: `person${n}@example.org`, phone: `+1 415 555 ${String(1000 + n)}` });

// How many people each file has, and which: every one, every second, every third.
const [CRM, SHOP, NEWS] = [300, 200, 150];

function exports(folder) {
  mkdirSync(`${folder}/given`);
  const given = (name) => `${folder}/given/${name}`;
  const crm = Array.from({ length: CRM }, (_, n) => person(n)).map(({ name, email, phone }, n) => `${n + 1};${name};${email};${phone};0${1 + (n % 9)}.11.2025`);
  writeFileSync(given("CRM export.csv"), ["Kunde;Name;E-Mail;Telefon;Datum", ...crm, ""].join("\r\n"));
  const shop = Array.from({ length: SHOP }, (_, n) => person(n * 2)).map(({ name, email }, n) => ({ id: `S${n}`, contact: { name, email }, total: n + 0.5 }));
  writeFileSync(given("shop.json"), JSON.stringify({ customers: shop }));
  const news = Array.from({ length: NEWS }, (_, n) => JSON.stringify({ subscriber: n, email: person(n * 3).email.toUpperCase(), consent: n % 2 === 0 }));
  writeFileSync(given("news.jsonl"), news.join("\n"));
  return ["CRM export.csv", "shop.json", "news.jsonl"].map(given);
}

test("three files become customers in less than a minute", async (t) => {
  const { place, server } = await served(t);
  const { page, wrong, go } = await visit(t, chromium, server);
  const files = exports(place.folder);
  const begun = Date.now();
  await go("/start");
  assert.deepEqual(await audit(page), []);
  await page.locator("input[type=file]").setInputFiles(files);
  await page.getByRole("button", { name: "Save and run" }).waitFor();
  assert.deepEqual(await audit(page), []);
  await picture(page, "start-light");
  await page.getByRole("button", { name: "Save and run" }).click();
  await page.locator("#live", { hasText: "Published" }).waitFor({ timeout: 60_000 });
  assert.ok(Date.now() - begun < 60_000);
  const people = new Set([CRM, SHOP, NEWS].flatMap((count, place) => Array.from({ length: count }, (_, n) => n * (place + 1))));
  const [head, ...rows] = readFileSync(`${place.folder}/out/results/customers.csv`, "utf8").trim().split("\n");
  const ids = new Set(rows.map((row) => row.split(",")[0]));
  assert.deepEqual([ids.size, rows.length], [people.size, people.size], head);
  assert.deepEqual(wrong, []);
});

test("dropped events are looked at as sessions", async (t) => {
  const { place, server } = await served(t);
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/start");
  await page.locator("input[type=file]").setInputFiles(`${root}/examples/event-sessions/events.json`);
  await page.getByRole("button", { name: "Save and run" }).click();
  await page.locator("#live", { hasText: "Published" }).waitFor();
  await page.getByRole("link", { name: "Sessions", exact: true }).click();
  const tiles = await page.locator("dl.tiles").textContent();
  assert.match(tiles, /Total5/);
  assert.match(tiles, /Duplicates removed1/);
  await page.getByRole("link", { name: "Skipped", exact: true }).click();
  await page.locator("main", { hasText: "1" }).waitFor();
  assert.deepEqual(wrong, []);
});

test("files that cannot be read get a card each, and the others go on", async (t) => {
  const { place, server } = await served(t);
  const { page, wrong, go } = await visit(t, chromium, server);
  mkdirSync(`${place.folder}/given`);
  const files = Object.entries({
    "empty.csv": "",
    "cut off.json": '[{"id": 1, "name": "Ann"}, {"id": 2, "na',
    "no parquet.parquet": "PAR1 this is none",
    "broken.csv.gz": "\x1f\x8b not gzip",
    "<img src=x onerror=alert(1)>.csv": "id,name\n1,Ann\n2,Bob\n",
  }).map(([name, text]) => {
    const path = `${place.folder}/given/${name}`;
    writeFileSync(path, text, "latin1");
    return path;
  });
  await go("/start");
  await page.locator("input[type=file]").setInputFiles(files);
  await page.getByRole("button", { name: "Save and run" }).waitFor();
  const text = await page.locator("main").textContent();
  for (const name of ["empty.csv", "cut off.json", "no parquet.parquet", "broken.csv.gz", "<img src=x"]) assert.ok(text.includes(name), `${name}: ${text}`);
  assert.equal(await page.locator("main img").count(), 0);
  assert.deepEqual(wrong, []);
  // Nothing lies outside of the folder of uploads.
  assert.deepEqual(readdirSync(place.folder).filter((name) => !["given", "out", ".onefold", "uploads"].includes(name)), []);
});
