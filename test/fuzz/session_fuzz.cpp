// smtp::Session over any octets.  The first octet chooses the options, the second how the input is cut.
// Holds it to: the same events and replies however the input is cut; one reply for each accepted recipient;
// only whole lines with CRLF and without control characters in the output.
#include "smtp/session.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace mailcast;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

smtp::Options options_from(std::uint8_t bits) {
    smtp::Options options;
    options.dialect = (bits & 1U) != 0 ? smtp::Dialect::smtp : smtp::Dialect::lmtp;
    options.xforward = (bits & 2U) != 0;
    options.authentication = (bits & 4U) != 0;
    options.dsn = (bits & 8U) != 0;
    options.reject_bare_lf = (bits & 16U) != 0;
    options.starttls = (bits & 32U) != 0;
    options.external = {.message_size = (bits & 64U) != 0 ? 20U : 1000U, .recipients = 3};
    options.internal = options.external;
    options.command_line = (bits & 128U) != 0 ? 40 : 12'288;
    return options;
}

void check_output(std::string_view output) {
    while (!output.empty()) {
        const std::size_t end = output.find("\r\n");
        require(end != std::string_view::npos && end >= 4 && end <= 510);
        const std::string_view line = output.substr(0, end);
        require(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'));
        require(std::ranges::none_of(
            line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
        output.remove_prefix(end + 2);
    }
}

class Run {
  public:
    explicit Run(const smtp::Options& options) : options_(options), session_(options) {}

    // Feeds `input` in pieces of `piece` octets; 0 is all at once.
    std::string operator()(std::string_view input, std::size_t piece) {
        std::string kept;
        while (!input.empty() && !over_) {
            const std::size_t size = piece == 0 ? input.size() : std::min(piece, input.size());
            kept += input.substr(0, size);
            input.remove_prefix(size);
            std::string_view left = kept;
            while (handle(session_.next(left))) {
            }
            kept.erase(0, kept.size() - left.size());
        }
        collect();
        return std::move(transcript_);
    }

  private:
    void collect() {
        const std::string output = session_.take_output();
        check_output(output);
        transcript_ += output;
    }

    void note(std::string_view text) {
        collect();
        transcript_ += text;
        transcript_ += '\n';
    }

    bool handle(const smtp::Event& event) {
        if (std::holds_alternative<smtp::NeedInput>(event)) {
            return false;
        }
        if (const auto* asked = std::get_if<smtp::RecipientAsked>(&event)) {
            const mail::Mailbox& mailbox = asked->recipient.mailbox;
            require(asked->envelope.recipients.size() < options_.external.recipients);
            require(!mailbox.is_null());
            note("* recipient " + mailbox.text());
            session_.answer_recipient(mailbox.local.size() % 3 == 2
                                          ? mail::make_status(550, 1, 1, mailbox.local)
                                          : mail::make_status(250, 1, 5, mailbox.text()));
        } else if (std::holds_alternative<smtp::ContentBegins>(event)) {
            require(!sink_open_);
            sink_open_ = true;
            content_.clear();
            note("* begins");
        } else if (const auto* chunk = std::get_if<smtp::ContentChunk>(&event)) {
            require(sink_open_ && !chunk->bytes.empty());
            content_ += chunk->bytes;
            require(content_.size() <= options_.external.message_size);
        } else if (const auto* ends = std::get_if<smtp::ContentEnds>(&event)) {
            require(std::exchange(sink_open_, false));
            note("* ends " + content_);
            finish(ends->envelope.recipients.size());
        } else if (std::holds_alternative<smtp::ContentDropped>(event)) {
            require(std::exchange(sink_open_, false));
            note("* dropped");
        } else if (const auto* refused = std::get_if<smtp::ContentRefused>(&event)) {
            require(!refused->envelope.recipients.empty() && !refused->status.is_success());
            sink_open_ = false;
            note("* refused");
            finish(refused->envelope.recipients.size());
        } else if (const auto* who = std::get_if<smtp::AuthenticationAsked>(&event)) {
            note("* authentication " + who->name);
            session_.answer_authentication(who->name.size() % 2 == 0);
        } else if (std::holds_alternative<smtp::TlsRequested>(event)) {
            note(
                "* tls"); // what follows would be thrown away, and how much of it depends on the cut
            over_ = true;
            return false;
        } else {
            note("* close");
            over_ = true;
            return false;
        }
        return true;
    }

    void finish(std::size_t recipients) {
        require(recipients > 0);
        std::vector<mail::Status> statuses;
        for (std::size_t i = 0; i < recipients; ++i) {
            statuses.push_back(i % 2 == 0 ? mail::make_status(250, 1, 5, "accepted")
                                          : mail::make_status(452, 2, 2, "full"));
        }
        session_.finish(statuses);
        const std::string output = session_.take_output();
        check_output(output);
        const auto replies =
            static_cast<std::size_t>(std::count(output.begin(), output.end(), '\n'));
        require(replies == (options_.dialect == smtp::Dialect::lmtp ? recipients : 1));
        transcript_ += output;
    }

    const smtp::Options& options_;
    smtp::Session session_;
    std::string transcript_;
    std::string content_;
    bool sink_open_ = false;
    bool over_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const smtp::Options options = options_from(data[0]);
    const std::size_t piece = std::size_t{2} + data[1];
    const std::string input(data + 2, data + size);
    const std::string whole = Run(options)(input, 0);
    require(Run(options)(input, 1) == whole);
    require(Run(options)(input, piece) == whole);
    return 0;
}
