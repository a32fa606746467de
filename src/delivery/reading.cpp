#include "delivery/reading.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "delivery/file_name.h"
#include "delivery/special_part.h"
#include "delivery/text_choice.h"
#include "mime/uuencode.h"

#include <algorithm>
#include <memory>
#include <string_view>

namespace mailcast::delivery {

namespace {

bool is_nested_message(const mime::Part& part) {
    return part.type == "message/rfc822" || part.type == "message/global" ||
           part.type == "message/news";
}

// What a reader sees is not held against itself: white space apart.
bool same_words(std::string_view a, std::string_view b) {
    std::size_t i = 0;
    std::size_t j = 0;
    const auto white = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
    for (;;) {
        while (i < a.size() && white(a[i])) {
            ++i;
        }
        while (j < b.size() && white(b[j])) {
            ++j;
        }
        if (i == a.size() || j == b.size()) {
            return i == a.size() && j == b.size();
        }
        if (a[i++] != b[j++]) {
            return false;
        }
    }
}

// What stands before the first delimiter, unless it only is what programs put there for readers without MIME.
std::string preamble_of(const mime::Part& part) {
    std::size_t end = part.body.starts_with("--") ? 0 : part.body.find("\n--");
    end = std::min(end, part.body.size());
    std::string preamble = base::safe_text(part.body.substr(0, end));
    const std::string lowered = base::lowered(preamble);
    for (const char* word : {"mime", "multi-part", "multipart"}) {
        if (lowered.contains(word)) {
            return {};
        }
    }
    return preamble;
}

std::string first_line_of(std::string text) {
    if (!base::is_printable_ascii(text)) { // few header fields
        text = base::safe_line(text);
    }
    if (const std::string_view line = base::trim(text); line.size() < text.size()) {
        return std::string(line);
    }
    return text;
}

class Reader {
  public:
    Reader(const ReadingLimits& limits, Reading& reading) : limits_(limits), reading_(reading) {}

    void read_text(const mime::Message& message);
    void list_attachments(const mime::Message& message);

  private:
    // A message that is being read; the outermost is not ours.
    struct Level {
        std::string octets; // decoded, when the message was encoded
        mime::Message owned;
        const mime::Message* message = nullptr;
        std::vector<std::size_t>
            inner; // parts that are messages, to be read after this one's own text
        std::size_t next_inner = 0;
        bool is_report = false;
    };

    void read_own(Level& level, bool outermost);
    void read_fallback(const Level& level, TextChoice& choice);
    void add_text(std::string text, const mime::Part& part, bool outermost);
    std::string without_embedded_files(std::string text, bool outermost);
    void add_lines(const std::vector<std::string>& lines);
    void add_section(std::string_view text);
    void add(std::string_view text);
    std::unique_ptr<Level> enter(const mime::Message& message, const mime::Part& part,
                                 bool in_report);

