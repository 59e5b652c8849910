-- A tokenizer.json of byte-level BPE, made by hand: all bytes, <s> and </s>, and a few merges. Real ones are trained
-- by Python's tokenizers, and come from the Hub: tw.tokens.load "hf://microsoft/codebert-base/tokenizer.json".
local tw = require "tideway"

local MERGES = {
  "Ġ Ġ", "o r", "f or", "i n", "Ġ in", "e n", "en d", "p r", "in t", "pr int", "r e", "re t", "u r", "ret ur",
  "retur n", "Ġ x", "l o", "c a", "ca l", "lo cal", "Ġ =", "Ċ ĠĠ",
}

-- The character that a byte is written as: itself, where that is a visible one of Latin-1.
local function byte_characters()
  local characters, other = {}, 0x100
  local function utf8(code)
    if code < 0x80 then return string.char(code) end
    return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64)
  end
  for byte = 0, 255 do
    if byte >= 33 and byte <= 126 or byte >= 161 and byte ~= 173 then
      characters[byte] = utf8(byte)
    else
      characters[byte], other = utf8(other), other + 1
    end
  end
  return characters
end

local function added(id, content)
  return { id = id, content = content, special = true, normalized = false }
end

--- Writes the file and returns its path.
return function()
  local vocab, size = { ["<s>"] = 0, ["</s>"] = 1 }, 2
  local function add(token)
    vocab[token], size = size, size + 1
  end
  local characters = byte_characters()
  for byte = 0, 255 do add(characters[byte]) end
  for _, merge in ipairs(MERGES) do add((merge:gsub(" ", ""))) end
  local path = tw.path.scratch "tokenizer.json"
  tw.path.write(path, tw.json.encode {
    version = "1.0",
    added_tokens = { added(0, "<s>"), added(1, "</s>") },
    pre_tokenizer = { type = "ByteLevel", add_prefix_space = false },
    post_processor = { type = "RobertaProcessing", cls = { "<s>", 0 }, sep = { "</s>", 1 } },
    decoder = { type = "ByteLevel" },
    model = { type = "BPE", vocab = vocab, merges = MERGES },
  })
  return path
end
