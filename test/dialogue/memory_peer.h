// A server in memory: smtp::Session with a made-up directory (README.md) behind it.  It does what the shell
// of a circuit does, and writes down what happened.
#pragma once

#include "smtp/session.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::dialogue {

class MemoryPeer {
  public:
    // `options` must outlive the peer.
    explicit MemoryPeer(const smtp::Options& options);

    // As if these octets had come in one read.
    void receive(std::string_view octets);

    // What the session has written since the last call.
    std::string take_written();

    bool closed() const { return closed_; }

    const std::vector<std::string>& mails() const { return mails_; }

    // All events and replies so far, without the marks of how the input was cut.
    const std::string& transcript() const { return transcript_; }

  private:
    void run();
    void collect_output();
    void note(std::string_view event);
    bool handle(const smtp::Event& event);

    smtp::Session session_;
    std::string input_;
    std::string written_;
    std::string content_;
    std::vector<std::string> mails_;
    std::string transcript_;
    bool closed_ = false;
};

} // namespace mailcast::dialogue
