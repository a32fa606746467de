// From octets to what chat shows: parse, Reading, Note.  A plain mail of 2 KB is what most mail is.
#include "delivery/note_maker.h"
#include "delivery/reading.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

const std::string header = "Return-Path: <ada@example.org>\r\n"
                           "Received: from mx.example.org (mx.example.org [192.0.2.1])\r\n"
                           "\tby mail.example.net (Postfix) with ESMTPS id 4XyZ1234\r\n"
                           "\tfor <bea@example.net>; Mon, 23 Nov 2026 12:00:00 +0000 (UTC)\r\n"
                           "From: Ada Lovelace <ada@example.org>\r\n"
                           "To: Bea <bea@example.net>, lab@example.net\r\n"
                           "Subject: The engine and its notes\r\n"
                           "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
                           "Message-ID: <20261123120000.4711@example.org>\r\n"
                           "In-Reply-To: <20261122110000.17@example.net>\r\n"
                           "MIME-Version: 1.0\r\n";

std::string lines(const char* line, std::size_t octets) {
    std::string text;
    while (text.size() < octets) {
        text += line;
    }
    return text;
}

std::string plain(std::size_t octets) {
    return header + "Content-Type: text/plain; charset=utf-8\r\n\r\n" +
           lines("The engine weaves algebraic patterns, just as the loom weaves flowers.\r\n",
                 octets);
}

std::string alternative() {
    return header + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" +
           "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
           "quoted-printable\r\n\r\n" +
           lines("Gr=C3=BC=C3=9Fe aus K=C3=B6ln, und bis bald.\r\n", 1'500) +
           "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>" +
           lines(
               "<p style=\"margin:0\">Gr&uuml;&szlig;e aus <b>K&ouml;ln</b>, und bis bald.</p>\r\n",
               3'000) +
           "</body></html>\r\n--b--\r\n";
}

void run(benchmark::State& state, const std::string& octets) {
    mailcast::mail::Envelope envelope;
    envelope.reverse_path = {.local = "ada", .domain = "example.org"};
    for (auto _ : state) {
        const auto message = mailcast::mime::parse(octets);
        const auto reading = mailcast::delivery::read(message);
        benchmark::DoNotOptimize(mailcast::delivery::make_note(reading, envelope, {}, {}));
    }
}

void parse_only(benchmark::State& state, const std::string& octets) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(mailcast::mime::parse(octets));
    }
}

} // namespace

BENCHMARK_CAPTURE(run, plain_2k, plain(2'000));
BENCHMARK_CAPTURE(parse_only, plain_2k, plain(2'000));
BENCHMARK_CAPTURE(run, alternative_5k, alternative());
BENCHMARK_CAPTURE(parse_only, alternative_5k, alternative());
BENCHMARK_CAPTURE(run, plain_1m, plain(1'000'000));

BENCHMARK_MAIN();
