#include "core/base/hash.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <set>

#include "core/base/file.h"

using namespace std::string_literals;

namespace tideway {
namespace {

// FIPS 180-4's own examples.
TEST(GitBlob, IsNamedAsGitNamesIt) {
  EXPECT_EQ(GitBlobHex(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(GitBlobHex("test content\n"), "d670460b4b4aece5915caf5c68d12f560a9fe3e4");
}

TEST(Sha256, GivesTheStandardsValues) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, GivesTheSameAsBytesEachTime) {
  for (int i = 0; i < 2; ++i) {
    const Sha256Digest digest = Sha256Bytes("abc");
    EXPECT_EQ(std::string(digest.data(), 4), "\xba\x78\x16\xbf");
    EXPECT_EQ(std::string(digest.data() + 28, 4), "\xf2\x00\x15\xad"s);
  }
}

TEST(Sha256, ADigestAndItsDigitsAreOne) {
  EXPECT_EQ(Sha256OfHex(Sha256Hex("abc")), Sha256Bytes("abc"));
  for (const std::string& bad : {""s, std::string(63, 'a'), std::string(65, 'a'),
                                 std::string(64, 'g'), std::string(64, 'A')}) {
    EXPECT_EQ(Sha256OfHex(bad), std::nullopt) << bad;
  }
}

TEST(Sha256, PiecesGiveTheHashOfTheWhole) {
  Sha256 hasher;
  hasher.Update("a");
  Sha256 moved = std::move(hasher);
  moved.Update("");
  moved.Update("bc");
  EXPECT_EQ(moved.Finish(), Sha256Hex("abc"));
}

TEST(Md5, GivesTheStandardsValues) {
  EXPECT_EQ(Md5().Finish(), "d41d8cd98f00b204e9800998ecf8427e");
  Md5 hasher;
  hasher.Update("message ");
  hasher.Update("digest");
  EXPECT_EQ(hasher.Finish(), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Sha256File, HashesContentLongerThanAPiece) {
  char path[] = "/tmp/tideway-hash-XXXXXX";
  close(mkstemp(path));
  const std::string bytes((1 << 20) + 17, 'x');
  ASSERT_TRUE(WriteFileAtomic(path, bytes).ok());
  EXPECT_EQ(*Sha256File(path), Sha256Hex(bytes));
  unlink(path);
}

TEST(Sha256File, NamesAFileThatIsMissingOrAFolder) {
  EXPECT_EQ(KindOf(Sha256File("/nowhere/x").status()), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(Sha256File("/tmp").status()), ErrorKind::kIo);
}

// Values are part of fingerprints and of every seeded choice: they must never change.
TEST(Hash, ValuesAreFixedForEver) {
  EXPECT_EQ(Hash64(""), 0x2d06800538d394c2ULL);
  EXPECT_EQ(Hash64("tideway", 42), Hash64("tideway", 42));
  EXPECT_NE(Hash64("tideway", 42), Hash64("tideway", 43));
  EXPECT_EQ(Hash128Hex(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(Mix64(0, 0), 0x7fdd88ab03a824dULL);
}

TEST(Mix64, NeverCollidesForOneSeed) {
  std::set<uint64_t> seen;
  for (uint64_t i = 0; i < 10000; ++i) seen.insert(Mix64(i, 42));
  EXPECT_EQ(seen.size(), 10000);
}

}  // namespace
}  // namespace tideway
