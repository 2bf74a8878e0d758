// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What the parts of the catalogue share while it is made. */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/catalogue.h"
#include "host/signer.h"

namespace kxk::lab {

/** Takes images as they are made. */
class CatalogueMaker {
  public:
    CatalogueMaker(Signer signer, std::string base)
        : signer_(std::move(signer)), base_(std::move(base)) {}

    [[nodiscard]] const Signer& signer() const { return signer_; }
    [[nodiscard]] bool appends() const { return signer_.kind() == Signature::appended; }

    /** The unsigned image. */
    [[nodiscard]] const std::string& base() const { return base_; }

    /** The image that differs in one byte of its code. */
    [[nodiscard]] std::string other_base() const;

    /** What follows belongs to this group. */
    void group(std::string name) { group_ = std::move(name); }

    /** Takes an image. */
    void add(const std::string& name, const std::string& text, std::string_view contents);

    /** Signs the base, and takes that. */
    void add_signed(const std::string& name, const std::string& text, const Signing& how);

    /**
     * The same and a twin that nobody may take for signed: one byte of the code is another one
     * since. Where a kernel refuses the one for its signer, it still says so of the other.
     */
    void add_pair(const std::string& name, const std::string& text, const Signing& how);

    /** What is no file. */
    void add_directory(const std::string& name, const std::string& text, const std::string& path);

    [[nodiscard]] std::vector<CatalogueImage> take() { return std::move(images_); }

  private:
    [[nodiscard]] std::string twin_of(std::string contents) const;

    Signer signer_;
    std::string base_;
    std::string group_;
    std::vector<CatalogueImage> images_;
};

/* The parts. Each adds to the images; which certificates and digests matter, catalogue.cpp knows.
 */

/** Who signed, and with what kind of key: any form of signature. */
void add_signer_images(CatalogueMaker& maker);

/** Adds, to the present group, images whose one message has two signers. */
void add_joint_images(CatalogueMaker& maker);

/** Certificates of other times, revocation, look-alikes: any form. */
void add_certificate_images(CatalogueMaker& maker);

/** What is no signed kernel: any form. */
void add_strange_images(CatalogueMaker& maker);

/** Damaged, cut and lengthened PE files, and several signatures in one. */
void add_pe_images(CatalogueMaker& maker);

/** The same for appended signatures, and their struct module_signature. */
void add_appended_images(CatalogueMaker& maker);

/** The image whose digest is revoked, unsigned. */
[[nodiscard]] std::string revoked_content(const CatalogueMaker& maker);

}  // namespace kxk::lab
