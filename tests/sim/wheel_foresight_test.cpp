// SPDX-License-Identifier: Apache-2.0
#include "sim/wheel.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ahbm::sim {
namespace {

/// What a wheel does with one kind of event, and what it has foreseen of it.
struct Foreseen {
    std::vector<unsigned> soon, next;  ///< by event: how often
    std::vector<std::uint64_t> ran;
    std::uint64_t last_next = 0;
    unsigned directly_before = 0;

    explicit Foreseen(std::size_t events) : soon(events), next(events) {}
    void event(std::uint64_t number) {
        EXPECT_GT(soon[number], 0u) << number;
        directly_before += last_next == number ? 1 : 0;
        ran.push_back(number);
    }
    static void look_soon(void* self, std::uint64_t number) { ++static_cast<Foreseen*>(self)->soon[number]; }
    static void look_next(void* self, std::uint64_t number) {
        auto& foreseen = *static_cast<Foreseen*>(self);
        ++foreseen.next[number];
        foreseen.last_next = number;
    }
};

TEST(Wheel, ForeseesEveryEventOfTheKindAndChangesNoOrder) {
    constexpr std::size_t count = 2000;
    const auto run = [&](bool with) {
        Wheel wheel;
        Foreseen foreseen(count);
        if (with)
            wheel.set_foresight(
                {Wheel::callback<&Foreseen::event, Foreseen>(), &Foreseen::look_soon, &Foreseen::look_next});
        else
            foreseen.soon.assign(count, 1);
        std::mt19937 random(1);
        for (std::size_t i = 0; i < count; ++i)  // within a slot, within the wheel, and beyond its horizon
            wheel.at<&Foreseen::event>(Time::ps(static_cast<std::int64_t>(random() % 3'000'000)), Priority::arrival,
                                       &foreseen, i);
        while (wheel.dispatch_next()) {
        }
        return foreseen;
    };
    const Foreseen plain = run(false), foreseen = run(true);
    ASSERT_EQ(foreseen.ran.size(), count);
    EXPECT_EQ(foreseen.ran, plain.ran);
    EXPECT_GT(foreseen.directly_before, 0u) << "events that share a slot are announced one before";
}

}  // namespace
}  // namespace ahbm::sim
