#include "smtp/policy_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mailcast::smtp {

namespace {

struct Attribute {
    std::string_view name;
    std::string PolicyRequest::* member;
};

constexpr std::array attributes{
    Attribute{"request", &PolicyRequest::request},
    Attribute{"protocol_state", &PolicyRequest::protocol_state},
    Attribute{"sender", &PolicyRequest::sender},
    Attribute{"recipient", &PolicyRequest::recipient},
    Attribute{"client_address", &PolicyRequest::client_address},
    Attribute{"client_name", &PolicyRequest::client_name},
    Attribute{"sasl_username", &PolicyRequest::sasl_username},
    Attribute{"instance", &PolicyRequest::instance},
};

std::string_view word(PolicyAction::Kind kind) {
    switch (kind) {
    case PolicyAction::Kind::dunno:
        return "DUNNO";
    case PolicyAction::Kind::reject:
        return "REJECT";
    case PolicyAction::Kind::defer_if_permit:
        return "DEFER_IF_PERMIT";
    }
    return "DUNNO";
}

} // namespace

const PolicyRequest* PolicyService::next(std::string_view& input) {
    if (whole_) {
        request_ = {};
        octets_ = 0;
        whole_ = false;
    }
    while (!input.empty() && !broken_) {
        const std::size_t end = input.find('\n');
        const bool is_whole = end != std::string_view::npos;
        const std::size_t taken = is_whole ? end + 1 : input.size();
        if (octets_ + taken > max_request) {
            broken_ = true;
            break;
        }
        octets_ += taken;
        line_.append(input.substr(0, is_whole ? end : taken));
        input.remove_prefix(taken);
        if (!is_whole) {
            break;
        }
        if (line_.ends_with('\r')) { // of somebody who tries it by hand
            line_.pop_back();
        }
        if (line_.empty()) {
            whole_ = true;
            return &request_;
        }
        take_line();
        line_.clear();
    }
    return nullptr;
}

void PolicyService::take_line() {
    const std::string_view line = line_;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
        return;
    }
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (name == "size") {
        std::uint64_t size = 0;
        const auto [at, error] = std::from_chars(value.data(), value.data() + value.size(), size);
        request_.size = error == std::errc{} && at == value.data() + value.size() && size > 0
                            ? std::optional(size)
                            : std::nullopt;
        return;
    }
    const auto* const found = std::ranges::find(attributes, name, &Attribute::name);
    if (found != attributes.end()) {
        request_.*(found->member) = value;
    }
}

void PolicyService::answer(const PolicyAction& action) {
    std::string text = action.text.substr(0, max_text);
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    output_ += fmt::format("action={}{}{}\n\n", word(action.kind), text.empty() ? "" : " ", text);
}

std::string PolicyService::take_output() {
    return std::exchange(output_, {});
}

} // namespace mailcast::smtp
