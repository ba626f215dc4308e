// SPDX-License-Identifier: Apache-2.0
#include "observe/timeline/perfetto.h"

#include <protozero/pbf_builder.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

namespace ahbm::timeline {
namespace {

// Field numbers of Perfetto's schema: https://perfetto.dev/docs/reference/trace-packet-proto
enum class PbTrace : protozero::pbf_tag_type { packet = 1 };
enum class PbPacket : protozero::pbf_tag_type {
    timestamp = 8,
    trusted_packet_sequence_id = 10,
    track_event = 11,
    interned_data = 12,
    sequence_flags = 13,
    track_descriptor = 60
};
enum class PbTrack : protozero::pbf_tag_type {
    uuid = 1,
    name = 2,
    process = 3,
    parent_uuid = 5,
    counter = 8,
    child_ordering = 11,
    sibling_order_rank = 12
};
enum class PbProcess : protozero::pbf_tag_type { pid = 1, process_name = 6 };
enum class PbCounter : protozero::pbf_tag_type { unit_name = 6 };
enum class PbEvent : protozero::pbf_tag_type {
    category_iids = 3,
    debug_annotations = 4,
    type = 9,
    name_iid = 10,
    track_uuid = 11,
    counter_value = 30,
    flow_ids = 47,
    terminating_flow_ids = 48
};
enum class PbAnnotation : protozero::pbf_tag_type { name_iid = 1, uint_value = 3 };
enum class PbInterned : protozero::pbf_tag_type { event_categories = 1, event_names = 2, debug_annotation_names = 3 };
enum class PbName : protozero::pbf_tag_type { iid = 1, name = 2 };
enum EventType { slice_begin = 1, slice_end = 2, counter_value = 4 };
enum SequenceFlags { incremental_state_cleared = 1, needs_incremental_state = 2 };
constexpr int kExplicitOrder = 3;

template <class T>
using Message = protozero::pbf_builder<T>;

class PerfettoWriter {
public:
    PerfettoWriter(const Trace& trace, std::ostream& out) : trace_(trace), out_(out) {}

    void write() {
        prepare();
        write_names();
        write_tracks();
        write_slices();
        write_samples();
        flush();
    }

private:
    /// A slice begins or ends.
    struct Moment {
        sim::Time at;
        std::uint32_t slice;
        bool end;
    };
    /// A slice's end of an arrow.
    struct FlowEnd {
        std::uint32_t slice;
        bool incoming;
        std::uint64_t id;
    };

    void prepare() {
        lane_of_.resize(trace_.slices.size());
        for (std::uint32_t lane = 0; lane < trace_.lanes.size(); ++lane)
            for (const std::uint32_t slice : trace_.lanes[lane].slices) lane_of_[slice] = lane;
        for (std::size_t i = 0; i < trace_.flows.size(); ++i) {
            flow_ends_.push_back({trace_.flows[i].from, false, i + 1});
            flow_ends_.push_back({trace_.flows[i].to, true, i + 1});
        }
        std::sort(flow_ends_.begin(), flow_ends_.end(), [](const FlowEnd& a, const FlowEnd& b) {
            return std::tie(a.slice, a.incoming, a.id) < std::tie(b.slice, b.incoming, b.id);
        });
    }

    template <class Fill>
    void packet(Fill fill) {
        {
            Message<PbTrace> file(buffer_);
            Message<PbPacket> packet(file, PbTrace::packet);
            fill(packet);
            packet.add_uint32(PbPacket::trusted_packet_sequence_id, 1);
        }
        if (buffer_.size() > 1 << 20) flush();
    }
    void flush() {
        out_ << buffer_;
        buffer_.clear();
    }

    /// Index + 1 of a text that occurs often.
    static std::uint64_t interned(std::vector<std::string>& table, const std::string& text) {
        const auto found = std::find(table.begin(), table.end(), text);
        if (found != table.end()) return static_cast<std::uint64_t>(found - table.begin()) + 1;
        table.push_back(text);
        return table.size();
    }
    void write_names() {
        for (const Track& track : trace_.tracks) {
            category_of_.push_back(interned(categories_, track.category));
            arguments_of_.push_back({});
            for (std::size_t a = 0; a < track.arguments.size(); ++a)
                if (!track.arguments[a].empty()) arguments_of_.back()[a] = interned(arguments_, track.arguments[a]);
        }
        packet([&](Message<PbPacket>& packet) {
            packet.add_uint32(PbPacket::sequence_flags, incremental_state_cleared);
            Message<PbInterned> tables(packet, PbPacket::interned_data);
            const auto add = [&](PbInterned table, const std::vector<std::string>& texts) {
                for (std::size_t i = 0; i < texts.size(); ++i) {
                    Message<PbName> entry(tables, table);
                    entry.add_uint64(PbName::iid, i + 1);
                    entry.add_string(PbName::name, texts[i]);
                }
            };
            add(PbInterned::event_categories, categories_);
            add(PbInterned::event_names, trace_.names);
            add(PbInterned::debug_annotation_names, arguments_);
        });
    }

    // Unique numbers of processes, lanes and counters, in this order.
    std::uint64_t process_id(const Track& track) const { return trace_.process_of(track) + 1; }
    std::uint64_t lane_id(std::size_t lane) const { return trace_.processes.size() + lane + 1; }
    std::uint64_t counter_id(std::size_t counter) const { return lane_id(trace_.lanes.size()) + counter; }

