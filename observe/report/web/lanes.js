// SPDX-License-Identifier: Apache-2.0
// What the engines of a cube's PEs did, a row each.
function drawLanes() {
    const { sips, cube_columns, cube_rows, pes } = activity.shape,
        cubes = cube_columns * cube_rows;
    // Begin with the cube whose engines did most.
    const work = new Float64Array(sips * cubes);
    for (const row of lanes.rows)
        if (row.engine !== 0 && lanes.engines[row.engine] !== "waiting") work[Math.floor(row.pe / pes)] += row.busy;
    const first = work.indexOf(Math.max(...work));
    const rangeOf = (n, name) => Array.from({ length: n }, (_, i) => [i, `${name}${i}`]);
    options(byId("lanes-sip"), rangeOf(sips, "sip"));
    options(byId("lanes-cube"), rangeOf(cubes, "cube"));
    byId("lanes-sip").value = Math.floor(first / cubes);
    byId("lanes-cube").value = first % cubes;
    const span = (launch) => [launch.exec_start_ps, launch.exec_end_ps];
    const launches = result.launches.slice(0, 200);
    options(byId("lanes-zoom"), [
        ...launches.map((launch, i) => [i, `launch ${i}: ${launch.kernel} on sip${launch.sip}`]),
        ["run", "the whole run"],
    ]);
    const mine = launches.findIndex((launch) => launch.sip === Number(byId("lanes-sip").value));
    if (mine >= 0) byId("lanes-zoom").value = mine;
    const resolution = activity.lanes.resolution_ps;
    byId("lanes-note").textContent =
        resolution === 0
            ? "Every slice is shown as it was; jobs that follow each other at once are one slice."
            : `Gaps shorter than ${duration(resolution)} are closed and slices shorter than that are merged; ` +
              "a merged slice is paler and says how much of it was busy.";

    const engineColours = [0, 0, 1, 6, 5, 3, 2, 4, 8];
    const labelText = (label) => (label === 0 ? "" : lanes.labels[label].filter(Boolean).join(": "));
    const colourOf = (engine, label) =>
        engine === 0 ? ["#5b6b80", "#8292a8", "#46566b", "#6f8f9f"][label % 4] : palette()[engineColours[engine]];
    let rows = [],
        visible = 0;
    let fills = new Map(); // looking a style up costs more than drawing a slice
    const fill = (engine, label) => {
        const key = engine === 0 ? label : -engine;
        if (!fills.has(key)) fills.set(key, colourOf(engine, label));
        return fills.get(key);
    };
    const choose = () => {
        const cube = Number(byId("lanes-sip").value) * cubes + Number(byId("lanes-cube").value);
        rows = lanes.rows.filter((row) => Math.floor(row.pe / pes) === cube);
        byId("lanes-chart").style.height = `${Math.max(160, 96 + 17 * rows.length)}px`;
    };
    choose();
    const drawing = chart("lanes-chart", () => {
        fills = new Map();
        const names = rows.map((row) => `pe${row.pe % pes} ${lanes.engines[row.engine]}`);
        const data = [];
        rows.forEach((row, y) => {
            for (let i = row.first; i < row.first + row.count; ++i)
                data.push([
                    lanes.from[i] * lanes.unit,
                    lanes.until[i] * lanes.unit,
                    y,
                    row.engine,
                    lanes.label[i],
                    lanes.share[i] / 65535,
                    lanes.jobs[i],
                ]);
        });
        const zoom = byId("lanes-zoom").value,
            [from, until] = zoom === "run" ? [0, result.simulated_ps] : span(result.launches[zoom]);
        visible = until - from;
        const margin = zoom === "run" ? 0 : 0.02 * (until - from);
        const window = {
            startValue: Math.max(0, from - margin),
            endValue: until + margin,
            filterMode: "weakFilter",
            minValueSpan: 1000,
        };
        return {
            tooltip: tooltip({
                formatter: ({ value: [a, b, y, engine, label, busy, jobs] }) =>
                    lined(
                        `${bold(names[y])} ${escaped(labelText(label))}`,
                        `${instant(a, b - a)} to ${instant(b, b - a)}: ${duration(b - a)}`,
                        engine !== 0 && `${percent(100 * busy)} busy, ${count(jobs)} jobs`,
                    ),
            }),
            title:
                rows.length === 0
                    ? {
                          text: "No PE of this cube did anything",
                          left: "center",
                          top: "middle",
                          textStyle: { color: colour("quiet"), fontSize: 14, fontWeight: "normal" },
                      }
                    : undefined,
            grid: { left: 112, right: 16, top: 26, bottom: 62 },
            xAxis: axis({
                type: "value",
                min: 0,
                max: Math.max(result.simulated_ps, bins[bins.length - 1].until),
                position: "top",
                axisLabel: { formatter: (v) => instant(v, visible / 50) },
                splitLine: { show: true, lineStyle: { color: colour("line"), opacity: 0.5 } },
            }),
            yAxis: axis({
                type: "category",
                data: names,
                inverse: true,
                axisLabel: {
                    fontSize: 11,
                    interval: 0,
                    formatter: (name, y) =>
                        rows[y]?.engine === 0 || rows[y]?.pe !== rows[y - 1]?.pe
                            ? `{pe|${name}}`
                            : name.slice(name.indexOf(" ") + 1),
                    rich: { pe: { fontWeight: 700, color: colour("text"), fontSize: 11 } },
                },
            }),
            dataZoom: [
                { type: "inside", zoomOnMouseWheel: "ctrl", ...window },
                {
                    type: "slider",
                    ...window,
                    bottom: 8,
                    height: 26,
                    borderColor: colour("line"),
                    textStyle: { color: colour("quiet") },
                    labelFormatter: (v) => instant(v, visible / 50),
                    fillerColor: "rgba(110,168,255,.18)",
                    backgroundColor: colour("cell"),
                    showDataShadow: false,
                },
            ],
            series: [
                {
                    type: "custom",
                    data,
                    encode: { x: [0, 1], y: 2 },
                    progressive: 4000,
                    clip: true,
                    renderItem: (params, api) => {
                        const [x0, y] = api.coord([api.value(0), api.value(2)]),
                            [x1] = api.coord([api.value(1), api.value(2)]);
                        const height = 12,
                            area = params.coordSys;
                        const left = Math.max(x0, area.x),
                            right = Math.min(Math.max(x1, x0 + 1), area.x + area.width);
                        if (right <= left) return null;
                        const engine = api.value(3),
                            label = api.value(4),
                            text = engine === 0 ? lanes.labels[label][1] || lanes.labels[label][0] : "";
                        return {
                            type: "rect",
                            shape: {
                                x: left,
                                y: y - height / 2,
                                width: right - left,
                                height,
                                r: Math.min(2, (right - left) / 3),
                            },
                            style: { fill: fill(engine, label), opacity: 0.35 + 0.65 * api.value(5) },
                            textContent:
                                right - left > 60 && text
                                    ? {
                                          style: {
                                              text,
                                              fontSize: 10,
                                              fill: "#fff",
                                              textStroke: "rgba(0,0,0,.4)",
                                              width: right - left - 6,
                                              overflow: "truncate",
                                          },
                                      }
                                    : undefined,
                            textConfig: { position: "inside" },
                        };
                    },
                },
            ],
        };
    });

    drawing.chart.on("datazoom", (event) => {
        const { start, end } = event.batch?.[0] ?? event;
        visible = ((end - start) / 100) * result.simulated_ps;
    });
    for (const id of ["lanes-sip", "lanes-cube", "lanes-zoom"]) {
        byId(id).addEventListener("change", () => {
            choose();
            drawing.draw();
            drawing.chart.resize();
        });
    }
    byId("lanes-legend").append(
        ...lanes.engines.slice(1).map((name, i) => {
            const mark = element("i");
            mark.style.background = `var(--c${engineColours[i + 1]})`;
            return element("span", {}, mark, name);
        }),
    );
}
