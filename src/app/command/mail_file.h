// A mail in a file or on standard input, as one piece of octets.  Owns the mapping.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace mailcast::app {

class MailFile {
  public:
    // Octets of one mail; a larger file is refused.
    static constexpr std::size_t max_octets = 1'073'741'824;

    // "-" is standard input.  The error says why it cannot be read.
    static std::expected<MailFile, std::string> open(const std::string& path);

    ~MailFile();
    MailFile(MailFile&& other) noexcept;
    MailFile& operator=(MailFile&&) = delete;
    MailFile(const MailFile&) = delete;
    MailFile& operator=(const MailFile&) = delete;

    std::string_view octets() const {
        return mapping_ == nullptr
                   ? std::string_view(read_)
                   : std::string_view(static_cast<const char*>(mapping_), mapped_octets_);
    }

  private:
    MailFile() = default;

    void* mapping_ = nullptr; // owned
    std::size_t mapped_octets_ = 0;
    std::string read_; // of what cannot be mapped
};

} // namespace mailcast::app
