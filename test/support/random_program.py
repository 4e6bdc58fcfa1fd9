#!/usr/bin/env python3
"""Writes a random program in managed C: the same for the same seed.

    random_program.py SEED > program.c

Its functions hold references in whatever form C knows: parameters, local
variables in memory, arrays, structures by value, conditional
expressions, loop-carried variables, globals. Every loop and recursion uses up
fuel, so that it ends; the program prints a checksum of what its references lead
to, which does not depend on where objects are.
"""
import random
import sys

HEAD = """#include "mps/managed.h"
#include <stdio.h>

struct node {
  mps_header_t header;
  struct node MPS_MANAGED *a, *b;
  uint64_t n;
};
typedef struct node MPS_MANAGED *ref;
static const mps_type_t node_type =
    MPS_TYPE(struct node, MPS_REF(struct node, a) | MPS_REF(struct node, b));
struct table {
  mps_header_t header;
  uint64_t length;
  ref items[];
};
static const mps_type_t table_type =
    MPS_ARRAY_TYPE(struct table, 0, length, items, MPS_ELEMENT_IS_REF);
struct pair {
  ref first, second;
  uint64_t weight;
};
struct two {
  ref first, second;
};

static ref global0, global1;
static struct table MPS_MANAGED *globals;
static long fuel;

static ref make(uint64_t n, ref a, ref b) {
  ref node = MPS_NEW(struct node, &node_type);
  node->n = n;
  node->a = a;
  node->b = b;
  return node;
}
static uint64_t sum(ref node, int depth) {
  if (!node)
    return 1;
  uint64_t result = node->n * 31;
  if (depth > 0)
    result += 7 * sum(node->a, depth - 1) + 13 * sum(node->b, depth - 1);
  return result;
}
__attribute__((noinline)) static struct pair pair_of(ref a, ref b, uint64_t n) {
  struct pair pair = {make(n, b, a), a ? a : b, n};
  return pair;
}
__attribute__((noinline)) static ref pick(struct two two, uint64_t n) {
  ref made = make(n, two.second, 0);
  return n % 3 ? two.first : made;
}
__attribute__((noinline)) static struct two turned(struct two two) {
  struct two result = {two.second, make(5, two.first, two.second)};
  return result;
}
"""


class Writer:
    REFS = ["p", "q", "r0", "r1", "r2", "local[0]", "local[1]", "local[2]",
            "both.first", "both.second",
            "two.first", "two.second"]

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.functions = self.random.randint(3, 5)
        self.loops = 0

    def choose(self, *choices):
        return self.random.choice(choices)

    def number(self):
        return self.choose("i", "both.weight", str(self.random.randint(0, 99)),
                           "(i * 5 + 1)")

    def ref(self, depth=2):
        kind = self.random.randint(0, 9 if depth > 0 else 2)
        if kind <= 2:
            return self.choose(*self.REFS, "global0", "global1", "(ref)0")
        sub = lambda: self.ref(depth - 1)
        if kind == 3:
            name = self.choose(*self.REFS)
            return f"({name} ? {name}->{self.choose('a', 'b')} : {sub()})"
        if kind == 4:
            return f"({self.number()} % 2 ? {sub()} : {sub()})"
        if kind == 5:
            return f"make({self.number()}, {sub()}, {sub()})"
        if kind == 6:
            return f"f{self.random.randrange(self.functions)}({sub()}, {sub()}, {self.number()})"
        if kind == 7:
            return f"globals->items[{self.number()} % 8]"
        if kind == 8:
            return f"pick({self.choose('two', 'turned(two)')}, {self.number()})"
        return f"local[{self.number()} % 3]"

    def statement(self, depth):
        kind = self.random.randint(0, 11 if depth > 0 else 7)
        name = self.choose(*self.REFS)
        if kind <= 2:
            yield f"{name} = {self.ref()};"
        elif kind == 3:
            yield (f"if ({name}) {name}->{self.choose('a', 'b')} = "
                   f"{self.choose(*self.REFS)};")
        elif kind == 4:
            other = self.choose(*self.REFS)
            yield (f"{{ ref kept = {name}; {name} = make(3, {other}, 0); "
                   f"{other} = kept; }}")
        elif kind == 5:
            yield self.choose(
                f"both = pair_of({self.ref(1)}, {self.ref(1)}, {self.number()});",
                "two = turned(two);")
        elif kind == 6:
            place = self.choose(f"globals->items[{self.number()} % 8]", "global0",
                                "global1")
            yield f"{place} = {self.choose(*self.REFS)};"
        elif kind == 7:
            yield f"i += {name} ? {name}->n % 16 : 1;"
        elif kind <= 9:
            yield f"if ({self.choose('i % 3', name, name + ' == q')}) {{"
            yield from self.block(depth - 1)
            yield "} else {"
            yield from self.block(depth - 1)
            yield "}"
        else:
            self.loops += 1
            counter = f"k{self.loops}"
            yield (f"for (int {counter} = 0; {counter} < "
                   f"{self.random.randint(2, 6)} && fuel-- > 0; ++{counter}) {{")
            yield from self.block(depth - 1)
            if self.random.randint(0, 2) == 0:
                yield f"if ({self.choose(*self.REFS)} == 0) {self.choose('break', 'continue')};"
            yield "}"

    def block(self, depth):
        for _ in range(self.random.randint(1, 4)):
            yield from self.statement(depth)

    def write(self):
        out = [HEAD]
        for i in range(self.functions):
            out.append(f"static ref f{i}(ref p, ref q, uint64_t i);")
        for i in range(self.functions):
            inline = self.choose("", "", "__attribute__((noinline)) ")
            out.append(f"{inline}static ref f{i}(ref p, ref q, uint64_t i) {{")
            out.append("if (fuel-- <= 0) return p ? p : q;")
            out.append("ref r0 = p, r1 = 0, r2 = q, local[3] = {q, p, 0};")
            out.append("struct pair both = {p, q, i};")
            out.append("struct two two = {q, p};")
            for _ in range(self.random.randint(4, 8)):
                out += self.statement(2)
            out.append(f"return {self.ref(1)};\n}}")
        out.append("int main(void) {\nuint64_t total = 0;")
        out.append("globals = MPS_NEW_ARRAY(&table_type, 8);")
        out.append("for (uint64_t round = 0; round < 12; ++round) {\nfuel = 300;")
        for i in range(self.functions):
            out.append(f"global0 = f{i}(global1, globals->items[round % 8], round);")
            out.append("total = total * 37 + sum(global0, 6) + sum(global1, 6);")
        out.append('}\nfor (int i = 0; i < 8; ++i) total = total * 41 + '
                   'sum(globals->items[i], 6);')
        out.append('printf("%llu\\n", (unsigned long long)total);\nreturn 0;\n}')
        print("\n".join(out))


if __name__ == "__main__":
    Writer(int(sys.argv[1])).write()
