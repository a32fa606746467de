#include "text/html.h"

#include "base/ascii.h"
#include "text/html_element.h"
#include "text/html_hidden.h"
#include "text/html_style.h"
#include "text/html_tag.h"
#include "text/html_text.h"
#include "text/page_links.h"
#include "text/page_writer.h"
#include "text/style_scopes.h"

#include <algorithm>
#include <charconv>

namespace mailcast::text {

namespace {

// A page that hides much by a font size of zero sets the size again where we do not see it.
constexpr std::size_t most_text_of_size_zero = 400;

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

// Where a paragraph has no room around it, it is a line of text, as Outlook writes them.  When only its own style
// says so, the room may be that of the table cell it stands in.
enum class Tight { no, by_style, by_sheet };

Tight tightness(Margin margin, bool tight_in_sheet) {
    if (margin == Margin::unsaid) {
        return tight_in_sheet ? Tight::by_sheet : Tight::no;
    }
    return margin == Margin::none ? Tight::by_style : Tight::no;
}

// One reading of a page: what each tag does to the text.
class Converter {
  public:
    Converter(std::string_view html, const HtmlLimits& limits, Belief belief)
        : html_(html), believes_size_zero_(belief.size_zero), tags_(html), writer_(limits.output),
          text_(html, writer_), links_(writer_, limits.target),
          hidden_(html, tags_, belief.hidden) {
        writer_.reserve(std::min(limits.output, html.size() / 2 + 64));
    }

    Converter(const Converter&) = delete; // its members refer to each other
    Converter& operator=(const Converter&) = delete;

    void run();

    std::string finish() { return writer_.finish(); }

    bool nothing_shown() const { return writer_.empty(); }

    bool hid_something() const { return hidden_.hid_something(); }

    bool size_zero_was_wrong() const {
        return text_of_size_zero_ > most_text_of_size_zero ||
               (text_of_size_zero_ > 0 && scopes_.has_open_zero());
    }

  private:
    void skip_text_of_size_zero(std::size_t& at);
    void read_markup(std::size_t& at);
    void open(const Tag& tag, Element element, const StyleFacts& style, std::size_t& at);
    void close(const Tag& tag, Element element);
    void open_scope(const Tag& tag, Element element, const StyleFacts& style);
    void close_scope(const Tag& tag);
    void note_white_rule();
    void open_paragraph(const Tag& tag, const StyleFacts& style);
    void close_paragraph();
    void leave_cell();

