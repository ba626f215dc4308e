// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/tensor.h"

#include "sw_runtime/tensor/storage.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

namespace ahbm::runtime {

Tensor::Storage& Tensor::storage() const {
    if (!storage_) throw std::logic_error("an empty tensor handle is used");
    return *storage_;
}

const Shape& Tensor::shape() const { return storage().shape; }
Dtype Tensor::dtype() const { return storage().format.dtype; }
const std::string& Tensor::name() const { return storage().name; }
const Layout& Tensor::layout() const { return storage().format.layout; }
SipId Tensor::sip() const { return storage().sip; }
AddressRange Tensor::virtual_range() const { return storage().allocation().range(); }
const std::vector<PlacedShard>& Tensor::shards() const { return storage().allocation().shards(); }

Array Tensor::to_host() const {
    const Storage& self = storage();
    const std::vector<std::byte> image = self.read({0, self.bytes()});
    return {self.shape, self.format.dtype, from_image(image, self.shape.cols(), self.format, self.one_replica())};
}

double Tensor::at(std::uint64_t row, std::uint64_t col) const { return values_of(slice({row, 1}, {col, 1})).front(); }

Array Tensor::slice(Range rows, Range cols) const {
    const Storage& self = storage();
    if (rows.count == 0 || cols.count == 0 || rows.first + rows.count > self.shape.rows() || cols.first + cols.count > self.shape.cols())
        throw std::invalid_argument(fmt::format("rows [{}, {}) and columns [{}, {}) are not a part of '{}', which is {}", rows.first,
                                                rows.first + rows.count, cols.first, cols.first + cols.count, self.name,
                                                ahbm::to_string(self.shape)));
    const ShardSpec& shard = self.shard_with(rows.first, cols.first)->spec;
    if (rows.first + rows.count > shard.first_row + shard.rows || cols.first + cols.count > shard.first_col + shard.cols)
        throw std::invalid_argument(fmt::format("the slice of '{}' crosses the border of a shard; use copy_ or to_host for such parts",
                                                self.name));
    // The shard's own image, as a tensor of its own.
    ShardSpec alone = shard;
    alone.offset = alone.first_row = alone.first_col = 0;
    const std::vector<std::byte> dense = from_image(self.read({shard.offset, shard.nbytes}), shard.cols, self.format, {&alone, 1});
    Array part{{static_cast<std::uint32_t>(rows.count), static_cast<std::uint32_t>(cols.count)}, self.format.dtype, {}};
    const std::size_t element = self.format.size();
    part.bytes.resize(rows.count * cols.count * element);
    for (std::uint64_t row = 0; row < rows.count; ++row)
        std::memcpy(part.bytes.data() + row * cols.count * element,
                    dense.data() + ((rows.first - shard.first_row + row) * shard.cols + cols.first - shard.first_col) * element,
                    cols.count * element);
    return part;
}

std::string Tensor::to_string() const {
    const Storage& self = storage();
    std::string text = fmt::format("{} {} {}", self.name, ahbm::to_string(self.shape), ahbm::to_string(self.format.dtype));
    const std::vector<double> values = values_of(to_host());
    double low = values.front(), high = values.front(), sum = 0;
    for (const double value : values) {
        low = std::min(low, value);
        high = std::max(high, value);
        sum += value;
    }
    return text + fmt::format(": min {:g}, max {:g}, mean {:g}", low, high, sum / static_cast<double>(values.size()));
}

void Tensor::copy_(const Array& source) { storage().write(source); }

}  // namespace ahbm::runtime
