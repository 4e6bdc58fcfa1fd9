/* Managed C: C programs whose objects live in the collected heap.
 *
 * Compile with clang and build/share/mps.cfg. A reference is a pointer to
 * MPS_MANAGED memory; every function that touches one becomes a managed
 * function by itself. An object begins with a header:
 *
 *   struct tree {
 *     mps_header_t header;
 *     struct tree MPS_MANAGED *left, *right;
 *   };
 *   static const mps_type_t tree_type =
 *       MPS_TYPE(struct tree, MPS_REF(struct tree, left) |
 *                                 MPS_REF(struct tree, right));
 *
 *   struct tree MPS_MANAGED *t = MPS_NEW(struct tree, &tree_type);
 *   t->left = MPS_NEW(struct tree, &tree_type);
 *
 * An array object ends in elements and stores their number:
 *
 *   struct vector {
 *     mps_header_t header;
 *     uint64_t length;
 *     struct tree MPS_MANAGED *items[];
 *   };
 *   static const mps_type_t vector_type = MPS_ARRAY_TYPE(
 *       struct vector, 0, length, items, MPS_ELEMENT_IS_REF);
 *
 *   struct vector MPS_MANAGED *v = MPS_NEW_ARRAY(&vector_type, 100);
 *
 * New objects are all zero but for the header and the length. Allocation never
 * returns null: out of memory calls the handler (mps/runtime.h). The rules of
 * what may be done with a reference are in docs/ir.md; what breaks one is an
 * error at compile time.
 */
#ifndef MPS_MANAGED_H
#define MPS_MANAGED_H

#include <stddef.h>
#include <stdint.h>

#ifndef __clang__
#error "managed C needs clang, with build/share/mps.cfg"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MPS_MANAGED __attribute__((address_space(1)))

/* The first word of every object; the collector's. */
typedef uint64_t mps_header_t;

/* What the collector knows of a type: abi::TypeDescriptor. */
typedef struct mps_type_s {
  uint32_t flags;
  uint32_t fixed_size;
  uint32_t element_size;
  uint32_t length_offset;
  uint64_t fixed_map;
  uint64_t element_map;
  const uint64_t *wide_map;
  const char *name;
} __attribute__((aligned(16))) mps_type_t;

/* In the map of a type: the field is a reference. Fields among the first 64
 * words only; larger types give wide_map themselves. */
#define MPS_REF(type, field) (UINT64_C(1) << (offsetof(type, field) / 8))

#define _MPS_SIZE(type) ((uint32_t)((sizeof(type) + 7) & ~(size_t)7))

