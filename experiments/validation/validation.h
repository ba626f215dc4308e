// SPDX-License-Identifier: Apache-2.0
/// The cases of `ahbm validate`: what the platform measures beside a closed form, arithmetic from configuration values
/// that shares nothing with what is measured, or beside a published figure.
#pragma once

#include "platform/session.h"

#include <functional>
#include <string>
#include <vector>

namespace ahbm::validation {

/// How far ours may be off, in % of the closed form.
struct Bound {
    double low = 0, high = 0;
    static Bound within(double percent) { return {-percent, percent}; }
};
/// Times are whole picoseconds.
constexpr Bound kExact{-0.01, 0.01};

/// One measurement in one timing.
struct Case {
    std::string name;
    std::string formula;  ///< the closed form in words, or whose figure it is
    std::string unit = "ns";
    double form = 0;
    double figure = 0;  ///< ours
    Bound bound;
    std::string reason = {};  ///< why it may be off further in this timing; empty: it may not
    double error() const { return 100.0 * (figure - form) / form; }
    bool exceeds() const { return !(error() >= bound.low && error() <= bound.high); }
};

using Measure = std::function<void(Session&, std::vector<Case>&)>;
/// The same as a host program of the session.
Measure hosted(Measure measure);

/// Cases that share a system: what is changed of the user's topology, and what is measured on it. The timing is the
/// session's.
struct Setup {
    std::string group;
    std::vector<std::string> overrides;
    bool injectors = false;
    Measure measure;
};

/// What the HBM slice of a PE gives its own PE: pseudo-channels, their link and the PE's, the slowest.
double slice_rate(const PlatformConfig& config);

/// Overrides that leave one SIP, and of that one cube: enough to measure inside, and quick to elaborate.
std::vector<std::string> one_sip();
std::vector<std::string> one_cube();

/// In the order of the report.
std::vector<Setup> setups();
/// What the setup measures. A case that is slower than its form, on a topology with something that forms leave out, has
/// that as its reason.
std::vector<Case> cases_of(const Setup& setup, Session& session);

void add_fabric_setups(std::vector<Setup>& setups);  ///< links, incast, mesh
void add_memory_setups(std::vector<Setup>& setups);  ///< hbm, io, predecessor
void add_work_setups(std::vector<Setup>& setups);    ///< collectives, gemm

}  // namespace ahbm::validation
