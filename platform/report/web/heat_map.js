// SPDX-License-Identifier: Apache-2.0
// The system as a map: SIPs, their cubes, a cube's routers; coloured by how busy links were at the chosen time.
const kinds = {
    all: ["all links", () => true],
    noc: ["cube NoC", (l) => /^r\d+c\d+\.to_(north|east|south|west)$/.test(l.local)],
    ucie: ["UCIe", (l) => /^(ucie_|phy).*\.to_die$/.test(l.local)],
    blocks: ["PE, HBM, SRAM, M_CPU", (l) => l.owner.includes(".cube") && !/^ucie_/.test(l.local) && !/\.to_(north|east|south|west)$/.test(l.local)],
    io: ["IO chiplet, switch, host", (l) => !l.owner.includes(".cube")],
};

/// What a rectangle of a map stands for: the first part of the names of its links, or "routers' local ports".
function blockOf(link) {
    const parts = link.local.split(".");
    return /^(ucie_|phy)/.test(parts[0]) ? `${parts[0]}.${parts[1]}` : parts[0];
}

const map = { owner: "", block: null, bin: 0 };

function chosenBins() {
    const span = byId("heat-span").value;
    if (span === "bin") return [map.bin];
    return bins.flatMap((bin, i) => span === "run" || bin.kernels ? [i] : []);
}

/// Busiest link by `group`, as { value, link }.
function busiestBy(some, group, chosen) {
    const found = new Map();
    for (const link of some) {
        const value = share(link, chosen), key = group(link), known = found.get(key);
        if (!known || value > known.value) found.set(key, { value, link });
    }
    return found;
}

/// Rectangles [left, top, right, bottom] of the whole system, with what they stand for.
function systemPlaces() {
    const { sips, cube_columns: w, cube_rows: h } = activity.shape;
    const columns = Math.ceil(Math.sqrt(sips)), places = [];
    places.push({ owner: "", title: "host, switch", at: [0, 0, columns * (w + 0.7) - 0.7, 0.7], text: "host, switch" });
    for (let sip = 0; sip < sips; ++sip) {
        const x = sip % columns * (w + 0.7), y = 1.2 + Math.floor(sip / columns) * (h + 1.6);
        places.push({ owner: `sip${sip}.io0`, at: [x, y, x + w, y + 0.8], text: `sip${sip} io` });
        for (let cube = 0; cube < w * h; ++cube) {
            const left = x + cube % w, top = y + 0.9 + Math.floor(cube / w);
            places.push({ owner: `sip${sip}.cube${cube}`, at: [left, top, left + 1, top + 1], text: sips <= 4 ? `${cube}` : "" });
        }
    }
    return places;
}

/// Of a cube: routers where they are, UCIe connections around them, HBM slices where no router is.
function cubePlaces() {
    const shape = activity.shape, hung = new Map();
    for (const [name, router] of shape.blocks) if (!name.startsWith("hbm")) hung.set(router, [...hung.get(router) ?? [], name]);
    const places = shape.routers.map(([row, column], i) => ({
        block: `r${row}c${column}`, at: [column + 1, row + 1, column + 2, row + 2], text: (hung.get(i) ?? []).join("\n"),
    }));
    const { router_rows: rows, router_columns: columns } = shape;
    for (const [side, connection, router] of shape.ucie) {
        const [row, column] = shape.routers[router];
        const at = { north: [column + 1, 0.3, column + 2, 0.85], south: [column + 1, rows + 1.15, column + 2, rows + 1.7],
            west: [0.3, row + 1, 0.85, row + 2], east: [columns + 1.15, row + 1, columns + 1.7, row + 2] }[side];
        places.push({ block: `ucie_${side}.conn${connection}`, at, text: "" });
    }
    const taken = new Set(shape.routers.map(([row, column]) => `${row},${column}`));
    const free = [];
    for (let row = 0; row < rows; ++row) for (let column = 0; column < columns; ++column) if (!taken.has(`${row},${column}`)) free.push([row, column]);
    const [top, left] = free[0] ?? [rows + 1, 0];
    const [bottom, right] = free.length > 0 ? free[free.length - 1].map((i) => i + 1) : [rows + 2, columns];
    const across = Math.ceil(Math.sqrt(shape.pes * (right - left) / (bottom - top) / 2)), down = Math.ceil(shape.pes / across);
    for (let pe = 0; pe < shape.pes; ++pe) {
        const x = left + 1 + (right - left) * (pe % across) / across, y = top + 1 + (bottom - top) * Math.floor(pe / across) / down;
        places.push({ block: `hbm${pe}`, at: [x, y, x + (right - left) / across, y + (bottom - top) / down], text: `hbm${pe}` });
    }
    return places;
}

