// SPDX-License-Identifier: Apache-2.0
/// One text laid over a bound struct. Lists and maps replace the earlier ones as a whole; structs merge field by field.
#pragma once

#include <string>

#include "sim/config/value.h"

namespace ahbm::config {

/// Writes nodes into bound values and notes where each value was set.
class Applier {
public:
    void apply(Structure& target, const Node& node, const std::string& path);
    void apply(List& target, const Node& node, const std::string& path);
    void apply(Map& target, const Node& node, const std::string& path);
    void apply(Scalar& target, const Node& node, const std::string& path);
    void apply(Value& target, const Node& node, const std::string& path);

    const Locations& locations() const { return locations_; }

private:
    void note(const Node& node, const std::string& path);
    void forget_inside(const std::string& path);

    Locations locations_;
};

}  // namespace ahbm::config
