// Lays out running text: white space, breaks between blocks, quotes as "> ", list markers, cells of
// a row separated by " | ".  Everything is written lazily: a break or a space is put only when text
// follows, so empty blocks, spacer cells and trailing space leave nothing behind. Pure; one thread
// at a time; linear; state and output bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::text {

class PageWriter {
  public:
    // `limit`: octets of output.
    explicit PageWriter(std::size_t limit) : limit_(limit) {}

    void reserve(std::size_t octets) { out_.reserve(octets); }

    // Text -------------------------------------------------------------------------------------
    // Printable ASCII that neither begins nor ends with a space.
    void word(std::string_view ascii);
    void code_point(std::uint32_t c);

    void space() { waiting_ = space_ = true; }

    void line_break(); // <br>
    void preformatted_line_end();
    void preformatted_space(std::size_t count);
    // Goes right behind the last text, in front of any white space that waits.
    void append_target(std::string_view target);
    void rule();

    // Structure ----------------------------------------------------------------------------------
    // 1: what follows starts on a new line; 2: and a blank line comes before.
    void block(unsigned breaks);
    void begin_quote();
    void end_quote();
    void begin_list(bool ordered, int first_number);
    void end_list();
    void begin_item(int number); // 0: the next one
    void end_item();
    void begin_definition();
    void end_definition();
    void begin_table();
    void end_table();
    void row();
    void cell();

    // The innermost open table has had a row of several cells that stand side by side.
    bool has_columns() const {
        const std::size_t table = find(Kind::table);
        return table != none && (frames_[table].has_columns || stands_in_columns(table));
    }

    bool full() const { return full_; }

    bool empty() const { return out_.empty(); }

    // Where the next text will stand, for taking it again with text_since().
    void mark() { mark_ = out_.size(); }

    // Text written since mark(), without what only surrounds it.
    std::string_view text_since_mark() const;

    // The text, without white space at its end.  The writer is empty afterwards.
    std::string finish();

  private:
    enum class Kind : std::uint8_t { quote, list, item, definition, table };

    struct Frame {
        Kind kind = Kind::quote;
        bool ordered = false;     // list
        bool has_columns = false; // table
        std::size_t prefix = 0;   // length of prefix_ before this frame
        int next_number = 1;      // list
        std::size_t first_line =
            0; // table: line on which the open row begins; 0: it is empty so far
    };

    struct Separator {
        std::size_t at = 0;    // in out_, of " | "
        std::size_t frame = 0; // index of its table
    };

    static constexpr std::size_t none = SIZE_MAX;
    static constexpr std::size_t most_frames = 64;
    static constexpr std::size_t longest_prefix = 40;
    static constexpr std::size_t most_separators = 100; // of one line
    static constexpr std::size_t longest_row = 120; // octets; longer rows are broken between cells
    static constexpr std::size_t most_cell_lines = 3; // of a cell that the next one stands beside

    std::size_t find(Kind kind) const;
    bool push(Kind kind, std::string_view prefix);
    void pop_to(std::size_t frame);
    void close(Kind kind);
    void end_row(std::size_t table);
    bool stands_in_columns(std::size_t table) const;
    void begin_text(char first);
    void flush(char first);
    void new_line(unsigned count);
    void break_row();
    void put(std::string_view octets);
    std::size_t quote_prefix() const;

    std::string out_;
    std::size_t limit_;
    std::size_t mark_ = 0;
    bool full_ = false;

    // What waits for text to follow.
    bool waiting_ = true;
    bool space_ = false;
    bool rule_ = false;
    bool row_is_fresh_ = false;
    bool in_preformatted_ = false;
    bool after_target_ = false; // nothing was written behind it
    unsigned breaks_ = 0;
    std::size_t hard_spaces_ = 0;
    std::size_t separator_ = none; // index of the table whose cell begins
    std::string marker_;
    std::size_t marker_at_ = 0; // length of prefix_ in front of it
    std::uint32_t joiner_ = 0;  // zero-width (non-)joiner between two letters

    std::size_t line_ = 1;
    std::size_t line_start_ = 0;
    std::size_t last_quote_prefix_ = 0;
    std::string prefix_;

    std::array<Frame, most_frames> frames_;
    std::size_t depth_ = 0;
    std::array<std::size_t, 5> ignored_{}; // openings beyond most_frames, by kind
    std::vector<Separator> separators_;    // on this line, of rows that are open
};

} // namespace mailcast::text
