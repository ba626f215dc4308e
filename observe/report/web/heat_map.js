// SPDX-License-Identifier: Apache-2.0
// The system as a map: SIPs, their cubes, a cube's routers; coloured by how busy links were at the chosen time.
const kinds = {
    all: ["all links", () => true],
    noc: ["cube NoC", (l) => /^r\d+c\d+\.to_(north|east|south|west)$/.test(l.local)],
    ucie: ["UCIe", (l) => /^(ucie_|phy).*\.to_die$/.test(l.local)],
    blocks: [
        "PE, HBM, SRAM, M_CPU",
        (l) => l.owner.includes(".cube") && !/^ucie_/.test(l.local) && !/\.to_(north|east|south|west)$/.test(l.local),
    ],
    io: ["IO chiplet, switch, host", (l) => !l.owner.includes(".cube")],
};

/// PEs, M_CPU and SRAM show with the router they hang on.
const hangsOn = new Map(
    (activity?.shape.blocks ?? [])
        .filter(([name]) => !name.startsWith("hbm"))
        .map(([name, router]) => [name, `r${activity.shape.routers[router].join("c")}`]),
);

/// The rectangle of a map that a link belongs to.
function blockOf(link) {
    const parts = link.local.split(".");
    if (link.owner.includes(".cube") && hangsOn.has(parts[0])) return hangsOn.get(parts[0]);
    return /^(ucie_|phy)/.test(parts[0]) ? `${parts[0]}.${parts[1]}` : parts[0];
}

const map = { owner: "", block: null, bin: 0 };

function chosenBins() {
    const span = byId("heat-span").value;
    if (span === "bin") return [map.bin];
    return bins.flatMap((bin, i) => (span === "run" || bin.kernels ? [i] : []));
}

/// Busiest link by `group`, as { value, link }.
function busiestBy(some, group, chosen) {
    const found = new Map();
    for (const link of some) {
        const value = share(link, chosen),
            key = group(link),
            known = found.get(key);
        if (!known || value > known.value) found.set(key, { value, link });
    }
    return found;
}

