// SPDX-License-Identifier: Apache-2.0
// Where transactions spend their time, by path class.
const parts = ["issue", "queueing", "serialisation", "noc", "ucie", "io", "service"]; // in the order of the way

function drawLatency() {
    const paths = [...result.fabric.paths.filter(ofKernels), ...result.fabric.paths.filter((p) => !ofKernels(p))],
        names = parts.filter((name) => paths.some((path) => name in path.parts_ps));
    const title = className;
    byId("latency-chart").style.height = `${100 + 34 * paths.length}px`;
    const drawing = chart("latency-chart", () => {
        const kind = byId("latency-kind").value,
            some = [...paths].reverse();
        const value = (path, name) =>
            kind === "mean"
                ? path.parts_ps[name] / path.transactions
                : kind === "share"
                  ? (100 * path.parts_ps[name]) / Math.max(1, path.latency_ps)
                  : path.parts_ps[name];
        const text = kind === "share" ? percent : duration;
        return {
            tooltip: tooltip({
                trigger: "axis",
                axisPointer: { type: "shadow" },
                formatter: (all) => {
                    const path = some[all[0].dataIndex];
                    return lined(
                        `${bold(title(path))}, ${count(path.transactions)} transactions, ${amount(path.bytes)}`,
                        `mean ${duration(path.latency_ps / path.transactions)}`,
                        `longest ${duration(path.max_latency_ps)}`,
                        ...all
                            .filter((p) => p.value > 0)
                            .map((p) => `${p.marker}${p.seriesName} ${bold(text(p.value))}`),
                    );
                },
            }),
            legend: legend({ bottom: 0 }),
            grid: { left: 8, right: 24, top: 6, bottom: 40, containLabel: true },
            xAxis: axis({
                type: "value",
                max: kind === "share" ? 100 : undefined,
                axisLabel: { formatter: (v) => (kind === "share" ? `${v} %` : duration(v)) },
            }),
            yAxis: axis({ type: "category", data: some.map(title) }),
            series: names.map((name) => ({
                name,
                type: "bar",
                stack: "latency",
                data: some.map((path) => value(path, name)),
                barMaxWidth: 20,
                itemStyle: { color: palette()[[7, 3, 0, 2, 4, 1, 5][parts.indexOf(name)]] },
            })),
        };
    });
    byId("latency-kind").addEventListener("change", drawing.draw);
    byId("latency-table").append(
        table(
            [
                { title: "path", words: true, of: title },
                { title: "transactions", of: (p) => count(p.transactions) },
                { title: "bytes", of: (p) => amount(p.bytes) },
                { title: "mean", of: (p) => duration(p.latency_ps / p.transactions) },
                { title: "longest", of: (p) => duration(p.max_latency_ps) },
                ...names.map((name) => ({
                    title: name,
                    of: (p) => duration(p.parts_ps[name] / p.transactions),
                    share: (p) => (100 * p.parts_ps[name]) / Math.max(1, p.latency_ps),
                })),
            ],
            paths,
        ),
    );
    drawLedger();
}
