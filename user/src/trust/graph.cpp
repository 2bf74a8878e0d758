// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trust/assess.h"
#include "trust/image_assess.h"
#include "trust/mok.h"

namespace kxk::trust {
namespace {

/* Hashes have no names: of more than this many, nobody reads the digits. */
constexpr std::size_t hashes_shown = 3;
/* Columns of a line of a label. */
constexpr std::size_t label_width = 40;

bool is_linked_to(const Machine& machine, Keyring from, Keyring to) {
    const auto* state = find_keyring(machine, from);
    return state != nullptr && state->links &&
           std::find(state->links->begin(), state->links->end(), kernel_name_of(to)) !=
               state->links->end();
}

/* Whether the policy makes the kernel trust the keys on a keyring. */
Answer is_consulted(const Graph& graph, Keyring keyring) {
    const auto vouching = vouches(graph.machine, keyring, graph.policy);
    if (!vouching)
        return Answer::cannot_tell;
    return *vouching ? Answer::yes : Answer::no;
}

std::string_view line_of(Answer consulted) {
    switch (consulted) {
        case Answer::yes:
            return "penwidth=2.5";
        case Answer::no:
            return "style=dashed";
        case Answer::cannot_tell:
            break;
    }
    return "penwidth=1";
}

/* The lines of a label, broken at spaces where they are long. */
std::string wrapped(std::string_view text) {
    std::string lines;
    while (text.size() > label_width) {
        auto end = text.rfind(' ', label_width);
        if (end == std::string_view::npos || end == 0)
            end = text.find(' ', label_width);
        if (end == std::string_view::npos)
            break;
        lines.append(text.substr(0, end)).append(1, '\n');
        text.remove_prefix(end + 1);
    }
    return lines.append(text);
}

/* Names of nodes are ours, so that nothing of others has to be one. */
std::string keyring_node(Keyring keyring) {
    return fmt::format("keyring_{}", word_of(keyring));
}

std::string key_node(Keyring keyring, std::size_t number) {
    return fmt::format("key_{}_{}", word_of(keyring), number);
}

std::string node(const std::string& name, const std::string& label, std::string_view attributes) {
    return fmt::format("  {} [label={}, {}];\n", name, dot_string(label), attributes);
}

std::string edge(const std::string& from, const std::string& to, const std::string& label,
                 std::string_view attributes) {
    return fmt::format("  {} -> {} [label={}, {}];\n", from, to, dot_string(label), attributes);
}

std::string key_label(const Key& key) {
    const auto id = key_id_of(key);
    return id.empty() ? wrapped(key.description) : fmt::format("{}\n{}", wrapped(name_of(key)), id);
}

void draw_keys(const KeyringState& state, std::string_view line, std::string& dot) {
    const auto from = keyring_node(state.keyring);
    if (!state.contents) {
        const auto what = from + "_unread";
        dot += node(what, "its keys cannot be read", "shape=plaintext");
        dot += edge(from, what, "", "style=dotted, arrowhead=none");
        return;
    }
    std::size_t number = 0;
    std::size_t hashes = 0;
    for (const auto& key : *state.contents) {
        const auto name = key_node(state.keyring, number++);
        if (key.type == "blacklist" && ++hashes > hashes_shown)
            continue;
        dot += node(name, key_label(key), fmt::format("shape=box, {}", line));
        dot += edge(from, name, "", fmt::format("{}, arrowhead=none", line));
    }
    if (hashes > hashes_shown) {
        dot += node(from + "_more", fmt::format("and {} hashes more", hashes - hashes_shown),
                    "shape=plaintext");
        dot += edge(from, from + "_more", "", "arrowhead=none");
    }
}

std::string keyring_label(const Graph& graph, const KeyringState& state) {
    const auto name = kernel_name_of(state.keyring);
    if (state.keyring == Keyring::blacklist)
        return fmt::format("{}\nrefused", name);
    switch (is_consulted(graph, state.keyring)) {
        case Answer::yes:
            return fmt::format("{}\nconsulted", name);
        case Answer::no:
            return fmt::format("{}\nnot consulted", name);
        case Answer::cannot_tell:
            break;
    }
    return fmt::format("{}\nwhether it is consulted cannot be told", name);
}

void draw_keyring(const Graph& graph, const KeyringState& state, std::string& dot) {
    const auto name = keyring_node(state.keyring);
    const auto line = line_of(is_consulted(graph, state.keyring));
    const auto root = "root_" + name;

    dot += node(root, wrapped(root_of_trust(graph.machine, state.keyring)), "shape=plaintext");
    dot += node(name, keyring_label(graph, state), fmt::format("shape=folder, {}", line));
    dot += edge(root, name, "", "style=dotted");
    draw_keys(state, line, dot);
}

void draw_links(const Machine& machine, std::string& dot) {
    for (const auto from : all_keyrings) {
        for (const auto to : all_keyrings) {
            // The one linked to lends its keys: they keep their rank.
            if (is_linked_to(machine, from, to))
                dot += edge(keyring_node(from), keyring_node(to), "links to",
                            "constraint=false, arrowhead=open");
        }
    }
}

/* The number of a key on its keyring. */
std::optional<std::size_t> find_key(const Machine& machine, const Voucher& voucher) {
    for (const auto& state : machine.keyrings) {
        if (state.keyring != voucher.keyring || !state.contents)
            continue;
        for (std::size_t number = 0; number < state.contents->size(); ++number) {
            if ((*state.contents)[number].description == voucher.description)
                return number;
        }
    }
    return std::nullopt;
}

std::string signer_label(const Signer& signer) {
    if (signer.certificate)
        return wrapped(signer.certificate->subject) + '\n' + signer.certificate->subject_key_id;
    if (!signer.issuer.empty())
        return fmt::format("serial {} by\n{}", signer.serial, wrapped(signer.issuer));
    return "key " + signer.subject_key_id;
}

std::string words_of_policy(const std::optional<Policy>& policy) {
    if (!policy)
        return "what it consults cannot be told";
    return refuses_all(*policy) ? "refuses every image" : "consults " + format_policy(*policy);
}

std::string image_label(const GraphImage& image) {
    static constexpr std::string_view verdicts[] = {"is loaded", "is refused",
                                                    "whether it is loaded cannot be told"};
    return fmt::format("{}\n{}\n{}", image.facts.path, word_of(image.facts.format),
                       verdicts[static_cast<std::size_t>(image.loads)]);
}

/* Who made one signature of the image. */
void draw_signers(const GraphImage& image, std::size_t index, std::string& dot) {
    const auto& signature = image.facts.signatures[index];
    const bool counts = image.facts.verified_signature == index;
    const std::string said = is_intact(signature) == Answer::no ? "signature is wrong"
                             : counts                           ? "signed"
                                      : "signed; the kernel does not look here";
    for (std::size_t i = 0; i < signature.signers.size(); ++i) {
        const auto name = fmt::format("signer_{}_{}", index, i);
        dot += node(name, signer_label(signature.signers[i]), "shape=ellipse");
        dot += edge(name, "image", said, counts ? "penwidth=2.5" : "style=dashed");
    }
}

/* The keys that vouch for the signature that the kernel looks at. */
void draw_vouchers(const Graph& graph, const GraphImage& image, std::string& dot) {
    const auto index = image.facts.verified_signature;
    if (!index)
        return;
    // Of several signers, it is not known which one a key vouches for.
    const bool one = image.facts.signatures[*index].signers.size() == 1;
    const auto target = one ? fmt::format("signer_{}_0", *index) : std::string("image");
    for (const auto& voucher : image.vouchers) {
        const auto key = find_key(graph.machine, voucher);
        if (!key)
            continue;
        std::string said = !one                ? "vouches for a signer"
                           : voucher.authority ? "issued it"
                                               : "is its key";
        if (voucher.held != Answer::yes)
            said += ", maybe";
        dot += edge(key_node(voucher.keyring, *key), target, said,
                    line_of(is_consulted(graph, voucher.keyring)));
    }
}

void draw_image(const Graph& graph, const GraphImage& image, std::string& dot) {
    const auto& facts = image.facts;

    dot += node("image", image_label(image), "shape=note");
    if (facts.signatures.empty()) {
        dot += node("unsigned", facts.problem.empty() ? "nobody signed it" : wrapped(facts.problem),
                    "shape=plaintext");
        dot += edge("unsigned", "image", "", "style=dotted, arrowhead=none");
    }
    for (std::size_t i = 0; i < facts.signatures.size(); ++i)
        draw_signers(image, i, dot);
    draw_vouchers(graph, image, dot);
}

}  // namespace

std::string dot_string(std::string_view text) {
    std::string lines;
    for (std::size_t start = 0; start <= text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        std::string line;
        for (const char character : text.substr(start, end - start)) {
            const auto byte = static_cast<unsigned char>(character);
            if (byte < ' ' || byte == 0x7f)
                line += '?';
            else if (character == '&')
                line += "&amp;";  // Graphviz knows the entities of HTML in any string
            else
                line += character;
        }
        // Without control characters, a string of JSON is one of DOT.
        const auto quoted =
            nlohmann::json(line).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        lines += lines.empty() && start == 0 ? "" : "\\n";
        lines += quoted.substr(1, quoted.size() - 2);
        start = end + 1;
    }
    return '"' + lines + '"';
}

std::string to_dot(const Graph& graph) {
    const auto& machine = graph.machine;
    std::string dot =
        "digraph trust {\n"
        "  rankdir=LR;\n"
        "  labelloc=t;\n"
        "  fontname=\"sans-serif\";\n"
        "  node [fontname=\"sans-serif\", fontsize=10];\n"
        "  edge [fontname=\"sans-serif\", fontsize=9];\n";

    dot += fmt::format("  label={};\n",
                       dot_string(fmt::format("Linux {} ({}), {}", machine.release, machine.arch,
                                              words_of_policy(graph.policy))));
    for (const auto& state : machine.keyrings) {
        if (state.present.value_or(false))
            draw_keyring(graph, state, dot);
    }
    draw_links(machine, dot);
    if (graph.image)
        draw_image(graph, *graph.image, dot);
    return dot + "}\n";
}

}  // namespace kxk::trust
