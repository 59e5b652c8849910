// Writes one part of a push into a staging folder: Parquet shards, with the request's class labels
// on their columns. Threads: as dataset::Sink.
#pragma once

#include <arrow/type_fwd.h>

#include <map>
#include <string>
#include <vector>

#include "core/dataset/format/parquet_sink.h"

namespace tideway::hub {

using Labels = std::map<std::string, std::vector<std::string>>;

// `schema` with `labels` on its columns. Errors of kind usage: no such column, not int64, names
// that differ from those the column has, are empty, doubled or not UTF-8.
Result<dataset::SchemaPtr> WithColumnLabels(const dataset::SchemaPtr& schema, const Labels& labels);

class PartSink : public dataset::Sink {
 public:
  PartSink(const std::string& split, dataset::PartTarget target, dataset::ParquetTotals totals,
           Labels labels);

  std::string_view name() const override { return "push"; }
  Status Open(const dataset::SchemaPtr& schema) override;
  // A class label beyond its names is an error of kind data: no reader could name it.
  Result<bool> Consume(const dataset::BatchPtr& batch) override;
  Status Finish() override;
  // Gives the files their names. Call once, after Finish().
  Status Publish() { return parquet_.Publish(); }

  const std::string& split() const { return split_; }
  const std::vector<dataset::ParquetFile>& files() const { return parquet_.files(); }
  const dataset::SchemaPtr& schema() const { return parquet_.schema(); }

 private:
  struct LabelColumn {
    int index;
    int64_t names;
  };
  Status CheckLabels(const LabelColumn& column, const dataset::BatchPtr& batch) const;

  const std::string split_;
  const Labels labels_;
  std::vector<LabelColumn> label_columns_;
  dataset::ParquetSink parquet_;
};

}  // namespace tideway::hub
