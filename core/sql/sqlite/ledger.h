// A Ledger in a SQLite file.
#pragma once

#include "core/sql/ledger.h"

namespace tideway::sql::sqlite {

// A file on a network, where SQLite's locks may not hold, is warned of.
Result<std::unique_ptr<Ledger>> OpenLedger(std::string_view uri, const LedgerOptions& options,
                                           const CancelToken& cancel);

}  // namespace tideway::sql::sqlite
