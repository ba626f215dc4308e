// SPDX-License-Identifier: Apache-2.0
/// Small systems whose SIPs are ranks of a process group.
#pragma once

#include "sw_runtime/ranks/rank.h"
#include "tests/platform/session_test.h"
#include "tests/sw_runtime/runtime_support.h"

#include <functional>
#include <memory>
#include <string>

namespace ahbm::runtime::test {

class ProcessGroups : public ahbm::test::SessionTest {
protected:
    /// Small SIPs: two cubes of four PEs.
    std::unique_ptr<Session> sips(unsigned count) {
        return make(ahbm::test::topology(
            "mini", {"sips.count=" + std::to_string(count), "sip.cube_mesh.w=2", "sip.cube_mesh.h=1"}));
    }
    /// On one PE of the rank's SIP.
    static TensorOptions one_shard(const std::string& name) {
        return {{Split::replicate, Split::replicate, 1, 1}, {}, name};
    }
    /// Runs the program on each of `count` ranks; what they are told, "no error" if nothing.
    static std::string told(Session& session, std::uint32_t count, const std::function<void(Rank&)>& program) {
        std::string text;
        session.run([&] {
            Context context(session.port());
            text = error_of([&] { spawn(context, program, count); });
        });
        return text;
    }
    static void ready(Rank& rank) {
        rank.set_device(rank.rank());
        rank.init_process_group("ahbm");
    }
};

}  // namespace ahbm::runtime::test
