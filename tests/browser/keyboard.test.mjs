// The page without a mouse: Tab, Enter, Space and the arrow keys reach and work everything, and whoever looks sees where they are.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { browser, pages, project, run, serve, visit } from "./onefold.mjs";
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

// More than a page has to be tabbed through.
const MOST = 600;

// What has the focus, and whether one sees that.
const focused = (page) =>
  page.evaluate(() => {
    const here = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(here);
    const { width, height } = here.getBoundingClientRect();
    return {
      isNothing: here === document.body,
      isSeen: here.matches(":focus-visible") && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width > 1 && height > 1,
      what: here.outerHTML.slice(0, 160),
    };
  });

// Tabs until something has the focus.
async function tabTo(page, wanted) {
  for (let steps = 0; steps < MOST; steps++) {
    await page.keyboard.press("Tab");
    const { isSeen, isNothing, what } = await focused(page);
    assert.ok(isSeen || isNothing, `nobody sees the focus: ${what}`);
    if (await wanted.evaluateAll((all) => all.includes(document.activeElement))) return;
  }
  assert.fail(`Tab does not reach ${wanted}`);
}

async function press(page, wanted, key = "Enter") {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

const button = (page, name) => page.getByRole("button", { name });
const link = (page, name) => page.getByRole("link", { name, exact: true });

test("every page is reached from the navigation, and the skip link passes it", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/");
  await press(page, link(page, "Skip to the page"));
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  const names = await page.locator("nav[aria-label=Pages] a").allTextContents();
  assert.ok(names.length > 7, names.join());
  for (const name of names) {
    await press(page, page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }));
    await page.locator("nav[aria-label=Pages] a[aria-current=page]", { hasText: name }).waitFor();
  }
  assert.deepEqual(wrong, []);
});

test("Tab passes everything that can be worked, with a focus that is seen", async (t) => {
  const { page, wrong } = await visit(t, chromium, server);
  for (const path of await pages(page, server)) {
    await page.goto(server.origin + path);
    await page.locator("h1").waitFor();
    const all = await page.evaluate(() => {
      const can = "a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary, [tabindex='0']";
      const isShown = (one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true });
      globalThis.left = new Set([...document.querySelectorAll(can)].filter(isShown));
      return globalThis.left.size;
    });
    for (let steps = 0; steps < MOST; steps++) {
      await page.keyboard.press("Tab");
      const { isSeen, isNothing, what } = await focused(page);
      if (isNothing) break;
      assert.ok(isSeen, `${path}: nobody sees the focus: ${what}`);
      await page.evaluate(() => globalThis.left.delete(document.activeElement));
    }
    const left = await page.evaluate(() => [...globalThis.left].map((one) => one.outerHTML.slice(0, 120)));
    assert.deepEqual(left, [], `${path}: of ${all}, Tab does not reach`);
  }
  assert.deepEqual(wrong, []);
});

test("customers are searched and looked at", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/customers");
  await tabTo(page, page.getByRole("searchbox"));
  await page.keyboard.type("ann.smith@example.org");
  await page.keyboard.press("Enter");
  await page.locator("#found", { hasText: "1 customer found" }).waitFor();
  await press(page, page.locator("main table a"));
  await page.locator("#golden").waitFor();
  await press(page, link(page, "Erase…"));
  await page.locator("h1", { hasText: /^Erase / }).waitFor();
  await press(page, link(page, "Do not erase"));
  await page.locator("#golden").waitFor();
  await press(page, button(page, "Dark"));
  await page.locator("html[data-theme=dark]").waitFor();
  assert.deepEqual(wrong, []);
});

