// SPDX-License-Identifier: Apache-2.0
// node screenshot.mjs FOLDER REPORT PNG: the upper part of a report, its left half light, its right half dark.
import { rmSync, writeFileSync } from "node:fs";
import { openReport } from "./browser.mjs";

const [folder, file, png] = process.argv.slice(2);
const width = 1180,
    height = 1500,
    halves = {};
for (const scheme of ["light", "dark"]) {
    const { page, close } = await openReport({ modules: folder, file, scheme, width, height });
    halves[scheme] = (await page.screenshot()).toString("base64");
    await close();
}
const frame = `${png}.html`;
const picture = (scheme, clip) =>
    `<img src="data:image/png;base64,${halves[scheme]}" style="position:absolute;inset:0;clip-path:${clip}">`;
const left = picture("light", "polygon(0 0, 60% 0, 40% 100%, 0 100%)");
const right = picture("dark", "polygon(60% 0, 100% 0, 100% 100%, 40% 100%)");
writeFileSync(frame, `<body style="margin:0">${left}${right}`);
const { page, close } = await openReport({ modules: folder, file: frame, width, height });
await page.screenshot({ path: png });
await close();
rmSync(frame);
