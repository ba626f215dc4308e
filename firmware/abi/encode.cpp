// SPDX-License-Identifier: Apache-2.0
#include "firmware/abi/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace ahbm::abi {

static_assert(std::endian::native == std::endian::little, "descriptors are copied as they lie in memory");
static_assert(launch_bytes(16, 32, 16 * 16) <= max_message_bytes);

namespace {

/// Appends structs; the header's size is known when everything is in.
class Writer {
public:
    Writer(Header header, Opcode opcode) {
        header.magic = magic;
        header.version = version;
        header.opcode = opcode;
        append(header);
    }

    template <class T>
    void append(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        const auto* first = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), first, first + sizeof(T));
    }
    template <class T>
    void append_all(const std::vector<T>& values) {
        for (const T& value : values) append(value);
    }

    Message finish() {
        if (bytes_.size() > max_message_bytes) {
            throw std::invalid_argument(fmt::format("a control message of {} bytes exceeds one mailbox transfer of {}",
                                                    bytes_.size(), max_message_bytes));
        }
        const auto size = static_cast<std::uint32_t>(bytes_.size());
        std::memcpy(bytes_.data() + offsetof(Header, size), &size, sizeof(size));
        return std::move(bytes_);
    }

private:
    Message bytes_;
};

template <class MapOrUnmap>
Message encode_entries(const MapOrUnmap& message) {
    Writer writer(message.header, MapOrUnmap::opcode);
    MmuBody body;
    body.count = static_cast<std::uint32_t>(message.entries.size());
    writer.append(body);
    writer.append_all(message.entries);
    return writer.finish();
}

}  // namespace

Message encode(const MemoryCopy& copy) {
    Writer writer(copy.header, copy.header.opcode);
    writer.append(copy.transfer);
    return writer.finish();
}

Message encode(const MmuMap& map) { return encode_entries(map); }
Message encode(const MmuUnmap& unmap) { return encode_entries(unmap); }

Message encode(const IpcqInit& init) {
    IpcqBody body;
    body.group = init.group;
    body.credit = init.credit;
    body.credit_path = init.credit_path;
    body.backpressure = init.backpressure;
    body.credit_bytes = init.credit_bytes;
    body.poll_interval_ps = init.poll_interval_ps;
    body.count = static_cast<std::uint32_t>(init.queues.size());
    Writer writer(init.header, IpcqInit::opcode);
    writer.append(body);
    writer.append_all(init.queues);
    return writer.finish();
}

Message encode(const IpcqReset& reset) {
    Writer writer(reset.header, IpcqReset::opcode);
    writer.append(IpcqResetBody{reset.group, {}});
    return writer.finish();
}

Message encode(const KernelLaunch& launch) {
    LaunchBody body;
    if (launch.kernel.size() >= kernel_name_bytes) {
        throw std::invalid_argument(
            fmt::format("kernel name '{}' is longer than {} characters", launch.kernel, kernel_name_bytes - 1));
    }
    std::copy(launch.kernel.begin(), launch.kernel.end(), body.kernel);
    body.launch_id = launch.launch_id;
    body.scalar_count = static_cast<std::uint32_t>(launch.scalars.size());
    body.tensor_count = static_cast<std::uint32_t>(launch.tensors.size());
    body.section_count = static_cast<std::uint32_t>(launch.sections.size());
    body.queue_group = launch.queue_group;

    Writer writer(launch.header, KernelLaunch::opcode);
    writer.append(body);
    writer.append_all(launch.scalars);
    writer.append_all(launch.tensors);
    for (const LaunchSection& section : launch.sections) {
        if (section.shards.size() != launch.tensors.size()) {
            throw std::invalid_argument(fmt::format("the section of cube{}.pe{} has {} shards for {} tensors",
                                                    section.cube, section.pe, section.shards.size(),
                                                    launch.tensors.size()));
        }
        writer.append(SectionHeader{section.cube, section.pe, 0});
        writer.append_all(section.shards);
    }
    return writer.finish();
}

Message encode(const Completion& completion) {
    CompletionBody body;
    body.status = completion.status;
    body.reporter = completion.reporter;
    body.received_ps = completion.received_ps;
    body.target_start_ps = completion.target_start_ps;
    body.exec_start_ps = completion.exec_start_ps;
    body.exec_end_ps = completion.exec_end_ps;
    body.span_count = static_cast<std::uint32_t>(completion.spans.size());
    completion.text.copy(body.text, completion_text_bytes - 1);

    Writer writer(completion.header, Completion::opcode);
    writer.append(body);
    writer.append_all(completion.spans);
    return writer.finish();
}

Message encode(const Request& request) {
    return std::visit([](const auto& message) { return encode(message); }, request);
}

}  // namespace ahbm::abi
