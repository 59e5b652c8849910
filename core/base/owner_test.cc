#include "core/base/owner.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace tideway {
namespace {

// A child that runs `work` with the end of a pipe to write to.
class Child {
 public:
  explicit Child(const std::function<void(int)>& work) {
    EXPECT_EQ(pipe(pipe_), 0);
    pid_ = fork();
    if (pid_ == 0) {
      work(pipe_[1]);
      _exit(0);
    }
    close(pipe_[1]);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(pipe_[0]);
  }
  std::string Read() const {
    char text[200];
    const ssize_t size = read(pipe_[0], text, sizeof text);
    return {text, static_cast<size_t>(std::max<ssize_t>(size, 0))};
  }
  // Until it has ended; its status is not taken.
  void AwaitEnd() const {
    siginfo_t info;
    EXPECT_EQ(waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT), 0);
  }

 private:
  int pipe_[2] = {};
  pid_t pid_ = 0;
};

void Tell(int pipe, const std::string& text) {
  if (write(pipe, text.data(), text.size()) < 0) _exit(1);
}

TEST(Owner, IsAliveUntilItsProcessEnds) {
  EXPECT_FALSE(OwnerIsGone(OwnerMark()));
  EXPECT_TRUE(OwnerIsGone(OwnerMark() + "1")) << "same id, other start: a later process";
}

TEST(Owner, IsGoneWhenItEndedThoughItsParentHasNotNoticed) {
  const Child child([](int pipe) { Tell(pipe, OwnerMark()); });
  const std::string mark = child.Read();
  child.AwaitEnd();
  EXPECT_TRUE(OwnerIsGone(mark)) << mark;
}

// Of a process whose first thread has ended.
void* TellAndPause(void* pipe) {
  const auto leader_ended = [] {
    std::ifstream stat("/proc/self/stat");
    return std::string(std::istreambuf_iterator<char>(stat), {}).find(") Z ") != std::string::npos;
  };
  while (!leader_ended()) sched_yield();
  Tell(*static_cast<int*>(pipe), OwnerMark());
  pause();
  return nullptr;
}

TEST(Owner, IsAliveAsLongAsAnyOfItsThreads) {
  const Child child([](int pipe) {
    static int to = pipe;
    // ThreadSanitizer takes one whose stack lies where its own thread's did for that.
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1 << 20);
    pthread_t thread;
    pthread_create(&thread, &attributes, TellAndPause, &to);
    syscall(SYS_exit, 0);  // of this thread alone
  });
  const std::string mark = child.Read();
  EXPECT_NE(mark, "");
  EXPECT_FALSE(OwnerIsGone(mark)) << mark;
}

TEST(Owner, OfAnotherMachineOrNoOwnerIsNeverGone) {
  const std::string mark = OwnerMark();
  const std::string host = mark.substr(0, mark.find('-'));
  for (const std::string& bad :
       {std::string(), std::string("x"), host, host + "-", host + "-5", host + "-5-", host + "-5-x",
        host + "--1-1", host + "-1-1-1", std::string("deadbeef-999999-1")}) {
    EXPECT_FALSE(OwnerIsGone(bad)) << bad;
  }
}

}  // namespace
}  // namespace tideway
