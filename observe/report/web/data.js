// SPDX-License-Identifier: Apache-2.0
// What the report is about: result.json and, when the run was looked at, its activity.
const { result, activity } = JSON.parse(document.getElementById("data").textContent);

/// Typed array from the base64 of its bytes.
function unpack(text, Type) {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < characters.length; ++i) bytes[i] = characters.charCodeAt(i);
    return new Type(bytes.buffer);
}

/// Every link and HBM slice that was used, with its share of each time bin.
const links =
    activity &&
    (() => {
        const packed = activity.links,
            bins = activity.axis.ends_ps.length;
        const owner = unpack(packed.owner, Uint16Array),
            local = unpack(packed.local, Uint16Array);
        const shares = unpack(packed.shares, Uint16Array);
        const [rate, busy, queueing, bytes, packets] = [
            unpack(packed.megabytes_per_second, Uint32Array),
            unpack(packed.busy_ps, Float64Array),
            unpack(packed.queueing_ps, Float64Array),
            unpack(packed.bytes, Float64Array),
            unpack(packed.packets, Float64Array),
        ];
        return Array.from(owner, (which, i) => ({
            owner: packed.owners[which],
            local: packed.locals[local[i]],
            name: [packed.owners[which], packed.locals[local[i]]].filter(Boolean).join("."),
            shares: shares.subarray(i * bins, (i + 1) * bins),
            bytesPerSecond: rate[i] * 1e6,
            busy: busy[i],
            queueing: queueing[i],
            bytes: bytes[i],
            packets: packets[i],
        }));
    })();

const bins =
    activity &&
    activity.axis.ends_ps.map((end, i, ends) => ({
        from: i === 0 ? 0 : ends[i - 1],
        until: end,
        kernels: activity.axis.kernels[i] === 1,
    }));

/// Share of the time of the chosen bins, in percent; a bin counts as long as it is.
function share(link, chosen) {
    let busy = 0,
        time = 0;
    for (const i of chosen) {
        const length = bins[i].until - bins[i].from;
        busy += (link.shares[i] / 65535) * length;
        time += length;
    }
    return time === 0 ? 0 : (100 * busy) / time;
}

/// Lanes of PEs: one entry per PE and engine that did something.
const lanes =
    activity &&
    (() => {
        const packed = activity.lanes;
        const arrays = {};
        for (const [name, Type] of Object.entries({
            pe: Uint32Array,
            engine: Uint8Array,
            slices: Uint32Array,
            busy_ps: Float64Array,
            from: Uint32Array,
            until: Uint32Array,
            jobs: Uint32Array,
            label: Uint16Array,
            share: Uint16Array,
        }))
            arrays[name] = unpack(packed[name], Type);
        let first = 0;
        const rows = Array.from(arrays.pe, (pe, i) => {
            const row = { pe, engine: arrays.engine[i], busy: arrays.busy_ps[i], first, count: arrays.slices[i] };
            first += row.count;
            return row;
        });
        return { rows, ...arrays, unit: packed.unit_ps, engines: packed.engines, labels: packed.labels };
    })();

/// "key: value" lines of YAML without nesting.
function flatYaml(text) {
    const pairs = text
        .split("\n")
        .map((line) => line.match(/^"?([^":]+)"?: (.*)$/))
        .filter(Boolean);
    return Object.fromEntries(pairs.map(([, key, value]) => [key, value.replace(/^"(.*)"$/, "$1")]));
}
const parameters = flatYaml(result.parameters);
