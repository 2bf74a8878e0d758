// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel_log.h"

#include <algorithm>
#include <array>

#include "host/text.h"

namespace kxk::host {
namespace {

/* The kernel writes bytes that are not printable, and the backslash, as \xHH. */
std::string unescape(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        if (starts_with(text, "\\x") && text.size() >= 4) {
            const auto byte = parse_number<unsigned char>(text.substr(2, 2), 16);
            if (byte) {
                plain += static_cast<char>(*byte);
                text.remove_prefix(4);
                continue;
            }
        }
        plain += text.front();
        text.remove_prefix(1);
    }
    return plain;
}

std::optional<Refusal> parse_refusal(std::string_view message) {
    constexpr std::string_view opening = "kexec_keyrings: refused [";
    constexpr std::string_view closing = "]: ";
    constexpr std::string_view code_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";

    if (!starts_with(message, opening))
        return std::nullopt;
    message.remove_prefix(opening.size());

    const auto length = message.find_first_not_of(code_letters);
    if (length == 0 || length == std::string_view::npos ||
        !starts_with(message.substr(length), closing))
        return std::nullopt;
    return Refusal{std::string(message.substr(0, length)),
                   std::string(trim(message.substr(length + closing.size())))};
}

}  // namespace

std::optional<KernelMessage> parse_kernel_message(std::string_view record) {
    constexpr unsigned level_bits = 3;
    const auto header_end = record.find(';');
    if (header_end == std::string_view::npos)
        return std::nullopt;
    auto header = record.substr(0, header_end);
    auto text = record.substr(header_end + 1);
    text = text.substr(0, text.find('\n'));

    // priority,sequence,microseconds,flag and, in later kernels, more
    std::array<std::string_view, 4> fields;
    for (auto& field : fields) {
        field = header.substr(0, header.find(','));
        header.remove_prefix(std::min(field.size() + 1, header.size()));
    }
    const auto priority = parse_number<unsigned>(fields[0]);
    const auto sequence = parse_number<std::uint64_t>(fields[1]);
    if (!priority || !sequence || !parse_number<std::uint64_t>(fields[2]) || fields[3].empty())
        return std::nullopt;

    KernelMessage message;
    message.facility = *priority >> level_bits;
    message.level = *priority & ((1U << level_bits) - 1);
    message.sequence = *sequence;
    message.continuation = fields[3].front();
    message.text = unescape(text);
    return message;
}

std::vector<std::string> kernel_messages(const std::vector<std::string>& records) {
    std::vector<std::string> messages;
    bool open = false;  // the last message is a fragment

    for (const auto& record : records) {
        auto message = parse_kernel_message(record);
        if (!message || message->facility != 0)
            continue;
        if (open && message->continuation == '+')
            messages.back() += message->text;
        else
            messages.push_back(std::move(message->text));
        open = message->continuation == 'c' || message->continuation == '+';
    }
    return messages;
}

std::optional<Refusal> find_refusal(const std::vector<std::string>& messages) {
    std::optional<Refusal> last;
    for (const auto& message : messages) {
        if (auto refusal = parse_refusal(message))
            last = std::move(refusal);
    }
    return last;
}

}  // namespace kxk::host
