// How long a browser waits for a table of many rows: `npm run bench [ROWS]`. Medians of 20, in milliseconds, and the memory of the server.

import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";

import { browser, project, run, serve, visit } from "./onefold.mjs";

const ROWS = Number(process.argv[2] ?? 10_000_000);
const TIMES = 20;

const place = project();
const file = createWriteStream(`${place.folder}/events.csv`);
file.write("id,user,kind,amount,at\n");
const kinds = ["view", "click", "buy", "leave"];
const start = Date.UTC(2026, 0, 1);
for (let at = 0; at < ROWS; at++) {
  const time = new Date(start + at * 137).toISOString();
  const more = file.write(`${at},user${(at * 7919) % 100_003},${kinds[(at * 31) % 4]},${(at * 13) % 1000}.25,${time}\n`);
  if (!more) await once(file, "drain");
}
file.end();
await once(file, "finish");
writeFileSync(`${place.folder}/onefold.yaml`, `pipeline: many
sources:
  events: {path: events.csv, key: id, fields: {id: integer, user: text, kind: text, amount: float, at: timestamp}}
outputs:
  - {table: events, path: events_out.parquet}
`);
run("run", place.folder, "--out", `${place.folder}/out`, "--keep", "all", "--quiet");

const server = await serve(place.folder);
const chromium = await browser();
const { page, go } = await visit({ after() {} }, chromium, server);
const memory = (name) => Math.round(Number(readFileSync(`/proc/${server.pid}/status`, "utf8").match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024);

async function median(name, measure) {
  const times = [];
  for (let time = 0; time < TIMES; time++) times.push(await measure(time));
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(44)} ${times[TIMES / 2].toFixed(0).padStart(6)}   (${times[0].toFixed(0)} to ${times[TIMES - 1].toFixed(0)})`);
}

console.log(`${ROWS.toLocaleString("en")} rows, milliseconds`);
await median("first paint of the grid", async () => {
  await go("/tables/events");
  await page.locator("tbody tr").first().waitFor();
  // It may be told of a little later than the rows are there.
  const painted = await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  return painted.jsonValue();
});
await median("scrolled to somewhere in the middle", async (time) => {
  await go("/tables/events");
  const wanted = await page.evaluate(async (share) => {
    const bar = document.querySelector(".scrollbar");
    const begun = performance.now();
    bar.scrollTop = (bar.scrollHeight - bar.clientHeight) * share;
    await new Promise((seen) => {
      const look = () => {
        const row = document.querySelector("tbody tr");
        if (Number(row.getAttribute("aria-rowindex")) > 1000 && !document.querySelector("tbody tr.waiting")) seen();
        else requestAnimationFrame(look);
      };
      look();
    });
    return performance.now() - begun;
  }, 0.3 + time * 0.02);
  return wanted;
});
const facet = async (column, time) => {
  // Another filter each time, so that nothing is remembered.
  await go("/tables/events");
  const begun = performance.now();
  const answer = await page.request.get(`${server.origin}/tables/events/values?values=${column}&nothing=${time}`);
  await answer.text();
  return performance.now() - begun;
};
await median("a facet of four values", (time) => facet("kind", time));
await median("a facet of 100,003 values", (time) => facet("user", time));
await median("a filter, its rows and its count", async (time) => {
  await go("/tables/events");
  const begun = performance.now();
  await page.locator("#search").fill(`user${9000 + time}`);
  await page.keyboard.press("Enter");
  await page.locator(".chip").waitFor();
  return performance.now() - begun;
});
console.log(`memory of the server: ${memory("VmRSS")} MB, at most ${memory("VmHWM")} MB`);

await chromium.close();
await server.stop();
place.done();
