// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/command_line.h"

#include <systemc>

int sc_main(int argc, char** argv) {
    ahbm::cli::Registries registries = ahbm::cli::builtin_registries();
    return ahbm::cli::run(argc, argv, registries);
}
