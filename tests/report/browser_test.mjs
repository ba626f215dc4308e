// SPDX-License-Identifier: Apache-2.0
// The report in a browser, without a network: the run's numbers are what one sees, the slider moves time, nothing is
// said on the console, light and dark. node browser_test.mjs PROGRAM FOLDER; screenshots land in FOLDER.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReport } from "./browser.mjs";

const [program, folder] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "ahbm-report-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

function run(name, ...parameters) {
    const file = join(scratch, `${name}.html`),
        json = join(scratch, `${name}.json`);
    execFileSync(program, ["run", ...parameters, "--report", file, "--json", json]);
    const data = JSON.parse(
        readFileSync(file, "utf8").match(/<script type="application\/json" id="data">(.*?)<\/script>/s)[1],
    );
    return { file, result: JSON.parse(readFileSync(json, "utf8")), activity: data.activity };
}

/// Figures as the report writes them.
const text = readFileSync(new URL("../../observe/report/web/text.js", import.meta.url), "utf8");
const { duration, amount, count, percent } = new Function(`${text}; return { duration, amount, count, percent };`)();
assert.equal(duration(761923), "761.9 ns");
assert.equal(amount(2048), "2.048 kB");

function numbers(text, Type) {
    const bytes = Buffer.from(text, "base64");
    return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/// What the maps are to show: the share of the busiest link of each SIP's chiplet or cube in one bin, in percent.
function busiest({ activity }, bin) {
    const { owners, owner, shares } = activity.links,
        bins = activity.axis.ends_ps.length,
        all = numbers(shares, Uint16Array);
    const found = Object.fromEntries(owners.map((name) => [name, 0]));
    numbers(owner, Uint16Array).forEach((which, i) => {
        found[owners[which]] = Math.max(found[owners[which]], (100 * all[i * bins + bin]) / 65535);
    });
    return found;
}

const option = (page, id) =>
    page.evaluate((chart) => {
        const { series, dataZoom } = echarts.getInstanceByDom(document.getElementById(chart)).getOption();
        return JSON.parse(JSON.stringify({ series: series.map(({ name, data }) => ({ name, data })), dataZoom }));
    }, id);
const shownOnMap = async (page) =>
    Object.fromEntries((await option(page, "heat-system")).series[0].data.map((d) => [d.place.owner, d.value[4]]));
const rows = (page, id) =>
    page
        .locator(`#${id} tbody tr`)
        .evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
/// A click into the rectangle of a map.
async function pick(page, id, key, name) {
    const position = await page.evaluate(
        ([chart, field, wanted]) => {
            const drawn = echarts.getInstanceByDom(document.getElementById(chart));
            const [x0, y0, x1, y1] = drawn.getOption().series[0].data.find((d) => d.place[field] === wanted).place.at;
            const [x, y] = drawn.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [(x0 + x1) / 2, (y0 + y1) / 2]);
            return { x, y };
        },
        [id, key, name],
    );
    await page.locator(`#${id}`).click({ position });
}

async function checkMap(page, run) {
    const slider = page.locator("#heat-time"),
        last = run.activity.axis.ends_ps.length - 1;
    const near = (shown, want) => {
        for (const [owner, value] of Object.entries(want))
            assert.ok(Math.abs(shown[owner] - value) < 1e-9, `${owner}: ${shown[owner]}, not ${value}`);
    };
    const start = Number(await slider.inputValue());
    assert.equal(run.activity.axis.kernels[start], 1, "the map begins while a kernel runs");
    const first = await shownOnMap(page);
    near(first, busiest(run, start));
    await slider.focus();
    await page.keyboard.press("End");
    const when = await page.locator("#heat-when").textContent(),
        after = await shownOnMap(page);
    near(after, busiest(run, last));
    assert.notDeepEqual(after, first, "another time looks different");
    await page.keyboard.press("ArrowLeft");
    near(await shownOnMap(page), busiest(run, last - 1));
    assert.notEqual(await page.locator("#heat-when").textContent(), when);

    // The busiest link of the result, found on the map by its owner and block.
    await page.locator("#heat-span").selectOption("run");
    const link = run.result.fabric.busiest_links[0],
        name = link.port.replace("system.", "");
    const owner = name.match(/^sip\d+\.\w+/)?.[0] ?? "";
    await pick(page, "heat-system", "owner", owner);
    const local = owner === "" ? name : name.slice(owner.length + 1);
    await pick(page, "heat-block", "block", local.split(".")[0]);
    const found = (await rows(page, "heat-links")).find((row) => row[0] === local);
    assert.ok(found, `${local} is in the table of ${owner || "host and switch"}`);
    const whole = percent((100 * link.busy_ps) / run.activity.axis.ends_ps[last]);
    assert.deepEqual(found.slice(1, 7), [
        whole,
        whole,
        duration(link.busy_ps),
        duration(link.queueing_ps),
        amount(link.bytes),
        count(link.packets),
    ]);
    await page.locator("#heat-span").selectOption("bin");
    await slider.fill(String(start));
    near(await shownOnMap(page), busiest(run, start));
}

