#include "core/tokens/model.h"

#include <nlohmann/json.hpp>

#include "core/tokens/bpe.h"
#include "core/tokens/json_fields.h"
#include "core/tokens/word_piece.h"

namespace tideway::tokens {

Result<std::unique_ptr<const Model>> MakeModel(const nlohmann::json& model, bool bytes) {
  Fields fields(model, "model");
  const std::string type = fields.Type();
  const bool merges = fields.Find("merges") != nullptr;  // older files do not tell the type
  if (type == "BPE" || (type.empty() && merges)) return Bpe::FromJson(model, bytes);
  if (type != "WordPiece") return UnknownType(fields, type, {"BPE", "WordPiece"});
  if (bytes) return Unfit("model", "WordPiece with the pre-tokenizer ByteLevel is not known here");
  return WordPiece::FromJson(model);
}

}  // namespace tideway::tokens
