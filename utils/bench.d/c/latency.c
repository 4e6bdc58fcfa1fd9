/* A table whose objects are replaced at random:
 * latency OBJECTS OPERATIONS [FILE] */
#include "memory.h"

#include <stdio.h>

#include "../../../examples/latency/gaps.h"
#include "../../../examples/random.h"

struct leaf {
  struct count count; /* Of the node's reference, and of links. */
  uint64_t value;
  uint64_t rest[10];
};

struct node {
  struct leaf *leaf, *link;
  uint64_t key, a, b, c;
};

static void release_leaf(struct leaf *leaf) {
  if (leaf && drop(&leaf->count))
    release(leaf);
}

static struct node *new_node(uint64_t key) {
  struct leaf *leaf = new_leaf(sizeof *leaf);
  memset(leaf, 0, sizeof *leaf);
  start_count(&leaf->count);
  retain(&leaf->count);
  leaf->value = 3 * key;
  struct node *node = new_object(sizeof *node);
  memset(node, 0, sizeof *node);
  node->key = key;
  node->leaf = leaf;
  return node;
}

static void replace(struct node **nodes, uint64_t length, uint64_t key) {
  struct node *node = new_node(key);
  struct node **place = &nodes[random_below(length)];
  release_leaf((*place)->leaf);
  release_leaf((*place)->link);
  release(*place);
  *place = node;
  struct node *other = nodes[random_below(length)];
  release_leaf(other->link);
  retain(&node->leaf->count);
  other->link = node->leaf;
}

int main(int argc, char **argv) {
  init();
  uint64_t objects = argc > 1 ? (uint64_t)atol(argv[1]) : 200000;
  uint64_t operations = argc > 2 ? (uint64_t)atol(argv[2]) : 2000000;
  struct node **nodes = new_object(objects * sizeof *nodes);
  memset(nodes, 0, objects * sizeof *nodes);
  for (uint64_t i = 0; i < objects; ++i)
    nodes[i] = new_node(i);
  if (!gaps_begin(operations / 16 + 1))
    return 1;
  for (uint64_t i = 0; i < operations; ++i) {
    replace(nodes, objects, objects + i);
    if (i % 16 == 0)
      gaps_sample();
  }
  uint64_t sum = 0;
  for (uint64_t i = 0; i < objects; ++i) {
    sum = sum * 31 + nodes[i]->key + nodes[i]->leaf->value;
    if (nodes[i]->link)
      sum += nodes[i]->link->value;
  }
  printf("checksum %llu\n", (unsigned long long)sum);
  return argc > 3 && !gaps_write(argv[3]);
}