async function checkLanes(page, { result, activity }) {
    const { engines, pe, engine, slices, busy_ps } = activity.lanes;
    const of = numbers(pe, Uint32Array),
        what = numbers(engine, Uint8Array),
        busy = numbers(busy_ps, Float64Array),
        many = numbers(slices, Uint32Array);
    for (const [name, use] of Object.entries(result.engines)) {
        if (name === "busy_pes") continue;
        const longest = Math.max(0, ...busy.filter((_, i) => engines[what[i]] === name));
        assert.equal(longest, use.busiest_ps, `busiest ${name}`);
    }
    const { pes, cube_columns, cube_rows } = activity.shape,
        cubes = cube_columns * cube_rows;
    const check = async () => {
        const cube =
            Number(await page.locator("#lanes-sip").inputValue()) * cubes +
            Number(await page.locator("#lanes-cube").inputValue());
        const { series, dataZoom } = await option(page, "lanes-chart");
        const expected = many.filter((_, i) => Math.floor(of[i] / pes) === cube).reduce((a, b) => a + b, 0);
        assert.equal(series[0].data.length, expected, `slices of cube ${cube}`);
        return { expected, zoom: [dataZoom[0].startValue, dataZoom[0].endValue], data: series[0].data };
    };
    const { expected, zoom, data } = await check();
    assert.ok(expected > 0, "the lanes begin with a cube that did something");
    const launch = result.launches[Number(await page.locator("#lanes-zoom").inputValue())];
    assert.ok(zoom[0] <= launch.exec_start_ps && zoom[1] >= launch.exec_end_ps, "the launch is in the window");
    const kernel = data.filter(([, , , what]) => what === 0);
    assert.ok(
        kernel.some(([from]) => from === launch.exec_start_ps),
        "a kernel's slice begins with the launch",
    );
    await page.locator("#lanes-zoom").selectOption("run");
    assert.deepEqual((await check()).zoom, [0, result.simulated_ps]);
    await page.locator("#lanes-cube").selectOption(String(cubes - 1));
    await check();
}

const ofKernels = (row) => row.purpose === "kernel" || row.purpose === "credit";

async function checkTables(page, { result, activity }, collective) {
    const launches = await rows(page, "launches");
    assert.equal(launches.length, result.launches.length);
    result.launches.forEach((launch, i) => {
        assert.deepEqual(launches[i].slice(1, 7), [
            launch.kernel,
            String(launch.sip),
            String(launch.pes),
            duration(launch.execution_ps),
            duration(launch.dispatch_ps),
            duration(launch.total_ps),
        ]);
    });
    if (collective) {
        const table = (await rows(page, "collective-table"))[0];
        for (const [name, unit] of [["busbw_gb_per_s", "GB/s"], ["algbw_gb_per_s", "GB/s"], ["kernel_time_ns", "ns"]])
            assert.ok(table.includes(`${Number(result.figures[name].toPrecision(6))} ${unit}`), name);
    }
    const latency = await rows(page, "latency-table");
    assert.deepEqual(
        latency.map((row) => row.slice(0, 4)),
        [...result.fabric.paths].sort((a, b) => ofKernels(b) - ofKernels(a)).map((p) => [
            `${p.purpose === "kernel" ? "" : `${p.purpose} `}${p.access} ${p.path}`,
            count(p.transactions),
            amount(p.bytes),
            duration(p.latency_ps / p.transactions),
        ]),
    );
    const contenders = await rows(page, "contenders");
    assert.deepEqual(
        contenders.map((row) => row.slice(0, 2)),
        result.fabric.top_contenders.map((l) => [l.port.replace("system.", ""), duration(l.queueing_ps)]),
    );
    assert.equal((await rows(page, "phases")).length, activity.phases.length);
    const points = (await option(page, "roofline")).series
        .filter((s) => !s.name.endsWith("roof"))
        .flatMap((s) => s.data);
    assert.equal(points.length, result.launches.length, "every launch is a point");
    points.forEach(({ value }, i) => {
        const { sum } = activity.work[i],
            operations = sum.gemm_flop ?? sum.math_passes;
        assert.equal(value[1], operations / (result.launches[i].execution_ps / 1e12));
    });
    const about = Object.fromEntries(await rows(page, "reproduce"));
    assert.equal(about["digest of the result"], result.digest);
    assert.equal(about.command, activity.command);
    assert.equal(about.seed, String(result.seed));
    assert.equal(await page.locator("#config").textContent(), `${result.configuration}\n`);
    await page.locator("#config-find").fill("burst");
    assert.ok((await page.locator("#config .found").count()) > 0);
    await page.locator("#config-find").fill("");
}

