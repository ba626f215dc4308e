// SPDX-License-Identifier: Apache-2.0
// Launches: what they computed and moved, what bounds them, and where their phases' time goes.
const total = (counts, start) =>
    Object.entries(counts)
        .filter(([name]) => name.startsWith(start))
        .reduce((sum, [, value]) => sum + value, 0);

/// One entry per launch of the result, with what was counted of it.
function launchWork() {
    return result.launches.map((launch, index) => {
        const row = { index, launch, seconds: launch.execution_ps / 1e12, title: `${launch.kernel} #${index}` };
        if (!activity) return row;
        const { sum, most } = activity.work[index],
            peaks = activity.peaks;
        row.flop = sum.gemm_flop ?? 0;
        row.passes = sum.math_passes ?? 0;
        row.bytes = total(sum, "read_") + total(sum, "written_");
        row.sent = total(sum, "sent_");
        row.operations = row.flop > 0 ? row.flop : row.passes;
        const share = (amount, rate) => (row.seconds > 0 ? (100 * amount) / rate / row.seconds : 0);
        row.bounds = {
            "GEMM rate": share(most.gemm_flop ?? 0, peaks.gemm_flop),
            "MATH rate": share(most.math_passes ?? 0, peaks.math_passes),
            "HBM, own slice": share((most.read_own_slice ?? 0) + (most.written_own_slice ?? 0), peaks.hbm),
            "PE link, in": share(total(most, "read_"), peaks.link),
            "PE link, out": share(total(most, "written_") + total(most, "sent_"), peaks.link),
        };
        const inside = bins.flatMap((bin, i) =>
            bin.until > launch.exec_start_ps && bin.from < launch.exec_end_ps ? [i] : [],
        );
        const found = busiestWhile(inside);
        if (found) {
            row.link = found[0];
            row.linkShare = found[1];
        }
        [row.bound, row.ofBound] = Object.entries(row.bounds).reduce((a, b) => (b[1] > a[1] ? b : a));
        if (row.link && row.linkShare > row.ofBound)
            [row.bound, row.ofBound] = [`link ${row.link.name}`, row.linkShare];
        return row;
    });
}

function drawRoofline(rows) {
    const points = rows.filter((row) => row.operations > 0 && row.bytes > 0 && row.seconds > 0);
    const pes = Math.max(1, ...rows.map((row) => row.launch.pes)),
        peaks = activity.peaks;
    const roofs = [
        ["GEMM", peaks.gemm_flop * pes, "flop"],
        ["MATH", peaks.math_passes * pes, "op"],
    ];
    const memory = peaks.hbm * pes;
    const x = points.map((row) => row.operations / row.bytes);
    const low = Math.min(0.01, ...x) / 2,
        high = Math.max(1000, ...x) * 2;
    const series = roofs.map(([name, peak], i) => ({
        name: `${name} roof`,
        type: "line",
        symbol: "none",
        silent: true,
        data: [
            [low, low * memory],
            [peak / memory, peak],
            [high, peak],
        ].filter(([at, y]) => at >= low && y <= peak),
        lineStyle: { width: 2, type: i === 0 ? "solid" : "dashed" },
        endLabel: {
            show: true,
            formatter: `${name} ${perSecond(peak, roofs[i][2])}`,
            offset: [-8, -10],
            align: "right",
            color: colour("quiet"),
        },
    }));
    const byKernel = new Map();
    for (const row of points) byKernel.set(row.launch.kernel, [...(byKernel.get(row.launch.kernel) ?? []), row]);
    for (const [kernel, some] of byKernel)
        series.push({
            name: kernel,
            type: "scatter",
            symbolSize: 13,
            data: some.map((row, i) => ({
                value: [row.operations / row.bytes, row.operations / row.seconds],
                row,
                label: { show: i === 0 },
            })),
            label: {
                position: "bottom",
                distance: 8,
                lineHeight: 14,
                formatter: ({ data }) => `${kernel}\n${data.row.bound}`,
                color: colour("text"),
                fontSize: 11,
            },
            itemStyle: { borderColor: colour("card"), borderWidth: 1.5 },
        });
    return {
        tooltip: tooltip({
            formatter: ({ data: { row } }) =>
                row
                    ? lined(
                          `${bold(row.title)} on sip${row.launch.sip}, ${row.launch.pes} PEs`,
                          duration(row.launch.execution_ps),
                          perSecond(row.operations / row.seconds, row.flop > 0 ? "flop" : "op"),
                          `${(row.operations / row.bytes).toPrecision(3)} per byte of ${amount(row.bytes)}`,
                          `bound: ${escaped(row.bound)}, ${percent(row.ofBound)}`,
                      )
                    : "",
        }),
        title:
            points.length === 0
                ? {
                      text: "No launch computed and moved data by DMA",
                      left: "center",
                      top: "middle",
                      textStyle: { color: colour("quiet"), fontSize: 14, fontWeight: "normal" },
                  }
                : {
                      text: `HBM ${perSecond(memory, "B")}, ${pes} PEs`,
                      left: 70,
                      top: 4,
                      textStyle: { color: colour("quiet"), fontSize: 12, fontWeight: "normal" },
                  },
        legend: legend({ bottom: 0, type: "scroll" }),
        grid: { left: 70, right: 20, top: 30, bottom: 68 },
        xAxis: axis({
            type: "log",
            min: low,
            max: high,
            name: "operations per byte",
            nameLocation: "middle",
            nameGap: 24,
            axisLabel: { formatter: (v) => `${Number(v.toPrecision(2))}` },
        }),
        yAxis: axis({
            type: "log",
            min:
                10 **
                Math.floor(
                    Math.log10(Math.min(low * memory, ...points.map((row) => row.operations / row.seconds)) / 4),
                ),
            axisLabel: { formatter: (v) => perSecond(v, "op").replace(/\.0* /, " ") },
        }),
        series,
    };
}

