// SPDX-License-Identifier: Apache-2.0
#include "observe/report/packed.h"

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>

namespace ahbm::report {

std::string base64(std::string_view bytes) {
    using namespace boost::archive::iterators;
    using Base64 = base64_from_binary<transform_width<const char*, 6, 8>>;
    return {Base64(bytes.data()), Base64(bytes.data() + bytes.size())};
}

}  // namespace ahbm::report
