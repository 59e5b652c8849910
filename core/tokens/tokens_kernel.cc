#include "core/tokens/tokens_kernel.h"

#include <arrow/api.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

#include "core/dataset/row_error.h"
#include "core/tokens/invalid_utf8.h"

namespace tideway::tokens {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TokenizerPtr = std::shared_ptr<const Tokenizer>;

struct KernelState : dataset::WorkerState {
  TokenizerState tokenizer = {};
  IdBuffer ids = {};
};

// What both kernels share: `visit` is called for each row, with its tokens in state.ids from
// `begin` on; none for a null.
class TokensKernel : public dataset::ColumnKernel {
 public:
  TokensKernel(TokenizerPtr tokenizer, const KernelOptions& options)
      : tokenizer_(std::move(tokenizer)), options_(options) {}
  std::string OptionsJson() const override {
    return fmt::format(R"({{"tokenizer":"sha256:{}","special":{},"invalid":"{}"}})",
                       tokenizer_->sha256(), options_.special,
                       options_.invalid == InvalidText::kRefuse ? "refuse" : "replace");
  }

 protected:
  Status CheckType(const arrow::DataType& type) const {
    if (type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING) {
      return Status::OK();
    }
    return Error(ErrorKind::kUsage,
                 std::string(name()) + ": column must be string: " + type.ToString());
  }

  template <typename Visit>
  Status ForEachRow(const arrow::Array& column, dataset::Worker& worker, const Visit& visit) const {
    ARROW_ASSIGN_OR_RAISE(
        KernelState * state,
        worker.State<KernelState>(this, []() -> Result<std::unique_ptr<dataset::WorkerState>> {
          return std::make_unique<KernelState>();
        }));
    state->ids.Clear();
    const bool large = column.type_id() == arrow::Type::LARGE_STRING;
    for (int64_t row = 0; row < column.length(); ++row) {
      const size_t begin = state->ids.size();
      if (column.IsValid(row)) {
        const std::string_view text =
            large ? static_cast<const arrow::LargeStringArray&>(column).GetView(row)
                  : static_cast<const arrow::StringArray&>(column).GetView(row);
        const Status status = Encode(text, *state);
        if (!status.ok()) return dataset::AtRow(row, status);
      }
      RETURN_NOT_OK(visit(row, *state, begin));
    }
    return Status::OK();
  }

 private:
  Status Encode(std::string_view text, KernelState& state) const {
    const EncodeOptions encode{.special = options_.special};
    if (options_.invalid == InvalidText::kReplace && FirstInvalid(text) < text.size()) {
      const std::string replaced = ReplaceInvalidUtf8(text);
      return tokenizer_->Encode(replaced, encode, state.tokenizer, state.ids);
    }
    return tokenizer_->Encode(text, encode, state.tokenizer, state.ids);
  }

  const TokenizerPtr tokenizer_;
  const KernelOptions options_;
};

Result<std::shared_ptr<arrow::Buffer>> CopyOfValidity(const arrow::Array& column) {
  if (column.null_count() == 0) return nullptr;
  return arrow::internal::CopyBitmap(arrow::default_memory_pool(), column.null_bitmap_data(),
                                     column.offset(), column.length());
}

template <typename Value>
Result<std::shared_ptr<arrow::Buffer>> CopyOf(const Value* values, size_t count) {
  const auto bytes = static_cast<int64_t>(count * sizeof(Value));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer, arrow::AllocateBuffer(bytes));
  if (count > 0) std::memcpy(buffer->mutable_data(), values, static_cast<size_t>(bytes));
  return buffer;
}

class IdsKernel : public TokensKernel {
 public:
  using TokensKernel::TokensKernel;
  std::string_view name() const override { return "tokens.ids"; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    RETURN_NOT_OK(CheckType(input));
    return arrow::list(arrow::int32());
  }
  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker& worker) const override {
    std::vector<int32_t> offsets = {0};
    offsets.reserve(static_cast<size_t>(column->length()) + 1);
    IdBuffer* ids = nullptr;
    RETURN_NOT_OK(ForEachRow(*column, worker, [&](int64_t row, KernelState& state, size_t) {
      ids = &state.ids;
      if (ids->size() > std::numeric_limits<int32_t>::max()) {
        return dataset::AtRow(row, Error(ErrorKind::kData, "tokens.ids: over 2^31 tokens at once"));
      }
      offsets.push_back(static_cast<int32_t>(ids->size()));
      return Status::OK();
    }));
    ARROW_ASSIGN_OR_RAISE(auto values, CopyOf(ids == nullptr ? nullptr : ids->data(),
                                              ids == nullptr ? 0 : ids->size()));
    if (ids != nullptr) ids->Clear();
    ARROW_ASSIGN_OR_RAISE(auto ends, CopyOf(offsets.data(), offsets.size()));
    ARROW_ASSIGN_OR_RAISE(auto validity, CopyOfValidity(*column));
    auto array = std::make_shared<arrow::Int32Array>(offsets.back(), std::move(values));
    return std::make_shared<arrow::ListArray>(arrow::list(arrow::int32()), column->length(),
                                              std::move(ends), std::move(array),
                                              std::move(validity), column->null_count());
  }
};

class CountsKernel : public TokensKernel {
 public:
  using TokensKernel::TokensKernel;
  std::string_view name() const override { return "tokens.counts"; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    RETURN_NOT_OK(CheckType(input));
    return arrow::int64();
  }
  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker& worker) const override {
    std::vector<int64_t> counts;
    counts.reserve(static_cast<size_t>(column->length()));
    RETURN_NOT_OK(ForEachRow(*column, worker, [&](int64_t, KernelState& state, size_t begin) {
      counts.push_back(static_cast<int64_t>(state.ids.size() - begin));
      state.ids.Clear();
      return Status::OK();
    }));
    ARROW_ASSIGN_OR_RAISE(auto values, CopyOf(counts.data(), counts.size()));
    ARROW_ASSIGN_OR_RAISE(auto validity, CopyOfValidity(*column));
    return std::make_shared<arrow::Int64Array>(column->length(), std::move(values),
                                               std::move(validity), column->null_count());
  }
};

}  // namespace

dataset::KernelPtr MakeIdsKernel(TokenizerPtr tokenizer, const KernelOptions& options) {
  return std::make_shared<IdsKernel>(std::move(tokenizer), options);
}

dataset::KernelPtr MakeCountsKernel(TokenizerPtr tokenizer, const KernelOptions& options) {
  return std::make_shared<CountsKernel>(std::move(tokenizer), options);
}

}  // namespace tideway::tokens
