// SPDX-License-Identifier: Apache-2.0
#include "app/floor_plan.h"

#include "interconnect/topology/sip_grid.h"
#include "interconnect/topology/system_routing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <vector>

namespace ahbm::cli {
namespace {

struct Point {
    double x = 0, y = 0;
    friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
};

struct Box {
    Point centre;
    double w = 0, h = 0;
    bool meets(const Box& other) const {
        return std::abs(centre.x - other.centre.x) * 2 < w + other.w &&
               std::abs(centre.y - other.centre.y) * 2 < h + other.h;
    }
};

Point point(sim::Position at) { return {at.x.value, at.y.value}; }

constexpr double kPixelsPerMm = 16, kFont = 0.42, kMargin = 2, kGlyph = 0.62;  // of the font's size

/// Shapes in mm, in layers: dies below wires below blocks below labels.
class Drawing {
public:
    void rect(const std::string& id, const char* kind, const Box& box) {
        add(std::string(kind) == "die" || std::string(kind) == "sip" ? dies_ : blocks_,
            R"(<rect id="{0}" class="{1}" x="{2:.3f}" y="{3:.3f}" width="{4:.3f}" height="{5:.3f}">)"
            "<title>{0}</title></rect>",
            id, kind, box.centre.x - box.w / 2, box.centre.y - box.h / 2, box.w, box.h);
        cover(box);
    }
    void line(const char* kind, Point a, Point b) {
        add(wires_, R"(<line class="{}" x1="{:.3f}" y1="{:.3f}" x2="{:.3f}" y2="{:.3f}"/>)", kind, a.x, a.y, b.x, b.y);
    }
    /// At the first of these places where it meets neither a label nor a box to keep clear of; maybe nowhere.
    bool label(const std::string& text, double size, std::initializer_list<Point> places,
               const std::vector<Box>& clear_of) {
        for (const Point at : places) {
            const Box box{at, kGlyph * size * static_cast<double>(text.size()), size * 1.1};
            const auto meets = [&](const Box& other) { return box.meets(other); };
            if (std::any_of(clear_of.begin(), clear_of.end(), meets) ||
                std::any_of(labels_near_.begin(), labels_near_.end(), meets))
                continue;
            labels_near_.push_back(box);
            add(labels_, R"(<text x="{:.3f}" y="{:.3f}" font-size="{:.2f}">{}</text>)", at.x, at.y + size * 0.35, size,
                text);
            cover(box);
            return true;
        }
        return false;
    }
    /// Labels placed so far are far from those to come.
    void elsewhere() { labels_near_.clear(); }

