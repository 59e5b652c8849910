// Beyond which numbers a column's outliers lie (OutlierRule).
//
// Threads: functions are pure.
#pragma once

#include <optional>
#include <utility>

#include "core/dataset/summary/value_sketch.h"
#include "core/validate/rules.h"

namespace tideway::validate {

// The least and the greatest number that is none; nothing where all are equal or there are none.
std::optional<std::pair<double, double>> FencesOf(const dataset::ValueSketch& sketch,
                                                  const OutlierRule& rule);

}  // namespace tideway::validate
