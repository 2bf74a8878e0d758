// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/mutator.h"

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <utility>

#include "common/hazard.h"
#include "common/hex.h"
#include "common/random.h"

namespace kxk::lab {

namespace {

/** What a change has to work with. */
struct Work {
    Random random;
    const Mutator& mutator;
    std::string note = {};  ///< more about the change, for people
};

/** A change of a message; false where there is nothing to change in that way. */
struct TreeChange {
    const char* name;
    bool (*apply)(Work& work, std::vector<DerNode>& tree);
};

/** A change of a file, which need not leave it well-formed. */
struct FileChange {
    const char* name;
    bool (*apply)(Work& work, std::string& file);
};

char random_byte(Random& random) {
    return static_cast<char>(random.next());
}

std::string random_bytes(Random& random, std::size_t count) {
    std::string bytes(count, '\0');

    std::generate(bytes.begin(), bytes.end(), [&random] { return random_byte(random); });
    return bytes;
}

char with_flipped(char byte, std::size_t bit) {
    return static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit));
}

bool flip_bit(Random& random, std::string& bytes, std::size_t from, std::size_t to) {
    if (from >= to) {
        return false;
    }
    char& byte = bytes.at(from + random.below(to - from));

    byte = with_flipped(byte, random.below(8));
    return true;
}

/* An object identifier's bytes, the first one those of its first two numbers. */
std::string object(std::initializer_list<unsigned char> bytes) {
    return {bytes.begin(), bytes.end()};
}

/** Objects that verifiers know, or only later ones (Linux include/linux/oid_registry.h). */
const std::vector<std::string>& known_objects() {
    static const std::vector<std::string> objects{
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}),        // data
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}),        // signed data
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}),        // RSA
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04}),        // with MD5
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05}),        // with SHA-1
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}),        // RSA-PSS
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}),        // with SHA-256
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c}),        // with SHA-384
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d}),        // with SHA-512
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0e}),        // with SHA-224
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03}),        // content type
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04}),        // message digest
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05}),        // signing time
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0f}),        // capabilities
        object({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05}),              // MD5
        object({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}),                    // EC public key
        object({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}),              // P-256
        object({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01}),                    // ECDSA with SHA-1
        object({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}),              // with SHA-256
        object({0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x04}),  // indirect data
        object({0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0b}),  // statement type
        object({0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0c}),  // program's name
        object({0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0f}),  // PE image data
        object({0x2b, 0x0e, 0x03, 0x02, 0x1a}),                                // SHA-1
        object({0x55, 0x1d, 0x0e}),                                      // subject key identifier
        object({0x55, 0x1d, 0x0f}),                                      // key usage
        object({0x55, 0x1d, 0x13}),                                      // basic constraints
        object({0x55, 0x1d, 0x23}),                                      // authority key identifier
        object({0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}),  // SHA-256
        object({0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02}),  // SHA-384
        object({0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03}),  // SHA-512
        object({0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04}),  // SHA-224
    };

    return objects;
}

/** An element among those beside it. */
struct Spot {
    std::vector<DerNode>* siblings = nullptr;
    std::size_t index = 0;

    [[nodiscard]] DerNode& node() const { return siblings->at(index); }
};

/** Any element; those near the root more often than the many within certificates. */
Spot pick(Random& random, std::vector<DerNode>& tree) {
    constexpr std::size_t stop = 8;
    Spot spot{&tree, random.below(tree.size())};

    while (!spot.node().children.empty() && !random.one_in(stop)) {
        spot.siblings = &spot.node().children;
        spot.index = random.below(spot.siblings->size());
    }
    return spot;
}

void collect(std::vector<DerNode>& tree, const std::function<bool(const DerNode&)>& wanted,
             std::vector<DerNode*>& found) {
    for (DerNode& node : tree) {
        if (wanted(node)) {
            found.push_back(&node);
        }
        collect(node.children, wanted, found);
    }
}

/** Any element of a kind; nullptr if there is none. */
DerNode* pick_of(Random& random, std::vector<DerNode>& tree,
                 const std::function<bool(const DerNode&)>& wanted) {
    std::vector<DerNode*> found;

    collect(tree, wanted, found);
    return found.empty() ? nullptr : found.at(random.below(found.size()));
}

bool is_leaf(const DerNode& node) {
    return node.children.empty();
}

/** The message of any base. */
std::vector<DerNode> other_message(Work& work) {
    const auto& messages = work.mutator.messages();

    return messages.at(work.random.below(messages.size()));
}

bool change_bit(Work& work, std::vector<DerNode>& tree) {
    DerNode* node = pick_of(work.random, tree, is_leaf);

    return node != nullptr && flip_bit(work.random, node->content, 0, node->content.size());
}

