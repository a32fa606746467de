#include "app/command/postfix_recipe.h"

#include "base/address_set.h"
#include "base/ascii.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace mailcast::app {

namespace {

constexpr std::array<std::pair<std::string_view, PostfixRecipe>, 3> recipe_words{
    {{"whole", PostfixRecipe::whole},
     {"shared", PostfixRecipe::shared},
     {"subdomain", PostfixRecipe::subdomain}}};

// How Postfix names one of our sockets.
struct Door {
    std::string address;     // "unix:private/chat-lmtp", "inet:[127.0.0.1]:2424"
    std::string cache;       // the same as lmtp_connection_cache_destinations wants it
    bool is_outside = false; // a unix socket that a chrooted program cannot reach
    bool is_remote = false;  // not on this host
    const Listener* listener = nullptr;
};

const Listener* find(const Configuration& configuration, Protocol protocol) {
    const auto found = std::ranges::find(configuration.listeners, protocol, &Listener::protocol);
    return found == configuration.listeners.end() ? nullptr : &*found;
}

std::optional<Door> door_of(const Configuration& configuration, const PostfixFacts& facts,
                            Protocol protocol) {
    Door door;
    door.listener = find(configuration, protocol);
    if (door.listener == nullptr) {
        return std::nullopt;
    }
    if (const auto* local = std::get_if<UnixAddress>(&door.listener->address)) {
        // A path below the queue is named from there, which is right in a chroot and out of it.
        std::string path = local->path;
        const std::string queue = facts.queue_directory + "/";
        if (path.starts_with(queue)) {
            path.erase(0, queue.size());
        } else {
            door.is_outside = true;
        }
        door.address = "unix:" + path;
        door.cache = path; // without "unix:", else Postfix takes it for a table
        return door;
    }
    const auto& tcp = std::get<TcpAddress>(door.listener->address);
    door.is_remote = !base::is_loopback(tcp.host);
    const bool any = tcp.host == "0.0.0.0" || tcp.host == "::";
    const bool by_name = any || door.listener->tls != Tls::none;
    const std::string host = by_name && door.is_remote ? configuration.hostname : tcp.host;
    // Brackets keep LMTP from looking for an MX; maps and policy want none but for IPv6.
    const bool brackets = protocol == Protocol::lmtp || host.find(':') != std::string::npos;
    door.address =
        fmt::format("inet:{}{}{}:{}", brackets ? "[" : "", host, brackets ? "]" : "", tcp.port);
    door.cache = "static:all";
    return door;
}

// What all recipes share: where the three doors are.
struct Doors {
    Door lmtp;
    std::optional<Door> map;
    std::optional<Door> policy;

    std::string transport() const { return "chat:" + lmtp.address; }

