// SPDX-License-Identifier: Apache-2.0
#include "shadow/op_log.h"

#include <nlohmann/json.hpp>

#include <ostream>
#include <utility>

namespace ahbm::shadow {

namespace {

using Json = nlohmann::ordered_json;

Json header(const char* record, const Provenance& who, const char* end_key) {
    return {{"record", record},
            {"component", who.component},
            {"kind", who.kind},
            {"t_start_ps", who.start.ps()},
            {end_key, who.end.ps()}};
}

Json header(const char* record, std::uint64_t id, const Provenance& who) {
    Json json = header(record, who, "t_end_ps");
    json["id"] = id;
    return json;
}

Json to_json(const Place& place) { return {{"memory", place.memory}, {"address", place.address}}; }

Json to_json(const Bundle& bundle) {
    Json json = Json::array();
    std::uint64_t id = 0, offset = 0, length = 0;
    const auto put = [&] {
        if (length != 0) json.push_back({id, offset, length});
    };
    bundle.for_each(0, bundle.size(), [&](const ValueRef& value, std::uint64_t from, std::uint64_t, std::uint64_t n) {
        const std::uint64_t of = value ? value->id() : 0;
        if (length != 0 && of == id && from == offset + length) {
            length += n;
            return;
        }
        put();
        id = of, offset = from, length = n;
    });
    put();
    return json;
}

void add_view(Json& json, const View& view) {
    Json shape = Json::array();
    for (unsigned i = 0; i < view.shape.rank; ++i) shape.push_back(view.shape[i]);
    json["shape"] = std::move(shape);
    json["dtype"] = to_string(view.dtype);
    if (view.layout.blocked()) json["layout"] = {view.layout.block_rows, view.layout.block_cols};
}

}  // namespace

OpLog::OpLog(const std::string& path) : file_(path) { write(Json{{"schema", "ahbm-op-log"}, {"version", 1}}.dump()); }

void OpLog::constant(std::uint64_t id, const Provenance& who, std::uint64_t bytes) {
    Json json = header("constant", id, who);
    json["bytes"] = bytes;
    write(json.dump());
}

void OpLog::operation(std::uint64_t id, const Provenance& who, const OpSpec& spec,
                      const std::vector<BoundOperand>& operands, const View& result, const Place& where) {
    Json json = header("op", id, who);
    json["op"] = to_string(spec.code);
    for (const Epilogue& step : spec.epilogues) json["epilogues"].push_back(to_string(step.code));
    json["operands"] = Json::array();
    for (const BoundOperand& bound : operands) {
        Json operand{{"place", to_json(bound.place)}};
        add_view(operand, bound.view);
        operand["values"] = to_json(bound.bytes);
        json["operands"].push_back(std::move(operand));
    }
    Json output{{"value", id}, {"place", to_json(where)}};
    add_view(output, result);
    json["result"] = std::move(output);
    write(json.dump());
}

void OpLog::copy(std::uint64_t id, const Provenance& who, const Bundle& bytes, const Place& from, const Place& to) {
    Json json = header("copy", id, who);
    json["from"] = to_json(from);
    json["to"] = to_json(to);
    json["values"] = to_json(bytes);
    write(json.dump());
}

void OpLog::visible(const Provenance& who, const Place& where, const Bundle& bytes) {
    Json json = header("visible", who, "t_visible_ps");
    json["place"] = to_json(where);
    json["length"] = bytes.size();
    json["values"] = to_json(bytes);
    write(json.dump());
}

void OpLog::wait(const Provenance& who, const std::string& ended_by) {
    Json json = header("wait", who, "t_end_ps");
    json["ended_by"] = ended_by;
    write(json.dump());
}

void OpLog::close(const std::string& partial) {
    Json end{{"record", partial.empty() ? "end" : "partial"}, {"records", lines_ - 1}};
    if (!partial.empty()) end["reason"] = partial;
    write(end.dump());
    file_.place();
}

void OpLog::write(const std::string& line) {
    file_.stream() << line << '\n';
    ++lines_;
}

}  // namespace ahbm::shadow
