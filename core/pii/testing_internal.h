// What the tests of this folder share: the labelled documents of tests/data/pii. Test code only.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/pii/find.h"
#include "core/pii/scan_internal.h"

namespace tideway::pii::testing {

using Texts = std::vector<std::string>;

struct Document {
  std::string text;
  std::vector<std::pair<std::string, Finding>> labels;  // kind, and where it is
};

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string DataFolder() { return TIDEWAY_SOURCE_DIR "/tests/data/pii"; }

// A text whose values stand between marks: "write to ⟦email:a@b.io⟧"; see tests/data/pii/README.md.
inline Document Unmarked(std::string_view marked) {
  constexpr std::string_view kOpen = "⟦", kClose = "⟧", kDot = "·";
  Document document;
  for (size_t i = 0; i < marked.size();) {
    const size_t open = std::min(marked.find(kOpen, i), marked.size());
    document.text += marked.substr(i, open - i);
    if (open == marked.size()) break;
    const size_t colon = marked.find(':', open), close = marked.find(kClose, open);
    const size_t name = open + kOpen.size();
    std::string value(marked.substr(colon + 1, close - colon - 1));
    for (size_t dot; (dot = value.find(kDot)) != value.npos;) value.erase(dot, kDot.size());
    const auto begin = static_cast<int64_t>(document.text.size());
    const Finding place{.begin = begin, .end = begin + static_cast<int64_t>(value.size())};
    document.labels.emplace_back(marked.substr(name, colon - name), place);
    document.text += value;
    i = close + kClose.size();
  }
  return document;
}

inline std::vector<Document> LabelledDocuments() {
  std::vector<Document> documents;
  for (const auto& file : std::filesystem::directory_iterator(DataFolder() + "/labelled")) {
    const std::string text = "\n" + ReadAll(file.path());
    constexpr std::string_view kBetween = "\n----\n";
    for (size_t i = 1; i <= text.size();) {
      const size_t end = std::min(text.find(kBetween, i), text.size());
      documents.push_back(Unmarked(std::string_view(text).substr(i, end - i)));
      i = end + kBetween.size();
    }
  }
  return documents;
}

inline std::vector<std::string> HostileLines() {
  std::vector<std::string> lines;
  std::istringstream text(ReadAll(DataFolder() + "/hostile.txt"));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

inline Finder MakeFinder(const FindOptions& options = {}) {
  return Finder::Make(options).ValueOrDie();
}

// The findings as "kind:value", which is what tests want to read.
inline std::vector<std::string> Found(std::string_view text, const FindOptions& options = {}) {
  const Finder finder = MakeFinder(options);
  std::vector<std::string> found;
  for (const Finding& one : finder.Find(text)) {
    found.push_back(std::string(finder.NameOf(one.kind)) + ":" +
                    std::string(text.substr(static_cast<size_t>(one.begin),
                                            static_cast<size_t>(one.end - one.begin))));
  }
  return found;
}

}  // namespace tideway::pii::testing
