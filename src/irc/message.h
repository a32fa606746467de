// One line of IRC taken apart.  Views into the line; whoever keeps something copies it.  Pure; any thread.
// Errors: a line without a command, with an octet that none may have (NUL, CR), or that is no UTF-8.
// RFC 2812 2.3.1, IRCv3 message-tags.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace mailcast::irc {

enum class MessageFault {
    empty,    // nothing is there: no answer is due
    syntax,   // no command, or an octet that no line may have
    encoding, // no UTF-8
};

class Message {
  public:
    static constexpr std::size_t most_params = 15;

    static std::expected<Message, MessageFault> parse(std::string_view line);

    // As it was written; compare without case.
    std::string_view command() const { return command_; }

    std::string_view source() const { return source_; }

    std::size_t size() const { return amount_; }

    // "" when there are fewer.
    std::string_view param(std::size_t index) const {
        return index < amount_ ? params_[index] : std::string_view{};
    }

    // Unescaped; "" when it is not there.
    std::string tag(std::string_view key) const;
    bool has_tag(std::string_view key) const;

    // All of them, escaped, without '@'.
    std::string_view tags() const { return tags_; }

  private:
    bool find_tag(std::string_view key, std::string_view& value) const;

    std::string_view tags_;
    std::string_view source_;
    std::string_view command_;
    std::array<std::string_view, most_params> params_;
    std::size_t amount_ = 0;
};

// IRCv3 message-tags, "Escaping Values".
std::string escaped_tag(std::string_view value);
std::string unescaped_tag(std::string_view value);

} // namespace mailcast::irc
