// SPDX-License-Identifier: Apache-2.0
// Figures and elements as people read them.
function scaled(value, units, step) {
    let unit = 0;
    while (Math.abs(value) >= step && unit + 1 < units.length) {
        value /= step;
        ++unit;
    }
    const digits =
        unit === 0 && Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : 3;
    return `${value.toFixed(digits)} ${units[unit]}`;
}
const duration = (ps) =>
    Math.abs(ps) < 1000 ? `${Math.round(ps)} ps` : scaled(ps / 1000, ["ns", "us", "ms", "s"], 1000);
/// A point in time, in as many digits as tell it from one `step` away.
function instant(ps, step) {
    const [unit, size] = ps >= 1e9 ? ["ms", 1e9] : ps >= 1e6 ? ["us", 1e6] : ["ns", 1e3];
    const digits = Math.min(6, Math.max(0, Math.ceil(Math.log10(size / Math.max(1, step)))));
    return `${(ps / size).toFixed(digits)} ${unit}`;
}
const amount = (bytes) => scaled(bytes, ["B", "kB", "MB", "GB", "TB"], 1000);
const count = (value) => Math.round(value).toLocaleString("en-US");
const perSecond = (value, what) =>
    scaled(
        value,
        ["", "k", "M", "G", "T", "P"].map((prefix) => `${prefix}${what}/s`),
        1000,
    );
const percent = (value) => (value > 0 && value < 0.1 ? "< 0.1 %" : `${value.toFixed(1)} %`);
/// A figure of the result, whose key ends in its unit: ["algbw", "2.528 GB/s"].
function figureOf(key, value) {
    const units = { ns: "ns", percent: "%", bytes: "B", gb_per_s: "GB/s", tflop_per_s: "TFLOP/s" };
    const text = Number(value.toPrecision(6)).toString();
    const end = Object.keys(units).find((unit) => key.endsWith(`_${unit}`));
    return end ? [key.slice(0, -end.length - 1), `${text} ${units[end]}`] : [key, text];
}
const byId = (id) => document.getElementById(id);
const escaped = (text) =>
    String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const shortName = (port) => port.replace(/^system\./, "");

/// Lines of a tooltip.
const lined = (...lines) => lines.filter(Boolean).join("<br>");
const bold = (text) => `<b>${escaped(text)}</b>`;

function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
}

/// Columns: { title, of: row -> text, share: row -> percent of the cell to fill, words: left and wrapping }.
function table(columns, rows, limit = 100) {
    const head = element(
        "tr",
        {},
        ...columns.map((c) => element("th", { class: c.words ? "words" : "", scope: "col" }, c.title)),
    );
    const body = element("tbody");
    const show = (some) =>
        body.append(
            ...some.map((row) =>
                element(
                    "tr",
                    {},
                    ...columns.map((c) => {
                        const cell = element(
                            "td",
                            {
                                class: [c.words && "words", c.name && "name", c.share && "share"]
                                    .filter(Boolean)
                                    .join(" "),
                            },
                            c.of(row),
                        );
                        if (c.share) cell.style.setProperty("--share", `${Math.min(100, c.share(row)).toFixed(1)}%`);
                        return cell;
                    }),
                ),
            ),
        );
    show(rows.slice(0, limit));
    const whole = element("div", {}, element("table", {}, element("thead", {}, head), body));
    if (rows.length > limit) {
        const more = element("button", { type: "button" }, `Show the other ${count(rows.length - limit)}`);
        more.addEventListener("click", () => {
            show(rows.slice(limit));
            more.remove();
        });
        whole.append(more);
    }
    return whole;
}

/// A table of texts whose first row is the heading.
function plainTable(rows) {
    const words = rows[0].map((_, i) =>
        rows.slice(1).some((row) => row[i] !== undefined && Number.isNaN(parseFloat(row[i]))),
    );
    return table(
        rows[0].map((title, i) => ({ title, words: words[i], of: (row) => row[i] ?? "" })),
        rows.slice(1),
    );
}

function options(select, entries) {
    select.replaceChildren(...entries.map(([value, text]) => element("option", { value }, text)));
}

/// Transactions of running kernels, apart from set-up, host and control.
const ofKernels = (row) => row.purpose === "kernel" || row.purpose === "credit";
/// A row of the ledger.
const className = (row) => `${row.purpose === "kernel" ? "" : `${row.purpose} `}${row.access} ${row.path}`;
