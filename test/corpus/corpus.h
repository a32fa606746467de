// The mails of ../shared/mail-corpus.  They stay where they are; tests that need them skip without them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::corpus {

inline std::filesystem::path folder() {
    return std::filesystem::path(MAILCAST_SOURCE_DIR) / ".." / "shared" / "mail-corpus";
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Sorted, so that a failure stands at the same place every time.
inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& where,
                                                   std::string_view extension) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(where, error)) {
        if (entry.path().extension() == extension) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

// Every line end becomes CRLF, as over SMTP.
inline std::string with_crlf(std::string_view octets) {
    std::string out;
    out.reserve(octets.size() + octets.size() / 32);
    for (std::size_t at = 0; at < octets.size(); ++at) {
        if (octets[at] == '\r' || octets[at] == '\n') {
            at += octets[at] == '\r' && at + 1 < octets.size() && octets[at + 1] == '\n' ? 1U : 0U;
            out += "\r\n";
        } else {
            out.push_back(octets[at]);
        }
    }
    return out;
}

} // namespace mailcast::corpus

#define MAILCAST_NEED_CORPUS()                                                                     \
    if (!std::filesystem::is_directory(mailcast::corpus::folder())) {                              \
        GTEST_SKIP() << "no mail corpus at " << mailcast::corpus::folder();                        \
    }
