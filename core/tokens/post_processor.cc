#include "core/tokens/post_processor.h"

#include <nlohmann/json.hpp>
#include <string>

#include "core/tokens/json_fields.h"

namespace tideway::tokens {
namespace {

using nlohmann::json;

constexpr const char* kWhere = "post_processor";

// ["[SEP]", 102]
Result<int32_t> ReadPair(const json& pair, const std::string& name) {
  if (pair.is_array() && pair.size() == 2 && pair[1].is_number_integer()) {
    return pair[1].get<int32_t>();
  }
  return Unfit(kWhere, name + " must be a token and its id: " + pair.dump(-1, ' ', true));
}

Result<SpecialIds> ReadBert(Fields& fields) {
  SpecialIds ids;
  ARROW_ASSIGN_OR_RAISE(ids.before.emplace_back(), ReadPair(fields.Get("cls"), "cls"));
  ARROW_ASSIGN_OR_RAISE(ids.after.emplace_back(), ReadPair(fields.Get("sep"), "sep"));
  fields.Ignore("trim_offsets");
  fields.Ignore("add_prefix_space");
  RETURN_NOT_OK(fields.Finish());
  return ids;
}

// {"SpecialToken": {"id": "[CLS]", ...}} or {"Sequence": {"id": "A", ...}}
Status ReadPiece(const json& piece, const json& specials, bool* text_seen, SpecialIds& ids) {
  if (piece.is_object() && piece.contains("Sequence")) {
    if (*text_seen || piece["Sequence"].value("id", "") != "A") {
      return Unfit(kWhere, "the text must come once in the template of a single one");
    }
    *text_seen = true;
    return Status::OK();
  }
  if (!piece.is_object() || !piece.contains("SpecialToken")) {
    return Unfit(kWhere, "no piece of a template: " + piece.dump(-1, ' ', true));
  }
  const std::string name = piece["SpecialToken"].value("id", "");
  if (!specials.is_object() || !specials.contains(name) || !specials[name].contains("ids")) {
    return Unfit(kWhere, "special_tokens has no ids of `" + name + "`");
  }
  for (const json& id : specials[name]["ids"]) {
    if (!id.is_number_integer()) return Unfit(kWhere, "no id of `" + name + "`: " + id.dump());
    (*text_seen ? ids.after : ids.before).push_back(id.get<int32_t>());
  }
  return Status::OK();
}

Result<SpecialIds> ReadTemplate(Fields& fields) {
  const json& single = fields.Get("single");
  const json& specials = fields.Get("special_tokens");
  fields.Ignore("pair");
  RETURN_NOT_OK(fields.Finish());
  SpecialIds ids;
  bool text_seen = false;
  for (const json& piece : single) RETURN_NOT_OK(ReadPiece(piece, specials, &text_seen, ids));
  if (!text_seen) return Unfit(kWhere, "the text is missing in the template of a single one");
  return ids;
}

Result<SpecialIds> ReadSequence(Fields& fields) {
  const json& list = fields.Get("processors");
  RETURN_NOT_OK(fields.Finish());
  SpecialIds all;
  for (const json& processor : list) {
    ARROW_ASSIGN_OR_RAISE(const SpecialIds ids, ReadSpecialIds(processor));
    if (ids.before.empty() && ids.after.empty()) continue;
    if (!all.before.empty() || !all.after.empty()) {
      return Unfit(kWhere, "a Sequence of two that add tokens is not known here");
    }
    all = ids;
  }
  return all;
}

}  // namespace

Result<SpecialIds> ReadSpecialIds(const json& json) {
  if (json.is_null()) return SpecialIds();
  Fields fields(json, kWhere);
  const std::string type = fields.Type();
  if (type == "BertProcessing" || type == "RobertaProcessing") return ReadBert(fields);
  if (type == "TemplateProcessing") return ReadTemplate(fields);
  if (type == "Sequence") return ReadSequence(fields);
  if (type == "ByteLevel") return SpecialIds();
  return UnknownType(
      fields, type,
      {"BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"});
}

}  // namespace tideway::tokens
