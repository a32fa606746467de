// The corpus read by us and by GMime: leaves, decoded sizes and plain texts.  Where we differ, the table
// below says why; a difference without a reason fails, and so does a reason without a difference.
// GMime is an oracle here only: nothing of Mailcast is built with it.
#include "corpus.h"
#include "explained.h"
#include "mime/message.h"

#include <gtest/gtest.h>

#include <gmime/gmime.h>
#include <memory>

namespace mailcast {
namespace {

constexpr std::size_t text_limit = 16'000'000;

struct Leaf {
    std::string type;
    std::uint64_t size = 0; // decoded octets; 0 for message/*
    std::string text;       // of text/plain, without line ends and blanks
};

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};

template <typename T>
using Owned = std::unique_ptr<T, Unref>;

std::string squeezed(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > ' ') {
            out.push_back(c);
        }
    }
    return out;
}

std::vector<Leaf> our_leaves(std::string_view octets) {
    const mime::Message message = mime::parse(octets);
    std::vector<Leaf> leaves;
    for (const mime::Part& part : message.parts()) {
        if (part.is_multipart()) {
            continue;
        }
        Leaf leaf{.type = part.type, .size = 0, .text = ""};
        if (!part.is_message()) {
            leaf.size = message.decoded_size(part);
            if (part.type == "text/plain") {
                leaf.text = squeezed(message.text(part, text_limit));
            }
        }
        leaves.push_back(std::move(leaf));
    }
    return leaves;
}

std::string type_of(GMimeObject* object) {
    const char* spelled = nullptr;
    char* type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object));
    spelled = type;
    std::string lower;
    for (; *spelled != '\0'; ++spelled) {
        lower.push_back(static_cast<char>(g_ascii_tolower(*spelled)));
    }
    g_free(type);
    return lower;
}

Leaf leaf_of(GMimeObject* object) {
    Leaf leaf{.type = type_of(object), .size = 0, .text = ""};
    if (!GMIME_IS_PART(object) || leaf.type.starts_with("message/")) {
        return leaf;
    }
    if (GMimeDataWrapper* content = g_mime_part_get_content(GMIME_PART(object))) {
        const Owned<GMimeStream> stream(g_mime_stream_null_new());
        g_mime_data_wrapper_write_to_stream(content, stream.get());
        leaf.size = GMIME_STREAM_NULL(stream.get())->written;
    }
    if (leaf.type == "text/plain" && GMIME_IS_TEXT_PART(object)) {
        char* text = g_mime_text_part_get_text(GMIME_TEXT_PART(object));
        leaf.text = squeezed(text == nullptr ? "" : text);
        g_free(text);
    }
    return leaf;
}

std::vector<Leaf> leaves_of_gmime(std::string_view octets) {
    std::vector<Leaf> leaves;
    const Owned<GMimeStream> stream(
        g_mime_stream_mem_new_with_buffer(octets.data(), octets.size()));
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    if (octets.starts_with("From ")) {
        g_mime_parser_set_format(parser.get(), GMIME_FORMAT_MBOX);
    }
    const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
    if (message == nullptr) {
        return leaves;
    }
    std::vector<GMimeObject*> open = {g_mime_message_get_mime_part(message.get())};
    while (!open.empty()) {
        GMimeObject* object = open.back();
        open.pop_back();
        if (object == nullptr) {
            continue;
        }
        if (GMIME_IS_MULTIPART(object)) {
            GMimeMultipart* multipart = GMIME_MULTIPART(object);
            for (int i = g_mime_multipart_get_count(multipart); i-- > 0;) {
                open.push_back(g_mime_multipart_get_part(multipart, i));
            }
        } else {
            leaves.push_back(leaf_of(object));
        }
    }
    return leaves;
}

// "" when both read the same.
std::string difference(const std::vector<Leaf>& ours, const std::vector<Leaf>& theirs) {
    std::string types;
    if (ours.size() != theirs.size()) {
        types = "leaves: " + std::to_string(ours.size()) + " here, " +
                std::to_string(theirs.size()) + " there";
        return types;
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const std::string leaf = "leaf " + std::to_string(i) + ": ";
        if (ours[i].type != theirs[i].type) {
            return leaf + ours[i].type + " here, " + theirs[i].type + " there";
        }
        if (ours[i].size != theirs[i].size) {
            return leaf + std::to_string(ours[i].size) + " octets here, " +
                   std::to_string(theirs[i].size) + " there";
        }
        if (ours[i].text != theirs[i].text) {
            std::size_t at = 0;
            while (at < ours[i].text.size() && at < theirs[i].text.size() &&
                   ours[i].text[at] == theirs[i].text[at]) {
                ++at;
            }
            const std::size_t from = at < 20 ? 0 : at - 20;
            return leaf + "\"" + ours[i].text.substr(from, 60) + "\" here, \"" +
                   theirs[i].text.substr(from, 60) + "\" there";
        }
    }
    return "";
}

TEST(GMimeOracle, every_difference_has_a_reason) {
    MAILCAST_NEED_CORPUS();
    g_mime_init();
    std::size_t alike = 0;
    for (const auto& path : corpus::files_in(corpus::folder() / "mails", ".eml")) {
        const std::string octets = corpus::read_file(path);
        const std::string found = difference(our_leaves(octets), leaves_of_gmime(octets));
        const std::string_view reason = corpus::explanation(path.stem().string());
        alike += found.empty() ? 1U : 0U;
        if (found.empty() != reason.empty()) {
            ADD_FAILURE() << path.stem().string() << ": "
                          << (found.empty() ? "no difference, but a reason: " : found) << reason;
        }
    }
    EXPECT_GE(alike, 200U);
    g_mime_shutdown();
}

} // namespace
} // namespace mailcast
