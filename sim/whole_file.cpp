// SPDX-License-Identifier: Apache-2.0
#include "sim/whole_file.h"

#include "sim/config/text.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <streambuf>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ahbm::sim {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, int reason) {
    throw OutputError(config::one_line(path) + ": cannot be written: " + std::strerror(reason));
}

/// Names of temporary files, for a signal handler: set and cleared by the one thread that writes files.
std::array<std::atomic<const char*>, 64> unfinished;

/// A file's temporary stand-in; removed unless it was moved.
class Temporary {
public:
    /// In `folder`; errno says why when there is none.
    explicit Temporary(const fs::path& folder) {
        for (unsigned number = 0; fd_ < 0; ++number) {
            name_ = folder / (".ahbm-" + std::to_string(getpid()) + '-' + std::to_string(number) + ".part");
            fd_ = ::open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (fd_ < 0 && errno != EEXIST) {
                name_.clear();
                return;
            }
        }
        for (auto& slot : unfinished) {
            const char* none = nullptr;
            if (slot.compare_exchange_strong(none, name_.c_str())) return;
        }
    }
    ~Temporary() {
        remove();
        if (fd_ >= 0) ::close(fd_);
    }
    Temporary(const Temporary&) = delete;

    explicit operator bool() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    /// Mode and owner of what it stands for; false: they cannot be given.
    bool resemble(const struct stat& original) const {
        struct stat mine {};
        fstat(fd_, &mine);
        if ((mine.st_uid != original.st_uid || mine.st_gid != original.st_gid) &&
            fchown(fd_, original.st_uid, original.st_gid) != 0)
            return false;
        return fchmod(fd_, original.st_mode & 07777) == 0;
    }
    /// Some file systems tell only now that there was no room.
    bool close() { return ::close(std::exchange(fd_, -1)) == 0; }
    bool move_to(const fs::path& place) {
        if (std::rename(name_.c_str(), place.c_str()) != 0) return false;
        forget();
        return true;
    }
    void remove() {
        if (name_.empty()) return;
        unlink(name_.c_str());
        forget();
    }

private:
    void forget() {
        for (auto& slot : unfinished) {
            const char* mine = name_.c_str();
            if (slot.compare_exchange_strong(mine, nullptr)) break;
        }
        name_.clear();
    }

    fs::path name_;
    int fd_ = -1;
};

/// Where the name leads; the last part of it may be missing.
fs::path followed(fs::path path) {
    std::error_code error;
    for (int links = 0; links < 40 && fs::is_symlink(fs::symlink_status(path, error)); ++links)
        path = path.parent_path() / fs::read_symlink(path, error);  // an absolute one replaces what is before it
    return path;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

struct WholeFile::Open : std::streambuf {
    explicit Open(const std::string& where) : path(where) {
        if (path == "-") {
            append_to(STDOUT_FILENO);
            return;
        }
        struct stat found {};
        const bool there = stat(path.c_str(), &found) == 0;
        if (!there && errno != ENOENT) fail(path, errno);
        if (!there && path.empty()) fail(path, ENOENT);
        if (there) {
            if (S_ISDIR(found.st_mode)) fail(path, EISDIR);
            if (S_ISSOCK(found.st_mode)) fail(path, ENXIO);
            if (access(path.c_str(), W_OK) != 0) fail(path, errno);
            for (const int standard : {STDOUT_FILENO, STDERR_FILENO})
                if (struct stat own{}; fstat(standard, &own) == 0 && own.st_dev == found.st_dev &&
                                       own.st_ino == found.st_ino && !S_ISCHR(own.st_mode)) {
                    append_to(standard);
                    return;
                }
            if (!S_ISREG(found.st_mode) || found.st_nlink != 1) return;  // written through
        }
        target = followed(path);
        if (!there && !fs::is_directory(folder_of(target)))
            throw OutputError(config::one_line(path + ": the folder " +
                                               fs::absolute(folder_of(target)).lexically_normal().string() +
                                               " does not exist"));
        temporary = std::make_unique<Temporary>(folder_of(target));
        if (!*temporary) {
            if (!there) fail(path, errno);
            temporary.reset();
        } else if (there && !temporary->resemble(found)) {
            temporary.reset();
        } else {
            fd = temporary->fd();
        }
    }
    ~Open() override {
        if (owned && fd >= 0) ::close(fd);
    }

    void append_to(int standard) {
        std::fflush(standard == STDOUT_FILENO ? stdout : stderr);
        fd = standard;
    }
    bool opened() {
        if (fd >= 0) return true;
        fd = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
        owned = fd >= 0;
        if (!owned) reason = errno;
        return owned;
    }
    bool write_out(const char* data, std::size_t bytes) {
        while (bytes > 0 && reason == 0 && opened()) {
            const ssize_t written = ::write(fd, data, bytes);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) reason = errno;
            data += std::max<ssize_t>(written, 0), bytes -= static_cast<std::size_t>(std::max<ssize_t>(written, 0));
        }
        return reason == 0;
    }
    int sync() override {
        const bool fine = write_out(pbase(), static_cast<std::size_t>(pptr() - pbase()));
        setp(block.data(), block.data() + block.size());
        return fine ? 0 : -1;
    }
    int_type overflow(int_type c) override {
        if (sync() != 0) return traits_type::eof();
        if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
        return traits_type::not_eof(c);
    }
    std::streamsize xsputn(const char* data, std::streamsize bytes) override {
        if (bytes <= 0) return 0;  // of nothing, data may be null
        if (bytes < epptr() - pptr()) {
            std::memcpy(pptr(), data, static_cast<std::size_t>(bytes));
            pbump(static_cast<int>(bytes));
            return bytes;
        }
        return sync() == 0 && write_out(data, static_cast<std::size_t>(bytes)) ? bytes : 0;
    }

    const std::string path;
    fs::path target;  ///< where it is moved
    std::unique_ptr<Temporary> temporary;
    int fd = -1;
    bool owned = false, closed = false;
    int reason = 0;  ///< errno of the first write that failed
    std::array<char, 1 << 16> block;
    std::ostream stream{this};
};

