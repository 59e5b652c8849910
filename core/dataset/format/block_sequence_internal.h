// The files of a text source as one sequence of blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/format/text_source_internal.h"

namespace tideway::dataset {

// The blocks of all files, one after another.
class BlockSequence {
 public:
  struct Item {
    TextBlock block;
    std::shared_ptr<const TextHead> head;
    size_t file = 0;
  };

  // All must outlive the sequence and its items.
  BlockSequence(const TextFormat& format, const std::vector<std::string>& paths, RunContext& run);
  // Called before the first item of each file, and after its last one.
  std::function<Status(size_t file, const TextHead* head)> on_start;
  std::function<Status(size_t file)> on_end;

  // Nothing at the end. `heads_only`: the rest of the file is not read.
  Result<std::optional<Item>> Next(bool heads_only = false);

 private:
  Result<std::optional<TextBlock>> StartFile();

  const TextFormat& format_;
  const std::vector<std::string>& paths_;
  const size_t block_bytes_;
  size_t file_ = 0;
  std::unique_ptr<BlockReader> reader_;
  std::shared_ptr<const TextHead> head_;
};

}  // namespace tideway::dataset
