// SPDX-License-Identifier: Apache-2.0
// A report in headless Chromium, without a network. What a page says on the console is in `messages`.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const chromium = "/usr/bin/chromium";

/// `modules`: the folder that playwright-core is installed in.
export async function openReport({ modules, file, scheme = "light", width = 1360, height = 900 }) {
    const { chromium: driver } = createRequire(resolve(modules, "package.json"))("playwright-core");
    if (!existsSync(chromium)) throw new Error(`there is no ${chromium}: install the package chromium`);
    const profile = mkdtempSync(join(tmpdir(), "report-test-"));
    const context = await driver.launchPersistentContext(profile, {
        executablePath: chromium,
        headless: true,
        viewport: { width, height },
        colorScheme: scheme,
        offline: true,
        reducedMotion: "reduce",
        args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const messages = [];
    page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => messages.push(`error: ${error.message}`));
    page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url())) messages.push(`request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
    return {
        page,
        messages,
        close: async () => {
            await context.close();
            rmSync(profile, { recursive: true, force: true });
        },
    };
}
