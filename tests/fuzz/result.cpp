// SPDX-License-Identifier: Apache-2.0
#include "app/diff_command.h"
#include "platform/input_error.h"
#include "tests/fuzz/support.h"

namespace ahbm::fuzz {

void result(Bytes bytes) {
    const std::string_view text = text_of(bytes);
    const std::size_t gap = std::min(text.find("\n\n"), text.size());
    const MemoryFile before(bytes.first(gap)), after(bytes.subspan(gap));
    const Silence silence;
    refused<InputError>([&] {
        const int code = cli::diff_command(before.name(), after.name());
        require(cli::diff_command(after.name(), before.name()) == code, "a differs from b, but not b from a");
    });
    refused<InputError>([&] { require(cli::diff_command(after.name(), after.name()) == 0, "a differs from a"); });
}

}  // namespace ahbm::fuzz
