/* A hash map: map-churn [KEYS=500000] [OPERATIONS=10000000] */
#include "memory.h"

#include <stdio.h>

#include "../../../examples/random.h"

struct value {
  uint64_t a, b;
};

struct entry {
  struct entry *next;
  struct value *value;
  uint64_t key;
};

struct map {
  uint64_t length;
  struct entry *buckets[];
};

static struct map *new_map(uint64_t length) {
  struct map *map = new_object(sizeof *map + length * sizeof map->buckets[0]);
  map->length = length;
  for (uint64_t i = 0; i < length; ++i)
    map->buckets[i] = 0;
  return map;
}

static struct value *new_value(uint64_t a, uint64_t b) {
  struct value *value = new_leaf(sizeof *value);
  value->a = a;
  value->b = b;
  return value;
}

static uint64_t hash(uint64_t key) { return key * 0x9e3779b97f4a7c15u >> 20; }

static struct entry *find(struct map *map, uint64_t key) {
  struct entry *entry = map->buckets[hash(key) % map->length];
  while (entry && entry->key != key)
    entry = entry->next;
  return entry;
}

static void put(struct map *map, uint64_t key, uint64_t number) {
  struct value *value = new_value(number, key);
  struct entry *entry = find(map, key);
  if (entry) {
    release(entry->value);
  } else {
    entry = new_object(sizeof *entry);
    entry->key = key;
    uint64_t index = hash(key) % map->length;
    entry->next = map->buckets[index];
    map->buckets[index] = entry;
  }
  entry->value = value;
}

static void drop_key(struct map *map, uint64_t key) {
  struct entry **link = &map->buckets[hash(key) % map->length];
  while (*link && (*link)->key != key)
    link = &(*link)->next;
  struct entry *entry = *link;
  if (!entry)
    return;
  *link = entry->next;
  release(entry->value);
  release(entry);
}

static void check(struct map *map) {
  uint64_t entries = 0, sum = 0;
  for (uint64_t i = 0; i < map->length; ++i)
    for (struct entry *each = map->buckets[i]; each; each = each->next) {
      ++entries;
      sum += each->value->a * 31 + each->value->b + each->key;
    }
  printf("%llu entries, checksum %llu\n", (unsigned long long)entries,
         (unsigned long long)sum);
}

int main(int argc, char **argv) {
  uint64_t keys = argc > 1 ? atol(argv[1]) : 500000;
  uint64_t operations = argc > 2 ? atol(argv[2]) : 10000000;
  init();
  struct map *map = new_map(keys);
  for (uint64_t key = 0; key < keys; ++key)
    put(map, key, key);
  for (uint64_t i = 0; i < operations; ++i) {
    if (i % 8 == 0)
      drop_key(map, random_below(keys));
    put(map, random_below(keys), i);
  }
  check(map);
  return 0;
}
