// SPDX-License-Identifier: Apache-2.0
#include "firmware/abi/messages.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <type_traits>

namespace ahbm::abi {

namespace {

/// Takes structs from the front of the bytes; every take checks that enough are left.
class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}

    template <class T>
    bool take(T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (left_.size() < sizeof(T)) return false;
        std::memcpy(&value, left_.data(), sizeof(T));
        left_ = left_.subspan(sizeof(T));
        return true;
    }
    /// The count comes from the message: it is checked before memory is allocated for it.
    template <class T>
    bool take_all(std::size_t count, std::vector<T>& values) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (left_.size() / sizeof(T) < count) return false;
        values.resize(count);
        if (count != 0) std::memcpy(values.data(), left_.data(), count * sizeof(T));
        left_ = left_.subspan(count * sizeof(T));
        return true;
    }
    bool empty() const { return left_.empty(); }

private:
    std::span<const std::byte> left_;
};

Verdict wrong_length(Opcode opcode, std::span<const std::byte> bytes) {
    return {Status::bad_size, fmt::format("{} of {} bytes does not fit its counts", to_string(opcode), bytes.size())};
}

Verdict bad_opcode(Opcode opcode, std::string_view wanted) {
    return {Status::bad_opcode,
            fmt::format("opcode {:#x} ({}) is not {}", static_cast<std::uint16_t>(opcode), to_string(opcode), wanted)};
}

bool subset(std::uint16_t part, std::uint16_t whole) { return (part & ~whole) == 0; }

Verdict check_entry(const Header& header, const auto& entry, std::size_t index) {
    const std::string name = fmt::format("entry {} ({:#x})", index, entry.virtual_address);
    if (entry.bytes == 0) return {Status::bad_payload, name + " is empty"};
    if (entry.virtual_address + entry.bytes < entry.virtual_address) {
        return {Status::bad_payload, name + " wraps around the address space"};
    }
    if (entry.cube_mask == 0 || entry.pe_mask == 0) return {Status::bad_target, name + " addresses no PE"};
    if (!subset(entry.cube_mask, header.cube_mask) || !subset(entry.pe_mask, header.pe_mask)) {
        return {Status::bad_target, name + " addresses PEs outside the message's masks"};
    }
    return {};
}

template <class MapOrUnmap>
Verdict decode_entries(const Header& header, std::span<const std::byte> bytes, MapOrUnmap& message) {
    message.header = header;
    Reader reader(bytes.subspan(sizeof(Header)));
    MmuBody body;
    if (!reader.take(body) || !reader.take_all(body.count, message.entries) || !reader.empty()) {
        return wrong_length(header.opcode, bytes);
    }
    if (message.entries.empty())
        return {Status::bad_payload, fmt::format("{} has no entries", to_string(header.opcode))};
    for (std::size_t i = 0; i < message.entries.size(); ++i) {
        if (Verdict verdict = check_entry(header, message.entries[i], i); !verdict) return verdict;
    }
    return {};
}

Verdict check_tensor(const TensorDescriptor& tensor, std::size_t index) {
    if (tensor.type > ElementType::i8) {
        return {Status::bad_payload,
                fmt::format("tensor {} has unknown element type {}", index, unsigned(tensor.type))};
    }
    if (tensor.rank > 4)
        return {Status::bad_payload, fmt::format("tensor {} has rank {} (limit 4)", index, tensor.rank)};
    if ((tensor.block_rows == 0) != (tensor.block_cols == 0)) {
        return {Status::bad_payload,
                fmt::format("tensor {} has a layout block of {} x {}", index, tensor.block_rows, tensor.block_cols)};
    }
    return {};
}

/// Each section's PE is addressed by the header, and no PE has two.
Verdict check_sections(const Header& header, const std::vector<LaunchSection>& sections) {
    if (sections.empty()) return {Status::bad_target, "the launch has no section: no PE would run the kernel"};
    std::array<std::uint16_t, 16> seen{};
    for (const LaunchSection& section : sections) {
        const std::string name = fmt::format("cube{}.pe{}", section.cube, section.pe);
        if (section.cube >= 16 || section.pe >= 16 || ((header.cube_mask >> section.cube) & 1) == 0 ||
            ((header.pe_mask >> section.pe) & 1) == 0) {
            return {Status::bad_target, "the launch has a section for " + name + ", which its masks do not address"};
        }
        const auto bit = static_cast<std::uint16_t>(1u << section.pe);
        if ((seen[section.cube] & bit) != 0) return {Status::bad_target, "the launch has two sections for " + name};
        seen[section.cube] |= bit;
    }
    return {};
}

