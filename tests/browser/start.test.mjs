// Dropped files become customers, and events become sessions, without a line of YAML.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { audit, browser, picture, project, root, serve, visit } from "./onefold.mjs";

let chromium;
before(async () => (chromium = await browser()));
after(() => chromium.close());

const person = (n) => ({ name: `Person ${String.fromCharCode(65 + (n % 26))}${n} Lee`, email: `person${n}@example.org`, phone: `+1 415 555 ${String(1000 + n)}` });

function exports(folder) {
  mkdirSync(`${folder}/given`);
  const given = (name) => `${folder}/given/${name}`;
  const crm = Array.from({ length: 300 }, (_, n) => person(n)).map(({ name, email, phone }, n) => `${n + 1};${name};${email};${phone};0${1 + (n % 9)}.11.2025`);
  writeFileSync(given("CRM export.csv"), ["Kunde;Name;E-Mail;Telefon;Datum", ...crm, ""].join("\r\n"));
  const shop = Array.from({ length: 200 }, (_, n) => person(n * 2)).map(({ name, email }, n) => ({ id: `S${n}`, contact: { name, email }, total: n + 0.5 }));
  writeFileSync(given("shop.json"), JSON.stringify({ customers: shop }));
  const news = Array.from({ length: 150 }, (_, n) => JSON.stringify({ subscriber: n, email: person(n * 3).email.toUpperCase(), consent: n % 2 === 0 }));
  writeFileSync(given("news.jsonl"), news.join("\n"));
  return ["CRM export.csv", "shop.json", "news.jsonl"].map(given);
}

test("three files become customers in less than a minute", async () => {
  const place = project();
  const server = await serve(place.folder);
  const { page, wrong, go } = await visit(chromium, server);
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
  const lines = readFileSync(`${place.folder}/out/results/customers.csv`, "utf8").trim().split("\n").length - 1;
  // 300 of the CRM; the shop has 100 more of them, and the newsletter knows 200 of the 450 beyond.
  assert.ok(lines >= 300 && lines < 650, `${lines} customers`);
  assert.deepEqual(wrong, []);
  await server.stop();
  place.done();
});

test("dropped events are looked at as sessions", async () => {
  const place = project();
  const server = await serve(place.folder);
  const { page, wrong, go } = await visit(chromium, server);
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
  await server.stop();
  place.done();
});

test("files that cannot be read get a card each, and the others go on", async () => {
  const place = project();
  const server = await serve(place.folder);
  const { page, wrong, go } = await visit(chromium, server);
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
  await server.stop();
  place.done();
});
