#include "core/dataset/op/assign_parts.h"

#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <fmt/core.h>

#include <algorithm>

#include "core/dataset/columns.h"
#include "core/dataset/op/group_parts.h"
#include "core/dataset/op/key_hash.h"
#include "core/dataset/op/part_ends.h"
#include "core/dataset/op/strata.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

// By exact sizes, row by row.
Result<PartAssignment> AssignRows(const std::shared_ptr<BatchStore>& rows, const Strata& strata,
                                  const SplitOptions& options, uint64_t seed, RunContext& run) {
  const std::vector<int64_t> sizes = PartSizes(options.parts, rows->rows());
  std::vector<PartEnds::Size> kept;
  for (size_t part = 0; part < sizes.size(); ++part) {
    kept.push_back(
        {sizes[part], std::min(sizes[part], options.parts[part].cap.value_or(INT64_MAX))});
  }
  PartEnds ends(strata, *rows, seed, run);
  RETURN_NOT_OK(ends.Find(kept));
  const RowHashes hashes = RowHashes::OfPositions(rows, seed);
  const auto parts_of = [&](int64_t index) -> Result<std::vector<uint8_t>> {
    ARROW_ASSIGN_OR_RAISE(const auto codes, strata.Codes(index));
    ARROW_ASSIGN_OR_RAISE(const auto hashes_of, hashes.Of(index));
    std::vector<uint8_t> parts(hashes_of.size());
    for (size_t row = 0; row < parts.size(); ++row) {
      parts[row] = ends.PartOf(codes.empty() ? 0 : codes[row], hashes_of[row]);
    }
    return parts;
  };
  ARROW_ASSIGN_OR_RAISE(auto assignment, MakeAssignment(rows, sizes.size(), parts_of, run));
  for (size_t part = 0; part < sizes.size(); ++part) {
    assignment.over_cap[part] = kept[part].rows - kept[part].kept;
  }
  return assignment;
}

// Leaves out of each part the rows with the greatest hashes, where it has more than its cap.
Result<PartAssignment> Capped(PartAssignment assignment, const std::vector<SplitPart>& parts,
                              const RowHashes& hashes, RunContext& run) {
  Taking taking;
  for (size_t part = 0; part <= kNoPart; ++part) {
    const bool known = part < parts.size();
    taking.n.push_back(known ? parts[part].cap.value_or(INT64_MAX) : 0);
    taking.part_of.push_back(static_cast<uint8_t>(part));
    if (known) {
      assignment.over_cap[part] = std::max<int64_t>(0, assignment.sizes[part] - taking.n[part]);
    }
  }
  if (std::ranges::all_of(assignment.over_cap, [](int64_t rows) { return rows == 0; })) {
    return assignment;
  }
  taking.classes = [&](int64_t index) -> Result<std::vector<uint16_t>> {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, assignment.PartsOf(index));
    return std::vector<uint16_t>(bytes.begin(), bytes.end());
  };
  ARROW_ASSIGN_OR_RAISE(auto capped,
                        AssignSmallest(assignment.rows, parts.size(), taking, hashes, run));
  capped.over_cap = assignment.over_cap;
  return capped;
}

// The hash of each row's value in `columns`.
Result<RowHashes> HashColumns(const std::shared_ptr<BatchStore>& rows,
                              const std::vector<std::string>& columns, bool nulls, uint64_t seed,
                              RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto key, KeyColumns::Make(*rows->schema(), columns, "split"));
  const auto hash = [&](const arrow::RecordBatch& batch,
                        int64_t first_row) -> Result<std::vector<uint64_t>> {
    if (!nulls) RETURN_NOT_OK(key.CheckNoNulls(batch, first_row));
    return key.Hash(batch, seed);
  };
  return RowHashes::Computed(rows, hash, run);
}

Result<PartAssignment> AssignByHash(const std::shared_ptr<BatchStore>& rows,
                                    const SplitOptions& options, uint64_t seed, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const RowHashes hashes,
                        HashColumns(rows, options.key, /*nulls=*/false, seed, run));
  const std::vector<uint64_t> ends = ShareEnds(options.parts);
  const auto parts_of = [&](int64_t index) -> Result<std::vector<uint8_t>> {
    ARROW_ASSIGN_OR_RAISE(const auto hashes_of, hashes.Of(index));
    std::vector<uint8_t> parts;
    for (const uint64_t hash : hashes_of) {
      const auto part = std::ranges::lower_bound(ends, hash);
      parts.push_back(part == ends.end() ? kNoPart : static_cast<uint8_t>(part - ends.begin()));
    }
    return parts;
  };
  ARROW_ASSIGN_OR_RAISE(auto assignment, MakeAssignment(rows, ends.size(), parts_of, run));
  return Capped(std::move(assignment), options.parts, hashes, run);
}

