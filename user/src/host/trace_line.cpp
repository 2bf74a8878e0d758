// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/trace_line.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/text.h"

namespace kxk::host {
namespace {

constexpr std::string_view event_mark = ": verify: size=";
constexpr int largest_errno = 4095;  // MAX_ERRNO of the kernel

/* What is before the last one of these; the text keeps what is behind it. */
std::optional<std::string_view> cut_last(std::string_view& text, std::string_view separator) {
    const auto at = text.rfind(separator);
    if (at == std::string_view::npos)
        return std::nullopt;
    const auto before = text.substr(0, at);
    text.remove_prefix(at + separator.size());
    return before;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
    if (text.size() < suffix.size() || text.substr(text.size() - suffix.size()) != suffix)
        return false;
    text.remove_suffix(suffix.size());
    return true;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!starts_with(text, prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::string_view take_last_word(std::string_view& text) {
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    const auto word = text.substr(text.find_last_of(' ') + 1);
    text.remove_suffix(word.size());
    return word;
}

/* Digits alone, where parse_number() would take a sign. */
template <typename Number>
std::optional<Number> parse_digits(std::string_view text) {
    return starts_with(text, "-") ? std::nullopt : parse_number<Number>(text);
}

/* "12.345678" */
std::optional<std::uint64_t> parse_time(std::string_view text) {
    constexpr std::size_t digits = 6;
    constexpr std::uint64_t per_second = 1000000;
    auto fraction = text;
    const auto whole = cut_last(fraction, ".");
    if (!whole || fraction.size() != digits)
        return std::nullopt;
    const auto seconds = parse_digits<std::uint64_t>(*whole);
    const auto rest = parse_digits<std::uint64_t>(fraction);
    if (!seconds || !rest || *seconds > UINT64_MAX / per_second - 1)
        return std::nullopt;
    return *seconds * per_second + *rest;
}

/* "[003]" */
bool is_cpu(std::string_view word) {
    return take_prefix(word, "[") && take_suffix(word, "]") && parse_digits<unsigned>(word);
}

/* With option record-tgid, "( 123)" or "(-----)": the task's own number is enough. */
bool drop_group(std::string_view& text) {
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    if (!take_suffix(text, ")"))
        return true;
    auto group = text;
    const auto before = cut_last(group, "(");
    if (!before || group.find_first_not_of(" -0123456789") != std::string_view::npos)
        return false;
    text = *before;
    return true;
}

/* "  NAME-PID (GROUP) [CPU] FLAGS TIME", where GROUP and FLAGS may be missing */
bool parse_head(std::string_view head, TracedVerification& verification) {
    const auto time = parse_time(take_last_word(head));
    auto cpu = take_last_word(head);
    if (!is_cpu(cpu))  // then it was FLAGS
        cpu = take_last_word(head);
    if (!time || !is_cpu(cpu) || !drop_group(head))
        return false;
    auto number = head.substr(0, head.find_last_not_of(' ') + 1);
    const auto name = cut_last(number, "-");
    const auto pid = parse_digits<int>(number);
    if (!name || !pid)
        return false;
    verification.microseconds = *time;
    verification.task = name->substr(std::min(name->find_first_not_of(' '), name->size()));
    verification.pid = *pid;
    return true;
}

/* What print_flags makes of bits that it has no name for; always the last. */
bool is_nameless(std::string_view word) {
    return take_prefix(word, "0x") && parse_number<std::uint64_t>(word, 16);
}

/* "secondary,platform", or nothing at all */
std::optional<std::vector<Consultation>> parse_keyrings(std::string_view text) {
    constexpr std::array known{trust::Keyring::builtin, trust::Keyring::secondary,
                               trust::Keyring::platform};
    std::vector<Consultation> consulted;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(','));
        const auto* found = std::find_if(known.begin(), known.end(), [word](auto keyring) {
            return trust::word_of(keyring) == word;
        });
        if (found == known.end() && !is_nameless(word))
            return std::nullopt;
        consulted.push_back(
            {found == known.end() ? std::nullopt : std::optional(*found), ENOKEY, 0});
        text.remove_prefix(word.size());
        if (take_prefix(text, ",") && text.empty())
            return std::nullopt;
    }
    return consulted;
}

/* "SIZE keyrings=KEYRINGS result=ERRNO" */
bool parse_fields(std::string_view text, TracedVerification& verification) {
    auto result_text = text;
    const auto before_result = cut_last(result_text, " result=");
    if (!before_result)
        return false;
    auto keyrings_text = *before_result;
    const auto size_text = cut_last(keyrings_text, " keyrings=");
    if (!size_text)
        return false;

    const auto size = parse_digits<std::uint64_t>(*size_text);
    auto consulted = parse_keyrings(keyrings_text);
    const auto result = parse_number<int>(result_text);
    if (!size || !consulted || !result || *result > 0 || *result < -largest_errno)
        return false;
    verification.size = *size;
    verification.verdict.error = -*result;
    if (!consulted->empty())
        consulted->back().error = -*result;
    verification.verdict.consulted = std::move(consulted);
    return true;
}

/* "CPU:1 [LOST 3 EVENTS]", or without the number */
std::optional<LostEvents> parse_lost(std::string_view text) {
    if (!take_prefix(text, "CPU:") || !take_suffix(text, " EVENTS]"))
        return std::nullopt;
    const auto cpu = cut_last(text, " [LOST");
    if (!cpu || !parse_digits<unsigned>(*cpu))
        return std::nullopt;
    if (text.empty())
        return LostEvents{};
    if (!take_prefix(text, " "))
        return std::nullopt;
    const auto count = parse_digits<std::uint64_t>(text);
    return count ? std::optional(LostEvents{count}) : std::nullopt;
}

}  // namespace

TraceLine parse_trace_line(std::string_view line) {
    if (const auto lost = parse_lost(line))
        return *lost;
    TracedVerification verification;
    auto fields = line;
    const auto head = cut_last(fields, event_mark);
    if (head && parse_head(*head, verification) && parse_fields(fields, verification))
        return verification;
    return UnreadableLine{std::string(line)};
}

}  // namespace kxk::host
