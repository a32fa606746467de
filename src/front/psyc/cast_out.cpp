#include "front/psyc/cast_out.h"

#include "front/psyc/event.h"
#include "front/psyc/letter.h"
#include "front/psyc/nodes.h"
#include "front/psyc/note.h"
#include "front/psyc/peer.h"

#include <cstdint>
#include <string>
#include <utility>

namespace mailcast::front {

PsycCastOut::PsycCastOut(PsycNodes& nodes, chat::Entity place, std::string node)
    : nodes_(nodes), place_(std::move(place)), node_(std::move(node)) {}

PsycCastOut::~PsycCastOut() {
    unfollow();
}

void PsycCastOut::start(bool anew) {
    const auto from_end = [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) {
            return;
        }
        self->nodes_.parts().backing.read_end([weak](chat::Sequence end) {
            if (const auto again = weak.lock()) {
                // Also for who is new: from here on nothing is missed.
                again->nodes_.parts().backing.move_cursor(again->place_.id, again->node_, end);
                again->begin(end);
            }
        });
    };
    if (anew) {
        // At once: what is said behind the answer to whoever enters must not be missed.
        if (const auto newest = nodes_.newest()) {
            nodes_.parts().backing.move_cursor(place_.id, node_, *newest);
            begin(*newest);
        } else {
            from_end();
        }
        return;
    }
    nodes_.parts().backing.read_cursor(
        place_.id, node_,
        [weak = weak_from_this(), from_end](std::optional<chat::Sequence> position) {
            if (!position) {
                from_end();
            } else if (const auto self = weak.lock()) {
                self->begin(*position);
            }
        });
}

void PsycCastOut::begin(chat::Sequence from) {
    taken_ = from;
    shown_ = from;
    pinged_ = from;
    follow();
}

void PsycCastOut::connect(PsycPeer* peer) {
    unfollow();
    peer_ = peer;
    follow();
}

void PsycCastOut::follow() {
    if (peer_ == nullptr || !taken_ || feed_) {
        return;
    }
    // What was sent and not answered for goes again.
    shown_ = *taken_;
    pinged_ = *taken_;
    feed_ = std::make_shared<chat::Feed>(nodes_.parts().backing, *this, place_.id, *taken_);
    nodes_.parts().hub.follow({.uniform = {}, .nick = {}, .feed = feed_});
    feed_->catch_up();
}

void PsycCastOut::unfollow() {
    if (feed_) {
        feed_->detach();
        nodes_.parts().hub.unfollow(feed_);
        feed_.reset();
    }
}

void PsycCastOut::drained() {
    if (feed_ && has_room()) {
        feed_->catch_up();
    }
}

bool PsycCastOut::has_room() const {
    return peer_ != nullptr && peer_->queued() < nodes_.options().send_queue;
}

void PsycCastOut::show(const chat::Feed&, const chat::Cast& cast, bool replayed) {
    if (peer_ == nullptr) {
        return;
    }
    const std::string uniform = nodes_.parts().hub.uniform_of(place_);
    const PsycView view{.generation = peer_->generation(),
                        .replayed = replayed,
                        .audience = place_,
                        .uniform = uniform,
                        .numbers = &nodes_.parts().hub};
    if (auto whole = psyc_whole(cast, view)) {
        peer_->send(std::move(whole));
    } else {
        // For all members there, also what is sent late: no _target.
        peer_->send(std::make_shared<const std::string>(psyc_head(cast, view, {})));
        peer_->send(psyc_tail(cast, view));
    }
    shown_ = cast.sequence();
}

// One packet for all members there: who comes and goes, the topic.
void PsycCastOut::hear(const chat::Feed&, const chat::Announcement& announcement) {
    if (peer_ == nullptr) {
        return;
    }
    const psyc::Generation generation = peer_->generation();
    const std::uint32_t form = generation == psyc::Generation::classic ? 1 : 2;
    peer_->send(announcement.once({.form = form, .audience = place_.id}, [&] {
        std::string out;
        chat::Hub& hub = nodes_.parts().hub;
        PsycLetter letter = psyc_letter(announcement.event(), hub.uniform_of(place_), place_.name);
        letter.counter = std::to_string(hub.next_counter(place_.id));
        append_letter(out, generation, letter);
        return out;
    }));
}

void PsycCastOut::ping_answered() {
    if (taken_ && pinged_ > *taken_) {
        taken_ = pinged_;
        nodes_.parts().backing.move_cursor(place_.id, node_, pinged_);
    }
}

} // namespace mailcast::front
