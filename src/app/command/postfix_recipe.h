// `mailcast postfix`: the lines of main.cf and master.cf, and the maps, that put Postfix before this configuration.
// Pure.  docs/postfix.md says why each line is there; the peer tests run every recipe with a real Postfix.
#pragma once

#include "app/command/postfix_facts.h"
#include "app/configuration/configuration.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::app {

enum class PostfixRecipe {
    whole,    // the domain lives in Mailcast alone
    shared,   // system accounts keep their mail, everybody else is in chat
    subdomain // a host or sub-domain of a domain that lives elsewhere
};

std::optional<PostfixRecipe> parse_recipe(std::string_view word);
std::string_view to_string(PostfixRecipe recipe);

// The one that fits: subdomain when only the hostname is served and it is part of a larger domain; shared when
// Postfix takes one of our domains for its own; else whole.
PostfixRecipe fitting_recipe(const Configuration& configuration, const PostfixFacts& facts);

// Sections begin with "# ---- NAME ----": main.cf, master.cf, and chat_aliases or chat_transport where the recipe
// has such a file.  The error says what the configuration lacks.
std::expected<std::string, std::string> print_recipe(const Configuration& configuration,
                                                     const PostfixFacts& facts,
                                                     const std::vector<SystemAccount>& accounts,
                                                     PostfixRecipe recipe);

// What of this configuration clashes with Postfix and the accounts of the machine, a line each; `persons` are nicks.
std::vector<std::string> clashes(const Configuration& configuration, const PostfixFacts& facts,
                                 const std::vector<SystemAccount>& accounts,
                                 const std::vector<std::string>& persons);

} // namespace mailcast::app
