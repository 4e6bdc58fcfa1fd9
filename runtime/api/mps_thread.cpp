// Threads of the C interface.
#include "api/thread_handle.h"

using namespace mps;

mps_res_t mps_thread_reg(mps_thr_t *thr_o, mps_arena_t arena) {
  if (!isGiven(thr_o) || !isGiven(arena))
    return MPS_RES_PARAM;
  Thread *thread = Thread::use();
  if (thread == nullptr)
    return MPS_RES_MEMORY;
  platform::Locked locked(arena->lock());
  auto *registration = arena->arena().control().make<mps_thr_s>();
  if (registration == nullptr) {
    thread->release();
    return MPS_RES_MEMORY;
  }
  registration->thread = thread;
  registration->arena = arena;
  arena->world().add(*registration);
  ++arena->threads;
  *thr_o = registration;
  return MPS_RES_OK;
}

void mps_thread_dereg(mps_thr_t thr) {
  if (!isGiven(thr))
    return;
  mps_arena_s &arena = *thr->arena;
  platform::Locked locked(arena.lock());
  if (!assertClient(thr->roots == 0,
                    "mps_thread_dereg: the thread still has roots"))
    return;
  arena.world().remove(*thr);
  thr->thread->release();
  --arena.threads;
  arena.arena().control().destroy(thr);
}
