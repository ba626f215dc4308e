// SPDX-License-Identifier: Apache-2.0
// The ledger of a run that kept one (--ledger): percentiles, phases, waits of jobs, who delayed whom.
const percentiles = (of) =>
    ["mean", "p50", "p99", "max"].map((name) => ({ title: name, of: (row) => duration(of(row)[`${name}_ps`]) }));

const transactionColumns = [
    { title: "path", words: true, of: className },
    { title: "transactions", of: (row) => count(row.latency.count) },
    ...percentiles((row) => row.latency),
    ...parts.map((name) => ({
        title: name,
        of: (row) => duration(row.parts_ps[name] / row.latency.count),
        share: (row) => (100 * row.parts_ps[name]) / Math.max(1, row.latency.sum_ps),
    })),
];

function drawLedger() {
    const ledger = result.ledger,
        place = byId("ledger");
    if (!ledger) {
        place.append(element("p", { class: "quiet" }, "Percentiles, phases and who delayed whom: run with --ledger."));
        return;
    }
    const add = (title, id, columns, rows) => {
        if (rows.length === 0) return;
        place.append(element("h3", {}, title), element("div", { class: "scroll", id }, table(columns, rows)));
    };
    const phase = { title: "phase", words: true, of: (row) => row.phase };
    add("Percentiles by path", "ledger-paths", transactionColumns, ledger.by_path);
    add("By phase of the requester's kernel", "ledger-phases", [phase, ...transactionColumns], ledger.by_phase);
    add(
        "Slowest transaction of each path",
        "ledger-slowest",
        [
            transactionColumns[0],
            { title: "from", words: true, of: (row) => row.slowest.from },
            { title: "to", words: true, of: (row) => row.slowest.to },
            { title: "issued at", of: (row) => instant(row.slowest.issued_ps, 1000) },
            { title: "latency", of: (row) => duration(row.latency.max_ps) },
            ...parts.map((name) => ({ title: name, of: (row) => duration(row.slowest.parts_ps[name]) })),
        ],
        ledger.by_path,
    );
    add(
        "Jobs of PE_SCHEDULER: what waits, and what works",
        "ledger-jobs",
        [
            phase,
            { title: "job", words: true, of: (row) => row.job },
            { title: "count", of: (row) => count(row.waited.count) },
            ...percentiles((row) => row.waited).map((c) => ({ ...c, title: `waited ${c.title}` })),
            ...percentiles((row) => row.worked).map((c) => ({ ...c, title: `worked ${c.title}` })),
        ],
        ledger.jobs,
    );
    add(
        "What was waited for, and because of whom",
        "ledger-contenders",
        [
            { title: "resource", words: true, of: (row) => shortName(row.resource) },
            { title: "packets", of: (row) => count(row.packets) },
            { title: "waited in sum", of: (row) => duration(row.queueing_ps) },
            {
                title: "because of",
                words: true,
                of: (row) => row.delayed_by.map((by) => `${by.who} ${duration(by.time_ps)}`).join(", "),
            },
        ],
        ledger.kernel_contenders,
    );
    drawBlame(ledger.blame, place);
    add(
        "The pairs that delayed each other longest",
        "ledger-pairs",
        [
            { title: "delayed", words: true, of: (row) => row.delayed },
            { title: "by", words: true, of: (row) => row.by },
            { title: "encounters", of: (row) => count(row.encounters) },
            { title: "time in sum", of: (row) => duration(row.time_ps) },
        ],
        ledger.blame.pairs,
    );
}

/// Rows are delayed by columns. The colour is logarithmic: what counts is often a thousandth of what host copies wait.
function drawBlame({ classes, delayed_by_ps: delays }, place) {
    if (classes.length === 0) return;
    place.append(
        element("h3", {}, "Who delayed whom, time in sum"),
        element("div", { id: "blame-chart", class: "chart", style: `height:${110 + 34 * classes.length}px` }),
    );
    const data = delays.flatMap((row, y) => row.map((ps, x) => [x, y, ps])).filter(([, , ps]) => ps > 0);
    const exponents = data.map(([, , ps]) => Math.log10(ps));
    chart("blame-chart", () => ({
        tooltip: tooltip({
            formatter: ({ value: [x, y, , ps] }) =>
                lined(`${bold(classes[y])} waited ${bold(duration(ps))}`, `while ${bold(classes[x])} was served`),
        }),
        grid: { left: 8, right: 24, top: 8, bottom: 56, containLabel: true },
        xAxis: axis({
            type: "category",
            data: classes,
            name: "by",
            nameLocation: "middle",
            nameGap: 40,
            axisLabel: { interval: 0 },
        }),
        yAxis: axis({ type: "category", data: classes, inverse: true, name: "delayed" }),
        visualMap: {
            show: false,
            dimension: 2,
            min: Math.min(...exponents) - 1,
            max: Math.max(...exponents),
            inRange: { color: heat() },
        },
        series: [
            {
                type: "heatmap",
                data: data.map(([x, y, ps]) => [x, y, Math.log10(ps), ps]),
                label: { show: true, formatter: ({ value }) => duration(value[3]) },
            },
        ],
    }));
}