bool change_picked_bit(Work& work, std::vector<DerNode>& tree) {
    DerNode& node = pick(work.random, tree).node();

    return flip_bit(work.random, node.content, 0, node.content.size());
}

bool change_size(Work& work, std::vector<DerNode>& tree) {
    DerNode& node = pick(work.random, tree).node();

    if (!is_leaf(node)) {
        return false;
    }
    switch (work.random.below(5)) {
        case 0:
            node.content = node.content.substr(0, work.random.below(node.content.size()));
            break;
        case 1:
            node.content.erase(0, 1);
            break;
        case 2:
            node.content.insert(0, 1, '\0');
            break;
        case 3:
            node.content.clear();
            break;
        default:
            node.content += random_bytes(work.random, 1 + work.random.below(16));
    }
    return true;
}

bool change_tag(Work& work, std::vector<DerNode>& tree) {
    constexpr std::array<std::uint8_t, 16> tags{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c,
                                                0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0, 0xa1};

    pick(work.random, tree).node().tag = tags.at(work.random.below(tags.size()));
    return true;
}

bool remove_node(Work& work, std::vector<DerNode>& tree) {
    const Spot spot = pick(work.random, tree);

    spot.siblings->erase(spot.siblings->begin() + static_cast<std::ptrdiff_t>(spot.index));
    return true;
}

bool repeat_node(Work& work, std::vector<DerNode>& tree) {
    const Spot spot = pick(work.random, tree);
    const DerNode copy = spot.node();

    spot.siblings->insert(spot.siblings->begin() + static_cast<std::ptrdiff_t>(spot.index), copy);
    return true;
}

bool swap_nodes(Work& work, std::vector<DerNode>& tree) {
    const Spot spot = pick(work.random, tree);

    std::swap(spot.node(), spot.siblings->at(work.random.below(spot.siblings->size())));
    return spot.siblings->size() > 1;
}

/** An element of the same tag, from any message. */
bool replace_node(Work& work, std::vector<DerNode>& tree) {
    DerNode& node = pick(work.random, tree).node();
    std::vector<DerNode> other = other_message(work);
    const DerNode* same =
        pick_of(work.random, other, [&node](const DerNode& one) { return one.tag == node.tag; });

    if (same == nullptr) {
        return false;
    }
    node = *same;
    return true;
}

/** What another message has in the same place: its signer, its signature, its certificates. */
bool graft_node(Work& work, std::vector<DerNode>& tree) {
    constexpr std::size_t stop = 6;
    std::vector<DerNode> other = other_message(work);
    std::vector<DerNode>* mine = &tree;
    std::vector<DerNode>* theirs = &other;

    for (;;) {
        const std::size_t common = std::min(mine->size(), theirs->size());
        if (common == 0) {
            return false;
        }
        const std::size_t index = work.random.below(common);
        DerNode& node = mine->at(index);
        DerNode& graft = theirs->at(index);
        if (node.children.empty() || graft.children.empty() || work.random.one_in(stop)) {
            node = graft;
            return true;
        }
        mine = &node.children;
        theirs = &graft.children;
    }
}

/** One more element, out of any message. */
bool insert_node(Work& work, std::vector<DerNode>& tree) {
    const Spot spot = pick(work.random, tree);
    std::vector<DerNode> other = other_message(work);
    const DerNode more = pick(work.random, other).node();

    spot.siblings->insert(spot.siblings->begin() + static_cast<std::ptrdiff_t>(spot.index), more);
    return true;
}

bool change_object(Work& work, std::vector<DerNode>& tree) {
    const auto& objects = known_objects();
    DerNode* node =
        pick_of(work.random, tree, [](const DerNode& one) { return one.tag == tag_object; });

    if (node == nullptr) {
        return false;
    }
    const std::string& object = objects.at(work.random.below(objects.size()));
    work.note = to_hex(node->content) + " becomes " + to_hex(object);
    node->content = object;
    return true;
}

bool change_integer(Work& work, std::vector<DerNode>& tree) {
    constexpr std::array<std::string_view, 8> numbers{std::string_view("\0", 1),
                                                      "\1",
                                                      "\2",
                                                      "\3",
                                                      "\x7f",
                                                      "\x80",
                                                      "\xff",
                                                      std::string_view("\0\xff\xff\xff\xff", 5)};
    DerNode* node =
        pick_of(work.random, tree, [](const DerNode& one) { return one.tag == tag_integer; });

    if (node == nullptr) {
        return false;
    }
    node->content = numbers.at(work.random.below(numbers.size()));
    return true;
}

bool change_time(Work& work, std::vector<DerNode>& tree) {
    constexpr std::array<std::string_view, 10> times{
        "700101000000Z", "200701000000Z", "490101000000Z", "500101000000Z",   "991231235959Z",
        "200230000000Z", "201301000000Z", "200101250000Z", "20200701000000Z", "2007010000Z"};
    DerNode* node =
        pick_of(work.random, tree, [](const DerNode& one) { return one.tag == tag_utc_time; });

    if (node == nullptr) {
        return false;
    }
    node->content = times.at(work.random.below(times.size()));
    return true;
}

