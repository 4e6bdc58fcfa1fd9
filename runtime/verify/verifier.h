// The heap verifier: a second walk over the whole heap and all roots, with code
// of its own.
//
// 1. Every segment of every pool is walked, object by object; each object's
//    first word is noted in a table of the verifier's own.
// 2. Every reference, of every root and every object, must lead to a noted
//    word, or outside of the arena, or be an immediate.
// 3. Every slot of a settled object that leads to one that is not settled must
//    be known to the write log.
//
//   V1  a header leads to a plausible type descriptor
//   V2  objects fill their segment exactly
//   V3  a reference leads to an object
//   V4  an old slot that leads to a young object is logged (invariant W1)
//   V5  objects are aligned as their types say
//   V6  managed frames are in root tables, and root tables are in order
//   V7  outside of a collection, nothing is white, marked or forwarded
//
// A breach is a failed check: the plinth's assertion handler gets the rule, the
// place and the value, and the process aborts if it returns: a heap that is
// broken is not collected.
// It finds frames by a walk of its own. With the world stopped only.
#ifndef MPS_VERIFY_VERIFIER_H
#define MPS_VERIFY_VERIFIER_H

#include "pool/pool.h"
#include "stack/root_source.h"
#include "trace/write_log.h"

namespace mps {

class Verifier {
public:
  Verifier(Arena &arena, Pool *pools, RootSource *roots, WriteLog &writeLog)
      : arena_(arena), pools_(pools), roots_(roots), writeLog_(writeLog) {}
  void run(const char *when);

private:
  Arena &arena_;
  Pool *pools_;
  RootSource *roots_;
  WriteLog &writeLog_;
};

} // namespace mps

#endif
