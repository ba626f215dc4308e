// SPDX-License-Identifier: Apache-2.0
// node tutorial_picture.mjs FOLDER SLOW FAST PNG: the lanes of two reports, one below the other, over the first
// microsecond of their last launch: the picture of docs/tutorial_slow_allreduce.md.
import { rmSync, writeFileSync } from "node:fs";
import { openReport } from "./browser.mjs";

const [folder, slow, fast, png] = process.argv.slice(2);
const width = 1100, shots = [];
for (const file of [slow, fast]) {
    const { page, messages, close } = await openReport({ modules: folder, file, width, height: 700 });
    await page.evaluate(() => {
        const { launches } = JSON.parse(document.getElementById("data").textContent).result;
        const from = launches.at(-1).exec_start_ps;
        const chart = echarts.getInstanceByDom(document.getElementById("lanes-chart"));
        const finished = new Promise((drawn) => chart.on("finished", drawn));
        chart.dispatchAction({ type: "dataZoom", startValue: from, endValue: from + 1e6 });
        return finished;
    });
    shots.push((await page.locator("#lanes-chart").screenshot()).toString("base64"));
    await close();
    if (messages.length > 0) throw new Error(messages.join("\n"));
}
const frame = `${png}.html`;
const figure = (name, shot) => `<h3 style="font:600 15px sans-serif;margin:8px 12px">${name}</h3><img src="data:image/png;base64,${shot}">`;
writeFileSync(frame, `<body style="margin:0;width:${width}px">${figure("one slot: 1 us of the all-reduce", shots[0])}${figure("eight slots: 1 us of the all-reduce", shots[1])}`);
const { page, close } = await openReport({ modules: folder, file: frame, width, height: 300 });
await page.screenshot({ path: png, fullPage: true });
await close();
rmSync(frame);