Verdict decode_launch(const Header& header, std::span<const std::byte> bytes, KernelLaunch& launch) {
    launch.header = header;
    Reader reader(bytes.subspan(sizeof(Header)));
    LaunchBody body;
    if (!reader.take(body) || !reader.take_all(body.scalar_count, launch.scalars) ||
        !reader.take_all(body.tensor_count, launch.tensors)) {
        return wrong_length(header.opcode, bytes);
    }
    for (std::uint32_t i = 0; i < body.section_count; ++i) {
        SectionHeader section;
        if (!reader.take(section)) return wrong_length(header.opcode, bytes);
        launch.sections.push_back({section.cube, section.pe, {}});
        if (!reader.take_all(body.tensor_count, launch.sections.back().shards))
            return wrong_length(header.opcode, bytes);
    }
    if (!reader.empty()) return wrong_length(header.opcode, bytes);

    const std::string_view name(body.kernel, kernel_name_bytes);
    const std::size_t length = name.find('\0');
    if (length == 0) return {Status::bad_payload, "the kernel name is empty"};
    if (length == std::string_view::npos) return {Status::bad_payload, "the kernel name does not end"};
    launch.kernel = name.substr(0, length);
    launch.launch_id = body.launch_id;
    launch.queue_group = body.queue_group;
    for (std::size_t i = 0; i < launch.tensors.size(); ++i) {
        if (Verdict verdict = check_tensor(launch.tensors[i], i); !verdict) return verdict;
    }
    return check_sections(header, launch.sections);
}

Verdict check_queue(const QueuePairEntry& entry, std::size_t index) {
    const std::string_view direction = direction_of(entry);
    const std::string name = fmt::format("queue pair {} ({})", index, direction);
    if (direction.empty()) return {Status::bad_payload, name + " has no direction"};
    if (direction.size() == sizeof entry.direction) return {Status::bad_payload, name + ": the direction does not end"};
    if (entry.buffer > BufferKind::sram) {
        return {Status::bad_payload, fmt::format("{} has unknown buffer kind {}", name, unsigned(entry.buffer))};
    }
    if (entry.n_slots == 0 || entry.slot_bytes == 0) {
        return {Status::bad_payload, fmt::format("{} has {} slots of {} B", name, entry.n_slots, entry.slot_bytes)};
    }
    return {};
}

Verdict decode_init(const Header& header, std::span<const std::byte> bytes, IpcqInit& init) {
    init.header = header;
    Reader reader(bytes.subspan(sizeof(Header)));
    IpcqBody body;
    if (!reader.take(body) || !reader.take_all(body.count, init.queues) || !reader.empty()) {
        return wrong_length(header.opcode, bytes);
    }
    if (body.credit > CreditPolicy::on_recv || body.credit_path > CreditPath::fabric ||
        body.backpressure > Backpressure::poll) {
        return {Status::bad_payload,
                fmt::format("unknown credit policy {}, credit path {} or back-pressure {}", unsigned(body.credit),
                            unsigned(body.credit_path), unsigned(body.backpressure))};
    }
    if (body.backpressure == Backpressure::poll && body.poll_interval_ps == 0) {
        return {Status::bad_payload, "polling needs an interval"};
    }
    if (init.queues.empty()) return {Status::bad_payload, "IpcqInit has no queue pairs"};
    for (std::size_t i = 0; i < init.queues.size(); ++i) {
        if (Verdict verdict = check_queue(init.queues[i], i); !verdict) return verdict;
    }
    init.group = body.group;
    init.credit = body.credit;
    init.credit_path = body.credit_path;
    init.backpressure = body.backpressure;
    init.credit_bytes = body.credit_bytes;
    init.poll_interval_ps = body.poll_interval_ps;
    return {};
}

Verdict decode_reset(const Header& header, std::span<const std::byte> bytes, IpcqReset& reset) {
    reset.header = header;
    Reader reader(bytes.subspan(sizeof(Header)));
    IpcqResetBody body;
    if (!reader.take(body) || !reader.empty()) return wrong_length(header.opcode, bytes);
    reset.group = body.group;
    return {};
}

}  // namespace

std::string_view direction_of(const QueuePairEntry& entry) {
    const std::string_view text(entry.direction, sizeof entry.direction);
    return text.substr(0, text.find('\0'));
}

Verdict decode(std::span<const std::byte> bytes, Header& header) {
    if (!Reader(bytes).take(header)) {
        return {Status::bad_size, fmt::format("message of {} bytes is shorter than its header", bytes.size())};
    }
    if (header.magic != magic)
        return {Status::bad_magic, fmt::format("magic is {:#x}, not {:#x}", header.magic, magic)};
    if (header.version != version) {
        return {Status::bad_version, fmt::format("descriptor version is {}, not {}", header.version, version)};
    }
    if (header.size != bytes.size() || header.size > max_message_bytes) {
        return {Status::bad_size, fmt::format("header says {} bytes, the message has {} (limit {})", header.size,
                                              bytes.size(), max_message_bytes)};
    }
    return {};
}

