// SPDX-License-Identifier: Apache-2.0
// How long, and why that long.

/// Of the SIP that spent longest in launches: SIPs run side by side.
function launchTimes() {
    const sips = new Map();
    for (const launch of result.launches) {
        const sip = sips.get(launch.sip) ?? { dispatch: 0, execution: 0, total: 0 };
        sip.dispatch += launch.dispatch_ps;
        sip.execution += launch.execution_ps;
        sip.total += launch.total_ps;
        sips.set(launch.sip, sip);
    }
    return [...sips.values()].reduce((a, b) => (b.total > a.total ? b : a), { dispatch: 0, execution: 0, total: 0 });
}

function verdict() {
    const all = result.verifications.map((each) => each.verdict);
    if (all.includes("failed")) return ["bad", "verification failed"];
    if (result.findings.length > 0) return ["warn", `${result.findings.length} findings`];
    return all.includes("passed") ? ["good", "verified"] : ["warn", "not verified"];
}

/// The link that is busiest in these bins, with its share in percent; null: none carried anything.
function busiestWhile(chosen) {
    let found = null;
    for (const link of links) {
        const value = share(link, chosen);
        if (value > (found?.[1] ?? 0)) found = [link, value];
    }
    return found;
}

/// Sentences, the most telling first.
function reasons(times) {
    const list = [],
        say = (text) => list.push(text),
        whole = result.simulated_ps;
    const setup = whole - times.total;
    if (setup > times.total)
        say(
            `${percent((100 * setup) / whole)} of the run is set-up and host transfers, outside of launches: ` +
                `${duration(setup)}.`,
        );
    if (result.why) say(`Why: ${result.why}.`);
    for (const each of result.measured)
        for (const [what, bound] of [
            ["its bound", each.bound],
            ["the machine's bound", each.machine_bound],
        ])
            if (bound && each.times_ps.at(-1) > 0)
                say(
                    `${each.what}: ${percent((100 * bound.time_ps) / each.times_ps.at(-1))} of ${what}, ` +
                        `${duration(bound.time_ps)}: ${bound.words}.`,
                );
    for (const each of result.measured) if (each.idle) say(`${each.idle}.`);
    for (const note of result.notes) say(note);
    if (activity) {
        const whole = activity.phases.reduce((sum, phase) => sum + phase.total_ps, 0);
        const longest = activity.phases.filter((phase) => phase.phase).sort((a, b) => b.total_ps - a.total_ps)[0];
        if (longest) {
            const [what, busy] = Object.entries(longest.busy_ps).sort((a, b) => b[1] - a[1])[0];
            say(
                `Kernels spend ${percent((100 * longest.total_ps) / whole)} of their time in the phase ` +
                    `${longest.phase}; ` +
                    `${what === "waiting" ? "a PE waits for a tile or a credit" : `${what} works`} ` +
                    `${percent((100 * busy) / longest.total_ps)} of it.`,
            );
        }
        const found = busiestWhile(bins.flatMap((bin, i) => (bin.kernels ? [i] : [])));
        if (found) say(`The busiest link while kernels run is ${found[0].name}: ${percent(found[1])} of their time.`);
    }
    const worst = result.kernels.contenders[0];
    if (worst)
        say(
            `Most waited for by kernels: ${worst.resource}, ${duration(worst.waited_ps)} in sum, ` +
                `${duration(worst.waited_ps / worst.packets)} for the mean of its ${count(worst.packets)} packets.`,
        );
    const queued = result.fabric.paths
        .filter((p) => ofKernels(p) && p.parts_ps.queueing > 0)
        .sort((a, b) => b.parts_ps.queueing - a.parts_ps.queueing)[0];
    if (queued)
        say(
            `${percent((100 * queued.parts_ps.queueing) / queued.latency_ps)} of the latency of ` +
                `${className(queued)} is queueing for busy links.`,
        );
    return list;
}

