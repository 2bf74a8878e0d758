// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Small images that are the same in every run: with messages that nobody has signed. */
#pragma once

#include <string>
#include <vector>

#include "common/der_tree.h"
#include "common/signed_parts.h"
#include "host/containers.h"
#include "image/pe.h"

namespace kxk::lab {

/** A message with most kinds of elements. */
inline std::string small_message(char filling) {
    const DerNode version{0x02, "\1", {}};
    const DerNode object{0x06, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", {}};
    const DerNode octets{0x04, std::string(300, filling), {}};
    const DerNode time{0x17, "200701000000Z", {}};
    const DerNode inner{0x30, "", {version, object, time, octets}};

    return write_der(DerNode{0x30, "", {object, {0xa0, "", {inner, {0x31, "", {inner}}}}}});
}

inline std::string small_pe_content() {
    return zboot_wrapped(std::string(700, 'z'), image::pe_machine_arm64);
}

/** Images of a form, with two messages. */
inline std::vector<std::string> small_images(ImageForm form) {
    const std::string content = form == ImageForm::pe ? small_pe_content() : std::string(700, 'a');

    return {join_signed(form, {content, small_message('m'), ""}),
            join_signed(form, {content, small_message('n'), ""})};
}

}  // namespace kxk::lab
