#include "core/sql/postgres/reader.h"

#include <arrow/api.h>
#include <fmt/format.h>
#include <poll.h>

#include <atomic>
#include <mutex>

#include "core/base/log.h"
#include "core/dataset/type_name.h"
#include "core/sql/postgres/connect.h"
#include "core/sql/postgres/error.h"
#include "core/sql/postgres/types.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {
namespace {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::SchemaPtr;

constexpr int kTickMs = 50;
constexpr int kBinary = 1;

class Reader : public BatchReader {
 public:
  Reader(Lease lease, const QuerySpec& query, RunContext& run)
      : lease_(std::move(lease)),
        connection_(lease_->raw()),
        any_bytes_(TakesAnyBytes(connection_)),
        cancel_(PQgetCancel(connection_)),
        query_(query),
        run_(run) {}

  ~Reader() override { Release(); }

  // Plans the query and makes the decoders.
  Status Describe() {
    RETURN_NOT_OK(Send(PQsendPrepare(connection_, "", query_.sql.c_str(), 0, nullptr)));
    ARROW_ASSIGN_OR_RAISE(const ResultPtr prepared, AwaitOnly(PGRES_COMMAND_OK));
    RETURN_NOT_OK(Send(PQsendDescribePrepared(connection_, "")));
    ARROW_ASSIGN_OR_RAISE(const ResultPtr description, AwaitOnly(PGRES_COMMAND_OK));
    RETURN_NOT_OK(CheckParams(PQnparams(description.get())));
    return MakeDecoders(description.get());
  }

  Status Start() {
    std::vector<std::optional<std::string>> texts;
    std::vector<const char*> values;
    for (const Param& param : query_.params) texts.push_back(ParamToText(param));
    for (const auto& text : texts) values.push_back(text ? text->c_str() : nullptr);
    RETURN_NOT_OK(
        Send(PQsendQueryParams(connection_, query_.sql.c_str(), static_cast<int>(values.size()),
                               nullptr, values.data(), nullptr, nullptr, kBinary)));
    PQsetSingleRowMode(connection_);
    return Status::OK();
  }

  const SchemaPtr& schema() const override { return schema_; }

  void Interrupt() override {
    interrupted_.store(true);
    std::lock_guard lock(mutex_);
    if (lease_ && busy_) CancelQuery();
  }

  Result<BatchPtr> Read() override {
    int64_t rows = 0;
    int64_t bytes = 0;
    while (!ended_ && rows < run_.batch_rows() && bytes < run_.batch_bytes()) {
      ARROW_ASSIGN_OR_RAISE(const ResultPtr row, Await());
      if (!row) {
        End();
      } else if (PQresultStatus(row.get()) == PGRES_SINGLE_TUPLE) {
        ++rows;
        ARROW_ASSIGN_OR_RAISE(const int64_t size, AppendRow(row.get(), rows_before_ + rows));
        bytes += size;
      } else if (PQresultStatus(row.get()) != PGRES_TUPLES_OK) {
        return ResultError(row.get(), connection_, query_.sql);
      }
    }
    rows_before_ += rows;
    return rows == 0 ? Result<BatchPtr>(nullptr) : FinishBatch(rows);
  }

 private:
  // A session is given back only when it is known to be idle.
  void Release() {
    std::lock_guard lock(mutex_);
    if (!lease_) return;
    const bool idle = !busy_ && !interrupted_.load() && lease_->EndRead().ok();
    if (!idle) {
      CancelQuery();
      lease_.Discard();
    }
    lease_ = {};
  }

  void SetBusy(bool busy) {
    std::lock_guard lock(mutex_);
    busy_ = busy;
  }

  Status Send(int sent) {
    SetBusy(true);
    return sent == 1 ? Status::OK() : ResultError(nullptr, connection_, query_.sql);
  }

  void CancelQuery() {
    char ignored[256];
    if (cancel_) PQcancel(cancel_.get(), ignored, sizeof ignored);
  }

  Status CheckStop() const {
    RETURN_NOT_OK(run_.cancel().Check());
    if (!interrupted_.load(std::memory_order_relaxed)) return Status::OK();
    return Error(ErrorKind::kInterrupted, "sql: the query was interrupted");
  }

