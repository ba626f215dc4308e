// SPDX-License-Identifier: Apache-2.0
#include "sw_runtime/tensor/tensor.h"

#include "sw_runtime/tensor/storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <ostream>
#include <stdexcept>

namespace ahbm::runtime {
namespace {

bool within(Range part, std::uint64_t extent) {
    return part.count != 0 && part.count <= extent && part.first <= extent - part.count;
}

/// The smallest contiguous part of a shard that holds these rows of the tensor.
ShardSpec band_of(const ShardSpec& shard, const ElementFormat& format, Range rows) {
    const std::uint64_t step = format.layout.blocked() ? format.layout.block_rows : 1;
    const std::uint64_t first = (rows.first - shard.first_row) / step * step;
    const std::uint64_t end =
        std::min((rows.first + rows.count - shard.first_row + step - 1) / step * step, shard.rows);
    ShardSpec band = shard;
    band.first_row += first;
    band.rows = end - first;
    band.offset += first * shard.cols * format.size();
    band.nbytes = band.rows * shard.cols * format.size();
    return band;
}

DeviceError not_simulated(const std::string& name) {
    return DeviceError(fmt::format("the values of '{}' are not simulated: run with data on", name));
}

}  // namespace

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

Array Tensor::gather() const {
    const Storage& self = storage();
    const auto image = self.read({0, self.bytes()});
    Array array{self.shape, self.format.dtype, {}};
    if (image) array.bytes = from_image(*image, self.shape.cols(), self.format, self.one_replica());
    return array;
}

Array Tensor::to_host() const {
    Array array = gather();
    if (array.bytes.empty()) throw not_simulated(name());
    return array;
}

double Tensor::at(std::uint64_t row, std::uint64_t col) const { return values_of(slice({row, 1}, {col, 1})).front(); }

Array Tensor::slice(Range rows, Range cols) const {
    const Storage& self = storage();
    if (!within(rows, self.shape.rows()) || !within(cols, self.shape.cols()))
        throw std::invalid_argument(
            fmt::format("{} rows from {} and {} columns from {} are not a part of '{}', which is {}", rows.count,
                        rows.first, cols.count, cols.first, self.name, ahbm::to_string(self.shape)));
    const ShardSpec& shard = self.shard_with(rows.first, cols.first)->spec;
    if (rows.first + rows.count > shard.first_row + shard.rows ||
        cols.first + cols.count > shard.first_col + shard.cols)
        throw std::invalid_argument(fmt::format(
            "the slice of '{}' crosses the border of a shard; use copy_ or to_host for such parts", self.name));
    ShardSpec band = band_of(shard, self.format, rows);
    const auto image = self.read({band.offset, band.nbytes});
    if (!image) throw not_simulated(self.name);
    const std::uint64_t row = rows.first - band.first_row, col = cols.first - band.first_col;
    band.offset = band.first_row = band.first_col = 0;  // a tensor of its own
    const std::vector<std::byte> dense = from_image(*image, band.cols, self.format, {&band, 1});

    Array part{{static_cast<std::uint32_t>(rows.count), static_cast<std::uint32_t>(cols.count)}, self.format.dtype, {}};
    const std::size_t element = self.format.size();
    part.bytes.resize(rows.count * cols.count * element);
    for (std::uint64_t r = 0; r < rows.count; ++r)
        std::memcpy(part.bytes.data() + r * cols.count * element,
                    dense.data() + ((row + r) * band.cols + col) * element, cols.count * element);
    return part;
}

std::string Tensor::to_string() const {
    const std::string head = fmt::format("{} {} {}: ", name(), ahbm::to_string(shape()), ahbm::to_string(dtype()));
    const Array array = gather();
    if (array.bytes.empty()) return head + "values not simulated";
    const std::vector<double> values = values_of(array);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    return head + fmt::format("min {:g}, max {:g}, mean {:g}", *low, *high, mean);
}

void Tensor::copy_(const Array& source) { storage().write(source); }

void Tensor::copy_(const Tensor& source) {
    storage().check_source(source.shape(), source.dtype());
    storage().write(source.gather());
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << tensor.to_string(); }

}  // namespace ahbm::runtime
