// SPDX-License-Identifier: Apache-2.0
/// Who owns which bytes of a PE's TCM while a kernel runs: first fit over a sorted list of holes.
/// Not modelled: banks, fragmentation remedies; freed bytes are handed out again at once, and the PE's scheduler keeps
/// their old readers and new writers in order because their regions overlap.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace ahbm::tl {

class TcmArena {
public:
    /// Every block starts on a multiple of this many bytes, one TCM line.
    static constexpr std::uint64_t alignment = 64;

    TcmArena(std::uint64_t begin, std::uint64_t end);

    /// Offset of the first hole that is large enough, or nothing.
    std::optional<std::uint64_t> allocate(std::uint64_t bytes);
    void release(std::uint64_t offset);

    std::uint64_t free_bytes() const;
    std::uint64_t largest_hole() const;

private:
    std::map<std::uint64_t, std::uint64_t> holes_;   ///< offset -> length
    std::map<std::uint64_t, std::uint64_t> blocks_;  ///< offset -> length, as handed out
};

/// Bytes of TCM that somebody gets back with the last handle that shares them.
class TcmBytes {
public:
    explicit TcmBytes(std::uint64_t offset) : offset_(offset) {}
    virtual ~TcmBytes() = default;
    TcmBytes(const TcmBytes&) = delete;
    TcmBytes& operator=(const TcmBytes&) = delete;
    std::uint64_t offset() const { return offset_; }

private:
    std::uint64_t offset_;
};

/// A block of an arena.
class TcmBlock final : public TcmBytes {
public:
    TcmBlock(std::shared_ptr<TcmArena> arena, std::uint64_t offset) : TcmBytes(offset), arena_(std::move(arena)) {}
    ~TcmBlock() override { arena_->release(offset()); }

private:
    std::shared_ptr<TcmArena> arena_;
};

}  // namespace ahbm::tl
