// What can be read of the Postfix and the accounts of this machine: for `mailcast postfix` and `mailcast check`.
// Read at the call, by the command line only; nothing is run and nothing is changed.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::app {

struct PostfixFacts {
    bool readable = false; // there is a main.cf, and it could be read
    std::string main_cf;   // its path
    std::string queue_directory = "/var/spool/postfix";
    std::vector<std::string> mydestination; // names, lower case; tables and files are left out
};

struct SystemAccount {
    std::string name;
    bool is_person = false; // one that somebody logs in with
};

// main.cf as postconf(5) describes it: NAME = VALUE, continued by lines that begin with white space.
std::map<std::string, std::string> parse_main_cf(std::string_view text);

// Values with $name and ${name} filled in from `settings`, at most a few levels deep.
std::string expanded(const std::map<std::string, std::string>& settings, std::string_view value);

// From the text of a main.cf; what it does not say is as Postfix has it, with `host` as the machine's name.
PostfixFacts facts_of(std::string_view main_cf, const std::string& host);

// Of $MAIL_CONFIG or /etc/postfix.
PostfixFacts read_postfix();

// All of the password database, at most ten thousand.
std::vector<SystemAccount> read_system_accounts();

} // namespace mailcast::app
