// Runs that are started, followed, cancelled and found again, and the forms of the page without scripts.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { browser, served, visit } from "./onefold.mjs";

let chromium;
before(async () => (chromium = await browser()));
after(() => chromium?.close());

test("a run is started, followed, and its tables are there", async (t) => {
  const { place, server } = await served(t, "customer-master");
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/pipeline");
  await page.getByRole("button", { name: "Run now" }).click();
  await page.locator("#live", { hasText: "Published" }).waitFor();
  await page.getByRole("link", { name: "Show the run" }).click();
  await page.locator("dl.tiles").waitFor();
  assert.ok(existsSync(`${place.folder}/out/customer_master.csv`));
  await go("/tables/customers");
  assert.match(await page.locator("#count").textContent(), /^5 rows/);
  assert.deepEqual(wrong, []);
});

test("a run is cancelled, also after the page was loaded again, and leaves the old outputs", async (t) => {
  const { place, server } = await served(t);
  const line = (at) => `${at},name ${at},n${at}@example.org\n`;
  writeFileSync(`${place.folder}/many.csv`, "id,name,email\n" + Array.from({ length: 1_500_000 }, (_, at) => line(at)).join(""));
  writeFileSync(`${place.folder}/onefold.yaml`, `pipeline: long
sources:
  many: {path: many.csv, key: id, fields: {id: {required: true}, name: person_name, email: email}}
tables:
  people: {resolve: {from: [many], match: auto, id: person}}
outputs:
  - {table: people, path: people.csv}
`);
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/pipeline");
  await page.getByRole("button", { name: "Run now" }).click();
  await page.locator("#live", { hasText: "Running" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#live", { hasText: "Cancelled" }).waitFor();
  assert.ok(!existsSync(`${place.folder}/out/people.csv`));
  assert.deepEqual(wrong, []);
});

test("the pipeline file is changed; what is wrong with it stands under its line", async (t) => {
  const { place, server } = await served(t, "customer-master");
  for (const javaScriptEnabled of [true, false]) {
    const { page, wrong, go } = await visit(t, chromium, server, { javaScriptEnabled });
    await go("/pipeline");
    await page.locator("summary", { hasText: "Change it" }).click();
    const file = `${place.folder}/onefold.yaml`;
    const old = readFileSync(file, "utf8");
    const text = page.locator("textarea[name=text]");
    await text.fill(old.replace("keep: most_complete", "keep: most_compleet"));
    await page.getByRole("button", { name: "Check" }).click();
    await page.locator("main", { hasText: "most_complete" }).waitFor();
    assert.equal(readFileSync(file, "utf8"), old);
    await text.fill(old.replace("pipeline: customer-master", "pipeline: another-name"));
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("main", { hasText: "The file is saved." }).waitFor();
    assert.match(readFileSync(file, "utf8"), /another-name/);
    writeFileSync(file, old);
    assert.deepEqual(wrong, []);
  }
});

test("a server that is gone is told of, and a wrong address is no blank page", async (t) => {
  const { place, server } = await served(t, "customer-master");
  const { page, wrong, go } = await visit(t, chromium, server, { expected: [404] });
  await go("/tables/nothing");
  await page.locator("h1").waitFor();
  assert.match(await page.locator("main").textContent(), /nothing/);
  assert.deepEqual(wrong, []);
  await go("/sql");
  await server.stop();
  await page.locator("#sql").fill("SELECT 1");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.locator(".offline").waitFor();
});
