#include "core/hub/data_format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <tuple>

#include "core/base/ascii.h"

namespace tideway::hub {
namespace {

struct Module {
  std::string_view name;
  bool upper;                   // written in capitals, they are its extensions too
  std::string_view extensions;  // without dots
};

// datasets/packaged_modules/__init__.py of datasets 5.2.0.
constexpr Module kModules[] = {
    {"csv", false, "csv tsv"},
    {"json", false, "json jsonl ndjson"},
    {"parquet", false, "parquet geoparquet gpq"},
    {"arrow", false, "arrow"},
    {"text", false, "txt"},
    {"conll", false, "conll conllu"},
    {"webdataset", false, "tar"},
    {"xml", false, "xml"},
    {"hdf5", false, "hdf5 h5"},
    {"eval", false, "eval"},
    {"harbor", false, "toml md"},
    {"lance", false, "lance"},
    {"tsfile", false, "tsfile"},
    {"vortex", false, "vortex"},
    {"fasta", false, "fa fasta fna ffn faa frn afa"},
    {"genbank", false, "gb gbk genbank"},
    {"fastq", false, "fq fastq"},
    {"pdb", true, "pdb ent"},
    {"mmcif", false, "cif mmcif"},
    {"imagefolder", true,
     "blp bmp dib bufr cur pcx dcx dds ps eps fit fits fli flc ftc ftu gbr gif grib "
     "png apng jp2 j2k jpc jpf jpx j2c icns ico im iim tif tiff jfif jpe jpg jpeg msp "
     "pcd pxr pbm pgm ppm pnm psd bw rgb rgba sgi ras tga icb vda vst webp wmf emf xbm "
     "xpm"},
    {"audiofolder", true,
     "mpg aiff au avr caf flac htk svx mat4 mat5 mpc2k ogg paf pvf raw rf64 sd2 sds "
     "ircam voc w64 wav nist wavex wve xi mp3 opus 3gp 3g2 asf flv m4v webm f4v wmv "
     "wma ogm mxf nut"},
    {"videofolder", true, "mpeg avi mp4 mov mkv"},
    {"meshfolder", true, "glb gltf ply stl"},
    {"pdffolder", true, "pdf"},
    {"niftifolder", true, "nii"},
};

constexpr std::array<std::string_view, 6> kMetadataNames = {
    "instruction.md", "latest_version_hint.json", "metadata.csv",
    "metadata.jsonl", "metadata.parquet",         "task.toml"};
constexpr std::string_view kZip = "zip";
constexpr std::string_view kLanceParts = "idx manifest txn";

// The words of `text`, between which `separator` stands.
std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

bool HasWord(std::string_view list, std::string_view word) {
  return !word.empty() && std::ranges::count(SplitAt(list, ' '), word) > 0;
}

// What stands between the dots of a file's name, and after the last.
std::vector<std::string_view> Suffixes(std::string_view path) {
  std::vector<std::string_view> words = SplitAt(BaseName(path), '.');
  words.erase(words.begin());
  return words;
}

// The module of a suffix in small letters; null when there is none.
const Module* ModuleOf(std::string_view suffix) {
  const auto* found = std::ranges::find_if(
      kModules, [suffix](const Module& module) { return HasWord(module.extensions, suffix); });
  return found == std::end(kModules) ? nullptr : found;
}

bool IsDataSuffix(std::string_view suffix) {
  if (suffix == kZip || HasWord(kLanceParts, suffix)) return true;
  const std::string lower = LowerAscii(suffix);
  const Module* module = ModuleOf(lower);
  if (module == nullptr) return false;
  const bool capitals =
      std::ranges::none_of(suffix, [](unsigned char c) { return std::islower(c); });
  return suffix == lower || (module->upper && capitals);
}

// The greater it is, the rather its extension decides: (no metadata, files, favourite, name).
using Weight = std::tuple<bool, int, int, std::string>;

int Favourite(std::string_view suffix) {
  constexpr std::array<std::string_view, 7> kLeastFirst = {"csv",    "json",  "jsonl",  "arrow",
                                                           "vortex", "lance", "parquet"};
  const auto* found = std::ranges::find(kLeastFirst, suffix);
  return found == kLeastFirst.end() ? 0 : static_cast<int>(found - kLeastFirst.begin()) + 1;
}

std::vector<Weight> Weights(const std::vector<std::string>& files) {
  std::map<std::pair<std::string, bool>, int> counts;
  for (const std::string& file : files) {
    const bool metadata = std::ranges::count(kMetadataNames, BaseName(file)) > 0;
    for (const std::string_view suffix : Suffixes(file)) ++counts[{LowerAscii(suffix), metadata}];
  }
  std::vector<Weight> weights;
  for (const auto& [key, count] : counts) {
    weights.emplace_back(!key.second, count, Favourite(key.first), key.first);
  }
  std::ranges::sort(weights, std::greater<>());
  return weights;
}

// Whether `path` holds `.extension` at its end or before another `.`.
bool HasExtension(std::string_view path, std::string_view extension) {
  const std::string dotted = "." + std::string(extension);
  for (size_t at = path.find(dotted); at != path.npos; at = path.find(dotted, at + 1)) {
    const std::string_view rest = path.substr(at + dotted.size());
    if (rest.empty() || (rest[0] == '.' && rest.size() > 1)) return true;
  }
  return false;
}

bool IsMetadataOf(const Module& module, std::string_view path) {
  return std::ranges::any_of(kMetadataNames, [&](std::string_view name) {
    const bool of_media = name.starts_with("metadata.");
    const bool belongs = of_media ? module.upper || module.name == "mmcif"
                         : name == "latest_version_hint.json" ? module.name == "lance"
                                                              : module.name == "harbor";
    return belongs && path.ends_with(name);
  });
}

bool Reads(const Module& module, std::string_view path) {
  const auto has = [path](std::string_view extension) { return HasExtension(path, extension); };
  const auto has_upper = [&](std::string_view extension) {
    std::string upper(extension);
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    return has(upper);
  };
  const auto extensions = SplitAt(module.extensions, ' ');
  if (has(kZip) || std::ranges::any_of(extensions, has)) return true;
  if (module.upper && std::ranges::any_of(extensions, has_upper)) return true;
  if (module.name == "lance" && std::ranges::any_of(SplitAt(kLanceParts, ' '), has)) return true;
  return IsMetadataOf(module, path);
}

}  // namespace

bool DataFormat::operator==(const DataFormat& other) const {
  const auto differs = [this, &other](std::string_view special) {
    return (extension == special) != (other.extension == special);
  };
  return module == other.module && !differs(".tsv") && !differs(".conllu");
}

std::string_view BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

bool IsDataFile(std::string_view path) { return std::ranges::any_of(Suffixes(path), IsDataSuffix); }

std::optional<DataFormat> InferFormat(const std::vector<std::string>& files) {
  for (const Weight& weight : Weights(files)) {
    const std::string& suffix = std::get<std::string>(weight);
    if (suffix == kZip) return DataFormat{std::string(kZip), ".zip"};
    if (const Module* module = ModuleOf(suffix)) {
      return DataFormat{std::string(module->name), "." + suffix};
    }
  }
  return std::nullopt;
}

std::vector<std::string> FilesOf(const DataFormat& format, std::vector<std::string> files) {
  const auto* module = std::ranges::find(kModules, format.module, &Module::name);
  if (module == std::end(kModules)) return files;
  std::erase_if(files, [module](const std::string& file) { return !Reads(*module, file); });
  return files;
}

}  // namespace tideway::hub