Verdict decode(std::span<const std::byte> bytes, Request& request) {
    Header header;
    if (Verdict verdict = decode(bytes, header); !verdict) return verdict;
    switch (header.opcode) {
        case Opcode::mmu_map: return decode_entries(header, bytes, request.emplace<MmuMap>());
        case Opcode::mmu_unmap: return decode_entries(header, bytes, request.emplace<MmuUnmap>());
        case Opcode::kernel_launch: return decode_launch(header, bytes, request.emplace<KernelLaunch>());
        case Opcode::ipcq_init: return decode_init(header, bytes, request.emplace<IpcqInit>());
        case Opcode::ipcq_reset: return decode_reset(header, bytes, request.emplace<IpcqReset>());
        case Opcode::memory_write:
        case Opcode::memory_read: return bad_opcode(header.opcode, "for firmware: the host's DMA engine moves memory");
        case Opcode::completion: break;
    }
    return bad_opcode(header.opcode, "a request");
}

Verdict decode(std::span<const std::byte> bytes, MemoryCopy& copy) {
    if (Verdict verdict = decode(bytes, copy.header); !verdict) return verdict;
    if (copy.header.opcode != Opcode::memory_write && copy.header.opcode != Opcode::memory_read) {
        return bad_opcode(copy.header.opcode, "a memory transfer");
    }
    Reader reader(bytes.subspan(sizeof(Header)));
    if (!reader.take(copy.transfer) || !reader.empty()) return wrong_length(copy.header.opcode, bytes);
    if (copy.transfer.bytes == 0) return {Status::bad_payload, "the memory transfer is empty"};
    return {};
}

Verdict decode(std::span<const std::byte> bytes, Completion& completion) {
    if (Verdict verdict = decode(bytes, completion.header); !verdict) return verdict;
    if (completion.header.opcode != Completion::opcode) return bad_opcode(completion.header.opcode, "a completion");
    Reader reader(bytes.subspan(sizeof(Header)));
    CompletionBody body;
    if (!reader.take(body) || !reader.take_all(body.span_count, completion.spans) || !reader.empty()) {
        return wrong_length(Completion::opcode, bytes);
    }
    if (body.status > Status::bad_magic) {
        return {Status::bad_payload, fmt::format("unknown completion status {}", unsigned(body.status))};
    }
    completion.status = body.status;
    completion.reporter = body.reporter;
    completion.received_ps = body.received_ps;
    completion.target_start_ps = body.target_start_ps;
    completion.exec_start_ps = body.exec_start_ps;
    completion.exec_end_ps = body.exec_end_ps;
    const std::string_view text(body.text, completion_text_bytes);
    completion.text = text.substr(0, text.find('\0'));
    return {};
}

bool is_completion(std::span<const std::byte> bytes) {
    Header header;
    return Reader(bytes).take(header) && header.opcode == Opcode::completion;
}

std::string_view to_string(Status status) {
    switch (status) {
        case Status::ok: return "ok";
        case Status::cancelled: return "cancelled";
        case Status::kernel_error: return "kernel_error";
        case Status::mmu_fault: return "mmu_fault";
        case Status::ipcq_refused: return "ipcq_refused";
        case Status::unknown_kernel: return "unknown_kernel";
        case Status::bad_payload: return "bad_payload";
        case Status::bad_target: return "bad_target";
        case Status::bad_opcode: return "bad_opcode";
        case Status::bad_size: return "bad_size";
        case Status::bad_version: return "bad_version";
        case Status::bad_magic: return "bad_magic";
    }
    return "unknown";
}

std::string_view to_string(Opcode opcode) {
    switch (opcode) {
        case Opcode::memory_write: return "MemoryWrite";
        case Opcode::memory_read: return "MemoryRead";
        case Opcode::mmu_map: return "MmuMap";
        case Opcode::mmu_unmap: return "MmuUnmap";
        case Opcode::kernel_launch: return "KernelLaunch";
        case Opcode::ipcq_init: return "IpcqInit";
        case Opcode::ipcq_reset: return "IpcqReset";
        case Opcode::completion: return "Completion";
    }
    return "unknown";
}

std::string to_string(const Reporter& reporter) {
    std::string name = fmt::format("sip{}", reporter.sip);
    if (reporter.cube != nobody) name += fmt::format(".cube{}", reporter.cube);
    if (reporter.pe != nobody) name += fmt::format(".pe{}", reporter.pe);
    return name;
}

}  // namespace ahbm::abi
