// SPDX-License-Identifier: Apache-2.0
#include "platform/diagnostics/traffic_class.h"

#include <fmt/format.h>

namespace ahbm {

std::string_view name_of(Access access) { return access == Access::read ? "read" : "write"; }

std::string to_string(const TrafficClass& traffic) {
    const std::string path(kPathClassNames[static_cast<std::size_t>(traffic.path)]);
    const std::string_view purpose = kPurposeNames[static_cast<std::size_t>(traffic.purpose)];
    if (traffic.purpose == Purpose::kernel) return fmt::format("{} {}", name_of(traffic.access), path);
    if (traffic.purpose == Purpose::transfer || traffic.purpose == Purpose::registers)
        return fmt::format("{} {} {}", purpose, name_of(traffic.access), path);
    return fmt::format("{} {}", purpose, path);
}

TrafficClass TrafficClass::of(const Fabric& fabric, const Packet& packet) {
    const NodeId requester = packet.response ? packet.destination : packet.source,
                 target = packet.response ? packet.source : packet.destination;
    return {packet.purpose, packet.access, fabric.path_class(requester, target)};
}

}  // namespace ahbm
