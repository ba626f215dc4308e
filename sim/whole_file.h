// SPDX-License-Identifier: Apache-2.0
/// Outputs. A file is there whole or not at all, whatever happens while it is written: it is made beside its place,
/// under a name of its own, and moved there at the end, with the mode and the owner of the file it replaces.
/// What is no plain file (a device, a FIFO), a file with several names (hard links) and a file whose folder or owner
/// does not let it be replaced are written through and stay what they are. Symbolic links are followed. What standard
/// output or standard error also is, "-" and /dev/stdout for example, is appended to.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ahbm::sim {

/// what(): "file: cannot be written: reason".
class OutputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class WholeFile {
public:
    /// Throws OutputError. What is written through is opened, and emptied, with the first bytes.
    explicit WholeFile(const std::string& path);
    /// Without place() it leaves what was there.
    ~WholeFile();
    WholeFile(WholeFile&&) noexcept;

    /// Fails silently, like every stream, and takes nothing more then: close() tells.
    std::ostream& stream();
    bool failed() const;
    /// All is written. Throws OutputError when it was not.
    void close();
    /// Moves it to its place, closing it if need be.
    void place();

private:
    struct Open;
    std::unique_ptr<Open> open_;
};

void write_file(const std::string& path, const std::function<void(std::ostream&)>& content);
void write_file(const std::string& path, const std::string& content);
struct FileContent {
    std::string path, content;
};
/// None of them is put in its place before all are written.
void write_files(const std::vector<FileContent>& files);

/// The same text for two names of one file, which need not exist yet; "" for a device, which may be had twice.
std::string identity_of_output(const std::string& path);

/// Without a name, gone when it is closed, in the folder of `path`: for what is collected until that is written. Throws
/// OutputError.
int scratch_file(const std::string& path);

/// Removes what is unfinished; may be called from a signal handler.
void remove_unfinished_files() noexcept;

/// Every output ends in an error of its own: a closed pipe and a file that may grow no further are no signals, and no
/// output takes the place of a standard stream that was closed when the program started.
void prepare_standard_streams();
/// Writes out what standard output holds. Throws OutputError when that, or what came before it, failed.
void flush_standard_output();

}  // namespace ahbm::sim
