// Doubtful pairs are decided, and the next run obeys; customers are searched, exported and erased.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { audit, browser, picture, project, run, serve, visit } from "./onefold.mjs";
import { people } from "./people.mjs";

let chromium, place, server;
before(async () => {
  chromium = await browser();
  place = project();
  people(place.folder);
  run("run", place.folder, "--out", `${place.folder}/out`, "--keep", "all", "--quiet");
  server = await serve(place.folder);
});
after(async () => {
  await server?.stop();
  await chromium?.close();
  place?.done();
});

// The customer of each record, in the last run.
function customers(folder = place.folder) {
  const rows = run("query", "SELECT * FROM customers.members", "--out", `${folder}/out`, "--as", "jsonl", "--rows", "100000").toString().trim().split("\n").map((line) => JSON.parse(line));
  return new Map(rows.map((row) => [`${row.source}:${row.record_key}`, row.customer_id]));
}

async function runAgain(page) {
  await page.getByRole("button", { name: "Run again" }).click();
  await page.locator("#live", { hasText: "Published" }).waitFor();
}

// The two records of the pair that is shown.
async function shown(page) {
  const heads = await page.locator("table.beside thead th").allTextContents();
  return heads.slice(1);
}

test("a pair that is told apart stays apart in the next run, and one that is the same is joined", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/review");
  const apart = await shown(page);
  await page.getByLabel("Why", { exact: true }).fill("two people of one name");
  await page.getByLabel("Who", { exact: true }).fill("Kim");
  await page.getByRole("button", { name: "Different" }).click();
  await page.locator(".pair", { hasText: "Pair 2" }).waitFor();
  const same = await shown(page);
  assert.notDeepEqual(same, apart);
  await page.locator("h1").click();
  await page.keyboard.press("s");
  await page.locator(".pair", { hasText: "Pair 3" }).waitFor();
  // A decision is taken back, and made again.
  await page.keyboard.press("u");
  await page.locator(".pair", { hasText: "Pair 2" }).waitFor();
  await page.keyboard.press("s");
  await page.locator(".pair", { hasText: "Pair 3" }).waitFor();
  const lines = readFileSync(`${place.folder}/decisions.csv`, "utf8").trim().split("\n");
  assert.equal(lines.length, 3, lines.join("\n"));
  assert.match(lines[1], /^different,.*Kim.*two people of one name/);
  assert.match(lines[2], /^same,/);
  await runAgain(page);
  const found = customers();
  assert.notEqual(found.get(apart[0]), found.get(apart[1]));
  assert.ok(found.get(apart[0]));
  assert.equal(found.get(same[0]), found.get(same[1]));
  assert.deepEqual(wrong, []);
});

test("a record of somebody else is parted from a customer by keyboard, and stays apart", async (t) => {
  const family = project();
  let served;
  t.after(async () => {
    await served?.stop();
    family.done();
  });
  const save = (name, text) => writeFileSync(`${family.folder}/${name}`, text);
  save("crm.csv", "id,name,email\n1,Ann Lee,lee@example.org\n2,Ann Lee,lee@example.org\n3,Bob Lee,lee@example.org\n");
  save(
    "onefold.yaml",
    `pipeline: family
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: person_name, email: email}}
tables:
  customers:
    resolve: {from: crm, match: email, guards: {max_size: 2}, id: {name: customer_id, prefix: C}, decisions: decisions.csv}
outputs:
  - {table: customers, path: customers.csv}
`,
  );
  run("run", family.folder, "--out", `${family.folder}/out`, "--keep", "all", "--quiet");
  served = await serve(family.folder);
  const { page, wrong, go } = await visit(t, chromium, served);
  await go("/review");
  await page.getByRole("link", { name: "Customers" }).and(page.locator(".tabs a")).click();
  await page.locator(".pair", { hasText: "It is unusually large: 3 records." }).waitFor();
  const heads = await shown(page);
  const bob = heads.indexOf("crm:3") + 1;
  assert.ok(bob > 0, heads.join(" "));
  // One person after all? No: taken back, and parted.
  await page.keyboard.press("s");
  await page.locator(".state", { hasText: "All customers are decided" }).waitFor();
  await page.keyboard.press("u");
  await page.locator(".pair", { hasText: "Customer 1 of 1" }).waitFor();
  assert.equal(readFileSync(`${family.folder}/decisions.csv`, "utf8").trim().split("\n").length, 1);
  await page.keyboard.press(String(bob));
  await page.locator(".state", { hasText: "All customers are decided" }).waitFor();
  assert.equal(await page.locator("#reviewed").getAttribute("value"), "1");
  await runAgain(page);
  const found = customers(family.folder);
  assert.equal(found.get("crm:1"), found.get("crm:2"));
  assert.notEqual(found.get("crm:1"), found.get("crm:3"));
  assert.deepEqual(wrong, []);
});

test("single keys can be switched off, and nobody is led who does not want to be", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/review");
  await page.getByRole("button", { name: "Turn single keys off" }).click();
  const before = await shown(page);
  await page.locator("h1").click();
  await page.keyboard.press("k");
  assert.deepEqual(await shown(page), before);
  await page.getByRole("link", { name: /Hide weights and sources/ }).or(page.getByRole("button", { name: /Hide weights and sources/ })).click();
  await page.locator("table.beside thead", { hasText: "Record 1" }).waitFor();
  assert.equal(await page.locator("svg").filter({ hasText: "Prior" }).count(), 0);
  assert.deepEqual(wrong, []);
});

test("a customer is found by an e-mail that stands in no address", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/customers");
  await page.getByRole("searchbox").fill("ann.smith@example.org");
  await page.keyboard.press("Enter");
  await page.locator("#found").waitFor();
  assert.ok(!page.url().includes("ann"), page.url());
  await page.locator("main table a").first().click();
  await page.locator("#golden").waitFor();
  // What linked the records: a bar for each row of the table below it.
  const chart = page.locator("figure", { has: page.locator("svg.waterfall") }).first();
  assert.match(await chart.locator("svg").getAttribute("aria-label"), /^From .+ bits for two random records to .+ bits, /);
  const bars = await chart.locator("g.column").count();
  assert.ok(bars > 2, `${bars} bars`);
  assert.equal(await chart.locator("tbody tr").count(), bars);
  const id = (await page.locator("h1").textContent()).trim();
  assert.match(await page.locator("main").textContent(), /ann\.smith@example\.org/);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export" }).click()]);
  assert.deepEqual(JSON.parse(readFileSync(await file.path())), JSON.parse(run("subject", "export", place.folder, id, "--out", `${place.folder}/out`)));
  assert.deepEqual(wrong, []);
});

for (const theme of ["light", "dark"]) {
  test(`axe-core finds nothing (${theme})`, async (t) => {
    const { page, wrong, go } = await visit(t, chromium, server, { colorScheme: theme });
    const some = [...customers().values()][0];
    const found = [];
    for (const path of ["/review", "/review/customers", "/review/threshold", "/customers", `/customers/${some}`]) {
      await go(path);
      await page.locator("h1").waitFor();
      for (const one of await audit(page)) found.push(`${path}: ${one}`);
      await picture(page, `people${path.replace(some, "one").replace(/\W+/g, "-")}-${theme}`);
    }
    assert.deepEqual([found, wrong], [[], []]);
  });
}
