// What files of code are, by their paths and first lines: programming language, licence, and
// whether they are somebody else's or tests.
//
// What counts as what is the caller's: tables of suffixes, names and phrases, which the face keeps
// in Lua (lua/tideway/code.lua). Threads: all is pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::text {

// Pairs of what is looked for and what it stands for.
using Names = std::vector<std::pair<std::string, std::string>>;

// The kernel "code.language": for paths, the language of the longest suffix (".d.ts") or of the
// whole name ("Makefile") that `names` has, in any case where none has it as written; else null.
dataset::KernelPtr MakeLanguage(const Names& names);

// The kernel "code.path_kind": for paths, what the first of `parts` that is there stands for; else
// null. A part that ends in a slash is a folder at any depth, one that begins with `*` what a name
// ends with, one that ends in `*` what it begins with, any other a whole name.
dataset::KernelPtr MakePathKind(const Names& parts);

// The kernel "code.license": for texts, the licence that an SPDX-License-Identifier in the first
// `bytes` names, as it stands there, or else that the first of `phrases` stands for which is there;
// phrases are compared in lower case, words with one space between, without signs of comments. Else
// null.
dataset::KernelPtr MakeLicense(const Names& phrases, int64_t bytes);

}  // namespace tideway::text
