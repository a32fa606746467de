#include "app/command/mail_file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace mailcast::app {

namespace {

constexpr std::size_t read_octets = 65'536;

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}

    ~Descriptor() {
        if (number_ > STDERR_FILENO) {
            ::close(number_);
        }
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const { return number_; }

  private:
    int number_;
};

std::unexpected<std::string> unreadable(const std::string& path, int error) {
    return std::unexpected(
        fmt::format("{} cannot be read: {}", path, std::generic_category().message(error)));
}

} // namespace

std::expected<MailFile, std::string> MailFile::open(const std::string& path) {
    const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat facts = {};
    if (file.number() < 0 || fstat(file.number(), &facts) != 0) {
        return unreadable(path, errno);
    }
    if (S_ISDIR(facts.st_mode)) {
        return unreadable(path, EISDIR);
    }

    MailFile made;
    if (path != "-" && S_ISREG(facts.st_mode) && facts.st_size > 0 &&
        std::cmp_less_equal(facts.st_size, max_octets)) {
        const auto octets = static_cast<std::size_t>(facts.st_size);
        void* mapping = mmap(nullptr, octets, PROT_READ, MAP_PRIVATE, file.number(), 0);
        if (mapping != MAP_FAILED) { // NOLINT: the macro casts
            made.mapping_ = mapping;
            made.mapped_octets_ = octets;
            return made;
        }
    }
    std::array<char, read_octets> buffer; // NOLINT: filled by read
    for (;;) {
        const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return unreadable(path, errno);
        }
        if (got == 0) {
            return made;
        }
        made.read_.append(buffer.data(), static_cast<std::size_t>(got));
        if (made.read_.size() > max_octets) {
            return unreadable(path, EFBIG);
        }
    }
}

MailFile::~MailFile() {
    if (mapping_ != nullptr) {
        munmap(mapping_, mapped_octets_);
    }
}

MailFile::MailFile(MailFile&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      mapped_octets_(std::exchange(other.mapped_octets_, 0)), read_(std::move(other.read_)) {}

} // namespace mailcast::app
