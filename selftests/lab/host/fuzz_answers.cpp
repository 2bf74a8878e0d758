// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/fuzz_answers.h"

#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <sstream>

#include "host/fuzz_differences.h"
#include "image/pe.h"

namespace kxk::lab {

namespace {

/** A verdict that a good part of the images must have. */
struct Share {
    std::string what;  ///< for people
    int error;         ///< its errno
    int keyring;       ///< the last one that was consulted; 0: any
    std::size_t least_permille;
};

std::string keyring_word(int id) {
    switch (id) {
        case KEXEC_KEYRINGS_ID_BUILTIN:
            return KEXEC_KEYRINGS_BUILTIN;
        case KEXEC_KEYRINGS_ID_SECONDARY:
            return KEXEC_KEYRINGS_SECONDARY;
        case KEXEC_KEYRINGS_ID_PLATFORM:
            return KEXEC_KEYRINGS_PLATFORM;
        default:
            return fmt::format("keyring {}", id);
    }
}

/** Ids of the keyrings that an answer says were consulted. */
std::vector<int> keyrings_of(const std::string& answer) {
    std::istringstream words(answer);
    std::vector<int> ids;
    std::string word;

    words >> word;
    while (words >> word) {
        ids.push_back(static_cast<int>(std::strtol(word.c_str(), nullptr, 10)));
    }
    return ids;
}

/** What a signature is of. */
std::string signed_content(ImageForm form, const std::string& image) {
    if (form == ImageForm::appended) {
        const auto parts = split_signed(form, image);

        return parts ? parts->content : "no content";
    }
    const auto pe = image::parse_pe(image::ByteView(image));
    if (const auto* bad = std::get_if<image::Malformed>(&pe)) {
        return "no PE file: " + bad->text;
    }
    const auto digests = image::pe_digests(std::get<image::PeImage>(pe), {"sha256"});
    return digests.empty() ? "no digest" : digests.at("sha256");
}

}  // namespace

std::map<std::string, std::size_t> distribution_of(const FuzzAnswers& answers) {
    std::map<std::string, std::size_t> counts;

    for (const std::string& answer : answers) {
        ++counts[answer];
    }
    return counts;
}

std::string words_of_answer(const std::string& answer) {
    const int error = error_in(answer);
    std::string words;

    if (error < 0) {
        return "not judged, errno " + answer.substr(1);
    }
    for (const int id : keyrings_of(answer)) {
        words += (words.empty() ? " by " : ", then ") + keyring_word(id);
    }
    return verdict_word(error) + words;
}

std::vector<std::uint64_t> differing(const FuzzAnswers& a, const FuzzAnswers& b,
                                     std::uint64_t count) {
    std::vector<std::uint64_t> numbers;

    for (std::size_t i = 0; i < count; ++i) {
        if (i >= a.size() || i >= b.size() || a[i] != b[i]) {
            numbers.push_back(i);
        }
    }
    return numbers;
}

FuzzExplanations explain_differences(const Mutator& mutator, const FuzzAnswers& older,
                                     const FuzzAnswers& newer, std::uint64_t count) {
    FuzzExplanations explanations;

    for (const std::uint64_t number : differing(older, newer, count)) {
        const FuzzDifference* known = nullptr;

        if (number < older.size() && number < newer.size()) {
            known = explain({mutator.form(), mutator.make(number).bytes, error_in(older[number]),
                             error_in(newer[number])});
        }
        if (known != nullptr) {
            ++explanations.explained[known->cause];
        } else {
            explanations.unexplained.push_back(number);
        }
    }
    return explanations;
}

std::vector<FuzzFinding> accepted_strangers(const Mutator& mutator, const FuzzAnswers& answers) {
    std::set<std::string> known;
    std::vector<FuzzFinding> found;

    for (const std::string& base : mutator.bases()) {
        known.insert(signed_content(mutator.form(), base));
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (error_in(answers[i]) == 0) {
            const std::string content = signed_content(mutator.form(), mutator.make(i).bytes);

            if (known.count(content) == 0) {
                found.push_back({i, content});
            }
        }
    }
    return found;
}

Complaints reach_signatures(const FuzzAnswers& answers) {
    const std::vector<Share> shares{
        {"accepted by secondary", 0, KEXEC_KEYRINGS_ID_SECONDARY, 20},
        {"accepted by platform", 0, KEXEC_KEYRINGS_ID_PLATFORM, 20},
        {"of a signer on neither", ENOKEY, KEXEC_KEYRINGS_ID_PLATFORM, 20},
        {"rejected by secondary", EKEYREJECTED, KEXEC_KEYRINGS_ID_SECONDARY, 50},
        {"rejected by platform", EKEYREJECTED, KEXEC_KEYRINGS_ID_PLATFORM, 10},
        {"malformed messages", EBADMSG, 0, 20},
    };
    Complaints complaints;

    for (const Share& share : shares) {
        const auto count = static_cast<std::size_t>(
            std::count_if(answers.begin(), answers.end(), [&share](const std::string& answer) {
                const auto ids = keyrings_of(answer);

                return error_in(answer) == share.error && !ids.empty() &&
                       (share.keyring == 0 || ids.back() == share.keyring);
            }));
        if (count * 1000 < share.least_permille * answers.size() || answers.empty()) {
            complaints.push_back(fmt::format("{} of {} are {}: less than {} of a thousand", count,
                                             answers.size(), share.what, share.least_permille));
        }
    }
    return complaints;
}

}  // namespace kxk::lab
