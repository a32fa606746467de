// What the session alone costs: mails per second at one and at a hundred recipients, as an LMTP client pipelines
// them, and content octets per second.  No socket, no store.
#include "smtp/session.h"

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mailcast;

std::string content_of(std::size_t size, std::string_view line) {
    std::string content = "Subject: benchmark\r\n\r\n";
    while (content.size() + line.size() <= size) {
        content += line;
    }
    return content;
}

constexpr std::string_view text_line =
    "The quick brown fox jumps over the lazy dog and then it runs back home again.\r\n";

// Does what a shell must do at the least: keeps the content, answers, takes the output.
class Shell {
  public:
    explicit Shell(const smtp::Options& options)
        : session_(options), ok_(mail::make_status(250, 1, 5, "ok")) {}

    // Everything that the session wants for this input.
    void receive(std::string_view input) {
        for (;;) {
            const smtp::Event event = session_.next(input);
            if (std::holds_alternative<smtp::NeedInput>(event)) {
                break;
            }
            if (std::holds_alternative<smtp::RecipientAsked>(event)) {
                session_.answer_recipient(ok_);
            } else if (const auto* chunk = std::get_if<smtp::ContentChunk>(&event)) {
                octets_ += chunk->bytes.size();
                benchmark::DoNotOptimize(chunk->bytes.data());
            } else if (const auto* ends = std::get_if<smtp::ContentEnds>(&event)) {
                statuses_.assign(ends->envelope.recipients.size(), ok_);
                session_.finish(statuses_);
            }
        }
        benchmark::DoNotOptimize(session_.take_output());
    }

    std::size_t octets() const { return octets_; }

  private:
    smtp::Session session_;
    mail::Status ok_;
    std::vector<mail::Status> statuses_;
    std::size_t octets_ = 0;
};

void mails(benchmark::State& state) {
    const auto recipients = static_cast<int>(state.range(0));
    std::string envelope =
        "XFORWARD NAME=client.example.net ADDR=192.0.2.7 PORT=4711\r\n"
        "XFORWARD PROTO=ESMTP HELO=client.example.net IDENT=4XYZ0123 SOURCE=REMOTE\r\n"
        "MAIL FROM:<sender@example.net> SIZE=2048 BODY=8BITMIME\r\n";
    for (int i = 0; i < recipients; ++i) {
        envelope += "RCPT TO:<person" + std::to_string(i) + "@example.org>\r\n";
    }
    envelope += "DATA\r\n";
    const std::string content =
        content_of(static_cast<std::size_t>(state.range(1)), text_line) + ".\r\n";
    smtp::Options options;
    options.xforward = true;
    Shell shell(options);
    shell.receive("LHLO mx.example.net\r\n");
    for (auto _ : state) {
        shell.receive(envelope);
        shell.receive(content);
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["recipients/s"] = benchmark::Counter(
        static_cast<double>(state.iterations() * recipients), benchmark::Counter::kIsRate);
}

BENCHMARK(mails)->Args({1, 2048})->Args({100, 2048})->Args({1, 20'480});

// Content in reads of 64 KiB, as a shell gets it.
void content(benchmark::State& state, std::string_view line, smtp::Dialect dialect) {
    constexpr std::size_t read = 65'536;
    const std::string text = content_of(1'000'000, line) + ".\r\n";
    smtp::Options options;
    options.dialect = dialect;
    Shell shell(options);
    shell.receive(dialect == smtp::Dialect::lmtp ? "LHLO mx\r\n" : "EHLO mx\r\n");
    for (auto _ : state) {
        shell.receive("MAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n");
        for (std::size_t at = 0; at < text.size(); at += read) {
            shell.receive(std::string_view(text).substr(at, read));
        }
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(content, text_lmtp, text_line, smtp::Dialect::lmtp);
BENCHMARK_CAPTURE(content, text_smtp_checked, text_line, smtp::Dialect::smtp);
BENCHMARK_CAPTURE(content, short_lines_lmtp, "ab\r\n", smtp::Dialect::lmtp);
BENCHMARK_CAPTURE(content, every_line_stuffed_lmtp, "..\r\n", smtp::Dialect::lmtp);

} // namespace

BENCHMARK_MAIN();
