#include "core/hub/find_split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/log.h"
#include "core/hub/converted_files.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kParquetModule = "parquet";
const std::map<std::string_view, FileFormat> kFormats = {{kParquetModule, FileFormat::kParquet},
                                                         {"csv", FileFormat::kCsv},
                                                         {"json", FileFormat::kJson},
                                                         {"text", FileFormat::kText},
                                                         {"arrow", FileFormat::kArrow}};

// Parameters in a card that change what Python's readers give, and that ours do not have.
const std::map<std::string_view, std::vector<std::string_view>> kUnread = {
    {"csv",
     {"header",         "names",     "column_names", "index_col",  "usecols",     "skiprows",
      "nrows",          "quotechar", "quoting",      "escapechar", "comment",     "encoding",
      "skipfooter",     "decimal",   "thousands",    "na_values",  "true_values", "false_values",
      "lineterminator", "dialect",   "doublequote"}},
    {"json", {"field", "encoding"}},
    {"text", {"sample_by", "keep_linebreaks", "encoding"}},
    {"parquet", {"columns", "filters"}}};

template <typename T>
std::string NamesOf(const std::vector<T>& list) {
  std::vector<std::string> names;
  for (const T& one : list) names.push_back(one.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

// The one of `name`; the only one, or the default, when it is empty.
template <typename T>
Result<const T*> Choose(const std::vector<T>& list, const std::string& name, const char* noun,
                        const char* option, const T* fallback) {
  if (name.empty() && list.size() == 1) return &list[0];
  if (name.empty() && fallback != nullptr) return fallback;
  if (name.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("hub: which {}? there are {}", noun, NamesOf(list)))
        .Hint(fmt::format("name one: repo:read({})", option));
  }
  const auto found = std::ranges::find(list, name, &T::name);
  if (found != list.end()) return &*found;
  return Error(ErrorKind::kNotFound,
               fmt::format("hub: no {} `{}`: there are {}", noun, name, NamesOf(list)))
      .Hint("see what there is with repo:configs()");
}

const CardConfig* DefaultOf(const std::vector<CardConfig>& configs) {
  const auto found = std::ranges::find(configs, true, &CardConfig::is_default);
  return found == configs.end() ? nullptr : &*found;
}

Result<const CardConfig*> ChooseConfig(const std::vector<CardConfig>& configs,
                                       const std::string& name) {
  return Choose(configs, name, "configuration", "split, { config = \"...\" }", DefaultOf(configs));
}

Result<const DataSplit*> ChooseSplit(const std::vector<DataSplit>& splits,
                                     const std::string& name) {
  return Choose<DataSplit>(splits, name, "split", "\"...\"", nullptr);
}

Error NotRead(const std::string& file, const std::string& extension) {
  return Error(ErrorKind::kData,
               fmt::format("hub: files of {} are not read here: {}", extension, file))
      .Hint(
          "read parquet, csv, tsv, json lines, txt and arrow; with { parquet = true } what the "
          "Hub has converted");
}

// The format of the split's files, all of one.
Result<DataFormat> FormatOf(const DataSplit& split) {
  const auto format = InferFormat(split.files);
  if (!format) {
    return Error(ErrorKind::kData, fmt::format("hub: split {} has no data files", split.name))
        .Hint("mend its patterns in the key `configs` of README.md");
  }
  for (const std::string& file : split.files) {
    const auto own = InferFormat({file});
    if (!own || !(*own == *format)) return NotRead(file, own ? own->extension : "no known name");
  }
  if (!kFormats.contains(format->module)) return NotRead(split.files[0], format->extension);
  return *format;
}

Status CheckParameters(const CardConfig& config, const DataFormat& format) {
  const auto unread = kUnread.find(format.module);
  if (unread == kUnread.end()) return Status::OK();
  for (const auto& [name, value] : config.parameters.items()) {
    if (value.is_null() || std::ranges::count(unread->second, name) == 0) continue;
    return Error(ErrorKind::kData, fmt::format("hub: configuration {}: the parameter `{}` of its "
                                               "files is not read here: {}",
                                               config.name, name, value.dump()))
        .Hint("read the files with tw.dataset, which has options for them");
  }
  return Status::OK();
}

Result<char> DelimiterOf(const CardConfig& config, const DataFormat& format) {
  for (const char* name : {"delimiter", "sep"}) {
    const auto found = config.parameters.find(name);
    if (found == config.parameters.end() || found->is_null()) continue;
    const bool good = found->is_string() && found->get_ref<const std::string&>().size() == 1;
    if (good) return found->get_ref<const std::string&>()[0];
    return Error(ErrorKind::kData, fmt::format("hub: configuration {}: {} is not one byte: {}",
                                               config.name, name, found->dump()))
        .Hint("mend the key `configs` of README.md");
  }
  return format.extension == ".tsv" ? '\t' : ',';
}

Result<DataFiles> Layout(const Checkout& checkout) {
  DataSource source{.card = checkout.card, .extra = checkout.extra, .paths = {}};
  for (const auto& [path, _] : checkout.files) source.paths.push_back(path);
  return DataFiles::Read(std::move(source));
}

Result<FoundSplit> FindFiles(const Checkout& checkout, const DataFiles& data,
                             const SplitRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const CardConfig* config, ChooseConfig(data.configs(), request.config));
  ARROW_ASSIGN_OR_RAISE(const auto splits, data.Splits(*config));
  ARROW_ASSIGN_OR_RAISE(const DataSplit* split, ChooseSplit(splits, request.split));
  ARROW_ASSIGN_OR_RAISE(const DataFormat format, FormatOf(*split));
  RETURN_NOT_OK(CheckParameters(*config, format));
  FoundSplit found{.paths = {}, .format = kFormats.at(format.module)};
  ARROW_ASSIGN_OR_RAISE(found.delimiter, DelimiterOf(*config, format));
  for (const std::string& file : split->files) {
    if (file.find_first_of("*?") != file.npos) {
      return Error(ErrorKind::kData,
                   fmt::format("hub: a file has `*` or `?` in its name: {}", file))
          .Hint("rename it in the repository");
    }
    found.paths.push_back(checkout.files.at(file));
  }
  if (found.format != FileFormat::kParquet) found.labels = LabelsInCard(data.card(), config->name);
  return found;
}

