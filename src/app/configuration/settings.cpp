#include "app/configuration/settings.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace mailcast::app {

namespace {

constexpr std::array table{
    Setting{"hostname", "domain", "localhost", "name of the node: psyc://HOSTNAME/"},
    Setting{"domains", "list of domains", "[]",
            "mail domains whose recipients live here; hostname always does too"},
    Setting{"data_dir", "path", "data", "where everything is kept; made with mode 0700"},
    Setting{"postmaster", "person or place", "",
            "who gets postmaster@ and bare postmaster; without it the first person does"},
    Setting{"store.url", "url", "sqlite:mailcast.db", "the database, relative to data_dir"},
    Setting{"store.journal_age", "duration", "7d",
            "how long a mail handed in again is known as the same"},
    Setting{"log.level", "debug, info, warn, error or off", "info",
            "what is written to standard error"},
    Setting{"listener.protocol", "lmtp, smtp, psyc, irc, socketmap or policy", "",
            "what is spoken; must be given"},
    Setting{"listener.address", "IP:PORT or unix:PATH", "", "where to listen; must be given"},
    Setting{"listener.mode", "octal string", "0660", "permissions of a unix socket"},
    Setting{"listener.group", "name of a group", "", "group of a unix socket"},
    Setting{"listener.origin", "internal or external", "external for lmtp, internal for smtp",
            "what mail is taken for when the peer says nothing else"},
    Setting{"listener.tls", "none, starttls or implicit", "none", "encryption"},
    Setting{"listener.certificate", "path", "", "certificate chain, PEM"},
    Setting{"listener.key", "path", "", "private key, PEM"},
    Setting{"listener.trusted", "list of networks and \"unix\"",
            R"(["127.0.0.0/8", "::1/128", "unix"])",
            "whose XFORWARD is believed; socketmap: who may ask; policy: whose clients are inside"},
    Setting{"limits.message_size", "size", "25MB", "octets of one mail"},
    Setting{"limits.recipients", "number", "1000", "recipients of one transaction"},
    Setting{"limits.connections", "number", "5000", "connections in all"},
    Setting{"limits.connections_per_peer", "number", "200",
            "connections from one address that is not trusted (psyc, irc: nor of this machine)"},
    Setting{"limits.errors", "number", "20", "errors in a row before 421 and close"},
    Setting{"limits.command_timeout", "duration", "5m", "wait for the next command"},
    Setting{"limits.content_timeout", "duration", "3m", "wait for the next octets of a mail"},
    Setting{"limits.drain_timeout", "duration", "30s",
            "wait for transactions in flight when stopping"},
    Setting{"limits.internal.message_size", "size", "as limits.message_size",
            "the same for internal mail"},
    Setting{"limits.internal.recipients", "number", "as limits.recipients",
            "the same for internal mail"},
    Setting{"limits.external.message_size", "size", "as limits.message_size",
            "the same for external mail"},
    Setting{"limits.external.recipients", "number", "as limits.recipients",
            "the same for external mail"},
    Setting{"limits.internal.rate", "mails/time", "",
            "internal mails, all together; more: 451 4.7.1"},
    Setting{"limits.internal.sender_rate", "mails/time", "", "mails of one reverse-path"},
    Setting{"limits.internal.client_rate", "mails/time", "",
            "mails of one address that hands them in"},
    Setting{"limits.internal.recipient_rate", "mails/time", "", "mails to one recipient"},
    Setting{"limits.external.rate", "mails/time", "",
            "external mails, all together; more: 451 4.7.1"},
    Setting{"limits.external.sender_rate", "mails/time", "", "mails of one reverse-path"},
    Setting{"limits.external.client_rate", "mails/time", "",
            "mails of one address that hands them in"},
    Setting{"limits.external.recipient_rate", "mails/time", "", "mails to one recipient"},
    Setting{"verdict.authserv_id", "name", "",
            "whose Authentication-Results are believed; none without it"},
    Setting{"verdict.spam_header", "list of names", "[]",
            "header fields of our mail server whose \"yes\" means spam"},
    Setting{"verdict.hops", "number", "0",
            "Received fields of our mail server that stand above those fields"},
    Setting{"policy.internal.senders", "any, known or none", "any", "whose internal mail is taken"},
    Setting{"policy.external.senders", "any, known or none", "any", "whose external mail is taken"},
    Setting{"psyc.hosts", "table of names and addresses", "{}",
            "nodes that DNS does not know, or not so: name = \"IP\" or \"IP:PORT\""},
    Setting{"psyc.generation", "table of names and 0.99 or 1.0", "{}",
            "in which generation a node is spoken to, where that is not 0.99"},
    Setting{"psyc.tls", "list of domains", "[]", "nodes that are connected to with TLS always"},
    Setting{"psyc.authorities", "path", "",
            "certificates that other nodes are verified by, PEM; without it the system's"},
    Setting{"psyc.mail_sources", "list of networks", R"(["127.0.0.0/8", "::1/128"])",
            "who may send notices of mail to persons by UDP"},
    Setting{"held.mails", "number", "100", "that are held for one person; more: 452 4.2.2"},
    Setting{"held.size", "size", "50MB", "octets held for one person; more: 452 4.2.2"},
    Setting{"held.keep", "duration", "30d", "then a held mail that nobody asked for is dropped"},
    Setting{"outbox.give_up", "duration", "5d", "then a mail that waits goes back to its sender"},
    Setting{"outbox.first_pause", "duration", "1m", "before the second attempt; doubles with each"},
    Setting{"outbox.last_pause", "duration", "1h", "the longest pause between two attempts"},
    Setting{"outbox.items", "number", "10000", "mails that may wait; more: 452 4.3.1"},
    Setting{"outbox.size", "size", "512MB", "octets that may wait; more: 452 4.3.1"},
    Setting{"smarthost.address", "HOST:PORT", "", "mail server that takes what persons write"},
    Setting{"smarthost.tls", "none or required", "none", "TLS to it, its certificate verified"},
    Setting{"smarthost.user", "name", "", "AUTH PLAIN, over TLS or to this machine only"},
    Setting{"smarthost.password_file", "path", "", "file whose first line is the password"},
    Setting{"smarthost.authorities", "path", "",
            "certificates that it is verified by, PEM; without it the system's"},
    Setting{"etrn.address", "HOST:PORT", "",
            "mail server in front that is asked for what it has put off, after an outage"},
    Setting{"etrn.domains", "list of domains", "all of ours", "that it is asked for"},
    Setting{"digest.after", "duration", "3d",
            "how long mail has waited for a person who is away until her address is told"},
};

// Levenshtein with two rows; words are short.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({changed, above + 1, row[j - 1] + 1});
            diagonal = above;
        }
    }
    return row[b.size()];
}