    template <class Fill>
    void describe_track(std::uint64_t id, Fill fill) {
        packet([&](Message<PbPacket>& packet) {
            Message<PbTrack> track(packet, PbPacket::track_descriptor);
            track.add_uint64(PbTrack::uuid, id);
            fill(track);
        });
    }
    void describe_child(std::uint64_t id, const Track& of, bool counter) {
        describe_track(id, [&](Message<PbTrack>& track) {
            track.add_string(PbTrack::name, of.name);  // lanes of one name are shown as one track
            track.add_uint64(PbTrack::parent_uuid, process_id(of));
            track.add_int32(PbTrack::sibling_order_rank, static_cast<std::int32_t>(id));
            if (!counter) return;
            Message<PbCounter> unit(track, PbTrack::counter);
            unit.add_string(PbCounter::unit_name, of.category);
        });
    }
    void write_tracks() {
        for (std::size_t i = 0; i < trace_.processes.size(); ++i)
            describe_track(i + 1, [&](Message<PbTrack>& track) {
                track.add_enum(PbTrack::child_ordering, kExplicitOrder);
                Message<PbProcess> process(track, PbTrack::process);
                process.add_int32(PbProcess::pid, static_cast<std::int32_t>(i + 1));
                process.add_string(PbProcess::process_name, trace_.processes[i]);
            });
        for (std::size_t i = 0; i < trace_.lanes.size(); ++i)
            describe_child(lane_id(i), trace_.tracks[trace_.lanes[i].track], false);
        for (std::size_t i = 0; i < trace_.samples.size(); ++i)
            if (const std::uint32_t counter = trace_.samples[i].counter;
                i == 0 || counter != trace_.samples[i - 1].counter)
                describe_child(counter_id(counter), trace_.counters[counter], true);
    }

    /// In order of time; what a lane does at one moment stays in the lane's order.
    std::vector<Moment> moments() const {
        std::vector<Moment> all;
        all.reserve(trace_.slices.size() * 2);
        for (const Lane& lane : trace_.lanes) {
            std::vector<std::uint32_t> open;
            const auto close_until = [&](std::size_t depth) {
                for (; open.size() > depth; open.pop_back())
                    all.push_back({trace_.slices[open.back()].end, open.back(), true});
            };
            for (const std::uint32_t slice : lane.slices) {
                close_until(trace_.slices[slice].nested ? 1 : 0);
                all.push_back({trace_.slices[slice].begin, slice, false});
                open.push_back(slice);
            }
            close_until(0);
        }
        std::stable_sort(all.begin(), all.end(), [](const Moment& a, const Moment& b) { return a.at < b.at; });
        return all;
    }
    static std::uint64_t nanoseconds(sim::Time time) { return static_cast<std::uint64_t>(time.ps() / 1000); }

    void write_slices() {
        for (const Moment& moment : moments())
            packet([&](Message<PbPacket>& packet) {
                packet.add_uint64(PbPacket::timestamp, nanoseconds(moment.at));
                packet.add_uint32(PbPacket::sequence_flags, needs_incremental_state);
                Message<PbEvent> event(packet, PbPacket::track_event);
                event.add_enum(PbEvent::type, moment.end ? slice_end : slice_begin);
                event.add_uint64(PbEvent::track_uuid, lane_id(lane_of_[moment.slice]));
                if (!moment.end) describe_slice(event, moment.slice);
            });
    }
    void describe_slice(Message<PbEvent>& event, std::uint32_t index) {
        const Slice& slice = trace_.slices[index];
        event.add_uint64(PbEvent::category_iids, category_of_[slice.track]);
        event.add_uint64(PbEvent::name_iid, slice.name + 1);
        const auto annotate = [&](std::uint64_t name, std::uint64_t value) {
            Message<PbAnnotation> annotation(event, PbEvent::debug_annotations);
            annotation.add_uint64(PbAnnotation::name_iid, name);
            annotation.add_uint64(PbAnnotation::uint_value, value);
        };
        annotate(kBeginPs, static_cast<std::uint64_t>(slice.begin.ps()));
        annotate(kEndPs, static_cast<std::uint64_t>(slice.end.ps()));
        for (std::size_t a = 0; a < slice.arguments.size() && !slice.nested; ++a)
            if (arguments_of_[slice.track][a] != 0) annotate(arguments_of_[slice.track][a], slice.arguments[a]);
        const auto first =
            std::lower_bound(flow_ends_.begin(), flow_ends_.end(), index,
                             [](const FlowEnd& end, std::uint32_t wanted) { return end.slice < wanted; });
        for (auto end = first; end != flow_ends_.end() && end->slice == index; ++end)
            event.add_fixed64(end->incoming ? PbEvent::terminating_flow_ids : PbEvent::flow_ids, end->id);
    }

    void write_samples() {
        for (const Sample& sample : trace_.samples)
            packet([&](Message<PbPacket>& packet) {
                packet.add_uint64(PbPacket::timestamp, nanoseconds(sample.at));
                packet.add_uint32(PbPacket::sequence_flags, needs_incremental_state);
                Message<PbEvent> event(packet, PbPacket::track_event);
                event.add_enum(PbEvent::type, counter_value);
                event.add_uint64(PbEvent::track_uuid, counter_id(sample.counter));
                event.add_int64(PbEvent::counter_value, sample.value);
            });
    }

    const Trace& trace_;
    std::ostream& out_;
    std::string buffer_;
    std::vector<std::uint32_t> lane_of_;
    std::vector<FlowEnd> flow_ends_;
    std::vector<std::string> categories_, arguments_{"begin_ps", "end_ps"};
    static constexpr std::uint64_t kBeginPs = 1, kEndPs = 2;  ///< in arguments_
    std::vector<std::uint64_t> category_of_;                  ///< by track
    std::vector<std::array<std::uint64_t, 2>> arguments_of_;  ///< by track; 0: none
};

}  // namespace

void write_perfetto(const Trace& trace, std::ostream& out) { PerfettoWriter(trace, out).write(); }

}  // namespace ahbm::timeline
