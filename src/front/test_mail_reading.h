// chat::MailReading in memory for tests: quotes are lines that begin with '>'.
#pragma once

#include "base/utf8.h"
#include "chat/mail_reading.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::front {

class MemoryMailReading : public chat::MailReading {
  public:
    chat::OwnWords own_words(std::string_view text) const override {
        chat::OwnWords own;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            const std::string_view line = text.substr(0, end);
            if (line.starts_with('>')) {
                ++own.trimmed_lines;
            } else {
                own.text.append(line).push_back('\n');
            }
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (own.trimmed_lines > 0) {
            own.trimmed = std::to_string(own.trimmed_lines) + " lines of quotes";
        }
        return own;
    }

    // Encoded words are the real one's affair: here one is a word in asterisks.
    std::string field_text(std::string_view raw) const override {
        std::string text = base::safe_line(raw);
        std::erase(text, '*');
        return text;
    }

    void read(base::MessageId id,
              std::function<void(std::shared_ptr<const chat::MailRead>)> done) override {
        const auto found = mails.find(id);
        waiting.push_back([done = std::move(done),
                           mail = found == mails.end() ? nullptr : found->second] { done(mail); });
    }

    std::vector<std::string> rules(chat::EntityId entity) const override {
        const auto found = rules_of.find(entity);
        return found == rules_of.end() ? std::vector<std::string>{} : found->second;
    }

    std::string let_in_by(const chat::Note& /*note*/, chat::EntityId /*entity*/) const override {
        return "your rule senders=any lets everybody write";
    }

    void settle() {
        for (const auto& job : std::exchange(waiting, {})) {
            job();
        }
    }

    std::map<base::MessageId, std::shared_ptr<chat::MailRead>> mails;
    std::map<chat::EntityId, std::vector<std::string>> rules_of;
    std::vector<std::function<void()>> waiting;
};

} // namespace mailcast::front