constexpr std::array<TreeChange, 13> tree_changes{{
    {"a bit of a leaf", change_bit},
    {"a bit of an element", change_picked_bit},
    {"a leaf's size", change_size},
    {"a tag", change_tag},
    {"an element removed", remove_node},
    {"an element repeated", repeat_node},
    {"two elements swapped", swap_nodes},
    {"an element of the same tag", replace_node},
    {"an element of the same place in another message", graft_node},
    {"one more element", insert_node},
    {"an object identifier", change_object},
    {"an integer", change_integer},
    {"a time", change_time},
}};

/** Numbers at which something could go wrong. */
std::uint64_t interesting_number(Random& random, std::uint64_t present, std::size_t file_size) {
    constexpr std::array<std::uint64_t, 12> fixed{
        0, 1, 2, 7, 8, 40, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, ~std::uint64_t{0}};

    switch (random.below(6)) {
        case 0:
            return fixed.at(random.below(fixed.size()));
        case 1:
            return present + 1 + random.below(8);
        case 2:
            return present - 1 - random.below(8);
        case 3:
            return file_size - 8 + random.below(17);
        case 4:
            return random.below(file_size);
        default:
            return present ^ (std::uint64_t{1} << random.below(32));
    }
}

bool change_number(Work& work, std::string& file) {
    const auto fields = number_fields(work.mutator.form(), file);

    if (fields.empty()) {
        return false;
    }
    const NumberField& field = fields.at(work.random.below(fields.size()));
    set_number(file, field, interesting_number(work.random, get_number(file, field), file.size()));
    work.note = field.name;
    return true;
}

/** A bit of the content, or of what is behind it. */
bool flip_file_bit(Work& work, std::string& file) {
    const auto parts = split_signed(work.mutator.form(), file);
    const std::size_t message = parts ? parts->content.size() : 0;

    return work.random.one_in(3) ? flip_bit(work.random, file, 0, message)
                                 : flip_bit(work.random, file, message, file.size());
}

/** The head of an element, the lengths around it left as they are. */
bool change_der_head(Work& work, std::string& file) {
    constexpr std::array<unsigned char, 7> lengths{0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0xff};
    auto parts = split_signed(work.mutator.form(), file);
    const auto places = parts ? der_places(parts->message) : std::vector<DerPlace>();

    if (places.empty()) {
        return false;
    }
    const DerPlace& place = places.at(work.random.below(places.size()));
    const std::size_t start = file.find(parts->message, parts->content.size());
    char& tag = file.at(start + place.header);
    char& length = file.at(start + place.header + 1);
    char& last = file.at(start + place.content - 1);
    switch (work.random.below(4)) {
        case 0:
            tag = with_flipped(tag, work.random.below(8));
            break;
        case 1:
            length = static_cast<char>(lengths.at(work.random.below(lengths.size())));
            break;
        case 2:
            last = static_cast<char>(last + 1 + static_cast<int>(work.random.below(4)));
            break;
        default:
            last = static_cast<char>(last - 1 - static_cast<int>(work.random.below(4)));
    }
    return true;
}

bool cut_file(Work& work, std::string& file) {
    constexpr std::size_t few = 32;

    file.resize(work.random.one_in(2)
                    ? work.random.below(file.size())
                    : file.size() - std::min(file.size(), 1 + work.random.below(few)));
    return true;
}

bool lengthen_file(Work& work, std::string& file) {
    constexpr std::size_t few = 24;
    const std::size_t count = 1 + work.random.below(few);

    file += work.random.one_in(2) ? std::string(count, '\0') : random_bytes(work.random, count);
    return true;
}

/** Bytes of any base, in the same place. */
bool copy_bytes(Work& work, std::string& file) {
    constexpr std::size_t most = 64;
    const auto& bases = work.mutator.bases();
    const std::string& other = bases.at(work.random.below(bases.size()));
    const std::size_t common = std::min(file.size(), other.size());
    const std::size_t start = work.random.below(common);
    const std::size_t count = std::min(common - start, 1 + work.random.below(most));

    file.replace(start, count, other, start, count);
    return common != 0;
}

/** The message of any base in the place of the image's own. */
bool exchange_message(Work& work, std::string& file) {
    auto parts = split_signed(work.mutator.form(), file);

    if (!parts || work.mutator.messages().empty()) {
        return false;
    }
    parts->message = write_der(other_message(work));
    file = join_signed(work.mutator.form(), *parts);
    return true;
}