Result<PartAssignment> AssignGroups(const std::shared_ptr<BatchStore>& rows, const Strata& strata,
                                    const SplitOptions& options, uint64_t seed, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const RowHashes groups,
                        HashColumns(rows, options.group, /*nulls=*/true, seed, run));
  GroupParts placed(strata, groups, run);
  RETURN_NOT_OK(placed.Place(PartSizes(options.parts, rows->rows())));
  const auto parts_of = [&](int64_t index) -> Result<std::vector<uint8_t>> {
    ARROW_ASSIGN_OR_RAISE(const auto groups_of, groups.Of(index));
    std::vector<uint8_t> parts;
    for (const uint64_t group : groups_of) parts.push_back(placed.PartOf(group));
    return parts;
  };
  ARROW_ASSIGN_OR_RAISE(auto assignment, MakeAssignment(rows, options.parts.size(), parts_of, run));
  return Capped(std::move(assignment), options.parts, RowHashes::OfPositions(rows, seed), run);
}

// The values of a stratum as text, by one of its rows: "a, 1".
Result<std::string> NameStratum(const BatchStore& rows, const Strata& strata, size_t stratum,
                                const std::vector<std::string>& columns) {
  for (int64_t i = 0; i < rows.batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto codes, strata.Codes(i));
    const auto row = std::ranges::find(codes, stratum);
    if (row == codes.end()) continue;
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, rows.Read(i));
    std::vector<std::string> values;
    for (const std::string& column : columns) {
      ARROW_ASSIGN_OR_RAISE(const auto value,
                            batch->GetColumnByName(column)->GetScalar(row - codes.begin()));
      values.emplace_back(CutText(value->ToString(), 100));
    }
    return JoinNames(values);
  }
  return std::string();
}

// An error for the first stratum, from the one with fewest rows on, that a part has nothing of.
Status CheckEveryStratum(const PartAssignment& assignment, const Strata& strata,
                         const SplitOptions& options) {
  const size_t parts = options.parts.size();
  std::vector<bool> seen(strata.rows().size() * parts);
  for (int64_t i = 0; i < assignment.rows->batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto codes, strata.Codes(i));
    ARROW_ASSIGN_OR_RAISE(const auto bytes, assignment.PartsOf(i));
    for (size_t row = 0; row < bytes.size(); ++row) {
      if (bytes[row] != kNoPart) seen[codes[row] * parts + bytes[row]] = true;
    }
  }
  const auto missing = std::ranges::find(seen.rbegin(), seen.rend(), false);
  if (missing == seen.rend()) return Status::OK();
  const auto at = static_cast<size_t>(seen.rend() - missing) - 1;
  const size_t stratum = at / parts;
  ARROW_ASSIGN_OR_RAISE(const std::string name,
                        NameStratum(*assignment.rows, strata, stratum, options.stratify));
  return Error(ErrorKind::kData,
               fmt::format("split: class too small to divide: `{}` of {} has {} {}, none in `{}`",
                           name, JoinNames(options.stratify), strata.rows()[stratum],
                           strata.rows()[stratum] == 1 ? "row" : "rows",
                           options.parts[at % parts].name))
      .Hint(
          "leave the class out by filter, merge it with another, make fewer parts, or let it be "
          "missing there: on_small = \"spread\"");
}

}  // namespace

Result<PartAssignment> AssignParts(std::shared_ptr<BatchStore> rows, const SplitOptions& options,
                                   uint64_t seed, RunContext& run) {
  if (rows->rows() == 0) {
    const auto none = [](int64_t) { return std::vector<uint8_t>(); };
    return MakeAssignment(std::move(rows), options.parts.size(), none, run);
  }
  if (!options.key.empty()) return AssignByHash(rows, options, seed, run);
  Strata strata = Strata::Whole(*rows);
  if (!options.stratify.empty()) {
    ARROW_ASSIGN_OR_RAISE(strata, Strata::ByColumns(rows, options.stratify, run));
  }
  ARROW_ASSIGN_OR_RAISE(auto assignment, options.group.empty()
                                             ? AssignRows(rows, strata, options, seed, run)
                                             : AssignGroups(rows, strata, options, seed, run));
  if (options.every_stratum) RETURN_NOT_OK(CheckEveryStratum(assignment, strata, options));
  return assignment;
}

}  // namespace tideway::dataset