    // Nullopt without a socketmap listener.
    std::optional<std::string> table() const {
        if (!map) {
            return std::nullopt;
        }
        // proxymap(8) is not chrooted.
        return fmt::format("{}socketmap:{}:rcpt", map->is_outside ? "proxy:" : "", map->address);
    }
};

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string restrictions(const Doors& doors) {
    std::string out =
        "smtpd_relay_restrictions =\n    permit_mynetworks, permit_sasl_authenticated, "
        "reject_unauth_destination\n"
        "# Before any permit_mynetworks of your own, or mail from inside is never "
        "judged:\n"
        "smtpd_recipient_restrictions =\n";
    out += doors.map ? "    reject_unlisted_recipient" : "    reject_unverified_recipient";
    if (doors.policy) {
        out +=
            fmt::format(",\n    check_policy_service {{ {}, timeout=10s, default_action=DUNNO }}",
                        doors.policy->address);
    }
    out += '\n';
    if (!doors.map) {
        out +=
            "unverified_recipient_reject_code = 550\n"
            "# With a listener of protocol \"socketmap\" Postfix knows at once who exists, without "
            "probes.\n";
    }
    if (!doors.policy) {
        out +=
            "# With a listener of protocol \"policy\" mail that a rule refuses is refused before "
            "Postfix takes it.\n";
    }
    return out;
}

// Everything of main.cf that does not depend on the recipe.
std::string common(const Doors& doors) {
    return restrictions(doors) +
           "chat_destination_recipient_limit = 500\n"
           "chat_destination_concurrency_limit = 4\n"
           "enable_long_queue_ids = yes\n"
           "# Who counts as inside (XFORWARD SOURCE=LOCAL); the policy listener's 'trusted' names "
           "the "
           "same networks.\n"
           "local_header_rewrite_clients =\n    permit_inet_interfaces, permit_mynetworks, "
           "permit_sasl_authenticated\n";
}

std::string whole_lines(const std::vector<std::string>& domains, const Doors& doors) {
    return fmt::format("virtual_mailbox_domains = {}\nvirtual_mailbox_maps = {}\n"
                       "virtual_transport = {}\nrecipient_delimiter = +\n"
                       "fast_flush_domains = $relay_domains $virtual_mailbox_domains\n",
                       joined(domains), doors.table().value_or(""), doors.transport());
}

std::string shared_lines(const std::vector<std::string>& domains, const Doors& doors) {
    return whole_lines(domains, doors) +
           "# System accounts are at localhost; chat_aliases leads to them.\n"
           "mydestination = localhost, localhost.$mydomain\n"
           "myorigin = localhost\n"
           "virtual_alias_maps = texthash:$config_directory/chat_aliases\n";
}

std::string subdomain_lines(const std::vector<std::string>& domains, const Doors& doors) {
    return fmt::format(
        "# Those that are in relay_domains and transport_maps already stay there: add "
        "to them.\n"
        "relay_domains = {}\nrelay_recipient_maps = {}\n"
        "transport_maps = texthash:$config_directory/chat_transport\n"
        "recipient_delimiter = +\n"
        "fast_flush_domains = $relay_domains\n"
        "parent_domain_matches_subdomains = debug_peer_list, smtpd_access_maps\n",
        joined(domains), doors.table().value_or(""));
}

std::string lines_of(PostfixRecipe recipe, const std::vector<std::string>& domains,
                     const Doors& doors) {
    switch (recipe) {
    case PostfixRecipe::whole:
        return whole_lines(domains, doors);
    case PostfixRecipe::shared:
        return shared_lines(domains, doors);
    case PostfixRecipe::subdomain:
        return subdomain_lines(domains, doors);
    }
    return {};
}

std::string_view title(PostfixRecipe recipe) {
    switch (recipe) {
    case PostfixRecipe::whole:
        return "a whole domain";
    case PostfixRecipe::shared:
        return "an address space shared with system accounts";
    case PostfixRecipe::subdomain:
        return "a sub-domain, by a transport map";
    }
    return {};
}

std::string commented(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        out += line.starts_with('#') ? fmt::format("#{}\n", line) : fmt::format("#   {}\n", line);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return out;
}

std::string master_cf(const Doors& doors) {
    const Door& lmtp = doors.lmtp;
    std::string out = "# service type  private unpriv  chroot  wakeup  maxproc command\n";
    out += fmt::format("chat      unix  -       -       {}       -       20      lmtp\n",
                       lmtp.is_outside ? "n" : "y");
    out += "  -o syslog_name=postfix/$service_name\n"
           "  -o lmtp_send_xforward_command=yes\n";
    out += fmt::format("  -o lmtp_connection_cache_destinations={}\n", lmtp.cache);
    out += "  -o lmtp_connection_cache_time_limit=60s\n"
           "  -o lmtp_connection_reuse_time_limit=300s\n";
    if (lmtp.listener->tls != Tls::none) {
        // To another host the name is checked; on this one there is nobody in between.
        out += lmtp.is_remote ? "  -o lmtp_tls_security_level=secure\n"
                                "  -o lmtp_tls_CAfile=/etc/ssl/certs/ca-certificates.crt\n"
                              : "  -o lmtp_tls_security_level=encrypt\n";
    }
    if (lmtp.listener->tls == Tls::implicit) {
        out += "  -o lmtp_tls_wrappermode=yes\n";
    }
    return out;
}

std::string chat_aliases(const Configuration& configuration,
                         const std::vector<std::string>& domains,
                         const std::vector<SystemAccount>& accounts) {
    const std::string& domain = domains.front();
    std::string out =
        "# Who has a mailbox of the system, one a line.  After a change: postfix reload\n";
    for (const SystemAccount& account : accounts) {
        if (account.is_person) {
            out += fmt::format("{}@{} {}@localhost\n", account.name, domain, account.name);
        }
    }
    std::vector<std::string> roles{"root", "abuse"};
    if (configuration.postmaster.empty()) {
        roles.emplace_back("postmaster");
    }
    for (const std::string& role : roles) {
        out += fmt::format("{}@{} root@localhost\n", role, domain);
    }
    out += fmt::format("#team@{} alice@{}, bob@{}\n", domain, domain, domain);
    return out;
}

std::string chat_transport(const std::vector<std::string>& domains, const Doors& doors) {
    std::string out = "# Where domains go.  After a change: postfix reload\n";
    for (const std::string& domain : domains) {
        out += fmt::format("{} {}\n", domain, doors.transport());
    }
    return out;
}

// What the person at the keyboard should know about these sockets.
std::string notes(const Configuration& configuration, const Doors& doors,
                  const std::vector<std::string>& clashing) {
    std::string out;
    for (const std::string& clash : clashing) {
        out += fmt::format("# WARNING: {}\n", clash);
    }
    if (doors.policy && doors.policy->is_outside) {
        out += "# The policy socket is outside the queue directory: smtpd(8) must not be chrooted "
               "('n' "
               "in the fifth column of\n# master.cf), or the listener should be at an address like "
               "127.0.0.1:2526.\n";
    }
    for (const Door* door : {&doors.lmtp, doors.map ? &*doors.map : nullptr,
                             doors.policy ? &*doors.policy : nullptr}) {
        if (door == nullptr || !std::holds_alternative<UnixAddress>(door->listener->address)) {
            continue;
        }
        const auto& local = std::get<UnixAddress>(door->listener->address);
        if ((local.mode & 07U) == 0 && local.group != "postfix") {
            out += fmt::format("# {} has mode {:04o}: the user postfix must be allowed to write "
                               "there (group = \"postfix\", or a socket unit with "
                               "SocketUser=postfix).\n",
                               local.path, local.mode);
        }
    }
    if (doors.lmtp.is_remote) {
        out += fmt::format(
            "# The address of this Postfix must stand in 'trusted' of the listeners of {}, "
            "or its XFORWARD is not believed.\n",
            configuration.hostname);
    }
    return out;
}

// All domains, those that people write first: hostname last, where there are others.
std::vector<std::string> mail_domains(const Configuration& configuration) {
    std::vector<std::string> domains;
    for (const std::string& domain : configuration.domains) {
        if (domain != configuration.hostname) {
            domains.push_back(domain);
        }
    }
    domains.push_back(configuration.hostname);
    return domains;
}

bool is_destination(const PostfixFacts& facts, const std::string& domain) {
    return facts.readable &&
           std::ranges::find(facts.mydestination, domain) != facts.mydestination.end();
}

} // namespace

