/* A hash map with chained entries whose values are replaced again and again:
 * many stores of young objects into old ones.
 *
 *   map-churn [KEYS=500000] [OPERATIONS=10000000]
 */
#include <stdio.h>
#include <stdlib.h>

#include "../random.h"
#include "../rounds.h"
#include "mps/managed.h"

struct value {
  mps_header_t header;
  uint64_t a, b;
};
static const mps_type_t value_type = MPS_TYPE(struct value, 0);

struct entry {
  mps_header_t header;
  struct entry MPS_MANAGED *next;
  struct value MPS_MANAGED *value;
  uint64_t key;
};
static const mps_type_t entry_type = MPS_TYPE(
    struct entry, MPS_REF(struct entry, next) | MPS_REF(struct entry, value));

struct map {
  mps_header_t header;
  uint64_t length;
  struct entry MPS_MANAGED *buckets[];
};
static const mps_type_t map_type =
    MPS_ARRAY_TYPE(struct map, 0, length, buckets, MPS_ELEMENT_IS_REF);

static struct value MPS_MANAGED *new_value(uint64_t a, uint64_t b) {
  struct value MPS_MANAGED *value = MPS_NEW(struct value, &value_type);
  value->a = a;
  value->b = b;
  return value;
}

static uint64_t hash(uint64_t key) { return key * 0x9e3779b97f4a7c15u >> 20; }

static struct entry MPS_MANAGED *find(struct map MPS_MANAGED *map,
                                      uint64_t key) {
  struct entry MPS_MANAGED *entry = map->buckets[hash(key) % map->length];
  while (entry && entry->key != key)
    entry = entry->next;
  return entry;
}

static void put(struct map MPS_MANAGED *map, uint64_t key, uint64_t number) {
  struct value MPS_MANAGED *value = new_value(number, key);
  struct entry MPS_MANAGED *entry = find(map, key);
  if (!entry) {
    entry = MPS_NEW(struct entry, &entry_type);
    entry->key = key;
    uint64_t index = hash(key) % map->length;
    entry->next = map->buckets[index];
    map->buckets[index] = entry;
  }
  entry->value = value;
}

static void drop(struct map MPS_MANAGED *map, uint64_t key) {
  uint64_t index = hash(key) % map->length;
  struct entry MPS_MANAGED *entry = map->buckets[index], *before = 0;
  while (entry && entry->key != key) {
    before = entry;
    entry = entry->next;
  }
  if (!entry)
    return;
  if (before)
    before->next = entry->next;
  else
    map->buckets[index] = entry->next;
}

static void check(struct map MPS_MANAGED *map) {
  uint64_t entries = 0, sum = 0;
  for (uint64_t i = 0; i < map->length; ++i)
    for (struct entry MPS_MANAGED *each = map->buckets[i]; each;
         each = each->next) {
      ++entries;
      sum += each->value->a * 31 + each->value->b + each->key;
    }
  printf("%llu entries, checksum %llu\n", (unsigned long long)entries,
         (unsigned long long)sum);
}

int main(int argc, char **argv) {
  uint64_t keys = argc > 1 ? atol(argv[1]) : 500000;
  uint64_t operations = argc > 2 ? atol(argv[2]) : 10000000;
  struct map MPS_MANAGED *map = MPS_NEW_ARRAY(&map_type, keys);
  for (uint64_t key = 0; key < keys; ++key)
    put(map, key, key);
  while (rounds_next())
    for (uint64_t i = 0; i < operations; ++i) {
      if (i % 8 == 0)
        drop(map, random_below(keys));
      put(map, random_below(keys), i);
    }
  check(map);
  return 0;
}
