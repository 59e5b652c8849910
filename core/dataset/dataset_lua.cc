#include "core/binding/dataset.h"
#include "core/binding/park.h"
#include "core/dataset/dataset_lua_internal.h"

namespace tideway::dataset {

NodePtr lua::PlanOf(lua_State* L, int index) {
  return binding::CheckObject<Dataset>(L, index)->plan();
}

using binding::Entry;
using binding::WaitingEntry;

int OpenDataset(lua_State* L) {
  return binding::PushModule(L, {
                                    {"from_rows", Entry<lua::FromRows>},
                                    {"parquet", Entry<lua::ReadParquetFiles>},
                                    {"csv", Entry<lua::ReadCsvFiles>},
                                    {"jsonl", Entry<lua::ReadJsonlFiles>},
                                    {"text", Entry<lua::ReadTextFiles>},
                                    {"files", Entry<lua::ReadWholeFilesOf>},
                                    {"arrow", Entry<lua::ReadArrowFiles>},
                                    {"select", Entry<lua::Select>},
                                    {"drop", Entry<lua::Drop>},
                                    {"rename", Entry<lua::Rename>},
                                    {"filter", Entry<lua::Filter>},
                                    {"with", Entry<lua::With>},
                                    {"cast", Entry<lua::Cast>},
                                    {"map", Entry<lua::Map>},
                                    {"flat_map", Entry<lua::FlatMap>},
                                    {"concat", Entry<lua::Concat>},
                                    {"mix", Entry<lua::Mix>},
                                    {"limit", Entry<lua::Limit>},
                                    {"skip", Entry<lua::Skip>},
                                    {"cache", Entry<lua::Cache>},
                                    {"tap", Entry<lua::Tap>},
                                    {"sample", Entry<lua::Sample>},
                                    {"encode", Entry<lua::Encode>},
                                    {"distinct", Entry<lua::Distinct>},
                                    {"group_by", Entry<lua::GroupBy>},
                                    {"join", Entry<lua::Join>},
                                    {"sort", Entry<lua::Sort>},
                                    {"pack", Entry<lua::Pack>},
                                    {"shuffle", Entry<lua::Shuffle>},
                                    {"split", Entry<lua::Split>},
                                    {"count", WaitingEntry<lua::Count>},
                                    {"describe", WaitingEntry<lua::Describe>},
                                    {"diff", WaitingEntry<lua::Diff>},
                                    {"head", WaitingEntry<lua::Head>},
                                    {"collect", WaitingEntry<lua::Collect>},
                                    {"rows", WaitingEntry<lua::Rows>},
                                    {"fetch", WaitingEntry<lua::Fetch>},
                                    {"take", Entry<lua::Take>},
                                    {"write_parquet", WaitingEntry<lua::WriteParquetRows>},
                                    {"write_parquet_parts", WaitingEntry<lua::WriteParquetParts>},
                                    {"write_arrow", WaitingEntry<lua::WriteArrowRows>},
                                    {"write_arrow_parts", WaitingEntry<lua::WriteArrowParts>},
                                    {"write_jsonl", WaitingEntry<lua::WriteJsonlRows>},
                                    {"write_jsonl_parts", WaitingEntry<lua::WriteJsonlParts>},
                                    {"write_text", WaitingEntry<lua::WriteTextRows>},
                                    {"write_tokens", WaitingEntry<lua::WriteTokensRows>},
                                    {"write_tokens_parts", WaitingEntry<lua::WriteTokensParts>},
                                    {"write_text_parts", WaitingEntry<lua::WriteTextParts>},
                                    {"write_csv", WaitingEntry<lua::WriteCsvRows>},
                                    {"write_csv_parts", WaitingEntry<lua::WriteCsvParts>},
                                    {"tee", WaitingEntry<lua::Tee>},
                                    {"schema", WaitingEntry<lua::Schema>},
                                    {"plan", Entry<lua::Plan>},
                                });
}

}  // namespace tideway::dataset
