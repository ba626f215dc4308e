// SPDX-License-Identifier: Apache-2.0
#include "app/topo_command.h"

#include "app/floor_plan.h"
#include "app/output_paths.h"
#include "interconnect/topology/sip_grid.h"
#include "observe/measurements.h"
#include "sim/whole_file.h"

#include <fmt/format.h>

namespace ahbm::cli {
namespace {

/// Cubes of every SIP with their UCIe neighbours, and the routers of cube 0 with what hangs on them.
std::string describe(const PlatformConfig& config) {
    const SipGrid grid(config.sip.cube_mesh, config.sip.cube.noc, config.sip.ucie, config.sip.io_noc);
    const CubeGeometry& cube = grid.cube();
    std::string dot = "graph ahbm {\n  layout=neato; node [shape=box, fontname=\"sans-serif\", fontsize=9];\n";
    const unsigned w = config.sip.cube_mesh.w, h = config.sip.cube_mesh.h;
    const double step = w + 1.5;
    dot += fmt::format("  host [pos=\"{},{}!\"]; switch0 [pos=\"{},{}!\"]; host -- switch0;\n", -2.0, 2.0, -0.5, 2.0);
    for (unsigned s = 0; s < config.sips.count; ++s) {
        const double x0 = s * step;
        dot += fmt::format(
            "  sip{}_io [label=\"sip{} io0\", pos=\"{},{}!\", style=filled, fillcolor=\"#dbe9f6\"]; switch0 -- "
            "sip{}_io;\n",
            s, s, x0 + (w - 1) / 2.0, 1.0, s);
        for (unsigned c = 0; c < w * h; ++c) {
            dot += fmt::format("  sip{}_c{} [label=\"cube{}\", pos=\"{},{}!\"];\n", s, c, c, x0 + c % w,
                               -static_cast<double>(c / w));
            for (const Direction side : {Direction::east, Direction::south})
                if (const auto next = grid.neighbour(CubeId{c}, side))
                    dot += fmt::format("  sip{}_c{} -- sip{}_c{};\n", s, c, s, next->value);
            if (c < w) dot += fmt::format("  sip{}_io -- sip{}_c{};\n", s, s, c);
        }
    }
    const double y0 = -static_cast<double>(h) - 1;
    for (unsigned r = 0; r < cube.router_count(); ++r) {
        const CubeRouterId router{r};
        std::string label = cube.name(router);
        for (unsigned p = 0; p < cube.pe_count(); ++p)
            if (cube.pe(PeId{p}).router == router) label += fmt::format("\\npe{} hbm{}", p, p);
        if (cube.m_cpu().router == router) label += "\\nm_cpu";
        if (cube.sram().router == router) label += "\\nsram";
        const GridCell cell = cube.cell(router);
        dot += fmt::format("  r{} [label=\"{}\", pos=\"{},{}!\", style=filled, fillcolor=\"#eef5e6\"];\n", r, label,
                           1.1 * cell.column, y0 - 0.7 * cell.row);
        for (const Direction side : {Direction::east, Direction::south})
            if (const auto next = cube.neighbour(router, side)) dot += fmt::format("  r{} -- r{};\n", r, next->value);
    }
    return dot + "}\n";
}

}  // namespace

int topo_command(const std::string& topology, const PlatformConfig& config, const std::string& dot_file,
                 const std::string& svg_file) {
    OutputPaths outputs;
    outputs.reads_configuration("--topology", topology);
    outputs.add("--dot", dot_file);
    outputs.add("--svg", svg_file);
    unsigned total = 0;
    std::string table;
    for (const auto& [kind, count] : inventory(config)) {
        table += fmt::format("  {:<18}{:>7}\n", kind, count);
        total += count;
    }
    if (!outputs.have_standard_output()) fmt::print("{}  {:<18}{:>7}\n", table, "total", total);
    if (!dot_file.empty()) sim::write_file(dot_file, describe(config));
    if (!svg_file.empty()) sim::write_file(svg_file, floor_plan_svg(config));
    return 0;
}

}  // namespace ahbm::cli