// A key is compared as a whole and by its last word, since the table it stands in may be the
// mistake.
constexpr std::size_t longest_compared = 64;

std::string_view last_word(std::string_view key) {
    const std::size_t dot = key.rfind('.');
    return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

} // namespace

std::span<const Setting> settings() {
    return table;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.size() > longest_compared) {
        return {};
    }
    std::string_view best;
    std::size_t best_distance = word.size() / 2; // further away it is another word
    for (const std::string_view candidate : candidates) {
        const std::size_t d = distance(word, candidate);
        if (d <= best_distance && (best.empty() || d < best_distance)) {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}

std::string_view closest(std::string_view word, std::span<const std::string_view> candidates) {
    word = word.substr(0, longest_compared);
    const auto found = std::ranges::min_element(
        candidates, {}, [word](std::string_view candidate) { return distance(word, candidate); });
    return found == candidates.end() ? std::string_view() : *found;
}

std::string_view nearest_setting(std::string_view key) {
    if (key.size() > longest_compared) {
        return {};
    }
    std::string_view best;
    std::size_t best_cost = 0;
    for (const Setting& setting : table) {
        const std::size_t by_word = distance(last_word(key), last_word(setting.key));
        if (by_word > std::max<std::size_t>(last_word(key).size() / 4, 1)) {
            continue;
        }
        // The last word counts most; among equals the place that is nearest.
        const std::size_t cost = 8 * by_word + distance(key, setting.key);
        if (best.empty() || cost < best_cost) {
            best = setting.key;
            best_cost = cost;
        }
    }
    return best;
}

} // namespace mailcast::app
