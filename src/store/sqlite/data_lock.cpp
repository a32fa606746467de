#include "store/sqlite/data_lock.h"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace mailcast::store::sqlite {

DataLock& DataLock::operator=(DataLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

DataLock::~DataLock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Result<DataLock> DataLock::acquire(const std::string& data_dir) {
    const std::string path = data_dir + "/lock";
    DataLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.fd_ < 0) {
        return std::unexpected(
            Error{Error::Kind::unavailable, fmt::format("{}: {}", path, std::strerror(errno))});
    }
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
        std::array<char, 32> owner{};
        const auto length = ::pread(lock.fd_, owner.data(), owner.size() - 1, 0);
        std::string_view pid(owner.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
        pid = pid.substr(0, pid.find('\n'));
        return std::unexpected(Error{
            Error::Kind::locked, fmt::format("{} is in use by process {}; stop it first", data_dir,
                                             pid.empty() ? std::string_view("(unknown)") : pid)});
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(lock.fd_, 0) != 0 ||
        ::pwrite(lock.fd_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        // The lock holds all the same; only its owner's number is missing, for instance on a full disk.
        return lock;
    }
    return lock;
}

} // namespace mailcast::store::sqlite
