#include "mime/uuencode.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailcast::mime {

namespace {

// Takes the next line off `text`, without its end.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

constexpr unsigned value_of(char c) {
    return (static_cast<unsigned>(static_cast<unsigned char>(c)) - 32U) & 0x3FU;
}

constexpr bool is_digit(char c) {
    return c >= ' ' && c <= '`';
}

// "begin 644 name"; nothing when it is no such line.
bool is_begin(std::string_view line, std::string_view& name) {
    constexpr std::string_view word = "begin ";
    if (!line.starts_with(word)) {
        return false;
    }
    line.remove_prefix(word.size());
    std::size_t digits = 0;
    while (digits < line.size() && line[digits] >= '0' && line[digits] <= '7') {
        ++digits;
    }
    if (digits < 3 || digits > 4 || digits == line.size() || line[digits] != ' ') {
        return false;
    }
    name = base::trim(line.substr(digits));
    return !name.empty();
}

// The declared number of octets of a line, 0 for the last; -1 when the line cannot be data.
// Blanks at the end may have been cut on the way, a checksum may have been added, and where a program
// took the digits for text of some national set, one of them may be two octets now.
int data_length(std::string_view line) {
    constexpr std::size_t slack = 16;
    if (line.empty() || !is_digit(line.front())) {
        return -1;
    }
    const auto length = static_cast<int>(value_of(line.front()));
    const std::size_t need = (static_cast<std::size_t>(length) + 2) / 3 * 4;
    return line.size() <= 1 + need + slack ? length : -1;
}

// The same where nothing but the line itself says that it is data: it must look like it all over.
int certain_data_length(std::string_view line) {
    const int length = data_length(line);
    const std::size_t need = (static_cast<std::size_t>(std::max(length, 0)) + 2) / 3 * 4;
    const bool is_whole = line.size() >= 1 + need / 2 && line.size() <= need + 3;
    return is_whole && std::ranges::all_of(line, is_digit) ? length : -1;
}

void decode_line(std::string_view line, Output& output) {
    std::size_t length = value_of(line.front());
    if (output.is_counting()) {
        output.count(length);
        return;
    }
    line.remove_prefix(1);
    const auto digit = [&line](std::size_t at) {
        return at < line.size() ? value_of(line[at]) : 0U;
    };
    for (std::size_t at = 0; length > 0; at += 4) {
        const unsigned bits =
            (digit(at) << 18U) | (digit(at + 1) << 12U) | (digit(at + 2) << 6U) | digit(at + 3);
        const std::array<char, 3> octets = {static_cast<char>(bits >> 16U),
                                            static_cast<char>(bits >> 8U), static_cast<char>(bits)};
        const std::size_t take = std::min<std::size_t>(length, octets.size());
        output.append({octets.data(), take});
        length -= take;
    }
}

std::uint64_t number_after(std::string_view line, std::string_view key) {
    const std::size_t at = line.find(key);
    std::uint64_t number = 0;
    if (at != std::string_view::npos) {
        const std::string_view digits = line.substr(at + key.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    }
    return number;
}

// The lines after a "begin" as far as they are data.  `rest` is moved behind them.
bool take_uu_block(std::string_view& rest, std::uint64_t& size) {
    std::string_view ahead = rest;
    std::size_t lines = 0;
    while (!ahead.empty()) {
        std::string_view after = ahead;
        const std::string_view line = take_line(after);
        if (line == "end") {
            rest = after;
            return true; // also an empty file
        }
        const int length = lines == 0 ? certain_data_length(line) : data_length(line);
        if (length < 0 && !base::trim(line).empty()) {
            break;
        }
        size += length > 0 ? static_cast<std::uint64_t>(length) : 0U;
        lines += length > 0 ? 1U : 0U;
        ahead = after;
        if (lines == 0 && line.empty()) {
            break; // "begin 644 x" in prose, then a paragraph
        }
    }
    rest = ahead;
    return lines > 0;
}

bool take_yenc_block(std::string_view& rest) {
    while (!rest.empty()) {
        if (take_line(rest).starts_with("=yend")) {
            return true;
        }
    }
    return false;
}

} // namespace

void UuDecoder::feed(std::string_view lines) {
    std::string_view name;
    while (!lines.empty() && state_ != State::after && !output_.is_full()) {
        const std::string_view line = take_line(lines);
        if (is_begin(line, name)) {
            state_ = State::inside;
            is_certain_ = true;
        } else if (state_ == State::inside && line == "end") {
            state_ = State::after;
        } else if (state_ == State::inside &&
                   (is_certain_ ? data_length(line) : certain_data_length(line)) > 0) {
            decode_line(line, output_);
        }
    }
}

std::vector<EmbeddedFile> find_embedded_files(std::string_view text, std::size_t max) {
    std::vector<EmbeddedFile> files;
    std::string_view rest = text;
    bool yenc_may_end = true; // false once a search for "=yend" came to the end of the text
    while (!rest.empty() && files.size() < max) {
        // Nearly all lines of nearly all texts begin with another letter.
        if (rest.front() != 'b' && rest.front() != '=') {
            const std::size_t end = rest.find('\n');
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            continue;
        }
        const std::size_t begin = text.size() - rest.size();
        const std::string_view line = take_line(rest);
        EmbeddedFile file;
        file.begin = begin;
        if (is_begin(line, file.name)) {
            std::string_view after = rest;
            if (take_uu_block(after, file.size)) {
                file.end = text.size() - after.size();
                files.push_back(file);
            }
            rest = after;
        } else if (yenc_may_end && line.starts_with("=ybegin ")) {
            const std::size_t name = line.find(" name=");
            std::string_view after = rest;
            yenc_may_end = take_yenc_block(after);
            if (yenc_may_end) {
                file.form = EmbeddedFile::Form::yenc;
                file.name = name == std::string_view::npos ? std::string_view{}
                                                           : base::trim(line.substr(name + 6));
                file.size = number_after(line, " size=");
                file.end = text.size() - after.size();
                files.push_back(file);
                rest = after;
            }
        }
    }
    return files;
}

} // namespace mailcast::mime
