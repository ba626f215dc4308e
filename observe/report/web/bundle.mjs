// SPDX-License-Identifier: Apache-2.0
// Puts the page together: node bundle.mjs PAGE LIBRARY FOLDER SCRIPT... Without the library the page is empty.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [page, library, folder, ...scripts] = process.argv.slice(2);
if (!existsSync(library)) {
    console.warn(`${library} is not there: the program will have no HTML report`);
    writeFileSync(page, "");
    process.exit();
}
const read = (file) => readFileSync(file, "utf8");
const parts = {
    style: read(`${folder}/report.css`),
    library: read(library),
    script: `(() => {\n"use strict";\n${scripts.map(read).join("\n")}\n})();`,
};
for (const [name, text] of Object.entries(parts))
    if (/<\/(script|style)/i.test(text)) throw new Error(`${name} would end its own element`);
const html = read(`${folder}/report.html`).replace(/\/\* (style|library|script) \*\//g, (_, name) => parts[name]);
if (html.split('"the data"').length !== 2) throw new Error("one gap for the data is expected");
writeFileSync(page, html);
