// Where a local repository keeps what. Readers of the folder see plain names; each is a link
// through `head`, so that one rename of `head` changes all of them at once.
//
//   README.md                            -> .tideway-repo/head/README.md
//   data/train-00000-of-00001.parquet    -> ../.tideway-repo/head/data/train-00000-of-00001.parquet
//   .tideway-repo/
//     format                  "1"
//     lock                    held by the writer
//     head                    -> commits/<id>
//     commits/<id>/           the files of the commit, as a reader may load them
//     commits/<id>.json       what belongs to it (manifest.h)
//     objects/<sha256>        every content once; large files of commits are hard links to these
//     tags/<tag>              -> ../commits/<id>
//     staging/                files on their way in
//
// Python loads an old version from `.tideway-repo/tags/<tag>`. Thread safety: a value.
#pragma once

#include <algorithm>
#include <string>

namespace tideway::hub {

struct Layout {
  std::string root;

  std::string State() const { return root + "/.tideway-repo"; }
  std::string Format() const { return State() + "/format"; }
  std::string Lock() const { return State() + "/lock"; }
  std::string Head() const { return State() + "/head"; }
  std::string Commits() const { return State() + "/commits"; }
  std::string Commit(const std::string& id) const { return Commits() + "/" + id; }
  std::string Manifest(const std::string& id) const { return Commits() + "/" + id + ".json"; }
  std::string Objects() const { return State() + "/objects"; }
  std::string Object(const std::string& sha256) const { return Objects() + "/" + sha256; }
  std::string Tags() const { return State() + "/tags"; }
  std::string Tag(const std::string& tag) const { return Tags() + "/" + tag; }
  std::string Staging() const { return State() + "/staging"; }
  // Where a link is made before it is renamed to its place.
  std::string NewLink() const { return State() + "/new-link"; }

  std::string Visible(const std::string& path) const { return root + "/" + path; }
  // What the link at Visible(path) says.
  static std::string VisibleTarget(const std::string& path) {
    std::string up;
    for (auto i = std::count(path.begin(), path.end(), '/'); i > 0; --i) up += "../";
    return up + ".tideway-repo/head/" + path;
  }
};

}  // namespace tideway::hub
