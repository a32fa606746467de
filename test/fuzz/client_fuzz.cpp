// smtp::Client, and smtp::Etrn, against a server that says anything.  The first octet chooses the options, the rest is what the server says.
// Holds it to: the same words and results however the input is cut; one status for each recipient; success only for
// a content that was sent whole; commands that are whole lines; a password only where it may go.
#include "smtp/client.h"
#include "smtp/etrn.h"

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

constexpr std::string_view content = "Subject: hi\r\n\r\n.dot\r\nend\r\n";
constexpr std::string_view sent_content = "Subject: hi\r\n\r\n..dot\r\nend\r\n.\r\n";
constexpr std::string_view login = "AGFkYQBzZWNyZXQ="; // of ada, secret

smtp::Client::Options options_from(std::uint8_t bits) {
    using Tls = smtp::Client::Tls;
    smtp::Client::Options options;
    options.hostname = "chat.example.org";
    options.tls =
        (bits & 1U) != 0 ? Tls::required : ((bits & 2U) != 0 ? Tls::none : Tls::if_offered);
    if ((bits & 4U) != 0) {
        options.user = "ada";
        options.password = "secret";
        options.clear_password = (bits & 8U) != 0;
    }
    return options;
}

smtp::OutgoingMail mail_from(std::uint8_t bits) {
    smtp::OutgoingMail mail;
    mail.from = (bits & 16U) != 0 ? "" : "ada@example.org";
    mail.recipients = {"a@x"};
    if ((bits & 32U) != 0) {
        mail.recipients = {"a@x", "b@x", "c@x"};
    }
    mail.content = content;
    mail.utf8 = (bits & 64U) != 0;
    return mail;
}

struct Run {
    std::string said;
    std::vector<mail::Status> statuses;
    bool finished = false;
};

// Feeds `input` in pieces that end at `size` octets or, with lines, at the end of a line.
Run run(std::uint8_t bits, std::string_view input, std::size_t size, bool lines) {
    const smtp::Client::Options options = options_from(bits);
    const smtp::OutgoingMail mail = mail_from(bits);
    smtp::Client client(options, mail);
    Run made;
    bool secret = false;
    const auto take = [&] {
        const std::string output = client.take_output();
        require(output.empty() || output.ends_with("\r\n"));
        if (output.find(login) != std::string::npos) {
            require(secret || options.clear_password);
        }
        made.said += output;
    };
    while (!input.empty() && !client.finished()) {
        std::size_t piece = std::min(size, input.size());
        if (lines) {
            const std::size_t end = input.find('\n');
            piece = end == std::string_view::npos ? input.size() : end + 1;
        }
        client.feed(input.substr(0, piece));
        input.remove_prefix(piece);
        take();
        require(client.timeout().count() > 0);
        if (client.wants_tls()) {
            made.said += "(TLS)";
            client.tls_started();
            secret = true;
            take();
        }
    }
    made.finished = client.finished();
    if (!client.finished()) {
        client.closed("the input ended");
        require(client.finished());
    }
    take();
    made.statuses = client.statuses();
    require(made.statuses.size() == mail.recipients.size());
    for (const mail::Status& status : made.statuses) {
        require(status.code >= 200 && status.code < 600);
        require(status.enhanced.status_class == status.code / 100);
        require(std::ranges::none_of(
            status.text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
        require(!status.is_success() || made.said.find(sent_content) != std::string::npos);
    }
    return made;
}

// The ETRN client against the same server.
std::string ask(std::string_view input, std::size_t size) {
    smtp::Etrn etrn("chat.example.org", {"example.org", "example.net"});
    std::string said;
    while (!input.empty() && !etrn.finished()) {
        // Where a line ends the server waits for us, as in run() by lines.
        const std::size_t end = input.find('\n');
        const std::size_t line = end == std::string_view::npos ? input.size() : end + 1;
        for (std::string_view rest = input.substr(0, line); !rest.empty() && !etrn.finished();) {
            etrn.feed(rest.substr(0, std::min(size, rest.size())));
            rest.remove_prefix(std::min(size, rest.size()));
        }
        input.remove_prefix(line);
        const std::string output = etrn.take_output();
        require(output.empty() || output.ends_with("\r\n"));
        said += output;
    }
    if (!etrn.finished()) {
        etrn.closed("the input ended");
    }
    require(etrn.finished());
    require(etrn.statuses().size() == etrn.domains().size());
    for (const mail::Status& status : etrn.statuses()) {
        require(status.code >= 200 && status.code < 600);
        said += mail::to_string(status) + "\n";
    }
    return said;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::uint8_t bits = data[0];
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Run by_line = run(bits, input, 0, true);
    const Run by_octet = run(bits, input, 1, false);
    require(by_line.said == by_octet.said);
    require(by_line.statuses == by_octet.statuses);
    require(by_line.finished == by_octet.finished);
    static_cast<void>(run(bits, input, input.size(), false));
    require(ask(input, 1) == ask(input, input.size()));
    return 0;
}
