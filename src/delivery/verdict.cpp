#include "delivery/verdict.h"

#include "base/ascii.h"
#include "mail/mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace mailcast::delivery {

namespace {

// More of one field is not read: our own server writes a few hundred octets.
constexpr std::size_t max_field = 16'384;
constexpr std::size_t max_results = 100;

// One word, quoted string or delimiter of an Authentication-Results field.
struct Token {
    std::string text;
    bool is_delimiter = false; // ; or =
};

bool is_delimiter(char c) {
    return c == ';' || c == '=';
}

// RFC 8601 2.2 without its comments, which may nest (RFC 5322 3.2.2).
std::vector<Token> tokens_of(std::string_view field) {
    std::vector<Token> tokens;
    std::size_t depth = 0;
    bool quoted = false;
    bool open = false; // the last token goes on
    for (std::size_t i = 0; i < std::min(field.size(), max_field); ++i) {
        const char c = field[i];
        const auto append = [&](char letter) {
            if (!open) {
                tokens.emplace_back();
                open = true;
            }
            tokens.back().text += letter;
        };
        if (c == '\\' && (quoted || depth > 0)) {
            ++i;
            if (quoted && i < field.size()) {
                append(field[i]);
            }
        } else if (quoted) {
            if (c == '"') {
                quoted = false;
            } else {
                append(c);
            }
        } else if (c == '(') {
            ++depth;
            open = false;
        } else if (depth > 0) {
            depth -= c == ')' ? 1 : 0;
        } else if (c == '"') {
            quoted = true;
        } else if (is_delimiter(c)) {
            tokens.push_back({.text = std::string(1, c), .is_delimiter = true});
            open = false;
        } else if (base::is_blank(c) || c == '\r' || c == '\n') {
            open = false;
        } else {
            append(c);
        }
    }
    return tokens;
}

// "dkim=pass header.d=example.net": one method, its result, its properties.
struct MethodResult {
    std::string method;
    std::string result;
    std::vector<std::pair<std::string, std::string>> properties;

