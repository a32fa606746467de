#include "text/html.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/entities.h"
#include "text/html_element.h"
#include "text/html_sheet.h"
#include "text/html_style.h"
#include "text/html_tag.h"
#include "text/link_target.h"
#include "text/page_writer.h"
#include "text/style_scopes.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailcast::text {

namespace {

enum class Octet : std::uint8_t { plain, white, markup, reference, high, control };

constexpr std::array<Octet, 256> make_octets() {
    std::array<Octet, 256> octets{};
    for (std::size_t i = 0; i < 256; ++i) {
        octets[i] = i >= 0x80                 ? Octet::high
                    : (i < 0x20 || i == 0x7F) ? Octet::control
                                              : Octet::plain;
    }
    for (const char c : {' ', '\t', '\n', '\r', '\f'}) {
        octets[static_cast<unsigned char>(c)] = Octet::white;
    }
    octets['<'] = Octet::markup;
    octets['&'] = Octet::reference;
    return octets;
}

constexpr std::array<Octet, 256> octets = make_octets();

constexpr Octet octet_at(std::string_view text, std::size_t at) {
    return octets[static_cast<unsigned char>(text[at])];
}

// A page that hides much by a font size of zero sets the size again where we do not see it.
constexpr std::size_t most_text_of_size_zero = 400;

constexpr std::size_t most_kept_lines = 10; // side by side

int number_of(std::string_view text, int otherwise) {
    int number = otherwise;
    text = base::trim(text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && number > -1'000'000 && number < 1'000'000'000 ? number
                                                                                 : otherwise;
}

// Padding does not count: "&zwnj;&nbsp;&#847;".
std::size_t letters_of(std::string_view text) {
    std::size_t letters = 0;
    bool is_reference = false;
    for (const char c : text) {
        is_reference = c == '&' || (is_reference && c != ';' && c != ' ');
        letters += !is_reference && base::is_alnum(c) ? 1U : 0U;
    }
    return letters;
}

// Which of the sender's ways of hiding text are believed.  They are given up one by one when
// believing them would swallow the page.
struct Belief {
    bool hidden = true;
    bool size_zero = true;
};

class Converter {
  public:
    Converter(std::string_view html, const HtmlLimits& limits, Belief belief)
        : html_(html), limits_(limits), belief_(belief), tags_(html), writer_(limits.output) {
        writer_.reserve(std::min(limits.output, html.size() / 2 + 64));
    }

    void run();

    std::string finish() { return writer_.finish(); }

    bool nothing_shown() const { return writer_.empty(); }

    bool hid_something() const { return hid_something_; }

    bool size_zero_was_wrong() const {
        return text_of_size_zero_ > most_text_of_size_zero ||
               (text_of_size_zero_ > 0 && scopes_.has_open_zero());
    }

  private:
    void read_text(std::size_t& at);
    void read_plain(std::size_t& at);
    void read_reference(std::size_t& at);
    void read_white(std::size_t& at);
    void read_markup(std::size_t& at);

    void open(const Tag& tag, Element element, std::size_t& at);
    void close(Element element);
    void open_link(const Tag& tag);
    void close_link();
    void show_image(const Tag& tag);
    void skip_raw(const Tag& tag, std::size_t& at);

    bool is_hidden(const Tag& tag, Element element, const StyleFacts& style) const;
    void hide(const Tag& tag, Element element, std::size_t& at);
    void read_kept_white(std::size_t& at);
    void read_preformatted_white(std::size_t& at);
    void open_scope(const Tag& tag, Element element, const StyleFacts& style);
    void close_scope(const Tag& tag);

    void note_white_space() {
        keeps_white_ = preformatted_ > 0 || scopes_.white_space() > WhiteSpace::collapse;
    }

    bool sets_color_inside(const Tag& tag, std::size_t at) const;

    std::string_view html_;
    const HtmlLimits& limits_;
    Belief belief_;
    TagReader tags_;
    PageWriter writer_;

    std::string target_;      // of the open link, ready to show; "" when there is none to show
    std::string last_target_; // shown last
    std::string lone_target_; // of the first link that had nothing to show
    std::string scratch_;
    std::size_t preformatted_ = 0; // open <pre>
    bool keeps_white_ = false;     // because of them or of a style
    StyleSheet sheet_;
    std::array<bool, 4> never_closed_{}; // raw elements for which no end tag is left
    bool dropped_close_ = true;          // false: one of them has no end tag; their text is shown
    bool hid_something_ = false;

    StyleScopes scopes_;
    std::size_t text_of_size_zero_ = 0;
};

void Converter::run() {
    std::size_t at = 0;
    while (at < html_.size() && !writer_.full()) {
        if (html_[at] == '<') {
            read_markup(at);
        } else {
            read_text(at);
        }
    }
    close_link();
    if (writer_.empty() && !lone_target_.empty()) {
        writer_.append_target(lone_target_); // better than nothing at all
    }
}

void Converter::read_text(std::size_t& at) {
    if (scopes_.size_is_zero()) {
        const std::size_t end = std::min(html_.find('<', at), html_.size());
        const std::string_view text = base::trim(html_.substr(at, end - at));
        text_of_size_zero_ += letters_of(text);
        hid_something_ |= !text.empty();
        at = end;
        return;
    }
    while (at < html_.size()) {
        switch (octet_at(html_, at)) {
        case Octet::plain:
            read_plain(at);
            break;
        case Octet::white:
            read_white(at);
            break;
        case Octet::markup:
            return;
        case Octet::reference:
            read_reference(at);
            break;
        case Octet::high:
            writer_.code_point(base::next_code_point(html_, at));
            break;
        case Octet::control:
            ++at;
            break;
        }
    }
}

// Words with single spaces between them go in one piece.
void Converter::read_plain(std::size_t& at) {
    const std::size_t start = at;
    while (at < html_.size()) {
        if (octet_at(html_, at) == Octet::plain) {
            ++at;
        } else if (html_[at] == ' ' && at + 1 < html_.size() &&
                   octet_at(html_, at + 1) == Octet::plain) {
            at += 2;
        } else {
            break;
        }
    }
    writer_.word(html_.substr(start, at - start));
}

void Converter::read_reference(std::size_t& at) {
    const CharacterReference reference = text::read_reference(html_.substr(at), false);
    if (reference.length == 0) {
        writer_.word("&");
        ++at;
        return;
    }
    at += reference.length;
    const std::uint32_t c = reference.code_point;
    if (c == ' ' || c == '\t' || c == '\n') {
        writer_.space();
    } else {
        writer_.code_point(c);
    }
}

void Converter::read_white(std::size_t& at) {
    if (keeps_white_) {
        read_kept_white(at);
        return;
    }
    while (at < html_.size() && octet_at(html_, at) == Octet::white) {
        ++at;
    }
    writer_.space();
}

// In <pre>.
void Converter::read_preformatted_white(std::size_t& at) {
    constexpr std::size_t tab_width = 4;
    switch (html_[at]) {
    case '\n':
        writer_.preformatted_line_end();
        break;
    case '\t':
        writer_.preformatted_space(tab_width);
        break;
    case ' ':
        writer_.preformatted_space(1);
        break;
    default:
        break;
    }
    ++at;
}

void Converter::open_scope(const Tag& tag, Element element, const StyleFacts& style) {
    if (is_void(element) || tag.self_closing) {
        return;
    }
    const bool is_inline =
        element == Element::inline_ || element == Element::link || element == Element::button;
    if (scopes_.open(tag.key, style, is_inline, belief_.size_zero)) {
        writer_.block(1);
    }
    note_white_space();
}

void Converter::close_scope(const Tag& tag) {
    if (scopes_.close(tag.key)) {
        writer_.block(1);
    }
    note_white_space();
}

// White space that a style keeps.  Between two tags it is how the page was laid out, and no empty lines.
void Converter::read_kept_white(std::size_t& at) {
    if (preformatted_ > 0) {
        read_preformatted_white(at);
        return;
    }
    const std::size_t start = at;
    std::size_t lines = 0;
    std::size_t blanks = 0; // since the last line end
    for (; at < html_.size() && octet_at(html_, at) == Octet::white; ++at) {
        lines += html_[at] == '\n' ? 1U : 0U;
        blanks = html_[at] == '\n' ? 0 : blanks + (html_[at] == '\r' ? 0U : 1U);
    }
    const bool between_tags =
        start > 0 && html_[start - 1] == '>' && (at == html_.size() || html_[at] == '<');
    if (lines == 0 && blanks < 2) {
        writer_.space();
    } else if (between_tags) {
        lines > 0 ? writer_.block(1) : writer_.space();
    } else {
        for (std::size_t i = 0; i < std::min(lines, most_kept_lines); ++i) {
            writer_.preformatted_line_end();
        }
        if (scopes_.white_space() == WhiteSpace::all) {
            writer_.preformatted_space(blanks);
        } else if (lines == 0) {
            writer_.space();
        }
    }
}

void Converter::read_markup(std::size_t& at) {
    Tag tag;
    switch (tags_.read(at, tag)) {
    case TagReader::Kind::text:
        if (!scopes_.size_is_zero()) {
            writer_.word("<");
        }
        return;
    case TagReader::Kind::skip:
        return;
    case TagReader::Kind::tag:
        break;
    }
    const Element element = element_of(tag.key);
    if (tag.closing) {
        close(element);
        if (!scopes_.empty()) {
            close_scope(tag);
        }
        return;
    }
    StyleFacts style;
    if (!tag.style.empty()) {
        style = read_style(tag.style);
    }
    if (belief_.hidden &&
        (is_hidden(tag, element, style) || (style.same_color && !sets_color_inside(tag, at)))) {
        hide(tag, element, at);
        return;
    }
    const bool has_scope = style.font_size == FontSize::zero || style.is_block ||
                           style.white_space > WhiteSpace::collapse;
    if (has_scope || !scopes_.empty()) {
        open_scope(tag, element, style);
    }
    open(tag, element, at);
}

void Converter::open(const Tag& tag, Element element, std::size_t& at) {
    switch (element) {
    case Element::inline_:
    case Element::void_:
        break;
    case Element::link:
        open_link(tag);
        break;
    case Element::block:
        writer_.block(1);
        break;
    case Element::paragraph:
        writer_.block(2);
        break;
    case Element::line_break:
        writer_.line_break();
        break;
    case Element::rule:
        writer_.rule();
        break;
    case Element::list:
        writer_.begin_list(false, 1);
        break;
    case Element::numbered_list:
        writer_.begin_list(true, number_of(tag.start, 1));
        break;
    case Element::item:
        writer_.begin_item(number_of(tag.value, 0));
        break;
    case Element::definition_list:
        writer_.block(2);
        break;
    case Element::definition_term:
        writer_.end_definition();
        break;
    case Element::definition:
        writer_.begin_definition();
        break;
    case Element::quote:
        writer_.begin_quote();
        break;
    case Element::table:
        writer_.begin_table();
        break;
    case Element::row:
        writer_.row();
        break;
    case Element::cell:
        writer_.cell();
        break;
    case Element::image:
        show_image(tag);
        break;
    case Element::preformatted:
        writer_.block(2);
        ++preformatted_;
        note_white_space();
        if (at < html_.size() && html_[at] == '\n') {
            ++at; // the first line end in <pre> is not part of it
        }
        break;
    case Element::button:
        writer_.space();
        break;
    case Element::raw:
        skip_raw(tag, at);
        break;
    case Element::dropped:
        if (!tag.self_closing && dropped_close_) {
            hide(tag, element, at);
        }
        break;
    }
}

void Converter::close(Element element) {
    switch (element) {
    case Element::link:
        close_link();
        break;
    case Element::block:
        writer_.block(1);
        break;
    case Element::paragraph:
        writer_.block(2);
        break;
    case Element::line_break:
        writer_.line_break();
        break; // "</br>" is read as "<br>" by all
    case Element::list:
    case Element::numbered_list:
        writer_.end_list();
        break;
    case Element::item:
        writer_.end_item();
        break;
    case Element::definition_list:
        writer_.end_definition();
        writer_.block(2);
        break;
    case Element::definition:
        writer_.end_definition();
        break;
    case Element::quote:
        writer_.end_quote();
        break;
    case Element::table:
        writer_.end_table();
        break;
    case Element::preformatted:
        writer_.block(2);
        preformatted_ -= preformatted_ > 0 ? 1 : 0;
        note_white_space();
        break;
    case Element::button:
        writer_.space();
        break;
    case Element::definition_term:
    case Element::row:
    case Element::cell: // what comes next says how it is set apart
    case Element::inline_:
    case Element::void_:
    case Element::rule:
    case Element::image:
    case Element::raw:
    case Element::dropped:
        break;
    }
}

void Converter::open_link(const Tag& tag) {
    close_link();
    if (tag.href.empty()) {
        return;
    }
    target_ = shown_target(tag.href, limits_.target);
    writer_.mark();
}

void Converter::close_link() {
    if (target_.empty()) {
        return;
    }
    const std::string_view text = writer_.text_since_mark();
    if (text.empty()) {
        if (lone_target_.empty()) {
            lone_target_ = target_;
        }
    } else if (target_ != last_target_ && !says_target(text, target_)) {
        writer_.append_target(target_);
        last_target_.swap(target_);
    }
    target_.clear();
}

void Converter::show_image(const Tag& tag) {
    if (tag.alt.empty() || scopes_.size_is_zero()) {
        return;
    }
    // A word stands apart from its neighbours; an emoji does not.
    const std::string_view alt = base::trim(tag.alt);
    const bool apart = alt.size() > 1 && base::is_alnum(alt.front());
    if (apart) {
        writer_.space();
    }
    for (std::size_t at = 0; at < alt.size();) {
        switch (octet_at(alt, at)) {
        case Octet::white:
            writer_.space();
            ++at;
            break;
        case Octet::reference: {
            const CharacterReference reference = text::read_reference(alt.substr(at), true);
            if (reference.length == 0) {
                writer_.word("&");
            } else if (reference.code_point > ' ') {
                writer_.code_point(reference.code_point);
            } else {
                writer_.space();
            }
            at += std::max<std::size_t>(reference.length, 1);
            break;
        }
        case Octet::high:
            writer_.code_point(base::next_code_point(alt, at));
            break;
        case Octet::control:
            ++at;
            break;
        case Octet::plain:
        case Octet::markup: {
            const std::size_t start = at;
            while (at < alt.size() && (octet_at(alt, at) == Octet::plain || alt[at] == '<')) {
                ++at;
            }
            writer_.word(alt.substr(start, at - start));
            break;
        }
        }
    }
    if (apart) {
        writer_.space();
    }
}

void Converter::skip_raw(const Tag& tag, std::size_t& at) {
    if (tag.self_closing && tag.key != tag_key("script") && tag.key != tag_key("style")) {
        return;
    }
    constexpr std::array<std::string_view, 4> names = {"style", "script", "title", "iframe"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (tag.key != tag_key(names[i]) || never_closed_[i]) {
            continue;
        }
        const std::size_t end = tags_.find_closing(names[i], at);
        if (end == std::string_view::npos) {
            // Cut off: what follows up to the next tag is still no text.
            never_closed_[i] = true;
            break;
        }
        if (tag.key == tag_key("style")) {
            sheet_.read(html_.substr(at, end - at));
        }
        at = end;
        return;
    }
    at = std::min(html_.find('<', at), html_.size());
}

bool Converter::is_hidden(const Tag& tag, Element element, const StyleFacts& style) const {
    if (tag.hidden || style.hidden) {
        return element != Element::line_break && tag.key != tag_key("body") &&
               tag.key != tag_key("html");
    }
    // Alone it hides from Outlook what others see, such as the link of a button.
    if (style.office_hide && (tag.key == tag_key("div") || tag.key == tag_key("span"))) {
        return true;
    }
    return !style.displayed && sheet_.hides(tag.class_names, tag.id) &&
           element != Element::line_break && tag.key != tag_key("body") &&
           tag.key != tag_key("html");
}

// Moves behind the element.  It ends with its own end tag, or, for those that need none, with what
// browsers take as their end.  An element that never ends is not believed to be hidden.
void Converter::hide(const Tag& tag, Element element, std::size_t& at) {
    hid_something_ = true;
    if (is_void(element) || tag.self_closing || element == Element::raw) {
        if (element == Element::raw) {
            skip_raw(tag, at);
        }
        return;
    }
    std::size_t open = 1;
    std::size_t tables = 0; // open inside
    std::size_t lists = 0;
    std::size_t next = at;
    while (next < html_.size()) {
        next = html_.find('<', next);
        if (next == std::string_view::npos) {
            break;
        }
        const std::size_t start = next;
        Tag inner;
        if (tags_.read(next, inner) != TagReader::Kind::tag) {
            continue;
        }
        const Element kind = element_of(inner.key);
        const bool table_part = kind == Element::row || (kind == Element::cell && !inner.closing) ||
                                (kind == Element::table && inner.closing);
        const bool list_part =
            (kind == Element::item && !inner.closing) ||
            ((kind == Element::list || kind == Element::numbered_list) && inner.closing);
        const bool breaks_paragraph = kind == Element::paragraph || kind == Element::block ||
                                      kind == Element::table || table_part;
        if ((element == Element::cell && table_part && tables == 0) ||
            (element == Element::row && tables == 0 && kind != Element::cell && table_part) ||
            (element == Element::item && list_part && lists == 0) ||
            (tag.key == tag_key("p") && breaks_paragraph)) {
            if (!(inner.closing && inner.key == tag.key)) {
                at = start;
                return;
            }
        }
        if (inner.closing) {
            tables -= kind == Element::table && tables > 0 ? 1 : 0;
            lists -= (kind == Element::list || kind == Element::numbered_list) && lists > 0 ? 1 : 0;
            if (inner.key == tag.key && --open == 0) {
                at = next;
                return;
            }
        } else {
            tables += kind == Element::table ? 1 : 0;
            lists += kind == Element::list || kind == Element::numbered_list ? 1 : 0;
            if (kind == Element::raw) {
                skip_raw(inner, next);
            } else if (inner.key == tag.key && !inner.self_closing) {
                ++open;
            }
        }
    }
    (element == Element::dropped ? dropped_close_ : belief_.hidden) = false;
}

// Then what is inside can be read.  Also true when it is longer than text that is meant to be unseen.
bool Converter::sets_color_inside(const Tag& tag, std::size_t at) const {
    constexpr std::size_t longest = 2'000;
    const std::string_view window = html_.substr(at, longest);
    std::size_t open = 1;
    for (std::size_t next = window.find('<'); next != std::string_view::npos;
         next = window.find('<', next + 1)) {
        const bool closing = window.substr(next).starts_with("</");
        const std::string_view name = window.substr(next + (closing ? 2 : 1));
        if (tag_key(name.substr(0, name.find_first_of(" />\t\r\n"))) == tag.key) {
            open = closing ? open - 1 : open + 1;
        }
        if (open == 0) {
            const std::string_view inside = window.substr(0, next);
            return inside.contains("olor") || inside.contains("OLOR");
        }
    }
    return true;
}

} // namespace

std::string html_to_text(std::string_view html, const HtmlLimits& limits) {
    Belief belief;
    // Three readings at most: each gives up one belief.
    for (;;) {
        Converter converter(html, limits, belief);
        converter.run();
        if (belief.size_zero && converter.size_zero_was_wrong()) {
            belief.size_zero = false;
        } else if (belief.hidden && converter.nothing_shown() && converter.hid_something()) {
            belief.hidden = belief.size_zero = false;
        } else {
            return converter.finish();
        }
    }
}

} // namespace mailcast::text
