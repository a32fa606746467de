#include "base/id.h"

#include <algorithm>

namespace mailcast::base {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int digit_value(char c) {
    if (c >= 'a' && c <= 'z') {
        c = static_cast<char>(c - 'a' + 'A');
    }
    const auto at = alphabet.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

} // namespace

std::optional<MessageId> MessageId::parse(std::string_view text) {
    if (text.size() != text_length) {
        return std::nullopt;
    }
    Bytes bytes{};
    // 26 digits of 5 bits are 130 bits: the first digit holds only three, so it is 0 to 7.
    if (digit_value(text.front()) > 7) {
        return std::nullopt;
    }
    for (const char c : text) {
        const int value = digit_value(c);
        if (value < 0) {
            return std::nullopt;
        }
        unsigned carry = static_cast<unsigned>(value);
        for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
            const unsigned shifted = (static_cast<unsigned>(*byte) << 5U) | carry;
            *byte = static_cast<std::uint8_t>(shifted & 0xFFU);
            carry = shifted >> 8U;
        }
    }
    return MessageId{bytes};
}

std::string MessageId::text() const {
    std::string text(text_length, '0');
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        high = (high << 8U) | bytes_.at(i);
        low = (low << 8U) | bytes_.at(i + 8);
    }
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
        *digit = alphabet[low & 31U];
        low = (low >> 5U) | (high << 59U);
        high >>= 5U;
    }
    return text;
}

std::uint64_t MessageIdGenerator::random() {
    // splitmix64: ids must not collide, they need not be secret.
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

MessageId MessageIdGenerator::next(Time now) {
    const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_unix_ms(now)));
    MessageId::Bytes bytes{};
    for (std::size_t i = 0; i < 6; ++i) {
        bytes.at(i) = static_cast<std::uint8_t>(ms >> (8U * (5U - i)));
    }
    const std::uint64_t chance = random();
    const std::uint64_t more = random();
    for (std::size_t i = 0; i < 8; ++i) {
        bytes.at(6 + i) = static_cast<std::uint8_t>(chance >> (8U * i));
    }
    bytes.at(14) = static_cast<std::uint8_t>(more);
    bytes.at(15) = static_cast<std::uint8_t>(more >> 8U);
    if (bytes <= last_) {
        bytes = last_;
        for (auto byte = bytes.rbegin(); byte != bytes.rend() && ++*byte == 0; ++byte) {
        }
    }
    last_ = bytes;
    return MessageId{bytes};
}

} // namespace mailcast::base
