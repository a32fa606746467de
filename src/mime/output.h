// Where decoded octets go: kept up to a limit, or only counted.  Owned by one call.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailcast::mime {

class Output {
  public:
    // Counts only.
    Output() = default;

    // Keeps until `kept` holds `max` octets; `kept` must outlive this.
    Output(std::string& kept, std::size_t max) : kept_(&kept), max_(max) {}

    void append(std::string_view octets) {
        if (kept_ == nullptr) {
            size_ += octets.size();
        } else if (kept_->size() < max_) {
            kept_->append(octets.substr(0, std::min(octets.size(), max_ - kept_->size())));
        }
    }

    void push(char octet) { append({&octet, 1}); }

    bool is_counting() const { return kept_ == nullptr; }

    void count(std::uint64_t octets) { size_ += octets; }

    bool is_full() const { return kept_ != nullptr && kept_->size() >= max_; }

    std::uint64_t size() const { return kept_ == nullptr ? size_ : kept_->size(); }

  private:
    std::string* kept_ = nullptr;
    std::size_t max_ = 0;
    std::uint64_t size_ = 0;
};

} // namespace mailcast::mime