function drawHeatMap() {
    if (activity.shape.sips > 4) for (const id of ["heat-system", "heat-block"]) byId(id).style.height = "600px";
    const kernels = bins.findIndex((bin) => bin.kernels);
    options(
        byId("heat-kind"),
        Object.entries(kinds).map(([key, [text]]) => [key, text]),
    );
    const slider = byId("heat-time");
    slider.max = bins.length - 1;
    if (kernels < 0) byId("heat-span").querySelector('[value="kernels"]').disabled = true;

    let some = [],
        most = 5;
    const everything = bins.map((_, i) => i);
    const choose = () => {
        some = links.filter(kinds[byId("heat-kind").value][1]);
        let peak = 0;
        for (const link of some) for (const value of link.shares) peak = Math.max(peak, value);
        most = Math.max(5, Math.ceil((100 * peak) / 65535 / 5) * 5);
    };
    choose();
    // Begin when cubes' links are busiest together, while kernels run if they do, with the cube of the busiest one.
    const inCubes = some.filter((link) => link.owner.includes(".cube"));
    const sums = bins.map((bin, i) =>
        kernels < 0 || bin.kernels ? inCubes.reduce((sum, link) => sum + link.shares[i], 0) : -1,
    );
    map.bin = sums.indexOf(Math.max(...sums));
    if (inCubes.length > 0) map.owner = inCubes.reduce((a, b) => (b.shares[map.bin] > a.shares[map.bin] ? b : a)).owner;
    slider.value = map.bin;

    const system = chart("heat-system", () => {
        const found = busiestBy(some, (link) => link.owner, chosenBins());
        return mapOption(
            systemPlaces(),
            (place) => found.get(place.owner),
            (place) => place.owner === map.owner,
            most,
            (place) => place.owner || "host and switch",
        );
    });
    const places = () => (map.owner.includes(".cube") ? cubePlaces() : listPlaces(map.owner));
    const block = chart("heat-block", () => {
        const found = busiestBy(
            some.filter((link) => link.owner === map.owner),
            blockOf,
            chosenBins(),
        );
        return mapOption(
            places(),
            (place) => found.get(place.block),
            (place) => place.block === map.block,
            most,
            (place) => [map.owner, place.block].filter(Boolean).join("."),
        );
    });
    const shown = () =>
        some.filter((link) => link.owner === map.owner && (map.block === null || blockOf(link) === map.block));
    const history = chart("heat-history", () => {
        const ranked = ranking().slice(0, 6);
        return {
            tooltip: tooltip({
                trigger: "axis",
                formatter: (all) =>
                    `${binText(all[0].dataIndex)}<br>` +
                    all.map((p) => `${p.marker}${escaped(p.seriesName)} <b>${percent(p.value)}</b>`).join("<br>"),
            }),
            legend: legend({ type: "scroll", bottom: 0 }),
            grid: { left: 48, right: 12, top: 8, bottom: 48 },
            xAxis: axis({
                type: "category",
                data: bins.map((bin) => instant(bin.from, bin.until - bin.from)),
                axisLabel: { interval: "auto" },
            }),
            yAxis: axis({ type: "value", min: 0, axisLabel: { formatter: "{value} %" } }),
            series: ranked.map(({ link }, i) => ({
                name: link.local,
                type: "line",
                step: "middle",
                symbol: "none",
                data: Array.from(link.shares, (v) => (100 * v) / 65535),
                lineStyle: { width: 1.6 },
                ...(i === 0
                    ? {
                          markLine: {
                              symbol: "none",
                              silent: true,
                              label: { show: false },
                              lineStyle: { color: colour("text"), type: "solid", opacity: 0.5 },
                              data: byId("heat-span").value === "bin" ? [{ xAxis: map.bin }] : [],
                          },
                          markArea: {
                              silent: true,
                              itemStyle: { color: colour("accent"), opacity: 0.07 },
                              data: kernelAreas(),
                          },
                      }
                    : {}),
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
        const when = `${instant(bins[i].from, length)} to ${instant(bins[i].until, length)}`;
        return bins[i].kernels ? `${when}, kernels run` : when;
    }
    function ranking() {
        const chosen = chosenBins();
        return shown()
            .map((link) => ({ link, now: share(link, chosen), run: share(link, everything) }))
            .sort((a, b) => b.now - a.now || b.run - a.run);
    }
    function listLinks() {
        byId("heat-links").replaceChildren(
            table(
                [
                    { title: "link", words: true, name: true, of: (r) => r.link.local },
                    { title: "busy, as shown", of: (r) => percent(r.now), share: (r) => r.now },
                    { title: "whole run", of: (r) => percent(r.run), share: (r) => r.run },
                    { title: "busy time", of: (r) => duration(r.link.busy) },
                    { title: "waited for", of: (r) => duration(r.link.queueing) },
                    { title: "bytes", of: (r) => amount(r.link.bytes) },
                    { title: "packets", of: (r) => count(r.link.packets) },
                    { title: "bandwidth", of: (r) => perSecond(r.link.bytesPerSecond, "B") },
                ],
                ranking(),
                12,
            ),
        );
    }
    function describe() {
        const span = byId("heat-span").value;
        slider.disabled = span !== "bin";
        slider.setAttribute("aria-valuetext", binText(map.bin));
        byId("heat-when").textContent =
            span === "bin"
                ? binText(map.bin)
                : span === "run"
                  ? `0 to ${duration(bins[bins.length - 1].until)}`
                  : "all bins in which a kernel ran";
        byId("heat-owner").textContent = map.owner === "" ? "Host and switch" : map.owner;
        byId("heat-chosen").textContent =
            `Links of ${[map.owner || "host and switch", map.block].filter(Boolean).join(".")} over time`;
        listLinks();
    }
    function refresh() {
        for (const each of [system, block, history]) each.draw();
        describe();
    }
    slider.addEventListener("input", () => {
        map.bin = Number(slider.value);
        refresh();
    });
    byId("heat-span").addEventListener("change", refresh);
    byId("heat-kind").addEventListener("change", () => {
        choose();
        refresh();
    });
    system.chart.on("click", (p) => {
        map.owner = p.data.place.owner;
        map.block = null;
        refresh();
    });
    block.chart.on("click", (p) => {
        map.block = map.block === p.data.place.block ? null : p.data.place.block;
        refresh();
    });
    history.chart.getZr().on("click", (event) => {
        const at = history.chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX);
        if (at >= 0 && at < bins.length) {
            byId("heat-span").value = "bin";
            slider.value = map.bin = at;
            refresh();
        }
    });
    let playing = null;
    byId("heat-play").addEventListener("click", () => {
        byId("heat-play").textContent = playing ? "Play" : "Stop";
        if (playing) {
            clearInterval(playing);
            playing = null;
            return;
        }
        byId("heat-span").value = "bin";
        playing = setInterval(() => {
            map.bin = (map.bin + 1) % bins.length;
            slider.value = map.bin;
            refresh();
        }, 250);
    });
    describe();
}
