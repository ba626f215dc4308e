// SPDX-License-Identifier: Apache-2.0
// Every input of the corpus, and mutants of them with fixed seeds: what fuzzing found stays found, without a fuzzer.
#include "tests/fuzz/targets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace ahbm::fuzz {

void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

namespace {

namespace fs = std::filesystem;
using Text = std::vector<std::uint8_t>;

class Corpus : public testing::TestWithParam<Target> {
protected:
    /// Sorted by name.
    std::vector<Text> inputs() const {
        std::vector<fs::path> files;
        for (const auto& entry :
             fs::directory_iterator(fs::path(AHBM_SOURCE_DIR "/tests/fuzz/corpus") / GetParam().name))
            files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        std::vector<Text> all;
        for (const fs::path& file : files) {
            std::ifstream stream(file, std::ios::binary);
            all.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
        }
        return all;
    }
    void run(const Text& input) const {
        try {
            GetParam().run(input);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what() << "\non " << testing::PrintToString(std::string(input.begin(), input.end()));
        }
    }
};

TEST_P(Corpus, IsTakenOrRefused) {
    const std::vector<Text> all = inputs();
    EXPECT_GE(all.size(), 3u);
    for (const Text& input : all) run(input);
}

TEST_P(Corpus, MutantsAreTakenOrRefused) {
    const std::vector<Text> all = inputs();
    std::mt19937_64 random(20250101);
    const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
    for (unsigned round = 0; round < 400 && !HasFailure(); ++round) {
        Text mutant = all[below(all.size())];
        for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
            const std::size_t at = below(mutant.size()),
                              length = 1 + below(std::min<std::size_t>(mutant.size() - at, 16));
            const auto first = mutant.begin() + static_cast<std::ptrdiff_t>(at);
            const auto last = first + static_cast<std::ptrdiff_t>(std::min(length, mutant.size() - at));
            const Text piece(first, last), &other = all[below(all.size())];
            switch (below(5)) {
                case 0: mutant.erase(first, last); break;
                case 1: mutant.insert(first, piece.begin(), piece.end()); break;
                case 2:
                    mutant.insert(first, other.begin(),
                                  other.begin() + static_cast<std::ptrdiff_t>(below(other.size())));
                    break;
                case 3: mutant.insert(first, 1, static_cast<std::uint8_t>(random())); break;
                default:
                    if (!mutant.empty()) *first = static_cast<std::uint8_t>(random());
            }
        }
        run(mutant);
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus, testing::ValuesIn(targets),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace ahbm::fuzz