    std::string_view property(std::string_view name) const {
        const auto found =
            std::ranges::find(properties, name, &std::pair<std::string, std::string>::first);
        return found == properties.end() ? std::string_view{} : std::string_view(found->second);
    }
};

struct Results {
    std::string authserv_id;
    std::vector<MethodResult> methods;
};

Results results_of(std::string_view field) {
    const std::vector<Token> tokens = tokens_of(field);
    Results results;
    std::size_t at = 0;
    if (at < tokens.size() && !tokens[at].is_delimiter) {
        results.authserv_id = base::lowered(tokens[at].text);
    }
    // Behind the id may stand a version; both end at the first semicolon.
    while (at < tokens.size()) {
        while (at < tokens.size() && tokens[at].text != ";") {
            ++at;
        }
        ++at;
        MethodResult method;
        bool first = true;
        while (at + 2 < tokens.size() && !tokens[at].is_delimiter && tokens[at + 1].text == "=" &&
               !tokens[at + 2].is_delimiter) {
            std::string name = base::lowered(tokens[at].text);
            std::string value = base::lowered(tokens[at + 2].text);
            if (first) {
                // "dkim/1=pass": the version of the method says nothing here.
                method.method = name.substr(0, name.find('/'));
                method.result = std::move(value);
                first = false;
            } else {
                method.properties.emplace_back(std::move(name), std::move(value));
            }
            at += 3;
        }
        if (!first && results.methods.size() < max_results) {
            results.methods.push_back(std::move(method));
        }
    }
    return results;
}

// RFC 7489 3.1, relaxed, as far as it goes without a list of public suffixes: the same domain, or one within the
// other; a top level domain alone is nobody's.
bool is_aligned(std::string_view proved, std::string_view from) {
    if (proved.empty() || from.empty()) {
        return false;
    }
    const auto within = [](std::string_view inner, std::string_view outer) {
        return outer.find('.') != std::string_view::npos && inner.size() > outer.size() &&
               inner.ends_with(outer) && inner[inner.size() - outer.size() - 1] == '.';
    };
    return proved == from || within(proved, from) || within(from, proved);
}

std::string_view domain_in(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? address : address.substr(at + 1);
}

// With several authors there is nobody who could be verified.
std::string from_domain(const mime::Message& message) {
    const std::vector<mime::Address> authors = message.from();
    if (authors.size() != 1) {
        return {};
    }
    const auto mailbox = mail::parse_mailbox(authors.front().address);
    return mailbox ? mailbox->domain : std::string();
}

Judgement judge_results(const Results& results, const std::string& from) {
    const auto find = [&](std::string_view method) {
        return std::ranges::find(results.methods, method, &MethodResult::method);
    };
    // DMARC is about the domain of From itself; where it was asked it decides.
    if (const auto dmarc = find("dmarc"); dmarc != results.methods.end()) {
        const std::string_view said = dmarc->property("header.from");
        const bool same = said.empty() || domain_in(said) == from;
        if (dmarc->result == "pass" && same && !from.empty()) {
            return {.verdict = Verdict::verified, .domain = from};
        }
        if (dmarc->result == "fail") {
            return {.verdict = Verdict::failed, .domain = {}};
        }
    }
    bool failed = false;
    for (const MethodResult& method : results.methods) {
        std::string_view proved;
        if (method.method == "dkim") {
            proved = method.property("header.d");
            if (proved.empty()) {
                proved = domain_in(method.property("header.i"));
            }
        } else if (method.method == "spf") {
            proved = domain_in(method.property("smtp.mailfrom"));
        } else {
            continue;
        }
        if (!is_aligned(proved, from)) {
            continue;
        }
        if (method.result == "pass") {
            return {.verdict = Verdict::verified, .domain = from};
        }
        failed = failed || method.result == "fail";
    }
    return {.verdict = failed ? Verdict::failed : Verdict::unverified, .domain = {}};
}

} // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
    case Verdict::inside:
        return "inside";
    case Verdict::verified:
        return "verified";
    case Verdict::unverified:
        return "unverified";
    case Verdict::failed:
        return "failed";
    case Verdict::spam:
        return "spam";
    }
    return "unverified";
}

Judgement judge(const mime::Message& message, mail::Origin origin, bool peer_trusted,
                const VerdictSettings& settings) {
    if (origin == mail::Origin::internal) {
        return {.verdict = Verdict::inside, .domain = {}};
    }
    if (!peer_trusted || (settings.authserv_id.empty() && settings.spam_headers.empty())) {
        return {};
    }
    std::size_t received = 0;
    std::optional<std::string_view> results;
    for (const mime::Field& field : message.fields()) {
        if (base::iequals(field.name, "Received") && ++received > settings.hops) {
            break;
        }
        if (!results && base::iequals(field.name, "Authentication-Results")) {
            results = field.value;
        }
        const auto is_it = [&](const std::string& name) { return base::iequals(name, field.name); };
        if (std::ranges::any_of(settings.spam_headers, is_it) &&
            base::istarts_with(base::trim(field.value), "yes")) {
            return {.verdict = Verdict::spam, .domain = {}};
        }
    }
    if (!results || settings.authserv_id.empty()) {
        return {};
    }
    const Results read = results_of(*results);
    if (!base::iequals(read.authserv_id, settings.authserv_id)) {
        return {};
    }
    return judge_results(read, from_domain(message));
}

std::string badge_of(mail::Origin origin, const Judgement& judgement) {
    if (judgement.verdict == Verdict::inside) {
        return std::string(mail::to_string(origin));
    }
    return fmt::format("{}, {}{}{}", mail::to_string(origin), to_string(judgement.verdict),
                       judgement.domain.empty() ? "" : " ", judgement.domain);
}

} // namespace mailcast::delivery
