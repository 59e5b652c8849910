#include "core/swh/row.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/dataset/columns.h"
#include "core/dataset/format/json_text.h"
#include "core/swh/sha1.h"
#include "core/swh/swhid.h"

namespace tideway::swh {
namespace {

using arrow::Type;

bool HasJson(const arrow::DataType& type) {
  constexpr std::array kWithout = {
      Type::MAP,         Type::BINARY,      Type::LARGE_BINARY,   Type::FIXED_SIZE_BINARY,
      Type::DICTIONARY,  Type::DENSE_UNION, Type::SPARSE_UNION,   Type::BINARY_VIEW,
      Type::STRING_VIEW, Type::LIST_VIEW,   Type::LARGE_LIST_VIEW};
  if (std::ranges::find(kWithout, type.id()) != kWithout.end()) return false;
  return std::ranges::all_of(type.fields(),
                             [](const auto& field) { return HasJson(*field->type()); });
}

std::string HashOf(const Row& row, const char* column) {
  const std::string hash = TextOf(row, column);
  return IsSha1(hash) ? hash : "";
}

}  // namespace

Status CheckColumns(const arrow::Schema& schema) {
  RETURN_NOT_OK(dataset::ColumnIndex(schema, "blob_id", "swh").status());
  for (const auto& field : schema.fields()) {
    if (HasJson(*field->type())) continue;
    return Error(ErrorKind::kUsage,
                 fmt::format("swh: column `{}` of type {} cannot be noted in the manifest",
                             field->name(), field->type()->ToString()))
        .Hint("leave it out with `select`, or `cast` it");
  }
  return Status::OK();
}

Status ForEachRow(const dataset::BatchPtr& batch, const std::function<Status(Row)>& visit) {
  const auto not_finite = [](const std::string& path, std::string_view value) -> Status {
    return Error(ErrorKind::kData, fmt::format("swh: {} is {}, which JSON has not", path, value));
  };
  std::vector<dataset::AppendJson> columns;
  for (int i = 0; i < batch->num_columns(); ++i) {
    columns.push_back(
        dataset::JsonText(batch->column(i), batch->schema()->field(i)->name(), not_finite));
  }
  std::string text;
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    Row row = Row::object();
    for (int column = 0; column < batch->num_columns(); ++column) {
      text.clear();
      RETURN_NOT_OK(columns[static_cast<size_t>(column)](i, text));
      row[batch->schema()->field(column)->name()] = Row::parse(text, nullptr, false);
    }
    RETURN_NOT_OK(visit(std::move(row)));
  }
  return Status::OK();
}

std::string TextOf(const Row& row, const char* column) {
  const auto found = row.find(column);
  return found == row.end() || !found->is_string() ? "" : found->get<std::string>();
}

int64_t IntOf(const Row& row, const char* column) {
  const auto found = row.find(column);
  return found == row.end() || !found->is_number_integer() ? -1 : found->get<int64_t>();
}

Result<std::string> SwhidOf(const Row& row, const std::string& content_id) {
  Swhid id{.type = "cnt", .hash = content_id};
  const std::string repo = TextOf(row, "repo_name");
  const std::string snapshot = HashOf(row, "snapshot_id"), revision = HashOf(row, "revision_id");
  std::string path = TextOf(row, "path");
  if (!path.empty() && path[0] != '/') path.insert(0, "/");
  if (!repo.empty()) id.qualifiers.emplace_back("origin", "https://github.com/" + repo);
  if (!snapshot.empty()) id.qualifiers.emplace_back("visit", "swh:1:snp:" + snapshot);
  if (!revision.empty()) id.qualifiers.emplace_back("anchor", "swh:1:rev:" + revision);
  if (!path.empty()) id.qualifiers.emplace_back("path", path);
  return FormatSwhid(id);
}

}  // namespace tideway::swh
