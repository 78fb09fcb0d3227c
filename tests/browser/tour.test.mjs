// Every page of every example, in both themes: nothing fails, nothing is asked of another machine, and axe-core finds nothing.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { audit, browser, pages, picture, project, run, serve, visit } from "./onefold.mjs";

// An example, and the table whose pages are looked at.
const EXAMPLES = [
  ["event-sessions", "users"],
  ["stream-enrichment", null],
  ["unified-events", null],
  ["customer-master", "customers"],
  ["customer-360", null],
];

let chromium;
before(async () => (chromium = await browser()));
after(() => chromium?.close());

for (const [example, table] of EXAMPLES) {
  describe(example, () => {
    let place, server;
    before(async () => {
      place = project(example);
      run("run", place.folder, "--out", `${place.folder}/out`, "--keep", "all", "--quiet");
      server = await serve(place.folder);
    });
    after(async () => {
      await server?.stop();
      place?.done();
    });

    for (const theme of ["light", "dark"]) {
      test(theme, async (t) => {
        const { page, wrong, go } = await visit(t, chromium, server, { colorScheme: theme });
        const found = [];
        for (const path of await pages(page, server, table)) {
          await go(path);
          await page.locator("h1").waitFor();
          for (const one of await audit(page)) found.push(`${path}: ${one}`);
          await picture(page, `${example}${path.replace(/\W+/g, "-")}-${theme}`);
        }
        assert.deepEqual([found, wrong], [[], []]);
      });
    }

    test("tables say what they are to who does not see them", async (t) => {
      const { page, go } = await visit(t, chromium, server);
      for (const path of await pages(page, server, table)) {
        await go(path);
        const found = await page.evaluate(() =>
          [...document.querySelectorAll("table")].map((one) => ({
            // A list of names and numbers has a head for each row.
            heads: one.querySelectorAll("thead th[scope=col]").length || [...one.querySelectorAll("tbody tr")].every((row) => row.querySelector("th[scope=row]")),
            isGrid: one.getAttribute("role") === "grid",
            rows: Number(one.getAttribute("aria-rowcount")),
            shown: one.querySelectorAll("tbody tr[aria-rowindex]").length,
            sorted: one.querySelectorAll("th[aria-sort]").length,
          })),
        );
        for (const one of found) {
          assert.ok(one.heads, `${path}: a table without heads of its columns`);
          if (one.isGrid) assert.ok(one.rows > 1 && one.shown > 0 && one.sorted > 0, `${path}: ${JSON.stringify(one)}`);
        }
      }
    });
  });
}