WholeFile::WholeFile(const std::string& path) : open_(std::make_unique<Open>(path)) {}
WholeFile::~WholeFile() = default;
WholeFile::WholeFile(WholeFile&&) noexcept = default;

std::ostream& WholeFile::stream() { return open_->stream; }
bool WholeFile::failed() const { return open_->reason != 0; }

void WholeFile::close() {
    Open& o = *open_;
    if (o.closed) return;
    o.sync();
    if (o.reason == 0) o.opened();  // readers of a FIFO wait for its end
    if (o.owned && ::close(std::exchange(o.fd, -1)) != 0 && o.reason == 0) o.reason = errno;
    if (o.temporary != nullptr && !o.temporary->close() && o.reason == 0) o.reason = errno;
    o.closed = true;
    if (o.reason != 0) fail(o.path, o.reason);
}

void WholeFile::place() {
    close();
    if (open_->temporary != nullptr && !open_->temporary->move_to(open_->target)) fail(open_->path, errno);
    open_->temporary.reset();
}

void write_file(const std::string& path, const std::function<void(std::ostream&)>& content) {
    WholeFile file(path);
    content(file.stream());
    file.place();
}

void write_file(const std::string& path, const std::string& content) {
    write_file(path, [&](std::ostream& file) { file << content; });
}

void write_files(const std::vector<FileContent>& files) {
    std::vector<WholeFile> all;
    for (const FileContent& each : files) {
        all.emplace_back(each.path).stream() << each.content;
        all.back().close();
    }
    for (WholeFile& file : all) file.place();
}

std::string identity_of_output(const std::string& path) {
    const auto number = [](const struct stat& of) {
        return std::to_string(of.st_dev) + ':' + std::to_string(of.st_ino);
    };
    struct stat found {};
    if (path == "-") return fstat(STDOUT_FILENO, &found) != 0 || S_ISCHR(found.st_mode) ? path : number(found);
    if (stat(path.c_str(), &found) == 0) return S_ISCHR(found.st_mode) ? "" : number(found);
    const fs::path target = followed(path);
    if (stat(folder_of(target).c_str(), &found) != 0) return path;
    return number(found) + '/' + target.filename().string();
}

int scratch_file(const std::string& path) {
    Temporary temporary(folder_of(followed(path)));
    if (!temporary) fail(path, errno);
    temporary.remove();
    return fcntl(temporary.fd(), F_DUPFD_CLOEXEC, 3);
}

void remove_unfinished_files() noexcept {
    for (auto& slot : unfinished)
        if (const char* name = slot.exchange(nullptr)) unlink(name);
}

void prepare_standard_streams() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    // Open takes the lowest number that is free. Opened the wrong way round: using it fails, as it would if closed.
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(standard, F_GETFD) < 0 && errno == EBADF)
            ::open("/dev/null", standard == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void flush_standard_output() {
    if (std::fflush(stdout) != 0) fail("standard output", errno);
    if (std::ferror(stdout) != 0) throw OutputError("standard output: cannot be written");
}

}  // namespace ahbm::sim
