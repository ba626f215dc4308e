// SPDX-License-Identifier: Apache-2.0
// Maps as rectangles [left, top, right, bottom]: where blocks are, and how ECharts draws them.

/// Rectangles [left, top, right, bottom] of the whole system, with what they stand for.
function systemPlaces() {
    const { sips, cube_columns: w, cube_rows: h } = activity.shape;
    const columns = Math.ceil(Math.sqrt(sips)),
        places = [];
    places.push({ owner: "", title: "host, switch", at: [0, 0, columns * (w + 0.7) - 0.7, 0.7], text: "host, switch" });
    for (let sip = 0; sip < sips; ++sip) {
        const x = (sip % columns) * (w + 0.7),
            y = 1.2 + Math.floor(sip / columns) * (h + 1.6);
        places.push({ owner: `sip${sip}.io0`, at: [x, y, x + w, y + 0.8], text: `sip${sip} io` });
        for (let cube = 0; cube < w * h; ++cube) {
            const left = x + (cube % w),
                top = y + 0.9 + Math.floor(cube / w);
            places.push({
                owner: `sip${sip}.cube${cube}`,
                at: [left, top, left + 1, top + 1],
                text: sips <= 4 ? `${cube}` : "",
            });
        }
    }
    return places;
}

/// Of a cube: routers where they are, UCIe connections around them, HBM slices where no router is.
function cubePlaces() {
    const shape = activity.shape,
        hung = new Map();
    for (const [name, router] of shape.blocks)
        if (!name.startsWith("hbm")) hung.set(router, [...(hung.get(router) ?? []), name]);
    const places = shape.routers.map(([row, column], i) => ({
        block: `r${row}c${column}`,
        at: [column + 1, row + 1, column + 2, row + 2],
        text: (hung.get(i) ?? []).join("\n"),
    }));
    const { router_rows: rows, router_columns: columns } = shape;
    for (const [side, connection, router] of shape.ucie) {
        const [row, column] = shape.routers[router];
        const at = {
            north: [column + 1, 0.3, column + 2, 0.85],
            south: [column + 1, rows + 1.15, column + 2, rows + 1.7],
            west: [0.3, row + 1, 0.85, row + 2],
            east: [columns + 1.15, row + 1, columns + 1.7, row + 2],
        }[side];
        places.push({ block: `ucie_${side}.conn${connection}`, at, text: "" });
    }
    const taken = new Set(shape.routers.map(([row, column]) => `${row},${column}`));
    const free = [];
    for (let row = 0; row < rows; ++row)
        for (let column = 0; column < columns; ++column) if (!taken.has(`${row},${column}`)) free.push([row, column]);
    const [top, left] = free[0] ?? [rows + 1, 0];
    const [bottom, right] = free.length > 0 ? free[free.length - 1].map((i) => i + 1) : [rows + 2, columns];
    const across = Math.ceil(Math.sqrt((shape.pes * (right - left)) / (bottom - top) / 2)),
        down = Math.ceil(shape.pes / across);
    for (let pe = 0; pe < shape.pes; ++pe) {
        const x = left + 1 + ((right - left) * (pe % across)) / across,
            y = top + 1 + ((bottom - top) * Math.floor(pe / across)) / down;
        places.push({
            block: `hbm${pe}`,
            at: [x, y, x + (right - left) / across, y + (bottom - top) / down],
            text: `hbm${pe}`,
        });
    }
    return places;
}

/// Of anything else: its blocks in rows.
function listPlaces(owner) {
    const names = [...new Set(links.filter((link) => link.owner === owner).map(blockOf))].sort((a, b) =>
        a.localeCompare(b, "en", { numeric: true }),
    );
    const across = Math.ceil(Math.sqrt(names.length));
    return names.map((block, i) => ({
        block,
        at: [i % across, Math.floor(i / across), (i % across) + 1, Math.floor(i / across) + 1],
        text: block.replace(".conn", "\nconn"),
    }));
}

/// A map as a custom series: rectangles, coloured by the visual map from the fifth value.
function mapOption(places, valueOf, chosenPlace, most, names) {
    const data = places.map((place) => ({
        value: [...place.at, valueOf(place)?.value ?? 0],
        name: names(place),
        place,
    }));
    const right = Math.max(...places.map((p) => p.at[2])),
        bottom = Math.max(...places.map((p) => p.at[3]));
    return {
        tooltip: tooltip({
            formatter: ({ data: { name, place, value } }) => {
                const found = valueOf(place);
                return (
                    `<b>${escaped(name)}</b><br>` +
                    (found ? `${percent(value[4])}<br>${escaped(found.link.name)}` : "no traffic")
                );
            },
        }),
        grid: { left: 4, right: 4, top: 4, bottom: 34 },
        xAxis: { type: "value", min: 0, max: right, show: false },
        yAxis: { type: "value", min: 0, max: bottom, inverse: true, show: false },
        visualMap: {
            min: 0,
            max: most,
            dimension: 4,
            orient: "horizontal",
            left: "center",
            bottom: 0,
            itemHeight: 180,
            itemWidth: 12,
            hoverLink: false,
            text: [`${most} %`, "0 %"],
            textStyle: { color: colour("quiet") },
            inRange: { color: heat() },
        },
        series: [
            {
                type: "custom",
                data,
                encode: { x: [0, 2], y: [1, 3] },
                renderItem: (_, api) => {
                    const [x0, y0] = api.coord([api.value(0), api.value(1)]),
                        [x1, y1] = api.coord([api.value(2), api.value(3)]);
                    const place = places[_.dataIndex],
                        picked = chosenPlace(place);
                    const dark = document.documentElement.dataset.scheme === "dark",
                        level = api.value(4) / most;
                    const gap = Math.min(2, (x1 - x0) * 0.06);
                    return {
                        type: "rect",
                        shape: { x: x0 + gap, y: y0 + gap, width: x1 - x0 - 2 * gap, height: y1 - y0 - 2 * gap, r: 3 },
                        style: {
                            fill: api.visual("color"),
                            stroke: picked ? colour("accent") : "transparent",
                            lineWidth: picked ? 2.5 : 0,
                        },
                        emphasis: { style: { stroke: colour("accent"), lineWidth: 1.5 } },
                        textContent: {
                            style: {
                                text: place.text,
                                fontSize: Math.max(8, Math.min(12, (y1 - y0) * 0.42)),
                                lineHeight: 13,
                                fill: dark
                                    ? level > 0.7
                                        ? "#1b222c"
                                        : "#dfe5ec"
                                    : level > 0.5
                                      ? "#ffffff"
                                      : "#3b4653",
                            },
                        },
                        textConfig: { position: "inside" },
                    };
                },
            },
        ],
    };
}