    std::string_view html_;
    bool believes_size_zero_;
    TagReader tags_;
    Tag tag_; // read last
    PageWriter writer_;
    TextReader text_;
    PageLinks links_;
    HiddenParts hidden_;
    StyleScopes scopes_;
    std::size_t text_of_size_zero_ = 0; // letters
    std::size_t preformatted_ = 0;      // open <pre>
    WhiteRule white_rule_ = WhiteRule::collapse;
    bool in_paragraph_ = false;    // a <p> is open
    Tight below_ = Tight::no;      // what is below it
    Tight last_below_ = Tight::no; // what is below the one that ended last in this cell
};

void Converter::run() {
    std::size_t at = 0;
    while (at < html_.size() && !writer_.full()) {
        if (html_[at] == '<') {
            read_markup(at);
        } else if (scopes_.size_is_zero()) {
            skip_text_of_size_zero(at);
        } else {
            at = text_.read(at, white_rule_);
        }
    }
    links_.finish();
}

void Converter::skip_text_of_size_zero(std::size_t& at) {
    const std::size_t end = std::min(html_.find('<', at), html_.size());
    const std::string_view text = base::trim(html_.substr(at, end - at));
    text_of_size_zero_ += letters_of(text);
    hidden_.note_hidden(!text.empty());
    at = end;
}

void Converter::read_markup(std::size_t& at) {
    Tag& tag = tag_;
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
        close(tag, element);
        if (!scopes_.empty()) {
            close_scope(tag);
        }
        return;
    }
    StyleFacts style;
    if (!tag.style.empty()) {
        style = read_style(tag.style, tag.key == tag_key("p") ? Margins::asked : Margins::unasked);
    }
    if (hidden_.hides(tag, element, style, at)) {
        hidden_.skip(tag, element, at);
        return;
    }
    const bool has_scope = style.font_size == FontSize::zero || style.is_block ||
                           style.white_space > WhiteSpace::collapse;
    if (has_scope || !scopes_.empty()) {
        open_scope(tag, element, style);
    }
    open(tag, element, style, at);
}

void Converter::open_scope(const Tag& tag, Element element, const StyleFacts& style) {
    if (is_void(element) || tag.self_closing) {
        return;
    }
    const bool is_inline =
        element == Element::inline_ || element == Element::link || element == Element::button;
    if (scopes_.open(tag.key, style, is_inline, believes_size_zero_)) {
        writer_.block(1);
    }
    note_white_rule();
}

void Converter::close_scope(const Tag& tag) {
    if (scopes_.close(tag.key)) {
        writer_.block(1);
    }
    note_white_rule();
}

void Converter::note_white_rule() {
    if (preformatted_ > 0) {
        white_rule_ = WhiteRule::preformatted;
        return;
    }
    switch (scopes_.white_space()) {
    case WhiteSpace::unsaid:
    case WhiteSpace::collapse:
        white_rule_ = WhiteRule::collapse;
        break;
    case WhiteSpace::lines:
        white_rule_ = WhiteRule::lines;
        break;
    case WhiteSpace::all:
        white_rule_ = WhiteRule::all;
        break;
    }
}

void Converter::open_paragraph(const Tag& tag, const StyleFacts& style) {
    if (in_paragraph_) {
        close_paragraph(); // its end tag is missing
    }
    const bool in_sheet = hidden_.sheet().is_tight_paragraph(tag.class_names, tag.id);
    const Tight above = tightness(style.above, in_sheet);
    const bool is_line =
        above == Tight::by_sheet ||
        (above == Tight::by_style && (last_below_ != Tight::no || writer_.has_columns()));
    writer_.block(is_line ? 1 : 2);
    below_ = tightness(style.below, in_sheet);
    in_paragraph_ = true;
}

void Converter::close_paragraph() {
    writer_.block(below_ == Tight::no ? 2 : 1);
    last_below_ = below_;
    below_ = Tight::no;
    in_paragraph_ = false;
}

void Converter::leave_cell() {
    if (in_paragraph_) {
        last_below_ = below_; // its end tag is missing
        in_paragraph_ = false;
    }
    if (last_below_ == Tight::by_style && !writer_.has_columns()) {
        writer_.block(2);
    }
    last_below_ = Tight::no;
}

void Converter::open(const Tag& tag, Element element, const StyleFacts& style, std::size_t& at) {
    switch (element) {
    case Element::inline_:
        break;
    case Element::void_:
        if (tag.is_checkbox) {
            writer_.word(tag.checked ? "[x]" : "[ ]");
            writer_.space();
        }
        break;
    case Element::link:
        links_.open(tag.href);
        break;
    case Element::block:
        writer_.block(style.is_ruled_off ? 2 : 1);
        break;
    case Element::paragraph:
        if (tag.key == tag_key("p")) {
            open_paragraph(tag, style);
        } else {
            writer_.block(2);
        }
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
        leave_cell();
        writer_.begin_table();
        break;
    case Element::row:
        leave_cell();
        writer_.row();
        break;
    case Element::cell:
        leave_cell();
        writer_.cell();
        break;
    case Element::image:
        if (!tag.alt.empty() && !scopes_.size_is_zero()) {
            text_.read_alternative(tag.alt);
        }
        break;
    case Element::preformatted:
        writer_.block(2);
        ++preformatted_;
        note_white_rule();
        if (at < html_.size() && html_[at] == '\n') {
            ++at; // the first line end in <pre> is not part of it
        }
        break;
    case Element::button:
        writer_.space();
        break;
    case Element::raw:
        hidden_.skip_raw(tag, at);
        break;
    case Element::dropped:
        hidden_.skip_dropped(tag, at);
        break;
    }
}

void Converter::close(const Tag& tag, Element element) {
    switch (element) {
    case Element::link:
        links_.close();
        break;
    case Element::block:
        writer_.block(1);
        break;
    case Element::paragraph:
        if (tag.key == tag_key("p")) {
            close_paragraph();
        } else {
            writer_.block(2);
        }
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
        leave_cell();
        writer_.end_table();
        break;
    case Element::preformatted:
        writer_.block(2);
        preformatted_ -= preformatted_ > 0 ? 1 : 0;
        note_white_rule();
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