async function checkLedger(page, { result }) {
    const { by_path, by_phase, jobs, contenders, blame } = result.ledger;
    assert.deepEqual(
        (await rows(page, "ledger-paths")).map((row) => row.slice(0, 6)),
        by_path.map(({ purpose, access, path, latency }) => [
            purpose === "kernel" ? `${access} ${path}` : `${purpose} ${access} ${path}`,
            count(latency.count),
            ...["mean", "p50", "p99", "max"].map((name) => duration(latency[`${name}_ps`])),
        ]),
    );
    for (const [id, list] of Object.entries({ phases: by_phase, jobs, contenders, pairs: blame.pairs }))
        assert.equal((await rows(page, `ledger-${id}`)).length, list.length, id);
    const cells = (await option(page, "blame-chart")).series[0].data;
    assert.ok(cells.length > 0);
    for (const [x, y, , ps] of cells) assert.equal(ps, blame.delayed_by_ps[y][x]);
    const sum = (list) => list.reduce((a, b) => a + b, 0);
    assert.equal(sum(cells.map((cell) => cell[3])), sum(blame.delayed_by_ps.map(sum)), "nothing is left out");
}

/// The curves are the table's columns; a run without traffic has no such section.
async function checkTraffic(page, { result }) {
    const [heading, ...loads] = result.tables[0].rows;
    const column = (name) => loads.map((row) => Number(row[heading.indexOf(name)]));
    const drawn = async (id) => Object.fromEntries((await option(page, id)).series.map(({ name, data }) => [name, data]));
    const latency = await drawn("traffic-latency"),
        throughput = await drawn("traffic-throughput");
    for (const name of ["mean", "p50", "p99"])
        assert.deepEqual(
            latency[name],
            column(`${name} ns`).map((ns, i) => [column("offered")[i], ns]),
        );
    assert.deepEqual(
        throughput.accepted,
        column("accepted").map((load, i) => [column("offered")[i], load]),
    );
    assert.equal(throughput.bound[0][1], Number(column("bound")[0]));
    assert.deepEqual(await rows(page, "traffic-table"), loads);
}

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

const allReduce = run("all_reduce", "ccl_allreduce", "--ledger");
for (const scheme of ["light", "dark"]) {
    const { page, messages, close } = await openReport({ modules: folder, file: allReduce.file, scheme });
    assert.equal(await page.locator("html").getAttribute("data-scheme"), scheme);
    if (scheme === "light") {
        await checkMap(page, allReduce);
        await checkLanes(page, allReduce);
        await checkTables(page, allReduce, true);
        await checkLedger(page, allReduce);
        await page.locator("#latency-kind").selectOption("share");
        for (const series of (await option(page, "latency-chart")).series)
            for (const value of series.data) assert.ok(value <= 100);
    }
    const before = await background(page);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(folder, `report_${scheme}.png`), fullPage: true });
    await page.locator("#scheme").click();
    assert.notEqual(await background(page), before, "the button changes the colours");
    assert.equal(await page.locator(".needs-traffic").count(), 0);
    assert.deepEqual(messages, []);
    await close();
}

const products = run("gpt3_qkv", "gpt3_qkv", "--topology", "mini");
{
    const { page, messages, close } = await openReport({ modules: folder, file: products.file });
    await checkMap(page, products);
    await checkLanes(page, products);
    await checkTables(page, products, false);
    assert.match(await page.locator("#ledger").textContent(), /run with --ledger/);
    assert.deepEqual(messages, []);
    await close();
}

const traffic = run("traffic", new URL("../../configs/scenarios/noc_traffic.yaml", import.meta.url).pathname);
{
    const { page, messages, close } = await openReport({ modules: folder, file: traffic.file });
    await checkTraffic(page, traffic);
    await page.locator("#traffic").screenshot({ path: join(folder, "report_traffic.png") });
    assert.deepEqual(messages, []);
    await close();
}