std::optional<PostfixRecipe> parse_recipe(std::string_view word) {
    const auto* const found =
        std::ranges::find(recipe_words, word, &std::pair<std::string_view, PostfixRecipe>::first);
    return found == recipe_words.end() ? std::nullopt : std::optional(found->second);
}

std::string_view to_string(PostfixRecipe recipe) {
    const auto* const found = std::ranges::find(
        recipe_words, recipe, &std::pair<std::string_view, PostfixRecipe>::second);
    return found == recipe_words.end() ? std::string_view{} : found->first;
}

PostfixRecipe fitting_recipe(const Configuration& configuration, const PostfixFacts& facts) {
    const auto taken = [&](const std::string& domain) {
        return domain != "localhost" && is_destination(facts, domain);
    };
    const auto others =
        std::ranges::count_if(configuration.domains, [&](const std::string& domain) {
            return domain != configuration.hostname;
        });
    if (others == 0) {
        const auto labels = std::ranges::count(configuration.hostname, '.') + 1;
        return labels >= 3 ? PostfixRecipe::subdomain : PostfixRecipe::whole;
    }
    return std::ranges::any_of(configuration.domains, taken) ? PostfixRecipe::shared
                                                             : PostfixRecipe::whole;
}

std::expected<std::string, std::string> print_recipe(const Configuration& configuration,
                                                     const PostfixFacts& facts,
                                                     const std::vector<SystemAccount>& accounts,
                                                     PostfixRecipe recipe) {
    auto lmtp = door_of(configuration, facts, Protocol::lmtp);
    if (!lmtp) {
        return std::unexpected("this configuration has no listener of protocol \"lmtp\", by which "
                               "Postfix could hand mail over; add one");
    }
    const Doors doors{.lmtp = *std::move(lmtp),
                      .map = door_of(configuration, facts, Protocol::socketmap),
                      .policy = door_of(configuration, facts, Protocol::policy)};
    const std::vector<std::string> domains = mail_domains(configuration);

    std::string out =
        fmt::format("# Postfix in front of Mailcast at {}: {}{}.\n"
                    "# docs/postfix.md says why each line is here, and what to look at "
                    "when mail does not come.\n",
                    configuration.hostname, title(recipe),
                    doors.lmtp.is_remote ? ", over TCP to another host" : "");
    // The shared recipe takes the domain out of mydestination itself.
    const bool clashing = recipe != PostfixRecipe::shared;
    out += notes(configuration, doors,
                 clashing ? clashes(configuration, facts, {}, {}) : std::vector<std::string>{});
    out += "\n# ---- main.cf ----\n" + lines_of(recipe, domains, doors) + common(doors);
    out += "\n# ---- master.cf ----\n" + master_cf(doors);
    if (recipe == PostfixRecipe::shared) {
        out += "\n# ---- chat_aliases ----\n" + chat_aliases(configuration, domains, accounts);
    }
    if (recipe == PostfixRecipe::subdomain) {
        out += "\n# ---- chat_transport ----\n" + chat_transport(domains, doors);
    }
    out += "\n# ---- alternatives ----\n"
           "# Instead of the first lines of main.cf above; 'mailcast postfix --recipe NAME' prints "
           "them "
           "whole.\n";
    for (const auto& [word, other] : recipe_words) {
        if (other != recipe) {
            out += fmt::format("#\n# --recipe {}: {}\n", word, title(other));
            out += commented(lines_of(other, domains, doors));
        }
    }
    return out;
}

std::vector<std::string> clashes(const Configuration& configuration, const PostfixFacts& facts,
                                 const std::vector<SystemAccount>& accounts,
                                 const std::vector<std::string>& persons) {
    std::vector<std::string> found;
    for (const std::string& domain : configuration.domains) {
        if (is_destination(facts, domain)) {
            found.push_back(
                fmt::format("{} is in mydestination of {}: Postfix delivers its mail to "
                            "system accounts and never asks Mailcast; take it out there",
                            domain, facts.main_cf));
        }
    }
    for (const std::string& person : persons) {
        if (std::ranges::find(accounts, person, &SystemAccount::name) != accounts.end()) {
            found.push_back(fmt::format("~{} is a system account, too: where an alias leads to "
                                        "{}@localhost, the person gets no mail from Postfix",
                                        person, person));
        }
    }
    return found;
}

} // namespace mailcast::app
