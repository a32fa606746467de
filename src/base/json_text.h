// Writes JSON (RFC 8259) into a string, in one line.  Strings that are not valid UTF-8 are repaired, so
// what comes out always is JSON.  A value; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::base {

// `text` with quotes around it.  U+2028 and U+2029 are escaped, too: a line of output stays one line.
void append_json_string(std::string& out, std::string_view text);

// Commas and colons come by themselves.  Calls must nest properly; key() before each value in an object.
class JsonWriter {
  public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& string(std::string_view value);
    JsonWriter& number(std::uint64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();

    // key() and string() in one.
    JsonWriter& member(std::string_view name, std::string_view value) {
        return key(name).string(value);
    }

    const std::string& text() const { return out_; }

    std::string take() { return std::move(out_); }

  private:
    void begin_value();
    void open(char bracket);
    void close(char bracket);

    std::string out_;
    std::vector<bool> has_members_; // of each open object or array
    bool after_key_ = false;
};

} // namespace mailcast::base