  // The next result; null at the end of the statement's.
  Result<ResultPtr> Await() {
    while (PQisBusy(connection_) != 0) {
      RETURN_NOT_OK(CheckStop());
      pollfd descriptor{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
      if (poll(&descriptor, 1, kTickMs) == 0) continue;
      if (PQconsumeInput(connection_) == 0) {
        RETURN_NOT_OK(CheckStop());
        return ResultError(nullptr, connection_, query_.sql);
      }
    }
    return ResultPtr(PQgetResult(connection_));
  }

  // The one result of a statement, which must have `status`.
  Result<ResultPtr> AwaitOnly(ExecStatusType status) {
    ARROW_ASSIGN_OR_RAISE(ResultPtr result, Await());
    const bool good = result && PQresultStatus(result.get()) == status;
    const Status failure = good ? Status::OK() : ResultError(result.get(), connection_, query_.sql);
    for (ResultPtr rest(result ? PQgetResult(connection_) : nullptr); rest;) {
      rest.reset(PQgetResult(connection_));
    }
    SetBusy(false);
    RETURN_NOT_OK(failure);
    return result;
  }

  Status CheckParams(int wanted) const {
    const auto given = static_cast<int>(query_.params.size());
    if (wanted == given) return Status::OK();
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: the statement takes {} parameters: {} given", wanted, given));
  }

  Status MakeDecoders(const PGresult* description) {
    std::vector<std::string> names;
    for (int i = 0; i < PQnfields(description); ++i) names.emplace_back(PQfname(description, i));
    RETURN_NOT_OK(CheckColumns(query_, names));
    arrow::FieldVector fields;
    for (int i = 0; i < PQnfields(description); ++i) {
      ColumnType column{.name = names[i],
                        .oid = PQftype(description, i),
                        .modifier = PQfmod(description, i),
                        .type_name = "",
                        .text_like = false};
      if (!IsKnownType(column.oid)) RETURN_NOT_OK(LookUp(column));
      std::shared_ptr<arrow::DataType> wanted;
      if (const auto named = query_.types.find(names[i]); named != query_.types.end()) {
        ARROW_ASSIGN_OR_RAISE(wanted, dataset::TypeFromName(named->second));
      }
      ARROW_ASSIGN_OR_RAISE(auto decoder, MakeDecoder(column, wanted.get()));
      fields.push_back(arrow::field(names[i], decoder->builder()->type()));
      decoders_.push_back(std::move(decoder));
    }
    schema_ = arrow::schema(std::move(fields));
    return Status::OK();
  }

  // Fills in what the server knows of a type that we do not.
  Status LookUp(ColumnType& column) {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows, lease_->Rows("SELECT format_type(oid, NULL), typtype = 'e' OR typcategory "
                                      "= 'S' FROM pg_type WHERE oid = $1",
                                      {static_cast<int64_t>(column.oid)}));
    if (rows.empty()) return Status::OK();
    column.type_name = rows[0][0].value_or("");
    column.text_like = rows[0][1] == "t";
    return Status::OK();
  }

  Result<int64_t> AppendRow(const PGresult* row, int64_t number) {
    int64_t bytes = 0;
    for (int i = 0; i < static_cast<int>(decoders_.size()); ++i) {
      Decoder& decoder = *decoders_[static_cast<size_t>(i)];
      const int size = PQgetlength(row, 0, i);
      bytes += size + 4;
      const Status status =
          size == 0 && PQgetisnull(row, 0, i)
              ? decoder.builder()->AppendNull()
              : decoder.Append({PQgetvalue(row, 0, i), static_cast<size_t>(size)});
      if (!status.ok()) return Locate(status, i, number);
    }
    return bytes;
  }

  Status Locate(const Status& status, int column, int64_t row) const {
    return Error(
               KindOf(status),
               fmt::format("sql: column `{}` is {}, but row {} {}", schema_->field(column)->name(),
                           schema_->field(column)->type()->ToString(), row, status.message()))
        .Hint("cast the column in the query, for instance to text");
  }

  Result<BatchPtr> FinishBatch(int64_t rows) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (auto& decoder : decoders_) {
      ARROW_ASSIGN_OR_RAISE(auto column, decoder->builder()->Finish());
      if (any_bytes_) RETURN_NOT_OK(CheckTexts(*column, static_cast<int>(columns.size()), rows));
      columns.push_back(std::move(column));
    }
    return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
  }

  // An error that names the first row of the batch's last `rows` whose text is no UTF-8.
  Status CheckTexts(const arrow::Array& column, int index, int64_t rows) const {
    if (column.ValidateFull().ok()) return Status::OK();
    int64_t row = 0;
    while (row + 1 < rows && column.Slice(row, 1)->ValidateFull().ok()) ++row;
    const std::string& name = schema_->field(index)->name();
    return Error(ErrorKind::kData,
                 fmt::format("sql: column `{}` holds text that is not UTF-8 (row {})", name,
                             rows_before_ - rows + row + 1))
        .Hint(fmt::format(
            "the database's encoding is SQL_ASCII, which takes any bytes; convert them in the "
            "query, from LATIN1 for instance: convert_from(convert(convert_to({}, 'SQL_ASCII'), "
            "'LATIN1', 'UTF8'), 'UTF8') AS {}",
            name, name));
  }

  void End() {
    ended_ = true;
    SetBusy(false);
    Release();
    for (size_t i = 0; i < decoders_.size(); ++i) {
      if (decoders_[i]->made_null() == 0) continue;
      LogWarn("sql: column `{}`: {} infinite values became null",
              schema_->field(static_cast<int>(i))->name(), decoders_[i]->made_null());
    }
  }

  std::mutex mutex_;
  Lease lease_;  // empty once all is read
  PGconn* const connection_;
  const bool any_bytes_;  // the server does not know the encoding of its texts
  const CancelPtr cancel_;
  const QuerySpec query_;
  RunContext& run_;
  SchemaPtr schema_;
  std::vector<std::unique_ptr<Decoder>> decoders_;
  bool busy_ = false;  // results of a statement are still to come
  std::atomic<bool> interrupted_{false};
  int64_t rows_before_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<SchemaPtr> DescribeQuery(Lease lease, const QuerySpec& query, RunContext& run) {
  Reader reader(std::move(lease), query, run);
  RETURN_NOT_OK(reader.Describe());
  return reader.schema();
}

Result<std::unique_ptr<BatchReader>> ReadQuery(Lease lease, const QuerySpec& query,
                                               RunContext& run) {
  auto reader = std::make_unique<Reader>(std::move(lease), query, run);
  RETURN_NOT_OK(reader->Describe());
  RETURN_NOT_OK(reader->Start());
  return reader;
}

}  // namespace tideway::sql::postgres
