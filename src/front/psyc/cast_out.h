// One place of ours and one other node that has members in it: follows the place's log and sends one packet for
// each entry, which the other node passes on to its members.  The cursor in the store is named by the node's root
// and moves only when the node answered a ping behind what was sent, so that nothing is missed over a broken
// circuit; what comes twice carries the same _ID_mail or _ID_message.  reference: psyc-protocol 7.4, 7.6.
//
// Hub thread, owned (shared) by PsycNodes.
#pragma once

#include "chat/entity.h"
#include "chat/feed.h"

#include <memory>
#include <optional>
#include <string>

namespace mailcast::front {

class PsycNodes;
class PsycPeer;

class PsycCastOut : public chat::Feed::Reader, public std::enable_shared_from_this<PsycCastOut> {
  public:
    // `nodes` outlives it.
    PsycCastOut(PsycNodes& nodes, chat::Entity place, std::string node);
    ~PsycCastOut() override;

    // `anew`: its first member came; else what was missed goes, too.
    void start(bool anew);

    // The circuit with the node; null when it is gone.
    void connect(PsycPeer* peer);

    void drained();

    // Something was sent that no ping is behind.
    bool has_open() const { return shown_ > pinged_; }

    void pinged() { pinged_ = shown_; }

    void ping_answered();

    // Feed::Reader
    void show(const chat::Feed& feed, const chat::Cast& cast, bool replayed) override;
    bool has_room() const override;

    void caught_up(const chat::Feed&, std::size_t) override {}

    void hear(const chat::Feed& feed, const chat::Announcement& announcement) override;

  private:
    void begin(chat::Sequence from);
    void follow();
    void unfollow();

    PsycNodes& nodes_;
    chat::Entity place_;
    std::string node_;
    PsycPeer* peer_ = nullptr;
    std::shared_ptr<chat::Feed> feed_;    // none without a circuit
    std::optional<chat::Sequence> taken_; // as in the store; none before it was read
    chat::Sequence shown_ = 0;
    chat::Sequence pinged_ = 0;
};

} // namespace mailcast::front
