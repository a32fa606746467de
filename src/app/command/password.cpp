#include "app/command/password.h"

#include "base/utf8.h"

#include <sodium.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace mailcast::app {

namespace {

std::expected<std::string, std::string> checked(std::string password) {
    if (!password.empty() && password.back() == '\r') {
        password.pop_back();
    }
    if (password.empty()) {
        return std::unexpected("the password is empty");
    }
    if (password.size() > max_password) {
        forget(password);
        return std::unexpected("the password is longer than 1024 octets");
    }
    // RFC 4616: it is UTF-8 without NUL, so no door could be passed with any other.
    if (!base::is_valid_utf8(password) || password.contains('\0')) {
        forget(password);
        return std::unexpected("the password is not UTF-8, or has a NUL: no client could log in");
    }
    return password;
}

// Turns the echo of the terminal off while it lives.
class SilentTerminal {
  public:
    SilentTerminal() {
        if (tcgetattr(STDIN_FILENO, &before_) == 0) {
            termios silent = before_;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
        }
    }

    ~SilentTerminal() {
        if (changed_) {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        }
    }

    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

  private:
    termios before_{};
    bool changed_ = false;
};

std::optional<std::string> typed_line(const char* prompt) {
    static_cast<void>(std::fputs(prompt, stderr));
    std::string line;
    const bool read = static_cast<bool>(std::getline(std::cin, line));
    static_cast<void>(std::fputs("\n", stderr));
    return read ? std::optional(std::move(line)) : std::nullopt;
}

} // namespace

std::expected<std::string, std::string> read_password_line() {
    std::string line;
    if (!std::getline(std::cin, line)) {
        return std::unexpected("there is no password on standard input");
    }
    return checked(std::move(line));
}

std::expected<std::string, std::string> ask_password(bool confirm) {
    const SilentTerminal silent;
    auto first = typed_line("Password: ");
    if (!first) {
        return std::unexpected("no password was typed");
    }
    if (confirm) {
        auto second = typed_line("Once more: ");
        const bool same = second && *second == *first;
        if (second) {
            forget(*second);
        }
        if (!same) {
            forget(*first);
            return std::unexpected("the two passwords differ; nothing was changed");
        }
    }
    return checked(*std::move(first));
}

bool on_a_terminal() {
    return isatty(STDIN_FILENO) == 1;
}

std::optional<std::string> hash_password(const std::string& password) {
    if (sodium_init() < 0) {
        return std::nullopt;
    }
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (crypto_pwhash_str(hash.data(), password.data(), password.size(),
                          crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
        return std::nullopt;
    }
    return std::string(hash.data());
}

bool password_matches(const std::string& hash, const std::string& password) {
    if (hash.empty() || hash.size() >= crypto_pwhash_STRBYTES || sodium_init() < 0) {
        return false;
    }
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void forget(std::string& password) {
    sodium_memzero(password.data(), password.size());
    password.clear();
}

} // namespace mailcast::app
