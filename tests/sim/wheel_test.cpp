// SPDX-License-Identifier: Apache-2.0
#include "sim/wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
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

/// Schedules at random, from events and from outside, and knows what must come next.
struct Reference {
    using Key = std::tuple<Time, Priority, std::uint64_t>;  ///< when, class, sequence
    Wheel wheel;
    std::set<Key> expected;
    std::mt19937_64 random{7};
    std::uint64_t sequence = 0;
    std::uint64_t budget = 0;

    void schedule() {
        // Within the instant, the block, the far slots, and beyond them; often at the same time as others.
        static constexpr std::uint64_t scales[] = {1, 30, 300, 5'000, 200'000, 20'000'000, 300'000'000};
        const std::uint64_t scale = scales[random() % std::size(scales)], grid = std::max<std::uint64_t>(1, scale / 8);
        const auto earliest = static_cast<std::uint64_t>(wheel.now().ps()) + random() % scale;
        const auto when = static_cast<std::int64_t>((earliest + grid - 1) / grid * grid);
        const Key key{Time::ps(when), Priority{static_cast<std::uint8_t>(random() % 4)}, sequence++};
        expected.insert(key);
        wheel.at<&Reference::run>(std::get<0>(key), std::get<1>(key), this, std::get<2>(key));
    }
    void run(std::uint64_t number) {
        const Key key = *expected.begin();
        expected.erase(expected.begin());
        EXPECT_EQ(std::get<2>(key), number);
        EXPECT_EQ(std::get<0>(key), wheel.now());
        for (std::uint64_t i = random() % 3; i > 0 && budget > 0; --i, --budget) schedule();
    }
};

TEST(Wheel, RunsEventsByTimeThenPriorityThenSequence) {
    Reference reference;
    for (int round = 0; round < 20; ++round) {  // a wheel that has run empty goes on where it was
        reference.budget = 20'000;
        for (int i = 0; i < 50; ++i) reference.schedule();
        while (!reference.expected.empty()) {
            ASSERT_EQ(reference.wheel.next(), std::get<0>(*reference.expected.begin()));
            if (reference.random() % 8 == 0) reference.schedule();
            ASSERT_TRUE(reference.wheel.dispatch_next());
            ASSERT_FALSE(HasFailure());
        }
        EXPECT_TRUE(reference.wheel.empty());
        EXPECT_EQ(reference.wheel.next(), Time::max());
        EXPECT_FALSE(reference.wheel.dispatch_next());
    }
    EXPECT_EQ(reference.wheel.dispatched(), reference.sequence);
}

TEST(Wheel, WhatIsAddedToAnInstantRunsInItAndAnEarlierClassFirst) {
    struct Block {
        Wheel wheel;
        std::string order;
        void first(std::uint64_t) {
            order += 'a';
            wheel.at<&Block::mark>(wheel.now(), Priority::wake, this, 'd');
            wheel.at<&Block::mark>(wheel.now(), Priority::visible, this, 'b');
        }
        void mark(std::uint64_t letter) { order += static_cast<char>(letter); }
    } block;
    block.wheel.at<&Block::first>(Time::ps(5), Priority::arrival, &block);
    block.wheel.at<&Block::mark>(Time::ps(5), Priority::engine, &block, 'c');
    EXPECT_TRUE(block.wheel.dispatch_next());
    EXPECT_EQ(block.order, "abcd");
    EXPECT_TRUE(block.wheel.empty());
}

TEST(Wheel, AnEventThatThrowsLosesNoOther) {
    struct Block {
        Wheel wheel;
        unsigned ran = 0;
        void fail(std::uint64_t) { throw std::runtime_error("fatal"); }
        void count(std::uint64_t) { ++ran; }
    } block;
    block.wheel.at<&Block::fail>(Time::ps(5), Priority::arrival, &block);
    block.wheel.at<&Block::count>(Time::ps(5), Priority::engine, &block);
    EXPECT_THROW(block.wheel.dispatch_next(), std::runtime_error);
    EXPECT_EQ(block.wheel.next(), Time::ps(5));
    EXPECT_TRUE(block.wheel.dispatch_next());
    EXPECT_EQ(block.ran, 1u);
}

TEST(Wheel, ThePastIsRefused) {
    Reference reference;
    reference.schedule();
    while (reference.wheel.dispatch_next()) {
    }
    EXPECT_THROW(
        reference.wheel.at<&Reference::run>(reference.wheel.now() - Time::ps(1), Priority::wake, &reference, 0),
        std::logic_error);
}

}  // namespace
}  // namespace ahbm::sim
