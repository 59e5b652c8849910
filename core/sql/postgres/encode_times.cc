#include <limits>

#include "core/sql/postgres/typed_encoder_internal.h"
#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

using arrow::TimeUnit;

constexpr int32_t kDaysFromEpoch = -10957;              // 2000-01-01, counted from 1970-01-01
constexpr int64_t kMicrosFromEpoch = -946684800000000;  // the same in microseconds
constexpr int64_t kMillisPerDay = 86400000;
constexpr int64_t kNanosPerMicro = 1000;
constexpr int kMicroDigits = 6;

// `value` counted from 1970, counted from 2000. The lowest and highest numbers are infinities.
template <typename T>
Status WriteSince2000(T value, T offset, std::string& out) {
  using Limits = std::numeric_limits<T>;
  T moved = 0;
  if (__builtin_add_overflow(value, offset, &moved) || moved == Limits::min()) {
    return Holds("a time too early for PostgreSQL");
  }
  AppendBigEndian(moved, out);
  return Status::OK();
}

// A number of `unit` in microseconds, with at most `digits` digits of a second.
Result<int64_t> ToMicros(int64_t value, TimeUnit::type unit, int digits) {
  constexpr int64_t kPerUnit[] = {1000000, 1000, 1};
  int64_t micros = value / kNanosPerMicro;
  if (unit == TimeUnit::NANO) {
    if (value % kNanosPerMicro != 0) return Holds("nanoseconds that are no whole microsecond");
  } else if (__builtin_mul_overflow(value, kPerUnit[unit], &micros)) {
    return Holds("a time out of range");
  }
  int64_t step = 1;
  for (int i = digits; i < kMicroDigits; ++i) step *= 10;
  if (micros % step == 0) return micros;
  return Holds(fmt::format("more than {} digits of a second", digits));
}

// The digits of a second that a time's `modifier` leaves it.
int SecondDigits(int modifier) {
  return modifier < 0 || modifier > kMicroDigits ? kMicroDigits : modifier;
}

void WriteInterval(int64_t micros, int32_t days, int32_t months, std::string& out) {
  AppendBigEndian(micros, out);
  AppendBigEndian(days, out);
  AppendBigEndian(months, out);
}

}  // namespace

EncoderPtr MakeDate(const arrow::DataType& type) {
  auto from_days = [](int32_t days, std::string& out) {
    return WriteSince2000(days, kDaysFromEpoch, out);
  };
  if (type.id() == Type::DATE32) return Make<arrow::Date32Array>(from_days);
  if (type.id() != Type::DATE64) return nullptr;
  return Make<arrow::Date64Array>([from_days](int64_t millis, std::string& out) -> Status {
    const int64_t days = millis / kMillisPerDay;
    if (millis % kMillisPerDay != 0) return Holds("a time of day");
    if (!std::in_range<int32_t>(days)) return Holds("a date out of range");
    return from_days(static_cast<int32_t>(days), out);
  });
}

EncoderPtr MakeTimestamp(const arrow::DataType& type, int modifier, bool zoned) {
  if (type.id() != Type::TIMESTAMP) return nullptr;
  const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
  if (timestamp.timezone().empty() == zoned) return nullptr;
  const int digits = SecondDigits(modifier);
  return Make<arrow::TimestampArray>(
      [unit = timestamp.unit(), digits](int64_t value, std::string& out) -> Status {
        ARROW_ASSIGN_OR_RAISE(const int64_t micros, ToMicros(value, unit, digits));
        return WriteSince2000(micros, kMicrosFromEpoch, out);
      });
}

EncoderPtr MakeTime(const arrow::DataType& type, int modifier) {
  if (!arrow::is_time(type.id())) return nullptr;
  const auto unit = static_cast<const arrow::TimeType&>(type).unit();
  auto write = [unit, digits = SecondDigits(modifier)](int64_t value, std::string& out) -> Status {
    ARROW_ASSIGN_OR_RAISE(const int64_t micros, ToMicros(value, unit, digits));
    AppendBigEndian(micros, out);
    return Status::OK();
  };
  if (type.id() == Type::TIME32) return Make<arrow::Time32Array>(write);
  return Make<arrow::Time64Array>(write);
}

EncoderPtr MakeInterval(const arrow::DataType& type) {
  if (type.id() == Type::DURATION) {
    const auto unit = static_cast<const arrow::DurationType&>(type).unit();
    return Make<arrow::DurationArray>([unit](int64_t value, std::string& out) -> Status {
      ARROW_ASSIGN_OR_RAISE(const int64_t micros, ToMicros(value, unit, kMicroDigits));
      WriteInterval(micros, 0, 0, out);
      return Status::OK();
    });
  }
  if (type.id() != Type::INTERVAL_MONTH_DAY_NANO) return nullptr;
  return Make<arrow::MonthDayNanoIntervalArray>([](const auto& value, std::string& out) -> Status {
    ARROW_ASSIGN_OR_RAISE(const int64_t micros,
                          ToMicros(value.nanoseconds, TimeUnit::NANO, kMicroDigits));
    WriteInterval(micros, value.days, value.months, out);
    return Status::OK();
  });
}

}  // namespace tideway::sql::postgres