function drawBounds(rows) {
    const some = rows.slice(0, 12).reverse(),
        names = Object.keys(some[0]?.bounds ?? {});
    const linkName = "busiest link";
    return {
        tooltip: tooltip({
            formatter: ({ seriesName, dataIndex, value, marker }) =>
                lined(
                    `${bold(some[dataIndex].title)}, ${duration(some[dataIndex].launch.execution_ps)}`,
                    seriesName === linkName && escaped(some[dataIndex].link.name),
                    `${marker}${seriesName}: ${percent(value)} of the execution time`,
                ),
        }),
        legend: legend({ bottom: 0, type: "scroll" }),
        grid: { left: 8, right: 24, top: 6, bottom: 56, containLabel: true },
        xAxis: axis({ type: "value", min: 0, max: 100, axisLabel: { formatter: "{value} %" } }),
        yAxis: axis({ type: "category", data: some.map((row) => `${row.title}, sip${row.launch.sip}`) }),
        series: [
            ...names.map((name) => ({ name, data: some.map((row) => row.bounds[name]) })),
            { name: linkName, data: some.map((row) => row.linkShare ?? 0) },
        ]
            .filter((s) => s.data.some((v) => v > 0))
            .map((s) => ({
                ...s,
                type: "bar",
                barMaxWidth: 14,
                barGap: "15%",
                label: {
                    show: some.length <= 2,
                    position: "right",
                    color: colour("quiet"),
                    fontSize: 11,
                    formatter: ({ value }) => percent(value),
                },
                itemStyle: { borderRadius: 2 },
            })),
    };
}

function drawCollective() {
    const figures = Object.fromEntries(Object.entries(result.figures).map(([key, value]) => figureOf(key, value)));
    const figure = (name) => figures[name];
    const place = byId("collective");
    if (figure("busbw")) {
        const columns = [
            ["size", figure("size")],
            ["type", parameters.dtype],
            ["redop", parameters.op],
            ["participants", figure("participants")],
            ["kernel time", figure("kernel_time")],
            ["dispatch", figure("dispatch_time")],
            ["completion", figure("completion_time")],
            ["algbw", figure("algbw")],
            ["busbw", figure("busbw")],
            ["bound", figure("bound_time")],
            ["of bound", figure("of_bound")],
        ].filter(([, value]) => value !== undefined);
        place.append(
            element("h3", {}, "Collective"),
            element(
                "div",
                { class: "scroll", id: "collective-table" },
                plainTable([columns.map(([name]) => name), columns.map(([, value]) => value)]),
            ),
        );
    }
    for (const each of result.tables.filter((table) => table !== traffic))
        place.append(element("h3", {}, each.title), element("div", { class: "scroll" }, plainTable(each.rows)));
}

function drawKernels() {
    drawCollective();
    const rows = launchWork();
    const columns = [
        { title: "#", of: (r) => r.index },
        { title: "kernel", words: true, of: (r) => r.launch.kernel },
        { title: "SIP", of: (r) => r.launch.sip },
        { title: "PEs", of: (r) => r.launch.pes },
        { title: "execution", of: (r) => duration(r.launch.execution_ps) },
        { title: "dispatch", of: (r) => duration(r.launch.dispatch_ps) },
        { title: "total", of: (r) => duration(r.launch.total_ps) },
    ];
    if (activity)
        columns.push(
            { title: "GEMM", of: (r) => (r.flop ? `${scaled(r.flop, ["", "k", "M", "G", "T"], 1000)}flop` : "") },
            { title: "MATH passes", of: (r) => (r.passes ? count(r.passes) : "") },
            { title: "DMA", of: (r) => amount(r.bytes) },
            { title: "queues", of: (r) => (r.sent ? amount(r.sent) : "") },
            { title: "nearest bound", words: true, of: (r) => r.bound ?? "" },
            { title: "of it", of: (r) => percent(r.ofBound), share: (r) => r.ofBound },
        );
    byId("launches").append(table(columns, rows));
    if (!activity) return;
    chart("roofline", () => drawRoofline(rows));
    byId("bounds").style.height = `${Math.max(380, 90 + 62 * Math.min(12, rows.length))}px`;
    chart("bounds", () => drawBounds(rows));
    const named = new Set(activity.phases.filter((p) => p.phase).map((p) => p.kernel));
    const engines = lanes.engines.slice(1).filter((name) => activity.phases.some((phase) => phase.busy_ps[name] > 0));
    byId("phases").append(
        table(
            [
                { title: "kernel", words: true, of: (p) => p.kernel },
                {
                    title: "phase",
                    words: true,
                    of: (p) => p.phase || (named.has(p.kernel) ? "before the first" : "the whole kernel"),
                },
                { title: "times", of: (p) => count(p.times) },
                { title: "mean", of: (p) => duration(p.total_ps / p.times) },
                { title: "longest", of: (p) => duration(p.longest_ps) },
                ...engines.map((name) => ({
                    title: name,
                    of: (p) => percent((100 * p.busy_ps[name]) / p.total_ps),
                    share: (p) => (100 * p.busy_ps[name]) / p.total_ps,
                })),
            ],
            activity.phases,
        ),
    );
}
