// SPDX-License-Identifier: Apache-2.0
// Charts in the colours of the page, drawn again when those or the size change.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const palette = () => Array.from({ length: 9 }, (_, i) => colour(`c${i}`));
const drawn = [];

/// `option`: what ECharts is told, made anew for each drawing. Returns { chart, draw }.
function chart(id, option) {
    const instance = echarts.init(byId(id));
    const draw = () => {
        const text = { color: colour("text") };
        instance.setOption(
            {
                color: palette(),
                textStyle: { ...text, fontFamily: getComputedStyle(document.body).fontFamily },
                animation: false,
                aria: { enabled: true },
                ...option(),
            },
            { notMerge: true },
        );
    };
    drawn.push({ instance, draw });
    draw();
    return { chart: instance, draw };
}

const tooltip = (more = {}) => ({
    confine: true,
    backgroundColor: colour("card"),
    borderColor: colour("line"),
    textStyle: { color: colour("text"), fontSize: 13 },
    ...more,
});
const axis = (more = {}) => ({
    axisLine: { lineStyle: { color: colour("line") } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colour("line"), opacity: 0.6 } },
    nameTextStyle: { color: colour("quiet") },
    ...more,
    axisLabel: { color: colour("quiet"), hideOverlap: true, ...more.axisLabel },
});
const legend = (more = {}) => ({
    textStyle: { color: colour("quiet") },
    itemWidth: 12,
    itemHeight: 12,
    icon: "roundRect",
    ...more,
});
const heat = () => [0, 1, 2, 3, 4].map((i) => colour(`heat${i}`));

function useScheme(scheme) {
    document.documentElement.dataset.scheme = scheme;
    byId("scheme").textContent = scheme === "dark" ? "Light" : "Dark";
    for (const each of drawn) each.draw();
}

function followScheme() {
    const preferred = matchMedia("(prefers-color-scheme: dark)");
    useScheme(preferred.matches ? "dark" : "light");
    preferred.addEventListener("change", () => useScheme(preferred.matches ? "dark" : "light"));
    byId("scheme").addEventListener("click", () =>
        useScheme(document.documentElement.dataset.scheme === "dark" ? "light" : "dark"),
    );
    addEventListener("resize", () => {
        for (const each of drawn) each.instance.resize();
    });
}
