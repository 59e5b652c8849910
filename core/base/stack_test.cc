#include "core/base/stack.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <thread>

namespace tideway {
namespace {

// The number of frames of 64 KiB and more until the stack is deep; `most` when it never is.
[[gnu::noinline]] int FramesUntilDeep(int most) {
  if (most == 0 || StackIsDeep()) return 0;
  volatile char frame[64 << 10];
  frame[0] = 1;
  const int deeper = FramesUntilDeep(most - 1);
  return deeper + frame[0];
}

void* Count(void* frames) {
  *static_cast<int*>(frames) = FramesUntilDeep(10000);
  return nullptr;
}

int FramesOfAThread(size_t stack_bytes) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_t thread;
  int frames = -1;
  if (pthread_create(&thread, &attributes, Count, &frames) == 0) pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return frames;
}

TEST(StackTest, NewThreadIsNotDeep) {
  bool deep = true;
  std::thread([&deep] { deep = StackIsDeep(); }).join();
  EXPECT_FALSE(deep);
  EXPECT_FALSE(StackIsDeep());
}

TEST(StackTest, HalfOfASmallStackIsLeft) {
  const int frames = FramesOfAThread(size_t{12} << 20);
  EXPECT_GT(frames, 60);
  EXPECT_LE(frames, 97);
}

TEST(StackTest, LargeStackEndsAt32MiB) {
  const int frames = FramesOfAThread(size_t{256} << 20);
  EXPECT_GT(frames, 400);
  EXPECT_LE(frames, 513);
}

}  // namespace
}  // namespace tideway
