// Accounts and aliases as the command line prints them: for people, and as JSON.  Pure.
// A password hash is never among it.
#pragma once

#include "delivery/directory.h"
#include "store/store.h"

#include <string>
#include <vector>

namespace mailcast::app {

// psyc://HOSTNAME/~nick or /@room
std::string uniform_of(const delivery::Directory& directory, const store::Account& account);

// All addresses that lead to the entity: its name at each domain of ours, then the aliases.
std::vector<std::string> addresses_of(const delivery::Directory& directory,
                                      std::span<const std::string> domains,
                                      const store::Account& account);

// One object: nick (of a person) or name (of a place), display, uniform, addresses, rules, created.
std::string account_json(const delivery::Directory& directory, std::span<const std::string> domains,
                         const store::Account& account);

// A paragraph of "key  value" lines.
std::string account_text(const delivery::Directory& directory, std::span<const std::string> domains,
                         const store::Account& account);

// One line.
std::string account_line(const delivery::Directory& directory, const store::Account& account);

std::string alias_json(const store::Alias& alias);
std::string alias_line(const store::Alias& alias);

} // namespace mailcast::app
