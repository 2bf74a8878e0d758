// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/verdict.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace kxk::lab {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepResult, id, error, status, output, errors, values, log,
                                   nanoseconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Hello, release)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Trouble, line)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SecondKernel, uname, command_line, dump_size)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Done, complete, reason)

namespace {

/** Names of the messages, in the order of the alternatives of Message. */
constexpr const char* kinds[] = {"hello", "result", "trouble", "second_kernel", "done"};

static_assert(std::size(kinds) == std::variant_size_v<Message>);

template <std::size_t Index = 0>
Message message_of(const nlohmann::json& json) {
    if constexpr (Index < std::variant_size_v<Message>) {
        if (const auto found = json.find(kinds[Index]); found != json.end()) {
            return found->get<std::variant_alternative_t<Index, Message>>();
        }
        return message_of<Index + 1>(json);
    } else {
        throw std::invalid_argument("verdict: unknown message");
    }
}

}  // namespace

std::string format_message(const Message& message) {
    nlohmann::json json;

    std::visit([&](const auto& content) { json[kinds[message.index()]] = content; }, message);
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

Message parse_message(std::string_view line) {
    try {
        return message_of(nlohmann::json::parse(line));
    } catch (const nlohmann::json::exception& error) {
        throw std::invalid_argument(std::string("verdict: ") + error.what());
    }
}

}  // namespace kxk::lab