    const ReadingLimits& limits_;
    Reading& reading_;
    std::vector<std::string> lines_; // of the level that is being read
    bool has_text_ = false;          // of this level; the last one begins at last_text_at_
    std::size_t last_text_at_ = 0;
    std::size_t messages_ = 0;
    std::size_t special_lines_ = 0;
    bool cut_ = false;
};

void Reader::read_text(const mime::Message& message) {
    Level outermost;
    outermost.message = &message;
    read_own(outermost, true);
    std::vector<std::unique_ptr<Level>> levels; // those within it, that are being read
    for (;;) {
        Level& level = levels.empty() ? outermost : *levels.back();
        if (level.next_inner == level.inner.size() || cut_) {
            if (levels.empty()) {
                return;
            }
            levels.pop_back();
            continue;
        }
        const mime::Part& part = level.message->parts()[level.inner[level.next_inner++]];
        if (levels.size() >= limits_.message_depth || messages_ == limits_.messages) {
            const std::string defect = "more messages inside the message than are read";
            if (std::ranges::find(reading_.defects, defect) == reading_.defects.end()) {
                reading_.defects.push_back(defect);
            }
            level.next_inner = level.inner.size();
            continue;
        }
        ++messages_;
        levels.push_back(enter(*level.message, part, level.is_report));
        read_own(*levels.back(), false);
    }
}

// The heading is shown at once.
std::unique_ptr<Reader::Level> Reader::enter(const mime::Message& message, const mime::Part& part,
                                             bool in_report) {
    auto level = std::make_unique<Level>();
    std::string_view octets = part.body;
    if (part.encoding != mime::Encoding::identity) {
        level->octets = message.decoded(part, limits_.text);
        octets = level->octets;
    }
    level->owned = mime::parse(octets);
    level->message = &level->owned;
    const mime::Message& inner = level->owned;

    std::string heading = in_report ? "--- The mail it is about" : "--- Forwarded mail";
    const std::string subject = first_line_of(inner.subject());
    if (!subject.empty()) {
        heading += ": " + subject;
    }
    const auto from = inner.from();
    if (!from.empty()) {
        const std::string name = first_line_of(from.front().name);
        const std::string address = first_line_of(from.front().address);
        heading += ", from " + (name.empty() ? address : name + " <" + address + '>');
    }
    if (const auto date = inner.date()) {
        heading += ", " + base::format_rfc3339(*date);
    }
    add_section(heading + " ---");
    return level;
}

void Reader::read_own(Level& level, bool outermost) {
    const mime::Message& message = *level.message;
    const auto parts = message.parts();
    TextChoice choice(message, limits_.text);
    lines_.clear();
    has_text_ = false;
    for (std::size_t i = 0; i < parts.size() && !cut_; ++i) {
        const mime::Part& part = parts[i];
        if (part.is_multipart()) {
            level.is_report = level.is_report || part.type == "multipart/report";
            const bool childless = i + 1 == parts.size() || parts[i + 1].parent != i;
            if (childless && choice.is_chosen(i)) {
                add_text(choice.text(i), part,
                         false); // its boundary is nowhere: better raw than lost
            }
            continue;
        }
        if (is_nested_message(part)) {
            level.inner.push_back(i);
            continue;
        }
        if (choice.is_chosen(i) && is_readable(part)) {
            add_text(choice.text(i), part, outermost);
        } else if ((part.type == "text/rfc822-headers" || part.type == "message/global-headers") &&
                   level.is_report) {
            level.inner.push_back(i); // a message without a body
        } else {
            add_lines(special_lines(message, part));
            if (is_first_piece(part)) {
                level.inner.push_back(i);
            }
        }
    }
    if (!has_text_) {
        read_fallback(level, choice);
    }
    if (!lines_.empty()) {
        std::string block;
        for (const std::string& line : lines_) {
            block += (block.empty() ? "[" : "\n[") + line + ']';
        }
        add_section(block);
    }
}

// Named texts are attachments; when there is no other text they are what the sender wrote.
// Reports of an unknown kind are better read raw than not at all.
void Reader::read_fallback(const Level& level, TextChoice& choice) {
    const auto parts = level.message->parts();
    for (std::size_t i = 0; i < parts.size() && !cut_ && !has_text_; ++i) {
        if ((parts[i].type == "text/plain" || parts[i].type == "text/html") &&
            !is_readable(parts[i])) {
            add_text(choice.text(i), parts[i], false);
        }
    }
    const bool nothing = lines_.empty() && level.inner.empty();
    if (nothing && !has_text_ && parts.front().is_multipart()) {
        add_text(preamble_of(parts.front()), parts.front(), false);
    }
    for (std::size_t i = 0; i < parts.size() && !cut_ && !has_text_ && nothing; ++i) {
        // "plain/text" is said by programs that mean the other.
        if (parts[i].type.starts_with("text/") || parts[i].is_message() ||
            parts[i].type == "plain/text") {
            add_text(choice.text(i), parts[i], false);
        }
    }
}

void Reader::add_text(std::string text, const mime::Part& part, bool outermost) {
    const bool html = part.type == "text/html";
    if (part.type == "text/plain") {
        text = without_embedded_files(std::move(text), outermost);
    }
    if (is_blank(text)) {
        return;
    }
    // Some programs send the same text once more as HTML, and not as an alternative.
    const std::string_view last = std::string_view(reading_.text).substr(last_text_at_);
    if (html && has_text_ && same_words(last, text)) {
        return;
    }
    const std::string_view armour = armour_line(text);
    if (!armour.empty()) {
        add_lines({std::string(armour)});
    }
    if (reading_.text_source == TextSource::none) {
        reading_.text_source = html ? TextSource::html : TextSource::plain;
    }
    if (reading_.text.empty() && text.size() <= limits_.text) {
        reading_.text = std::move(text);
        last_text_at_ = 0;
    } else {
        add_section(text);
        last_text_at_ = reading_.text.size() - std::min(text.size(), reading_.text.size());
    }
    has_text_ = true;
}

std::string Reader::without_embedded_files(std::string text, bool outermost) {
    // By line ends, which are rarer than the letter b: this runs over every text.
    const auto begins_file = [&text](std::size_t line) {
        const std::string_view rest = std::string_view(text).substr(line);
        return rest.starts_with("begin ") || rest.starts_with("=ybegin ");
    };
    bool may_have_files = begins_file(0);
    for (std::size_t at = text.find('\n'); at != std::string::npos && !may_have_files;
         at = text.find('\n', at + 1)) {
        may_have_files = begins_file(at + 1);
    }
    if (!may_have_files) {
        return text;
    }
    const std::vector<mime::EmbeddedFile> files =
        mime::find_embedded_files(text, limits_.embedded_files);
    if (files.empty()) {
        return text;
    }
    std::string rest;
    std::size_t from = 0;
    for (const mime::EmbeddedFile& file : files) {
        // A yEnc block that is far shorter than it says is broken: it stays.
        if (file.form == mime::EmbeddedFile::Form::yenc && file.size > file.end - file.begin) {
            continue;
        }
        rest.append(text, from, file.begin - from);
        from = file.end;
        const std::string name = safe_file_name(file.name);
        if (outermost) {
            reading_.attachments.push_back({.name = name,
                                            .type = "application/octet-stream",
                                            .size = file.size,
                                            .is_inline = true});
        } else {
            rest += "[" + name + ", " + std::to_string(file.size) + " octets]\n";
        }
    }
    rest.append(text, from);
    rest.resize(rest.find_last_not_of(" \t\n") + 1);
    return rest;
}

void Reader::add_lines(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        if (special_lines_ < limits_.special_lines &&
            std::ranges::find(lines_, line) == lines_.end()) {
            ++special_lines_;
            lines_.push_back(line);
        }
    }
}

void Reader::add_section(std::string_view section) {
    if (!reading_.text.empty()) {
        // What stands alone keeps the blank lines in front of it, what follows does not.
        section.remove_prefix(std::min(section.find_first_not_of('\n'), section.size()));
        add("\n\n");
    }
    add(section);
}

void Reader::add(std::string_view text) {
    const std::size_t room = limits_.text - std::min(limits_.text, reading_.text.size());
    if (text.size() > room) {
        text = base::utf8_prefix(text, room);
        if (!cut_) {
            reading_.defects.push_back("the text is longer than " + std::to_string(limits_.text) +
                                       " octets and was cut");
        }
        cut_ = true;
    }
    if (reading_.text.empty()) {
        reading_.text.reserve(text.size());
    }
    reading_.text += text;
}

void Reader::list_attachments(const mime::Message& message) {
    const auto parts = message.parts();
    for (const mime::Part& part : parts) {
        if (part.is_multipart() || is_shown_text(part)) {
            continue;
        }
        const bool referred = part.presentation == mime::Presentation::unsaid &&
                              !part.content_id.empty() &&
                              parts[part.parent].type == "multipart/related";
        reading_.attachments.push_back(
            {.name = part.has_name ? safe_file_name(part.name) : "",
             .type = base::safe_line(part.type),
             .size = message.decoded_size(part),
             .is_inline = part.presentation == mime::Presentation::inline_ || referred});
    }
}

std::vector<mime::Address> safe_addresses(std::vector<mime::Address> addresses) {
    for (mime::Address& address : addresses) {
        address.name = first_line_of(std::move(address.name));
        address.address = first_line_of(std::move(address.address));
    }
    std::erase_if(addresses, [](const mime::Address& address) {
        return address.name.empty() && address.address.empty();
    });
    return addresses;
}

// "List of things <things.example.org>", RFC 2919.
std::string list_id_of(const mime::Message& message) {
    std::string field = first_line_of(message.text_of("List-Id").value_or(""));
    const std::size_t open = field.rfind('<');
    const std::size_t close = field.rfind('>');
    if (open != std::string::npos && close != std::string::npos && open < close) {
        field = field.substr(open + 1, close - open - 1);
        std::erase(field, ' '); // of folds
    } else if (const std::size_t comment = field.find(" ("); comment != std::string::npos) {
        field.resize(comment); // the brackets were forgotten
    }
    return field;
}

// RFC 3834 5: a keyword, then parameters and comments.
std::string auto_submitted_of(const mime::Message& message) {
    const std::string field = first_line_of(message.text_of("Auto-Submitted").value_or(""));
    std::string_view rest = base::trim(field);
    while (rest.starts_with('(') && rest.contains(')')) {
        rest = base::trim(rest.substr(rest.find(')') + 1));
    }
    return base::lowered(base::trim(rest.substr(0, rest.find_first_of(";( "))));
}

} // namespace

Reading read(const mime::Message& message, const ReadingLimits& limits) {
    Reading reading;
    std::vector<mime::Address> from = safe_addresses(message.from());
    if (!from.empty()) {
        reading.from_name = std::move(from.front().name);
        reading.from_addr = std::move(from.front().address);
    }
    reading.to = safe_addresses(message.addresses_of("To"));
    reading.cc = safe_addresses(message.addresses_of("Cc"));
    reading.reply_to = safe_addresses(message.addresses_of("Reply-To"));
    reading.subject = first_line_of(message.subject());
    reading.date = message.date();
    reading.message_id = first_line_of(message.message_id());
    reading.references = message.references();
    for (std::string& id : reading.references) {
        id = first_line_of(std::move(id));
    }
    std::vector<std::string> parents = message.in_reply_to();
    if (!parents.empty()) {
        reading.in_reply_to = first_line_of(std::move(parents.front()));
    }
    reading.list_id = list_id_of(message);
    reading.auto_submitted = auto_submitted_of(message);
    reading.defects = message.defects();

    Reader reader(limits, reading);
    reader.list_attachments(message); // leaves come before files within texts
    reader.read_text(message);
    return reading;
}

} // namespace mailcast::delivery
