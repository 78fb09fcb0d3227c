// On a telephone, nothing of a page lies beside it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, pages, picture, run, served, visit } from "./onefold.mjs";
import { people } from "./people.mjs";

let chromium;
before(async () => (chromium = await browser()));
after(() => chromium?.close());

for (const example of ["people", "customer-master", "event-sessions"]) {
  test(`no page of ${example} is wider than 375 pixels`, async (t) => {
    const { place, server } = await served(t, example === "people" ? undefined : example);
    if (example === "people") people(place.folder);
    run("run", place.folder, "--out", `${place.folder}/out`, "--keep", "all", "--quiet");
    const { page, wrong, go } = await visit(t, chromium, server, { viewport: { width: 375, height: 720 }, expected: [404] });
    const wide = [];
    for (const path of [...(await pages(page, server)), "/nothing"]) {
      await go(path);
      await page.locator("h1").first().waitFor();
      for (const isOpen of [false, true]) {
        if (isOpen) await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
        const [needed, there] = await page.evaluate(({ scrollWidth, clientWidth } = document.documentElement) => [scrollWidth, clientWidth]);
        if (needed > there) wide.push(`${path}: ${needed} pixels${isOpen ? ", all opened" : ""}`);
      }
      await picture(page, `narrow-${example}${path.replace(/\W+/g, "-")}`);
    }
    assert.deepEqual([wide, wrong], [[], []]);
  });
}
