// Tokenising as column functions.
//
//   KernelPtr ids = MakeIdsKernel(tokenizer, {.special = true});      // for dataset's map
//   KernelPtr counts = MakeCountsKernel(tokenizer, {});
//
// For string and large_string columns; the type out is list<int32>, or int64. Nulls stay null. Each
// worker has a TokenizerState of its own. Errors of kind data name the row: text that is not UTF-8,
// unless it is replaced; a word that is too long; more than 2^31 - 1 tokens in one batch.
#pragma once

#include <memory>

#include "core/dataset/node.h"
#include "core/tokens/tokenizer.h"

namespace tideway::tokens {

enum class InvalidText { kRefuse, kReplace };  // an error, or U+FFFD (invalid_utf8.h)

struct KernelOptions {
  bool special = false;  // as EncodeOptions
  InvalidText invalid = InvalidText::kRefuse;
};

dataset::KernelPtr MakeIdsKernel(std::shared_ptr<const Tokenizer> tokenizer,
                                 const KernelOptions& options);
dataset::KernelPtr MakeCountsKernel(std::shared_ptr<const Tokenizer> tokenizer,
                                    const KernelOptions& options);

}  // namespace tideway::tokens
