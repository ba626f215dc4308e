// SPDX-License-Identifier: Apache-2.0
// Latency against load, of a scenario that makes synthetic traffic. Its table begins with this title.
const traffic = result.tables.find((each) => each.title.startsWith("latency and throughput"));

function drawTraffic() {
    if (!traffic) return document.querySelectorAll(".needs-traffic").forEach((place) => place.remove());
    const [heading, ...rows] = traffic.rows;
    /// Of one column against another, as numbers.
    const points = (x, y) => rows.map((row) => [Number(row[heading.indexOf(x)]), Number(row[heading.indexOf(y)])]);
    const bound = Number(rows[0][heading.indexOf("bound")]);
    const most = Math.max(bound, ...points("offered", "offered").map(([load]) => load));
    const dashed = (name, data, more) => ({ name, type: "line", data, symbol: "none", lineStyle: { type: "dashed" }, ...more });
    const line = (name, x, y) => ({ name, type: "line", data: points(x, y), symbolSize: 7 });
    const load = (name) => axis({ type: "value", name, nameLocation: "middle", nameGap: 28, min: 0, max: Number((1.05 * most).toPrecision(2)) });
    const common = {
        legend: legend({ top: 0 }),
        grid: { left: 8, right: 24, top: 40, bottom: 36, containLabel: true },
        tooltip: tooltip({ trigger: "item", formatter: (p) => lined(bold(p.seriesName), `load ${p.value[0]}`, `${p.value[1]}`) }),
    };
    byId("traffic-note").textContent =
        `${traffic.title[0].toUpperCase()}${traffic.title.slice(1)}. Loads are shares of each source's injection bandwidth; the bound is the load at which the busiest links are busy all the time.`;
    chart("traffic-latency", () => ({
        ...common,
        xAxis: load("offered load"),
        yAxis: axis({ type: "log", name: "ns" }),
        series: [
            ...["mean", "p50", "p99"].map((name) => line(name, "offered", `${name} ns`)),
            dashed("zero load", points("offered", "zero load ns")),
            dashed("bound", [], { markLine: { symbol: "none", silent: true, label: { formatter: "bound", color: colour("quiet") }, data: [{ xAxis: bound }] } }),
        ],
    }));
    chart("traffic-throughput", () => ({
        ...common,
        xAxis: load("offered load"),
        yAxis: axis({ type: "value", name: "accepted", min: 0 }),
        series: [
            line("accepted", "offered", "accepted"),
            line("over the busiest links", "offered", "over busiest links"),
            dashed("bound", [[0, bound], [most, bound]]),
        ],
    }));
    byId("traffic-table").append(plainTable(traffic.rows));
}
