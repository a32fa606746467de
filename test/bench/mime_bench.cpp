// What reading a mail costs: the hot path (all that is needed to show a mail), and large attachments.
#include "mime/message.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

namespace mailcast {
namespace {

constexpr std::size_t text_limit = 1'048'576;

std::string repeated(std::string_view line, std::size_t octets) {
    std::string out;
    while (out.size() < octets) {
        out += line;
    }
    return out;
}

// Trace fields, as every mail from outside has them.
std::string top_header() {
    std::string header;
    for (int hop = 0; hop < 4; ++hop) {
        header += "Received: from relay" + std::to_string(hop) +
                  ".example.net (relay.example.net [192.0.2.1])\r\n"
                  "\tby mx.example.org (Postfix) with ESMTPS id 4XyZ123abc\r\n"
                  "\tfor <ada@example.org>; Mon, 23 Nov 2026 12:00:00 +0100 (CET)\r\n";
    }
    header += "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=mail;\r\n"
              "\th=from:to:subject:date:message-id:mime-version:content-type;\r\n"
              "\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
              "\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n"
              "Return-Path: <bea@example.net>\r\n"
              "From: =?utf-8?Q?Bea_M=C3=BCller?= <bea@example.net>\r\n"
              "To: Ada <ada@example.org>, \"Lab\" <*lab@example.org>\r\n"
              "Subject: =?utf-8?B?R3LDvMOfZSBhdXMgZGVt?= =?utf-8?Q?_Labor?=\r\n"
              "Date: Mon, 23 Nov 2026 12:00:00 +0100\r\n"
              "Message-ID: <20261123110000.4711@example.net>\r\n"
              "In-Reply-To: <20261122110000.4710@example.org>\r\n"
              "References: <20261121110000.4709@example.org> <20261122110000.4710@example.org>\r\n"
              "MIME-Version: 1.0\r\n";
    return header;
}

std::string two_part_mail() {
    return top_header() +
           "Content-Type: multipart/alternative; boundary=\"=_b1_4f0c\"\r\n\r\n"
           "--=_b1_4f0c\r\n"
           "Content-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: quoted-printable\r\n\r\n" +
           repeated("The measurements of today are good, gr=C3=BC=C3=9Fe an alle; more=\r\n"
                    " tomorrow. There is nothing else to say.\r\n",
                    1'200) +
           "--=_b1_4f0c\r\n"
           "Content-Type: text/html; charset=utf-8\r\n"
           "Content-Transfer-Encoding: quoted-printable\r\n\r\n" +
           repeated(
               "<p style=3D\"color:#333\">The measurements of today are good, gr=C3=BC=C3=9Fe=\r\n"
               "</p>\r\n",
               2'000) +
           "--=_b1_4f0c--\r\n";
}

std::string mail_with_attachment(std::size_t octets) {
    return top_header() +
           "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\nSee the file.\r\n--b1\r\n"
           "Content-Type: application/octet-stream; name=\"file.bin\"\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           repeated(
               "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdC4g\r\n",
               octets) +
           "--b1--\r\n";
}

void parse_only(benchmark::State& state) {
    const std::string mail = two_part_mail();
    for (auto _ : state) {
        benchmark::DoNotOptimize(mime::parse(mail));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(mail.size()) * state.iterations());
}

void read_two_part_mail(benchmark::State& state) {
    const std::string mail = two_part_mail();
    for (auto _ : state) {
        const mime::Message message = mime::parse(mail);
        benchmark::DoNotOptimize(message.from());
        benchmark::DoNotOptimize(message.subject());
        benchmark::DoNotOptimize(message.date());
        benchmark::DoNotOptimize(message.message_id());
        benchmark::DoNotOptimize(message.text(message.parts()[1], text_limit));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(mail.size()) * state.iterations());
    state.counters["octets"] = static_cast<double>(mail.size());
}

void find_parts_of_25_mb(benchmark::State& state) {
    const std::string mail = mail_with_attachment(25'000'000);
    for (auto _ : state) {
        benchmark::DoNotOptimize(mime::parse(mail));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(mail.size()) * state.iterations());
}

void size_of_25_mb_base64(benchmark::State& state) {
    const std::string mail = mail_with_attachment(25'000'000);
    const mime::Message message = mime::parse(mail);
    for (auto _ : state) {
        benchmark::DoNotOptimize(message.decoded_size(message.parts()[2]));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(mail.size()) * state.iterations());
}

void decode_base64(benchmark::State& state) {
    const std::string mail = mail_with_attachment(1'000'000);
    const mime::Message message = mime::parse(mail);
    for (auto _ : state) {
        benchmark::DoNotOptimize(message.decoded(message.parts()[2], 2'000'000));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(mail.size()) * state.iterations());
}

BENCHMARK(parse_only);
BENCHMARK(read_two_part_mail);
BENCHMARK(find_parts_of_25_mb);
BENCHMARK(size_of_25_mb_base64);
BENCHMARK(decode_base64);

} // namespace
} // namespace mailcast

BENCHMARK_MAIN();
