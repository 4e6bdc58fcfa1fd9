/* Foreign code that holds the only reference to an object: in its frame, or in
 * a register that managed code and the runtime must leave alone. Waits without
 * calling anything. */
void *hold_in_frame(void *(*make)(void), volatile int *go_on,
                    volatile int *is_held) {
  void *volatile place[4];
  place[2] = make();
  *is_held = 1;
  while (!*go_on)
    ;
  return place[2];
}

#define HOLD_IN(reg)                                                           \
  void *hold_in_##reg(void *(*make)(void), volatile int *go_on,                \
                      volatile int *is_held) {                                 \
    void *object = make();                                                     \
    __asm__ volatile("push %%" #reg "\n\t"                                     \
                     "mov %0, %%" #reg "\n\t"                                  \
                     "xor %%eax, %%eax\n\t"                                    \
                     "xor %0, %0\n\t"                                          \
                     "movl $1, (%2)\n"                                         \
                     "1: pause\n\t"                                            \
                     "cmpl $0, (%1)\n\t"                                       \
                     "je 1b\n\t"                                               \
                     "mov %%" #reg ", %0\n\t"                                  \
                     "pop %%" #reg                                             \
                     : "+&D"(object)                                           \
                     : "S"(go_on), "d"(is_held)                                \
                     : "rax", "memory", "cc");                                 \
    return object;                                                             \
  }
HOLD_IN(rbx)
HOLD_IN(rbp)
HOLD_IN(r12)
HOLD_IN(r13)
HOLD_IN(r14)
HOLD_IN(r15)

/* The same, while this thread runs managed code below. */
#define KEEP_IN(reg)                                                           \
  void *keep_in_##reg(void *(*make)(void), void (*work)(void)) {               \
    void *object = make();                                                     \
    __asm__ volatile("push %%" #reg "\n\t"                                     \
                     "mov %%rsp, %%rax\n\t"                                    \
                     "sub $256, %%rsp\n\t"                                     \
                     "and $-16, %%rsp\n\t"                                     \
                     "push %%rax\n\t"                                          \
                     "sub $8, %%rsp\n\t"                                       \
                     "mov %0, %%" #reg "\n\t"                                  \
                     "xor %0, %0\n\t"                                          \
                     "call *%1\n\t"                                            \
                     "mov %%" #reg ", %0\n\t"                                  \
                     "add $8, %%rsp\n\t"                                       \
                     "pop %%rsp\n\t"                                           \
                     "pop %%" #reg                                             \
                     : "+&D"(object)                                           \
                     : "S"(work)                                               \
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11",          \
                       "memory", "cc");                                        \
    return object;                                                             \
  }
KEEP_IN(rbx)
KEEP_IN(r12)
KEEP_IN(r13)
KEEP_IN(r14)
KEEP_IN(r15)
