#include "rules/compile/regex_text.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace baleen::rules::compile {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

class Reader {
public:
    explicit Reader(const Regex& regex) : text_(regex.pattern) {
        out_.caseless = regex.caseless;
        extended_ = regex.extended;
    }

    RegexText read() {
        while (at_ < text_.size()) read_one();
        end_run();
        if (extended_) doubt_all();
        if (only_bytes_ && !extended_ && runs_.size() == 1) out_.whole = runs_[0];
        if (!out_.alternates && !out_.commits) out_.runs = std::move(runs_);
        out_.ends_with_dollar =
            !out_.alternates && !extended_ && end_count_ == 1 && last_dollar_ + 1 == text_.size();
        return std::move(out_);
    }

private:
    // Comments of extended syntax may hold anything, and are not read here.
    void doubt_all() {
        out_.asks_start = out_.asks_end = out_.asks_word_edge = true;
        out_.looks_ahead = out_.looks_behind = out_.commits = out_.sets_options = true;
    }

    char peek(size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    bool outside() const { return depth_ == 0; }

    void end_run() {
        if (!run_.empty()) runs_.push_back(std::move(run_));
        run_.clear();
    }
    // Something that is not one certain byte.
    void other() {
        end_run();
        only_bytes_ = false;
    }
    void byte(char c) {
        if (outside()) run_ += c;
    }

    void read_one() {
        const char c = text_[at_++];
        switch (c) {
            case '\\': return read_escape();
            case '[': return skip_class();
            case '(': return open_group();
            case ')': depth_ -= depth_ > 0; return other();
            case '|': out_.alternates |= outside(); return other();
            case '.': return other();
            case '^': (at_ == 1 ? out_.begins_with_caret : out_.asks_start) = true; return other();
            case '$':
                out_.asks_end = true;
                end_count_++;
                if (outside()) last_dollar_ = at_ - 1;
                return other();
            case '*':
            case '?': return repeat(false);
            case '+': return repeat(true);
            case '{': return read_braces();
            default: return byte(c);
        }
    }

    // Of what stands before it; `once`: at least once.
    void repeat(bool once) {
        if (!once && !run_.empty()) run_.pop_back();
        other();
        if (peek() == '+') out_.commits = true;
        if (peek() == '+' || peek() == '?') at_++;
    }

    // A repeat count, or a brace that is a byte.
    void read_braces() {
        size_t end = at_;
        while (end < text_.size() && (is_digit(text_[end]) || text_[end] == ',')) end++;
        if (end == at_ || end >= text_.size() || text_[end] != '}') return byte('{');
        const bool once = is_digit(text_[at_]) && text_[at_] != '0';
        at_ = end + 1;
        repeat(once);
    }

    void open_group() {
        other();
        depth_++;
        if (peek() == '*') out_.commits = true;
        if (peek() != '?') return;
        at_++;
        const char kind = peek();
        if (kind == '#') {
            at_ = std::min(text_.find(')', at_), text_.size());
        } else if (kind == '=' || kind == '!') {
            out_.looks_ahead = true;
            at_++;
        } else if (kind == '<' && (peek(1) == '=' || peek(1) == '!')) {
            out_.looks_behind = true;
            at_ += 2;
        } else if (kind == '<' || kind == '\'' || (kind == 'P' && peek(1) == '<')) {
            const char close = kind == '\'' ? '\'' : '>';
            at_ = std::min(text_.find(close, at_ + 1), text_.size());
        } else if (kind == 'i' || kind == 's' || kind == 'm' || kind == 'x' || kind == '-' ||
                   kind == '^') {
            read_options();
        } else if (kind != ':') {
            // Atomic, conditional, recursive, or a form that is not known.
            out_.commits = true;
        }
    }

    // (?is-m) or (?is-m:
    void read_options() {
        for (; is_letter(peek()) || peek() == '-' || peek() == '^'; at_++) {
            if (peek() == 'i') out_.caseless = true;
            else if (peek() == 'x') extended_ = true;
            if (peek() != 'i' && peek() != 's' && peek() != '-') out_.sets_options = true;
        }
    }

    void skip_class() {
        other();
        if (peek() == '^') at_++;
        if (peek() == ']') at_++;
        while (at_ < text_.size() && text_[at_] != ']') {
            if (text_[at_] == '\\' && peek(1) == 'Q') {
                at_ = std::min(text_.find("\\E", at_), text_.size());
            } else if (text_[at_] == '\\') {
                at_++;
            } else if (text_[at_] == '[' && peek(1) == ':') {
                const size_t end = text_.find(":]", at_ + 2);
                if (end != std::string_view::npos) at_ = end + 1;
            }
            at_++;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    void read_escape() {
        if (at_ >= text_.size()) return other();
        const char c = text_[at_++];
        if (!is_letter(c) && !is_digit(c)) return byte(c);
        switch (c) {
            case 'x': return read_hex();
            case 't': return byte('\t');
            case 'n': return byte('\n');
            case 'r': return byte('\r');
            case 'f': return byte('\f');
            case 'a': return byte('\a');
            case 'e': return byte('\x1b');
            case 'Q': return read_quoted();
            case 'A':
            case 'G': out_.asks_start = true; break;
            case 'z':
            case 'Z':
                out_.asks_end = true;
                end_count_++;
                break;
            case 'b':
            case 'B': out_.asks_word_edge = true; break;
            case 'c': at_ += at_ < text_.size(); break;
            case 'g':
            case 'k':
            case 'o':
            case 'p':
            case 'P':
            case 'N': skip_argument(); break;
            default:
                // \12 may be a reference or an octal number: no byte of it is believed.
                while (is_digit(c) && is_digit(peek())) at_++;
        }
        other();
    }

    // What follows \g, \k, \o, \p: in brackets of some kind, or one character, or a number.
    void skip_argument() {
        const char open = peek();
        const char close = open == '{' ? '}' : open == '<' ? '>' : open == '\'' ? '\'' : '\0';
        if (close != '\0') {
            at_ = std::min(text_.find(close, at_ + 1), text_.size());
            at_ += at_ < text_.size();
            return;
        }
        if (text_[at_ - 1] == 'N') return;
        at_ += at_ < text_.size();
        while (is_digit(peek())) at_++;
    }

    void read_hex() {
        uint32_t value = 0;
        if (peek() == '{') {
            size_t end = ++at_;
            while (end < text_.size() && hex_value(text_[end]) >= 0 && value <= 0xff)
                value = 16 * value + static_cast<uint32_t>(hex_value(text_[end++]));
            if (end == at_ || peek(end - at_) != '}' || value > 0xff) out_.commits = true;
            at_ = std::min(text_.find('}', at_), text_.size());
            at_ += at_ < text_.size();
        } else {
            for (int digits = 0; digits < 2 && hex_value(peek()) >= 0; digits++)
                value = 16 * value + static_cast<uint32_t>(hex_value(text_[at_++]));
        }
        byte(static_cast<char>(value));
    }

    void read_quoted() {
        const size_t end = std::min(text_.find("\\E", at_), text_.size());
        while (at_ < end) byte(text_[at_++]);
        at_ = std::min(end + 2, text_.size());
    }

    std::string_view text_;
    size_t at_ = 0;
    size_t depth_ = 0;
    size_t end_count_ = 0;
    size_t last_dollar_ = SIZE_MAX - 1;
    bool extended_ = false;
    bool only_bytes_ = true;
    std::string run_;
    std::vector<std::string> runs_;
    RegexText out_;
};

}  // namespace

RegexText read_regex(const Regex& regex) { return Reader(regex).read(); }

}  // namespace baleen::rules::compile
