// SPDX-License-Identifier: Apache-2.0
/// Units as text: what is accepted, what is refused and why, and that printing loses nothing.
#include "sim/config/quantity.h"

#include <gtest/gtest.h>

#include <random>

namespace ahbm::config {

using namespace sim::literals;

template <Quantity Q>
std::string error_of(std::string_view text) {
    return parse_quantity<Q>(text).error;
}

template <Quantity Q>
Q value_of(std::string_view text) {
    const Parsed<Q> parsed = parse_quantity<Q>(text);
    EXPECT_EQ(parsed.error, "");
    return parsed.value;
}

TEST(Quantity, Parse) {
    EXPECT_EQ(value_of<Time>("16 ns"), 16_ns);
    EXPECT_EQ(value_of<Time>("5ps"), 5_ps);
    EXPECT_EQ(value_of<Time>("1.50 us"), 1500_ns);
    EXPECT_EQ(value_of<Time>("0.001 ns"), 1_ps);
    EXPECT_EQ(value_of<Time>("0 ns"), 0_ns);
    EXPECT_EQ(value_of<Time>("2 s"), 2'000'000_us);
    EXPECT_EQ(value_of<Bytes>("16 MiB"), 16_MiB);
    EXPECT_EQ(value_of<Bytes>("48 GB"), 48'000'000'000_B);
    EXPECT_EQ(value_of<Bytes>("1.5 KiB"), 1536_B);
    EXPECT_EQ(value_of<Bandwidth>("1 TB/s"), 1000_GBps);
    EXPECT_EQ(value_of<Bandwidth>("500 MB/s"), Bandwidth{500});
    EXPECT_EQ(value_of<Bandwidth>("31.5 GB/s"), Bandwidth{31'500});
    EXPECT_EQ(value_of<Frequency>("500 MHz"), Frequency{500'000});
    EXPECT_EQ(value_of<FlopRate>("500 GFLOP/s"), FlopRate{500'000});
    EXPECT_EQ(value_of<Millimetres>("7.5 mm"), 7.5_mm);
    EXPECT_EQ(value_of<WireDelay>("0.01 ns/mm"), WireDelay{10});
    EXPECT_EQ(value_of<WireDelay>("7 ps/mm"), WireDelay{7});
}

TEST(Quantity, Refuse) {
    EXPECT_EQ(error_of<Time>("45"), "missing unit: expected a time such as \"45 ns\", got \"45\"");
    EXPECT_EQ(error_of<Time>("fast"), "expected a time such as \"45 ns\", got \"fast\"");
    EXPECT_EQ(error_of<Time>(""), "expected a time such as \"45 ns\", got \"\"");
    EXPECT_EQ(error_of<Time>("4 cycles"), "unknown unit of time: expected ps, ns, us, ms, s, got \"4 cycles\"");
    EXPECT_EQ(error_of<Time>("1e3 ns"), "unknown unit of time: expected ps, ns, us, ms, s, got \"1e3 ns\"");
    EXPECT_EQ(error_of<Time>("-5 ns"), "must not be negative, got \"-5 ns\"");
    EXPECT_EQ(error_of<Time>("0.3 ps"), "\"0.3 ps\" is not a whole number of ps");
    EXPECT_EQ(error_of<Time>("9223372036854775808 ps"),
              "\"9223372036854775808 ps\" is too large: at most 9223372036854775807 ps");
    EXPECT_EQ(error_of<Time>("99999999999999999999999999999999999999999999 s"),
              "\"99999999999999999999999999999999999999999999 s\" is too large: at most 9223372036854775807 ps");
    EXPECT_EQ(error_of<Bytes>("16"), "missing unit: expected a size such as \"16 MiB\", got \"16\"");
    EXPECT_EQ(error_of<Bytes>("0.3 KiB"), "\"0.3 KiB\" is not a whole number of B");
    EXPECT_EQ(error_of<Bytes>("16 TiBs"),
              "unknown unit of size: expected B, kB, KiB, MB, MiB, GB, GiB, TB, TiB, got \"16 TiBs\"");
    EXPECT_EQ(error_of<Bandwidth>("128"), "missing unit: expected a bandwidth such as \"128 GB/s\", got \"128\"");
    EXPECT_EQ(error_of<Bandwidth>("0 GB/s"), "must be greater than zero, got \"0 GB/s\"");
    EXPECT_EQ(error_of<Frequency>("1"), "missing unit: expected a frequency such as \"1 GHz\", got \"1\"");
    EXPECT_EQ(error_of<FlopRate>("8"), "missing unit: expected a compute rate such as \"8 TFLOP/s\", got \"8\"");
    EXPECT_EQ(error_of<Millimetres>("7.5"), "missing unit: expected a length such as \"7.5 mm\", got \"7.5\"");
    EXPECT_EQ(error_of<WireDelay>("0.01 ns"), "unknown unit of wire delay: expected ps/mm, ns/mm, got \"0.01 ns\"");
}

TEST(Quantity, FormatUsesTheLargestWholeUnit) {
    EXPECT_EQ(format_quantity(500_ps), "500 ps");
    EXPECT_EQ(format_quantity(1500_ps), "1500 ps");
    EXPECT_EQ(format_quantity(2'000_ns), "2 us");
    EXPECT_EQ(format_quantity(0_ns), "0 ns");
    EXPECT_EQ(format_quantity(16384_B), "16 KiB");
    EXPECT_EQ(format_quantity(1000_B), "1 kB");
    EXPECT_EQ(format_quantity(6_GiB), "6 GiB");
    EXPECT_EQ(format_quantity(Bandwidth{1'500}), "1500 MB/s");
    EXPECT_EQ(format_quantity(8_TFLOPs), "8 TFLOP/s");
    EXPECT_EQ(format_quantity(7.5_mm), "7.5 mm");
    EXPECT_EQ(format_quantity(WireDelay{10}), "0.01 ns/mm");
}

TEST(Quantity, PrintedValuesParseBackExactly) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t bits = random() >> (random() % 64);
        const Time time = Time::ps(static_cast<std::int64_t>(bits >> 1));
        EXPECT_EQ(value_of<Time>(format_quantity(time)), time);
        EXPECT_EQ(value_of<Bytes>(format_quantity(Bytes{bits})), Bytes{bits});
        EXPECT_EQ(value_of<Frequency>(format_quantity(Frequency{bits | 1})), Frequency{bits | 1});
        const double length = static_cast<double>(random() >> 11) / static_cast<double>(bits | 1);
        EXPECT_EQ(value_of<Millimetres>(format_quantity(Millimetres{length})), Millimetres{length});
        EXPECT_EQ(value_of<WireDelay>(format_quantity(WireDelay{length})), WireDelay{length});
    }
    for (const double extreme : {5e-324, 1.7976931348623157e308}) {
        EXPECT_EQ(value_of<WireDelay>(format_quantity(WireDelay{extreme})), WireDelay{extreme});
    }
}

}  // namespace ahbm::config