function drawSummary() {
    const times = launchTimes(),
        whole = result.simulated_ps;
    document.title = `${result.scenario}: AHBM-VP report`;
    byId("bar-title").textContent = `AHBM-VP / ${result.scenario}`;
    byId("scenario").textContent = result.scenario;
    const [kind, text] = verdict();
    byId("verdict").append(element("span", { class: `pill ${kind}` }, text));
    const shape = activity && activity.shape;
    byId("platform").textContent = [
        shape &&
            `${shape.sips} SIP${shape.sips > 1 ? "s" : ""} of ${shape.cube_columns} x ${shape.cube_rows} cubes ` +
                `with ${shape.pes} PEs`,
        Object.entries(parameters)
            .filter(([, value]) => value !== "" && value !== "null")
            .map(([key, value]) => `${key} ${value}`)
            .join(", "),
        `data ${result.data}`,
        `seed ${result.seed}`,
    ]
        .filter(Boolean)
        .join(" · ");

    const tiles = [
        ["simulated", duration(whole)],
        ["kernel execution", duration(times.execution)],
        ...Object.entries(result.figures).map(([key, value]) => figureOf(key, value)),
    ];
    byId("tiles").append(
        ...tiles
            .slice(0, 14)
            .map(([name, value]) =>
                element("div", { class: "tile" }, element("b", {}, value), element("span", {}, name)),
            ),
    );

    const parts = [
        ["set-up and host transfers", whole - times.total],
        ["dispatch to launch barrier", times.dispatch],
        ["kernel execution", times.execution],
        ["end skew and completion", times.total - times.dispatch - times.execution],
    ];
    chart("time-chart", () => ({
        tooltip: tooltip({
            formatter: (p) =>
                `${p.marker}${p.seriesName}<br><b>${duration(p.value)}</b>, ${percent((100 * p.value) / whole)}`,
        }),
        legend: legend({ bottom: 0, left: 0 }),
        grid: { left: 8, right: 12, top: 4, height: 34 },
        xAxis: { type: "value", max: whole, show: false },
        yAxis: { type: "category", data: [""], show: false },
        series: parts.map(([name, value], i) => ({
            name,
            type: "bar",
            stack: "time",
            data: [value],
            barWidth: 30,
            itemStyle: { color: palette()[[7, 5, 0, 6][i]] },
            label: {
                show: value > 0.12 * whole,
                formatter: percent((100 * value) / whole),
                color: "#fff",
                textBorderColor: "rgba(0,0,0,.45)",
                textBorderWidth: 2,
            },
        })),
    }));
    const engines = Object.entries(result.engines)
        .filter(([, use]) => use.busiest_ps > 0)
        .reverse();
    // Each of the time of its own kernels.
    const of = (ps, whole) => (whole > 0 ? (100 * ps) / whole : 0);
    chart("engine-chart", () => ({
        tooltip: tooltip({
            trigger: "axis",
            axisPointer: { type: "shadow" },
            valueFormatter: (value) => percent(value),
        }),
        legend: legend({ bottom: 0, left: 0 }),
        grid: { left: 80, right: 48, top: 4, bottom: 46 },
        xAxis: axis({ type: "value", max: 100, axisLabel: { formatter: "{value} %" } }),
        yAxis: axis({ type: "category", data: engines.map(([name]) => name) }),
        series: [
            ["mean PE", (use) => of(use.mean_ps, result.kernels.mean_ps), 0],
            ["most on one PE", (use) => of(use.busiest_ps, use.busiest_of_ps), 8],
        ].map(([name, share, c]) => ({
            name,
            type: "bar",
            data: engines.map(([, use]) => share(use)),
            barGap: "10%",
            itemStyle: { color: palette()[c], borderRadius: 2 },
        })),
    }));

    byId("why").append(...reasons(times).map((line) => element("li", {}, line)));
    const findings = [
        ...result.verifications.map((v) =>
            v.verdict === "passed"
                ? `Verified: ${v.what} (${count(v.elements)} elements).`
                : v.verdict === "failed"
                  ? `FAILED: ${v.what}: ${count(v.mismatches)} of ${count(v.elements)} elements differ.`
                  : `Not verified: ${v.what}.`,
        ),
        ...result.findings,
    ];
    if (result.findings.length === 0) findings.push("No races, no uninitialised reads.");
    byId("findings").append(...findings.map((line) => element("li", {}, line)));
}
