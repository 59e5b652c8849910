// The rows whose texts are compared: those of an input, behind those of an earlier run's index
// where there is one. A document is called by its number, its position among all.
//
// Threads: const methods from any thread. Ownership: holds the rows; texts live as long.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/dataset/batch_store.h"

namespace tideway::dedup {

// Texts of one column, of a batch: string, large_string, binary or large_binary.
class Texts {
 public:
  // An error of kind usage for another type.
  static Status CheckType(const arrow::DataType& type, const std::string& what);
  // REQUIRES: CheckType() of its type is OK.
  explicit Texts(std::shared_ptr<arrow::Array> array);
  int64_t length() const;
  // Nothing for null.
  std::optional<std::string_view> At(int64_t row) const;

 private:
  std::shared_ptr<arrow::Array> array_;
  bool large_;
};

class Documents {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Several stores one after another. An error of kind data for more than 2^32 - 2 rows.
  struct Part {
    std::shared_ptr<dataset::BatchStore> rows;
    int column;
  };
  static Result<Documents> Make(std::vector<Part> parts);

  uint32_t count() const { return count_; }
  size_t parts() const { return parts_.size(); }
  // The number of the first document of a part.
  uint32_t first(size_t part) const { return parts_[part].first; }
  const dataset::BatchStore& rows(size_t part) const { return *parts_[part].rows; }
  std::shared_ptr<dataset::BatchStore> shared_rows(size_t part) const { return parts_[part].rows; }

  std::optional<std::string_view> TextOf(uint32_t document) const;
  struct Place {
    size_t part;
    int64_t batch;
    int64_t row;
  };
  Place PlaceOf(uint32_t document) const;

 private:
  struct Rows {
    std::shared_ptr<dataset::BatchStore> rows;
    uint32_t first;
    std::vector<uint32_t> batch_firsts;
    std::vector<Texts> texts;
  };
  std::vector<Rows> parts_;
  uint32_t count_ = 0;
};

}  // namespace tideway::dedup
