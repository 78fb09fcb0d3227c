// What the tests share: a server on a copy of an example, a browser that sees nothing but this machine, and an audit of a page.

import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";

import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const onefold = process.env.ONEFOLD ?? join(target, "release/onefold");
/** Pictures of every page lie here, to be looked at. */
const pictures = process.env.ONEFOLD_PICTURES ?? join(target, "browser");
const axe = createRequire(import.meta.url)("axe-core").source;

/** A folder with a copy of an example, or an empty one. It goes away with `done`. */
export function project(example) {
  const folder = mkdtempSync(join(tmpdir(), "onefold-browser-"));
  if (example) cpSync(join(root, "examples", example), folder, { recursive: true });
  return { folder, done: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The command, to its end; gives what it wrote to standard output as bytes. */
export function run(...parts) {
  const ended = spawnSync(onefold, parts, { maxBuffer: 1 << 30 });
  assert.equal(ended.status, 0, `onefold ${parts.join(" ")}: ${ended.error ?? ended.stderr}`);
  return ended.stdout;
}

/** A server on a folder. */
export async function serve(folder, ...options) {
  const server = spawn(onefold, ["serve", folder, "--out", join(folder, "out"), "--no-open", ...options]);
  const said = [];
  const url = await new Promise((found, failed) => {
    const hear = (bytes) => {
      said.push(String(bytes));
      const address = said.join("").match(/http:\/\/\S+token=\S+/);
      if (address) found(address[0]);
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${said.join("")}`)));
  });
  const stop = () =>
    new Promise((stopped) => {
      if (server.exitCode !== null || server.signalCode !== null) return stopped();
      server.removeAllListeners("exit");
      server.on("exit", stopped);
      server.kill("SIGTERM");
    });
  return { url, origin: new URL(url).origin, pid: server.pid, stop };
}

/** A server on a copy of an example, or on an empty folder. Both go away when the test ends, however it ends. */
export async function served(t, example) {
  const place = project(example);
  let server;
  t.after(async () => {
    await server?.stop();
    place.done();
  });
  server = await serve(place.folder);
  return { place, server };
}

/** A browser. Nothing of it leaves the machine. */
export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/**
 * A fresh profile that is signed in, and what went wrong in it: errors of scripts, of the content policy, answers that failed, and requests to
 * anywhere but the server. It goes away when the test ends.
 */
export async function visit(t, browser, server, options = {}) {
  const { expected = [], ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...rest });
  t.after(() => context.close());
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.some((status) => message.text().includes(`status of ${status}`))) wrong.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.origin) && !request.url().startsWith("blob:")) wrong.push(`elsewhere: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !expected.includes(response.status())) wrong.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(server.url);
  return { context, page, wrong, go: (path) => page.goto(server.origin + path) };
}

/** The addresses of the pages: what the navigation offers, those of one table, and those of a customer and the threshold where there are any. */
export async function pages(page, server, table) {
  const json = async (path) => (await page.request.get(server.origin + path)).json();
  const offered = await page.locator("nav[aria-label=Pages] a").evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
  const name = table ?? (await json("/tables.json")).tables.find((one) => one.rows > 0).table;
  const found = [...offered, ...["", "/columns"].map((part) => `/tables/${encodeURIComponent(name)}${part}`)];
  if (!offered.includes("/review")) return found;
  await page.goto(`${server.origin}/customers`);
  const customer = new URL(await page.locator("main table a").first().evaluate((link) => link.href)).pathname;
  return [...found, "/review/customers", "/review/threshold", customer, `${customer}/erase`];
}

/** Findings of axe-core in the page as it is. */
export async function audit(page) {
  // By the debugger's door: the content policy lets no such script in by the page's own.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html} ${node.any.map((found) => found.message).join("; ")}`).join(" | ")}`);
}

/** A picture of the whole page. */
export async function picture(page, name) {
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${name}.png`), await page.screenshot({ fullPage: true }));
}
