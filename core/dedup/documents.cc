#include "core/dedup/documents.h"

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

namespace tideway::dedup {

Status Texts::CheckType(const arrow::DataType& type, const std::string& what) {
  switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return Status::OK();
    default:
      return Error(ErrorKind::kUsage,
                   what + ": column must be string or binary: " + type.ToString());
  }
}

Texts::Texts(std::shared_ptr<arrow::Array> array)
    : array_(std::move(array)),
      large_(array_->type_id() == arrow::Type::LARGE_STRING ||
             array_->type_id() == arrow::Type::LARGE_BINARY) {}

int64_t Texts::length() const { return array_->length(); }

std::optional<std::string_view> Texts::At(int64_t row) const {
  if (array_->IsNull(row)) return std::nullopt;
  if (large_) return static_cast<const arrow::LargeBinaryArray&>(*array_).GetView(row);
  return static_cast<const arrow::BinaryArray&>(*array_).GetView(row);
}

Result<Documents> Documents::Make(std::vector<Part> parts) {
  Documents documents;
  int64_t count = 0;
  for (Part& part : parts) {
    Rows rows{.rows = std::move(part.rows),
              .first = static_cast<uint32_t>(count),
              .batch_firsts = {},
              .texts = {}};
    if (count + rows.rows->rows() >= int64_t{kNone}) {
      return Error(ErrorKind::kData, "dedup: more than 4,294,967,294 documents");
    }
    for (int64_t i = 0; i < rows.rows->batches(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, rows.rows->Read(i));
      rows.batch_firsts.push_back(static_cast<uint32_t>(count + rows.rows->first_row(i)));
      rows.texts.emplace_back(batch->column(part.column));
    }
    count += rows.rows->rows();
    documents.parts_.push_back(std::move(rows));
  }
  documents.count_ = static_cast<uint32_t>(count);
  return documents;
}

Documents::Place Documents::PlaceOf(uint32_t document) const {
  size_t part = parts_.size() - 1;
  while (part > 0 && document < parts_[part].first) --part;
  const auto& firsts = parts_[part].batch_firsts;
  const auto after = std::upper_bound(firsts.begin(), firsts.end(), document);
  const int64_t batch = after - firsts.begin() - 1;
  return {part, batch, document - firsts[static_cast<size_t>(batch)]};
}

std::optional<std::string_view> Documents::TextOf(uint32_t document) const {
  const Place place = PlaceOf(document);
  return parts_[place.part].texts[static_cast<size_t>(place.batch)].At(place.row);
}

}  // namespace tideway::dedup
