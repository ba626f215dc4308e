// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace ahbm {

/// A signal ended the run (sim/interrupt.h): what Session::run() throws then. what() says which, and when in simulated
/// time.
class Interrupted : public std::runtime_error {
public:
    Interrupted(int signal, const std::string& text) : std::runtime_error(text), signal_(signal) {}
    int signal() const { return signal_; }

private:
    int signal_;
};

}  // namespace ahbm