/** One more signature: an entry in the certificate table, or all of the file signed again. */
bool add_message(Work& work, std::string& file) {
    const auto parts = split_signed(work.mutator.form(), file);

    if (!parts || work.mutator.messages().empty()) {
        return false;
    }
    SignedParts more{file, write_der(other_message(work)), ""};
    if (work.mutator.form() == ImageForm::appended) {
        file = join_signed(ImageForm::appended, more);
        return true;
    }
    more.content.clear();
    SignedParts both = *parts;
    const std::string entry = join_signed(ImageForm::pe, more);
    both.rest = work.random.one_in(2) ? parts->rest + entry : entry + parts->rest;
    file = join_signed(ImageForm::pe, both);
    return true;
}

/** Bytes behind the message that count as part of it, or of the table. */
bool lengthen_message(Work& work, std::string& file) {
    constexpr std::size_t few = 20;
    auto parts = split_signed(work.mutator.form(), file);

    if (!parts) {
        return false;
    }
    std::string& longer = work.random.one_in(2) && work.mutator.form() == ImageForm::pe
                              ? parts->rest
                              : parts->message;
    const std::size_t count = 1 + work.random.below(few);
    longer += work.random.one_in(2) ? std::string(count, '\0') : random_bytes(work.random, count);
    file = join_signed(work.mutator.form(), *parts);
    return true;
}

constexpr std::array<FileChange, 12> file_changes{{
    {"a number", change_number},
    {"a number", change_number},
    {"a number", change_number},
    {"a bit of the file", flip_file_bit},
    {"the head of an element", change_der_head},
    {"the head of an element", change_der_head},
    {"cut", cut_file},
    {"lengthened", lengthen_file},
    {"bytes of another image", copy_bytes},
    {"the message of another image", exchange_message},
    {"one more message", add_message},
    {"bytes behind the message", lengthen_message},
}};

/** Applies some of the changes, as many as can be applied. */
template <typename Changes, typename Object>
void apply(Work& work, const Changes& changes, std::size_t count, Object& changed,
           std::vector<std::string>& names) {
    constexpr int attempts = 8;

    for (std::size_t i = 0; i < count; ++i) {
        for (int attempt = 0; attempt < attempts; ++attempt) {
            const auto& change = changes.at(work.random.below(changes.size()));

            work.note.clear();
            const Object before = changed;
            if (change.apply(work, changed) && !(changed == before)) {
                names.push_back(change.name + (work.note.empty() ? "" : ": " + work.note));
                break;
            }
        }
    }
}

Mutant mutate(Work& work) {
    const Mutator& mutator = work.mutator;
    Mutant mutant;

    mutant.base = work.random.below(mutator.bases().size());
    mutant.bytes = mutator.bases().at(mutant.base);
    // Of the message in most, of the file in most of the others, of both in some; rarely twice.
    const std::size_t kind = work.random.below(10);
    const std::size_t times = work.random.one_in(4) ? 2 : 1;
    auto parts = split_signed(mutator.form(), mutant.bytes);
    auto tree = parts ? parse_der(parts->message) : std::vector<DerNode>();
    if (kind < 7 && !tree.empty()) {
        apply(work, tree_changes, 1, tree, mutant.changes);
        // The first change may leave nothing for a second one.
        if (times > 1 && !tree.empty()) {
            apply(work, tree_changes, 1, tree, mutant.changes);
        }
        parts->message = write_der(tree);
        mutant.bytes = join_signed(mutator.form(), *parts);
    }
    if (kind >= 6 || tree.empty()) {
        apply(work, file_changes, times, mutant.bytes, mutant.changes);
    }
    return mutant;
}

}  // namespace

Mutator::Mutator(ImageForm form, std::vector<std::string> bases, std::uint64_t seed)
    : form_(form), bases_(std::move(bases)), seed_(seed) {
    for (const std::string& base : bases_) {
        if (const auto parts = split_signed(form_, base)) {
            if (auto tree = parse_der(parts->message); !tree.empty()) {
                messages_.push_back(std::move(tree));
            }
        }
    }
}

Mutant Mutator::make(std::uint64_t number) const {
    constexpr int attempts = 64;
    // Numbers that follow each other, and seeds, are to have nothing in common.
    Work work{Random(Random(seed_).next() ^ number), *this};

    for (int i = 0; i < attempts && !bases_.empty(); ++i) {
        Mutant mutant = mutate(work);

        if (!is_hazardous(form_, mutant.bytes)) {
            return mutant;
        }
    }
    return {};
}

std::uint64_t fingerprint(std::string_view bytes, std::uint64_t before) {
    constexpr std::uint64_t prime = 0x100000001b3U;

    for (const char byte : bytes) {
        before = (before ^ static_cast<std::uint8_t>(byte)) * prime;
    }
    return before;
}

}  // namespace kxk::lab
