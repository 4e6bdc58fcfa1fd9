// Described objects for tests: what a compiler would emit for three types.
#ifndef MPS_TEST_UNIT_TRACE_DESCRIBED_OBJECTS_H
#define MPS_TEST_UNIT_TRACE_DESCRIBED_OBJECTS_H

#include "mps/abi/type_descriptor.h"

struct Node {
  const mps::abi::TypeDescriptor *type;
  Node *left, *right;
  unsigned long value;
};

/// `length` references.
struct Table {
  const mps::abi::TypeDescriptor *type;
  unsigned long length;
  Node *elements[1];
  static constexpr unsigned long sizeFor(unsigned long length) {
    return 16 + length * sizeof(Node *);
  }
};

/// One of a type without references.
struct Number {
  const mps::abi::TypeDescriptor *type;
  unsigned long value;
};

/// A weak reference beside a strong one.
struct WeakNode {
  const mps::abi::TypeDescriptor *type;
  Node *referent;
  WeakNode *next;
};

struct EphemeronNode {
  const mps::abi::TypeDescriptor *type;
  Node *key, *value;
  EphemeronNode *next;
};

alignas(16) inline constexpr mps::abi::TypeDescriptor kNodeType = {
    0, sizeof(Node), 0, 0, 0b0110, 0, nullptr, "Node"};
alignas(16) inline constexpr mps::abi::TypeDescriptor kTableType = {
    mps::abi::kHasElements, 16, 8, 8, 0, 1, nullptr, "Table"};
alignas(16) inline constexpr mps::abi::TypeDescriptor kNumberType = {
    mps::abi::kLeaf, sizeof(Number), 0, 0, 0, 0, nullptr, "Number"};
/// Nodes that want 64 bytes' alignment.
alignas(16) inline constexpr mps::abi::TypeDescriptor kAlignedNodeType = {
    6u << mps::abi::kAlignmentShift,
    sizeof(Node),
    0,
    0,
    0b0110,
    0,
    nullptr,
    "AlignedNode"};

alignas(16) inline constexpr mps::abi::TypeDescriptor kWeakNodeType = {
    mps::abi::kWeak, sizeof(WeakNode), 0, 0, 0b0100, 0, nullptr, "WeakNode"};
alignas(16) inline constexpr mps::abi::TypeDescriptor kEphemeronNodeType = {
    mps::abi::kEphemeron, sizeof(EphemeronNode), 0, 0, 0b1000, 0, nullptr,
    "EphemeronNode"};

#endif
