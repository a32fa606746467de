// A mail, parsed: a flat list of parts that are views into the octets as they came.
// Parsing never fails: past a limit the rest is kept as it is and `defects` says so.  Iterative, no
// recursion, linear in the input.  Values; one thread at a time.
// The octets must outlive the Message (net keeps the buffer or the mapping until the commit is done).
// RFC 5322, 2045-2047, 2049, 2183, 2231, 6532; and what mail programs really send.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {

struct Limits {
    std::size_t depth = 100;               // nested multiparts
    std::size_t parts = 10'000;            // leaves and branches
    std::size_t header_octets = 1'048'576; // of one header section
    std::size_t fields = 10'000;           // of one header section
    std::size_t addresses = 1'000;         // of one address field
    std::size_t parameters = 200;          // of one field
    std::size_t field_text = 65'536;       // octets of one decoded field
};

struct Options {
    Limits limits;
    // Called now and then with an offset: octets before it will not be looked at again soon, so the
    // owner of a mapping may let their pages go.  May be empty.
    std::function<void(std::size_t offset)> passed;
};

struct Address {
    std::string name;    // decoded, "" when there is none
    std::string address; // as written, decoded; "" for an empty group

    bool operator==(const Address&) const = default;
};

// A header field as it stands: name without the colon, value with its folds.
struct Field {
    std::string_view name;
    std::string_view value;
};

enum class Encoding { identity, quoted_printable, base64, uuencode, unknown };

enum class Presentation { unsaid, inline_, attachment }; // Content-Disposition

// One branch (multipart/*) or leaf.  message/* are leaves: a reader that wants what is inside
// parses `body` anew, and counts its own depth.
struct Part {
    std::string type = "text/plain"; // lower case
    std::string charset;             // lower case as declared, "" when undeclared
    std::string name;                // decoded file name as the sender gave it (not yet safe)
    bool has_name = false;
    bool flowed = false;    // format=flowed
    bool delsp = false;     // delsp=yes
    std::string method;     // calendar: method=; report: report-type=; signed: protocol=
    std::string content_id; // without angle brackets
    Encoding encoding = Encoding::identity;
    Presentation presentation = Presentation::unsaid;
    std::string_view header;   // octets of its header section
    std::string_view body;     // octets before transfer decoding
    std::string_view preamble; // of a multipart: what stands before its first part
    std::string_view epilogue; // of a multipart: what stands behind its closing boundary
    std::size_t parent = 0;    // index in parts(); the root is its own parent
    std::size_t depth = 0;

    bool is_multipart() const { return type.starts_with("multipart/"); }

    bool is_message() const { return type.starts_with("message/"); }
};

class Message {
  public:
    // All parts, depth first in the order of the file; the first is the root.
    std::span<const Part> parts() const { return parts_; }

    // The fields of the top header section, in their order.
    std::span<const Field> fields() const { return fields_; }

    // First field of this name (case does not matter), unfolded and decoded (RFC 2047, raw 8 bit);
    // white space runs are one space, ends trimmed.  nullopt when there is none.
    std::optional<std::string> text_of(std::string_view field) const;

    // Value of the first field of this name as it stands, folded; empty when there is none.
    std::string_view raw_of(std::string_view field) const;

    // Mailboxes of the first field of this name; To and Cc: of all of them (RFC 5322, 4.5.3).
    std::vector<Address> addresses_of(std::string_view field) const;

    std::vector<Address> from() const;
    std::string subject() const;
    std::optional<base::Time> date() const;
    std::string message_id() const;               // without angle brackets
    std::vector<std::string> in_reply_to() const; // ids without angle brackets
    std::vector<std::string> references() const;

    // Short English sentences about what is wrong with the form.
    const std::vector<std::string>& defects() const { return defects_; }

    // Octets of a leaf after transfer decoding, at most `max` of them.
    std::string decoded(const Part& part, std::size_t max) const;

    // How many octets transfer decoding gives; computed without keeping them.
    std::uint64_t decoded_size(const Part& part) const;

    // Text of a leaf in UTF-8 with LF: transfer and charset decoded, by label, by guess when the label is
    // wrong or missing, U+FFFD last.  At most `max` octets.
    std::string text(const Part& part, std::size_t max) const;

  private:
    friend class MessageParser;

    template <typename Parse>
    auto ids_of(std::string_view field, Parse parse) const;
    std::function<void(std::size_t)> passed_from(const Part& part) const;

    std::vector<Part> parts_;
    std::vector<Field> fields_;
    std::vector<std::string> defects_;
    Limits limits_;
    std::function<void(std::size_t)> passed_;
    std::string_view octets_;
    std::string
        header_charset_; // that raw octets of the header most likely have; "" when nothing says so
};

Message parse(std::string_view octets, const Options& options = {});

} // namespace mailcast::mime
