// SPDX-License-Identifier: Apache-2.0
#include "app/log_command.h"
#include "platform/input_error.h"
#include "tests/fuzz/support.h"

namespace ahbm::fuzz {

/// The first line is what `--at` names, the rest is the log.
void log(Bytes bytes) {
    const std::string_view text = text_of(bytes);
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string place(text.substr(0, end));
    const MemoryFile file(bytes.subspan(std::min(end + 1, bytes.size())));
    const std::string name = file.name(), none;
    const cli::LogOptions questions[] = {{name, none, {}, none, none, {}},
                                         {name, "sip0.cube0.hbm0+0x100", 4096, "1 us", none, {}},
                                         {name, place, 64, none, none, {}},
                                         {name, none, {}, "1 us", "sip0", {}},
                                         {name, none, {}, none, none, 1}};
    const Silence silence;
    for (const cli::LogOptions& question : questions) refused<InputError>([&] { cli::log_command(question); });
}

}  // namespace ahbm::fuzz
