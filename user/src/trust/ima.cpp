// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/ima.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kxk::trust {
namespace {

constexpr std::string_view kexec_check = "KEXEC_KERNEL_CHECK";

/* What is no condition: it says how, not which files. */
constexpr std::array<std::string_view, 8> manners{
    "func=",     "appraise_type=", "appraise_flag=",  "appraise_algos=",
    "template=", "pcr=",           "permit_directio", "digest_type="};

struct Rule {
    std::string text;
    std::string_view action;
    std::string_view func;  // empty: all
    std::string_view type;  // of appraisal
    bool has_conditions = false;
};

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

Rule parse_rule(std::string_view text) {
    Rule rule;
    rule.text = std::string(text.substr(0, text.find_last_not_of(' ') + 1));
    rule.action = take_word(text);
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        if (starts_with(word, "func="))
            rule.func = word.substr(word.find('=') + 1);
        if (starts_with(word, "appraise_type="))
            rule.type = word.substr(word.find('=') + 1);
        rule.has_conditions |= std::none_of(manners.begin(), manners.end(), [word](auto manner) {
            return starts_with(word, manner);
        });
    }
    return rule;
}

bool speaks_of_kexec(const Rule& rule) {
    return rule.func.empty() || rule.func == kexec_check;
}

Extent extent_of(const std::vector<Rule>& rules, std::string_view action) {
    bool some_do = false;
    bool some_do_not = false;
    for (const auto& rule : rules) {
        const bool does = rule.action == action;
        if (!does && rule.action != "dont_" + std::string(action))
            continue;
        (does ? some_do : some_do_not) = true;
        if (rule.has_conditions)
            continue;
        if (does && !some_do_not)
            return Extent::all;
        break;
    }
    return some_do ? Extent::some : Extent::none;
}

/* Whether no rule that may be the one to appraise an image is content with less than a signature in
 * security.ima: with a digest, or with a signature that is appended to the file. */
bool demand_label(const std::vector<Rule>& rules) {
    for (const auto& rule : rules) {
        if (rule.action != "appraise")
            continue;
        if (rule.type.empty() || rule.type.find("modsig") != std::string_view::npos)
            return false;
        if (!rule.has_conditions)
            return true;
    }
    return false;
}

bool is_set(const Machine& machine, std::string_view name, std::string_view value) {
    const auto& settings = machine.ima.settings;
    return settings && std::any_of(settings->begin(), settings->end(), [&](const auto& setting) {
               const auto equals = setting.find('=');
               if (setting.substr(0, equals) != name)
                   return false;
               // Policies can be listed: ima_policy="tcb|secure_boot"
               const auto given = equals == std::string::npos ? "" : setting.substr(equals + 1);
               return value.empty() || given.find(value) != std::string::npos;
           });
}

/* The rules do not say who made them; what else is known can leave but one. */
std::string origin_of(const Rule& rule, const Machine& machine) {
    const auto& options = machine.options;
    const bool known = options.source && machine.ima.settings;
    if (rule.func.empty()) {
        if (starts_with(rule.text, "appraise fowner=0") &&
            (is_set(machine, "ima_policy", "appraise_tcb") ||
             is_set(machine, "ima_appraise_tcb", "")))
            return "command line";
        return known ? "custom" : "";
    }
    const bool appraises = rule.action == "appraise";
    if (appraises && options.ima_kexec_signatures.value_or(false))
        return "build";
    if (appraises && is_set(machine, "ima_policy", "secure_boot"))
        return "command line";
    // Where images are verified anyway, the rules of x86 and arm64 only measure.
    const bool arch_may =
        !appraises || ima_alone_decides(machine) || !options.kexec_sig.value_or(true);
    if (arch_may && options.ima_arch_policy.value_or(false) &&
        (machine.secure_boot.enabled.value_or(false) || ima_alone_decides(machine)))
        return "architecture";
    return known && options.ima_arch_policy ? "custom" : "";
}

/* The mode that the command line asks for. */
std::string_view wanted_mode(const std::vector<std::string>& settings) {
    constexpr std::string_view option = "ima_appraise=";
    std::string_view wanted = "enforce";
    for (const std::string_view setting : settings) {
        if (!starts_with(setting, option))
            continue;
        for (const std::string_view mode : {"off", "log", "fix", "enforce"}) {
            if (starts_with(setting.substr(option.size()), mode))
                wanted = mode;
        }
    }
    return wanted;
}

/* Whether IMA does as the command line says. Where the firmware tells it of Secure Boot, it does
 * not let itself be told otherwise. */
std::optional<bool> obeys_command_line(const Machine& machine) {
    const auto& has_option = machine.options.ima_appraise_bootparam;
    const auto& may_ask = machine.symbols.arch_ima_get_secureboot;
    const auto& secure = machine.secure_boot.enabled;
    if (!has_option.value_or(true) || (may_ask.value_or(false) && secure.value_or(false)))
        return false;
    if (has_option && (!may_ask.value_or(true) || !secure.value_or(true)))
        return true;
    return std::nullopt;
}

std::string mode_of(const Machine& machine) {
    if (!machine.ima.settings)
        return "";
    const auto wanted = wanted_mode(*machine.ima.settings);
    if (wanted == "enforce")
        return "enforce";
    const auto obeys = obeys_command_line(machine);
    return std::string(!obeys ? "" : *obeys ? wanted : "enforce");
}

}  // namespace

bool ima_alone_decides(const Machine& machine) {
    return starts_with(machine.arch, "ppc64");
}

const char* word_of(Extent extent) {
    switch (extent) {
        case Extent::none:
            return "none";
        case Extent::some:
            return "some";
        case Extent::all:
            break;
    }
    return "all";
}

ImaOnKexec judge_ima(const Machine& machine) {
    ImaOnKexec verdict;
    const auto& ima = machine.ima;
    if (!ima.present.value_or(true) || !machine.options.ima.value_or(true)) {
        verdict.measured = verdict.appraised = Extent::none;
        verdict.appraises_signature = verdict.demands_label = false;
        return verdict;
    }
    verdict.mode = mode_of(machine);
    if (!machine.options.ima_appraise.value_or(true)) {
        verdict.appraised = Extent::none;
        verdict.appraises_signature = verdict.demands_label = false;
    }
    if (!machine.options.trusted_ima_keyring.value_or(true))
        verdict.appraises_signature = false;
    if (!ima.rules)
        return verdict;

    std::vector<Rule> rules;
    for (const auto& text : *ima.rules) {
        auto rule = parse_rule(text);
        if (!speaks_of_kexec(rule))
            continue;
        if (rule.action == "measure" || rule.action == "appraise")
            verdict.rules.push_back({rule.text, origin_of(rule, machine)});
        rules.push_back(std::move(rule));
    }
    verdict.measured = extent_of(rules, "measure");
    if (!verdict.appraised)
        verdict.appraised = extent_of(rules, "appraise");
    if (!verdict.demands_label)
        verdict.demands_label = verdict.appraised == Extent::all && demand_label(rules);
    if (!verdict.appraises_signature) {
        const auto first = std::find_if(rules.begin(), rules.end(),
                                        [](const auto& rule) { return rule.action == "appraise"; });
        verdict.appraises_signature = first != rules.end() && !first->type.empty();
    }
    return verdict;
}

}  // namespace kxk::trust