/// Of anything else: its blocks in rows.
function listPlaces(owner) {
    const names = [...new Set(links.filter((link) => link.owner === owner).map(blockOf))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const across = Math.ceil(Math.sqrt(names.length));
    return names.map((block, i) => ({ block, at: [i % across, Math.floor(i / across), i % across + 1, Math.floor(i / across) + 1], text: block.replace(".conn", "\nconn") }));
}

/// A map as a custom series: rectangles, coloured by the visual map from the fifth value.
function mapOption(places, valueOf, chosenPlace, most, names) {
    const data = places.map((place) => ({ value: [...place.at, valueOf(place)?.value ?? 0], name: names(place), place }));
    const right = Math.max(...places.map((p) => p.at[2])), bottom = Math.max(...places.map((p) => p.at[3]));
    return {
        tooltip: tooltip({ formatter: ({ data: { name, place, value } }) => {
            const found = valueOf(place);
            return `<b>${escaped(name)}</b><br>` + (found ? `${percent(value[4])}<br>${escaped(found.link.name)}` : "no traffic");
        } }),
        grid: { left: 4, right: 4, top: 4, bottom: 34 },
        xAxis: { type: "value", min: 0, max: right, show: false }, yAxis: { type: "value", min: 0, max: bottom, inverse: true, show: false },
        visualMap: { min: 0, max: most, dimension: 4, orient: "horizontal", left: "center", bottom: 0, itemHeight: 180, itemWidth: 12, hoverLink: false,
            text: [`${most} %`, "0 %"], textStyle: { color: colour("quiet") }, inRange: { color: heat() } },
        series: [{ type: "custom", data, encode: { x: [0, 2], y: [1, 3] }, renderItem: (_, api) => {
            const [x0, y0] = api.coord([api.value(0), api.value(1)]), [x1, y1] = api.coord([api.value(2), api.value(3)]);
            const place = places[_.dataIndex], picked = chosenPlace(place);
            const dark = document.documentElement.dataset.scheme === "dark", level = api.value(4) / most;
            const gap = Math.min(2, (x1 - x0) * 0.06);
            return { type: "rect", shape: { x: x0 + gap, y: y0 + gap, width: x1 - x0 - 2 * gap, height: y1 - y0 - 2 * gap, r: 3 },
                style: { fill: api.visual("color"), stroke: picked ? colour("accent") : "transparent", lineWidth: picked ? 2.5 : 0 },
                emphasis: { style: { stroke: colour("accent"), lineWidth: 1.5 } },
                textContent: { style: { text: place.text, fontSize: Math.max(8, Math.min(12, (y1 - y0) * 0.42)), lineHeight: 13,
                    fill: dark ? (level > 0.7 ? "#1b222c" : "#dfe5ec") : (level > 0.5 ? "#ffffff" : "#3b4653") } },
                textConfig: { position: "inside" } };
        } }],
    };
}

function drawHeatMap() {
    if (activity.shape.sips > 4) for (const id of ["heat-system", "heat-block"]) byId(id).style.height = "600px";
    const kernels = bins.findIndex((bin) => bin.kernels);
    options(byId("heat-kind"), Object.entries(kinds).map(([key, [text]]) => [key, text]));
    const slider = byId("heat-time");
    slider.max = bins.length - 1;
    if (kernels < 0) byId("heat-span").querySelector('[value="kernels"]').disabled = true;

    let some = [], most = 5;
    const everything = bins.map((_, i) => i);
    const choose = () => {
        some = links.filter(kinds[byId("heat-kind").value][1]);
        let peak = 0;
        for (const link of some) for (const value of link.shares) peak = Math.max(peak, value);
        most = Math.max(5, Math.ceil(100 * peak / 65535 / 5) * 5);
    };
    choose();
    // Begin when cubes' links are busiest together, while kernels run if they do, with the cube of the busiest one.
    const inCubes = some.filter((link) => link.owner.includes(".cube"));
    const sums = bins.map((bin, i) => kernels < 0 || bin.kernels ? inCubes.reduce((sum, link) => sum + link.shares[i], 0) : -1);
    map.bin = sums.indexOf(Math.max(...sums));
    if (inCubes.length > 0) map.owner = inCubes.reduce((a, b) => b.shares[map.bin] > a.shares[map.bin] ? b : a).owner;
    slider.value = map.bin;

    const system = chart("heat-system", () => {
        const found = busiestBy(some, (link) => link.owner, chosenBins());
        return mapOption(systemPlaces(), (place) => found.get(place.owner), (place) => place.owner === map.owner, most, (place) => place.owner || "host and switch");
    });
    const places = () => map.owner.includes(".cube") ? cubePlaces() : listPlaces(map.owner);
    const block = chart("heat-block", () => {
        const found = busiestBy(some.filter((link) => link.owner === map.owner), blockOf, chosenBins());
        return mapOption(places(), (place) => found.get(place.block), (place) => place.block === map.block, most,
            (place) => [map.owner, place.block].filter(Boolean).join("."));
    });
    const shown = () => some.filter((link) => link.owner === map.owner && (map.block === null || blockOf(link) === map.block));
    const history = chart("heat-history", () => {
        const ranked = ranking().slice(0, 6);
        return {
            tooltip: tooltip({ trigger: "axis", formatter: (all) => `${binText(all[0].dataIndex)}<br>` + all.map((p) => `${p.marker}${escaped(p.seriesName)} <b>${percent(p.value)}</b>`).join("<br>") }),
            legend: legend({ type: "scroll", bottom: 0 }), grid: { left: 48, right: 12, top: 8, bottom: 48 },
            xAxis: axis({ type: "category", data: bins.map((bin) => instant(bin.from, bin.until - bin.from)), axisLabel: { interval: "auto" } }),
            yAxis: axis({ type: "value", min: 0, axisLabel: { formatter: "{value} %" } }),
            series: ranked.map(({ link }, i) => ({
                name: link.local, type: "line", step: "middle", symbol: "none", data: Array.from(link.shares, (v) => 100 * v / 65535), lineStyle: { width: 1.6 },
                ...(i === 0 ? { markLine: { symbol: "none", silent: true, label: { show: false }, lineStyle: { color: colour("text"), type: "solid", opacity: 0.5 },
                    data: byId("heat-span").value === "bin" ? [{ xAxis: map.bin }] : [] },
                markArea: { silent: true, itemStyle: { color: colour("accent"), opacity: 0.07 }, data: kernelAreas() } } : {}),
            })),
        };
    });

    function kernelAreas() {
        const areas = [];
        bins.forEach((bin, i) => {
            if (!bin.kernels) return;
            if (i > 0 && bins[i - 1].kernels) areas[areas.length - 1][1].xAxis = i;
            else areas.push([{ xAxis: i }, { xAxis: i }]);
        });
        return areas;
    }
    function binText(i) {
        const length = bins[i].until - bins[i].from;
        return `${instant(bins[i].from, length)} to ${instant(bins[i].until, length)}${bins[i].kernels ? ", kernels run" : ""}`;
    }
    function ranking() {
        const chosen = chosenBins();
        return shown().map((link) => ({ link, now: share(link, chosen), run: share(link, everything) })).sort((a, b) => b.now - a.now || b.run - a.run);
    }
    function listLinks() {
        byId("heat-links").replaceChildren(table([
            { title: "link", words: true, name: true, of: (r) => r.link.local },
            { title: "busy, as shown", of: (r) => percent(r.now), share: (r) => r.now },
            { title: "whole run", of: (r) => percent(r.run), share: (r) => r.run },
            { title: "busy time", of: (r) => duration(r.link.busy) },
            { title: "waited for", of: (r) => duration(r.link.queueing) },
            { title: "bytes", of: (r) => amount(r.link.bytes) },
            { title: "packets", of: (r) => count(r.link.packets) },
            { title: "bandwidth", of: (r) => perSecond(r.link.bytesPerSecond, "B") },
        ], ranking(), 12));
    }
    function describe() {
        const span = byId("heat-span").value;
        slider.disabled = span !== "bin";
        slider.setAttribute("aria-valuetext", binText(map.bin));
        byId("heat-when").textContent = span === "bin" ? binText(map.bin) : span === "run" ? `0 to ${duration(bins[bins.length - 1].until)}` : "all bins in which a kernel ran";
        byId("heat-owner").textContent = map.owner === "" ? "Host and switch" : map.owner;
        byId("heat-chosen").textContent = `Links of ${[map.owner || "host and switch", map.block].filter(Boolean).join(".")} over time`;
        listLinks();
    }
    function refresh() {
        for (const each of [system, block, history]) each.draw();
        describe();
    }
    slider.addEventListener("input", () => { map.bin = Number(slider.value); refresh(); });
    byId("heat-span").addEventListener("change", refresh);
    byId("heat-kind").addEventListener("change", () => { choose(); refresh(); });
    system.chart.on("click", (p) => { map.owner = p.data.place.owner; map.block = null; refresh(); });
    block.chart.on("click", (p) => { map.block = map.block === p.data.place.block ? null : p.data.place.block; refresh(); });
    history.chart.getZr().on("click", (event) => {
        const at = history.chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX);
        if (at >= 0 && at < bins.length) { byId("heat-span").value = "bin"; slider.value = map.bin = at; refresh(); }
    });
    let playing = null;
    byId("heat-play").addEventListener("click", () => {
        byId("heat-play").textContent = playing ? "Play" : "Stop";
        if (playing) { clearInterval(playing); playing = null; return; }
        byId("heat-span").value = "bin";
        playing = setInterval(() => { map.bin = (map.bin + 1) % bins.length; slider.value = map.bin; refresh(); }, 250);
    });
    describe();
}