test("rows are filtered, and the filter is taken away", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/tables");
  await press(page, link(page, "crm"));
  await page.locator("#grid").waitFor();
  await press(page, page.locator("summary", { hasText: "Add a filter" }));
  await tabTo(page, page.locator("select[name=name]"));
  await page.keyboard.type("city");
  await tabTo(page, page.locator("select[name=operator]"));
  await page.keyboard.press("ArrowDown");
  await tabTo(page, page.locator("details[open] input[name=text]"));
  await page.keyboard.type("Leeds");
  await press(page, page.getByRole("button", { name: "Add", exact: true }));
  assert.equal((await page.locator(".chip span").textContent()).trim(), "city is not Leeds");
  await press(page, button(page, /^Remove the filter/));
  await page.locator("#count", { hasText: /^72 rows/ }).waitFor();
  // Escape closes a menu, and the focus stays with it.
  await press(page, page.locator("summary", { hasText: "Download" }));
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("details.menu[open]").count(), 0);
  assert.match((await focused(page)).what, /^<summary>Download/);
  assert.deepEqual(wrong, []);
});

test("pairs are decided, taken back and skipped, and the threshold is moved", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  const pair = (number) => page.locator(".pair", { hasText: `Pair ${number} of` }).waitFor();
  await go("/review");
  await press(page, button(page, "Same"));
  await pair(2);
  await press(page, button(page, "Undo"), "Space");
  await pair(1);
  await press(page, page.getByRole("link", { name: "Skip K" }));
  await pair(2);
  await press(page, page.getByRole("navigation", { name: "Parts of the review" }).getByRole("link", { name: "Threshold" }));
  await page.locator("#at").waitFor();
  await tabTo(page, page.getByRole("slider"));
  const before = await page.getByRole("slider").inputValue();
  const asked = [];
  page.on("request", (request) => request.isNavigationRequest() && asked.push(request.url()));
  for (let steps = 0; steps < 3; steps++) await page.keyboard.press("ArrowLeft");
  const now = await page.getByRole("slider").inputValue();
  assert.ok(Number(now) < Number(before), `${now} is not less than ${before}`);
  await page.keyboard.press("Enter");
  await page.locator("#at", { hasText: `Linked from ${now} %` }).waitFor();
  assert.equal(asked.length, 1, `each step asks: ${asked}`);
  await tabTo(page, page.getByRole("spinbutton"));
  await page.keyboard.type("20");
  await page.keyboard.press("Enter");
  await page.locator("#at", { hasText: "Linked from 20 %" }).waitFor();
  assert.deepEqual(wrong, []);
});

test("a query is asked, and the pipeline is checked", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  await go("/sql");
  await tabTo(page, page.locator("#sql"));
  await page.keyboard.type("SELECT count(*) AS n FROM crm ");
  await press(page, page.getByRole("button", { name: "Ask", exact: true }));
  await page.locator(".answer td", { hasText: "72" }).waitFor();
  await go("/pipeline");
  await press(page, page.locator("summary", { hasText: "Change it" }));
  await tabTo(page, page.locator("textarea[name=text]"));
  await page.keyboard.press("Control+End");
  await page.keyboard.type("wrong: 1");
  await press(page, page.getByRole("button", { name: "Check", exact: true }));
  await page.locator(".finding.bad").first().waitFor();
  assert.deepEqual(wrong, []);
});

test("files are chosen, and a column is given another type", async (t) => {
  const { page, wrong, go } = await visit(t, chromium, server);
  const file = `${place.folder}/visits.csv`;
  writeFileSync(file, "visit,day\n1,01/02/2026\n2,03/04/2026\n");
  await go("/start");
  // Asked for before the key is pressed: the browser has to be told first.
  const choosing = page.waitForEvent("filechooser");
  await tabTo(page, page.locator("input[type=file]"));
  await page.keyboard.press("Space");
  await (await choosing).setFiles(file);
  const type = page.getByLabel("Type of visit");
  await type.waitFor();
  await tabTo(page, type);
  await page.keyboard.press("ArrowDown");
  const chosen = await type.inputValue();
  assert.notEqual(chosen, "");
  await Promise.all([page.waitForEvent("load"), press(page, page.getByRole("button", { name: "Draft with these choices" }))]);
  assert.equal(await type.inputValue(), chosen);
  await press(page, button(page, "Remove visits.csv"));
  await page.locator("main", { hasNotText: "visits.csv" }).waitFor();
  assert.deepEqual(wrong, []);
});