#define MPS_TYPE(type, map)                                                    \
  { 0, _MPS_SIZE(type), 0, 0, (map), 0, 0, #type }
#define MPS_LEAF_TYPE(type)                                                    \
  { 2, _MPS_SIZE(type), 0, 0, 0, 0, 0, #type }

/* The element's one word is a reference. */
#define MPS_ELEMENT_IS_REF UINT64_C(1)

#define MPS_ARRAY_TYPE(type, map, length, items, element_map)                  \
  { 1, (uint32_t)offsetof(type, items),                                        \
    (uint32_t)sizeof(((type *)0)->items[0]),                                   \
    (uint32_t)offsetof(type, length), (map), (element_map), 0, #type }
#define MPS_LEAF_ARRAY_TYPE(type, length, items)                               \
  { 3, (uint32_t)offsetof(type, items),                                        \
    (uint32_t)sizeof(((type *)0)->items[0]),                                   \
    (uint32_t)offsetof(type, length), 0, 0, 0, #type }

/* ---- Weak references and ephemerons ----
 *
 * A weak reference keeps nothing: it becomes null when what it refers to is
 * found dead. An ephemeron is a key with a value, which it keeps as long as
 * something else keeps the key; when the key is found dead, both become null.
 * The words of either follow the header at once, and are read and written by
 * the functions below only; they are in no map. Other fields are as in any
 * object.
 *
 *   struct entry {
 *     mps_header_t header;
 *     mps_ephemeron_t words;
 *     struct entry MPS_MANAGED *next;
 *   };
 *   static const mps_type_t entry_type =
 *       MPS_EPHEMERON_TYPE(struct entry, MPS_REF(struct entry, next));
 *
 * Memory functions and assignments of whole structures do not copy them.
 */
typedef struct mps_weak_s {
  uint64_t word;
} mps_weak_t;
typedef struct mps_ephemeron_s {
  uint64_t words[2];
} mps_ephemeron_t;

#define MPS_WEAK_TYPE(type, map)                                               \
  { 4, _MPS_SIZE(type), 0, 0, (map), 0, 0, #type }
#define MPS_EPHEMERON_TYPE(type, map)                                          \
  { 8, _MPS_SIZE(type), 0, 0, (map), 0, 0, #type }

#define _MPS_LEAF __attribute__((annotate("mps-leaf")))
/* Objects of a type that says so; not null. */
void MPS_MANAGED *mps_weak_get(const void MPS_MANAGED *weak) _MPS_LEAF;
void mps_weak_set(void MPS_MANAGED *weak,
                  const void MPS_MANAGED *referent) _MPS_LEAF;
void MPS_MANAGED *
mps_ephemeron_key(const void MPS_MANAGED *ephemeron) _MPS_LEAF;
void MPS_MANAGED *
mps_ephemeron_value(const void MPS_MANAGED *ephemeron) _MPS_LEAF;
/* Both at once. Without a key there is no value. */
void mps_ephemeron_set(void MPS_MANAGED *ephemeron, const void MPS_MANAGED *key,
                       const void MPS_MANAGED *value) _MPS_LEAF;

/* The plugin's functions: docs/ir.md. */
void MPS_MANAGED *_mps_allocate(const mps_type_t *type,
                                size_t size) __asm__("mps.allocate");
void MPS_MANAGED *_mps_allocate_leaf(const mps_type_t *type,
                                     size_t size) __asm__("mps.allocate.leaf");
void MPS_MANAGED *
_mps_allocate_array(const mps_type_t *type,
                    size_t count) __asm__("mps.allocate.array");
void MPS_MANAGED *
_mps_allocate_leaf_array(const mps_type_t *type,
                         size_t count) __asm__("mps.allocate.leaf.array");
void MPS_MANAGED *_mps_allocate_uninitialized_array(
    const mps_type_t *type,
    size_t count) __asm__("mps.allocate.uninitialized.array");
#ifdef __cplusplus
bool
#else
_Bool
#endif
mps_is_immediate(const void MPS_MANAGED *word) __asm__("mps.is.immediate");
void MPS_MANAGED *mps_immediate(uint64_t bits) __asm__("mps.immediate");
uint64_t mps_address(const void MPS_MANAGED *object) __asm__("mps.address");
void *mps_pin(const void MPS_MANAGED *object) __asm__("mps.pin");
uint64_t
_mps_identity_hash(const void MPS_MANAGED *object) __asm__("mps.identity.hash");

/* A number that an object keeps for as long as it lives, though it moves; most
 * objects have different ones. Costs a word of memory, from when the object
 * moves next. */
#define MPS_IDENTITY_HASH(object) _mps_identity_hash(object)

#define MPS_NEW(type, descriptor)                                              \
  ((type MPS_MANAGED *)_mps_allocate((descriptor), _MPS_SIZE(type)))
#define MPS_NEW_LEAF(type, descriptor)                                         \
  ((type MPS_MANAGED *)_mps_allocate_leaf((descriptor), _MPS_SIZE(type)))
/* Of type void MPS_MANAGED *, which converts to any. */
#define MPS_NEW_ARRAY(descriptor, count)                                       \
  (_mps_allocate_array((descriptor), (count)))
#define MPS_NEW_LEAF_ARRAY(descriptor, count)                                  \
  (_mps_allocate_leaf_array((descriptor), (count)))
/* The elements, and what else is in the fixed part but header and length, may
 * hold anything: for what is filled at once. Saves clearing large ones. */
#define MPS_NEW_UNINITIALIZED_ARRAY(descriptor, count)                         \
  (_mps_allocate_uninitialized_array((descriptor), (count)))

/* Of a foreign function: it is short, never blocks, and never calls managed
 * code; a call of it costs nothing more than any call. */
#define MPS_LEAF_FUNCTION __attribute__((annotate("mps-leaf")))

/* Asks the plugin to make managed functions of those that touch references. */
static const char _mps_adopt __asm__("mps.adopt") __attribute__((used)) = 1;

#ifdef __cplusplus
}
#endif

#endif