// From what the Hub has converted, whatever the repository's own files are.
Result<FoundSplit> FindConverted(Repository& repository, const SplitRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Checkout checkout, repository.CheckOut(kConvertedRevision));
  ARROW_ASSIGN_OR_RAISE(const auto configs, ConvertedConfigs(checkout));
  const auto by_name = std::ranges::find(configs, "default", &ConfigFiles::name);
  ARROW_ASSIGN_OR_RAISE(
      const ConfigFiles* config,
      Choose(configs, request.config, "configuration", "split, { config = \"...\" }",
             by_name == configs.end() ? nullptr : &*by_name));
  ARROW_ASSIGN_OR_RAISE(const DataSplit* split, ChooseSplit(config->splits, request.split));
  FoundSplit found;
  for (const std::string& file : split->files) found.paths.push_back(checkout.files.at(file));
  return found;
}

bool HasParquet(const Checkout& checkout) {
  return std::ranges::any_of(checkout.files, [](const auto& file) {
    const auto format = InferFormat({file.first});
    return format && format->module == kParquetModule;
  });
}

}  // namespace

Result<FoundSplit> FindSplit(Repository& repository, const SplitRequest& request) {
  if (request.parquet) return FindConverted(repository, request);
  ARROW_ASSIGN_OR_RAISE(const Checkout checkout, repository.CheckOut(request.revision));
  const auto find = [&]() -> Result<FoundSplit> {
    ARROW_ASSIGN_OR_RAISE(const DataFiles data, Layout(checkout));
    return FindFiles(checkout, data, request);
  };
  const auto found = find();
  const bool foreign = KindOf(found.status()) == ErrorKind::kData && request.revision.empty();
  if (found.ok() || !foreign || HasParquet(checkout)) return found;
  auto converted = FindConverted(repository, request);
  if (converted.ok()) {
    LogInfo("hub: {}: {}; reading what the Hub has converted to Parquet", repository.uri(),
            found.status().message());
    return converted;
  }
  LogDebug("hub: {}: no conversion: {}", repository.uri(), converted.status().message());
  return found;
}

Result<std::vector<ConfigFiles>> ListConfigs(Repository& repository, const std::string& revision) {
  ARROW_ASSIGN_OR_RAISE(const Checkout checkout, repository.CheckOut(revision));
  ARROW_ASSIGN_OR_RAISE(const DataFiles data, Layout(checkout));
  std::vector<ConfigFiles> configs;
  for (const CardConfig& config : data.configs()) {
    configs.push_back({config.name, config.is_default});
    auto splits = data.Splits(config);
    if (splits.ok()) {
      configs.back().splits = std::move(*splits);
    } else {
      configs.back().problem = splits.status().message();
    }
  }
  return configs;
}

}  // namespace tideway::hub
