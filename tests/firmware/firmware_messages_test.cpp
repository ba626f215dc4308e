// SPDX-License-Identifier: Apache-2.0
#include "firmware/abi/messages.h"

#include "firmware/abi/mailboxes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>

namespace ahbm::abi {
namespace {

using testing::HasSubstr;

std::string dump(std::span<const std::byte> bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += fmt::format("{:02x}{}", static_cast<unsigned>(bytes[i]), (i + 1) % 16 == 0 ? "\n" : " ");
    }
    return text;
}

KernelLaunch some_launch() {
    KernelLaunch launch;
    launch.header.sip = 1;
    launch.header.cube_mask = 0x0005;
    launch.header.pe_mask = 0x0081;
    launch.header.request_id = 0x1122334455667788;
    launch.header.completion_address = 0x100;
    launch.kernel = "gemm";
    launch.launch_id = 12345;
    launch.scalars = {1.5, -2};
    launch.tensors = {{.type = ElementType::f32, .rank = 2, .dims = {64, 32}, .base = 0x1'0000'0000, .bytes = 8192}};
    launch.sections = {{0, 0, {{0x1'0000'0000, 32, 32, 0, 0}}}, {2, 7, {{0x1'0000'1000, 32, 32, 32, 0}}}};
    return launch;
}

template <class T>
void poke(Message& bytes, std::size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

Verdict decode_request(const Message& bytes) {
    Request request;
    return decode(bytes, request);
}

TEST(Messages, MmuMapLayoutIsGolden) {
    MmuMap map;
    map.header.sip = 3;
    map.header.cube_mask = 0x8001;
    map.header.pe_mask = 0x00ff;
    map.header.request_id = 0x0102030405060708;
    map.header.correlation_id = 0x1112131415161718;
    map.header.completion_address = 0x2122232425262728;
    map.header.cookie = 0x3132333435363738;
    map.entries = {{0x1'0000'2000, 0x20'0000'4000, 0x1000, 0x0001, 0x0080, 0}};
    EXPECT_EQ(dump(encode(map)),
              "41 48 42 4d 03 00 10 00 60 00 00 00 03 00 01 80\n"  // magic, version, opcode, size, sip, cube mask
              "ff 00 00 00 00 00 00 00 08 07 06 05 04 03 02 01\n"  // PE mask, reserved, request id
              "18 17 16 15 14 13 12 11 28 27 26 25 24 23 22 21\n"  // correlation id, completion address
              "38 37 36 35 34 33 32 31 01 00 00 00 00 00 00 00\n"  // cookie, count
              "00 20 00 00 01 00 00 00 00 40 00 00 20 00 00 00\n"  // virtual and physical address
              "00 10 00 00 00 00 00 00 01 00 80 00 00 00 00 00\n");
}

TEST(Messages, LaunchTailsFollowTheBodyInOrder) {
    const Message bytes = encode(some_launch());
    ASSERT_EQ(bytes.size(), launch_bytes(2, 1, 2));
    const auto at = [&](std::size_t offset, std::size_t count) {
        return dump(std::span(bytes).subspan(offset, count));
    };
    EXPECT_EQ(at(56, 8), "67 65 6d 6d 00 00 00 00 ");   // "gemm"
    EXPECT_EQ(at(120, 8), "39 30 00 00 00 00 00 00 ");  // launch id
    EXPECT_EQ(at(128, 16), "02 00 00 00 01 00 00 00 02 00 00 00 00 00 00 00\n");
    EXPECT_EQ(at(144, 16), "00 00 00 00 00 00 f8 3f 00 00 00 00 00 00 00 c0\n");  // 1.5, -2
    EXPECT_EQ(at(160, 4), "02 02 00 00 ");                                        // f32, rank 2
    EXPECT_EQ(at(208, 16), "00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00\n");  // cube 0, PE 0, first shard
    EXPECT_EQ(at(240, 8), "02 00 07 00 00 00 00 00 ");                            // cube 2, PE 7
}

TEST(Messages, LaunchRoundTrips) {
    const KernelLaunch sent = some_launch();
    Request request;
    const Verdict verdict = decode(encode(sent), request);
    ASSERT_TRUE(verdict) << verdict.text;
    const auto& got = std::get<KernelLaunch>(request);
    EXPECT_EQ(got.kernel, "gemm");
    EXPECT_EQ(got.launch_id, 12345u);
    EXPECT_EQ(got.scalars, sent.scalars);
    EXPECT_EQ(got.header.request_id, sent.header.request_id);
    ASSERT_EQ(got.sections.size(), 2u);
    EXPECT_EQ(got.sections[1].cube, 2);
    EXPECT_EQ(got.sections[1].pe, 7);
    EXPECT_EQ(got.sections[1].shards.at(0).first_row, 32u);
    EXPECT_EQ(encode(got), encode(sent));
}

TEST(Messages, CompletionAndMemoryCopyRoundTrip) {
    Completion completion;
    completion.status = Status::kernel_error;
    completion.reporter = {1, 2, 3};
    completion.exec_start_ps = 10;
    completion.exec_end_ps = 20;
    completion.text = std::string(300, 'x');
    completion.spans = {{2, 3, Status::kernel_error, 0, 10, 20}};
    Completion got;
    ASSERT_TRUE(decode(encode(completion), got));
    EXPECT_EQ(got.text, std::string(completion_text_bytes - 1, 'x')) << "a text that is too long is cut";
    EXPECT_EQ(got.status, Status::kernel_error);
    EXPECT_EQ(to_string(got.reporter), "sip1.cube2.pe3");
    EXPECT_EQ(got.received_ps, no_time);
    EXPECT_EQ(got.spans.at(0).exec_end_ps, 20u);

    MemoryCopy copy;
    copy.header.opcode = Opcode::memory_read;
    copy.transfer = {0x10, 0x20, 4096};
    MemoryCopy back;
    ASSERT_TRUE(decode(encode(copy), back));
    EXPECT_EQ(back.transfer.device_address, 0x20u);
    EXPECT_EQ(decode_request(encode(copy)).status, Status::bad_opcode) << "no CPU moves host memory";
}

TEST(Messages, RefusalsSayWhy) {
    const Message good = encode(some_launch());
    struct Case {
        const char* what;
        std::function<void(Message&)> spoil;
        Status status;
        const char* text;
    };
    const std::vector<Case> cases{
        {"magic", [](Message& m) { poke(m, 0, 0xdeadbeefu); }, Status::bad_magic,
         "magic is 0xdeadbeef, not 0x4d424841"},
        {"version", [](Message& m) { poke(m, 4, std::uint16_t{9}); }, Status::bad_version, "version is 9, not 3"},
        {"opcode", [](Message& m) { poke(m, 6, std::uint16_t{0x3f}); }, Status::bad_opcode, "opcode 0x3f (unknown)"},
        {"size", [](Message& m) { poke(m, 8, 100u); }, Status::bad_size, "header says 100 bytes, the message has 272"},
        {"short", [](Message& m) { m.resize(20); }, Status::bad_size, "20 bytes is shorter than its header"},
        {"empty", [](Message& m) { m.clear(); }, Status::bad_size, "0 bytes is shorter than its header"},
        {"scalars", [](Message& m) { poke(m, 128, 0xffffffffu); }, Status::bad_size, "does not fit its counts"},
        {"sections", [](Message& m) { poke(m, 136, 1u); }, Status::bad_size, "does not fit its counts"},
        {"no name", [](Message& m) { poke(m, 56, '\0'); }, Status::bad_payload, "kernel name is empty"},
        {"endless name", [](Message& m) { std::memset(m.data() + 56, 'a', 64); }, Status::bad_payload, "does not end"},
        {"type", [](Message& m) { poke(m, 160, '\x07'); }, Status::bad_payload, "tensor 0 has unknown element type 7"},
        {"rank", [](Message& m) { poke(m, 161, '\x05'); }, Status::bad_payload, "tensor 0 has rank 5"},
        {"layout", [](Message& m) { poke(m, 164, 8u); }, Status::bad_payload, "layout block of 8 x 0"},
        {"foreign PE", [](Message& m) { poke(m, 240, std::uint16_t{3}); }, Status::bad_target, "cube3.pe7"},
        {"no such PE", [](Message& m) { poke(m, 242, std::uint16_t{99}); }, Status::bad_target, "cube2.pe99"},
    };
    for (const Case& c : cases) {
        Message bytes = good;
        c.spoil(bytes);
        const Verdict verdict = decode_request(bytes);
        EXPECT_EQ(to_string(verdict.status), to_string(c.status)) << c.what;
        EXPECT_THAT(verdict.text, HasSubstr(c.text)) << c.what;
    }
}

TEST(Messages, QueuePairsSurviveTheWayAndAreChecked) {
    IpcqInit init;
    init.header.sip = 1;
    init.header.cube_mask = init.header.pe_mask = 1;
    init.group = 3;
    init.credit = CreditPolicy::on_recv;
    init.credit_path = CreditPath::fabric;
    init.backpressure = Backpressure::poll;
    init.poll_interval_ps = 5000;
    QueuePairEntry entry;
    std::memcpy(entry.direction, "child_left", 10);
    entry.peer_cube = 7;
    entry.buffer = BufferKind::sram;
    entry.rx_base = 0x1234'5678'9abc;
    entry.n_slots = 4;
    entry.slot_bytes = 4096;
    init.queues = {entry, entry};
    Request request;
    ASSERT_TRUE(decode(encode(init), request));
    const auto& back = std::get<IpcqInit>(request);
    EXPECT_EQ(back.group, 3);
    EXPECT_EQ(back.credit, CreditPolicy::on_recv);
    EXPECT_EQ(back.backpressure, Backpressure::poll);
    EXPECT_EQ(back.poll_interval_ps, 5000u);
    ASSERT_EQ(back.queues.size(), 2u);
    EXPECT_EQ(direction_of(back.queues[1]), "child_left");
    EXPECT_EQ(back.queues[1].rx_base, entry.rx_base);

    const auto refusal = [&](const std::function<void(IpcqInit&)>& spoil) {
        IpcqInit bad = init;
        spoil(bad);
        const Verdict verdict = decode(encode(bad), request);
        EXPECT_EQ(verdict.status, Status::bad_payload);
        return verdict.text;
    };
    EXPECT_THAT(refusal([](IpcqInit& i) { i.queues.clear(); }), HasSubstr("has no queue pairs"));
    EXPECT_THAT(refusal([](IpcqInit& i) { i.queues[1].direction[0] = 0; }),
                HasSubstr("queue pair 1 () has no direction"));
    EXPECT_THAT(refusal([](IpcqInit& i) { std::memset(i.queues[0].direction, 'x', 16); }), HasSubstr("does not end"));
    EXPECT_THAT(refusal([](IpcqInit& i) { i.queues[0].n_slots = 0; }), HasSubstr("0 slots of 4096 B"));
    EXPECT_THAT(refusal([](IpcqInit& i) { i.queues[0].buffer = static_cast<BufferKind>(9); }),
                HasSubstr("unknown buffer kind 9"));
    EXPECT_THAT(refusal([](IpcqInit& i) { i.poll_interval_ps = 0; }), HasSubstr("polling needs an interval"));
    EXPECT_THAT(refusal([](IpcqInit& i) { i.credit = static_cast<CreditPolicy>(7); }),
                HasSubstr("unknown credit policy 7"));

    IpcqReset reset;
    reset.group = 9;
    ASSERT_TRUE(decode(encode(reset), request));
    EXPECT_EQ(std::get<IpcqReset>(request).group, 9);
}

TEST(Messages, TargetsMustBeUniqueAndAddressed) {
    KernelLaunch launch = some_launch();
    launch.sections[1] = launch.sections[0];
    EXPECT_THAT(decode_request(encode(launch)).text, HasSubstr("two sections for cube0.pe0"));
    launch.sections.clear();
    EXPECT_THAT(decode_request(encode(launch)).text, HasSubstr("no section"));

    MmuUnmap unmap;
    unmap.header.cube_mask = 1;
    unmap.header.pe_mask = 1;
    EXPECT_THAT(decode_request(encode(unmap)).text, HasSubstr("MmuUnmap has no entries"));
    const auto refused = [&](UnmapEntry entry) {
        unmap.entries = {entry};
        return decode_request(encode(unmap)).text;
    };
    EXPECT_EQ(refused({0x1000, 0x1000, 1, 1, 0}), "");
    EXPECT_THAT(refused({0x1000, 0x1000, 2, 1, 0}), HasSubstr("entry 0 (0x1000) addresses PEs outside"));
    EXPECT_THAT(refused({0x1000, 0x1000, 1, 0, 0}), HasSubstr("addresses no PE"));
    EXPECT_THAT(refused({0x1000, 0, 1, 1, 0}), HasSubstr("is empty"));
    EXPECT_THAT(refused({~std::uint64_t{0}, 2, 1, 1, 0}), HasSubstr("wraps around"));
}

TEST(Messages, WhatHasNoEncodingIsThrown) {
    KernelLaunch launch = some_launch();
    launch.sections[1].shards.clear();
    EXPECT_THROW(encode(launch), std::invalid_argument);
    launch = some_launch();
    launch.kernel = std::string(64, 'k');
    EXPECT_THROW(encode(launch), std::invalid_argument);
    MmuMap map;
    map.entries.resize(max_message_bytes / sizeof(MapEntry));
    EXPECT_THROW(encode(map), std::invalid_argument);
}

TEST(Messages, LargestLaunchFitsAMailboxTransfer) {
    KernelLaunch launch = some_launch();
    launch.header.cube_mask = launch.header.pe_mask = 0xffff;
    launch.scalars.resize(16);
    launch.tensors.resize(32);
    launch.sections.clear();
    for (std::uint16_t i = 0; i < 256; ++i) {
        launch.sections.push_back(
            {static_cast<std::uint16_t>(i / 16), static_cast<std::uint16_t>(i % 16), std::vector<ShardDescriptor>(32)});
    }
    EXPECT_EQ(decode_request(encode(launch)).text, "");
}

TEST(Messages, CompletionsGoOnlyWhereTheyMay) {
    const SipId sip(1);
    EXPECT_TRUE(takes_completions(encode_host_aperture({1, 0}, 0x40), sip));
    EXPECT_TRUE(takes_completions(io_cpu_completions(sip), sip));
    EXPECT_TRUE(takes_completions(m_cpu_mailbox(sip, CubeId(15)), sip));
    EXPECT_FALSE(takes_completions(0, sip));
    EXPECT_FALSE(takes_completions(encode_host_aperture({0, 0}, 0x40), sip)) << "another SIP's";
    EXPECT_FALSE(takes_completions(io_cpu_mailbox(sip), sip));
    EXPECT_FALSE(takes_completions(encode_hbm({1, 0}, 0x40), sip));
    EXPECT_FALSE(takes_completions(pe_cpu_mailbox({sip, CubeId(0), PeId(0)}), sip));
    EXPECT_FALSE(takes_completions(~std::uint64_t{0}, sip));
    const std::uint64_t reserved_bit = std::uint64_t{1} << 32;
    EXPECT_FALSE(takes_completions(m_cpu_mailbox(sip, CubeId(0)) | reserved_bit, sip)) << "is no address";
}

TEST(Messages, AnyBytesAreDecodedOrRefusedWithASentence) {
    std::mt19937_64 random(2024);
    MmuMap map;
    map.header.cube_mask = map.header.pe_mask = 0xff;
    map.entries.assign(3, {0x1000, 0x2000, 0x1000, 1, 1, 0});
    Completion completion;
    completion.spans.resize(2);
    const std::vector<Message> seeds{encode(some_launch()), encode(map), encode(completion)};
    std::map<Status, unsigned> seen;
    for (int round = 0; round < 100'000; ++round) {
        Message bytes;
        if (round % 4 == 0) {
            bytes.resize(random() % 400);
            for (std::byte& b : bytes) b = static_cast<std::byte>(random());
        } else {
            bytes = seeds[random() % seeds.size()];
            if (random() % 8 == 0) {
                bytes.resize(random() % (bytes.size() + 64));
                if (bytes.size() >= 12) poke(bytes, 8, static_cast<std::uint32_t>(bytes.size()));
            }
            for (std::uint64_t n = random() % 4; n > 0 && !bytes.empty(); --n) {
                bytes[random() % bytes.size()] = static_cast<std::byte>(random());
            }
        }
        Request request;
        const Verdict verdict = decode(bytes, request);
        ++seen[verdict.status];
        ASSERT_EQ(verdict.text.empty(), verdict.status == Status::ok);
        if (verdict) {
            ASSERT_EQ(encode(request).size(), bytes.size());
        }
        Completion as_completion;
        if (decode(bytes, as_completion)) {
            ASSERT_EQ(encode(as_completion).size(), bytes.size());
        }
        MemoryCopy as_copy;
        ASSERT_FALSE(decode(bytes, as_copy)) << "none of the seeds is one";
    }
    for (const Status status : {Status::ok, Status::bad_magic, Status::bad_version, Status::bad_size,
                                Status::bad_opcode, Status::bad_target, Status::bad_payload}) {
        EXPECT_GT(seen[status], 0u) << to_string(status);
    }
}

}  // namespace
}  // namespace ahbm::abi
