// SPDX-License-Identifier: Apache-2.0
// Links of the result, configuration, and what it takes to get the same again.
function drawLinks() {
    const columns = (first, most) => [
        { title: "link", words: true, name: true, of: (l) => shortName(l.port) },
        ...first,
        { title: "bytes", of: (l) => amount(l.bytes) },
        { title: "packets", of: (l) => count(l.packets) },
    ];
    const busy = {
        title: "busy",
        of: (l) => duration(l.busy_ps),
        share: (l) => (100 * l.busy_ps) / result.simulated_ps,
    };
    const wait = { title: "waited for", of: (l) => duration(l.queueing_ps) };
    const mean = { title: "per packet", of: (l) => duration(l.queueing_ps / l.packets) };
    byId("busiest").append(
        table(
            columns([busy, { title: "of the run", of: (l) => percent((100 * l.busy_ps) / result.simulated_ps) }]),
            result.fabric.busiest_links,
        ),
    );
    byId("contenders").append(table(columns([wait, mean]), result.fabric.top_contenders));
}

function drawConfiguration() {
    const lines = result.configuration.split("\n");
    const show = () => {
        const wanted = byId("config-find").value.trim().toLowerCase();
        byId("config").replaceChildren(
            ...lines.flatMap((line) => {
                const found = wanted !== "" && line.toLowerCase().includes(wanted);
                return found ? [element("span", { class: "found" }, line)] : [`${line}\n`];
            }),
        );
        byId("config").querySelector(".found")?.scrollIntoView({ block: "nearest" });
    };
    byId("config-find").addEventListener("input", show);
    show();
}

function drawRun() {
    const rows = [
        ["program", activity ? `AHBM-VP ${activity.program}` : "not kept"],
        ["command", activity ? activity.command : "not kept"],
        ["scenario", result.scenario],
        ["seed", String(result.seed)],
        ["data", result.data],
        ["digest of the result", result.digest],
        ["schema of the result", `${result.schema} ${result.version}`],
    ];
    byId("reproduce").append(
        table(
            [
                { title: "", words: true, of: ([name]) => name },
                { title: "", words: true, name: true, of: ([, value]) => value },
            ],
            rows,
        ),
    );
    byId("parameters").textContent = result.parameters;
}