    std::string text() const {
        const double w = to_.x - from_.x + 2 * kMargin, h = to_.y - from_.y + 2 * kMargin;
        return fmt::format(
            R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}"
 viewBox="{2:.3f} {3:.3f} {4:.3f} {5:.3f}">
<style>
rect {{ stroke: #555; stroke-width: 0.04 }} line {{ stroke-width: 0.06 }}
text {{ font-family: sans-serif; text-anchor: middle; pointer-events: none }}
.sip {{ fill: #fbfbf8; stroke: #bbb }} .die {{ fill: #f1f1ea }} .hbm_stack {{ fill: #f6d9a8 }}
.router {{ fill: #6b7f94 }} .pe {{ fill: #bfe3c0 }} .m_cpu {{ fill: #f3bcbc }} .sram {{ fill: #d9c8ee }}
.ucie {{ fill: #7fb2e5 }} .io {{ fill: #dbe9f6 }} .io_noc {{ fill: #dfe5ea }}
.noc {{ stroke: #9fb0c0 }} .crossing {{ stroke: #2f78c4; stroke-width: 0.1 }}
.pcie {{ stroke: #c46a2f; stroke-width: 0.1; opacity: 0.6 }}
</style>
<rect class="page" style="fill: white; stroke: none" x="{2:.3f}" y="{3:.3f}" width="{4:.3f}" height="{5:.3f}"/>
{6}{7}{8}{9}</svg>
)",
            std::ceil(w * kPixelsPerMm), std::ceil(h * kPixelsPerMm), from_.x - kMargin, from_.y - kMargin, w, h, dies_,
            wires_, blocks_, labels_);
    }

private:
    template <class... Args>
    static void add(std::string& layer, fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(layer), format, std::forward<Args>(args)...);
        layer += '\n';
    }
    void cover(const Box& box) {
        from_ = {std::min(from_.x, box.centre.x - box.w / 2), std::min(from_.y, box.centre.y - box.h / 2)};
        to_ = {std::max(to_.x, box.centre.x + box.w / 2), std::max(to_.y, box.centre.y + box.h / 2)};
    }

    std::string dies_, wires_, blocks_, labels_;
    std::vector<Box> labels_near_;
    Point from_{0, 0}, to_{0, 0};
};

class FloorPlan {
public:
    explicit FloorPlan(const PlatformConfig& config)
        : config_(config),
          grid_(config.sip.cube_mesh, config.sip.cube.noc, config.sip.ucie, config.sip.io_noc),
          cube_(grid_.cube()),
          gap_(std::max(config.sip.ucie.die_gap.value, 0.5)) {}

    std::string draw() {
        const auto [w, h] = config_.sips.shape();
        const double north = -io_height() - gap_, apart = 6;  // of the first SIP's package
        const Point step{mesh_width() + apart, mesh_height() - north + apart};
        const Point switch0{(step.x * w - apart) / 2, north - 8}, host = switch0 + Point{0, -5};
        block("host", "io", {host, 6, 2}, 1.2);
        block("switch0", "io", {switch0, 6, 2}, 1.2);
        drawing_.line("pcie", host, switch0);
        std::vector<Point> ends;
        for (unsigned s = 0; s < config_.sips.count; ++s) {
            const Point at{step.x * (s % w), step.y * (s / w)};
            drawing_.elsewhere();
            ends.push_back(sip(SipId{s}, at, north));
            drawing_.line("pcie", switch0, ends.back());
        }
        const SystemRouting routing(config_.sips);
        for (SipId a{0}; a.value < config_.sips.count; ++a.value)
            for (SipId b{a.value + 1}; b.value < config_.sips.count; ++b.value)
                if (routing.linked(a, b)) drawing_.line("pcie", ends[a.value], ends[b.value]);
        return drawing_.text();
    }

private:
    double mesh_width() const { return spread(config_.sip.cube_mesh.w, cube_.width().value); }
    double mesh_height() const { return spread(config_.sip.cube_mesh.h, cube_.height().value); }
    double spread(unsigned dies, double size) const { return dies * size + (dies - 1) * gap_; }
    double phy_distance() const { return std::max(config_.sip.io_noc.phy_distance.value, 2.0); }
    double block_distance() const { return std::max(config_.sip.io_noc.block_distance.value, 2.0); }
    double io_height() const { return phy_distance() + block_distance() + 2; }

    void block(const std::string& id, const char* kind, const Box& box, double font = kFont) {
        drawing_.rect(id, kind, box);
        drawing_.label(id.substr(id.rfind('.') + 1), font, {box.centre}, {});
    }

    /// Returns where its PCIE_EP is.
    Point sip(SipId id, Point at, double north) {
        const std::string name = fmt::format("sip{}", id.value);
        const double w = mesh_width(), h = mesh_height();
        drawing_.rect(name, "sip", {at + Point{w / 2, (h + north) / 2}, w + 3, h - north + 3});
        drawing_.label(name, 1.6, {at + Point{2, north - 2.7}}, {});
        for (CubeId c{0}; c.value < grid_.cube_count(); ++c.value) {
            drawing_.elsewhere();
            cube(fmt::format("{}.cube{}", name, c.value), c, at + cube_origin(c));
        }
        drawing_.elsewhere();
        return io_chiplet(name + ".io0", at);
    }
    Point cube_origin(CubeId c) const {
        return {c.value % config_.sip.cube_mesh.w * (cube_.width().value + gap_),
                c.value / config_.sip.cube_mesh.w * (cube_.height().value + gap_)};
    }

    Point io_chiplet(const std::string& name, Point at) {
        const unsigned facing = std::min(config_.sip.io_noc.phys, config_.sip.cube_mesh.w);
        const double w = std::max(spread(facing, cube_.width().value), 3 * block_distance() + 4), south = at.y - gap_;
        drawing_.rect(name, "die", {{at.x + w / 2, south - io_height() / 2}, w, io_height()});
        const Point noc{at.x + w / 2, south - phy_distance()};
        const Point cpu = noc + Point{block_distance() + 1, 0}, ep = noc + Point{0, -block_distance()};
        for (unsigned p = 0; p < facing; ++p) {
            const Point cube = at + cube_origin(CubeId{p});
            for (unsigned i = 0; i < cube_.connections(); ++i) {
                const Point end{cube.x + cube_.ucie_position(Direction::north, i).x.value, south};
                drawing_.line("crossing", end, {end.x, at.y});
                drawing_.line("noc", end, noc);
                drawing_.rect(fmt::format("{}.phy{}.{}", name, p, i), "ucie", {end, 0.9, 0.3});
            }
            drawing_.label(fmt::format("phy{}", p), 0.7, {{cube.x + 1, south - 0.8}}, {});
        }
        for (const Point end : {cpu, ep}) drawing_.line("noc", noc, end);
        block(name + ".io_noc", "io_noc", {noc, 2, 0.8}, 0.5);
        block(name + ".io_cpu", "io", {cpu, 2, 0.8}, 0.5);
        block(name + ".pcie_ep", "io", {ep, 2.4, 0.8}, 0.5);
        drawing_.label("io0", 0.9, {{at.x + 1, south - io_height() + 0.9}}, {});
        return ep;
    }

    void cube(const std::string& name, CubeId id, Point at) {
        const CubeNocConfig& noc = config_.sip.cube.noc;
        const Point size{cube_.width().value, cube_.height().value};
        drawing_.rect(name, "die", {at + Point{size.x / 2, size.y / 2}, size.x, size.y});
        std::vector<Box> boxes;  // of blocks and routers
        const auto hang = [&](const std::string& block_name, const char* kind, sim::Position where,
                              CubeRouterId router) {
            const Point centre = at + point(where);
            drawing_.line("noc", centre, at + point(cube_.position(router)));
            boxes.push_back({centre, 2.6, 0.6});
            drawing_.rect(name + '.' + block_name, kind, boxes.back());
        };
        for (unsigned p = 0; p < cube_.pe_count(); ++p)
            hang(fmt::format("pe{}", p), "pe", noc.pe_position(p), cube_.pe(PeId{p}).router);
        hang("m_cpu", "m_cpu", noc.m_cpu_position, cube_.m_cpu().router);
        hang("sram", "sram", noc.sram_position, cube_.sram().router);
        std::vector<Box> routers_there;
        for (CubeRouterId r{0}; r.value < cube_.router_count(); ++r.value)
            routers_there.push_back({at + point(cube_.position(r)), 0.3, 0.3});
        const auto name_block = [&](const std::string& text, Point centre) {  // beside a router that it lies on
            drawing_.label(text, kFont, {centre, centre + Point{0.72, 0}}, routers_there);
        };
        for (unsigned p = 0; p < cube_.pe_count(); ++p) name_block(fmt::format("pe{0} hbm{0}", p), boxes[p].centre);
        name_block("m_cpu", boxes[cube_.pe_count()].centre);
        name_block("sram", boxes[cube_.pe_count() + 1].centre);
        hbm_stack(name, at);
        ports(name, id, at, boxes);
        boxes.insert(boxes.end(), routers_there.begin(), routers_there.end());
        routers(name, at, boxes);
    }

    void hbm_stack(const std::string& name, Point at) {
        const CubeNocConfig& noc = config_.sip.cube.noc;
        const std::string cube_name = name.substr(name.rfind('.') + 1);
        const Point origin = at + point(noc.first_router), pitch{noc.column_pitch.value, noc.row_pitch.value};
        if (noc.hole_rows == 0 || noc.hole_columns == 0) {
            drawing_.label(cube_name, 0.9, {origin + Point{pitch.x / 2, pitch.y / 2}}, {});
            return;
        }
        const Box stack{origin + Point{pitch.x * (noc.hole_column + (noc.hole_columns - 1) / 2.0),
                                       pitch.y * (noc.hole_row + (noc.hole_rows - 1) / 2.0)},
                        pitch.x * (noc.hole_columns - 0.2), pitch.y * (noc.hole_rows - 0.2)};
        drawing_.rect(name + ".hbm", "hbm_stack", stack);
        if (drawing_.label(cube_name, 1.1, {stack.centre}, {}))
            drawing_.label("HBM", 0.7, {stack.centre + Point{0, 1.1}}, {});
    }

    void ports(const std::string& name, CubeId id, Point at, std::vector<Box>& boxes) {
        for (const Direction side : kSides)
            for (unsigned i = 0; i < cube_.connections(); ++i) {
                const Point end = at + point(cube_.ucie_position(side, i));
                const bool lies = side == Direction::north || side == Direction::south;
                boxes.push_back({end, lies ? 0.9 : 0.3, lies ? 0.3 : 0.9});
                drawing_.line("noc", end, at + point(cube_.position(cube_.ucie(side, i).router)));
                drawing_.rect(fmt::format("{}.ucie_{}.{}", name, to_string(side), i), "ucie", boxes.back());
                if (!grid_.neighbour(id, side)) continue;
                if (side == Direction::east) drawing_.line("crossing", end, end + Point{gap_, 0});
                if (side == Direction::south) drawing_.line("crossing", end, end + Point{0, gap_});
            }
    }

    void routers(const std::string& name, Point at, const std::vector<Box>& boxes) {
        for (CubeRouterId r{0}; r.value < cube_.router_count(); ++r.value) {
            const Point here = at + point(cube_.position(r));
            for (const Direction side : {Direction::east, Direction::south})
                if (const auto next = cube_.neighbour(r, side))
                    drawing_.line("noc", here, at + point(cube_.position(*next)));
            drawing_.rect(name + '.' + cube_.name(r), "router", {here, 0.3, 0.3});
            drawing_.label(cube_.name(r), kFont,
                           {here + Point{0.75, 0.42}, here + Point{0.75, -0.42}, here + Point{0.75, 0.58},
                            here + Point{-0.75, 0.42}, here + Point{-0.75, -0.42}, here + Point{0.75, 0.95}},
                           boxes);
        }
    }

    const PlatformConfig& config_;
    SipGrid grid_;
    const CubeGeometry& cube_;
    double gap_;  ///< between dies, wide enough to be seen
    Drawing drawing_;
};

}  // namespace

std::string floor_plan_svg(const PlatformConfig& config) { return FloorPlan(config).draw(); }

}  // namespace ahbm::cli
