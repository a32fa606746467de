// chat::Backing over the store and the password worker: passes requests on and brings the answers
// back to the hub thread.  Hub thread; outlives the Hub's clients.
#pragma once

#include "chat/backing.h"
#include "store/store.h"

#include <functional>
#include <string>
#include <string_view>

namespace mailcast::app {

class StoreBacking : public chat::Backing {
  public:
    using Post = std::function<void(std::function<void()>)>;
    // Checks the password of a person, or a pass of the daemon's own; answers on the hub thread.
    using CheckPassword = std::function<void(chat::EntityId, std::string, std::string_view,
                                             std::function<void(chat::PasswordAnswer)>)>;

    // Changes a rule of an account; "" or what is wrong, on the hub thread.
    using SetRule = std::function<void(chat::EntityId, std::string key, std::string value,
                                       std::function<void(std::string)>)>;

    using BeginScram = std::function<chat::ScramStart(chat::EntityId, std::string_view name)>;

    struct Parts {
        store::Store& store;
        Post post;
        CheckPassword check_password;
        SetRule set_rule;
        BeginScram begin_scram;
    };

    // Notes on their way to the disk and the octets of their texts.  More are answered with nothing at once: who floods a
    // disk that does not keep up is told to try again, and holds no memory.
    static constexpr std::size_t most_appends = 10'000;
    static constexpr std::size_t most_append_octets = 64U << 20;

    explicit StoreBacking(Parts parts) : parts_(std::move(parts)) {}

    void read_log(chat::EntityId entity, chat::Sequence after, std::size_t limit,
                  std::function<void(std::optional<std::vector<chat::LogEntry>>)> done) override;
    void read_before(chat::EntityId entity, chat::Sequence before, std::size_t limit,
                     std::function<void(std::optional<std::vector<chat::LogEntry>>)> done) override;
    void read_cursor(chat::EntityId entity, std::string client,
                     std::function<void(std::optional<chat::Sequence>)> done) override;
    void move_cursor(chat::EntityId entity, std::string client, chat::Sequence to) override;
    void read_end(std::function<void(chat::Sequence)> done) override;
    void append(std::shared_ptr<const chat::Note> note, std::string once,
                std::function<void(std::optional<chat::Sequence>)> done) override;
    void read_note(base::MessageId id,
                   std::function<void(std::shared_ptr<const chat::Note>)> done) override;
    void remember(chat::Relation relation) override;
    void forget(chat::Relation relation) override;
    void set_rule(chat::EntityId entity, std::string key, std::string value,
                  std::function<void(std::string)> done) override;
    void check_password(chat::EntityId person, std::string password, std::string_view peer,
                        std::function<void(chat::PasswordAnswer)> done) override;
    chat::ScramStart begin_scram(chat::EntityId person, std::string_view name) override;

  private:
    void read(const store::LogQuery& query,
              std::function<void(std::optional<std::vector<chat::LogEntry>>)> done);

    Parts parts_;
    std::size_t appends_ = 0;
    std::size_t append_octets_ = 0;
    bool is_full_ = false; // and the log says so
};

} // namespace mailcast::app
