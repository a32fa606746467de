// What persons and the command line ask about held mail, and its end when nobody decides (chat/held.h).  Whom a
// person lets in or refuses from now on is a relation of hers; the Policy asks for it.
//
// Where `post` runs things at once, as it does for the command line without a server, answers come on the store's thread.
#pragma once

#include "base/time.h"
#include "chat/held.h"
#include "chat/relation.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::net {

class HeldMail : public chat::Held {
  public:
    struct Parts {
        store::Store& store;                             // outlives it
        std::function<void(std::function<void()>)> post; // runs a function on the hub thread
        // Something has entered a log.
        std::function<void(chat::Sequence, const std::shared_ptr<const chat::Note>&)> publish;
        // A lasting fact about a person; false when there are too many of them.
        std::function<bool(const chat::Relation&)> remember;
        std::function<void(const chat::Relation&)> forget;
    };

    explicit HeldMail(Parts parts) : parts_(std::move(parts)) {}

    void list(chat::EntityId person,
              std::function<void(std::optional<std::vector<chat::HeldMail>>)> done) override;
    void judge(chat::EntityId person, std::int64_t number, chat::HeldVerdict verdict,
               std::function<void(bool good, std::string line)> done) override;
    void judge_sender(chat::EntityId person, std::string sender, chat::HeldVerdict verdict,
                      std::function<void(bool good, std::string line)> done) override;

    // Now and then: what has been held long enough goes, and is named in the program's log.
    void expire(base::Time now);

  private:
    struct Judgement;

    void judge_all(const std::shared_ptr<Judgement>& judgement);
    void next(const std::shared_ptr<Judgement>& judgement);
    bool remember_sender(const Judgement& judgement) const;
    static std::string said(const Judgement& judgement);

    Parts parts_;
};

} // namespace mailcast::net
